# recording.bash - what every recording needs: its tools, a folder, and an end that leaves nothing behind
#
# Sourced with $here set to pcaps/. Whoever sources it names itself in $me.

# Outside of /var Postfix would refuse to write its log.
state=/var/lib/relaywatch-record
work=

source "$here/lib/net.bash"
source "$here/lib/servers.bash"
source "$here/lib/other_servers.bash"
source "$here/lib/clients.bash"
source "$here/lib/scenarios.bash"

say() { printf '%s: %s\n' "$me" "$*" >&2; }
fail() { say "$*"; exit 1; }

# All that is missing, a line each.
missing_tool() {
	local tool

	[ "$(id -u)" = 0 ] || echo "root, to make network namespaces"
	for tool in ip ethtool tcpdump dnsmasq postfix qmtpfront-qmail tcpserver swaks nmap; do
		command -v "$tool" > /dev/null || echo "$tool (run 'pcaps/record setup')"
	done
}

recording_begin() {
	work=$(mktemp -d /var/tmp/relaywatch-record.XXXXXX)
	chmod 755 "$work"
	net_up
	hosts_up
	resolver_start
}

# Whatever happens, nothing of ours stays behind.
recording_end() {
	servers_stop
	net_down
	[ -z "$work" ] || rm -rf "$work"
	work=
}
