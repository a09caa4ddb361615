#!/usr/bin/env python3
"""Writes reference prices and Greeks of American puts, from a much finer discretisation than the library's.

    python3 test/oracle/american.py --seed 1 --rows 18 --out crates/math/tests/vectors/american.csv

A row has its band, the inputs as doubles, price, delta, vega, theta, rho, psi, dual delta, and the greatest difference of price to a
second resolution. The boundary solves the smooth-fit equation (see crates/math/src/american.rs) at 36 nodes with six panels
of sixteen Gauss–Legendre nodes each; Greeks are differences of prices, of fourth order, in every variable. Needs only Python.
"""

import argparse
import math
import random
from pathlib import Path

FIGURES = ("price", "delta", "vega", "theta", "rho", "psi", "dual_delta")
ROOT_2PI = math.sqrt(2 * math.pi)


def density(x):
    return math.exp(-x * x / 2) / ROOT_2PI


def normal(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def gauss_legendre(count):
    """Nodes and weights on [0, 1]."""
    rule = []
    for i in range(count):
        x = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        for _ in range(20):
            before, value = 1.0, x
            for k in range(1, count):
                before, value = value, ((2 * k + 1) * x * value - k * before) / (k + 1)
            slope = count * (x * value - before) / (x * x - 1)
            x -= value / slope
        rule.append((0.5 + 0.5 * x, 1 / ((1 - x * x) * slope * slope)))
    return rule


def places(panels):
    """√θ, √(1 − θ) and the weight of dθ, on panels in tan(φ/2), θ = sin²φ, that halve towards 0."""
    ends = [0.0] + [2.0**-j for j in range(panels - 1, -1, -1)]
    for start, end in zip(ends, ends[1:]):
        for x, weight in gauss_legendre(16):
            t = start + (end - start) * x
            root, rest = 2 * t / (1 + t * t), (1 - t * t) / (1 + t * t)
            yield root, rest, weight * (end - start) * 4 * root * rest / (1 + t * t)


class Grid:
    """What does not depend on the option: nodes in (τ/T)^{1/4}, places, and shares of the nodes at each place."""

    def __init__(self, count, panels, premium_panels):
        self.nodes = [0.5 + 0.5 * math.cos(i * math.pi / count) for i in range(count + 1)]
        self.places = list(places(panels))
        self.shares = [[self.shares_at(node * math.sqrt(rest)) for _, rest, _ in self.places] for node in self.nodes[:-1]]
        self.premium = [(root, weight, self.shares_at(math.sqrt(rest))) for root, rest, weight in places(premium_panels)]

    def shares_at(self, x):
        last = len(self.nodes) - 1
        shares = [(-1) ** i * (0.5 if i in (0, last) else 1) / (x - node) for i, node in enumerate(self.nodes)]
        total = sum(shares)
        # Of ln²(X/B)/ξ, which is 0 at ξ = 0 as well: rounding then shrinks with ξ.
        return [share / total * x / node for share, node in zip(shares[:-1], self.nodes)]


def deviations(log_ratio, root, rate, carry, vol):
    deviation = vol * root
    high = (log_ratio + (rate - carry) * root * root) / deviation + deviation / 2
    return high, high - deviation, deviation


def boundary(grid, years, rate, carry, vol):
    """ln(X/B) at the nodes and ln X, strike 1."""
    start = math.log(rate / carry) if rate < carry else 0.0
    root_years = math.sqrt(years)
    roots = [node * node * root_years for node in grid.nodes[:-1]]
    drift = (rate - carry) / vol**2 - 0.5
    exponent = -drift - math.sqrt(drift * drift + 2 * rate / vol**2)
    perpetual = exponent / (exponent - 1)
    span = math.exp(start) - perpetual
    falls = []
    for root in roots:
        h = (min(rate - carry, 0) * root * root - 2 * vol * root) * math.exp(start) / span
        falls.append(start - math.log(perpetual + span * math.exp(h)))
    for _ in range(60):
        residuals, jacobian = [], []
        squares = [fall * fall for fall in falls]
        for i, root in enumerate(roots):
            own = start - falls[i]
            high, _, deviation = deviations(own, root, rate, carry, vol)
            discount = math.exp(-carry * root * root)
            earned, carried = 0.0, discount * normal(high)
            own_earned, own_carried = 0.0, discount * density(high) / deviation
            row = [0.0] * len(falls)
            rows = []
            for (share_root, rest, weight), shares in zip(grid.places, grid.shares[i]):
                at = share_root * root
                square = sum(a * b for a, b in zip(squares, shares))
                fall = math.sqrt(max(square, 0.0))
                high, low, deviation = deviations(fall - falls[i], at, rate, carry, vol)
                scale = weight * root * root
                density_low = math.exp(-rate * at * at) * density(low) / deviation * scale
                gain = rate - carry * math.exp(start - fall)
                discount = carry * math.exp(-carry * at * at) * scale
                earned += gain * density_low
                carried += discount * normal(high)
                by_earned = -low / deviation * gain * density_low
                by_carried = discount * density(high) / deviation
                own_earned += by_earned
                own_carried += by_carried
                if square > 1e-6 * (vol * root * rest) ** 2:
                    other = -by_earned - carry * math.exp(start - fall) * density_low
                    rows.append((other / fall, -by_carried / fall, shares))
            for left, right, shares in rows:
                factor = left / earned - right / carried
                for j, share in enumerate(shares):
                    row[j] -= factor * share * falls[j]
            row[i] -= own_earned / earned - own_carried / carried - 1
            residuals.append(math.log(earned / carried) - own)
            jacobian.append(row)
        steps = solve(jacobian, residuals)
        after = [min(max(fall - step, 0.4 * fall), 2.5 * fall) for fall, step in zip(falls, steps)]
        change = max(abs(a - b) for a, b in zip(after, falls))
        falls = after
        if change < 1e-12:
            return falls, start
    raise ArithmeticError(f"no boundary for T {years}, r {rate}, q {carry}, vol {vol}: last step {change}")


def solve(matrix, side):
    rows = [row + [value] for row, value in zip(matrix, side)]
    count = len(rows)
    for column in range(count):
        pivot = max(range(column, count), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, count):
            factor = rows[row][column] / rows[column][column]
            for k in range(column, count + 1):
                rows[row][k] -= factor * rows[column][k]
    answer = [0.0] * count
    for row in range(count - 1, -1, -1):
        known = sum(rows[row][k] * answer[k] for k in range(row + 1, count))
        answer[row] = (rows[row][count] - known) / rows[row][row]
    return answer


def put(grid, spot, strike, years, rate, carry, vol):
    falls, start = boundary(grid, years, rate, carry, vol)
    x, root_years = math.log(spot / strike), math.sqrt(years)
    if x <= start - falls[0]:
        raise ArithmeticError("exercised")
    squares = [fall * fall for fall in falls]
    premium = 0.0
    for root, weight, shares in grid.premium:
        at = root * root_years
        fall = math.sqrt(max(sum(a * b for a, b in zip(squares, shares)), 0.0))
        high, low, _ = deviations(x - start + fall, at, rate, carry, vol)
        interest = rate * strike * math.exp(-rate * at * at) * normal(-low)
        premium += weight * years * (interest - carry * spot * math.exp(-carry * at * at) * normal(-high))
    high, low, _ = deviations(x, root_years, rate, carry, vol)
    european = strike * math.exp(-rate * years) * normal(-low) - spot * math.exp(-carry * years) * normal(-high)
    return european + premium


def figures(grid, *inputs):
    def derivative(place, step):
        def at(shift):
            return put(grid, *(x + shift if i == place else x for i, x in enumerate(inputs)))

        return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)

    spot, strike, years, rate, carry, vol = inputs
    width = vol * math.sqrt(years)
    relative = 4e-3
    by_rate = relative * vol / math.sqrt(years)
    by_rate = min(by_rate, 0.01 * rate, 0.01 * abs(rate - carry))
    return (
        put(grid, *inputs),
        derivative(0, relative * spot * min(width, 1)),
        derivative(5, relative * vol),
        -derivative(2, relative * years),
        derivative(3, by_rate),
        derivative(4, by_rate),
        derivative(1, relative * strike * min(width, 1)),
    )


