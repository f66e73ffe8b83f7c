#include "core/address.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct ip_address address(const char *text)
{
	struct ip_address a;

	cr_assert_eq(ip_address_parse(text, &a), RESULT_OK, "'%s'", text);
	return a;
}

static struct ip_network network(const char *text)
{
	struct ip_network n;

	cr_assert_eq(ip_network_parse(text, &n), RESULT_OK, "'%s'", text);
	return n;
}

Test(address, is_printed_as_rfc_5952_says)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "2001:0db8::0001", "2001:db8::1" },              /* 4.1 */
		{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },       /* 4.2.1 */
		{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* 4.2.2 */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },         /* 4.2.3 */
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },   /* 4.2.3 */
		{ "2001:DB8::ABCD", "2001:db8::abcd" },            /* 4.3 */
		{ "::ffff:c000:0201", "::ffff:192.0.2.1" },        /* 5 */
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ip_address a = address(cases[i].text);

		cr_expect_str_eq(ip_address_format(&a, text), cases[i].want);
	}
	cr_expect_str_eq(ip_address_format(&(struct ip_address){ 0 }, text), "");
}

Test(address, refuses_what_is_none)
{
	static const char *const cases[] = {
		"",
		" ",
		"1.2.3",
		"1.2.3.4.5",
		"256.0.0.1",
		"1.2.3.4 ",
		" 1.2.3.4",
		"01.2.3.4",
		"1.2.3.4/24",
		":",
		":::",
		"1::2::3",
		"12345::",
		"::g",
		"fe80::1%lo",
		"1:2:3:4:5:6:7:8:9",
		"host.example",
	};
	struct ip_address a = { .family = 9 };

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(ip_address_parse(cases[i], &a), RESULT_BAD, "'%s'", cases[i]);
	cr_expect_eq(a.family, 9); /* outputs are written on success alone */
}

