#include "protocols/body_digest.h"

#include <string.h>
#include <xxhash.h>

/* Have the state of the library. */
static bool need_state(struct body_digest *b)
{
	if (b->state != NULL)
		return true;
	if (b->unknown)
		return false;
	b->state = XXH3_createState();
	b->unknown = b->state == NULL || XXH3_128bits_reset(b->state) == XXH_ERROR;
	return !b->unknown;
}

/* Hash what was gathered. */
static void flush(struct body_digest *b)
{
	if (b->gathered_length > 0 && need_state(b))
		(void)XXH3_128bits_update(b->state, b->gathered, b->gathered_length);
	b->gathered_length = 0;
}

/* Count these bytes. A call of the library has its price, and most pieces are short. */
static void update(struct body_digest *b, const uint8_t *data, size_t length)
{
	b->bytes += length;
	if (length > BODY_GATHERED_MAX - b->gathered_length)
		flush(b);
	if (length <= BODY_GATHERED_MAX) {
		memcpy(b->gathered + b->gathered_length, data, length);
		b->gathered_length += length;
	} else if (need_state(b)) {
		(void)XXH3_128bits_update(b->state, data, length);
	}
}

/* Let the held line ends and blanks through: text follows them. */
static void release(struct body_digest *b)
{
	for (; b->newlines > 0; b->newlines--)
		update(b, (const uint8_t *)"\n", 1);
	if (b->blanks_length > 0)
		update(b, b->blanks, b->blanks_length);
	b->blanks_length = 0;
}

/* Hold blanks back. Of a run longer than the buffer the first ones go through: any cut of the
 * same bytes holds the same last ones. */
static void hold_blanks(struct body_digest *b, const uint8_t *data, size_t length)
{
	size_t over;

	if (b->blanks_length + length > BODY_BLANKS_MAX) {
		over = b->blanks_length + length - BODY_BLANKS_MAX;
		if (over >= b->blanks_length) {
			size_t direct = over - b->blanks_length;

			release(b);
			update(b, data, direct);
			data += direct;
			length -= direct;
		} else {
			size_t kept = b->blanks_length - over;

			b->blanks_length = over;
			release(b);
			memmove(b->blanks, b->blanks + over, kept);
			b->blanks_length = kept;
		}
	}
	memcpy(b->blanks + b->blanks_length, data, length);
	b->blanks_length += length;
}

static bool is_line_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* A part of one line, without its line end. */
static void add_text(struct body_digest *b, const uint8_t *data, size_t length)
{
	size_t text = length;

	while (text > 0 && is_line_blank(data[text - 1]))
		text--;
	if (text > 0) {
		release(b);
		update(b, data, text);
	}
	if (text < length)
		hold_blanks(b, data + text, length - text);
}

/* Take the next bytes of the body. */
void body_digest_feed(struct body_digest *digest, struct span bytes)
{
	while (bytes.length > 0) {
		size_t newline = span_find_byte(bytes, '\n');
		size_t text = newline == SPAN_NOT_FOUND ? bytes.length : newline;

		add_text(digest, bytes.data, text);
		if (newline == SPAN_NOT_FOUND)
			return;
		digest->blanks_length = 0;
		digest->newlines++;
		bytes = span_part(bytes, newline + 1, SIZE_MAX);
	}
}

/* Bytes are missing. */
void body_digest_gap(struct body_digest *digest)
{
	digest->unknown = true;
}

/* Say what it is so far; what is held back at the end is no part of it. */
bool body_digest_get(struct body_digest *digest, uint8_t out[16])
{
	XXH128_canonical_t canonical;
	XXH128_hash_t hash;

	if (digest->unknown || digest->bytes == 0)
		return false;
	if (digest->state == NULL) {
		hash = XXH3_128bits(digest->gathered, digest->gathered_length);
	} else {
		flush(digest);
		hash = XXH3_128bits_digest(digest->state);
	}
	XXH128_canonicalFromHash(&canonical, hash);
	memcpy(out, canonical.digest, sizeof(canonical.digest));
	return true;
}

/* Free what the library took. */
void body_digest_clear(struct body_digest *digest)
{
	(void)XXH3_freeState(digest->state);
	digest->state = NULL;
}

/* For --version. */
const char *body_digest_library_version(void)
{
	static const char version[] = { '0' + XXH_VERSION_MAJOR,   '.',
					'0' + XXH_VERSION_MINOR,   '.',
					'0' + XXH_VERSION_RELEASE, '\0' };

	return version;
}
