# other_servers.bash - mail servers that cannot be installed beside Postfix, and stores
#
# Exim, OpenSMTPD and sendmail are unpacked under $state, not installed. They look for users of their
# own: each gets a passwd file that has them, in the mount namespace that 'ip netns exec' makes.

# serve_with_users HOST LOG COMMAND..: as serve.
serve_with_users() {
	local host=$1 log=$2
	shift 2
	users_make
	# Files of the package at the places that are compiled in.
	serve "$host" "$log" sh -c '
		mount --bind "$0/passwd" /etc/passwd
		mount --bind "$0/group" /etc/group
		exec "$@"' "$work" "$@"
}

users_make() {
	local id=7000 name

	[ ! -f "$work/passwd" ] || return 0
	cp /etc/passwd "$work/passwd"
	cp /etc/group "$work/group"
	for name in Debian-exim opensmtpd opensmtpq smmta smmsp vmail anna ben; do
		id=$((id + 1))
		grep -q "^$name:" "$work/passwd" ||
			echo "$name:x:$id:$id::/nonexistent:/bin/sh" >> "$work/passwd"
		grep -q "^$name:" "$work/group" || echo "$name:x:$id:" >> "$work/group"
	done
}

user_id() { sed -n "s/^$1:[^:]*:\([0-9]*\):.*/\1/p" "$work/passwd"; }

unpacked() {
	[ -d "$state/$1" ] || fail "needs $1 (run 'pcaps/record setup')"
	echo "$state/$1"
}

# exim_start RELAY_FROM_HOSTS: Exim's own configure.default, as far as it is about who may relay.
exim_start() {
	local program

	program=$(unpacked exim4-daemon-light)/usr/sbin/exim4
	users_make
	mkdir -p "$work/exim"
	exim_configure "$1" > "$work/exim/configure"
	chown -R "$(user_id Debian-exim)" "$work/exim"
	chown root "$work/exim/configure"
	serve_with_users mail.example.com exim.log "$program" -C "$work/exim/configure" -bdf
	wait_port mail.example.com 25
}

exim_configure() {
	cat <<-EOF
		exim_path = $program
		keep_environment =
		primary_hostname = mail.example.com
		spool_directory = $work/exim
		log_file_path = $work/exim/log-%slog
		domainlist local_domains = example.com : example.org
		domainlist relay_to_domains =
		hostlist relay_from_hosts = $1
		acl_smtp_rcpt = acl_check_rcpt
		tls_advertise_hosts =
		dns_dnssec_ok = 0
		disable_ipv6 = true
		begin acl
		acl_check_rcpt:
		  accept hosts = :
		         control = dkim_disable_verify
		  deny   message = Restricted characters in address
		         domains = +local_domains
		         local_parts = ^[.] : ^.*[@%!/|]
		  deny   message = Restricted characters in address
		         domains = !+local_domains
		         local_parts = ^[./|] : ^.*[@%!] : ^.*/\\\\.\\\\./
		  accept hosts = +relay_from_hosts
		         control = submission/sender_retain
		  accept authenticated = *
		         control = submission/sender_retain
		  require message = relay not permitted
		          domains = +local_domains : +relay_to_domains
		  require verify = recipient
		  accept
		begin routers
		dnslookup:
		  driver = dnslookup
		  domains = ! +local_domains
		  transport = remote_smtp
		  no_more
		ours:
		  driver = accept
		  local_parts = anna : ben
		  transport = nowhere
		begin transports
		remote_smtp:
		  driver = smtp
		nowhere:
		  driver = appendfile
		  file = /dev/null
		  user = Debian-exim
		begin retry
		* * F,1h,1m
		begin authenticators
		PLAIN:
		  driver = plaintext
		  server_set_id = \$auth2
		  server_prompts = :
		  server_condition = \${if and {{eq{\$auth2}{ben@example.org}}{eq{\$auth3}{correct-horse}}}}
		  server_advertise_condition = yes
	EOF
}

