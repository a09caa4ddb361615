#!/usr/bin/env python3
"""Derives the coefficients in crates/math/src/elementary anew and compares the committed ones with them.

Needs Python 3.9 or newer and mpmath (`pip install mpmath`); half a minute without gmpy2, less with it.

    python3 scripts/derive-coefficients.py           compare; exit code 1 where a committed table is worse than it need be
    python3 scripts/derive-coefficients.py --print   also print the derived tables as Rust arrays

Every table is a minimax fit by the exchange algorithm of Remez (1934), in Maehly's form for the rational one (1963): find
N/D of given degrees whose weighted error (N/D − f)·scale takes its greatest magnitude at degree(N) + degree(D) + 2 points
with alternating signs. No other N/D of these degrees is better then (Chebyshev).

| table | approximates | on | an error counts relative to |
| --- | --- | --- | --- |
| EXP | (r·coth(r/2) − 2)/r², degree 4 in r² | |r| ≤ ln 2 / 2 | eʳ − 1 |
| LN | (2 artanh(u) − 2u)/u³, degree 6 in u² | |u| ≤ 0.2 | 2 artanh(u) |
| MILLS_P / MILLS_Q | Φ(−a)·e^{a²/2}, degrees 10 and 11 in y = a + 0.7 | 0 ≤ y < ∞ | the ratio × (1 + 30y²/(y² + 50²)) |

MILLS_S, MILLS_ALPHA and MILLS_BETA follow from the committed P and Q: the polynomial division Q = (αy + β)·P + S. ROUGH_P,
ROUGH_S, ROUGH_ALPHA and ROUGH_BETA are the same of a fit with degrees 5 and 6.

The last scale asks most where prices have weight and lets the far tail have up to 31 times that error. P and Q may be
multiplied by a common factor: of 65,536 factors in [1, 2) the one is taken whose rounded coefficients err least.

A table is refused when its own error, with coefficients as the doubles that Rust reads, exceeds that of the derived and
rounded table by more than a tenth and 2⁻⁵⁸.
"""

import argparse
import re
import sys
from decimal import Decimal
from pathlib import Path

from mpmath import atanh, cos, erfc, exp, expm1, ldexp, log, lu_solve, matrix, mp, mpf, nstr, pi, sqrt, tanh

mp.dps = 50

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "crates/math/src/elementary"

# A committed table may exceed the derived one's error by this factor and this much: the exchange stops within 0.1 %, and
# tables may differ in a last digit whose effect is far below half an ulp (2⁻⁵³).
TOLERANCE_FACTOR = mpf("1.1")
TOLERANCE = ldexp(mpf(1), -58)

# The double that Rust adds.
SHIFT = mpf(0.7)
GRID = 1200
# 0.04³⁵ is below 10⁻⁴⁸: the series is exact at this precision.
SERIES_TERMS = 35
EXCHANGES_MAX = 30
FACTORS = 1 << 16


def horner(coefficients, x):
    """Σ cⱼ xʲ, coefficients in ascending powers."""
    value = mpf(0)
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def chebyshev_points(low, high, count):
    """`count` points from low to high, denser towards the ends."""
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (count - 1)) for i in range(count)]


def alternating_extrema(errors, wanted):
    """Indices of `wanted` extrema of alternating sign, the greatest among them; None where there are too few."""
    found = []
    for i, error in enumerate(errors):
        if error == 0:
            continue
        if found and errors[found[-1]] * error > 0:
            if abs(error) > abs(errors[found[-1]]):
                found[-1] = i
        else:
            found.append(i)
    while len(found) > wanted:
        # Dropping an end keeps the signs alternating.
        found.pop(0 if abs(errors[found[0]]) < abs(errors[found[-1]]) else -1)
    return found if len(found) == wanted else None


