/*
 * Names of what is no mail, and details of handshakes; these are real ones, made in memory with
 * OpenSSL between a client and a server with a certificate of its own.
 */
#include "protocols/classify.h"

#include "protocols/protocols.h"

#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#define BUDGET_BYTES ((size_t)64 << 20)
#define PIECES_MAX 8
#define PIECE_MAX_BYTES 8192

struct setup {
	struct budget budget;
	struct classify *classify;
	struct classify_flow *flow;
};

static void begin(struct setup *s)
{
	*s = (struct setup){ 0 };
	budget_init(&s->budget, BUDGET_BYTES);
	cr_assert_eq(classify_new(&s->classify, &s->budget), RESULT_OK);
	cr_assert_eq(classify_flow_new(&s->flow, s->classify), RESULT_OK);
}

static void finish(struct setup *s)
{
	classify_flow_free(&s->flow);
	classify_free(&s->classify);
	cr_expect_eq(s->budget.used_bytes, 0);
}

/* ---- names ---- */

struct name_case {
	const char *client, *server; /* NULL: silent */
	const char *name;            /* NULL: not told */
};

static const struct name_case names[] = {
	{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", NULL, "HTTP" },
	{ "SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "SSH" },
	{ "garbage of no sort", "more of it", NULL },
	{ "x", NULL, NULL },
};

Test(classify, names_what_is_no_mail)
{
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct setup s;
		const char *name;

		begin(&s);
		(void)!classify_feed(s.flow, FROM_CLIENT, span_text(names[i].client));
		if (names[i].server != NULL)
			(void)!classify_feed(s.flow, FROM_SERVER, span_text(names[i].server));
		name = classify_name(s.flow);
		cr_expect_str_eq(name == NULL ? "not told" : name,
				 names[i].name == NULL ? "not told" : names[i].name, "'%s'",
				 names[i].client);
		finish(&s);
	}
}

/* What was seen before plays no part. */
Test(classify, keeps_flows_apart)
{
	struct setup s;

	begin(&s);
	for (size_t i = 0; i < 1000; i++) {
		const struct name_case *c = &names[i % ARRAY_COUNT(names)];
		const char *name;

		classify_flow_free(&s.flow);
		cr_assert_eq(classify_flow_new(&s.flow, s.classify), RESULT_OK);
		(void)!classify_feed(s.flow, FROM_CLIENT, span_text(c->client));
		name = classify_name(s.flow);
		if (c->name == NULL)
			cr_expect_null(name, "%zu: %s", i, name);
	}
	finish(&s);
}

Test(classify, stops_after_so_many_chunks)
{
	struct setup s;
	size_t chunks = 1;

	begin(&s);
	while (chunks < 100 && classify_feed(s.flow, FROM_CLIENT, span_text("zz")) == RESULT_MORE)
		chunks++;
	cr_expect_eq(chunks, CLASSIFY_CHUNKS_MAX);
	finish(&s);
}

Test(classify, stops_after_so_many_bytes)
{
	static uint8_t zeros[2 * CLASSIFY_BYTES_MAX];
	struct setup s;

	begin(&s);
	cr_expect_eq(classify_feed(s.flow, FROM_CLIENT, span_of(zeros, sizeof(zeros))), RESULT_END);
	finish(&s);
}

Test(classify, does_without_where_memory_is_short)
{
	struct budget budget;
	struct classify *classify = NULL;
	struct classify_flow *flow = NULL;

	budget_init(&budget, 100000);
	cr_assert_eq(classify_new(&classify, &budget), RESULT_OK);
	cr_expect_eq(classify_flow_new(&flow, classify), RESULT_LIMIT);
	cr_expect_neq(classify_flow_new(&flow, classify), RESULT_OK);
	cr_expect_null(flow);
	classify_free(&classify);
	cr_expect_eq(budget.used_bytes, 0);
}

/* ---- handshakes ---- */

struct piece {
	enum direction from;
	size_t length;
	uint8_t bytes[PIECE_MAX_BYTES];
};

struct talk {
	struct piece pieces[PIECES_MAX];
	size_t count;
};

/* One side goes on as far as it can; what it says is noted and handed to the other. */
static void advance(SSL *from, BIO *out, BIO *to, enum direction direction, struct talk *talk)
{
	struct piece *piece = &talk->pieces[talk->count];
	int n;

	(void)SSL_do_handshake(from);
	cr_assert_lt(talk->count, PIECES_MAX);
	n = BIO_read(out, piece->bytes, sizeof(piece->bytes));
	if (n <= 0)
		return;
	piece->from = direction;
	piece->length = (size_t)n;
	talk->count++;
	cr_assert_eq(BIO_write(to, piece->bytes, n), n);
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"mail.example.com",
				   -1, -1, 0);
	X509_set_issuer_name(x, name);
	cr_assert_gt(X509_sign(x, key, EVP_sha256()), 0);
	return x;
}

