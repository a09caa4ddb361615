#!/usr/bin/env python3
"""Writes reference values of double no-touches: 1 at expiry where the price has stayed between two barriers.

    python3 test/oracle/double_touch.py --seed 1 --rows 120 --out crates/math/tests/vectors/double_touch.csv

A row has the inputs as doubles, and price, delta, vega, theta, rho, psi and the derivatives by both barriers to 25 digits. The
probability to stay is the sum of eigenfunctions where σ²T is large beside the square of the distance between the barriers, else
that of images; where both converge they must agree, or the program fails. Derivatives are numerical ones in 150 digits. Needs
mpmath.
"""

import argparse
import math
import random
from pathlib import Path

from mpmath import diff, erfc, exp, log, mp, mpf, pi, sin, sqrt

mp.dps = 150
DIGITS = 25
SMALLEST = 1e-290
FIGURES = ("price", "delta", "vega", "theta", "rho", "psi", "by_lower", "by_upper")
# v/L² where only images, or only eigenfunctions, are summed.
FEW_IMAGES, FEW_EIGENFUNCTIONS = 0.02, 3


def normal(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def by_images(below, above, drift, variance):
    width, deviation, total = below + above, sqrt(variance), mpf(0)
    # The last are e^{−2k²L²/v} of the first.
    count = 2 + int(sqrt(mp.dps * log(10) * variance / (2 * width**2)))
    for k in range(-count, count + 1):
        for sign, shift in ((1, k * width), (-1, below + k * width)):
            ends = [normal((end + 2 * shift - drift) / deviation) for end in (-below, above)]
            total += sign * exp(-2 * shift * drift / variance) * (ends[1] - ends[0])
    return total


def by_eigenfunctions(below, above, drift, variance):
    width, total, n = below + above, mpf(0), 1
    lower, upper = (exp(-(drift**2 + 2 * drift * x) / (2 * variance)) for x in (below, -above))
    tilt = drift * width / variance
    while True:
        decay = exp(-((n * pi) ** 2) * variance / (2 * width**2))
        total += 2 * n * pi * sin(n * pi * below / width) * decay * (lower - (-1) ** n * upper) / (tilt**2 + (n * pi) ** 2)
        if n * decay < mpf(10) ** -mp.dps * exp(-pi**2 * variance / (2 * width**2)):
            return total
        n += 1


def value(spot, lower, upper, years, rate, carry, vol):
    below, above = log(spot / lower), log(upper / spot)
    variance = vol**2 * years
    terms = below, above, (rate - carry) * years - variance / 2, variance
    method = by_eigenfunctions if variance > (below + above) ** 2 / 4 else by_images
    return exp(-rate * years) * method(*terms)


def check(row):
    """Both sums agree on a row where both converge."""
    spot, lower, upper, years, rate, carry, vol = map(mpf, row)
    below, above, variance = log(spot / lower), log(upper / spot), vol**2 * years
    if not FEW_IMAGES < variance / (below + above) ** 2 < FEW_EIGENFUNCTIONS:
        return
    terms = below, above, (rate - carry) * years - variance / 2, variance
    one, other = by_images(*terms), by_eigenfunctions(*terms)
    if not abs(one - other) <= abs(one) * mpf(10) ** -40:
        raise ArithmeticError(f"{row}: {one} by images, {other} by eigenfunctions")


def figures(row):
    inputs = [mpf(x) for x in row]

    def derivative(place):
        def along(x):
            return value(*(x if i == place else y for i, y in enumerate(inputs)))

        return diff(along, inputs[place])

    places = {"delta": 0, "by_lower": 1, "by_upper": 2, "theta": 3, "rho": 4, "psi": 5, "vega": 6}
    answers = {name: derivative(place) for name, place in places.items()}
    answers["theta"] = -answers["theta"]
    answers["price"] = value(*inputs)
    return [answers[name] for name in FIGURES]


def draw(source):
    """Barriers 0.1 to 60 standard deviations apart; the price anywhere between, a third of the time next to one."""

    def within(low, high):
        return low + (high - low) * source.random()

    def log_within(low, high):
        return math.exp(within(math.log(low), math.log(high)))

    spot, years, vol = log_within(0.01, 1e5), log_within(2e-3, 5), log_within(0.03, 2)
    rate, carry = within(-0.08, 0.2), within(-0.08, 0.15)
    width = log_within(0.1, 60) * vol * math.sqrt(years)
    share = log_within(1e-7, 0.1) if source.random() < 0.34 else within(0, 1)
    if source.random() < 0.5:
        share = 1 - share
    return spot, spot * math.exp(-share * width), spot * math.exp((1 - share) * width), years, rate, carry, vol


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)
    lines = ["S,D,U,T,r,q,sigma," + ",".join(FIGURES)]
    while len(lines) <= arguments.rows:
        row = draw(source)
        # Barriers so near that the price's double lies on one, or that the answer is no double.
        if not row[1] < row[0] < row[2] or value(*map(mpf, row)) < SMALLEST:
            continue
        check(row)
        numbers = [repr(x) for x in row] + [mp.nstr(x, DIGITS) for x in figures(row)]
        lines.append(",".join(numbers))
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