def minimax(function, scale, low, high, numerator_degree, denominator_degree=0):
    """Numerator and denominator (constant term 1) of the best N/D, and its greatest error × scale.

    An N/D that errs by e at t counts as e·scale(t); where scale is 0 no error counts.
    """
    free = numerator_degree + denominator_degree + 1
    points = chebyshev_points(low, high, GRID + 1)
    values = [function(t) for t in points]
    scales = [scale(t) for t in points]

    def row(t, value):
        return [t**j for j in range(numerator_degree + 1)] + [-value * t**j for j in range(1, denominator_degree + 1)]

    # Begin with the interpolant at the Chebyshev nodes.
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * free)) for i in range(free)]
    at_nodes = [function(t) for t in nodes]
    unknowns = lu_solve(matrix([row(t, value) for t, value in zip(nodes, at_nodes)]), matrix(at_nodes))

    def split(solution):
        numerator = [solution[j] for j in range(numerator_degree + 1)]
        return numerator, [mpf(1)] + [solution[j] for j in range(numerator_degree + 1, free)]

    numerator, denominator = split(unknowns)
    for _ in range(EXCHANGES_MAX):
        errors = [
            (horner(numerator, t) / horner(denominator, t) - value) * weight
            for t, value, weight in zip(points, values, scales)
        ]
        worst = max(abs(error) for error in errors)
        extrema = alternating_extrema(errors, free + 1)
        if extrema is None:
            raise ArithmeticError("the error does not alternate often enough: a degree is too high for the function")
        least = min(abs(errors[i]) for i in extrema)
        if worst <= least * mpf("1.001"):
            return numerator, denominator, worst
        # Newton on N(t) = (f(t) + ±E/scale)·D(t) at the extrema, for N, D and E together.
        level = sum(abs(errors[i]) for i in extrema) / (free + 1)
        for _ in range(8):
            rows, rest = [], []
            for i in extrema:
                t, step = points[i], (1 if errors[i] > 0 else -1) / scales[i]
                target = values[i] + step * level
                rows.append(row(t, target) + [-step * horner(denominator, t)])
                rest.append(target * horner(denominator, t) - horner(numerator, t))
            change = lu_solve(matrix(rows), matrix(rest))
            numerator = [c + change[j] for j, c in enumerate(numerator)]
            denominator = [mpf(1)] + [c + change[numerator_degree + j] for j, c in enumerate(denominator) if j > 0]
            level += change[free]
            if abs(change[free]) <= abs(level) * mpf("1e-15"):
                break
    raise ArithmeticError(f"the exchange did not settle in {EXCHANGES_MAX} rounds")


def rounded(coefficients):
    """The doubles nearest to the coefficients, as exact numbers."""
    return [mpf(float(c)) for c in coefficients]


class Exponential:
    """(r·coth(r/2) − 2)/r² in v = r² for |r| ≤ ln 2 / 2; with it eʳ − 1 = 2r/(2 + r²·E(r²) − r)."""

    tables = ("EXP",)
    measured = "relative error of eʳ − 1"
    end = (log(2) / 2) ** 2

    @staticmethod
    def function(v):
        r = sqrt(v)
        return (r / tanh(r / 2) - 2) / v if v > mpf("1e-12") else mpf(1) / 6 - v / 360

    @staticmethod
    def scale(v):
        r = sqrt(v)
        return r * expm1(r) / 2

    def derive(self):
        coefficients, _, error = minimax(self.function, self.scale, mpf(0), self.end, 4)
        return [rounded(coefficients)], error

    def error(self, tables):
        points = chebyshev_points(mpf(0), self.end, 2 * GRID)
        return max(abs(horner(tables[0], v) - self.function(v)) * self.scale(v) for v in points)


class Logarithm:
    """(2 artanh(u) − 2u)/u³ in v = u² for |u| ≤ 0.2: a quotient brought within 2/3 to 3/2."""

    tables = ("LN",)
    measured = "relative error of 2 artanh(u)"
    end = mpf("0.04")

    @staticmethod
    def function(v):
        return sum(2 * v**j / (2 * j + 3) for j in range(SERIES_TERMS))

    @staticmethod
    def scale(v):
        u = sqrt(v)
        return u**3 / (2 * atanh(u)) if v != 0 else mpf(0)

    def derive(self):
        coefficients, _, error = minimax(self.function, self.scale, mpf(0), self.end, 6)
        return [rounded(coefficients)], error

    def error(self, tables):
        points = chebyshev_points(mpf(0), self.end, 2 * GRID)
        return max(abs(horner(tables[0], v) - self.function(v)) * self.scale(v) for v in points)


