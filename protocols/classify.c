#include "protocols/classify.h"

#include <ndpi_api.h>
#include <stdlib.h>
#include <string.h>

#define IP_HEADER_BYTES 20
#define TCP_HEADER_BYTES 20
#define HEADERS_BYTES (IP_HEADER_BYTES + TCP_HEADER_BYTES)
#define PIECE_MAX_BYTES 16384
#define PORT_THAT_SAYS_NOTHING 40000

struct classify {
	struct budget *budget;
	struct ndpi_detection_module_struct *library; /* NULL before the first flow */
	bool failed;
	uint32_t flow_count;
	uint8_t packet[HEADERS_BYTES + PIECE_MAX_BYTES];
};

struct classify_flow {
	struct classify *classify;
	struct ndpi_flow_struct *flow;
	ndpi_protocol protocol;
	uint32_t number;
	uint32_t sequence[2];
	size_t chunks, bytes;
	enum direction speaker; /* of what is gathered */
	size_t gathered_bytes;
	uint8_t gathered[CLASSIFY_GATHERED_MAX];
};

static const struct {
	uint16_t wire; /* RFC 8446, 4.2.1, and before it */
	const char *text;
} tls_versions[] = {
	{ 0x0300, "SSLv3" },   { 0x0301, "TLSv1.0" }, { 0x0302, "TLSv1.1" },
	{ 0x0303, "TLSv1.2" }, { 0x0304, "TLSv1.3" },
};

/* Begin; the library is made later, if ever. */
enum result classify_new(struct classify **out, struct budget *budget)
{
	struct classify *classify = calloc(1, sizeof(*classify));

	if (classify == NULL)
		return RESULT_FAILED;
	classify->budget = budget;
	*out = classify;
	return RESULT_OK;
}

/* Free it, after its flows. */
void classify_free(struct classify **classify)
{
	if (*classify == NULL)
		return;
	if ((*classify)->library != NULL) {
		ndpi_exit_detection_module((*classify)->library);
		budget_give((*classify)->budget, CLASSIFY_LIBRARY_BYTES);
	}
	free(*classify);
	*classify = NULL;
}

/* Make the library, once. */
static enum result need_library(struct classify *classify)
{
	NDPI_PROTOCOL_BITMASK all;

	if (classify->library != NULL)
		return RESULT_OK;
	if (classify->failed)
		return RESULT_FAILED;
	classify->failed = true;
	if (budget_take(classify->budget, CLASSIFY_LIBRARY_BYTES) != RESULT_OK)
		return RESULT_LIMIT;
	classify->library = ndpi_init_detection_module(ndpi_dont_load_tor_hosts |
						       ndpi_dont_init_libgcrypt);
	if (classify->library == NULL) {
		budget_give(classify->budget, CLASSIFY_LIBRARY_BYTES);
		return RESULT_FAILED;
	}
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(classify->library, &all);
	ndpi_finalize_initialization(classify->library);
	classify->failed = false;
	return RESULT_OK;
}

static size_t flow_bytes(void)
{
	return sizeof(struct classify_flow) + ndpi_detection_get_sizeof_ndpi_flow_struct() +
	       CLASSIFY_BYTES_MAX;
}

/* Begin a connection. */
enum result classify_flow_new(struct classify_flow **out, struct classify *classify)
{
	enum result r = need_library(classify);
	struct classify_flow *flow;

	if (r != RESULT_OK)
		return r;
	if (budget_take(classify->budget, flow_bytes()) != RESULT_OK)
		return RESULT_LIMIT;
	flow = calloc(1, sizeof(*flow));
	if (flow != NULL)
		flow->flow = ndpi_flow_malloc(ndpi_detection_get_sizeof_ndpi_flow_struct());
	if (flow == NULL || flow->flow == NULL) {
		free(flow);
		budget_give(classify->budget, flow_bytes());
		return RESULT_FAILED;
	}
	memset(flow->flow, 0, ndpi_detection_get_sizeof_ndpi_flow_struct());
	flow->classify = classify;
	flow->number = classify->flow_count++;
	*out = flow;
	return RESULT_OK;
}

/* Free it. */
void classify_flow_free(struct classify_flow **flow)
{
	if (*flow == NULL)
		return;
	budget_give((*flow)->classify->budget, flow_bytes());
	ndpi_free_flow((*flow)->flow);
	free(*flow);
	*flow = NULL;
}

static void put_be(uint8_t *place, uint32_t value, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		place[i] = (uint8_t)(value >> (8 * (size_bytes - 1 - i)));
}

/* 10.0.0.0/8 for clients, 11.0.0.0/8 for servers. */
static uint32_t address_of(const struct classify_flow *flow, enum direction side)
{
	return (side == FROM_CLIENT ? UINT32_C(10) : UINT32_C(11)) << 24 |
	       (flow->number & 0xffffff);
}

