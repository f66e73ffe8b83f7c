/* What libpcap reads for us: odd variants of files, and interfaces. */
#include "capture/source.h"
#include "core/time_text.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_WAIT_MS 100
#define LIVE_BUFFER_BYTES (64 * 1024 * 1024)

struct source_libpcap {
	struct source source;
	pcap_t *pcap;
	struct link *link;
	uint64_t frame;
	bool live;
};

/* Let poll wait for packets, but never for long. */
static enum result wait_for_packets(struct source_libpcap *live)
{
	struct pollfd wanted = { .fd = pcap_get_selectable_fd(live->pcap), .events = POLLIN };

	(void)poll(&wanted, 1, LIVE_WAIT_MS);
	return RESULT_MORE;
}

/* One packet; libpcap lends it until the next call. */
static enum result libpcap_next(struct source *source, struct packet *out)
{
	struct source_libpcap *libpcap = (struct source_libpcap *)source;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int n = pcap_next_ex(libpcap->pcap, &header, &bytes);

	if (n == 0)
		return libpcap->live ? wait_for_packets(libpcap) : RESULT_MORE;
	if (n == PCAP_ERROR_BREAK)
		return libpcap->live ? RESULT_MORE : RESULT_END;
	if (n < 0)
		return error_set(&source->error, libpcap->live ? RESULT_FAILED : RESULT_BAD, "%s",
				 pcap_geterr(libpcap->pcap));
	out->time_ns = (int64_t)header->ts.tv_sec * NS_PER_SECOND + header->ts.tv_usec;
	out->frame = ++libpcap->frame;
	out->bytes = span_of(bytes, header->caplen);
	out->wire_bytes = header->len;
	out->link = libpcap->link;
	return RESULT_OK;
}

/* What the kernel and the card dropped since the beginning. */
static void libpcap_counts(struct source *source, struct source_counts *out)
{
	struct source_libpcap *libpcap = (struct source_libpcap *)source;
	struct pcap_stat stat = { 0 };

	if (!libpcap->live || pcap_stats(libpcap->pcap, &stat) != 0)
		return;
	out->kernel_dropped = stat.ps_drop;
	out->interface_dropped = stat.ps_ifdrop;
}

/* Close what libpcap holds. */
static void libpcap_close(struct source *source)
{
	struct source_libpcap *libpcap = (struct source_libpcap *)source;

	pcap_close(libpcap->pcap);
	free(libpcap);
}

static const struct source_ops libpcap_ops = {
	.next = libpcap_next,
	.counts = libpcap_counts,
	.close = libpcap_close,
};

/* The number that files have for libpcap's inner one, where they differ. */
static uint32_t file_number(int inner)
{
	switch (inner) {
	case DLT_RAW:
		return 101;
	case DLT_ATM_RFC1483:
		return 100;
	default:
		return (uint32_t)inner;
	}
}

/* Wrap a handle, which is taken over. */
static enum result wrap(struct source **out, pcap_t *pcap, bool live, struct links *links,
			struct error *error)
{
	struct source_libpcap *libpcap = calloc(1, sizeof(*libpcap));
	enum result r;

	if (libpcap == NULL) {
		pcap_close(pcap);
		return error_set(error, RESULT_FAILED, "no memory to capture");
	}
	libpcap->source.ops = &libpcap_ops;
	libpcap->pcap = pcap;
	libpcap->live = live;
	r = links_find(links, file_number(pcap_datalink(pcap)), &libpcap->link, error);
	if (r != RESULT_OK) {
		libpcap_close(&libpcap->source);
		return r;
	}
	*out = &libpcap->source;
	return RESULT_OK;
}

/* For stdio: the next bytes of a window; -1 with errno set as read(2) has it. */
static ssize_t window_cookie_read(void *cookie, char *to, size_t room)
{
	struct window *window = cookie;
	enum result r = RESULT_MORE;
	size_t n;

	while (r == RESULT_MORE) /* a pipe */
		r = window_need(window, 1);
	if (r == RESULT_END)
		return 0;
	if (r != RESULT_OK) {
		errno = EIO;
		return -1;
	}
	n = window_left(window) < room ? window_left(window) : room;
	memcpy(to, window_at(window), n);
	window_consume(window, n);
	return (ssize_t)n;
}

/* For stdio: the window goes with the file. */
static int window_cookie_close(void *cookie)
{
	window_clear(cookie);
	free(cookie);
	return 0;
}