class MillsRatio:
    """Φ(−a)·e^{a²/2} as P(y)/Q(y), y = a + 0.7 from 0 to ∞.

    Fitted in t = (y − c)/(y + c) from −1 to 1, where the ratio times (y + c)/(2c) is finite at both ends:
    P(y)/Q(y) = (1 − t)·p(t)/q(t), with degrees 10 and 11 as in y.
    """

    tables = ("MILLS_P", "MILLS_Q")
    measured = "relative error ÷ (1 + 30y²/(y² + 50²))"
    degrees = (10, 11)
    centre = mpf(5)
    allowance_end = mpf(31)

    @staticmethod
    def ratio(y):
        a = y - SHIFT
        return erfc(a / sqrt(2)) * exp(a * a / 2) / 2

    @staticmethod
    def allowance(y):
        return 1 + 30 * y**2 / (y**2 + 50**2)

    def y_of(self, t):
        return self.centre * (1 + t) / (1 - t)

    def function(self, t):
        if t == 1:
            return 1 / (sqrt(2 * pi) * 2 * self.centre)
        return self.ratio(self.y_of(t)) / (1 - t)

    def scale(self, t):
        return 1 / (self.function(t) * (self.allowance_end if t == 1 else self.allowance(self.y_of(t))))

    def in_y(self, coefficients, degree):
        """Σ cⱼ (y − c)ʲ (y + c)^(degree − j), multiplied out, in ascending powers of y."""
        total = [mpf(0)] * (degree + 1)
        for j, coefficient in enumerate(coefficients):
            product = [coefficient]
            for sign in [-1] * j + [1] * (degree - j):
                shifted = [mpf(0)] + product
                product = [a + sign * self.centre * b for a, b in zip(shifted, product + [mpf(0)])]
            total = [a + b for a, b in zip(total, product)]
        return total

    def derive(self):
        numerator, denominator, error = minimax(self.function, self.scale, mpf(-1), mpf(1), *self.degrees)
        p = [2 * self.centre * c for c in self.in_y(numerator, self.degrees[0])]
        q = self.in_y(denominator, self.degrees[1])
        if min(p + q) <= 0:
            raise ArithmeticError("a coefficient is not positive: sums would cancel")
        factor = self.least_rounding_factor(p, q)
        return [rounded([factor * c for c in p]), rounded([factor * c for c in q])], error

    def least_rounding_factor(self, p, q):
        """The factor λ = (1 + k/65536)/Q₀ whose rounded λP, λQ have the least error, that of the fit included."""
        precision = 160
        scaled = [int(ldexp(c / q[0], precision)) for c in p + q]
        points = [self.y_of(t) for t in chebyshev_points(mpf(-1), mpf("0.999"), 160)]
        fit, shares = [], []
        for y in points:
            value, below = horner(p, y), horner(q, y)
            allowance = self.allowance(y)
            fit.append(float((value / below / self.ratio(y) - 1) / allowance))
            parts = [c * y**j / value for j, c in enumerate(p)] + [-c * y**j / below for j, c in enumerate(q)]
            shares.append([float(part / allowance) for part in parts])
        best, best_factor = float("inf"), None
        for k in range(FACTORS):
            roundings = [relative_rounding((FACTORS + k) * c) for c in scaled]
            worst = 0.0
            for already, share in zip(fit, shares):
                error = abs(already + sum(map(float.__mul__, share, roundings)))
                worst = max(worst, error)
                if worst >= best:
                    break
            if worst < best:
                best, best_factor = worst, (1 + mpf(k) / FACTORS) / q[0]
        return best_factor

    def error(self, tables):
        p, q = tables
        points = [self.y_of(t) for t in chebyshev_points(mpf(-1), mpf("0.9999999"), 2 * GRID)]
        return max(abs(horner(p, y) / horner(q, y) / self.ratio(y) - 1) / self.allowance(y) for y in points)


class RoughMillsRatio(MillsRatio):
    """The same with degrees 5 and 6, as P, S, α and β."""

    degrees = (5, 6)

    def derive(self):
        numerator, denominator, _ = minimax(self.function, self.scale, mpf(-1), mpf(1), *self.degrees)
        p = [2 * self.centre * c for c in self.in_y(numerator, self.degrees[0])]
        q = self.in_y(denominator, self.degrees[1])
        p, q = [c / q[0] for c in p], [c / q[0] for c in q]
        return p, *division(p, q)


def relative_rounding(integer):
    """(double nearest to a positive integer − integer)/integer."""
    excess = integer.bit_length() - 53
    kept = (integer + (1 << (excess - 1))) >> excess
    return float((kept << excess) - integer) / float(integer)


def committed_tables(source):
    """Every `static NAME: [f64; n] = [...]` of a Rust source, as exact numbers in ascending powers."""
    tables = {}
    for name, count, body in re.findall(r"static (\w+): \[f64; (\d+)\] = \[(.*?)\];", source, re.DOTALL):
        literals = [literal.strip().replace("_", "") for literal in body.split(",") if literal.strip()]
        if len(literals) != int(count):
            raise ValueError(f"{name}: {len(literals)} literals read, {count} declared")
        tables[name] = [mpf(float(literal)) for literal in reversed(literals)]
    return tables


def committed_constant(source, name):
    found = re.search(rf"const {name}: f64 = ([^;]+);", source)
    if found is None:
        raise ValueError(f"const {name} is not in the source")
    return mpf(float(found.group(1).replace("_", "")))


