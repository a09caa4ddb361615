#!/usr/bin/env python3
"""Writes the limits of every figure at the kink, forward = strike without time value.

    python3 test/oracle/kink.py --out crates/math/tests/vectors/kink.csv

A row has the model, the type, the inputs as doubles, of which the vol or the time is 0, and what each figure tends to as that
one comes down to 0 with the others held: 25 digits, or +inf or -inf. Each is the figure by its definition (models.py; digitals:
the value of binary.py and its slopes) at 1e-40 and 1e-80 in 400 digits; the program fails where the two neither agree nor grow.
Needs mpmath.
"""

import argparse
from pathlib import Path

from mpmath import mp, mpf

import binary
from jet import at_digits
from models import _figures

DIGITS = 25
# Of what a slope is taken by: beside NEARER², so that what is left out shows in no digit.
STEP = mpf(10) ** -120
NEAR, NEARER = mpf(10) ** -40, mpf(10) ** -80
# What rounding leaves of terms that cancel; no figure that vanishes is so small at 1e-80.
NOISE = mpf(10) ** -200
FIGURES = (
    *("price", "delta", "gamma", "vega", "theta", "rho", "psi", "vanna", "volga", "charm", "speed", "zomma", "color"),
    *("veta", "ultima", "dual_delta", "dual_gamma", "elasticity", "probability_in_the_money", "delta_premium_adjusted"),
)
# S, K, T, r, q, σ: rates of either sign, both ways to have no time value; without vol the forward is the spot. With r − q = ±σ²/2,
# −3σ²/2 or −9σ²/2 what is infinite elsewhere need not be.
MARKETS = (
    (100.0, 100.0, 0.0, 0.05, 0.01, 0.25),
    (100.0, 100.0, 0.0, -0.02, 0.03, 0.8),
    (100.0, 100.0, 0.0, 0.1875, 0.0625, 0.5),
    (100.0, 100.0, 0.0, 0.0625, 0.1875, 0.5),
    (100.0, 100.0, 0.0, -0.25, 0.125, 0.5),
    (100.0, 100.0, 0.0, 0.125, 1.25, 0.5),
    (100.0, 100.0, 0.5, 0.03, 0.03, 0.0),
    (60000.0, 60000.0, 2.0, -0.01, -0.01, 0.0),
    (0.25, 0.25, 0.125, 0.0, 0.0, 0.0),
)
DIGITALS = ("cash", "asset")
BACHELIER = ((-5.0, -5.0, 0.0, 0.04, 12.0), (-5.0, -5.0, 0.5, 0.04, 0.0), (30.0, 30.0, 2.0, -0.01, 0.0))


def limit(name, near, nearer):
    """What a figure tends to that is `near` at 1e-40 and `nearer` at 1e-80."""
    if abs(nearer) > 1e15 * max(abs(near), 1):
        return "+inf" if nearer > 0 else "-inf"
    if abs(nearer) < max(1e-15 * abs(near), NOISE):
        return "0"
    if abs(nearer - near) > mpf(10) ** -(DIGITS - 8) * max(abs(near), abs(nearer)):
        raise ArithmeticError(f"{name}: {mp.nstr(near, 9)}, then {mp.nstr(nearer, 9)}")
    return mp.nstr(nearer, DIGITS)


def digital(contract, option, *inputs):
    inputs = [mpf(x) for x in inputs]
    eta = 1 if option == "call" else -1

    def slope(place):
        step = STEP * (abs(inputs[place]) or 1)
        low, high = ([y + side * step * (i == place) for i, y in enumerate(inputs)] for side in (-1, 1))
        return (binary.value(contract, eta, *high) - binary.value(contract, eta, *low)) / (2 * step)

    by = dict(zip(("delta", "dual_delta", "theta", "rho", "psi", "vega"), map(slope, range(6))))
    return {**by, "price": binary.value(contract, eta, *inputs), "theta": -by["theta"]}


def limits(model, option, spot, strike, years, rate, carry, vol):
    def at(distance):
        if model in DIGITALS:
            return digital(model, option, spot, strike, years or distance, rate, carry, vol or distance)
        return _figures(model, option, spot, strike, years or distance, rate, carry, vol or distance)

    near, nearer = at(NEAR), at(NEARER)
    # What a model does not have is left empty.
    return [limit(name, near[name], nearer[name]) if name in near else "" for name in FIGURES]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = [(model, *market) for model in ("bsm", "black76", "inverse", *DIGITALS) for market in MARKETS]
    rows += [("bachelier", forward, strike, years, rate, rate, vol) for forward, strike, years, rate, vol in BACHELIER]
    lines = ["model,type,S,K,T,r,q,sigma," + ",".join(FIGURES)]
    for model, *inputs in rows:
        for option in ("call", "put"):
            cells = at_digits(400, lambda: limits(model, option, *inputs))
            lines.append(",".join([model, option, *map(repr, inputs), *cells]))
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
