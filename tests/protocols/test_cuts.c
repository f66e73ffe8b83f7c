/*
 * The cut of the bytes does not matter: each capture tells the same facts, to the last member, where
 * its streams are handed to protocols/ as they came, byte by byte, and each chunk in two at random.
 */
#include "capture/capture.h"
#include "protocols/protocols.h"
#include "reassembly/reassembly.h"
#include "sinks/fact_json.h"

#include <criterion/criterion.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES ((size_t)256 << 20)
#define FACTS_MAX_BYTES ((size_t)256 << 20)
#define FACT_MAX_BYTES ((size_t)1 << 20)
#define PACKETS_AT_ONCE 1024
#define RANDOM_CUTS 2
#define CONTEXT_CHARS 100

enum cut { CUT_WHOLE, CUT_BYTES, CUT_TWO };

/* One run; it stands between reassembly/ and protocols/. */
struct run {
	enum cut cut;
	unsigned seed;
	struct protocols *protocols;
	struct reassembly *reassembly;
	struct text facts;
};

static void add_fact(void *ctx, const struct fact *fact)
{
	struct run *run = ctx;
	struct text line;

	text_init(&line, FACT_MAX_BYTES);
	cr_assert(fact_json(&line, fact));
	text_add(&run->facts, text_get(&line));
	text_add(&run->facts, "\n");
	text_clear(&line);
}

static enum first_look run_look(void *ctx, const struct segment *segment)
{
	struct run *run = ctx;

	return protocols_conversation_ops()->look(run->protocols, segment);
}

static void *run_open(void *ctx, const struct connection *connection)
{
	struct run *run = ctx;

	return protocols_conversation_ops()->open(run->protocols, connection);
}

/* Hand one piece on from memory of exactly its size, so that a read past it is seen. */
static bool hand_on(struct run *run, void *session, const struct chunk *chunk, size_t at, size_t n)
{
	struct chunk piece = *chunk;
	uint8_t *copy = malloc(n);
	bool wanted;

	cr_assert_not_null(copy);
	memcpy(copy, chunk->bytes.data + at, n);
	piece.bytes = span_of(copy, n);
	wanted = protocols_conversation_ops()->data(run->protocols, session, &piece);
	free(copy);
	return wanted;
}

static bool run_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct run *run = ctx;
	size_t length = chunk->bytes.length;
	size_t at = 0;
	bool wanted = true;

	while (at < length && wanted) {
		size_t n = length - at;

		if (run->cut == CUT_BYTES)
			n = 1;
		else if (run->cut == CUT_TWO && at == 0 && length > 1)
			n = 1 + (size_t)rand_r(&run->seed) % (length - 1);
		wanted = hand_on(run, session, chunk, at, n);
		at += n;
	}
	return wanted;
}

static bool run_gap(void *ctx, void *session, const struct gap *gap)
{
	struct run *run = ctx;

	return protocols_conversation_ops()->gap(run->protocols, session, gap);
}

static void run_end(void *ctx, void *session, enum direction direction, int64_t time_ns)
{
	struct run *run = ctx;

	protocols_conversation_ops()->end(run->protocols, session, direction, time_ns);
}

static void run_close(void *ctx, void *session, const struct conversation_end *end)
{
	struct run *run = ctx;

	protocols_conversation_ops()->close(run->protocols, session, end);
}

static void run_contact(void *ctx, const struct contact *contact)
{
	struct run *run = ctx;

	protocols_conversation_ops()->contact(run->protocols, contact);
}

static const struct conversation_ops run_ops = { .look = run_look,
						 .open = run_open,
						 .data = run_data,
						 .gap = run_gap,
						 .end = run_end,
						 .close = run_close,
						 .contact = run_contact };

static void on_segment(void *ctx, const struct segment *segment)
{
	reassembly_segment(((struct run *)ctx)->reassembly, segment);
}

static void on_datagram(void *ctx, const struct datagram *datagram)
{
	protocols_datagram(((struct run *)ctx)->protocols, datagram);
}

/* All packets of a file, to its end or to where it is damaged. */
static void read_file(struct run *run, const char *path)
{
	const struct capture_options options = { .filter = NULL };
	const struct packet_sink packets = { .segment = on_segment,
					     .datagram = on_datagram,
					     .ctx = run };
	struct error error = { .text = "" };
	struct capture *capture = NULL;

	cr_assert_eq(capture_open_files(&capture, &path, 1, &options, &error), RESULT_OK, "%s: %s",
		     path, error.text);
	while (capture_run(capture, PACKETS_AT_ONCE, &packets, &error) == RESULT_OK)
		;
	capture_free(&capture);
	reassembly_finish(run->reassembly);
}