/* A stdio stream over a window, which is taken over. */
static FILE *window_as_file(struct window *window)
{
	cookie_io_functions_t functions = { .read = window_cookie_read,
					    .close = window_cookie_close };
	struct window *cookie = malloc(sizeof(*cookie));
	FILE *file;

	if (cookie == NULL) {
		window_clear(window);
		return NULL;
	}
	*cookie = *window;
	*window = (struct window){ .ended = true };
	file = fopencookie(cookie, "rb", functions);
	if (file == NULL)
		(void)window_cookie_close(cookie);
	return file;
}

/* A file that we do not read ourselves; libpcap says whether it is a capture at all. */
enum result source_other_open(struct source **out, struct window *window, struct links *links,
			      struct error *error)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	FILE *file = window_as_file(window);
	pcap_t *pcap;

	if (file == NULL)
		return error_set(error, RESULT_FAILED, "no memory to read a capture");
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (pcap == NULL) {
		(void)fclose(file);
		return error_set(error, RESULT_BAD, "%s", why);
	}
	return wrap(out, pcap, false, links, error);
}

/* What went wrong when an interface was to be opened, and the mend. */
static enum result live_error(struct error *error, const char *interface, pcap_t *pcap, int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return error_set(error, RESULT_FAILED,
				 "no interface '%s'; 'ip link' lists those there are", interface);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return error_set(error, RESULT_FAILED,
				 "no permission to capture on '%s': the capability CAP_NET_RAW is "
				 "missing; run as root, or setcap cap_net_raw+ep on the program",
				 interface);
	case PCAP_ERROR_IFACE_NOT_UP:
		return error_set(error, RESULT_FAILED,
				 "interface '%s' is down; 'ip link set %s up' starts it", interface,
				 interface);
	default:
		return error_set(error, RESULT_FAILED, "cannot capture on '%s': %s", interface,
				 pcap_geterr(pcap)[0] != '\0' ? pcap_geterr(pcap)
							      : pcap_statustostr(status));
	}
}

/*
 * What is set before activation. The time-out makes the kernel hand over a block of its ring
 * that is not full; immediate mode would fall back from TPACKET_V3 to a slower ring.
 */
static int live_activate(pcap_t *pcap, uint32_t buffer_bytes)
{
	(void)pcap_set_snaplen(pcap, PACKET_MAX_BYTES);
	(void)pcap_set_promisc(pcap, 1);
	(void)pcap_set_timeout(pcap, LIVE_WAIT_MS);
	(void)pcap_set_buffer_size(pcap, buffer_bytes == 0 ? LIVE_BUFFER_BYTES
							   : (int)(buffer_bytes & INT32_MAX));
	(void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	return pcap_activate(pcap);
}

/* Let the kernel filter; on failure the text says why. */
static enum result live_filter(pcap_t *pcap, const char *expression, struct error *error)
{
	struct bpf_program program;
	int status;

	if (expression == NULL)
		return RESULT_OK;
	if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return error_set(error, RESULT_BAD,
				 "cannot use the filter '%s': %s; see pcap-filter(7)", expression,
				 pcap_geterr(pcap));
	status = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (status != 0)
		return error_set(error, RESULT_FAILED, "cannot set the filter '%s': %s", expression,
				 pcap_geterr(pcap));
	return RESULT_OK;
}

/* An interface; the links' own filter must be NULL, the kernel has it. */
enum result source_live_open(struct source **out, const char *interface, const char *filter,
			     uint32_t buffer_bytes, struct links *links, struct error *error)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(interface, why);
	enum result r;
	int status;

	if (pcap == NULL)
		return error_set(error, RESULT_FAILED, "cannot capture on '%s': %s", interface,
				 why);
	status = live_activate(pcap, buffer_bytes);
	if (status < 0) {
		r = live_error(error, interface, pcap, status);
		pcap_close(pcap);
		return r;
	}
	r = live_filter(pcap, filter, error);
	if (r == RESULT_OK && pcap_setnonblock(pcap, 1, why) != 0)
		r = error_set(error, RESULT_FAILED, "cannot capture on '%s': %s", interface, why);
	if (r != RESULT_OK) {
		pcap_close(pcap);
		return r;
	}
	return wrap(out, pcap, true, links, error);
}

/* "1.10.3 (with TPACKET_V3)" out of "libpcap version 1.10.3 (with TPACKET_V3)". */
const char *source_libpcap_version(void)
{
	static const char before[] = "libpcap version ";
	const char *version = pcap_lib_version();

	return strncmp(version, before, strlen(before)) == 0 ? version + strlen(before) : version;
}
