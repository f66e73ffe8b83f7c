# net.bash - the network of one capture: a bridge, and a namespace for each host on it
#
# Every host has one interface and a default route that says "everybody is on this wire", so hosts of
# unrelated networks talk to each other without a router, and the bridge sees each packet once.

bridge=
namespaces=()
tcpdump_pid=

# The namespace of a host; the process number keeps two recordings apart.
ns_of() { printf 'rw%s-%s' "$$" "$1"; }

# Become a command on a host, under the host's name; the process number stays the same.
become_on() {
	local host=$1
	shift
	exec ip netns exec "$(ns_of "$host")" unshare --uts \
		sh -c 'hostname "$0"; exec "$@"' "$host" "$@"
}

on() { (become_on "$@"); }

net_up() {
	bridge=$(ns_of wire)
	ip netns add "$bridge"
	namespaces=("$bridge")
	ip -n "$bridge" link add br0 type bridge mcast_snooping 0 forward_delay 0
	ip -n "$bridge" link set br0 up promisc on
}

# host NAME ADDRESS..: the name is a host name, and that of its namespace.
host() {
	local name=$1 ns port address
	shift
	ns=$(ns_of "$name")
	port=p${#namespaces[@]}
	ip netns add "$ns"
	namespaces+=("$ns")
	# Postfix and the tools must ask our name server, not the machine's.
	mkdir -p "/etc/netns/$ns"
	echo "nameserver 192.0.2.53" > "/etc/netns/$ns/resolv.conf"
	ip -n "$bridge" link add "$port" type veth peer name eth0 netns "$ns"
	ip -n "$bridge" link set "$port" master br0 up
	ip -n "$ns" link set lo up
	ip -n "$ns" link set eth0 up
	# Segments as the wire would carry them, with checksums that are right.
	ip netns exec "$ns" ethtool -K eth0 tx off gso off tso off gro off > /dev/null
	for address in "$@"; do
		host_address "$ns" "$address"
	done
}

host_address() {
	local ns=$1 address=$2

	case $address in
	*:*)
		ip -n "$ns" -6 address add "$address/128" dev eth0 nodad
		ip -n "$ns" -6 route replace default dev eth0
		;;
	*)
		ip -n "$ns" address add "$address/32" dev eth0
		ip -n "$ns" route replace default dev eth0
		;;
	esac
}

# Mail, and the name service: no ARP and no neighbour discovery.
capture_start() {
	: > "$work/tcpdump.log"
	(exec ip netns exec "$bridge" tcpdump -i br0 -s 0 -U -Z root --immediate-mode \
		--time-stamp-precision=micro -w "$work/capture.pcap" 'tcp or port 53' \
		2> "$work/tcpdump.log") &
	tcpdump_pid=$!
	until grep -q 'listening on' "$work/tcpdump.log"; do
		sleep 0.05
	done
}

capture_stop() {
	kill -INT "$tcpdump_pid"
	wait "$tcpdump_pid" || true
	tcpdump_pid=
}

net_down() {
	local ns

	[ -z "$tcpdump_pid" ] || kill "$tcpdump_pid" 2> /dev/null || true
	tcpdump_pid=
	for ns in "${namespaces[@]}"; do
		ip netns delete "$ns" 2> /dev/null || true
		rm -rf "/etc/netns/$ns"
	done
	rmdir /etc/netns 2> /dev/null || true
	namespaces=()
}