def draw(source, is_extreme):
    """Inputs of a market, or with σ√T of 2 to 5, or with max(r, |r − q|)²T/σ² of 1 to 100."""

    def within(low, high):
        return low + (high - low) * source.random()

    rate, carry = within(0.002, 0.15), within(-0.05, 0.2)
    vol, years = within(0.1, 1.2), math.exp(within(math.log(0.01), math.log(3)))
    if is_extreme:
        years = within(1, 6)
        if source.random() < 0.5:
            vol = within(2, 5) / math.sqrt(years)
        else:
            vol = max(rate, abs(rate - carry)) * math.sqrt(years / 10 ** within(0, 2))
    spot = 100 * math.exp(within(-1.2, 2) * min(vol * math.sqrt(years), 2))
    return spot, 100.0, years, rate, carry, vol


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rows", type=int, default=18)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    grid, other = Grid(36, 6, 14), Grid(30, 5, 12)
    source = random.Random(arguments.seed)
    lines = ["band,S,K,T,r,q,sigma," + ",".join(FIGURES) + ",unsettled"]
    while len(lines) <= arguments.rows:
        is_extreme = len(lines) % 3 == 0
        inputs = draw(source, is_extreme)
        try:
            answer = figures(grid, *inputs)
            unsettled = abs(put(other, *inputs) - answer[0])
        except ArithmeticError:
            continue
        band = "extreme" if is_extreme else "market"
        lines.append(",".join([band, *(repr(x) for x in (*inputs, *answer, unsettled))]))
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
