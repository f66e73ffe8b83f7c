# servers.bash - what runs on the hosts: a name server, Postfix, mailfront, and sinks
#
# The site, as in pcaps/README.md: our networks 192.0.2.0/24 and 2001:db8:1::/48, our domains
# example.com and example.org, strangers in 203.0.113.0/24, other people's exchangers in
# 198.51.100.0/24.

# Background processes of this recording, and the pid files of those that go there by themselves.
server_pids=()
pid_files=()

hosts_up() {
	server_pids=()
	pid_files=()
	host mail.example.com 192.0.2.25 2001:db8:1::25
	host resolver.example.com 192.0.2.53
	host desk.example.com 192.0.2.100
	host pool-7.bluehill.test 203.0.113.7 2001:db8:bad::7
	host pool-80.bluehill.test 203.0.113.80
	host mx.redrock.test 198.51.100.25 2001:db8:2::25
	host mx.nordwind.example 198.51.100.40
}

# serve HOST LOG COMMAND..: a server in the background, ended with the recording.
serve() {
	local host=$1 log=$2
	shift 2
	(become_on "$host" "$@" > "$work/$log" 2>&1) &
	server_pids+=($!)
}

# Real answers about mail routing, with none of the machine's own.
resolver_start() {
	local zone
	local zones=()

	for zone in com org test example arpa; do
		zones+=("--local=/$zone/")
	done
	serve resolver.example.com dnsmasq.log dnsmasq --conf-file=/dev/null --keep-in-foreground --no-resolv --no-hosts \
		--no-daemon --pid-file= --user=root --listen-address=192.0.2.53 --bind-interfaces \
		--local-ttl=300 "${zones[@]}" \
		--mx-host=example.com,mail.example.com,10 --mx-host=example.org,mail.example.com,10 \
		--mx-host=redrock.test,mx.redrock.test,10 \
		--mx-host=nordwind.example,mx.nordwind.example,10 \
		--host-record=mail.example.com,192.0.2.25 --host-record=desk.example.com,192.0.2.100 \
		--host-record=pool-7.bluehill.test,203.0.113.7 \
		--host-record=pool-80.bluehill.test,203.0.113.80 \
		--host-record=mx.redrock.test,198.51.100.25,2001:db8:2::25 \
		--host-record=mx.nordwind.example,198.51.100.40
	wait_port resolver.example.com 53
}

# A sink of Postfix's own that takes every message, as the exchanger of a foreign domain.
sink_start() {
	local host=$1 address=$2

	serve "$host" "$host.log" smtp-sink -u postfix -h "$host" "inet:$address:25" 16
	wait_port "$host" 25
}

wait_port() {
	local host=$1 port=$2 tries

	for tries in {1..100}; do
		[ -z "$(on "$host" ss -Hltn "sport = :$port")" ] || return 0
		sleep 0.05
	done
	fail "nothing listens on port $port of $host: $(tail -qn 2 "$work"/*.log 2> /dev/null)"
}

