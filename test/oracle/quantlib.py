#!/usr/bin/env python3
"""Compares 1,000 European options with QuantLib, which shares no code with this library.

    pip install QuantLib && npm run build && python3 test/oracle/quantlib.py [--seed N]

700 options on spot with carry go through QuantLib's AnalyticEuropeanEngine, 300 on forwards through its BlackCalculator.
Exits 1 where a figure differs by more than QuantLib's own accuracy, as a share of the scale named below. Needs Node.
"""

import argparse
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import QuantLib as ql

OURS = Path(__file__).resolve().parent / "ours.mjs"
SPOT_CASES, FORWARD_CASES = 700, 300
DAYS_MAX = 3650

# Its normal integral rests on an erf of double precision, and its Greeks on differences of discounted legs without care for
# cancellation: some tens of roundings, amplified by d₁ and d₂ of up to 6.
TOLERANCE = 1e-13
FIGURES = ("price", "delta", "gamma", "vega", "theta", "rho", "psi", "dualDelta")


def draw(seed):
    """Options as (sign, spot or forward, strike, days, rate, carry, vol): strikes within five standard deviations."""
    source = random.Random(seed)

    def within(low, high):
        return low + (high - low) * source.random()

    for _ in range(SPOT_CASES + FORWARD_CASES):
        spot = math.exp(within(math.log(1), math.log(1e5)))
        days = 1 + int(source.random() * DAYS_MAX)
        rate, carry, vol = within(-0.03, 0.12), within(-0.03, 0.1), math.exp(within(math.log(0.03), math.log(2)))
        years = days / 365
        strike = spot * math.exp(within(-5, 5) * vol * math.sqrt(years) + (rate - carry) * years)
        yield 1 if source.random() < 0.5 else -1, spot, strike, days, rate, carry, vol


def payoff(sign, strike):
    return ql.PlainVanillaPayoff(ql.Option.Call if sign > 0 else ql.Option.Put, strike)


def on_spot(sign, spot, strike, days, rate, carry, vol):
    today = ql.Settings.instance().evaluationDate
    count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, carry, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), vol, count)),
    )
    option = ql.EuropeanOption(payoff(sign, strike), ql.EuropeanExercise(today + days))
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    return (
        option.NPV(),
        option.delta(),
        option.gamma(),
        option.vega(),
        option.theta(),
        option.rho(),
        option.dividendRho(),
        option.strikeSensitivity(),
    )


def on_forward(sign, forward, strike, days, rate, _, vol):
    years = days / 365
    discount = math.exp(-rate * years)
    black = ql.BlackCalculator(payoff(sign, strike), forward, vol * math.sqrt(years), discount)
    # Held forward: delta and gamma by the forward, rho from discounting alone; theta by the pricing equation.
    delta, gamma = black.deltaForward(), black.gammaForward()
    theta = rate * black.value() - vol**2 * forward**2 * gamma / 2
    return (
        black.value(),
        delta,
        gamma,
        black.vega(years),
        theta,
        -years * black.value(),
        0.0,
        black.strikeSensitivity(),
    )


def scales(spot, strike, days, rate, carry, vol):
    """What an error in each of FIGURES is a share of: as in docs/pricing.md, but rho by the larger of spot and strike, since
    QuantLib takes the strike's leg as the difference of price and spot's leg."""
    years = days / 365
    root = math.sqrt(years)
    of_spot, of_strike = math.exp(-carry * years), math.exp(-rate * years)
    peak = 1 / math.sqrt(2 * math.pi)
    theta = spot * of_spot * peak * vol / (2 * root) + abs(rate) * strike * of_strike + abs(carry) * spot * of_spot
    return (
        max(spot, strike),
        of_spot,
        of_spot * peak / (spot * vol * root),
        spot * of_spot * root * peak,
        theta,
        years * max(spot, strike),
        spot * years * of_spot,
        of_strike,
    )


def ours(cases, model):
    columns = list(zip(*cases))
    underlying = "forward" if model == "forward" else "spot"
    request = {
        "model": model,
        "type": columns[0],
        underlying: columns[1],
        "strike": columns[2],
        "years": [days / 365 for days in columns[3]],
        "rate": columns[4],
        "vol": columns[6],
        "outputs": FIGURES,
    }
    if model == "spot":
        request["carry"] = columns[5]
    run = subprocess.run(["node", OURS], input=json.dumps(request), capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{OURS.name}: {run.stderr.strip()}")
    answer = json.loads(run.stdout)
    if any(answer["status"]):
        sys.exit("a case has a status other than ok")
    return list(zip(*(answer[name] for name in FIGURES)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ql.Settings.instance().evaluationDate = ql.Date(1, 1, 2024)
    cases = list(draw(arguments.seed))
    parts = (("spot", cases[:SPOT_CASES], on_spot), ("forward", cases[SPOT_CASES:], on_forward))
    worst = {}
    for model, part, theirs in parts:
        for case, own in zip(part, ours(part, model)):
            _, spot, strike, days, rate, carry, vol = case
            # On a forward the carry equals the rate.
            scale_of = scales(spot, strike, days, rate, rate if model == "forward" else carry, vol)
            for name, a, b, scale in zip(FIGURES, own, theirs(*case), scale_of):
                error = abs(a - b) / scale
                if not error <= worst.get((model, name), (-1.0,))[0]:
                    worst[model, name] = (error, case)
    print(f"QuantLib {ql.__version__}: {len(cases)} European options, greatest difference as a share of scale")
    failed = False
    for (model, name), (error, case) in worst.items():
        holds = error <= TOLERANCE
        failed |= not holds
        print(f"{model:8} {name:10} {error:8.1e}" + ("" if holds else f"  above {TOLERANCE:g}: {case}"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
