/* 802.11 data frames, and the headers that drivers put before them. */
#include "capture/walk.h"

#define FRAME_BYTES 24
#define SUBFRAME_BYTES 14

enum frame_control { /* as the two bytes stand, little endian */
		     FRAME_VERSION = 0x0003,
		     FRAME_TYPE = 0x000c,
		     FRAME_TYPE_DATA = 0x0008,
		     FRAME_NO_DATA = 0x0040,
		     FRAME_QOS = 0x0080,
		     FRAME_TO_DS = 0x0100,
		     FRAME_FROM_DS = 0x0200,
		     FRAME_PROTECTED = 0x4000,
		     FRAME_ORDER = 0x8000
};

enum radiotap_flag { RADIOTAP_PADDED = 0x20, RADIOTAP_BAD_FCS = 0x40 };

/* How long the header is, before any padding; IEEE 802.11-2020, 9.2.3. */
static size_t frame_header_bytes(uint16_t control)
{
	size_t header_bytes = FRAME_BYTES;

	if ((control & FRAME_TO_DS) != 0 && (control & FRAME_FROM_DS) != 0)
		header_bytes += 6; /* a fourth address */
	if ((control & FRAME_QOS) != 0) {
		header_bytes += 2;
		if ((control & FRAME_ORDER) != 0)
			header_bytes += 4; /* HT control */
	}
	return header_bytes;
}

/*
 * An A-MSDU holds several frames: addresses, a length, then LLC, each filled up to four bytes.
 * Each is a walk of its own.
 */
static enum layer aggregate_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, SUBFRAME_BYTES);
	struct walk inner;
	size_t length_bytes;

	while (p != NULL) {
		length_bytes = be16_at(p + 12);
		inner = *walk;
		walk_limit(&inner, length_bytes);
		walk_run(&inner, LAYER_LLC);
		if (walk_header(walk, length_bytes) == NULL)
			break;
		if (cursor_left(&walk->in) > 0)
			(void)walk_header(walk, -(SUBFRAME_BYTES + length_bytes) & 3);
		p = walk_header(walk, SUBFRAME_BYTES);
	}
	return LAYER_NONE;
}

/* Management and control frames, and data frames without data, hold no IP. */
enum layer wifi_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	size_t header_bytes, padding_bytes;
	uint16_t control;
	bool aggregate;

	if (cursor_left(&walk->in) < 2)
		return walk_short(walk);
	control = le16_at(p);
	if ((control & FRAME_VERSION) != 0)
		return walk_malformed(walk);
	if ((control & FRAME_TYPE) != FRAME_TYPE_DATA || (control & FRAME_NO_DATA) != 0)
		return walk_not_ip(walk);
	header_bytes = frame_header_bytes(control);
	padding_bytes = walk->wifi_padded ? -header_bytes & 3 : 0;
	if (walk_header(walk, header_bytes + padding_bytes) == NULL)
		return walk_short(walk);
	if ((control & FRAME_PROTECTED) != 0)
		return walk_opaque(walk, OPAQUE_WIFI);
	if ((le16_at(p + 22) & 0x0f) != 0) /* a later fragment of a frame */
		return walk_unknown(walk, UNKNOWN_FRAGMENT);
	aggregate = (control & FRAME_QOS) != 0 &&
		    (p[header_bytes - ((control & FRAME_ORDER) != 0 ? 6 : 2)] & 0x80) != 0;
	return aggregate ? aggregate_decode(walk) : LAYER_LLC;
}

/* The flags of a radiotap header, when they are there: behind the presence words and TSFT. */
static uint8_t radiotap_flags(const uint8_t *p, size_t header_bytes)
{
	uint32_t present = le32_at(p + 4);
	size_t at = 8;

	for (uint32_t word = present; (word & 0x80000000) != 0; at += 4) {
		if (at + 4 > header_bytes)
			return 0;
		word = le32_at(p + at);
	}
	if ((present & 1) != 0)
		at = ((at + 7) & ~(size_t)7) + 8;
	return (present & 2) != 0 && at < header_bytes ? p[at] : 0;
}

/* https://www.radiotap.org: version, padding, length, presence words. */
enum layer radiotap_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	uint8_t flags;
	size_t header_bytes;

	if (cursor_left(&walk->in) < 8)
		return walk_short(walk);
	header_bytes = le16_at(p + 2);
	if (p[0] != 0 || header_bytes < 8)
		return walk_malformed(walk);
	if (walk_header(walk, header_bytes) == NULL)
		return walk_short(walk);
	flags = radiotap_flags(p, header_bytes);
	if ((flags & RADIOTAP_BAD_FCS) != 0)
		return walk_malformed(walk);
	walk->wifi_padded = (flags & RADIOTAP_PADDED) != 0;
	return LAYER_WIFI;
}

/* A message number, and a length in the byte order of the host; or AVS under the same number. */
enum layer prism_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	uint32_t header_bytes;

	if (cursor_left(&walk->in) < 8)
		return walk_short(walk);
	if (be32_at(p) == 0x80211001 || be32_at(p) == 0x80211002)
		return LAYER_AVS;
	header_bytes = le32_at(p + 4) <= 0xffff ? le32_at(p + 4) : be32_at(p + 4);
	if (header_bytes < 8 || header_bytes > 0xffff)
		return walk_malformed(walk);
	return walk_header(walk, header_bytes) == NULL ? walk_short(walk) : LAYER_WIFI;
}

/* Version and length, big endian. */
enum layer avs_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < 8)
		return walk_short(walk);
	if (be32_at(p + 4) < 8)
		return walk_malformed(walk);
	return walk_header(walk, be32_at(p + 4)) == NULL ? walk_short(walk) : LAYER_WIFI;
}

/* Per-Packet Information: version, flags, length, and the link type that follows. */
enum layer ppi_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < 8)
		return walk_short(walk);
	if (le16_at(p + 2) < 8)
		return walk_malformed(walk);
	if (walk_header(walk, le16_at(p + 2)) == NULL)
		return walk_short(walk);
	return layer_of_link_type(walk, le32_at(p + 4));
}

/* Apple's: length, kind of record, the link type that follows. */
enum layer pktap_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < 12)
		return walk_short(walk);
	if (le32_at(p) < 12)
		return walk_malformed(walk);
	if (walk_header(walk, le32_at(p)) == NULL)
		return walk_short(walk);
	return layer_of_link_type(walk, le32_at(p + 8));
}
