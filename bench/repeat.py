#!/usr/bin/env python3
"""repeat.py MEGABYTES OUT FILE.. - join captures, again and again, into one of that size

For a measurement where no generator of traffic is there. Each round starts after the one before
has ended, so that time goes forward. Only Ethernet captures in the classic format are taken.
"""
import struct
import sys

ETHERNET = 1
MAGIC = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\x4d\x3c\xb2\xa1": ("<", 1),
         b"\xa1\xb2\xc3\xd4": (">", 1000), b"\xa1\xb2\x3c\x4d": (">", 1)}


def packets(name):
    """Give time in ns, length on the wire and bytes of each packet of a file."""
    with open(name, "rb") as file:
        data = file.read()
    order, unit_ns = MAGIC.get(data[:4], (None, None))
    if order is None or struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != ETHERNET:
        return
    at = 24
    while at + 16 <= len(data):
        seconds, part, captured, wire = struct.unpack_from(order + "IIII", data, at)
        yield seconds * 10**9 + part * unit_ns, wire, data[at + 16:at + 16 + captured]
        at += 16 + captured


def main():
    want = int(sys.argv[1]) * 10**6
    one_round = sorted((p for name in sys.argv[3:] for p in packets(name)), key=lambda p: p[0])
    if not one_round:
        sys.exit("repeat.py: no Ethernet capture in the classic format among the files")
    length_ns = one_round[-1][0] - one_round[0][0] + 2 * 3600 * 10**9
    written, rounds = 24, 0
    with open(sys.argv[2], "wb") as out:
        out.write(struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, ETHERNET))
        while written < want:
            for time_ns, wire, data in one_round:
                seconds, ns = divmod(time_ns + rounds * length_ns, 10**9)
                out.write(struct.pack("<IIII", seconds & 0xFFFFFFFF, ns, len(data), wire) + data)
                written += 16 + len(data)
            rounds += 1


main()
