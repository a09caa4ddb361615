#!/usr/bin/env python3
"""Writes reference options of a fresh seed: inputs as doubles, every figure to 30 digits, implied vols.

Needs Python 3.9 or newer and mpmath (`pip install mpmath`; gmpy2 makes it several times faster). About 6,000 rows a minute.

    python3 test/oracle/generate.py --seed 7 --out fresh.json.gz
    npm run accuracy -- --oracle fresh.json.gz

The file: {"about", "bsm": [...], "black76": [...], "inverse": [...], "bachelier": [...], "iv": [...]}, all numbers as decimal
strings. A row has `tag`, `type`, its inputs, `price`, Greeks raw per 1.0 and per year (theta, charm, color and veta by
calendar time, minus d/dT). Rows of `iv` have `price`, `iv` and `condition` = price/(vega·iv), or `iv` null and `why`.

| tag | what |
| --- | --- |
| grid | moneyness × time × vol, spot and rate taken in turn |
| random | wide: years 2e-6 to 5, vol 0.01 to 5, strikes by standard deviations from the forward (some black76 rows to ±35) |
| carry | the same with a carry yield |
| desk | what a desk quotes: round numbers, days to expiry |
| calm | vols of 1e-6 to 5e-3, which drift and discounting outweigh, near the forward |
| otm, itm, deep_itm, wings, near_bound | implied vols by where the price lies; deep_itm loses digits to intrinsic value |
| no_solution | at and beyond the bounds |
"""

import argparse
import gzip
import json
import math
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from models import DIGITS, PRECISIONS, figures, solve_vol  # noqa: E402

# Figures that no function of the library gives; a small file can do without them.
INTERMEDIATE = ("vera", "price_settlement", "d1", "d2")

# Rows per section and tag when the whole is 7,260; call and put of the same option count as two.
SHARES = {
    "bsm": {"grid": 1248, "random": 840, "carry": 1040, "desk": 320, "calm": 400},
    "black76": {"grid": 448, "random": 400, "calm": 200},
    "inverse": {"random": 600, "desk": 200, "calm": 200},
    "bachelier": {"random": 160, "desk": 40},
    "iv": {
        "otm": 360,
        "carry": 300,
        "itm": 140,
        "desk": 100,
        "deep_itm": 60,
        "wings": 60,
        "near_bound": 60,
        "calm": 60,
        "no_solution": 24,
    },
}
# However small the file: an option of each tag, eight vols.
FEWEST_OPTIONS, FEWEST_VOLS = 2, 8
WHOLE = sum(sum(tags.values()) for tags in SHARES.values())

MINUTE, HOUR, DAY = 1 / 525_600, 1 / 8_760, 1 / 365
GRID_YEARS = (MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY, 0.25, 1.0, 5.0)
GRID_VOLS = (0.01, 0.05, 0.2, 0.6, 1.5, 5.0)
GRID_MONEYNESS = (0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0, 1.01, 1.05, 1.1, 1.25, 2.0, 5.0)
GRID_SPOTS = (100.0, 1.0, 65000.0, 0.0125)
GRID_RATES = (-0.05, -0.01, 0.0, 0.03, 0.05, 0.1, 0.2)
# Strikes further than e⁶⁰ from the forward are no test of a pricing formula.
LOG_MONEYNESS_MAX = 60.0


