#!/bin/sh
# hostile.sh - read files that were made to break readers, each to its end or its damage
#
# First damaged files of our own (damage.c makes them), then, where they are beside this
# repository, two folders of captures that broke other programs. For each file: exit code 0 or 1,
# no report of a sanitizer, no more memory than memory_max_mb. The time limit only catches a hang:
# a file takes well below ten seconds, and the slowest one is printed.
set -eu

program=${RELAYWATCH_BUILD:-build}/relaywatch
damage=${DAMAGE:-build/damage}
folders="../shared/pcaps/hostile ../shared/pcaps/tcp"
hang_s=60
memory_max_mb=1024

# read_one FILE: a line for each fault, and "MILLISECONDS FILE" in the list of times
if [ "${1:-}" = --one ]; then
	file=$2
	said=$times/$$
	began=$(date +%s%N)
	code=0
	timeout "$hang_s" "$program" read --json "$file" >/dev/null 2>"$said" || code=$?
	echo "$((($(date +%s%N) - began) / 1000000)) $file" >"$said.time"
	case $code in
	0 | 1) ;;
	124) echo "FAILED: '$file' was not read in $hang_s s" ;;
	*) echo "FAILED: '$file' ended in exit code $code: $(tail -n 3 "$said")" ;;
	esac
	if grep -Eq 'Sanitizer|runtime error:' "$said"; then
		echo "FAILED: '$file': $(grep -Em 1 'Sanitizer|runtime error:' "$said")"
	fi
	if [ $code -eq 1 ] && ! [ -s "$said" ]; then
		echo "FAILED: '$file' is damaged, and nothing is said"
	fi
	rm -f "$said"
	exit 0
fi

# read_folder FOLDER NAME: all of it, two at a time
read_folder() {
	find "$1" -type f -print0 | xargs -0 -n 1 -P 2 "$0" --one >"$faults"
	cat "$times"/*.time >"$times.all"
	rm -f "$times"/*.time
	cat "$faults"
	if [ -s "$faults" ]; then
		failed=1
	fi
	echo "$2: $(wc -l <"$times.all") files, the slowest $(sort -nr "$times.all" | head -n 1 |
		sed "s|^\([0-9]*\) .*/|\1 ms, |")"
}

# Sanitizers of a build without them leave these alone.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:hard_rss_limit_mb=$memory_max_mb:allocator_may_return_null=1"
export program hang_s
times=$(mktemp -d)
faults=$(mktemp)
own=$(mktemp -d)
export times
trap 'rm -rf "$times" "$times.all" "$faults" "$own"' EXIT
failed=0
"$damage" "$own"
read_folder "$own" "our own"
for folder in $folders; do
	if [ -d "$folder" ]; then
		read_folder "$folder" "${folder##*/}"
	else
		echo "SKIPPED: the hostile captures are not there ('$folder'); ONLY OUR OWN ARE READ"
	fi
done
exit "$failed"
