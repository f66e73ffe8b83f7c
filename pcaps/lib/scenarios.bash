# scenarios.bash - one function a capture; what each one must show stands in NAME.expected

# Ordinary mail for our users, from the outside: without it an open relay would be a strange sight.
mail_for_us() {
	send_smtp mx.nordwind.example 192.0.2.25:25 vera@nordwind.example anna@example.com
}

# A trusted host writes to the world.
mail_from_us() {
	send_smtp desk.example.com 192.0.2.25:25 anna@example.com vera@nordwind.example
}

scenario_qmtp-open-relay() {
	sink_start mx.redrock.test 198.51.100.25
	postfix_start
	mailfront_start qmtp 209 RELAYCLIENT=
	capture_start
	mail_for_us
	send_qmtp pool-7.bluehill.test 192.0.2.25 offers@bluehill.test lena@redrock.test
}

scenario_qmtp-refused() {
	postfix_start
	mailfront_start qmtp 209
	printf '%s\n' example.com example.org > "$work/qmail/control/rcpthosts"
	capture_start
	send_qmtp pool-80.bluehill.test 192.0.2.25 carla@bluehill.test anna@example.com
	send_qmtp pool-7.bluehill.test 192.0.2.25 offers@bluehill.test lena@redrock.test
}

scenario_qmqp-exposed() {
	sink_start mx.redrock.test 198.51.100.25
	postfix_start 'qmqpd_authorized_clients = 0.0.0.0/0'
	capture_start
	send_qmqp pool-7.bluehill.test 192.0.2.25 offers@bluehill.test lena@redrock.test
}

scenario_qmqp-exposed-mailfront() {
	sink_start mx.redrock.test 198.51.100.25
	postfix_start
	postfix_without_qmqp
	mailfront_start qmqp 628 RELAYCLIENT=
	capture_start
	send_qmqp pool-7.bluehill.test 192.0.2.25 offers@bluehill.test lena@redrock.test
}

scenario_qmqp-denied() {
	sink_start mx.nordwind.example 198.51.100.40
	postfix_start 'qmqpd_authorized_clients = 192.0.2.96/27'
	capture_start
	send_nullmailer desk.example.com 192.0.2.25 anna@example.com vera@nordwind.example
	send_qmqp pool-7.bluehill.test 192.0.2.25 offers@bluehill.test lena@redrock.test
}