# postfix_start [SETTING..]: the settings replace those of main.cf below.
postfix_start() {
	local conf=$work/postfix

	mkdir -p "$conf" "$work/data" "$work/queue"
	chown postfix "$work/data"
	postfix_main > "$conf/main.cf"
	postfix_master > "$conf/master.cf"
	[ $# = 0 ] || postconf -c "$conf" -e "$@"
	on mail.example.com postfix -c "$conf" start > "$work/postfix-start.log" 2>&1 ||
		fail "Postfix does not start: $(tail -n 3 "$work/postfix-start.log" "$work/maillog")"
	pid_files+=("$work/queue/pid/master.pid")
	wait_port mail.example.com 25
}

postfix_main() {
	cat <<-EOF
		compatibility_level = 3.6
		queue_directory = $work/queue
		data_directory = $work/data
		maillog_file = $work/maillog
		maillog_file_prefixes = /var
		smtpd_client_port_logging = yes
		myhostname = mail.example.com
		mydestination =
		# Our users; whoever else is named in our domains is unknown.
		virtual_mailbox_domains = example.com, example.org
		virtual_mailbox_maps = inline:{ anna@example.com=x, ben@example.org=x }
		virtual_transport = discard
		mynetworks = 127.0.0.0/8, 192.0.2.96/27
		smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
		smtp_tls_security_level = none
		smtpd_tls_security_level = none
		alias_maps =
		inet_protocols = ipv4
	EOF
}

# Debian's services, less those that nothing here needs, not in a chroot; and QMQP.
postfix_master() {
	cat <<-EOF
		smtp       inet  n - n - - smtpd
		submission inet  n - n - - smtpd
		628        inet  n - n - - qmqpd
		pickup     unix  n - n 60 1 pickup
		cleanup    unix  n - n - 0 cleanup
		qmgr       unix  n - n 300 1 qmgr
		tlsmgr     unix  - - n 1000? 1 tlsmgr
		rewrite    unix  - - n - - trivial-rewrite
		bounce     unix  - - n - 0 bounce
		defer      unix  - - n - 0 bounce
		trace      unix  - - n - 0 bounce
		proxymap   unix  - - n - - proxymap
		proxywrite unix  - - n - 1 proxymap
		smtp       unix  - - n - - smtp
		relay      unix  - - n - - smtp
		showq      unix  n - n - - showq
		error      unix  - - n - - error
		retry      unix  - - n - - error
		discard    unix  - - n - - discard
		anvil      unix  - - n - 1 anvil
		scache     unix  - - n - 1 scache
		postlog    unix-dgram n - n - 1 postlogd
	EOF
}

# Without QMQP: mailfront wants the port.
postfix_without_qmqp() {
	sed -i '/qmqpd$/d' "$work/postfix/master.cf"
	postfix_reload
}

postfix_change() {
	postconf -c "$work/postfix" -e "$1"
	postfix_reload
}

# The old processes end when they are idle; the next client gets a new one.
postfix_reload() {
	on mail.example.com postfix -c "$work/postfix" reload > /dev/null 2>&1
	sleep 1
}

# mailfront_start PROTOCOL PORT VARIABLE..: qmtp or qmqp, under tcpserver, with Postfix as its queue.
mailfront_start() {
	local protocol=$1 port=$2
	shift 2
	mkdir -p "$work/qmail/control"
	serve mail.example.com mailfront.log env QMAILHOME="$work/qmail" QMAILQUEUE="$here/lib/qmail-queue" \
		MAIL_CONFIG="$work/postfix" "$@" \
		tcpserver -v -R -H -l mail.example.com 0 "$port" "${protocol}front-qmail"
	wait_port mail.example.com "$port"
}

# Self-signed, made for the recording: what travels under it is meant to be opaque.
certificate_make() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mail.example.com \
		-keyout "$work/key.pem" -out "$work/certificate.pem" 2> /dev/null
}

# account_make USER PASSWORD: for AUTH, where Debian's Postfix looks for its SASL settings.
account_make() {
	local sasl=$work/postfix/sasl

	mkdir -p "$sasl"
	cat > "$sasl/smtpd.conf" <<-EOF
		pwcheck_method: auxprop
		auxprop_plugin: sasldb
		sasldb_path: $sasl/sasldb2
		mech_list: PLAIN LOGIN
	EOF
	echo "$2" | saslpasswd2 -p -c -u mail.example.com -f "$sasl/sasldb2" "$1"
	chown -R postfix "$sasl"
}

# Until every message has left or was given up, and connections had time to close.
servers_settle() {
	local tries

	if [ -d "$work/queue" ]; then
		for tries in {1..100}; do
			[ -n "$(find "$work/queue/"{maildrop,incoming,active} -type f)" ] || break
			sleep 0.1
		done
	fi
	sleep 1
}

# What the servers and the clients said, without the machine's clock.
servers_log() {
	if [ -f "$work/maillog" ]; then
		sed -E 's/^[A-Z][a-z]{2} +[0-9]+ [0-9:]{8} [^ ]+ //' "$work/maillog" |
			grep -E '/(smtpd|qmqpd|smtp|discard|bounce)\[|submission' | grep -v 'statistics:' || true
	fi
	other_servers_log
	[ ! -f "$work/mailfront.log" ] || grep -v 'tcpserver: status' "$work/mailfront.log"
	[ ! -f "$work/clients.log" ] || cat "$work/clients.log"
}

servers_stop() {
	local file pid

	for file in "${pid_files[@]}"; do
		[ ! -f "$file" ] || server_pids+=("$(tr -d ' ' < "$file")")
	done
	for pid in "${server_pids[@]}"; do
		kill "$pid" 2> /dev/null || true
	done
	for pid in "${server_pids[@]}"; do
		pid_gone "$pid"
	done
	server_pids=()
	pid_files=()
}

pid_gone() {
	local tries

	for tries in {1..50}; do
		kill -0 "$1" 2> /dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$1" 2> /dev/null || true
}
