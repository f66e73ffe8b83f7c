#!/usr/bin/env python3
"""calibrate.py PROGRAM [FOLDER..] - hold the scores against labelled captures; './dev calibrate'

Prints, as Markdown, how sure the program is and how often it is right, and what weights the data
would give. A FOLDER holds captures with labels*.json; default: the laboratory's beside this
repository, and where that is missing the captures in pcaps/.
"""
import argparse
import collections
import datetime
import math
import os
import sys

import model
import pairs

LAB = "../shared/pcaps/lab"
CONTRADICTED_DB = 6.0
CONTRADICTED_PAIRS = 20
SHOWN_BRIER = 0.01
FLOOR = 1e-6  # a score of 0 or 1 that is wrong costs this much, and not infinitely much


INTRODUCTION = """# Calibration, on the lab only

Made by `./dev calibrate > docs/calibration.md` on {date}. The captures are of real mail servers and
clients in a laboratory, most of them made to show one scenario. So the rates below are not those of
any site, and the prior, 1 in 100, was not fitted: what can be learned is whether a score is on the
right side, and which weights the data contradict. The weights in force are the reasoned ones of
`detectors/evidence.c`.

An abusive pair is one that is labelled with a verdict from `open_relay_confirmed` to `probe`."""


def warn(text):
    print(f"calibrate: {text}", file=sys.stderr)


def wilson(hits, n):
    """95 percent interval of a rate (Wilson 1927)."""
    z = 1.959964
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def brier(scored):
    return sum((p - y) ** 2 for p, y in scored) / len(scored)


def log_loss(scored):
    """In nats a pair."""
    return -sum(math.log(max(FLOOR, p if y else 1 - p)) for p, y in scored) / len(scored)