scenario_smtp-denied() {
	postfix_start
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

# Debian's default: the same words with 454, "not now".
scenario_smtp-denied-454() {
	postfix_start 'smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination'
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

# Somebody tests for a relay, with every trick that nmap knows.
scenario_smtp-probe() {
	postfix_start
	capture_start
	mail_for_us
	probe_smtp pool-7.bluehill.test 192.0.2.25 redrock.test
}

scenario_smtp-open-relay() {
	sink_start mx.redrock.test 198.51.100.25
	postfix_start 'mynetworks = 0.0.0.0/0'
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

# Closed for IPv4, forgotten for IPv6.
scenario_smtp-open-relay-v6() {
	sink_start mx.redrock.test '[2001:db8:2::25]'
	postfix_start 'inet_protocols = all' 'mynetworks = 192.0.2.96/27, [::]/0' \
		'smtp_address_preference = ipv6'
	capture_start
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
	send_smtp pool-7.bluehill.test '[2001:db8:1::25]:25' offers@bluehill.test lena@redrock.test
}

# A stranger's mail comes through a proxy of ours; a user of ours may use it.
scenario_http-proxy-open() {
	sink_start mx.redrock.test 198.51.100.25
	sink_start mx.nordwind.example 198.51.100.40
	postfix_start
	tinyproxy_start 0.0.0.0/0
	capture_start
	mail_for_us
	send_by_proxy desk.example.com http 192.0.2.25:3128 198.51.100.40 anna@example.com vera@nordwind.example
	send_by_proxy pool-7.bluehill.test http 192.0.2.25:3128 198.51.100.25 offers@bluehill.test lena@redrock.test
}

# It knows who may: 403 for the stranger.
scenario_http-proxy-closed() {
	sink_start mx.nordwind.example 198.51.100.40
	postfix_start
	tinyproxy_start 192.0.2.96/27
	capture_start
	mail_for_us
	send_by_proxy desk.example.com http 192.0.2.25:3128 198.51.100.40 anna@example.com vera@nordwind.example
	send_by_proxy pool-7.bluehill.test http 192.0.2.25:3128 198.51.100.25 offers@bluehill.test lena@redrock.test
}

scenario_socks-proxy-open() {
	sink_start mx.redrock.test 198.51.100.25
	postfix_start
	microsocks_start
	capture_start
	mail_for_us
	send_by_proxy pool-7.bluehill.test socks5 192.0.2.25:1080 198.51.100.25 offers@bluehill.test lena@redrock.test
}

scenario_smtp-fixed() {
	sink_start mx.redrock.test 198.51.100.25
	postfix_start 'mynetworks = 0.0.0.0/0'
	capture_start
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
	servers_settle
	postfix_change 'mynetworks = 192.0.2.96/27'
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
	send_smtp pool-80.bluehill.test 192.0.2.25:25 offers@bluehill.test dmitri@redrock.test
}

scenario_smtp-starttls() {
	certificate_make
	postfix_start 'smtpd_tls_security_level = may' "smtpd_tls_cert_file = $work/certificate.pem" \
		"smtpd_tls_key_file = $work/key.pem"
	capture_start
	send_smtp pool-80.bluehill.test 192.0.2.25:25 carla@bluehill.test anna@example.com --tls
}

scenario_ordinary-mail() {
	sink_start mx.nordwind.example 198.51.100.40
	sink_start mx.redrock.test 198.51.100.25
	account_make ben correct-horse
	postfix_start 'smtpd_sasl_auth_enable = yes'
	capture_start
	mail_for_us
	send_smtp mx.nordwind.example 192.0.2.25:25 vera@nordwind.example nobody@example.com
	mail_from_us
	# On the road, with his password.
	send_smtp pool-80.bluehill.test 192.0.2.25:587 ben@example.org lena@redrock.test \
		--auth PLAIN --auth-user ben@mail.example.com --auth-password correct-horse
}

# What every server should do that is set up as it is meant to be: one user is known and one is not,
# a stranger is denied the relay.
ordinary_day() {
	mail_for_us
	send_smtp mx.nordwind.example 192.0.2.25:25 vera@nordwind.example walter@example.com
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

# A password opens it.
with_password() {
	local port=$1

	send_smtp pool-7.bluehill.test 192.0.2.25:$port ben@example.org lena@redrock.test \
		--auth PLAIN --auth-user ben@example.org --auth-password 123456
	send_smtp pool-80.bluehill.test 192.0.2.25:$port ben@example.org lena@redrock.test \
		--auth PLAIN --auth-user ben@example.org --auth-password correct-horse
}

# And one that relays for a stranger, who sends by DATA and by BDAT.
open_day() {
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
	send_bdat pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test dmitri@redrock.test
}

scenario_exim() {
	sink_start mx.redrock.test 198.51.100.25
	exim_start 192.0.2.96/27
	capture_start
	ordinary_day
	with_password 25
}

scenario_exim-open-relay() {
	sink_start mx.redrock.test 198.51.100.25
	exim_start '*'
	capture_start
	open_day
}

scenario_opensmtpd() {
	sink_start mx.redrock.test 198.51.100.25
	opensmtpd_start
	capture_start
	ordinary_day
}

scenario_opensmtpd-open-relay() {
	sink_start mx.redrock.test 198.51.100.25
	opensmtpd_start 'match from any for any action out'
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

scenario_sendmail() {
	sink_start mx.redrock.test 198.51.100.25
	sendmail_start
	capture_start
	ordinary_day
}

scenario_sendmail-open-relay() {
	sink_start mx.redrock.test 198.51.100.25
	sendmail_start "FEATURE(\`promiscuous_relay')"
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

scenario_haraka() {
	sink_start mx.redrock.test 198.51.100.25
	haraka_start
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
	with_password 25
}

scenario_haraka-open-relay() {
	sink_start mx.redrock.test 198.51.100.25
	haraka_start 0.0.0.0/0
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}

# A mail server of ours hands on to the store; the store answers for each recipient.
scenario_dovecot-lmtp() {
	dovecot_start
	capture_start
	send_smtp desk.example.com 192.0.2.25:24 vera@nordwind.example \
		anna@example.com,nobody@example.com,ben@example.org --protocol LMTP
}

scenario_cyrus-lmtp() {
	cyrus_start
	capture_start
	send_smtp desk.example.com 192.0.2.25:24 vera@nordwind.example \
		anna@example.com,nobody@example.com,ben@example.org --protocol LMTP
}

scenario_dovecot-submission() {
	sink_start mx.redrock.test 198.51.100.25
	dovecot_start
	capture_start
	send_smtp pool-7.bluehill.test 192.0.2.25:587 offers@bluehill.test lena@redrock.test
	with_password 587
}

scenario_aiosmtpd() {
	aiosmtpd_start
	capture_start
	mail_for_us
	send_smtp pool-7.bluehill.test 192.0.2.25:25 offers@bluehill.test lena@redrock.test
}
