"""pairs - labelled pairs of client and server, with what the program found of each

Two sources: folders with labels*.json (and site.json, what an operator would configure), and the
captures of this repository with their .expected files.
"""
import collections
import concurrent.futures
import glob
import ipaddress
import json
import os
import re
import subprocess

ABUSE = {"open_relay_confirmed", "open_relay", "auth_abuse", "spam_source", "backscatter",
         "harvest", "brute_force", "evasion", "probe"}
HARMLESS = {"relay_denied", "unknown_encrypted", "benign", "nothing"}
SOFTWARE = ("postfix", "exim", "sendmail", "opensmtpd", "mailfront", "qmail", "nullmailer",
            "emulated", "python")

# rules: name -> (count, weight in the end, 0 where a stronger one speaks)
Pair = collections.namedtuple("Pair", "capture software family is_abuse accused score prior rules")
Sample = collections.namedtuple("Sample", "pairs captures ambiguous unseen unlabelled")
Labelled = collections.namedtuple("Labelled", "path title options verdicts")


def key_of(client, server, port):
    return (str(ipaddress.ip_address(client)), str(ipaddress.ip_address(server)), int(port))


def words_of(label, configured):
    """The verdicts that are right; with nothing configured there may be more of them."""
    words = label["verdict"]
    words = ([words] if isinstance(words, str) else list(words)) + label.get("also", [])
    return words if configured else words + label.get("zero", [])


def truth_of(words):
    """True: abuse; False: none; None: the label allows both."""
    words = set(words)
    if words <= ABUSE:
        return True
    return False if words <= HARMLESS else None


def family_of(path, title):
    """The scenario's number where the title has one, else the first words of the name."""
    number = re.match(r"([PNZ]\d+)", title)
    if number:
        return number.group(1)
    words = [w for w in os.path.basename(path).split(".")[0].split("-") if w not in SOFTWARE]
    return "-".join(words[:3 if words[0] == "qm" else 2])


def folder(path, configured):
    """The captures of a folder with labels*.json."""
    site_file = os.path.join(path, "site.json")
    site = json.load(open(site_file)) if configured and os.path.exists(site_file) else {}
    for name in sorted(glob.glob(os.path.join(path, "labels*.json"))):
        for capture, label in sorted(json.load(open(name)).items()):
            told = [site, label.get("site", {})] if configured else []
            options = [w for part in told for k, vs in part.items() for v in vs
                       for w in ("--" + k, v)]
            verdicts = {key_of(v["client"], v["server"], v["port"]): truth_of(words_of(v, configured))
                        for v in label.get("verdicts", [])}
            yield Labelled(os.path.join(path, capture), label["title"], options, verdicts)


def own(configured):
    """The captures of this repository; their .expected files say what is right."""
    for name in sorted(glob.glob("pcaps/*.expected")):
        options, verdicts = [], {}
        for line in open(name, encoding="utf-8"):
            words = line.split()
            if words[:1] == ["option"] and configured:
                options += words[1:]
            if words[:1] == ["finding"]:
                server, port = words[2].rsplit(":", 1)
                key = key_of(words[1], server.strip("[]"), port.split("/")[0])
                verdicts[key] = truth_of(words[3].split("|"))
        yield Labelled(name.replace(".expected", ".pcap"), "", options, verdicts)


def run(program, labelled):
    """Findings by pair, and the software of each server."""
    done = subprocess.run([program, "read", "--json=finding,server", *labelled.options,
                           labelled.path], capture_output=True, text=True, check=False)
    findings, software = {}, {}
    for line in done.stdout.splitlines():
        event = json.loads(line)
        server = event["destination"]
        if event["event"]["dataset"] == "relaywatch.finding":
            findings[key_of(event["source"]["ip"], server["ip"], server["port"])] = event
        elif event["relaywatch"].get("software"):
            software[str(ipaddress.ip_address(server["ip"]))] = \
                event["relaywatch"]["software"].split()[0].split("/")[0].lower()
    return findings, software


def pair_of(labelled, key, is_abuse, event, software):
    own_members = event["relaywatch"]
    rules = {e["rule"]: (e["count"], e["weight"]) for e in own_members["evidence"]}
    accused = own_members["verdict"] in ABUSE
    return Pair(os.path.basename(labelled.path), software.get(key[1], "not told"),
                family_of(labelled.path, labelled.title), is_abuse, accused,
                event["event"]["risk_score"], own_members["prior"], rules)


def gather(program, captures, jobs):
    """Run the program on all; join findings with labels."""
    captures = list(captures)
    pairs, ambiguous, unseen, unlabelled = [], 0, 0, 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = list(pool.map(lambda labelled: run(program, labelled), captures))
    for labelled, (findings, software) in zip(captures, runs):
        unlabelled += len(findings.keys() - labelled.verdicts.keys())
        for key, is_abuse in sorted(labelled.verdicts.items()):
            if is_abuse is None:
                ambiguous += 1
            elif key not in findings:
                unseen += 1
            else:
                pairs.append(pair_of(labelled, key, is_abuse, findings[key], software))
    return Sample(pairs, len(captures), ambiguous, unseen, unlabelled)