/* RFC 791, 3.1, and RFC 9293, 3.1; nDPI looks at no checksum. */
static void put_headers(const struct classify_flow *flow, enum direction from, size_t payload_bytes,
			uint8_t packet[HEADERS_BYTES])
{
	enum direction to = from == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
	uint8_t *tcp = packet + IP_HEADER_BYTES;

	memset(packet, 0, HEADERS_BYTES);
	packet[0] = 0x45; /* version 4, five words */
	put_be(packet + 2, (uint32_t)(HEADERS_BYTES + payload_bytes), 2);
	packet[8] = 64; /* time to live */
	packet[9] = 6;  /* TCP */
	put_be(packet + 12, address_of(flow, from), 4);
	put_be(packet + 16, address_of(flow, to), 4);
	put_be(tcp, PORT_THAT_SAYS_NOTHING + (uint32_t)from, 2);
	put_be(tcp + 2, PORT_THAT_SAYS_NOTHING + (uint32_t)to, 2);
	put_be(tcp + 4, flow->sequence[from], 4);
	put_be(tcp + 8, flow->sequence[to], 4);
	tcp[12] = 0x50; /* five words */
	tcp[13] = 0x18; /* PSH, ACK */
	put_be(tcp + 14, 0xffff, 2);
}

static void feed_piece(struct classify_flow *flow, enum direction from, struct span bytes)
{
	struct classify *classify = flow->classify;

	put_headers(flow, from, bytes.length, classify->packet);
	memcpy(classify->packet + HEADERS_BYTES, bytes.data, bytes.length);
	flow->protocol = ndpi_detection_process_packet(
	    classify->library, flow->flow, classify->packet,
	    (unsigned short)(HEADERS_BYTES + bytes.length), flow->chunks);
	flow->sequence[from] += (uint32_t)bytes.length;
}

static bool speaks_tls(const struct classify_flow *flow)
{
	return ndpi_get_lower_proto(flow->protocol) == NDPI_PROTOCOL_TLS &&
	       flow->flow->protos.tls_quic.hello_processed;
}

/* The server has answered; from version 1.3 on its certificate is encrypted. */
static bool has_told_all(const struct classify_flow *flow)
{
	if (classify_name(flow) == NULL)
		return false;
	if (!speaks_tls(flow))
		return true;
	return flow->flow->protos.tls_quic.ja3_server[0] != '\0' &&
	       (flow->flow->protos.tls_quic.ssl_version > 0x0303 ||
		flow->flow->protos.tls_quic.subjectDN != NULL);
}

/* Feed what one side says. */
enum result classify_feed(struct classify_flow *flow, enum direction direction, struct span bytes)
{
	bytes = span_part(bytes, 0, CLASSIFY_BYTES_MAX - flow->bytes);
	for (size_t at = 0; at < bytes.length; at += PIECE_MAX_BYTES)
		feed_piece(flow, direction, span_part(bytes, at, PIECE_MAX_BYTES));
	flow->bytes += bytes.length;
	flow->chunks++;
	if (flow->chunks >= CLASSIFY_CHUNKS_MAX || flow->bytes >= CLASSIFY_BYTES_MAX ||
	    has_told_all(flow))
		return RESULT_END;
	return RESULT_MORE;
}

/* Feed what was gathered. */
static enum result feed_gathered(struct classify_flow *flow)
{
	size_t length = flow->gathered_bytes;

	flow->gathered_bytes = 0;
	if (length == 0)
		return RESULT_MORE;
	return classify_feed(flow, flow->speaker, span_of(flow->gathered, length));
}

/* Feed what is left. */
void classify_last(struct classify_flow *flow)
{
	(void)feed_gathered(flow);
}

/* Gather what one side says. */
enum result classify_gather(struct classify_flow *flow, enum direction direction, struct span bytes)
{
	enum result r = RESULT_MORE;

	if (flow->speaker != direction)
		r = feed_gathered(flow);
	flow->speaker = direction;
	while (bytes.length > 0 && r == RESULT_MORE) {
		size_t n = sizeof(flow->gathered) - flow->gathered_bytes;

		n = bytes.length < n ? bytes.length : n;
		memcpy(flow->gathered + flow->gathered_bytes, bytes.data, n);
		flow->gathered_bytes += n;
		bytes = span_part(bytes, n, SIZE_MAX);
		if (flow->gathered_bytes == sizeof(flow->gathered))
			r = feed_gathered(flow);
	}
	return r;
}

const char *classify_name(const struct classify_flow *flow)
{
	uint16_t protocol = ndpi_get_lower_proto(flow->protocol);

	if (protocol == NDPI_PROTOCOL_UNKNOWN)
		return NULL;
	return ndpi_get_proto_name(flow->classify->library, protocol);
}

static struct span text_or_nothing(const char *text)
{
	return text == NULL ? span_of(NULL, 0) : span_text(text);
}

static struct span version_text(uint16_t wire)
{
	for (size_t i = 0; i < ARRAY_COUNT(tls_versions); i++)
		if (tls_versions[i].wire == wire)
			return span_text(tls_versions[i].text);
	return span_of(NULL, 0);
}

/* Tell of the handshake; the version is the one that the server chose. */
bool classify_tls(const struct classify_flow *flow, struct fact_tls *out)
{
	const struct ndpi_flow_struct *f = flow->flow;

	if (!speaks_tls(flow))
		return false;
	*out = (struct fact_tls){
		.server_name = span_text(f->host_server_name),
		.certificate_subject = text_or_nothing(f->protos.tls_quic.subjectDN),
	};
	if (f->protos.tls_quic.ja3_server[0] != '\0')
		out->version = version_text(f->protos.tls_quic.ssl_version);
	memcpy(out->ja3, f->protos.tls_quic.ja3_client, sizeof(out->ja3) - 1);
	return true;
}
