#!/bin/sh
# streams.sh - our bytes of each complete connection against those of tshark or tcpflow
#
#   streams.sh [FOLDER..]     default: pcaps, and two folders beside this repository if they are there
#
# tshark is asked where it is installed, else tcpflow, but only of our own captures: it takes the
# padding of short frames for data and does not look into tunnels. Each difference must be in the
# table (streams.table: capture, direction, bytes of tshark, ours, reason) or this fails.
set -eu

here=$(dirname "$0")
table=$here/streams.table
streams=${STREAMS:-build/streams}

# by_tshark FILE: "ADDRESS.PORT-ADDRESS.PORT HEX" for each direction that said something
by_tshark() {
	last=$(tshark -r "$1" -T fields -e tcp.stream 2>/dev/null | tr ',' '\n' | sort -n | tail -n 1)
	[ -n "$last" ] || return 0
	# shellcheck disable=SC2046 # words are wanted
	tshark -r "$1" -q $(seq -f '-z follow,tcp,raw,%.0f' 0 "$last") 2>/dev/null |
		awk 'function endpoint(text, at) {
		          gsub(/[][]/, "", text)
		          match(text, /:[0-9]+$/)
		          return substr(text, 1, RSTART - 1) "." substr(text, RSTART + 1)
		     }
		     function flush(i) {
		          if (said0) { printf "%s-%s ", a, b; for (i = 0; i < n0; i++) printf "%s", l0[i]; print "" }
		          if (said1) { printf "%s-%s ", b, a; for (i = 0; i < n1; i++) printf "%s", l1[i]; print "" }
		          n0 = n1 = said0 = said1 = 0
		     }
		     /^Node 0: / { flush(); a = endpoint($3) }
		     /^Node 1: / { b = endpoint($3) }
		     /^\t/ { l1[n1++] = substr($0, 2); said1 = 1; next }
		     /^[0-9a-f]+$/ { l0[n0++] = $0; said0 = 1 }
		     END { flush() }'
}

# by_tcpflow FILE: the same
by_tcpflow() {
	flows=$(mktemp -d)
	tcpflow -q -E tcpdemux -T '%A.%a-%B.%b%V%v%C%c' -r "$1" -o "$flows" >/dev/null 2>&1 || true
	rm -f "$flows/report.xml" "$flows/alerts.txt"
	for file in "$flows"/*; do
		[ -s "$file" ] || continue
		# 192.000.002.001.00025 and a number behind 'c' where ports were used again
		name=$(basename "$file" | sed 's/c[0-9]*$//; s/\b0*\([0-9]\)/\1/g')
		echo "$name $(od -An -v -tx1 "$file" | tr -d ' \n')"
	done
	rm -rf "$flows"
}

# compare FILE: a line "CAPTURE DIRECTION THEIRS OURS" for each difference
compare() {
	name=$(basename "$1")
	"$streams" "$1" 2>/dev/null | sort >"$work/$name.ours" || true
	[ -s "$work/$name.ours" ] || return 0
	"by_$tool" "$1" | sort >"$work/$name.theirs"
	comm -12 "$work/$name.ours" "$work/$name.theirs" | wc -l >"$work/$name.equal"
	comm -23 "$work/$name.ours" "$work/$name.theirs" |
		while read -r direction hex; do
			theirs=$(awk -v d="$direction" '$1 == d { print length($2) / 2; exit }' \
				"$work/$name.theirs")
			echo "$name $direction ${theirs:-0} $((${#hex} / 2))"
		done >"$work/$name.differs"
	rm -f "$work/$name.ours" "$work/$name.theirs"
}

if [ "${1:-}" = --one ]; then
	compare "$2"
	exit 0
fi

if [ -z "${tool:-}" ]; then
	if command -v tshark >/dev/null; then
		tool=tshark
	elif command -v tcpflow >/dev/null; then
		tool=tcpflow
	else
		echo "SKIPPED: neither tshark nor tcpflow is installed; NOTHING WAS CHECKED"
		exit 0
	fi
fi
if [ $# -eq 0 ]; then
	set -- pcaps
	for folder in ../shared/pcaps/public ../shared/pcaps/tcp; do
		if ! [ -d "$folder" ]; then
			echo "SKIPPED: '$folder' is not there"
		elif [ "$tool" = tcpflow ]; then
			echo "SKIPPED: '$folder' needs tshark, which is not installed"
		else
			set -- "$@" "$folder"
		fi
	done
fi
if ! [ -x "$streams" ]; then
	echo "FAILED: '$streams' is not built"
	exit 1
fi
work=$(mktemp -d)
export tool streams work
trap 'rm -rf "$work"' EXIT
find "$@" -maxdepth 1 -type f \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' \) -print0 |
	xargs -0 -n 1 -P 2 "$0" --one
equal=$(cat "$work"/*.equal | awk '{ n += $1 } END { print n + 0 }')
cat "$work"/*.differs | sort >"$work/found"
awk '/^[^#]/ { print $1, $2, $3, $4 }' "$table" | sort >"$work/explained"
explained=$(comm -12 "$work/found" "$work/explained" | wc -l)
echo "$equal directions are as $tool has them, $explained differ as explained"
comm -23 "$work/found" "$work/explained" >"$work/new"
if [ -s "$work/new" ] || [ "$equal" -eq 0 ]; then
	sed 's/^/FAILED: not explained: /' "$work/new"
	exit 1
fi