static void shake_hands(int version, struct talk *talk)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key);
	SSL_CTX *server_context = SSL_CTX_new(TLS_server_method());
	SSL_CTX *client_context = SSL_CTX_new(TLS_client_method());
	BIO *to_client = BIO_new(BIO_s_mem()), *to_server = BIO_new(BIO_s_mem());
	BIO *of_client = BIO_new(BIO_s_mem()), *of_server = BIO_new(BIO_s_mem());
	SSL *server, *client;

	talk->count = 0;
	SSL_CTX_use_certificate(server_context, certificate);
	SSL_CTX_use_PrivateKey(server_context, key);
	SSL_CTX_set_max_proto_version(server_context, version);
	server = SSL_new(server_context);
	client = SSL_new(client_context);
	SSL_set_bio(server, to_server, of_server);
	SSL_set_bio(client, to_client, of_client);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	SSL_set_tlsext_host_name(client, "mail.example.com");
	for (int i = 0; i < 3; i++) {
		advance(client, of_client, to_server, FROM_CLIENT, talk);
		advance(server, of_server, to_client, FROM_SERVER, talk);
	}
	SSL_free(server);
	SSL_free(client);
	SSL_CTX_free(server_context);
	SSL_CTX_free(client_context);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void expect_details(const struct fact_tls *tls, int version)
{
	bool has_certificate = version == TLS1_2_VERSION;

	cr_expect(span_equal(tls->version, span_text(has_certificate ? "TLSv1.2" : "TLSv1.3")));
	cr_expect(span_equal(tls->server_name, span_text("mail.example.com")));
	cr_expect_eq(strlen(tls->ja3), 32);
	cr_expect_eq(strspn(tls->ja3, "0123456789abcdef"), 32);
	cr_expect(span_equal(tls->certificate_subject,
			     span_text(has_certificate ? "CN=mail.example.com" : "")));
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

Test(classify, tells_of_a_handshake)
{
	for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
		struct fact_tls tls = { 0 };
		struct talk talk;
		struct setup s;

		begin(&s);
		shake_hands(versions[i], &talk);
		cr_assert_geq(talk.count, 2);
		cr_expect_eq(classify_feed(s.flow, FROM_CLIENT,
					   span_of(talk.pieces[0].bytes, talk.pieces[0].length)),
			     RESULT_MORE);
		cr_expect(classify_tls(s.flow, &tls));
		cr_expect_eq(tls.version.length, 0); /* only offered so far */
		cr_expect_eq(classify_feed(s.flow, FROM_SERVER,
					   span_of(talk.pieces[1].bytes, talk.pieces[1].length)),
			     RESULT_END);
		cr_expect(classify_tls(s.flow, &tls));
		expect_details(&tls, versions[i]);
		finish(&s);
	}
}

/* Every cut of a ClientHello is survived, and nothing is told of it that is not there. */
Test(classify, survives_cut_handshakes)
{
	struct talk talk;
	struct setup s;

	begin(&s);
	shake_hands(TLS1_2_VERSION, &talk);
	for (size_t n = 1; n < talk.pieces[0].length; n++) {
		struct fact_tls tls;

		classify_flow_free(&s.flow);
		cr_assert_eq(classify_flow_new(&s.flow, s.classify), RESULT_OK);
		(void)!classify_feed(s.flow, FROM_CLIENT, span_of(talk.pieces[0].bytes, n));
		cr_expect_not(classify_tls(s.flow, &tls), "%zu bytes", n);
	}
	finish(&s);
}

/* ---- in a conversation ---- */

struct seen {
	int sessions;
	int version; /* that is expected */
};

static void check_session(void *ctx, const struct fact *fact)
{
	struct seen *seen = ctx;

	if (fact->kind != FACT_SESSION)
		return;
	expect_details(&fact->as.session.tls, seen->version);
	seen->sessions++;
}

static void say(struct protocols *p, void *session, enum direction from, struct span bytes)
{
	const struct chunk chunk = { .direction = from, .time_ns = 1, .bytes = bytes };

	cr_assert(protocols_conversation_ops()->data(p, session, &chunk));
}

/* TLS at once, or after STARTTLS. */
static void converse(uint16_t port, bool starttls, int version)
{
	const struct conversation_ops *ops = protocols_conversation_ops();
	const struct connection connection = { .server_port = port, .seen = { true, true } };
	const struct conversation_end end = { .reason = CLOSE_FIN };
	struct seen seen = { .version = version };
	const struct fact_sink sink = { .fact = check_session, .ctx = &seen };
	struct protocols *protocols = NULL;
	struct budget budget;
	struct site *site = NULL;
	struct talk talk;
	void *session;

	budget_init(&budget, BUDGET_BYTES);
	cr_assert_eq(site_new(&site), RESULT_OK);
	cr_assert_eq(protocols_new(&protocols, site, &budget, &sink), RESULT_OK);
	session = ops->open(protocols, &connection);
	if (starttls) {
		say(protocols, session, FROM_SERVER, span_text("220 mx ESMTP\r\n"));
		say(protocols, session, FROM_CLIENT, span_text("EHLO c\r\n"));
		say(protocols, session, FROM_SERVER, span_text("250-mx\r\n250 STARTTLS\r\n"));
		say(protocols, session, FROM_CLIENT, span_text("STARTTLS\r\n"));
		say(protocols, session, FROM_SERVER, span_text("220 go\r\n"));
	}
	shake_hands(version, &talk);
	for (size_t i = 0; i < talk.count; i++)
		say(protocols, session, talk.pieces[i].from,
		    span_of(talk.pieces[i].bytes, talk.pieces[i].length));
	ops->close(protocols, session, &end);
	cr_expect_eq(seen.sessions, 1, "port %u", port);
	protocols_free(&protocols);
	site_free(&site);
	cr_expect_eq(budget.used_bytes, 0);
}

Test(classify, adds_details_to_sessions)
{
	for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
		converse(465, false, versions[i]);
		converse(25, true, versions[i]);
	}
}
