/* What cannot be looked into is said, on the page and in the stats: silence is not safety. */
#include "capture/wrap.h"
#include "e2e/events.h"
#include "e2e/run.h"
#include "e2e/wire.h"

#include <criterion/criterion.h>
#include <string.h>

#define MACS "02 00 00 00 00 01 02 00 00 00 00 02 "
#define SECRET "0123456789abcdef0123456789ab"

static const struct {
	const char *name;
	const char *steps[6];
} carriers[] = {
	{ "IPsec ESP", { "ip4 50", MACS "0800", NULL } },
	{ "IPsec ESP", { "ip6 50", MACS "86dd", NULL } },
	{ "IPsec ESP", { "udp 4500", "ip4 17", MACS "0800", NULL } },
	{ "IPComp", { "ip4 108", MACS "0800", NULL } },
	{ "MACsec", { MACS "88e5", NULL } },
	{ "MACsec", { "88e5", MACS "8100 0005", NULL } },
	{ "WireGuard", { "04000000", "udp 51820", "ip4 17", MACS "0800", NULL } },
	{ "OpenVPN", { "38", "udp 1194", "ip4 17", MACS "0800", NULL } },
	{ "CAPWAP over DTLS", { "01000000", "udp 5247", "ip4 17", MACS "0800", NULL } },
	{ "PPP, encrypted or compressed",
	  { "3001 880b LL 0001 00000001 ff03 00fd", "ip4 47", MACS "0800", NULL } },
	{ "802.11, encrypted",
	  { "0841 0000 " MACS "020000000003 1000", "0100 0012 01", "udp 37008", "ip4 17",
	    MACS "0800", NULL } },
	{ "ether type", { MACS "88b5", NULL } },
};

static void write_carriers(const char *path)
{
	struct wire wire;

	wire_open(&wire, path);
	for (size_t i = 0; i < ARRAY_COUNT(carriers); i++) {
		struct wrap wrap;

		wrap_begin(&wrap, SECRET);
		wrap.identification = (uint16_t)i;
		wrap_steps(&wrap, carriers[i].steps);
		wire_frame(&wire, wrap_span(&wrap).data, wrap_span(&wrap).length);
	}
	wire_close(&wire);
}

static json_int_t times_named(const char *name)
{
	json_int_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(carriers); i++)
		count += strcmp(carriers[i].name, name) == 0;
	return count;
}

/* On the page, the lines without their breaks. */
static void join_lines(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '\n' || (*from == ' ' && to > text && to[-1] == ' '))
			continue;
		*to++ = *from;
	}
	*to = '\0';
}

static void check_page(const char *path)
{
	char wanted[128];
	struct run run;

	run_relaywatch(&run, (const char *const[]){ "read", path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	cr_expect_not_null(strstr(run.out, "not looked into:"), "%s", run.out);
	join_lines(run.out);
	for (size_t i = 0; i < ARRAY_COUNT(carriers); i++) {
		(void)snprintf(wanted, sizeof(wanted), "%d %s", (int)times_named(carriers[i].name),
			       carriers[i].name);
		cr_expect_not_null(strstr(run.out, wanted), "'%s' in:\n%s", wanted, run.out);
	}
	run_clear(&run);
}

static void check_stats(const char *path)
{
	struct run run;
	json_t *events, *not_seen;

	run_relaywatch(&run, (const char *const[]){ "read", "--json=stats", path, NULL });
	events = events_parse(run.out);
	not_seen = event_get(json_array_get(events, 0), "relaywatch.not_seen");
	for (size_t i = 0; i < ARRAY_COUNT(carriers); i++)
		cr_expect_eq(json_integer_value(json_object_get(not_seen, carriers[i].name)),
			     times_named(carriers[i].name), "%s in %s", carriers[i].name, run.out);
	json_decref(events);
	run_clear(&run);
}

Test(not_seen, opaque_carriers_are_counted_by_name)
{
	char scratch[256], path[512];

	scratch_make(scratch, sizeof(scratch));
	path_join(path, sizeof(path), scratch, "opaque.pcap");
	write_carriers(path);
	check_page(path);
	check_stats(path);
	scratch_remove(scratch);
}

/* Exit code 1, and on standard error which type it is, by name and number. */
Test(not_seen, an_unknown_link_type_names_itself)
{
	static const char head[40] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\xa5\0\0";
	char scratch[256], path[512];
	struct run run;
	FILE *file;

	scratch_make(scratch, sizeof(scratch));
	/* any byte may be in a name; what is said of it is UTF-8 */
	path_join(path, sizeof(path), scratch, "\xff\x1b[31m.pcap");
	file = fopen(path, "wb");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(head, sizeof(head), 1, file), 1);
	cr_assert_eq(fclose(file), 0);
	run_relaywatch(&run, (const char *const[]){ "read", "--json", path, NULL });
	cr_expect_eq(run.exit_code, 1);
	cr_expect_not_null(strstr(run.err, "link type 165 (BACNET_MS_TP)"), "%s", run.err);
	cr_expect_not_null(strstr(run.err, "packet 1"), "%s", run.err);
	cr_expect_null(strchr(run.err, '\x1b'), "a terminal would obey");
	cr_expect_null(strchr(run.err, '\xff'), "it is no UTF-8");
	json_decref(events_parse(run.out));
	run_clear(&run);
	scratch_remove(scratch);
}
