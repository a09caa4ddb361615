#!/usr/bin/env python3
"""Compares 1,000 one-touch contracts, 500 no-touches and 1,000 American options with QuantLib, which shares no code with this
library.

    pip install QuantLib && python3 test/oracle/quantlib_beyond.py [--seed N]

Touches go through QuantLib's AnalyticDigitalAmericanEngine and its KO sibling. Where that differs, since it multiplies a small
normal integral by a great power, `binary.py` decides in arbitrary precision. American options go through its
QdFpAmericanEngine in the high-precision scheme, and where that differs through the nearer of its two fixed-point iterations with
60 Chebyshev nodes, 60 steps and 512 Gauss–Legendre nodes, one of which diverges where r²T/σ² is large. Exits 1 where a price,
or the delta of a touch paid at the hit, differs by more than QuantLib's own accuracy. Needs cargo, for
crates/math/examples/beyond.rs, and mpmath.
"""

import argparse
import math
import random
import subprocess
import sys
from pathlib import Path

import QuantLib as ql
from binary import figures

ROOT = Path(__file__).resolve().parents[2]
TOUCHES, AMERICANS = 1500, 1000
DAYS_MAX = 1825
# Two calls whose errors once were the greatest.
FOUND = [
    ("american", "call", 100.0, 42.63995, 1095, 0.07089, 0.06947, 0.46955),
    ("american", "call", 100.0, 21.6239, 1095, 0.07089, 0.06947, 0.46955),
]
KINDS = {"at_hit": "touch_at_hit", "at_expiry": "touch_at_expiry", "no_touch": "no_touch"}

TOLERANCE = {"at_hit": 2e-9, "at_expiry": 2e-9, "no_touch": 2e-9, "delta": 1e-8, "american": 1e-8}
HIGH, FINE = ql.QdFpAmericanEngine.highPrecisionScheme(), ql.QdFpLegendreTanhSinhScheme(512, 60, 60, 1e-13)
AUTO, *EACH = (getattr(ql.QdFpAmericanEngine, name) for name in ("Auto", "FP_A", "FP_B"))


def process(spot, rate, carry, vol):
    today, count = ql.Settings.instance().evaluationDate, ql.Actual365Fixed()
    return ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, carry, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), vol, count)),
    )


def vanilla(payoff, days, pays_at_expiry, engine):
    today = ql.Settings.instance().evaluationDate
    option = ql.VanillaOption(payoff, ql.AmericanExercise(today, today + days, pays_at_expiry))
    option.setPricingEngine(engine)
    return option


def cases(seed):
    """Contract, side, spot, level, days, rate, carry, vol; barriers up to five standard deviations away, strikes two."""
    source = random.Random(seed)

    def within(low, high):
        return low + (high - low) * source.random()

    yield from FOUND
    for i in range(TOUCHES + AMERICANS - len(FOUND)):
        spot, days = math.exp(within(0, math.log(1e5))), 5 + int(source.random() * DAYS_MAX)
        rate, carry, vol = within(0, 0.12), within(-0.03, 0.1), math.exp(within(math.log(0.05), math.log(1.5)))
        sign = 1 if source.random() < 0.5 else -1
        deviation = vol * math.sqrt(days / 365)
        if i < TOUCHES:
            barrier = spot * math.exp(sign * within(0.01, 5) * deviation)
            yield tuple(KINDS)[i % 3], "above" if sign > 0 else "below", spot, barrier, days, rate, carry, vol
        else:
            strike = spot * math.exp(within(-2, 2) * deviation)
            yield "american", "call" if sign > 0 else "put", spot, strike, days, rate, carry, vol


def theirs(contract, side, spot, level, days, rate, carry, vol):
    """Price, and delta where there is one."""
    kind = ql.Option.Call if side in ("above", "call") else ql.Option.Put
    market = process(spot, rate, carry, vol)
    if contract == "american":
        return american(side, spot, level, days, rate, carry, vol, HIGH, AUTO), None
    is_knock_out = contract == "no_touch"
    engine = ql.AnalyticDigitalAmericanKOEngine(market) if is_knock_out else ql.AnalyticDigitalAmericanEngine(market)
    option = vanilla(ql.CashOrNothingPayoff(kind, level, 1.0), days, contract != "at_hit", engine)
    return option.NPV(), option.delta() if contract == "at_hit" else None


def american(side, spot, strike, days, rate, carry, vol, scheme, iteration):
    engine = ql.QdFpAmericanEngine(process(spot, rate, carry, vol), scheme, iteration)
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if side == "call" else ql.Option.Put, strike)
    return vanilla(payoff, days, False, engine).NPV()


def ours(rows):
    lines = [
        " ".join([contract, side, *map(repr, (spot, level, days / 365, rate, carry, vol))])
        for contract, side, spot, level, days, rate, carry, vol in rows
    ]
    command = ["cargo", "run", "--quiet", "--locked", "--profile", "test", "-p", "plimsoll-math", "--example", "beyond"]
    run = subprocess.run(command, cwd=ROOT, input="\n".join(lines), capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"cargo: {run.stderr.strip()}")
    answers = [line.split() for line in run.stdout.splitlines()]
    for line, answer in zip(lines, answers):
        if answer[0] != "0":
            sys.exit(f"status {answer[0]}: {line}")
    return [(float(price), float(delta)) for _, price, delta, *_ in answers]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ql.Settings.instance().evaluationDate = ql.Date(1, 1, 2024)
    rows = list(cases(arguments.seed))
    worst = dict.fromkeys(TOLERANCE, (0.0, None))

    def take(name, error, row):
        if not error <= worst[name][0]:
            worst[name] = (error, row)

    for row, (price, delta) in zip(rows, ours(rows), strict=True):
        contract, side, spot, level, days, rate, carry, vol = row
        their_price, their_delta = theirs(*row)
        delta_scale = spot * vol * math.sqrt(days / 365)
        scale = max(spot, level) if contract == "american" else 1.0
        error = abs(price - their_price) / scale
        if contract == "american" and error > TOLERANCE[contract]:
            error = min(abs(price - american(*row[1:], FINE, iteration)) / scale for iteration in EACH)
        errors = {contract: error}
        if their_delta is not None:
            errors["delta"] = abs(delta - their_delta) * delta_scale
        if contract in KINDS and any(error > TOLERANCE[name] for name, error in errors.items()):
            exact = figures(KINDS[contract], 1 if side == "above" else -1, spot, level, days / 365, rate, carry, vol)
            errors = {contract: abs(price - float(exact[0])), "delta": abs(delta - float(exact[1])) * delta_scale}
        for name, error in errors.items():
            take(name, error, row)
    counts = ", ".join(f"{sum(row[0] == name for row in rows)} {name}" for name in (*KINDS, "american"))
    print(f"QuantLib {ql.__version__}: {counts}, greatest difference as a share of scale")
    failed = False
    for name, (error, row) in worst.items():
        holds = error <= TOLERANCE[name]
        failed |= not holds
        print(f"{name:10} {error:8.1e}" + ("" if holds else f"  above {TOLERANCE[name]:g}: {row}"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
