/*
 * One dialogue in every link type and tunnel, in fragments, and captured twice: the program tells
 * the same of it, byte for byte, but for what is about the packets themselves.
 */
#include "e2e/dialogue.h"
#include "e2e/events.h"
#include "e2e/run.h"

#include <criterion/criterion.h>
#include <string.h>

#define RAW 101

/* What is about packets and not about the talk goes. */
static void strip(json_t *event)
{
	static const char *const of_relaywatch[] = { "tunnels",    "packets",        "bytes",
						     "segments",   "duplicates",     "memory_bytes",
						     "elapsed_ns", "evidence_frames" };
	json_t *network = json_object_get(event, "network");
	json_t *own = json_object_get(event, "relaywatch");
	json_t *evidence;
	size_t i;

	if (network != NULL)
		(void)json_object_del(network, "vlan");
	for (i = 0; i < ARRAY_COUNT(of_relaywatch); i++)
		(void)json_object_del(own, of_relaywatch[i]);
	json_array_foreach(json_object_get(own, "evidence"), i, evidence)(void)
	    json_object_del(evidence, "frames");
}

/* All that the program says of a file; the caller frees it. */
static json_t *tell(const char *path, const char *name)
{
	struct run run;
	json_t *events, *event;
	size_t i;

	run_relaywatch(&run, (const char *const[]){ "read", "--json", "--sensor-name", "s",
						    "--local-domain", "example.com", path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s: %s", name, run.err);
	events = events_parse(run.out);
	run_clear(&run);
	cr_assert_eq(events_count(events, "session"), 1, "%s", name);
	json_array_foreach(events, i, event) strip(event);
	return events;
}

static void check_same(const json_t *wanted, const json_t *got, const char *name)
{
	char *a, *b;

	for (size_t i = 0; i < json_array_size(wanted); i++) {
		if (json_equal(json_array_get(wanted, i), json_array_get(got, i)))
			continue;
		a = json_dumps(json_array_get(wanted, i), JSON_SORT_KEYS);
		b = json_dumps(json_array_get(got, i), JSON_SORT_KEYS | JSON_ENCODE_ANY);
		cr_expect_str_eq(b == NULL ? "nothing" : b, a, "%s:\n%s\nwanted:\n%s", name,
				 b == NULL ? "nothing" : b, a);
		free(a);
		free(b);
	}
	cr_expect_eq(json_array_size(wanted), json_array_size(got), "%s", name);
}

/* Criterion hands nothing from .init to a test. */
static char scratch[256];

static void set_up(void)
{
	scratch_make(scratch, sizeof(scratch));
}

static void tear_down(void)
{
	scratch_remove(scratch);
}

TestSuite(wrapped, .init = set_up, .fini = tear_down, .timeout = 600);

static const struct wrap_case plain_ip4 = { "raw", RAW, { "tcp", "ip4 6", NULL }, 0, NULL };
static const struct wrap_case plain_ip6 = { "raw", RAW, { "tcp", "ip6 6", NULL }, 0, NULL };
static const struct wrap_case ethernet = {
	"Ethernet", 1, { "tcp", "ip4 6", "02 00 00 00 00 01 02 00 00 00 00 02 0800", NULL }, 0, NULL
};

static json_t *tell_wrapped(const struct dialogue *d, const struct wrap_case *c, enum doing doing)
{
	char path[512];

	path_join(path, sizeof(path), scratch, "wrapped.pcap");
	(void)dialogue_write(path, d, c, doing);
	return tell(path, c->name);
}

/* One half of the table each, so that they run at the same time. */
static void check_cases(size_t first, size_t step)
{
	static struct dialogue d;
	json_t *wanted[2], *got;

	dialogue_read(&d);
	wanted[0] = tell_wrapped(&d, &plain_ip4, DO_NOTHING);
	wanted[1] = tell_wrapped(&d, &plain_ip6, DO_NOTHING);
	for (size_t i = first; i < wrap_case_count; i += step) {
		got = tell_wrapped(&d, &wrap_cases[i], DO_NOTHING);
		check_same(wanted[dialogue_is_ip6(&wrap_cases[i])], got, wrap_cases[i].name);
		json_decref(got);
	}
	json_decref(wanted[0]);
	json_decref(wanted[1]);
}

Test(wrapped, every_link_and_tunnel_tells_the_same)
{
	check_cases(0, 2);
}

Test(wrapped, every_other_link_and_tunnel_tells_the_same)
{
	check_cases(1, 2);
}

static json_int_t duplicates_of(const char *path)
{
	struct run run;
	json_t *events;
	json_int_t count;

	run_relaywatch(&run, (const char *const[]){ "read", "--json=stats", path, NULL });
	events = events_parse(run.out);
	count = event_number(json_array_get(events, 0), "relaywatch.duplicates");
	json_decref(events);
	run_clear(&run);
	return count;
}

/* Fragments, and packets that came twice (scenario N12), each of which is counted. */
Test(wrapped, pieces_and_copies_tell_the_same)
{
	static const struct wrap_case gre = {
		"GRE", RAW, { "tcp", "ip4 6", "0000 0800", "ip4 47", NULL }, 0, NULL
	};
	static const struct {
		const struct wrap_case *wrap;
		enum doing doing;
	} rows[] = {
		{ &plain_ip4, DO_CUT },
		{ &plain_ip6, DO_CUT },
		{ &gre, DO_CUT },
		{ &plain_ip4, DO_CUT_INNER },
		{ &plain_ip4, DO_CUT_TWICE },
		{ &ethernet, DO_TWICE },
		{ &plain_ip6, DO_TWICE },
		{ &ethernet, DO_TWICE_ROUTED },
		{ &ethernet, DO_TWICE_LATE },
		{ &plain_ip4, DO_TWICE_IN_GRE },
	};
	static struct dialogue d;
	char path[512];
	json_t *wanted[2], *got;

	dialogue_read(&d);
	path_join(path, sizeof(path), scratch, "copies.pcap");
	wanted[0] = tell_wrapped(&d, &plain_ip4, DO_NOTHING);
	wanted[1] = tell_wrapped(&d, &plain_ip6, DO_NOTHING);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		unsigned copies = dialogue_write(path, &d, rows[i].wrap, rows[i].doing);

		got = tell(path, rows[i].wrap->name);
		check_same(wanted[dialogue_is_ip6(rows[i].wrap)], got, rows[i].wrap->name);
		json_decref(got);
		cr_expect_eq(duplicates_of(path), copies, "row %zu: %d of %u", i,
			     (int)duplicates_of(path), copies);
	}
	json_decref(wanted[0]);
	json_decref(wanted[1]);
}

/* The addresses around it are in the session's event and on the page. */
Test(wrapped, the_outer_addresses_are_kept)
{
	static const struct wrap_case vxlan = {
		"VXLAN in GRE",
		1,
		{ "tcp", "ip4 6", "02 00 00 00 00 01 02 00 00 00 00 02 0800", "08000000 00000100",
		  "udp 4789", "ip6 17", "0000 86dd", "ip4 47",
		  "02 00 00 00 00 01 02 00 00 00 00 02 0800", NULL },
		0,
		NULL
	};
	static struct dialogue d;
	char path[512];
	struct run run;
	json_t *events, *tunnels;

	dialogue_read(&d);
	path_join(path, sizeof(path), scratch, "wrapped.pcap");
	(void)dialogue_write(path, &d, &vxlan, DO_NOTHING);
	run_relaywatch(&run, (const char *const[]){ "read", "--json=session", path, NULL });
	events = events_parse(run.out);
	tunnels = event_get(json_array_get(events, 0), "relaywatch.tunnels");
	cr_assert_eq(json_array_size(tunnels), 2);
	cr_expect_str_eq(event_text(json_array_get(tunnels, 0), "type"), "gre");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 0), "source.ip"), "198.51.100.1");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 0), "destination.ip"), "198.51.100.2");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 1), "type"), "vxlan");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 1), "source.ip"), "2001:db8:1::1");
	cr_expect_str_eq(event_text(json_array_get(events, 0), "source.ip"), "192.0.2.1");
	json_decref(events);
	run_clear(&run);
	run_relaywatch(&run, (const char *const[]){ "read", path, NULL });
	cr_expect_not_null(
	    strstr(run.out, "gre between 198.51.100.1 and 198.51.100.2, 1 session\n"), "%s",
	    run.out);
	run_clear(&run);
}
