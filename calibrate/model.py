"""model - the sum of detectors/evidence.c again, and weights fitted to labelled pairs

A pair's logit, in decibans, is the intercept and, for each witness, the strongest rule that speaks
for abuse and (where nobody is accused) the strongest that speaks against it. A rule adds its weight
times a gain for repeated sightings. This is what detectors/verdict.c does; check() holds the scores
of the program against it, so that the two cannot drift apart unnoticed.

The labels of a laboratory separate the pairs almost perfectly, where plain logistic regression
sends every weight to infinity. So each weight has a Gaussian prior: its mean is the reasoned weight,
its standard deviation SHRINK_SD_DB decibans.
"""
import collections
import math
import re

SHRINK_SD_DB = 6.0
UNIT = math.log(10) / 10  # of a deciban, in nats
STEPS = 400
STEP_MOST_DB = 2.0

ROW = re.compile(r'\{\s*"([a-z_0-9]+)",\s*WITNESS_([A-Z_]+),\s*(-?[0-9.]+)')
GAIN = re.compile(r"#define REPEAT_GAIN ([0-9.]+)")
GAIN_MOST = re.compile(r"#define REPEAT_MOST ([0-9.]+)")


class Table:
    """Rules, witnesses and reasoned weights, read from detectors/evidence.c."""

    def __init__(self, path="detectors/evidence.c"):
        text = open(path, encoding="utf-8").read()
        rows = ROW.findall(text)
        self.weights = {name: float(weight) for name, _, weight in rows}
        self.witnesses = {name: witness.lower() for name, witness, _ in rows}
        self.gain = float(GAIN.search(text).group(1))
        self.gain_most = float(GAIN_MOST.search(text).group(1))

    def gain_of(self, name, count):
        if self.weights[name] < 0:
            return 1.0
        return min(1.0 + self.gain * math.log2(max(count, 1)), self.gain_most)


def score(logit_db):
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit_db * UNIT))))


def features(table, pair):
    """Rule, witness and gain of each rule of a pair; with what is left of it by age, where told."""
    rows = []
    for name, (count, effective) in pair.rules.items():
        gain = table.gain_of(name, count)
        plain = table.weights[name] * gain
        fade = effective / plain if plain and effective else 1.0
        rows.append((name, table.witnesses[name], round(gain * fade, 3)))
    return tuple(sorted(rows))


def speaking(rows, accused, weights):
    """The rules that count, with their gains."""
    chosen = {}
    for name, witness, gain in rows:
        value = weights[name] * gain
        if value == 0 or (accused and value < 0):
            continue
        place = (witness, value > 0)
        if place not in chosen or abs(value) > abs(chosen[place][0]):
            chosen[place] = (value, name, gain)
    return [(name, gain) for _, name, gain in chosen.values()]


def logit(rows, accused, weights, intercept):
    return intercept + sum(weights[n] * g for n, g in speaking(rows, accused, weights))


def check(table, pairs):
    """How many scores of the program differ from the model's by more than a tenth of a percent?"""
    return sum(abs(100 * score(logit(features(table, p), p.accused, table.weights, p.prior))
                   - p.score) > 0.1 for p in pairs)


def fit(table, pairs, intercept_db):
    """The weights, and the intercept, that are likeliest after the data (by gradient, in decibans)."""
    rows = collections.Counter((features(table, p), p.accused, p.is_abuse) for p in pairs)
    weights, intercept = dict(table.weights), intercept_db
    seen = sorted({name for r, _, _ in rows for name, _, _ in r})
    curvature = 1.0 / (SHRINK_SD_DB ** 2)
    for _ in range(STEPS):
        slope = {name: (table.weights[name] - weights[name]) * curvature for name in seen}
        steep = dict.fromkeys(seen, curvature)
        slope0, steep0 = (intercept_db - intercept) * curvature, curvature
        for (r, accused, is_abuse), n in rows.items():
            counted = speaking(r, accused, weights)
            p = score(intercept + sum(weights[name] * g for name, g in counted))
            miss, bend = n * UNIT * (is_abuse - p), n * UNIT * UNIT * p * (1 - p)
            slope0, steep0 = slope0 + miss, steep0 + bend
            for name, gain in counted:
                slope[name] += miss * gain
                steep[name] += bend * gain * gain
        moves = {name: clip(0.5 * slope[name] / steep[name]) for name in seen}
        move0 = clip(0.5 * slope0 / steep0)
        for name in seen:
            weights[name] += moves[name]
        intercept += move0
        if max(map(abs, [move0, *moves.values()])) < 1e-4:
            break
    return weights, intercept


def clip(move_db):
    return max(-STEP_MOST_DB, min(STEP_MOST_DB, move_db))