class Draw:
    """Random inputs of one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.turn = 0

    def within(self, low, high):
        return low + (high - low) * self.random.random()

    def log_within(self, low, high):
        return math.exp(self.within(math.log(low), math.log(high)))

    def either(self, values):
        return values[int(self.random.random() * len(values))]

    def sign(self):
        return self.either((-1.0, 1.0))

    def wide(self, deviations_from, deviations_to, has_carry=False, vol=(0.01, 5.0), years=(MINUTE, 5.0)):
        """Spot, strike, years, rate, carry, vol with the strike that many deviations from the forward, either side."""
        while True:
            spot, time = self.log_within(0.01, 1e5), self.log_within(*years)
            rate = self.within(-0.05, 0.2)
            carry = self.within(-0.05, 0.1) if has_carry else 0.0
            sigma = self.log_within(*vol)
            z = self.sign() * self.within(deviations_from, deviations_to)
            log_moneyness = z * sigma * math.sqrt(time) + (rate - carry) * time
            if abs(log_moneyness) <= LOG_MONEYNESS_MAX:
                return spot, spot * math.exp(log_moneyness), time, rate, carry, sigma

    def desk(self, has_carry=True):
        spot = round(self.log_within(200, 1e5), 2)
        days = 1 + int(self.random.random() * 725)
        sigma = round(self.within(0.1, 1.5), 4)
        z = self.random.gauss(0, 0.6)
        strike = round(spot * math.exp(z * sigma * math.sqrt(days / 365)), 2)
        rate = round(self.within(-0.01, 0.1), 4)
        carry = round(self.within(-0.02, 0.08), 4) if has_carry else 0.0
        return spot, strike, days / 365, rate, carry, sigma

    def calm(self, is_forward):
        spot, strike, years, rate, carry, vol = self.wide(0, 8, has_carry=True, vol=(1e-6, 5e-3), years=(DAY, 5.0))
        if is_forward:
            strike *= math.exp((carry - rate) * years)
        return spot, strike, years, rate, carry, vol

    def grid(self, count, moneyness=GRID_MONEYNESS, vols=GRID_VOLS):
        """`count` places of the grid in its order, evenly spread, spot and rate taken in turn from a random start."""
        places = [(m, time, sigma) for m in moneyness for time in GRID_YEARS for sigma in vols]
        self.turn = int(self.random.random() * 28)
        for i in range(count):
            m, time, sigma = places[i * len(places) // count]
            self.turn += 1
            spot = GRID_SPOTS[self.turn // len(GRID_RATES) % len(GRID_SPOTS)]
            rate = GRID_RATES[self.turn % len(GRID_RATES)]
            yield spot, spot * m, time, rate, 0.0, sigma


def inputs_of(draw, section, tag, count):
    """`count` sets of spot, strike, years, rate, carry, vol."""
    if tag == "grid":
        yield from draw.grid(count)
        return
    for _ in range(count):
        if tag == "calm":
            yield draw.calm(is_forward=section == "black76")
        elif section == "inverse" and tag == "random":
            spot, _, years, _, _, _ = draw.wide(0, 1)
            spot, years = round(draw.log_within(10, 150_000), 2), draw.log_within(MINUTE, 2)
            rate, carry = draw.either((-0.02, 0.0, 0.05)), draw.either((-0.03, 0.0, 0.02))
            sigma = round(draw.log_within(0.1, 5), 4)
            z = draw.within(-6, 6)
            yield spot, spot * math.exp(z * sigma * math.sqrt(years)), years, rate, carry, sigma
        elif section == "inverse":
            spot = round(draw.within(20_000, 120_000), 1)
            days, sigma = 4 + int(draw.random.random() * 360), round(draw.within(0.3, 1.4), 4)
            z = draw.random.gauss(0, 1)
            strike = max(1000.0, 1000.0 * round(spot * math.exp(z * sigma * math.sqrt(days / 365)) / 1000))
            yield spot, strike, days / 365, 0.0, 0.0, sigma
        elif section == "bachelier":
            yield bachelier_inputs(draw, tag)
        elif tag == "desk":
            yield draw.desk()
        elif section == "black76":
            reach = 35 if draw.random.random() < 0.1 else 8
            yield draw.wide(0, reach)
        else:
            yield draw.wide(0, 8, has_carry=tag == "carry")


def bachelier_inputs(draw, tag):
    """Forward of either sign, strike, years, rate, carry (none), vol in price units per √year."""
    if tag == "desk":
        forward, vol = round(draw.within(-40, 120), 2), round(draw.within(5, 60), 1)
        days = 1 + int(draw.random.random() * 365)
        strike = float(round(forward + draw.random.gauss(0, 1) * vol * math.sqrt(days / 365)))
        return forward, strike, days / 365, round(draw.within(-0.01, 0.08), 4), 0.0, vol
    forward, years = draw.sign() * draw.log_within(0.01, 1e4), draw.log_within(MINUTE, 5)
    vol = abs(forward) * draw.log_within(0.001, 2)
    z = draw.within(-8, 8)
    return forward, forward + z * vol * math.sqrt(years), years, draw.within(-0.05, 0.2), 0.0, vol


def priced_rows(draw, section, tag, count):
    for inputs in inputs_of(draw, section, tag, max(1, count // 2)):
        for option in ("call", "put"):
            yield {"tag": tag, "type": option, **named(section, inputs), **figures(section, option, *inputs)}


def named(section, inputs):
    spot, strike, years, rate, carry, vol = map(repr, inputs)
    if section in ("black76", "bachelier"):
        return {"F": spot, "K": strike, "T": years, "r": rate, "sigma": vol}
    return {"S": spot, "K": strike, "T": years, "r": rate, "q": carry, "sigma": vol}


def vol_rows(draw, tag, count):
    if tag == "no_solution":
        yield from no_solution_rows(draw, count)
        return
    found = 0
    while found < count:
        inputs, in_the_money = vol_inputs(draw, tag)
        spot, strike, years, rate, carry, vol = inputs
        call_is_out = strike >= spot * math.exp((rate - carry) * years)
        option = "call" if call_is_out != in_the_money else "put"
        price = float(figures("bsm", option, *inputs)["price"])
        if price < sys.float_info.min:
            continue
        if tag == "wings":
            # There a double's price hardly differs from the exact one, so its vol would be all but a double as well.
            price *= 1 + 1e-3 * draw.random.random()
        answer, why = solve_vol(option, price, *inputs)
        if why is None:
            found += 1
            yield vol_row(tag, option, inputs, price) | {"iv": answer[0], "condition": answer[1]}


def vol_inputs(draw, tag):
    """Inputs, and whether the option is to be in the money."""
    if tag == "desk":
        return draw.desk(has_carry=False), draw.random.random() < 0.5
    if tag == "calm":
        return draw.calm(is_forward=False), False
    if tag == "near_bound":
        return draw.wide(0, 1, vol=(1.5, 5.0), years=(1.0, 8.0)), draw.random.random() < 0.5
    reach = {"otm": (0, 7), "carry": (0, 6), "itm": (0, 2.5), "deep_itm": (2.5, 6), "wings": (8, 36)}[tag]
    return draw.wide(*reach, has_carry=tag == "carry"), tag in ("itm", "deep_itm")


def no_solution_rows(draw, count):
    """Prices at their bounds, one step beyond them, and far beyond."""
    for i in range(count):
        inputs = draw.desk(has_carry=True)
        spot, strike, years, rate, carry, _ = inputs
        in_the_money = i % 4 < 2
        call = (strike < spot * math.exp((rate - carry) * years)) == in_the_money
        option, sign = ("call", 1) if call else ("put", -1)
        spot_leg, strike_leg = spot * math.exp(-carry * years), strike * math.exp(-rate * years)
        floor = max(sign * (spot_leg - strike_leg), 0.0)
        bound = spot_leg if call else strike_leg
        # Steps of 1e-12 of the bound are far above the rounding of either.
        price = (floor - 1e-12 * bound, floor * 0.5, bound * (1 + 1e-12), bound * 1.5)[(i // 4 + i) % 4]
        price = max(price, 0.0)
        answer, why = solve_vol(option, price, *inputs)
        if answer is None:
            yield vol_row("no_solution", option, inputs, price) | {"iv": None, "why": why}


def vol_row(tag, option, inputs, price):
    spot, strike, years, rate, carry, _ = map(repr, inputs)
    return {"tag": tag, "type": option, "S": spot, "K": strike, "T": years, "r": rate, "q": carry, "price": repr(price)}


def document(seed, rows, progress):
    draw = Draw(seed)
    sections = {}
    for section, tags in SHARES.items():
        sections[section] = []
        for tag, share in tags.items():
            count = max((FEWEST_VOLS if section == "iv" else FEWEST_OPTIONS), round(share * rows / WHOLE))
            made = vol_rows(draw, tag, count) if section == "iv" else priced_rows(draw, section, tag, count)
            sections[section].extend(made)
            progress(f"{section} {tag}: {len(sections[section])} rows in the section")
    about = {
        "digits": DIGITS,
        "computed_at_digits": list(PRECISIONS),
        "inputs": "decimal strings that parse to the exact doubles used; references are for those doubles",
        "units": "per 1.0, annualised; theta, charm, color, veta by calendar time (minus d/dT)",
        "seed": seed,
        "counts": {section: len(made) for section, made in sections.items()},
        "source": "test/oracle/generate.py",
    }
    return {"about": about, **sections}


def as_text(content):
    """JSON with one row per line."""
    parts = [f'"about":{json.dumps(content["about"])}']
    for section, rows in content.items():
        if section != "about":
            lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
            parts.append(f'"{section}":[\n{lines}\n]')
    return "{" + ",\n".join(parts) + "}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rows", type=int, default=WHOLE, help=f"rows in all, about (default {WHOLE})")
    parser.add_argument("--lean", action="store_true", help=f"leave out {', '.join(INTERMEDIATE)}")
    parser.add_argument("--out", type=Path, required=True, help="a file; gzipped where the name ends in .gz")
    arguments = parser.parse_args()
    content = document(arguments.seed, arguments.rows, lambda line: print(line, file=sys.stderr))
    if arguments.lean:
        for section in SHARES:
            for row in content[section]:
                for name in INTERMEDIATE:
                    row.pop(name, None)
    data = as_text(content).encode()
    arguments.out.write_bytes(gzip.compress(data, mtime=0) if arguments.out.suffix == ".gz" else data)


if __name__ == "__main__":
    main()
