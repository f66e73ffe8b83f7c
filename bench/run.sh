#!/usr/bin/env bash
# run.sh - what reading a capture costs, beside a bare libpcap loop; './dev bench' calls it
#
#   bench/run.sh [mix|mail|flood|decoders|keyed]..     default: all
#
# "decoders" is what hostile input costs them (decoders.c), "keyed" what an attack on the tables does
# that knows all but their seed (keyed.c). For the others it runs both five times in turn, so that a busy machine disturbs both alike. The files are made
# under $TMPDIR (or /tmp) and removed. BENCH_RUNS=N changes the number of runs.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

tools=../shared/tools
runs=${BENCH_RUNS:-5}
need_mb=1000
flood_memory_mb=48

work=$(mktemp -d "${TMPDIR:-/tmp}/relaywatch-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() {
	printf 'bench: %s\n' "$*" >&2
}

check_space() {
	local free_mb
	free_mb=$(df -Pm "$work" | awk 'NR == 2 { print $4 }')
	[ "$free_mb" -ge $need_mb ] || {
		say "$free_mb MB free at '$work', $need_mb are needed; set TMPDIR to another place"
		exit 1
	}
}

build_tools() {
	gcc -O2 -Wall -o "$work/measure" bench/measure.c
	if [ -r $tools/gen.c ]; then
		gcc -O2 -o "$work/gen" $tools/gen.c -lm
		gcc -O2 -o "$work/raw" $tools/rawread.c -lpcap
		return
	fi
	say "WARNING: no generator in '$tools'; captures in pcaps/ are repeated instead, and nothing"
	say "WARNING: is compared with what was generated"
	gcc -O2 -o "$work/raw" bench/raw_loop.c -lpcap
}

# make NAME FILE: about 500 MB of mixed traffic, 200 MB of mail, or 2.2 million half connections.
make() {
	case $1 in
	mix) "$work/gen" -b 5e8 -f 60000 -d 30 -t "$work/truth" mix "$2" ;;
	mail) "$work/gen" -n 20000 -d 60 -t "$work/truth" mail "$2" ;;
	flood) "$work/gen" -S 2000000 -C 200000 -t "$work/truth" flood "$2" ;;
	ours) python3 bench/repeat.py 200 "$2" pcaps/*.pcap ;;
	*)
		say "no capture '$1'; there are mix, mail and flood"
		exit 2
		;;
	esac >"$work/made"
}

# Minimum and median of the CPU time, median of wall time, peak memory; in a line.
sum_up() {
	sort -n "$1" | awk '
		{ cpu[NR] = $1; if ($3 > peak) peak = $3 }
		END { print cpu[1], cpu[int((NR + 1) / 2)], peak }'
}

median_wall() {
	sort -n -k2 "$1" | awk '{ w[NR] = $2 } END { print w[int((NR + 1) / 2)] }'
}

measure() {
	local file=$1 i
	: >"$work/raw.cost"
	: >"$work/own.cost"
	cat "$file" >/dev/null # into the page cache
	for ((i = 0; i < runs; i++)); do
		"$work/measure" "$work/raw.out" "$work/raw" "$file" >>"$work/raw.cost"
		"$work/measure" "$work/own.out" build/relaywatch read --json=stats "$file" >>"$work/own.cost"
	done
}

report() {
	local name=$1 file=$2 packets
	packets=$(awk '{ print $1; exit }' "$work/raw.out")
	echo "$name $(stat -c %s "$file") $packets $(sum_up "$work/raw.cost") $(sum_up "$work/own.cost")" \
		"$(median_wall "$work/own.cost")" | awk '{
		printf "%s: %.0f MB, %d packets\n", $1, $2 / 1e6, $3
		printf "  raw loop    CPU min %.3f s, median %.3f s\n", $4 / 1e6, $5 / 1e6
		printf "  relaywatch  CPU min %.3f s, median %.3f s, peak memory %.1f MB\n", $7 / 1e6, $8 / 1e6, $9 / 1024
		printf "  ratio       min %.2f, median %.2f\n", $7 / $4, $8 / $5
		printf "  speed       %.2f million packets/s, %.0f MB/s\n", $3 / $10, $2 / $10 }'
}

compare() {
	[ -s "$work/truth" ] || return 0
	build/relaywatch read --json=session,transaction "$1" >"$work/events"
	python3 bench/compare.py "$work/truth" <"$work/events" || say "what was reported differs"
}

# The messages in captures, without the names that relaywatch gives them.
messages() {
	build/relaywatch read --json=transaction "$@" | sed -E 's/"(id|session)":"[^"]*"//g' | sort
}

# In a flood memory stays small, and no message of those that pass at the same time is lost.
check_flood() {
	local peak_mb inside=$work/inside.pcap
	peak_mb=$(sum_up "$work/own.cost" | awk '{ print int($3 / 1024 + 1) }')
	"$work/gen" -n 300 -d 9 mail "$inside" >/dev/null
	messages "$inside" >"$work/alone"
	messages "$1" "$inside" >"$work/inside"
	echo "  mail inside $(comm -12 "$work/alone" "$work/inside" | wc -l) of $(wc -l <"$work/alone") messages"
	rm -f "$inside"
	[ "$peak_mb" -le $flood_memory_mb ] || {
		say "FAILED: $peak_mb MB, and $flood_memory_mb are enough"
		return 1
	}
	cmp -s "$work/alone" "$work/inside" || {
		say "FAILED: mail is lost, or made up, in a flood"
		return 1
	}
}

# What hostile input costs the decoders beside a plain session, or the tables beside plain flows.
bench_hostile() {
	cmake --build build --target "bench_$1" >"$work/built" 2>&1 || {
		cat "$work/built" >&2
		return 1
	}
	echo "$1:"
	"build/bench_$1"
}

bench() {
	local name=$1 file=$work/$1.pcap
	rm -f "$work/truth"
	say "making '$name'"
	make "$name" "$file"
	measure "$file"
	report "$name" "$file"
	compare "$file"
	[ "$name" != flood ] || check_flood "$file"
	rm -f "$file" "$work/events"
}

check_space
build_tools
case $* in
decoders | keyed | detectors)
	bench_hostile "$1"
	exit
	;;
esac
if [ ! -x "$work/gen" ]; then
	set -- decoders keyed detectors ours
elif [ $# -eq 0 ]; then
	set -- decoders keyed detectors mix mail flood
fi
for name; do
	case $name in
	decoders | keyed | detectors) bench_hostile "$name" ;;
	*) bench "$name" ;;
	esac
done
