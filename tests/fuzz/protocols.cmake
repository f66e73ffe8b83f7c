# Sessions, transactions, QMTP, QMQP, DNS, identification.
relaywatch_fuzz(fuzz_qmtp SOURCES fuzz_qmtp.c steps.c LIBS relaywatch_protocols)
relaywatch_fuzz(fuzz_qmqp SOURCES fuzz_qmqp.c steps.c LIBS relaywatch_protocols)
relaywatch_fuzz(fuzz_identify SOURCES fuzz_identify.c steps.c LIBS relaywatch_protocols)
relaywatch_fuzz(fuzz_dns SOURCES fuzz_dns.c LIBS relaywatch_protocols)

# SMTP, addresses, replies, messages.
relaywatch_fuzz(fuzz_smtp SOURCES fuzz_smtp.c steps.c LIBS relaywatch_protocols)
relaywatch_fuzz(fuzz_reply SOURCES fuzz_reply.c LIBS relaywatch_protocols)
relaywatch_fuzz(fuzz_mail_address SOURCES fuzz_mail_address.c LIBS relaywatch_protocols)
relaywatch_fuzz(fuzz_message SOURCES fuzz_message.c LIBS relaywatch_protocols)
