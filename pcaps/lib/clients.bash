# clients.bash - those who send: each runs on a host and writes what it was told to clients.log

note() { printf '== %s\n' "$*" >> "$work/clients.log"; }

# send_smtp HOST SERVER:PORT FROM TO[,TO..] [SWAKS OPTION..]
send_smtp() {
	local host=$1 server=$2 from=$3 to=$4 address
	shift 4
	address=${server%:*}
	address=${address//[\[\]]/}
	note "$host smtp $server from <$from> to $to"
	# swaks names a failure in its exit code; here a refusal is often what is wanted.
	on "$host" swaks --server "$address" --port "${server##*:}" --helo "$host" --from "$from" \
		--to "$to" --header "Message-Id: <$(message_number)@$host>" \
		--header "Subject: the minutes of the meeting" \
		--header-X-Mailer "" --body "Please find the minutes below." \
		--suppress-data "$@" 2>&1 | grep -E '^<.{3}[0-9]{3} ' | tr -d '\r' >> "$work/clients.log" || true
}

# send_by_proxy HOST http|socks4|socks5 PROXY:PORT SERVER FROM TO: through a proxy that does not ask who
send_by_proxy() {
	local host=$1 type=$2 proxy=$3 server=$4 from=$5 to=$6

	note "$host smtp $server by $type proxy $proxy from <$from> to $to"
	on "$host" swaks --pipe "ncat --proxy $proxy --proxy-type $type $server 25" --helo "$host" \
		--from "$from" --to "$to" --header "Message-Id: <$(message_number)@$host>" \
		--header "Subject: the minutes of the meeting" \
		--header-X-Mailer "" --body "Please find the minutes below." \
		--suppress-data 2>&1 | grep -E '^<.{3}[0-9]{3} ' | tr -d '\r' >> "$work/clients.log" || true
}

# send_bdat HOST SERVER:PORT FROM TO..: in chunks
send_bdat() {
	local host=$1 server=$2 from=$3
	shift 3
	note "$host bdat $server from <$from> to $*"
	message_text "$host" "$from" "$1" |
		on "$host" python3 "$here/lib/bdat_client.py" "${server%:*}" "${server##*:}" "$host" \
		"$from" "$@" >> "$work/clients.log" 2>&1 || note "it broke off"
}

# send_qmtp HOST SERVER FROM TO..
send_qmtp() {
	local host=$1 server=$2 from=$3
	shift 3
	note "$host qmtp $server from <$from> to $*"
	message_text "$host" "$from" "$1" |
		on "$host" python3 "$here/lib/qmtp_client.py" "$server" 209 "$from" "$@" \
		>> "$work/clients.log" 2>&1
}

# send_qmqp HOST SERVER FROM TO: Postfix's own test client
send_qmqp() {
	local host=$1 server=$2 from=$3 to=$4

	note "$host qmqp-source $server from <$from> to $to"
	on "$host" qmqp-source -f "$from" -t "$to" -l 300 -M "$host" "$server:628" \
		>> "$work/clients.log" 2>&1 || true
}

# send_nullmailer HOST SERVER FROM TO: QMQP as a small host would use it
send_nullmailer() {
	local host=$1 server=$2 from=$3 to=$4

	note "$host nullmailer $server from <$from> to $to"
	{ printf '%s\n%s\n\n' "$from" "$to"; message_text "$host" "$from" "$to"; } > "$work/mail"
	echo "host=$server" | on "$host" sh -c 'exec "$1" 3< "$2"' - \
		"$state/nullmailer/usr/lib/nullmailer/qmqp" "$work/mail" >> "$work/clients.log" 2>&1 || true
}

# probe_smtp HOST SERVER DOMAIN: the test for an open relay that nmap brings along, to users of DOMAIN
probe_smtp() {
	local host=$1 server=$2 domain=$3

	note "$host nmap smtp-open-relay $server, domain $domain"
	on "$host" nmap -Pn -n -p 25 --script smtp-open-relay \
		--script-args "smtp-open-relay.domain=$domain" "$server" |
		grep -E '^[|0-9]' >> "$work/clients.log" || true
}

message_text() {
	local host=$1 from=$2 to=$3

	cat <<-EOF
		From: <$from>
		To: <$to>
		Subject: the minutes of the meeting
		Message-Id: <$(message_number)@$host>

		Please find the minutes below.
	EOF
}

# A number for each message of a capture: the same in every recording.
message_number() {
	local number

	number=$(($(cat "$work/messages" 2> /dev/null || echo 1000) + 1))
	echo "$number" > "$work/messages"
	echo "$number"
}
