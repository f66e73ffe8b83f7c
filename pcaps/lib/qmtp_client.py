#!/usr/bin/env python3
"""qmtp_client - hand one message to a QMTP server; Debian packages no client

usage: qmtp_client.py SERVER PORT SENDER RECIPIENT.. < MESSAGE

Sends one package (http://cr.yp.to/proto/qmtp.txt, section 4) in the LF encoding and prints each
answer. The exit code is 0 when an answer came, whatever it says.
"""
import socket
import sys


def netstring(data):
    return b"%d:%s," % (len(data), data)


def read_netstring(stream):
    """The next netstring, or None where the server closed instead."""
    digits = b""
    while (byte := stream.read(1)) != b":":
        if not byte.isdigit() or len(digits) > 8:
            return None
        digits += byte
    data = stream.read(int(digits))
    return data if stream.read(1) == b"," else None


def main():
    server, port, sender, *recipients = sys.argv[1:]
    package = netstring(b"\n" + sys.stdin.buffer.read())
    package += netstring(sender.encode())
    package += netstring(b"".join(netstring(r.encode()) for r in recipients))
    with socket.create_connection((server, int(port)), timeout=30) as sock:
        sock.sendall(package)
        # No more packages: a server that answers less often than it should closes after its last.
        sock.shutdown(socket.SHUT_WR)
        answers = 0
        with sock.makefile("rb") as stream:
            while answers < len(recipients) and (answer := read_netstring(stream)) is not None:
                print("answer:", answer.decode("ascii", "replace"))
                answers += 1
    return 0 if answers else 1


if __name__ == "__main__":
    sys.exit(main())
