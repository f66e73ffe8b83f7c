# Sessions, transactions, QMTP, QMQP, DNS, identification.

# SMTP, addresses, replies, messages.
