#!/usr/bin/env python3
"""Writes reference values of contracts that pay a fixed amount: one-touch, no-touch, and European digitals.

    python3 test/oracle/binary.py --seed 1 --each 40 --out crates/math/tests/vectors/binary.csv

A row has the contract, +1 (barrier above, call) or −1 (barrier below, put), the inputs as doubles, and price, delta, vega,
theta, rho, psi and the derivative by barrier or strike to 25 digits. Values are textbook closed forms, with complex square
roots where the rate is negative; derivatives are numerical ones in 350 digits. Every tenth touch is also integrated over the
density of the time of the touch, and the program fails where the two disagree. Needs mpmath.
"""

import argparse
import math
import random
from pathlib import Path

from mpmath import diff, erfc, exp, inf, log, mp, mpf, pi, quad, re, sqrt

# Derivatives of a probability near 1 may be 1e-300 beside it.
mp.dps = 350
DIGITS = 25
SMALLEST = 1e-300
CONTRACTS = ("touch_at_hit", "touch_at_expiry", "no_touch", "cash", "asset")
FIGURES = ("price", "delta", "vega", "theta", "rho", "psi", "dual_delta")


def normal(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def passage(eta, spot, barrier, years, rate, carry, vol, killing):
    """E[e^{−killing·τ}; τ ≤ T]: Rubinstein and Reiner (1991)."""
    distance = eta * log(barrier / spot)
    drift = eta * (rate - carry - vol**2 / 2)
    tilted = sqrt(drift**2 + 2 * killing * vol**2)
    deviation = vol * sqrt(years)
    first = exp((drift - tilted) * distance / vol**2) * normal((tilted * years - distance) / deviation)
    second = exp((drift + tilted) * distance / vol**2) * normal((-tilted * years - distance) / deviation)
    return re(first + second)


def passage_by_density(eta, spot, barrier, years, rate, carry, vol, killing):
    distance = eta * log(barrier / spot)
    drift = eta * (rate - carry - vol**2 / 2)

    def integrand(u):
        # τ = (distance/(vol·u))², whose density becomes that of a normal number
        t = (distance / (vol * u)) ** 2
        return 2 * exp(-((distance - drift * t) ** 2) / (2 * vol**2 * t) - killing * t) / sqrt(2 * pi)

    start = distance / (vol * sqrt(years))
    # The integrand falls by steep powers at first: intervals that double.
    # quad's tolerance is absolute.
    scale = integrand(start)
    return scale * quad(lambda u: integrand(u) / scale, [start] + [start + mpf(2) ** k for k in range(-12, 6)] + [inf])


def value(contract, eta, spot, level, years, rate, carry, vol):
    if contract == "touch_at_hit":
        return passage(eta, spot, level, years, rate, carry, vol, rate)
    discount = exp(-rate * years)
    if contract in ("touch_at_expiry", "no_touch"):
        touched = passage(eta, spot, level, years, rate, carry, vol, mpf(0))
        return discount * (touched if contract == "touch_at_expiry" else 1 - touched)
    deviation = vol * sqrt(years)
    d2 = (log(spot / level) + (rate - carry - vol**2 / 2) * years) / deviation
    if contract == "cash":
        return discount * normal(eta * d2)
    return spot * exp(-carry * years) * normal(eta * (d2 + deviation))


def figures(contract, eta, *inputs):
    inputs = [mpf(x) for x in inputs]
    spot, level, years, rate, carry, vol = inputs

    def derivative(place):
        def along(x):
            return value(contract, eta, *(x if i == place else y for i, y in enumerate(inputs)))

        return diff(along, inputs[place])

    return (
        value(contract, eta, *inputs),
        derivative(0),
        derivative(5),
        -derivative(2),
        derivative(3),
        derivative(4),
        derivative(1),
    )


def draw(source, contract):
    """Inputs whose level lies up to 36 standard deviations away, a third of them within two."""

    def within(low, high):
        return low + (high - low) * source.random()

    def log_within(low, high):
        return math.exp(within(math.log(low), math.log(high)))

    eta = 1 if source.random() < 0.5 else -1
    spot, years, vol = log_within(0.01, 1e5), log_within(2e-6, 5), log_within(0.01, 3)
    rate, carry = within(-0.08, 0.2), within(-0.08, 0.15)
    deviations = log_within(1e-4, 2) if source.random() < 0.34 else within(0, 36)
    distance = deviations * vol * math.sqrt(years)
    if contract in ("cash", "asset") and source.random() < 0.5:
        distance = -distance
    return eta, spot, spot * math.exp(eta * distance), years, rate, carry, vol


def check(contract, row):
    killing = mpf(row[4]) if contract == "touch_at_hit" else mpf(0)
    inputs = [mpf(x) for x in row[1:]]
    with mp.workdps(40):
        closed = passage(row[0], *inputs, killing)
        integrated = passage_by_density(row[0], *inputs, killing)
        if not abs(closed - integrated) <= abs(closed) * mpf(10) ** -20:
            raise ArithmeticError(f"{contract} {row}: {closed} closed, {integrated} integrated")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--each", type=int, default=40, help="rows per contract")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)
    lines = ["contract,sign,S,K,T,r,q,sigma," + ",".join(FIGURES)]
    for contract in CONTRACTS:
        found = 0
        while found < arguments.each:
            row = draw(source, contract)
            answer = figures(contract, *row)
            if answer[0] < SMALLEST:
                continue
            if contract.startswith("touch") and found % 10 == 0:
                check(contract, row)
            found += 1
            numbers = [repr(x) for x in row] + [mp.nstr(x, DIGITS) for x in answer]
            lines.append(",".join([contract, *numbers]))
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