def reliability(sample):
    print("\n| score | pairs | mean score | abuse | rate | 95% interval |")
    print("| --- | --- | --- | --- | --- | --- |")
    bins = collections.defaultdict(list)
    for p in sample:
        bins[min(int(p.score // 10), 9)].append(p)
    for i in range(10):
        if not bins[i]:
            print(f"| {10 * i}-{10 * i + 10} | 0 | - | - | - | - |")
            continue
        n, hits = len(bins[i]), sum(p.is_abuse for p in bins[i])
        low, high = wilson(hits, n)
        mean = sum(p.score for p in bins[i]) / n
        print(f"| {10 * i}-{10 * i + 10} | {n} | {mean:.1f} | {hits} | {100 * hits / n:.1f}% | "
              f"{100 * low:.1f}% to {100 * high:.1f}% |")


def describe(title, sample, table):
    chosen = sample.pairs
    scored = [(p.score / 100, p.is_abuse) for p in chosen]
    print(f"\n## {title}\n")
    print(f"{sample.captures} captures; {len(chosen)} pairs, {sum(y for _, y in scored)} of them "
          f"labelled as abuse. Left out: {sample.ambiguous} pairs whose label allows both, "
          f"{sample.unseen} labelled pairs without a finding, {sample.unlabelled} findings without "
          f"a label. Prior {chosen[0].prior:g} decibans.")
    print(f"\nBrier score {brier(scored):.4f}, log loss {log_loss(scored):.4f} nats a pair.")
    different = model.check(table, chosen)
    if different:
        print(f"\n**{different} scores are not what the table of rules gives; the fit below does "
              "not speak of them rightly.**")
    reliability(chosen)
    wrong = collections.Counter((p.capture, p.is_abuse, tuple(sorted(p.rules))) for p in chosen
                                if (p.score >= 50) != p.is_abuse)
    if wrong:
        print("\nOn the wrong side of 50:\n")
    for (capture, is_abuse, names), n in sorted(wrong.items()):
        print(f"- `{capture}`: {n} {'abuse' if is_abuse else 'harmless'}, "
              f"with {', '.join(names) or 'no rule'}")


def held_out(title, chosen, table, group_of):
    """Fit without a group, then look at that group."""
    groups = collections.defaultdict(list)
    for p in chosen:
        groups[group_of(p)].append(p)
    print(f"\n### Held out by {title}\n")
    print(f"| {title} | pairs | abuse | Brier, reasoned | fitted | log loss, reasoned | fitted |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    reasoned_all, fitted_all, good = [], [], 0
    for name, members in sorted(groups.items()):
        weights, intercept = model.fit(table, [p for p in chosen if group_of(p) != name],
                                       chosen[0].prior)
        reasoned = [(p.score / 100, p.is_abuse) for p in members]
        fitted = [(model.score(model.logit(model.features(table, p), p.accused, weights,
                                           intercept)), p.is_abuse) for p in members]
        reasoned_all += reasoned
        fitted_all += fitted
        if max(brier(reasoned), brier(fitted)) > SHOWN_BRIER:
            print_group(name, reasoned, fitted)
        else:
            good += 1
    print_group("**all**", reasoned_all, fitted_all)
    if good:
        print(f"\nOf {len(groups)} groups, {good} are not shown: both Brier scores are below "
              f"{SHOWN_BRIER:g} there.")


def print_group(name, reasoned, fitted):
    print(f"| {name} | {len(reasoned)} | {sum(y for _, y in reasoned)} | {brier(reasoned):.4f} | "
          f"{brier(fitted):.4f} | {log_loss(reasoned):.4f} | {log_loss(fitted):.4f} |")


def rules(chosen, table):
    weights, intercept = model.fit(table, chosen, chosen[0].prior)
    print("\n## Rules\n\n`pairs` are those with the rule, `speaks` those where it is the strongest "
          "of its witness, so that it counts.\n")
    print(f"*Contradicted* are weights that the fit moves by more than {CONTRADICTED_DB:g} decibans, "
          f"with {CONTRADICTED_PAIRS} pairs or more. The intercept, {chosen[0].prior:g} by "
          f"reasoning, is fitted as {intercept:.1f}.\n")
    print("| rule | witness | reasoned | fitted | pairs | abuse | speaks | captures | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, reasoned in table.weights.items():
        having = [p for p in chosen if name in p.rules]
        speaks = sum(name in dict(model.speaking(model.features(table, p), p.accused, weights))
                     for p in having)
        off = abs(weights[name] - reasoned) > CONTRADICTED_DB
        note = "**contradicted**" if off and len(having) >= CONTRADICTED_PAIRS else \
            "off, but too few" if off else "not seen" if not having else ""
        print(f"| `{name}` | {table.witnesses[name]} | {reasoned:+g} | {weights[name]:+.1f} | "
              f"{len(having)} | {sum(p.is_abuse for p in having)} | {speaks} | "
              f"{len({p.capture for p in having})} | {note} |")


def captures_of(folders, configured):
    for folder in folders:
        yield from pairs.folder(folder, configured)
    if not folders:
        yield from pairs.own(configured)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    folders = args.folders or ([LAB] if os.path.isdir(LAB) else [])
    if not folders:
        warn(f"WARNING: no labelled captures in '{LAB}'; the few in pcaps/ are taken instead, and")
        warn("WARNING: they say LITTLE: no weight should be changed for what is printed here")
    print(INTRODUCTION.format(date=datetime.date.today().isoformat()))
    table = model.Table()
    told = pairs.gather(args.program, captures_of(folders, True), args.jobs)
    untold = pairs.gather(args.program, captures_of(folders, False), args.jobs)
    if not told.pairs or not untold.pairs:
        sys.exit("calibrate: no labelled pair was found")
    describe("Configured as an operator would", told, table)
    describe("Nothing configured", untold, table)
    both = told.pairs + untold.pairs
    print("\n## Fitted on the others, tried on these\n\nBoth runs together. The weights are fitted "
          "by logistic regression. As the labels separate the pairs almost perfectly, where plain "
          "regression sends each weight to infinity, each is shrunk to its reasoned value (a "
          f"Gaussian prior, standard deviation {model.SHRINK_SD_DB:g} decibans), and the intercept "
          "to the prior. A group is judged with weights fitted without it.")
    held_out("server software", both, table, lambda p: p.software)
    held_out("scenario family", both, table, lambda p: p.family)
    rules(both, table)


main()
