#!/usr/bin/env python3
"""Writes reference prices and Greeks of American calls from QuantLib, which shares neither code nor discretisation with the library.

    pip install QuantLib && python3 test/oracle/american_calls.py --seed 1 --rows 16 --out crates/math/tests/vectors/american_calls.csv

The columns are those of american.py. Bands are "market", and "near" where the rate is just above the carry, where the boundary bends
most, the worst that were found first. Prices are those of QdFpAmericanEngine with 60
Chebyshev nodes, 60 steps of its fixed-point iteration A and 512 Gauss–Legendre nodes, unsettled by how far 50, 40 and 256 are from
them; Greeks are differences of prices, of fourth order, but theta, which is T ∂V/∂T = r ∂V/∂r + q ∂V/∂q + ½σ ∂V/∂σ.
"""

import argparse
import math
import random
from pathlib import Path
from statistics import median

import QuantLib as ql

from quantlib_beyond import EACH, FINE, american

COARSER = ql.QdFpLegendreTanhSinhScheme(256, 40, 50, 1e-13)
FIGURES = ("price", "delta", "vega", "theta", "rho", "psi", "dual_delta")
UNSETTLED_MAX = 1e-9
DAYS_MAX = 1095
FOUND = [
    (100.0, 42.63995, 3.0, 0.07089, 0.06947, 0.46955),
    (100.0, 94.47801248447477, 4 / 365, 0.06642355102282668, 0.06301252201148394, 0.6556241780658494),
]


def price(inputs, scheme=FINE):
    spot, strike, years, rate, carry, vol = inputs
    return american("call", spot, strike, round(years * 365), rate, carry, vol, scheme, EACH[0])


def figures(inputs):
    def derivative(place, step):
        def at(shift):
            return price([x + shift if i == place else x for i, x in enumerate(inputs)])

        return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)

    spot, strike, years, rate, carry, vol = inputs
    width = min(vol * math.sqrt(years), 1)
    relative = 4e-3
    by_rate = min(relative * vol / math.sqrt(years), 0.01 * abs(carry), 0.1 * abs(rate - carry))
    # One of its prices is off by 1e-9 now and then, which shows where the step is small.
    rho, psi = (median(derivative(place, share * by_rate) for share in (1, 0.8, 0.6)) for place in (3, 4))
    vega = derivative(5, relative * vol)
    theta = -(rate * rho + carry * psi + 0.5 * vol * vega) / years
    delta, dual_delta = derivative(0, relative * spot * width), derivative(1, relative * strike * width)
    return price(inputs), delta, vega, theta, rho, psi, dual_delta


def draw(source, is_near):
    def within(low, high):
        return low + (high - low) * source.random()

    carry, vol = within(0.01, 0.15), within(0.1, 1.2)
    years = round(365 * math.exp(within(math.log(0.02), math.log(3)))) / 365
    deviation = vol * math.sqrt(years)
    # In these deviations the boundary at expiry, K max(1, r/q), lies so far from the strike.
    rate = carry * math.exp(deviation * math.exp(within(math.log(3e-3), math.log(0.3)))) if is_near else within(-0.05, 0.2)
    return 100.0, 100 * math.exp(within(-1.2, 2) * deviation), years, rate, carry, vol


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    ql.Settings.instance().evaluationDate = ql.Date(1, 1, 2024)
    source = random.Random(arguments.seed)
    lines = ["band,S,K,T,r,q,sigma," + ",".join(FIGURES) + ",unsettled"]
    given = list(FOUND)
    while len(lines) <= arguments.rows:
        is_near = len(lines) % 2 == 1
        inputs = given.pop(0) if is_near and given else draw(source, is_near)
        found = price(inputs)
        unsettled = abs(price(inputs, COARSER) - found)
        # Exercised now, or unsettled, it proves nothing.
        if found <= inputs[0] - inputs[1] or unsettled > UNSETTLED_MAX:
            continue
        band = "near" if is_near else "market"
        lines.append(",".join([band, *(repr(x) for x in (*inputs, *figures(inputs), unsettled))]))
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