# opensmtpd_start RULE..: what is taken from whom beside mail for our users.
opensmtpd_start() {
	local program rule

	program=$(unpacked opensmtpd)
	users_make
	mkdir -p "$work/opensmtpd/empty"
	{
		cat <<-EOF
			table users { "anna@example.com" = anna, "ben@example.org" = ben }
			listen on 192.0.2.25 hostname mail.example.com
			action nowhere mda "true" virtual <users>
			action out relay src 192.0.2.25 helo mail.example.com
			match from any for domain { example.com, example.org } action nowhere
		EOF
		for rule in "$@"; do
			echo "$rule"
		done
	} > "$work/opensmtpd/smtpd.conf"
	chmod 600 "$work/opensmtpd/smtpd.conf"
	# What is compiled in: a queue, a place for chroot, and programs that deliver.
	cp -a "$program/usr" "$work/opensmtpd/"
	serve_with_users mail.example.com opensmtpd.log sh -c '
		for place in /var/spool /var/lib /usr/libexec; do
			mount -t tmpfs -o mode=755 none $place
		done
		mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
		chmod 711 /var/spool/smtpd
		cp -a "$0/usr/libexec/opensmtpd" /usr/libexec/
		exec "$0/usr/sbin/smtpd" -d -f "$0/smtpd.conf"' "$work/opensmtpd"
	wait_port mail.example.com 25
}