/* One file, cut in one way. */
static void run_file(struct run *run, const char *path, const struct site *site)
{
	const struct hash_key key = hash_key_fixed();
	const struct reassembly_options joining = { .key = key,
						    .is_mail_port = protocols_is_mail_port };
	const struct fact_sink sink = { .fact = add_fact, .ctx = run };
	struct budget streams, decoders;

	budget_init(&streams, MEMORY_BYTES);
	budget_init(&decoders, MEMORY_BYTES);
	text_init(&run->facts, FACTS_MAX_BYTES);
	cr_assert_eq(protocols_new(&run->protocols, site, &decoders, &sink), RESULT_OK);
	protocols_use_key(run->protocols, &key);
	cr_assert_eq(reassembly_new(&run->reassembly, &joining, &streams, &run_ops, run),
		     RESULT_OK);
	read_file(run, path);
	reassembly_free(&run->reassembly);
	protocols_free(&run->protocols);
	cr_expect_eq(decoders.used_bytes, 0, "%s: %zu bytes are still charged", path,
		     decoders.used_bytes);
}

/* Where the first difference is, with what stands before it. */
static void tell_difference(const char *path, const struct run *run, const char *one,
			    const char *other)
{
	size_t same = 0, start;

	while (one[same] != '\0' && one[same] == other[same])
		same++;
	start = same < CONTEXT_CHARS ? 0 : same - CONTEXT_CHARS;
	cr_expect_fail("%s, cut %d: after '%.*s' comes '%.*s' and not '%.*s'", path, run->cut,
		       (int)(same - start), one + start, CONTEXT_CHARS, other + same, CONTEXT_CHARS,
		       one + same);
}

/* One file in all ways; how many bytes of facts it told. */
static size_t compare_file(const char *path, const struct site *site)
{
	struct run whole = { .cut = CUT_WHOLE };
	size_t length;

	run_file(&whole, path, site);
	for (unsigned i = 0; i <= RANDOM_CUTS; i++) {
		struct run cut = { .cut = i == 0 ? CUT_BYTES : CUT_TWO, .seed = i };

		run_file(&cut, path, site);
		if (strcmp(text_get(&whole.facts), text_get(&cut.facts)) != 0)
			tell_difference(path, &cut, text_get(&whole.facts), text_get(&cut.facts));
		text_clear(&cut.facts);
	}
	length = strlen(text_get(&whole.facts));
	text_clear(&whole.facts);
	return length;
}

static bool is_capture(const FTSENT *entry)
{
	const char *end = strrchr(entry->fts_name, '.');

	return entry->fts_info == FTS_F && end != NULL &&
	       (strcmp(end, ".pcap") == 0 || strcmp(end, ".pcapng") == 0);
}

/* All captures below a folder; how many there were. */
static size_t compare_folder(const char *folder)
{
	char *const roots[] = { (char *)(uintptr_t)folder, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	struct site *site = NULL;
	FTSENT *entry;
	size_t files = 0, told = 0;

	cr_assert_not_null(walk);
	cr_assert_eq(site_new(&site), RESULT_OK);
	while ((entry = fts_read(walk)) != NULL) {
		if (!is_capture(entry))
			continue;
		told += compare_file(entry->fts_accpath, site);
		files++;
	}
	(void)fts_close(walk);
	site_free(&site);
	(void)fprintf(stderr, "%s: %zu captures told the same in %d ways, %zu bytes of facts\n",
		      folder, files, 2 + RANDOM_CUTS, told);
	cr_expect_gt(told, 0, "nothing was told of the captures in '%s'", folder);
	return files;
}

Test(cuts, captures_tell_the_same)
{
	cr_expect_gt(compare_folder("pcaps"), 0);
}

/* One test a folder, as they run at the same time. */
static void compare_optional(const char *folder)
{
	FILE *there = fopen(folder, "r");

	if (there == NULL) {
		(void)fprintf(stderr, "SKIPPED: no folder '%s', its captures were NOT cut\n",
			      folder);
		return;
	}
	(void)fclose(there);
	cr_expect_gt(compare_folder(folder), 0);
}

Test(cuts, labelled_captures_tell_the_same)
{
	compare_optional("../shared/pcaps/lab");
}

Test(cuts, captures_of_one_wire_tell_the_same)
{
	compare_optional("../shared/pcaps/wire");
}

Test(cuts, public_captures_tell_the_same)
{
	compare_optional("../shared/pcaps/public");
}
