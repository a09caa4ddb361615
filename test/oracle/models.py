"""Option values as their textbook definitions in arbitrary precision; every Greek follows from them by `jet.Jet`.

| model | value | source |
| --- | --- | --- |
| bsm | φ(S e^{−qT} Φ(φd₁) − K e^{−rT} Φ(φd₂)) | Black and Scholes (1973), Merton (1973) |
| black76 | the same with S = F and q = r | Black (1976) |
| inverse | the bsm value ÷ S: what a coin-settled option is worth in the coin | |
| bachelier | e^{−rT}(φ(F − K) Φ(φd) + σ√T φ(d)), d = (F − K)/(σ√T) | Bachelier (1900) |

The side that is out of the money is valued by these expressions; the other one by parity, so that a time value of 1e-3000
beside an intrinsic one keeps all its digits.
"""

from mpmath import log, mp, mpf

from jet import Jet, at_digits

DIGITS = 30
# Each figure is computed with more and more digits until two computations agree to DIGITS.
PRECISIONS = (60, 140, 300, 620)

GREEKS = {
    "delta": (1, "S"),
    "gamma": (1, "S", "S"),
    "vega": (1, "sigma"),
    "theta": (-1, "T"),
    "rho": (1, "r"),
    "psi": (1, "q"),
    "vanna": (1, "S", "sigma"),
    "volga": (1, "sigma", "sigma"),
    "charm": (-1, "S", "T"),
    "speed": (1, "S", "S", "S"),
    "zomma": (1, "S", "S", "sigma"),
    "color": (-1, "S", "S", "T"),
    "veta": (-1, "sigma", "T"),
    "ultima": (1, "sigma", "sigma", "sigma"),
    "vera": (1, "sigma", "r"),
    "dual_delta": (1, "K"),
    "dual_gamma": (1, "K", "K"),
}
MODELS = ("bsm", "black76", "inverse", "bachelier")


def figures(model, option, spot, strike, years, rate, carry, vol):
    """Price, Greeks and the other figures of one option, as decimal strings of `DIGITS` digits. Inputs are doubles."""
    arguments = (model, option, spot, strike, years, rate, carry, vol)
    before = at_digits(PRECISIONS[0], lambda: _figures(*arguments))
    for digits in PRECISIONS[1:]:
        now = at_digits(digits, lambda: _figures(*arguments))
        if all(_agree(before[name], now[name]) for name in now):
            with mp.workdps(PRECISIONS[0]):
                return {name: mp.nstr(value, DIGITS, min_fixed=-6) for name, value in now.items()}
        before = now
    unsettled = [name for name in now if not _agree(before[name], now[name])]
    raise ArithmeticError(f"{arguments}: {', '.join(unsettled)} did not settle")


def _agree(a, b):
    return a == b or abs(a - b) <= abs(b) * mpf(10) ** -(DIGITS + 2)


def _figures(model, option, spot, strike, years, rate, carry, vol):
    sign = 1 if option == "call" else -1
    S, K = Jet.variable("S", spot), Jet.variable("K", strike)
    T, r, sigma = Jet.variable("T", years), Jet.variable("r", rate), Jet.variable("sigma", vol)
    q = r if model == "black76" else Jet.variable("q", carry)
    root = T.sqrt()
    deviation = sigma * root
    if model == "bachelier":
        discount = (-(r * T)).exp()
        d1 = d2 = (S - K) / deviation
        above = d1.value > 0
        side = -1 if above else 1
        tail = (S - K) * side * (d1 * side).normal_integral() + deviation * d1.normal_density()
        value, parity = discount * tail, discount * (S - K)
    else:
        spot_leg, strike_leg = S * (-(q * T)).exp(), K * (-(r * T)).exp()
        d1 = ((S / K).log() + (r - q) * T) / deviation + deviation * mpf("0.5")
        d2 = d1 - deviation
        above = spot_leg.value > strike_leg.value
        side = -1 if above else 1
        value = (spot_leg * (d1 * side).normal_integral() - strike_leg * (d2 * side).normal_integral()) * side
        parity = spot_leg - strike_leg
    if sign != side:
        value = value + parity * sign
    if model == "inverse":
        value = value / S
    found = {"price": value.value}
    for name, (factor, *variables) in GREEKS.items():
        if not ("q" in variables and model in ("black76", "bachelier")):
            found[name] = factor * value.derivative(*variables)
    if model in ("bsm", "inverse"):
        in_quote = value * S if model == "inverse" else value
        found["delta_premium_adjusted"] = in_quote.derivative("S") - in_quote.value / S.value
    if model == "inverse":
        found["price_settlement"] = value.value * S.value
    found["elasticity"] = S.value * found["delta"] / value.value
    found["probability_in_the_money"] = (d2 * sign).normal_integral().value
    found["d1"], found["d2"] = d1.value, d2.value
    return found


def solve_vol(option, price, spot, strike, years, rate, carry, near):
    """The vol whose bsm value is `price`, a double, as a decimal string, and its condition; or why there is none.

    Condition = price/(vega·σ): how many units in the last place of the price one in that of the vol is worth.
    """
    with mp.workdps(PRECISIONS[1]):
        sign = 1 if option == "call" else -1
        spot_leg = mpf(spot) * mp.exp(-mpf(carry) * years)
        strike_leg = mpf(strike) * mp.exp(-mpf(rate) * years)
        if price <= max(sign * (spot_leg - strike_leg), 0):
            return None, "below_or_at_intrinsic"
        if price >= (spot_leg if sign > 0 else strike_leg):
            return None, "at_or_above_bound"
        parity = spot_leg - strike_leg
        side = -1 if parity > 0 else 1
        target = price if side == sign else price - sign * parity
        x, root = log(spot_leg / strike_leg), mp.sqrt(mpf(years))

        def value_and_vega(vol):
            deviation = vol * root
            d1 = x / deviation + deviation / 2
            value = side * (spot_leg * mp.ncdf(side * d1) - strike_leg * mp.ncdf(side * (d1 - deviation)))
            return value, spot_leg * mp.npdf(d1) * root

        # Newton on ln(value), kept inside a bracket that every step tightens.
        low, high, vol = mpf(0), mp.inf, mpf(near)
        for _ in range(400):
            value, vega = value_and_vega(vol)
            if value < target:
                low = vol
            else:
                high = vol
            step = value * log(value / target) / vega if value > 0 else mp.inf
            following = vol - step
            if not low < following < high:
                following = (low + high) / 2 if high < mp.inf else 2 * vol
            if abs(following - vol) <= abs(vol) * mpf(10) ** -(DIGITS + 20):
                break
            vol = following
        else:
            raise ArithmeticError(f"no vol found for {option} {price} {spot} {strike} {years} {rate} {carry}")
        _, vega = value_and_vega(vol)
        return (mp.nstr(vol, DIGITS, min_fixed=-6), mp.nstr(price / (vega * vol), 6)), None
