#!/usr/bin/env python3
"""Writes reference values of the elementary functions: `function,x,value`, x a double, value to 40 digits.

    python3 test/oracle/elementary.py --seed 1 --each 60 --out crates/math/tests/vectors/elementary.csv

Needs mpmath. Arguments are drawn over each function's whole range, with a share where it is hardest: near its zero, at the
seams of argument reduction, at the ends of the range of doubles.
"""

import argparse
import math
import random
from pathlib import Path

from mpmath import erfc, exp, expm1, fac2, log, mp, mpf, pi, sqrt

mp.dps = 60
DIGITS = 40


def mills_ratio(x):
    if x > 1e6:
        # 1/x − 1/x³ + 3/x⁵ − …: the eighth term is below 1e-80 of the first.
        return sum((-1) ** k * fac2(2 * k - 1) / x ** (2 * k + 1) for k in range(7))
    return sqrt(pi / 2) * exp(x * x / 2) * erfc(x / sqrt(2))


class Draw:
    """Arguments of one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def within(self, low, high):
        return low + (high - low) * self.random.random()

    def log_within(self, low, high):
        return math.exp(self.within(math.log(low), math.log(high)))

    def either(self, *choices):
        return choices[int(self.random.random() * len(choices))]()

    def signed(self, magnitude):
        return magnitude if self.random.random() < 0.5 else -magnitude

    def near(self, x):
        """A double a few places beside x."""
        return x * (1 + (int(self.random.random() * 9) - 4) * 2.0**-52)


FUNCTIONS = {
    "exp": (
        exp,
        lambda d: d.either(
            lambda: d.within(-745, 709.7),
            lambda: d.within(-2, 2),
            lambda: d.signed(d.log_within(1e-18, 1)),
            lambda: d.near((int(d.within(-1000, 1000)) + 0.5) * math.log(2)),
        ),
    ),
    "expm1": (
        expm1,
        lambda d: d.either(
            lambda: d.within(-50, 709.7),
            lambda: d.within(-2, 2),
            lambda: d.signed(d.log_within(1e-300, 1)),
            lambda: d.near((int(d.within(-20, 20)) + 0.5) * math.log(2)),
        ),
    ),
    "ln": (
        log,
        lambda d: d.either(
            lambda: 2.0 ** d.within(-1022, 1023.9),
            lambda: 2.0 ** d.within(-1074, -1022),
            lambda: d.within(0.5, 2),
            lambda: 1 + d.signed(d.log_within(1e-15, 0.5)),
            lambda: d.near(1.5 * 2.0 ** int(d.within(-3, 3))),
        ),
    ),
    "norm_pdf": (
        lambda x: exp(-x * x / 2) / sqrt(2 * pi),
        lambda d: d.signed(d.either(lambda: d.within(0, 38.5), lambda: d.within(0, 4), lambda: d.log_within(1e-9, 1))),
    ),
    "norm_cdf": (
        lambda x: erfc(-x / sqrt(2)) / 2,
        lambda d: d.either(lambda: d.within(-38.4, 0), lambda: d.within(-3, 9), lambda: d.signed(d.log_within(1e-9, 1))),
    ),
    "erfc": (
        erfc,
        lambda d: d.either(lambda: d.within(0, 27.2), lambda: d.within(-6, 3), lambda: d.signed(d.log_within(1e-9, 1))),
    ),
    "mills_ratio": (
        mills_ratio,
        lambda d: d.either(
            lambda: d.within(-37.5, 0),
            lambda: d.within(-1, 60),
            lambda: d.log_within(1e-9, 1e300),
            lambda: d.near(-0.7),
        ),
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--each", type=int, default=60, help="arguments per function")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    draw = Draw(arguments.seed)
    lines = ["function,x,value"]
    for name, (function, argument) in FUNCTIONS.items():
        for x in (argument(draw) for _ in range(arguments.each)):
            lines.append(f"{name},{x!r},{mp.nstr(function(mpf(x)), DIGITS)}")
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