def check_constants(source):
    """Faults of the single constants, as sentences."""
    faults = []
    for name, exact in (("INV_SQRT_2PI", 1 / sqrt(2 * pi)), ("SQRT_2PI", sqrt(2 * pi)), ("MILLS_SHIFT", SHIFT)):
        if committed_constant(source, name) != mpf(float(exact)):
            faults.append(f"{name} is not the double nearest to {nstr(exact, 20)}")
    head, tail = committed_constant(source, "LN2_HEAD"), committed_constant(source, "LN2_TAIL")
    if int(ldexp(head, 53)) % (1 << 21) != 0:
        faults.append("LN2_HEAD has fewer than 21 trailing zero bits")
    if tail != mpf(float(log(2) - head)):
        faults.append("LN2_TAIL is not the double nearest to ln 2 − LN2_HEAD")
    return faults


def division(p, q):
    """α, β and S of Q = (αy + β)·P + S, for a Q of one degree more than P, in ascending powers."""
    rest = list(q)
    quotient = []
    for power in (1, 0):
        factor = rest[-1] / p[-1]
        quotient.append(factor)
        for j, c in enumerate(p):
            rest[j + power] -= factor * c
        rest.pop()
    return (*quotient, rest)


def check_divisions(source, tables):
    """Faults of the tables of the form (αy + β)·P + S, as sentences."""
    rough = RoughMillsRatio().derive()
    faults = []
    for prefix, p, (alpha, beta, s) in (
        ("MILLS", tables["MILLS_P"], division(tables["MILLS_P"], tables["MILLS_Q"])),
        ("ROUGH", rough[0], rough[1:]),
    ):
        for name, exact in ((f"{prefix}_ALPHA", alpha), (f"{prefix}_BETA", beta)):
            if committed_constant(source, name) != mpf(float(exact)):
                faults.append(f"{name} is not the double nearest to {nstr(exact, 20)}")
        for name, exact in ((f"{prefix}_P", p), (f"{prefix}_S", s)):
            if tables.get(name) != rounded(exact):
                faults.append(f"{name} is not as derived:\n{as_rust(name, exact)}")
            if min(exact) <= 0:
                faults.append(f"a coefficient of {name} is not positive: sums would cancel")
    return faults


def as_rust(name, coefficients):
    """A table as Rust text: shortest digits that give the same doubles, in groups of three."""
    lines = []
    for coefficient in reversed(coefficients):
        decimal = Decimal(repr(float(coefficient))).normalize()
        first, *rest = decimal.as_tuple().digits
        groups = "_".join(re.findall(r"\d{1,3}", "".join(map(str, rest)) or "0"))
        power = f"e{decimal.adjusted()}" if decimal.adjusted() else ""
        lines.append(f"    {'-' if decimal < 0 else ''}{first}.{groups}{power},\n")
    return f"static {name}: [f64; {len(coefficients)}] = [\n{''.join(lines)}];"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--source", type=Path, help="a file to check in place of the committed one of its name")
    parser.add_argument("--print", action="store_true", dest="show", help="print the derived tables as Rust arrays")
    arguments = parser.parse_args()
    sources = {path.name: path for path in sorted(SOURCES.glob("*.rs"))}
    if arguments.source is not None:
        sources[arguments.source.name] = arguments.source
    source = "\n".join(path.read_text(encoding="utf-8") for path in sources.values())
    committed = committed_tables(source)
    faults = check_constants(source) + check_divisions(source, committed)
    fits = (Exponential(), Logarithm(), MillsRatio())
    for name in sorted(set(committed) - {"MILLS_S", "ROUGH_P", "ROUGH_S"} - {name for fit in fits for name in fit.tables}):
        faults.append(f"{name} has no derivation here")

    print(f"{'table':18} {'best possible':>14} {'derived':>10} {'committed':>10}  measured as")
    for fit in fits:
        derived, ideal = fit.derive()
        derived_error = fit.error(derived)
        title = " / ".join(fit.tables)
        missing = [name for name in fit.tables if name not in committed]
        if missing:
            faults.append(f"{', '.join(missing)} not found in {', '.join(sources)}")
            continue
        error = fit.error([committed[name] for name in fit.tables])
        print(f"{title:18} {nstr(ideal, 3):>14} {nstr(derived_error, 3):>10} {nstr(error, 3):>10}  {fit.measured}")
        if error > derived_error * TOLERANCE_FACTOR + TOLERANCE:
            faults.append(f"{title}: {nstr(error, 3)} where {nstr(derived_error, 3)} can be had")
        if arguments.show:
            for name, table in zip(fit.tables, derived):
                print(as_rust(name, table))
    for fault in faults:
        print(f"refused: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
