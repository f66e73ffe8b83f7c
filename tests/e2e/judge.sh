#!/bin/sh
# judge.sh - hold the program against labelled captures, where they are beside this repository
#
# They are too many for it and are not always there; without them this prints so and passes. With
# them: sessions and transactions 95 percent, verdicts 90 (85 with nothing configured), and nobody
# accused whom no label names.
set -eu

judge=../shared/tools/judge
captures=../shared/pcaps/lab
program=${RELAYWATCH_BUILD:-build}/relaywatch

# percent_of LINE PART: "verdicts 12/13 (92.3%)" gives 92.3
percent_of() {
	printf '%s\n' "$1" | sed -n "s/.*$2 [0-9]*\/[0-9]* (\([0-9.]*\)%).*/\1/p"
}

# at_least LINE PART MINIMUM
at_least() {
	got=$(percent_of "$1" "$2")
	if ! awk "BEGIN { exit !(${got:--1} >= $3) }"; then
		echo "FAILED: $2 ${got:-unknown}%, wanted $3%"
		failed=1
	fi
}

# check VERDICTS_MINIMUM [OPTION..]
check() {
	minimum=$1
	shift
	# Its exit code says whether everything is right; how much is right stands in its last line.
	"$judge" "$captures" --bin "$program" --jobs 2 -v "$@" > "$report" || true
	last=$(tail -n 1 "$report")
	echo "$last"
	at_least "$last" sessions 95
	at_least "$last" transactions 95
	at_least "$last" verdicts "$minimum"
	# What it says of a pair or a server that is in no label; wrong verdicts are counted above,
	# and so are alerts about pairs that are.
	awk '/^WRONG/ { capture = $2 }
	     /nothing is held against/ { print capture $0 }' "$report"
	if grep -Eq '^ +(VERDICT|POSTURE) .*nothing is held against' "$report"; then
		echo "FAILED: somebody is accused whom no label names"
		failed=1
	fi
}

if [ ! -x "$judge" ] || [ ! -d "$captures" ]; then
	echo "SKIPPED: the labelled captures are not there ('$captures'); NOTHING WAS CHECKED"
	exit 0
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
failed=0
check 90
check 85 --zero-config
exit "$failed"
