/* Command lines: what is taken, what is refused and with which words, and what counts most. */
#include "app/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sinks/sink_json.h"

#define ARGUMENTS_MAX 12
#define SECOND INT64_C(1000000000)

/* A command line, "read" and "live" left out, ended by NULL. */
typedef const char *arguments[ARGUMENTS_MAX];

static enum result parse(struct settings *settings, uint32_t command, const arguments words,
			 struct error *error)
{
	char *copy[ARGUMENTS_MAX];
	int count = 0;

	while (count < ARGUMENTS_MAX && words[count] != NULL) {
		copy[count] = (char *)(uintptr_t)words[count];
		count++;
	}
	error->text[0] = '\0';
	return options_parse(settings, command, count, copy, error);
}

static void parse_well(struct settings *settings, uint32_t command, const arguments words)
{
	struct error error;

	cr_assert_eq(parse(settings, command, words, &error), RESULT_OK, "%s", error.text);
}

Test(options, wrong_usage_is_told_with_the_mend)
{
	static const struct {
		uint32_t command;
		arguments words;
		const char *said;
	} cases[] = {
		/* No such option; the nearest one is named, of those that this command has. */
		{ COMMAND_READ, { "--jsn" }, "did you mean '--json'?" },
		{ COMMAND_READ, { "--local-domian", "x" }, "did you mean '--local-domain'?" },
		{ COMMAND_READ, { "--local" }, "did you mean '--local-domain'?" },
		{ COMMAND_READ, { "--qmqp-clients=x" }, "did you mean '--qmqp-client'?" },
		{ COMMAND_READ, { "--sensor_name", "x" }, "did you mean '--sensor-name'?" },
		{ COMMAND_LIVE, { "--fail-no", "low" }, "there is no option '--fail-no'" },
		{ COMMAND_READ,
		  { "--frobnicate" },
		  "there is no option '--frobnicate'; see --help" },
		{ COMMAND_READ,
		  { "--"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxx" },
		  "see --help" },
		{ COMMAND_READ, { "-x" }, "there is no option '-x'" },
		{ COMMAND_READ, { "-vx" }, "there is no option '-x'" },
		/* An option of another command. */
		{ COMMAND_READ, { "-i", "eth0" }, "'-i' is no option of this command" },
		{ COMMAND_LIVE,
		  { "--fail-on", "low" },
		  "'--fail-on' is no option of this command" },
		{ COMMAND_DASHBOARD, { "--trusted", "::1" }, "no option of this command" },
		/* A value that is missing, or that nobody asked for. */
		{ COMMAND_READ, { "--local-domain" }, "'--local-domain' needs a value: DOMAIN" },
		{ COMMAND_READ, { "-f" }, "'-f' needs a value: EXPR" },
		{ COMMAND_READ, { "-c" }, "'-c' needs a value: FILE" },
		{ COMMAND_READ, { "--help=yes" }, "'--help' takes no value" },
		{ COMMAND_READ, { "--redis=" }, "no URL of Redis" },
		{ COMMAND_READ, { "--sensor-name=" }, "'sensor-name' is empty" },
		/* Values that cannot be read. */
		{ COMMAND_READ, { "--json=sessions" }, "'sessions' is no type of event" },
		{ COMMAND_READ, { "--json=" }, "no type of event is named" },
		{ COMMAND_READ, { "--fail-on", "hgih" }, "'hgih' is no severity; there are info" },
		{ COMMAND_READ, { "--fail-on", "47" }, "'47' is no severity" },
		{ COMMAND_READ, { "--trusted", "192.0.2.0/33" }, "'192.0.2.0/33' is no address" },
		{ COMMAND_READ, { "--local-net", "example.com" }, "'example.com' is no address" },
		{ COMMAND_READ, { "--local-domain", "a..b" }, "'a..b' is no domain" },
		{ COMMAND_READ, { "--local-domain", "anna@example.com" }, "is no domain" },
		{ COMMAND_READ, { "--relay-to", "" }, "'' is no domain" },
		{ COMMAND_READ, { "--nat", "192.0.2.1" }, "'192.0.2.1' is no pair of addresses" },
		{ COMMAND_READ, { "--nat", "192.0.2.1=" }, "is no pair of addresses" },
		{ COMMAND_READ, { "--redis", "localhost" }, "no URL of Redis" },
		{ COMMAND_READ, { "--redis", "redis://:x@h" }, "RELAYWATCH_REDIS_PASSWORD" },
		{ COMMAND_READ,
		  { "--filter", "tcp prot 25" },
		  "cannot use the filter 'tcp prot 25'" },
		/* -C */
		{ COMMAND_READ, { "-C", "memory_limit" }, "'memory_limit' is no KEY=VALUE" },
		{ COMMAND_READ, { "-C", "=1" }, "'=1' is no KEY=VALUE" },
		{ COMMAND_READ, { "-C", "memory_limt=1G" }, "did you mean 'memory_limit'?" },
		{ COMMAND_READ, { "-C", "zzzzzzzzzzz=1" }, "there is no key 'zzzzzzzzzzz'" },
		{ COMMAND_READ, { "-C", "config=x" }, "there is no key 'config'" },
		{ COMMAND_READ, { "-C", "help=1" }, "there is no key 'help'" },
		{ COMMAND_READ,
		  { "-C", "memory_limit=1" },
		  "out of bounds for 'memory_limit': 16M to" },
		{ COMMAND_READ, { "-C", "memory_limit=x" }, "'x' is no number" },
		{ COMMAND_READ, { "-C", "memory_limit=1T" }, "'T' in '1T' is no unit" },
		{ COMMAND_READ, { "-C", "memory_limit=99999999999999999999" }, "is no number" },
		{ COMMAND_READ, { "-C", "memory_limit=9999999999G" }, "out of bounds" },
		{ COMMAND_READ, { "-C", "idle_timeout=0" }, "'idle_timeout': 1s to 30d" },
		{ COMMAND_READ, { "-C", "idle_timeout=-5" }, "out of bounds" },
		{ COMMAND_READ, { "-C", "reorder_wait=1us" }, "'us' in '1us' is no unit" },
		{ COMMAND_READ, { "-C", "flows_max=15" }, "16 to 268435456" },
		{ COMMAND_READ, { "-C", "redis_mode=queue" }, "'queue' is no mode" },
		{ COMMAND_READ, { "--overlap", "lniux" }, "'overlap' takes; did you mean 'linux'" },
		{ COMMAND_READ, { "-C", "overlap=windows" }, "there are linux, bsd, first, last" },
		{ COMMAND_READ, { "-C", "alert_severity=loud" }, "'loud' is no severity" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct settings settings;
		struct error error;

		cr_expect_eq(parse(&settings, cases[i].command, cases[i].words, &error), RESULT_BAD,
			     "case %zu", i);
		cr_expect_not_null(strstr(error.text, cases[i].said), "case %zu: no '%s' in: %s", i,
				   cases[i].said, error.text);
		settings_clear(&settings);
	}
}

Test(options, defaults)
{
	struct settings settings;

	parse_well(&settings, COMMAND_READ, (arguments){ NULL });
	cr_expect_null(settings.filter);
	cr_expect_null(settings.redis_url);
	cr_expect_null(settings.redis_key);
	cr_expect_eq(settings.redis_mode, REDIS_STREAM);
	cr_expect_eq(settings.json_datasets, 0);
	cr_expect_not(settings.has_fail_on);
	cr_expect_eq(settings.alert_severity, SEVERITY_MEDIUM);
	cr_expect_eq(settings.memory_limit_bytes, INT64_C(512) << 20);
	cr_expect_eq(settings.buffer_bytes, INT64_C(64) << 20);
	cr_expect_eq(settings.flows_max, 1 << 20);
	cr_expect_eq(settings.idle_timeout_ns, 65 * 60 * SECOND);
	cr_expect_eq(settings.reorder_wait_ns, SECOND / 5);
	cr_expect_eq(settings.overlap, OVERLAP_LINUX);
	cr_expect_eq(settings.alert_repeat_ns, 3600 * SECOND);
	cr_expect_eq(settings.alert_quiet_ns, 24 * 3600 * SECOND);
	cr_expect_eq(settings.stats_interval_ns, 60 * SECOND);
	cr_assert_not_null(settings.sensor_name);
	cr_expect_neq(settings.sensor_name[0], '\0');
	settings_clear(&settings);
}

/* Options in each way that they can be written, with files between them and behind "--". */
Test(options, ways_to_write_them)
{
	static const arguments lines[] = {
		{ "--filter", "port 25", "-v", "-v", "-q", "a", "-", "--", "-b", "--json" },
		{ "a", "--filter=port 25", "-vvq", "-", "--", "-b", "--json" },
		{ "-fport 25", "a", "-vv", "-q", "--", "-", "-b", "--json" },
		{ "a", "-vvqf", "port 25", "--", "-", "-b", "--json" },
		{ "a", "-vv", "-q", "-C", "filter=port 25", "--", "-", "-b", "--json" },
		{ "a", "-vv", "-q", "--set=filter=port 25", "--", "-", "-b", "--json" },
		/* The last one counts. */
		{ "-f", "port 24", "-f", "port 25", "-vvq", "a", "--", "-", "-b", "--json" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		static const char *const files[] = { "a", "-", "-b", "--json" };
		struct settings settings;

		parse_well(&settings, COMMAND_READ, lines[i]);
		cr_expect_str_eq(settings.filter, "port 25", "line %zu", i);
		cr_expect_eq(settings.more_log, 2);
		cr_expect_eq(settings.less_log, 1);
		cr_expect_eq(settings.json_datasets, 0);
		cr_assert_eq(settings.file_count, ARRAY_COUNT(files), "line %zu", i);
		for (size_t f = 0; f < ARRAY_COUNT(files); f++)
			cr_expect_str_eq(settings.files[f], files[f]);
		settings_clear(&settings);
	}
}

Test(options, json)
{
	static const struct {
		arguments words;
		uint32_t datasets;
		size_t files;
	} cases[] = {
		{ { "--json" }, DATASET_ALL, 0 },
		{ { "--json=all" }, DATASET_ALL, 0 },
		/* Its value is optional, so the next word is a file. */
		{ { "--json", "session" }, DATASET_ALL, 1 },
		{ { "--json=session" }, DATASET_SESSION, 0 },
		{ { "--json=transaction,finding" }, DATASET_TRANSACTION | DATASET_FINDING, 0 },
		{ { "--json=alert,server,stats" },
		  DATASET_ALERT | DATASET_SERVER | DATASET_STATS,
		  0 },
		{ { "--json=alert,alert" }, DATASET_ALERT, 0 },
		{ { "-C", "json=alert" }, DATASET_ALERT, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct settings settings;

		parse_well(&settings, COMMAND_READ, cases[i].words);
		cr_expect_eq(settings.json_datasets, cases[i].datasets, "case %zu", i);
		cr_expect_eq(settings.file_count, cases[i].files, "case %zu", i);
		settings_clear(&settings);
	}
}

Test(options, severities)
{
	static const struct {
		const char *word;
		enum severity severity;
	} cases[] = {
		{ "info", SEVERITY_INFO },         { "low", SEVERITY_LOW },
		{ "medium", SEVERITY_MEDIUM },     { "high", SEVERITY_HIGH },
		{ "critical", SEVERITY_CRITICAL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char override[64];
		struct settings settings;

		(void)snprintf(override, sizeof(override), "alert_severity=%s", cases[i].word);
		parse_well(&settings, COMMAND_READ,
			   (arguments){ "--fail-on", cases[i].word, "-C", override });
		cr_expect(settings.has_fail_on);
		cr_expect_eq(settings.fail_on, cases[i].severity);
		cr_expect_eq(settings.alert_severity, cases[i].severity);
		settings_clear(&settings);
	}
}

Test(options, overlap)
{
	static const struct {
		const char *word;
		enum overlap_policy policy;
	} cases[] = {
		{ "linux", OVERLAP_LINUX },     { "bsd", OVERLAP_BSD },
		{ "first", OVERLAP_FIRST },     { "last", OVERLAP_LAST },
		{ "solaris", OVERLAP_SOLARIS },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char override[64];
		struct settings settings;

		(void)snprintf(override, sizeof(override), "overlap=%s", cases[i].word);
		parse_well(&settings, COMMAND_READ, (arguments){ "-C", override });
		cr_expect_eq(settings.overlap, cases[i].policy);
		settings_clear(&settings);
		parse_well(&settings, COMMAND_LIVE,
			   (arguments){ "-i", "eth0", "--overlap", cases[i].word });
		cr_expect_eq(settings.overlap, cases[i].policy);
		settings_clear(&settings);
	}
}

Test(options, numbers)
{
	static const struct {
		const char *override;
		size_t offset;
		int64_t value;
	} cases[] = {
#define TUNING(text, member, value) { text, offsetof(struct settings, member), value }
		TUNING("memory_limit=16777216", memory_limit_bytes, 16 << 20),
		TUNING("memory_limit=16384K", memory_limit_bytes, 16 << 20),
		TUNING("memory_limit=16M", memory_limit_bytes, 16 << 20),
		TUNING("memory_limit=16MiB", memory_limit_bytes, 16 << 20),
		TUNING("memory_limit=2G", memory_limit_bytes, INT64_C(2) << 30),
		TUNING("memory_limit=1024GiB", memory_limit_bytes, INT64_C(1) << 40),
		TUNING("buffer=1M", buffer_bytes, 1 << 20),
		TUNING("flows_max=16", flows_max, 16),
		TUNING("idle_timeout=90", idle_timeout_ns, 90 * SECOND),
		TUNING("idle_timeout=90s", idle_timeout_ns, 90 * SECOND),
		TUNING("idle-timeout=2m", idle_timeout_ns, 120 * SECOND),
		TUNING("idle_timeout=2min", idle_timeout_ns, 120 * SECOND),
		TUNING("reorder_wait=1ms", reorder_wait_ns, SECOND / 1000),
		TUNING("alert_repeat=12h", alert_repeat_ns, 12 * 3600 * SECOND),
		TUNING("alert.quiet=7d", alert_quiet_ns, 7 * 24 * 3600 * SECOND),
		TUNING("stats_interval=1s", stats_interval_ns, SECOND),
#undef TUNING
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct settings settings;
		const void *got;

		parse_well(&settings, COMMAND_READ, (arguments){ "-C", cases[i].override });
		got = (const char *)&settings + cases[i].offset;
		cr_expect_eq(*(const int64_t *)got, cases[i].value, "%s", cases[i].override);
		settings_clear(&settings);
	}
}

static bool is_in(const struct settings *settings, enum site_role role, const char *address)
{
	struct ip_address ip;

	cr_assert_eq(ip_address_parse(address, &ip), RESULT_OK);
	return site_contains(settings->site, role, &ip);
}

/* Each site option goes where it belongs, may be repeated, and is taken by these commands. */
Test(options, site)
{
	static const struct {
		const char *option;
		enum site_role role;
	} networks[] = {
		{ "--local-net", SITE_LOCAL_NET },
		{ "--trusted", SITE_TRUSTED },
		{ "--qmqp-client", SITE_QMQP_CLIENT },
		{ "--mta-chain", SITE_MTA_CHAIN },
		{ "--proxy", SITE_PROXY },
		{ "--smarthost", SITE_SMARTHOST },
		{ "--scanner", SITE_SCANNER },
		{ "--honeypot", SITE_HONEYPOT },
	};
	static const uint32_t commands[] = { COMMAND_READ, COMMAND_LIVE, COMMAND_CORRELATE,
					     COMMAND_CHECK, COMMAND_EXPLAIN };

	for (size_t i = 0; i < ARRAY_COUNT(networks); i++) {
		const arguments words = { networks[i].option, "192.0.2.0/24", networks[i].option,
					  "2001:db8::1" };

		for (size_t c = 0; c < ARRAY_COUNT(commands); c++) {
			struct settings settings;

			parse_well(&settings, commands[c], words);
			for (int role = 0; role < SITE_ROLE_COUNT; role++)
				cr_expect_eq(site_has(settings.site, (enum site_role)role),
					     role == (int)networks[i].role, "%s",
					     networks[i].option);
			cr_expect(is_in(&settings, networks[i].role, "192.0.2.99"));
			cr_expect(is_in(&settings, networks[i].role, "2001:db8::1"));
			cr_expect_not(is_in(&settings, networks[i].role, "2001:db8::2"));
			settings_clear(&settings);
		}
	}
}

/* Domains are compared as A-labels in lower case, with all below them. */
Test(options, domains)
{
	static const struct {
		const char *written, *owned;
	} cases[] = {
		{ "example.com", "example.com" },
		{ "Example.COM", "a.b.example.com" },
		{ "*.example.com", "example.com" },
		{ ".example.com", "mail.example.com" },
		{ "example.com.", "example.com" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct settings settings;

		parse_well(&settings, COMMAND_READ,
			   (arguments){ "--local-domain", cases[i].written, "--local-domain",
					"example.net", "--relay-to", "example.org" });
		cr_expect(
		    site_owns_domain(settings.site, SITE_LOCAL_DOMAIN, span_text(cases[i].owned)),
		    "'%s'", cases[i].written);
		cr_expect(
		    site_owns_domain(settings.site, SITE_LOCAL_DOMAIN, span_text("example.net")));
		cr_expect_not(
		    site_owns_domain(settings.site, SITE_LOCAL_DOMAIN, span_text("example.org")));
		cr_expect(site_owns_domain(settings.site, SITE_RELAY_TO, span_text("example.org")));
		settings_clear(&settings);
	}
}

Test(options, nat)
{
	struct settings settings;
	struct ip_address outside, inside;

	parse_well(&settings, COMMAND_READ,
		   (arguments){ "--nat", "203.0.113.1=10.0.0.1", "--nat", "2001:db8::1=fd00::1" });
	cr_assert_eq(ip_address_parse("2001:db8::1", &outside), RESULT_OK);
	cr_assert_eq(ip_address_parse("fd00::1", &inside), RESULT_OK);
	outside = site_nat(settings.site, outside);
	cr_expect(ip_address_equal(&outside, &inside));
	settings_clear(&settings);
}

/* A configuration of the test's own; freed with unlink and free. */
static char *write_file(const char *text)
{
	char *path = strdup("/tmp/relaywatch-options.XXXXXX");
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
	return path;
}

static void remove_file(char *path)
{
	(void)unlink(path);
	free(path);
}

/* The command line counts more than -C, which counts more than the file, in any order. */
Test(options, precedence)
{
	char *file = write_file(
	    "filter: port 1\nsensor_name: file\nredis_key: file\njson: stats\n");
	const arguments lines[] = {
		{ "-c", file, "-C", "filter=port 2", "-C", "sensor_name=override", "-f", "port 3" },
		{ "-f", "port 3", "-C", "sensor_name=override", "-C", "filter=port 2", "-c", file },
		{ "-f", "port 3", "-c", file, "-C", "filter=port 2", "-C", "sensor-name=override" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		struct settings settings;

		parse_well(&settings, COMMAND_READ, lines[i]);
		cr_expect_str_eq(settings.filter, "port 3");
		cr_expect_str_eq(settings.sensor_name, "override");
		cr_expect_str_eq(settings.redis_key, "file");
		cr_expect_eq(settings.json_datasets, DATASET_STATS);
		settings_clear(&settings);
	}
	remove_file(file);
}

/* A list on the command line adds to that of the file; -C takes its place. */
Test(options, precedence_of_lists)
{
	char *file = write_file("trusted: [192.0.2.1, 192.0.2.2]\n");
	struct settings settings;

	parse_well(&settings, COMMAND_READ, (arguments){ "-c", file, "--trusted", "192.0.2.3" });
	cr_expect(is_in(&settings, SITE_TRUSTED, "192.0.2.1"));
	cr_expect(is_in(&settings, SITE_TRUSTED, "192.0.2.2"));
	cr_expect(is_in(&settings, SITE_TRUSTED, "192.0.2.3"));
	settings_clear(&settings);
	parse_well(&settings, COMMAND_READ,
		   (arguments){ "--trusted", "192.0.2.3", "-c", file, "-C", "trusted=192.0.2.4",
				"-C", "trusted=192.0.2.5" });
	cr_expect_not(is_in(&settings, SITE_TRUSTED, "192.0.2.1"));
	cr_expect(is_in(&settings, SITE_TRUSTED, "192.0.2.3"));
	cr_expect(is_in(&settings, SITE_TRUSTED, "192.0.2.4"));
	cr_expect(is_in(&settings, SITE_TRUSTED, "192.0.2.5"));
	settings_clear(&settings);
	remove_file(file);
}

/* Each row can be reached, and none stands in the way of another. */
Test(options, table)
{
	size_t count;
	const struct option_row *rows = option_table(&count);

	for (size_t i = 0; i < count; i++) {
		cr_expect(rows[i].name != NULL || rows[i].letter != 0 || rows[i].key != NULL);
		cr_expect(rows[i].set != NULL || rows[i].letter == 'c' || rows[i].letter == 'C');
		cr_expect(rows[i].least <= rows[i].standard && rows[i].standard <= rows[i].most);
		cr_expect_neq(rows[i].commands, 0);
		for (size_t k = 0; k < i; k++) {
			cr_expect(rows[i].name == NULL || rows[k].name == NULL ||
				  strcmp(rows[i].name, rows[k].name) != 0);
			cr_expect(rows[i].key == NULL || rows[k].key == NULL ||
				  strcmp(rows[i].key, rows[k].key) != 0);
			cr_expect(rows[i].letter == 0 || rows[i].letter != rows[k].letter);
		}
	}
}
