/*
 * Live capture, in a network of the test's own: packets of pcaps/ are sent into one end of a veth
 * pair, relaywatch listens at the other, and alerts go to a real Redis on this network's loopback.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/capability.h>
#include <pcap/pcap.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "e2e/events.h"
#include "e2e/redis_server.h"
#include "e2e/run.h"

#define SENDER "rw-send"
#define SENSOR "rw-sense"
#define RELAY "pcaps/qmtp-open-relay.pcap"
#define TRIES 3000 /* of 10 ms: only a program that does nothing runs into it */

/* A fresh network that goes away with this process; false, with the reason said, without one. */
static bool network_make(void)
{
	if (unshare(CLONE_NEWNET) != 0) {
		(void)fprintf(stderr, "SKIPPED: no network namespace: %s; run the tests as root\n",
			      strerror(errno));
		return false;
	}
	/* IPv6 off: its neighbour discovery would be in every capture. */
	if (system("ip link set lo up && ip link add " SENDER " type veth peer name " SENSOR
		   " && sysctl -qw net.ipv6.conf.all.disable_ipv6=1"
		   " && ip link set " SENDER " up && ip link set " SENSOR " up") != 0) {
		(void)fprintf(stderr, "SKIPPED: cannot make a veth pair (iproute2, procps?)\n");
		return false;
	}
	return true;
}

static void pause_10_ms(void)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	(void)nanosleep(&pause, NULL);
}

/* It says so; a socket alone does not mean that packets are taken already. */
static void wait_until_watching(const struct run *run)
{
	for (int i = 0; i < TRIES; i++) {
		char *said = run_errors_so_far(run);
		bool watching = strstr(said, "watching '" SENSOR "'") != NULL;

		free(said);
		if (watching)
			return;
		pause_10_ms();
	}
	cr_assert_fail("does not watch: %s", run_errors_so_far(run));
}

/* All packets of a capture, in order, as they were. */
static void send_capture(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *file = pcap_open_offline(path, error);
	pcap_t *wire = pcap_open_live(SENDER, 65535, 0, 10, error);
	struct pcap_pkthdr *head;
	const u_char *bytes;

	cr_assert_not_null(file, "%s", error);
	cr_assert_not_null(wire, "%s", error);
	while (pcap_next_ex(file, &head, &bytes) == 1)
		cr_assert_eq(pcap_inject(wire, bytes, head->caplen), (int)head->caplen, "%s",
			     pcap_geterr(wire));
	pcap_close(file);
	pcap_close(wire);
}

/* Until the stream has an alert; that it comes while the program runs is the point. */
static void wait_for_alert(struct redis_server *redis, const struct run *run)
{
	for (int i = 0; i < TRIES; i++) {
		redisReply *reply = redis_ask(
		    redis, (const char *const[]){ "XLEN", REDIS_KEY_ALERTS, NULL });
		long long length = reply->integer;

		freeReplyObject(reply);
		if (length > 0)
			return;
		pause_10_ms();
	}
	cr_assert_fail("no alert in Redis: %s", run_errors_so_far(run));
}

static void check_findings(const struct run *run)
{
	json_t *events = events_parse(run->out);
	size_t i, confirmed = 0;
	const json_t *event;

	json_array_foreach(events, i, event)
	{
		if (event_is(event, "finding") &&
		    strcmp(event_text(event, "relaywatch.verdict"), "open_relay_confirmed") == 0) {
			confirmed++;
			cr_assert_str_eq(event_text(event, "source.ip"), "203.0.113.7");
			cr_assert_str_eq(event_text(event, "destination.ip"), "192.0.2.25");
		}
	}
	cr_assert_eq(confirmed, 1, "%zu findings are confirmed", confirmed);
	cr_assert_geq(events_count(events, "server"), 1);
	cr_assert_geq(events_count(events, "stats"), 1);
	json_decref(events);
}

/* One run, ended by the signal: alert in Redis before, all findings out after. */
static void watch_and_end(int signal_number)
{
	struct redis_server redis;
	struct run run;

	if (!network_make())
		cr_skip_test("no network of the test's own");
	redis_server_start(&redis);
	run_start(&run, NULL,
		  (const char *const[]){ "live", "--json", "--redis", redis.url, "--local-domain",
					 "example.com", "-i", SENSOR, NULL });
	wait_until_watching(&run);
	send_capture(RELAY);
	wait_for_alert(&redis, &run);
	run_finish(&run, signal_number);
	cr_assert_eq(run.exit_code, 0, "exit code %d: %s", run.exit_code, run.err);
	check_findings(&run);
	run_clear(&run);
	redis_server_stop(&redis);
}

Test(live, an_alert_arrives_and_sigterm_ends_with_all_findings)
{
	watch_and_end(SIGTERM);
}

Test(live, sigint_ends_as_well)
{
	watch_and_end(SIGINT);
}

Test(live, an_interface_that_is_not_there_is_named)
{
	struct run run;

	run_relaywatch(&run, (const char *const[]){ "live", "-i", "rw-nowhere", NULL });
	cr_assert_eq(run.exit_code, 1);
	cr_assert_not_null(strstr(run.err, "'rw-nowhere'"), "%s", run.err);
	run_clear(&run);
}

/* What is missing is a capability, and it is named. */
Test(live, a_missing_permission_is_named)
{
	struct run run;

	/* Root without it: the program can still be found and read wherever it lies. */
	if (prctl(PR_CAPBSET_DROP, CAP_NET_RAW) != 0 ||
	    prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN) != 0) {
		(void)fprintf(stderr, "SKIPPED: cannot give up a capability: %s; run as root\n",
			      strerror(errno));
		cr_skip_test("not root");
	}
	run_relaywatch(&run, (const char *const[]){ "live", "-i", "lo", NULL });
	cr_assert_eq(run.exit_code, 1, "exit code %d", run.exit_code);
	cr_assert_not_null(strstr(run.err, "'lo'"), "%s", run.err);
	cr_assert_not_null(strcasestr(run.err, "cap_net_raw"), "%s", run.err);
	run_clear(&run);
}
