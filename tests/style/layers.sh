#!/usr/bin/env bash
# layers.sh - no stage knows another one, and each library stays behind its file
#
# Reads the #include lines of the product; prints those that break a rule; exit 1 if there is one.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."

grep -nE '^[[:space:]]*#[[:space:]]*include' -r core capture reassembly protocols detectors sinks app \
	--include='*.[ch]' | awk '
BEGIN {
	# Where a library may be included. Headers are on no list: no library type is in one.
	where["pcap"] = "^capture/(source_[a-z0-9_]*|filter)\\.c$"
	where["ndpi"] = "^protocols/classify\\.c$"
	where["hiredis"] = "^sinks/redis(_link|_read)?\\.c$"
	where["jansson"] = "^sinks/event_record\\.c$"
	where["openssl"] = "^core/digest\\.c$"
	where["zlib"] = "^capture/bytes_gzip\\.c$"
	where["zstd"] = "^capture/bytes_zstd\\.c$"
	where["yaml"] = where["libpsl"] = where["idn2"] = where["xxhash"] = "\\.c$"
	# Of these any one file of a stage, but only one.
	single["yaml"] = single["libpsl"] = single["idn2"] = single["xxhash"] = 1
}

function complain(text) {
	printf "%s:%s: %s\n", file, line, text
	bad = 1
}

function check_library(name, library) {
	library = name
	sub(/^(ndpi_api|ndpi_main|ndpi_typedefs)\.h$/, "ndpi", library)
	sub(/[\/.].*$/, "", library)
	if (!(library in where))
		return
	if (file !~ where[library])
		complain("<" name "> does not belong here")
	else if ((library in single) && ((stage, library) in user) && user[stage, library] != file)
		complain("<" name "> is behind " user[stage, library] " already")
	user[stage, library] = file
}

{
	split($0, part, ":")
	file = part[1]
	line = part[2]
	stage = file
	sub(/\/.*/, "", stage)
	name = $0
	if (name ~ /"/) {
		gsub(/^[^"]*"|".*$/, "", name)
		target = name
		if (target !~ /\//)
			complain("\"" name "\" is written without its folder")
		sub(/\/.*/, "", target)
		if (target != stage && target != "core" && stage != "app")
			complain("stage " stage " includes \"" name "\"")
	} else {
		gsub(/^[^<]*<|>.*$/, "", name)
		check_library(name)
	}
}

END {
	if (!bad)
		print "layers: every include is where it may be (" NR " looked at)"
	exit bad
}'