Test(address, a_network_clears_its_host_bits)
{
	static const struct {
		const char *text, *base;
		unsigned int bits;
	} cases[] = {
		{ "192.0.2.7", "192.0.2.7", 32 },
		{ "192.0.2.7/24", "192.0.2.0", 24 },
		{ "255.255.255.255/1", "128.0.0.0", 1 },
		{ "255.255.255.255/0", "0.0.0.0", 0 },
		{ "255.255.255.255/31", "255.255.255.254", 31 },
		{ "2001:db8::1", "2001:db8::1", 128 },
		{ "2001:db8:ffff:ffff::1/48", "2001:db8:ffff::", 48 },
		{ "ffff::ffff/127", "ffff::fffe", 127 },
		{ "ffff::/0", "::", 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ip_network n = network(cases[i].text);
		struct ip_address base = address(cases[i].base);

		cr_expect(ip_address_equal(&n.base, &base), "'%s'", cases[i].text);
		cr_expect_eq(n.prefix_bits, cases[i].bits, "'%s'", cases[i].text);
	}
}

Test(address, refuses_what_is_no_network)
{
	static const char *const cases[] = {
		"",
		"/24",
		"192.0.2.0/",
		"192.0.2.0/33",
		"192.0.2.0/-1",
		"192.0.2.0/+8",
		"192.0.2.0/ 8",
		"192.0.2.0/8 ",
		"192.0.2.0/8/8",
		"192.0.2.0/x",
		"192.0.2.0/0x8",
		"192.0.2.0/255.255.255.0",
		"192.0.2/24",
		"192.0.2.0/18446744073709551617",
		"2001:db8::/129",
		"2001:db8::/",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64",
	};
	struct ip_network n = { .prefix_bits = 99 };

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(ip_network_parse(cases[i], &n), RESULT_BAD, "'%s'", cases[i]);
	cr_expect_eq(n.prefix_bits, 99);
}

/* The address with one bit turned over. */
static struct ip_address with_bit_flipped(struct ip_address a, unsigned int bit)
{
	a.bytes[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
	return a;
}

Test(address, a_network_contains_by_its_prefix_alone_at_every_length)
{
	static const char *const bases[] = { "165.90.195.60", "a55a:c33c:1:8000:ffff::1" };

	for (size_t i = 0; i < ARRAY_COUNT(bases); i++) {
		struct ip_address a = address(bases[i]);
		unsigned int most = a.family == 4 ? 32 : 128;

		for (unsigned int prefix = 0; prefix <= most; prefix++) {
			char text[NETWORK_TEXT_MAX];
			struct ip_network n;

			(void)snprintf(text, sizeof(text), "%s/%u", bases[i], prefix);
			n = network(text);
			cr_expect(ip_network_contains(&n, &a), "%s", text);
			for (unsigned int bit = 0; bit < most; bit++) {
				struct ip_address other = with_bit_flipped(a, bit);

				cr_expect_eq(ip_network_contains(&n, &other), bit >= prefix,
					     "%s, bit %u", text, bit);
			}
		}
	}
}

Test(address, families_are_never_mixed)
{
	struct ip_network all4 = network("0.0.0.0/0"), all6 = network("::/0");
	struct ip_address four = address("0.0.0.0"), six = address("::"), none = { 0 };

	cr_expect_not(ip_network_contains(&all4, &six));
	cr_expect_not(ip_network_contains(&all6, &four));
	cr_expect_not(ip_network_contains(&all4, &none));
	cr_expect_not(ip_address_equal(&four, &six));
	cr_expect_lt(ip_address_compare(&four, &six), 0);
	cr_expect_gt(ip_address_compare(&six, &four), 0);
}

Test(address, private_ones)
{
	static const struct {
		const char *first, *last, *before, *after;
	} blocks[] = {
		{ "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0" },
		{ "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0" },
		{ "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0" },
		{ "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0" },
		{ "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0" },
		{ "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0" },
		{ "fc00::", "fdff::1", "fbff::1", "fe00::" },
		{ "fe80::", "febf::1", "fe7f::1", "fec0::" },
		{ "::1", "::1", "::", "::2" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(blocks); i++) {
		struct ip_address first = address(blocks[i].first), last = address(blocks[i].last);
		struct ip_address before = address(blocks[i].before);
		struct ip_address after = address(blocks[i].after);

		cr_expect(ip_address_is_private(&first), "%s", blocks[i].first);
		cr_expect(ip_address_is_private(&last), "%s", blocks[i].last);
		cr_expect_not(ip_address_is_private(&before), "%s", blocks[i].before);
		cr_expect_not(ip_address_is_private(&after), "%s", blocks[i].after);
	}
}

Test(address, are_ordered_by_their_bytes)
{
	struct ip_address a = address("9.0.0.1"), b = address("10.0.0.0");

	cr_expect_lt(ip_address_compare(&a, &b), 0);
	cr_expect_gt(ip_address_compare(&b, &a), 0);
	cr_expect_eq(ip_address_compare(&a, &a), 0);
}

Test(address, mapped_ones_become_ipv4)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::192.0.2.1", "::192.0.2.1" },
		{ "::fffe:192.0.2.1", "::fffe:192.0.2.1" },
		{ "64:ff9b::192.0.2.1", "64:ff9b::192.0.2.1" },
		{ "192.0.2.1", "192.0.2.1" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ip_address got = ip_address_unmapped(address(cases[i].text));
		struct ip_address want = address(cases[i].want);

		cr_expect(ip_address_equal(&got, &want), "'%s'", cases[i].text);
	}
}

Test(address, loopback)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		{ "127.0.0.1", true },  { "127.255.255.255", true },
		{ "128.0.0.1", false }, { "::1", true },
		{ "::", false },        { "::2", false },
		{ "7f00::1", false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ip_address a = address(cases[i].text);

		cr_expect_eq(ip_address_is_loopback(&a), cases[i].want, "'%s'", cases[i].text);
	}
}

Test(address, neighbourhood)
{
	struct ip_address a4 = address("192.0.2.77"), a6 = address("2001:db8:1:2::3");
	struct ip_network n4 = ip_network_around(&a4), n6 = ip_network_around(&a6);
	struct ip_network want4 = network("192.0.2.0/24"), want6 = network("2001:db8:1::/48");

	cr_expect_eq(memcmp(&n4, &want4, sizeof(n4)), 0);
	cr_expect_eq(memcmp(&n6, &want6, sizeof(n6)), 0);
}