# sendmail_start LINE..: lines of sendmail.mc, beside the ordinary ones.
sendmail_start() {
	local program cf line

	program=$(unpacked sendmail-bin)/usr/libexec/sendmail/sendmail
	cf=$(unpacked sendmail-cf)/usr/share/sendmail/cf
	users_make
	mkdir -p -m 700 "$work/sendmail/queue"
	{
		cat <<-EOF
			divert(-1)
			define(\`_CF_DIR_', \`$cf/')
			include(\`$cf/m4/cf.m4')
			OSTYPE(\`linux')
			define(\`ALIAS_FILE', \`')
			define(\`STATUS_FILE', \`')
			define(\`HELP_FILE', \`')
			define(\`QUEUE_DIR', \`$work/sendmail/queue')
			define(\`confPID_FILE', \`$work/sendmail/pid')
			define(\`confDOMAIN_NAME', \`mail.example.com')
			define(\`confDONT_BLAME_SENDMAIL', \`GroupWritableDirPathSafe')
			define(\`confTO_IDENT', \`0')
			define(\`LOCAL_MAILER_PATH', \`/bin/true')
			LOCAL_DOMAIN(\`example.com example.org')
			RELAY_DOMAIN(\`192.0.2.100')
			DAEMON_OPTIONS(\`Family=inet, Addr=192.0.2.25, Name=MTA')
			FEATURE(\`no_default_msa')
			FEATURE(\`accept_unresolvable_domains')
		EOF
		for line in "$@"; do
			echo "$line"
		done
		echo "MAILER(\`local')"
		echo "MAILER(\`smtp')"
	} > "$work/sendmail/sendmail.mc"
	m4 "$work/sendmail/sendmail.mc" > "$work/sendmail/sendmail.cf" 2> /dev/null
	# Without aliases: a map that is not there would put off every recipient.
	sed -i '/^O AliasFile/d' "$work/sendmail/sendmail.cf"
	serve_with_users mail.example.com sendmail.log "$program" -C "$work/sendmail/sendmail.cf" -bD
	wait_port mail.example.com 25
}

# dovecot_start: a store that takes mail by LMTP, and submission with a smarthost behind it.
dovecot_start() {
	local conf=$work/dovecot

	command -v dovecot > /dev/null || fail "needs dovecot (run 'pcaps/record setup')"
	users_make
	mkdir -p "$conf/mail" "$conf/run"
	chown "$(user_id vmail)" "$conf/mail"
	printf '%s:{PLAIN}correct-horse:%s:%s::%s\n' \
		anna@example.com "$(user_id vmail)" "$(user_id vmail)" "$conf/mail" \
		ben@example.org "$(user_id vmail)" "$(user_id vmail)" "$conf/mail" > "$conf/users"
	cat > "$conf/dovecot.conf" <<-EOF
		protocols = lmtp submission
		listen = 192.0.2.25
		base_dir = $conf/run
		state_dir = $conf/run
		log_path = /dev/stderr
		hostname = mail.example.com
		ssl = no
		disable_plaintext_auth = no
		mail_location = maildir:$conf/mail/%u
		first_valid_uid = 100
		passdb {
		  driver = passwd-file
		  args = $conf/users
		}
		userdb {
		  driver = passwd-file
		  args = $conf/users
		}
		service lmtp {
		  inet_listener lmtp {
		    port = 24
		  }
		}
		submission_relay_host = 198.51.100.25
	EOF
	serve_with_users mail.example.com dovecot.log dovecot -F -c "$conf/dovecot.conf"
	wait_port mail.example.com 24
	wait_port mail.example.com 587
}

# cyrus_start: a store that takes mail by LMTP; a mailbox is made as its user's first mail comes.
cyrus_start() {
	local dir=$work/cyrus

	command -v cyrmaster > /dev/null || fail "needs cyrmaster (run 'pcaps/record setup')"
	mkdir -p "$dir/db" "$dir/mail" "$dir/run"
	cat > "$dir/imapd.conf" <<-EOF
		configdirectory: $dir/db
		partition-default: $dir/mail
		defaultpartition: default
		idlesocket: $dir/run/idle
		notifysocket: $dir/run/notify
		lmtpsocket: $dir/run/lmtp
		master_pid_file: $dir/run/pid
		proc_path: $dir/run/proc
		servername: mail.example.com
		virtdomains: userid
		unixhierarchysep: yes
		admins: cyrus
		autocreate_quota: 0
		autocreate_post: yes
		autocreate_users: anna@example.com ben@example.org
	EOF
	cat > "$dir/cyrus.conf" <<-EOF
		START {
		  recover cmd="ctl_cyrusdb -C $dir/imapd.conf -r"
		}
		SERVICES {
		  lmtp cmd="lmtpd -C $dir/imapd.conf -a" listen="192.0.2.25:24" prefork=0
		}
		EVENTS {
		}
	EOF
	chown -R cyrus:mail "$dir"
	serve mail.example.com cyrus.log cyrmaster -C "$dir/imapd.conf" -M "$dir/cyrus.conf"
	wait_port mail.example.com 24
}

# haraka_start [NETWORK]: NETWORK may relay, beside those who show a password.
haraka_start() {
	local dir=$work/haraka

	mkdir -p "$dir/config" "$dir/plugins" "$dir/queue"
	printf '%s\n' relay auth/flat_file rcpt_to.in_host_list nowhere > "$dir/config/plugins"
	printf '%s\n' example.com example.org > "$dir/config/host_list"
	printf '[relay]\nacl=true\n' > "$dir/config/relay.ini"
	printf '%s\n' 192.0.2.96/27 "$@" > "$dir/config/relay_acl_allow"
	printf '[core]\nmethods=PLAIN\n[users]\nben@example.org=correct-horse\n' \
		> "$dir/config/auth_flat_file.ini"
	printf 'listen=192.0.2.25:25\n' > "$dir/config/smtp.ini"
	echo mail.example.com > "$dir/config/me"
	# Mail for our users goes nowhere; the rest is left to Haraka's own sender.
	echo 'exports.hook_queue = (next) => next(OK)' > "$dir/plugins/nowhere.js"
	printf 'inet_prefer=v4\nenable_tls=false\n' > "$dir/config/outbound.ini"
	serve mail.example.com haraka.log \
		node "$(unpacked haraka)/node_modules/Haraka/bin/haraka" -c "$dir"
	wait_port mail.example.com 25
}

# aiosmtpd_start: it takes whatever comes and throws it away, as a test server or a trap does.
aiosmtpd_start() {
	serve mail.example.com aiosmtpd.log /usr/bin/python3 -m aiosmtpd -n -l 192.0.2.25:25 \
		-c aiosmtpd.handlers.Sink
	wait_port mail.example.com 25
}

# What these servers wrote, without the machine's clock.
other_servers_log() {
	local log

	for log in "$work"/exim/log-mainlog "$work"/{opensmtpd,sendmail,dovecot,aiosmtpd}.log; do
		[ ! -f "$log" ] || sed -E -e '/^(debug|info|warn|setup_)/d' \
			-e 's/^([0-9]{4}-[0-9]{2}-[0-9]{2}|[A-Z][a-z]{2} [0-9]{2}) [0-9:]{8} //' "$log"
	done
}

# tinyproxy_start ALLOWED: a proxy for web pages that CONNECTs to any port, for these clients
tinyproxy_start() {
	cat > "$work/tinyproxy.conf" <<-EOF
		Port 3128
		Listen 192.0.2.25
		User root
		Group root
		Timeout 60
		MaxClients 10
		Allow $1
	EOF
	serve mail.example.com tinyproxy.log tinyproxy -d -c "$work/tinyproxy.conf"
	wait_port mail.example.com 3128
}

# microsocks_start: SOCKS 5 for everybody
microsocks_start() {
	serve mail.example.com microsocks.log microsocks -i 192.0.2.25 -p 1080
	wait_port mail.example.com 1080
}
