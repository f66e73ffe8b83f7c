#!/usr/bin/env bash
# live_servers.bash - watch a real open relay live, in the network that pcaps/record builds
#
# A stranger hands a message to mailfront, Postfix sends it on; relaywatch listens on the bridge
# between them and must put the alert into a real Redis, then end on SIGTERM with its findings out.
# Prints how long after the deciding packet each alert was in Redis.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../pcaps" && pwd)
me=live_servers
program=$(realpath "${RELAYWATCH_BUILD:-build}/relaywatch")
port=6399
watcher=
source "$here/lib/recording.bash"

# In place of tcpdump: the scenario calls it when its servers are up.
capture_start() {
	ip -n "$bridge" link set lo up
	serve wire redis.log redis-server --bind 127.0.0.1 --port "$port" --save '' --dir "$work"
	wait_port wire "$port"
	(become_on wire "$program" live -i br0 --json --redis "redis://127.0.0.1:$port" \
		--local-domain example.com --local-domain example.org --trusted 192.0.2.96/27 \
		> "$work/events.json" 2> "$work/live.log") &
	watcher=$!
	server_pids+=("$watcher")
	wait_for "relaywatch does not watch" watches
}

# It says so; a socket alone does not mean that packets are taken already.
watches() { grep -q "watching 'br0'" "$work/live.log"; }

redis() { on wire redis-cli -p "$port" "$@"; }

alert_stored() { [ "$(redis XLEN '{relaywatch:alerts}')" -ge 1 ]; }

# wait_for MESSAGE COMMAND..: until the command succeeds; only what hangs runs into the end.
wait_for() {
	local message=$1 tries
	shift
	for tries in {1..300}; do
		! "$@" || return 0
		sleep 0.1
	done
	tail -n 5 "$work/live.log" >&2 || true
	fail "$message ($tries tries)"
}

# An entry's number is Redis' clock in milliseconds; the event's time is that of the packet.
print_delays() {
	redis --raw XRANGE '{relaywatch:alerts}' - + | python3 -c '
import json, re, sys
from datetime import datetime
for line in sys.stdin:
    if entry := re.fullmatch(r"(\d{13})-\d+\s*", line):
        stored_ms = int(entry.group(1))
    elif line.startswith("{"):
        event = json.loads(line)
        packet = datetime.fromisoformat(event["@timestamp"][:26] + "+00:00").timestamp()
        print(event["event"]["action"], event["relaywatch"]["verdict"],
              f"in Redis {stored_ms - 1000 * packet:.0f} ms after its packet")
'
}

end_watcher() {
	local code=0

	kill -TERM "$watcher"
	wait "$watcher" || code=$?
	[ "$code" = 0 ] || fail "exit code $code after SIGTERM: $(tail -n 3 "$work/live.log")"
	grep '"relaywatch.finding"' "$work/events.json" | grep -q '"open_relay_confirmed"' ||
		fail "the finding of the open relay is not among the events"
}

main() {
	local missing

	missing=$(missing_tool)
	command -v redis-server > /dev/null || missing+=redis-server
	if [ -n "$missing" ]; then
		echo "SKIPPED: real servers were NOT watched live; missing: ${missing//$'\n'/, }"
		return
	fi
	trap recording_end EXIT
	trap 'exit 1' INT TERM
	recording_begin
	scenario_qmtp-open-relay
	wait_for "no alert in Redis" alert_stored
	servers_settle
	print_delays
	end_watcher
}

main
