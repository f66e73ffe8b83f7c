/*
 * Our own reader hands over the same packets as libpcap: time, lengths, bytes. Over all captures
 * in pcaps/, and in ../shared/pcaps where it is there. What libpcap does not read whole (damage,
 * several link types or snap lengths, compression, versions) is counted and left out.
 */
#include "capture/source.h"
#include "core/time_text.h"

#include <criterion/criterion.h>
#include <fts.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct tally {
	unsigned same, not_whole;
	unsigned long packets;
};

/* Does libpcap read the file to its end? */
static bool libpcap_reads_whole(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, why);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int r;

	if (pcap == NULL)
		return false;
	do
		r = pcap_next_ex(pcap, &header, &bytes);
	while (r == 1);
	pcap_close(pcap);
	return r == PCAP_ERROR_BREAK;
}

/* Compare packet by packet. */
static void compare(const char *path, struct tally *tally)
{
	char why[PCAP_ERRBUF_SIZE];
	struct links links = { 0 };
	struct source *source = NULL;
	struct error error = { "" };
	struct packet packet;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO,
							       why);

	cr_assert_eq(source_file_open(&source, path, 4096, &links, &error), RESULT_OK, "%s: %s",
		     path, error.text);
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		int64_t time_ns = (int64_t)header->ts.tv_sec * NS_PER_SECOND + header->ts.tv_usec;

		/* libpcap takes the 32 bits of a file's seconds as signed: the format does not */
		if (header->ts.tv_sec < 0)
			time_ns += NS_PER_SECOND << 32;
		cr_assert_eq(source->ops->next(source, &packet), RESULT_OK, "%s: %s", path,
			     source->error.text);
		/* a fraction of a second and more is damage that both pass on in their own way */
		if (header->ts.tv_usec >= 0 && header->ts.tv_usec < NS_PER_SECOND)
			cr_assert_eq(packet.time_ns, time_ns, "%s, packet %lu", path, packet.frame);
		cr_assert_eq(packet.wire_bytes, header->len, "%s, packet %lu", path, packet.frame);
		/* libpcap cuts what is longer than the header's snap length; we do not */
		if ((int)header->caplen == pcap_snapshot(pcap))
			cr_assert_geq(packet.bytes.length, header->caplen);
		else
			cr_assert_eq(packet.bytes.length, header->caplen, "%s, packet %lu", path,
				     packet.frame);
		cr_assert_eq(memcmp(packet.bytes.data, bytes, header->caplen), 0, "%s, packet %lu",
			     path, packet.frame);
		tally->packets++;
	}
	cr_assert_eq(source->ops->next(source, &packet), RESULT_END, "%s", path);
	source->ops->close(source);
	links_clear(&links);
	pcap_close(pcap);
	tally->same++;
}

/* All files below a folder. */
static void compare_folder(const char *folder, struct tally *tally)
{
	char *const roots[] = { (char *)(uintptr_t)folder, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL, NULL);
	FTSENT *entry;

	cr_assert_not_null(walk);
	while ((entry = fts_read(walk)) != NULL) {
		if (entry->fts_info != FTS_F || entry->fts_statp->st_size > 64 * 1024 * 1024)
			continue;
		if (libpcap_reads_whole(entry->fts_accpath))
			compare(entry->fts_accpath, tally);
		else
			tally->not_whole++;
	}
	(void)fts_close(walk);
}

Test(reader, hands_over_what_libpcap_does)
{
	static const struct {
		const char *path;
		bool required;
	} folders[] = { { "pcaps", true }, { "../shared/pcaps", false } };

	for (size_t i = 0; i < ARRAY_COUNT(folders); i++) {
		struct tally tally = { 0 };
		FILE *there = fopen(folders[i].path, "r");

		if (there == NULL) {
			fprintf(stderr, "NOT COMPARED: no folder '%s'\n", folders[i].path);
			cr_expect(!folders[i].required);
			continue;
		}
		(void)fclose(there);
		compare_folder(folders[i].path, &tally);
		fprintf(stderr,
			"%s: %u files with %lu packets are the same; libpcap does not read "
			"%u whole\n",
			folders[i].path, tally.same, tally.packets, tally.not_whole);
		cr_expect_gt(tally.same, 0);
	}
}
