#!/usr/bin/env python3
"""compare.py TRUTH < EVENTS - hold what was reported against what the generator made

TRUTH is the generator's file of one line a mail session; EVENTS are the lines of
'relaywatch read --json=session,transaction'. Sessions of which the capture lacks packets are
counted apart: there nobody can know all.
"""
import ipaddress
import json
import sys

COUNTS = ("sessions", "transactions", "recipients accepted", "recipients refused",
          "messages accepted", "bytes of these")
SHOW_MAX = 5


def address(text):
    return ipaddress.ip_address(text)


def read_truth(name):
    """Give, for each connection, its counts and whether packets of it are missing."""
    truth = {}
    with open(name, encoding="ascii") as file:
        for line in file:
            (_, kind, client, cport, server, sport, mail, rcpt_ok, rcpt_bad, msgs, size,
             lost_cmd, lost_body, lost_ack, _) = line.split()
            key = (address(client), int(cport), address(server), int(sport))
            counts, lost, _ = truth.get(key, ([0] * len(COUNTS), False, kind))
            new = (1, int(mail), int(rcpt_ok), int(rcpt_bad), int(msgs), int(size))
            lost = lost or lost_cmd != "0" or lost_body != "0" or lost_ack != "0"
            truth[key] = ([a + b for a, b in zip(counts, new)], lost, kind)
    return truth


def read_events(lines):
    """Sum up the events of each connection."""
    seen = {}
    for line in lines:
        event = json.loads(line)
        dataset = event["event"]["dataset"]
        if dataset not in ("relaywatch.session", "relaywatch.transaction"):
            continue
        key = (address(event["source"]["ip"]), event["source"]["port"],
               address(event["destination"]["ip"]), event["destination"]["port"])
        counts = seen.setdefault(key, [0] * len(COUNTS))
        if dataset == "relaywatch.session":
            counts[0] += 1
            continue
        own = event["relaywatch"]
        verdicts = [r["verdict"] for r in own["recipients"]]
        counts[1] += 1
        counts[2] += verdicts.count("accepted")
        counts[3] += sum(v not in ("accepted", "unknown") for v in verdicts)
        if own["outcome"] == "accepted":
            counts[4] += 1
            counts[5] += own["bytes"]
    return seen


def show(title, keys, truth, seen):
    """Print one table of sums, and the first sessions that differ."""
    nothing = [0] * len(COUNTS)
    print(f"  {title}: {len(keys)} connections")
    for i, name in enumerate(COUNTS):
        made = sum(truth[k][0][i] for k in keys)
        reported = sum(seen.get(k, nothing)[i] for k in keys)
        differ = sum(truth[k][0][i] != seen.get(k, nothing)[i] for k in keys)
        print(f"    {name:20} made {made:>11}  reported {reported:>11}  "
              f"connections that differ {differ}")
    wrong = [k for k in keys if truth[k][0] != seen.get(k, nothing)]
    for key in wrong[:SHOW_MAX]:
        print(f"      {key[0]} {key[1]} -> {key[2]} {key[3]} ({truth[key][2]}): "
              f"made {truth[key][0]}, reported {seen.get(key, nothing)}")
    return len(wrong)


def main():
    truth = read_truth(sys.argv[1])
    seen = read_events(sys.stdin)
    whole = [k for k in truth if not truth[k][1]]
    wrong = show("all packets captured", whole, truth, seen)
    show("packets missing", [k for k in truth if truth[k][1]], truth, seen)
    invented = [k for k in seen if k not in truth]
    print(f"  connections that were never made: {len(invented)}")
    return wrong + len(invented) > 0


sys.exit(main())
