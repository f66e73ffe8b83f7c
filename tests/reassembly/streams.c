/*
 * streams - the bytes of each complete TCP connection of a capture, as reassembly sees them
 *
 *   streams FILE
 *
 * In:      a capture.
 * Out:     for each direction that said something "ADDRESS.PORT-ADDRESS.PORT HEX" in a line of its
 *          own, of connections whose beginning and end are there, without a hole.
 * Limits:  CONNECTION_MAX_BYTES of a direction; what says more is left out.
 * Errors:  exit code 1 if the capture cannot be opened; what is before a damage is read.
 */
#include "capture/capture.h"
#include "core/digest.h"
#include "reassembly/reassembly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTION_MAX_BYTES (64u << 20)
#define BATCH_PACKETS 1024

struct said {
	uint8_t *bytes;
	size_t length, capacity;
};

struct session {
	const struct connection *connection;
	struct said said[2]; /* by enum direction */
	bool whole;
};

/* Any port may carry what is to be compared. */
static enum first_look on_look(void *ctx, const struct segment *segment)
{
	(void)ctx;
	(void)segment;
	return LOOK_MAIL_PORT;
}

static bool is_mail_port(uint16_t port)
{
	return port != 0;
}

static void *on_open(void *ctx, const struct connection *connection)
{
	struct session *session = calloc(1, sizeof(*session));

	(void)ctx;
	if (session == NULL)
		return NULL;
	session->connection = connection;
	session->whole = (connection->flags & CONNECTION_MIDSTREAM) == 0;
	return session;
}

static bool on_data(void *ctx, void *of, const struct chunk *chunk)
{
	struct session *session = of;
	struct said *said = &session->said[chunk->direction];
	size_t length = said->length + chunk->bytes.length;

	(void)ctx;
	if (length > CONNECTION_MAX_BYTES)
		session->whole = false;
	if (session->whole && length > said->capacity) {
		uint8_t *bytes = realloc(said->bytes, 2 * length);

		session->whole = bytes != NULL;
		if (bytes != NULL) {
			said->bytes = bytes;
			said->capacity = 2 * length;
		}
	}
	if (!session->whole)
		return false;
	memcpy(said->bytes + said->length, chunk->bytes.data, chunk->bytes.length);
	said->length = length;
	return true;
}

static bool on_gap(void *ctx, void *of, const struct gap *gap)
{
	struct session *session = of;

	(void)ctx;
	(void)gap;
	session->whole = false;
	return false;
}

/* One line. */
static void print_said(const struct connection *c, enum direction d, const struct said *said)
{
	char client[IP_TEXT_MAX], server[IP_TEXT_MAX];
	char *hex = malloc(2 * said->length + 1);

	if (hex == NULL || said->length == 0) {
		free(hex);
		return;
	}
	ip_address_format(&c->client, client);
	ip_address_format(&c->server, server);
	digest_hex(said->bytes, said->length, hex);
	if (d == FROM_CLIENT)
		printf("%s.%u-%s.%u %s\n", client, c->client_port, server, c->server_port, hex);
	else
		printf("%s.%u-%s.%u %s\n", server, c->server_port, client, c->client_port, hex);
	free(hex);
}

static void on_close(void *ctx, void *of, const struct conversation_end *end)
{
	struct session *session = of;
	bool told = end->reason == CLOSE_FIN || end->reason == CLOSE_RST;

	(void)ctx;
	for (enum direction d = FROM_CLIENT; d <= FROM_SERVER; d++) {
		if (session->whole && told)
			print_said(session->connection, d, &session->said[d]);
		free(session->said[d].bytes);
	}
	free(session);
}

static void on_segment(void *ctx, const struct segment *segment)
{
	reassembly_segment(ctx, segment);
}

static void on_datagram(void *ctx, const struct datagram *datagram)
{
	(void)ctx;
	(void)datagram;
}

static void read_all(struct capture *capture, struct reassembly *reassembly, struct error *error)
{
	const struct packet_sink sink = { on_segment, on_datagram, reassembly };
	enum result r = RESULT_OK;

	while (r == RESULT_OK || r == RESULT_MORE)
		r = capture_run(capture, BATCH_PACKETS, &sink, error);
	reassembly_finish(reassembly);
}

int main(int argc, char **argv)
{
	static const struct conversation_ops ops = {
		.look = on_look, .open = on_open, .data = on_data, .gap = on_gap, .close = on_close
	};
	const struct reassembly_options options = { .key = hash_key_fixed(),
						    .is_mail_port = is_mail_port };
	const struct capture_options capture_options = { 0 };
	struct error error = { .text = "" };
	struct reassembly *reassembly;
	struct capture *capture;
	struct budget budget;

	if (argc != 2)
		return EXIT_FAILURE;
	if (capture_open_files(&capture, (const char *const *)&argv[1], 1, &capture_options,
			       &error) != RESULT_OK) {
		fprintf(stderr, "streams: %s\n", error.text);
		return EXIT_FAILURE;
	}
	budget_init(&budget, (size_t)256 << 20);
	if (reassembly_new(&reassembly, &options, &budget, &ops, NULL) != RESULT_OK) {
		capture_free(&capture);
		return EXIT_FAILURE;
	}
	read_all(capture, reassembly, &error);
	reassembly_free(&reassembly);
	capture_free(&capture);
	return EXIT_SUCCESS;
}
