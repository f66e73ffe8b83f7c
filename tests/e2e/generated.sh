#!/bin/sh
# generated.sh - ten thousand sessions of a generator, each to one server: who is accused?
#
# The generator is beside this repository or not there at all; without it this prints so and passes.
# With it: when the domains of its servers are configured, exactly the pairs that relayed are
# accused of relaying; with nothing configured, no pair that did nothing wrong stands above low.
# Packets are lost, come twice and in disorder in this capture, as at a bad tap.
set -eu

# Two pairs are called relays of which the text was refused at last; that is an invitation that was
# taken back, and accuses nobody (docs/detection.md). The numbers may fall and never rise.
accused_wrongly_most=0 missed_most=2 above_low_most=0

generator=../shared/tools/gen.c
program=${RELAYWATCH_BUILD:-build}/relaywatch
sessions=10000

if [ ! -r "$generator" ]; then
	echo "SKIPPED: the generator of captures is not there ('$generator'); NOTHING WAS CHECKED"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -o "$work/gen" "$generator" -lm
"$work/gen" -n "$sessions" -t "$work/truth" mail "$work/mail.pcap" >/dev/null

# findings [OPTION..]: "CLIENT SERVER PORT VERDICT SEVERITY", a line each
findings() {
	"$program" read --json=finding "$@" "$work/mail.pcap" |
		sed -n 's/.*"source":{"ip":"\([^"]*\)"}.*"destination":{"ip":"\([^"]*\)","port":\([0-9]*\)}.*"verdict":"\([a-z_]*\)".*"severity":"\([a-z]*\)".*/\1 \2 \3 \4 \5/p'
}

# The truth, in the same shape: "CLIENT SERVER PORT KIND"
awk '{ print $3, $5, $6, $2 }' "$work/truth" >"$work/kinds"

findings --local-domain example.com --local-domain example.org >"$work/told"
findings >"$work/untold"
for file in "$work/told" "$work/untold"; do
	[ "$(wc -l <"$file")" -gt $((sessions / 2)) ] || {
		echo "FAILED: $(wc -l <"$file") findings of $sessions sessions"
		exit 1
	}
done

awk -v wrongly_most=$accused_wrongly_most -v missed_most=$missed_most '
	NR == FNR { kind[$1, $2, $3] = $4; next }
	{ accused = $4 ~ /^open_relay/; found[$1, $2, $3] = accused }
	accused && kind[$1, $2, $3] != "relayed" {
		print "WRONG: accused with its domains configured, and is \"" kind[$1, $2, $3] "\":", $0
		wrongly++
	}
	END {
		for (pair in kind) {
			relayed += kind[pair] == "relayed"
			if (kind[pair] != "relayed" || found[pair])
				continue
			split(pair, part, SUBSEP)
			print "WRONG: relayed, and is not accused:", part[1], part[2], part[3]
			missed++
		}
		print relayed, "pairs relayed;", missed + 0, "missed,", wrongly + 0, "accused wrongly"
		exit wrongly > wrongly_most || missed > missed_most
	}' "$work/kinds" "$work/told" || failed=1

awk -v most=$above_low_most '
	BEGIN {
		split("deliver authok starttls bdat abort", words, " ")
		for (i in words)
			harmless[words[i]] = 1
	}
	NR == FNR { kind[$1, $2, $3] = $4; next }
	kind[$1, $2, $3] in harmless && $5 !~ /^(info|low)$/ {
		print "WRONG: above low with nothing configured, and is \"" kind[$1, $2, $3] "\":", $0
		above++
	}
	END {
		print above + 0, "harmless pairs above low with nothing configured"
		exit above > most
	}' "$work/kinds" "$work/untold" || failed=1

exit "${failed:-0}"
