#include "core/digest.h"

#include <criterion/criterion.h>

Test(digest, sha256_vectors)
{
	/* FIPS 180-4: its examples */
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct span text = span_text(cases[i].text);
		uint8_t digest[SHA256_BYTES];
		char hex[2 * SHA256_BYTES + 1];

		cr_assert_eq(digest_sha256(text.data, text.length, digest), RESULT_OK);
		digest_hex(digest, sizeof(digest), hex);
		cr_expect_str_eq(hex, cases[i].want);
	}
}

Test(digest, hexadecimal)
{
	static const uint8_t bytes[] = { 0x00, 0x09, 0x0a, 0x7f, 0xf0, 0xff };
	char hex[2 * sizeof(bytes) + 1];

	digest_hex(bytes, sizeof(bytes), hex);
	cr_expect_str_eq(hex, "00090a7ff0ff");
	digest_hex(bytes, 0, hex);
	cr_expect_str_eq(hex, "");
}

static void expect_community_id(const char *client, uint16_t client_port, const char *server,
				uint16_t server_port, const char *want)
{
	struct connection c = { .client_port = client_port, .server_port = server_port };
	char id[COMMUNITY_ID_MAX];

	cr_assert_eq(ip_address_parse(client, &c.client), RESULT_OK);
	cr_assert_eq(ip_address_parse(server, &c.server), RESULT_OK);
	cr_assert_eq(digest_community_id(&c, id), RESULT_OK);
	cr_expect_str_eq(id, want);
}

/* The TCP examples that the specification's reference implementations share. */
Test(digest, community_id_vectors)
{
	static const struct {
		const char *a;
		uint16_t a_port;
		const char *b;
		uint16_t b_port;
		const char *want;
	} cases[] = {
		{ "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
		  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		expect_community_id(cases[i].a, cases[i].a_port, cases[i].b, cases[i].b_port,
				    cases[i].want);
		expect_community_id(cases[i].b, cases[i].b_port, cases[i].a, cases[i].a_port,
				    cases[i].want);
	}
}

Test(digest, community_id_of_one_address_is_ordered_by_port)
{
	struct connection c = { .client_port = 40000, .server_port = 25 };
	struct connection back = { .client_port = 25, .server_port = 40000 };
	char id[COMMUNITY_ID_MAX], back_id[COMMUNITY_ID_MAX];

	cr_assert_eq(ip_address_parse("127.0.0.1", &c.client), RESULT_OK);
	c.server = back.client = back.server = c.client;
	cr_assert_eq(digest_community_id(&c, id), RESULT_OK);
	cr_assert_eq(digest_community_id(&back, back_id), RESULT_OK);
	cr_expect_str_eq(id, back_id);
}
