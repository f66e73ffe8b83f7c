#!/usr/bin/env python3
"""bdat_client - hand one message to an SMTP server in two chunks (RFC 3030); swaks has no BDAT

usage: bdat_client.py SERVER PORT HELO SENDER RECIPIENT.. < MESSAGE

Prints each reply. The exit code is 0 when the talk came to its end, whatever was said.
"""
import smtplib
import sys


def main():
    server, port, helo, sender, *recipients = sys.argv[1:]
    message = sys.stdin.buffer.read().replace(b"\n", b"\r\n")
    # In the middle of a line: a chunk ends where its number says.
    half = len(message) // 2
    with smtplib.SMTP(server, int(port), local_hostname=helo, timeout=30) as smtp:
        smtp.ehlo()
        print("offered:", "CHUNKING" if smtp.has_extn("chunking") else "nothing")
        print("answer:", *smtp.mail(sender))
        for recipient in recipients:
            print("answer:", *smtp.rcpt(recipient))
        for chunk, last in ((message[:half], b""), (message[half:], b" LAST")):
            smtp.send(b"BDAT %d%s\r\n" % (len(chunk), last) + chunk)
            print("answer:", *smtp.getreply())


if __name__ == "__main__":
    main()
