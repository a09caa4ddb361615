"""Truncated Taylor arithmetic: a number together with its partial derivatives, carried through every operation.

A `Jet` over the variables S, σ, T, r, q, K holds the Taylor coefficients of the monomials in `MONOMIALS`, which are all that
the Greeks up to third order need. Sums, products, quotients, exp, log, √ and the normal integral of jets are again jets, so
a price written once, as its textbook definition, yields every Greek without a formula of its own and without step sizes.
"""

from math import factorial

from mpmath import erfc, exp, log, mp, mpf, pi, sqrt

VARIABLES = ("S", "sigma", "T", "r", "q", "K")

# Closed downward: every divisor of a monomial is there too. "SSsigma" is S²σ.
_NAMED = {
    (): (0, 0, 0, 0, 0, 0),
    ("S",): (1, 0, 0, 0, 0, 0),
    ("S", "S"): (2, 0, 0, 0, 0, 0),
    ("S", "S", "S"): (3, 0, 0, 0, 0, 0),
    ("sigma",): (0, 1, 0, 0, 0, 0),
    ("sigma", "sigma"): (0, 2, 0, 0, 0, 0),
    ("sigma", "sigma", "sigma"): (0, 3, 0, 0, 0, 0),
    ("S", "sigma"): (1, 1, 0, 0, 0, 0),
    ("S", "S", "sigma"): (2, 1, 0, 0, 0, 0),
    ("T",): (0, 0, 1, 0, 0, 0),
    ("S", "T"): (1, 0, 1, 0, 0, 0),
    ("S", "S", "T"): (2, 0, 1, 0, 0, 0),
    ("sigma", "T"): (0, 1, 1, 0, 0, 0),
    ("r",): (0, 0, 0, 1, 0, 0),
    ("sigma", "r"): (0, 1, 0, 1, 0, 0),
    ("q",): (0, 0, 0, 0, 1, 0),
    ("K",): (0, 0, 0, 0, 0, 1),
    ("K", "K"): (0, 0, 0, 0, 0, 2),
}
MONOMIALS = list(_NAMED.values())
_PLACE = {monomial: place for place, monomial in enumerate(MONOMIALS)}
_PRODUCTS = [
    (i, j, _PLACE[product])
    for i, left in enumerate(MONOMIALS)
    for j, right in enumerate(MONOMIALS)
    if (product := tuple(a + b for a, b in zip(left, right))) in _PLACE
]
ORDER = max(sum(monomial) for monomial in MONOMIALS)


class Jet:
    """Taylor coefficients in the order of `MONOMIALS`; the first is the value."""

    __slots__ = ("coefficients",)

    def __init__(self, coefficients):
        self.coefficients = coefficients

    @classmethod
    def variable(cls, name, value):
        coefficients = [mpf(0)] * len(MONOMIALS)
        coefficients[0] = mpf(value)
        coefficients[_PLACE[_NAMED[(name,)]]] = mpf(1)
        return cls(coefficients)

    @classmethod
    def constant(cls, value):
        return cls([mpf(value)] + [mpf(0)] * (len(MONOMIALS) - 1))

    @property
    def value(self):
        return self.coefficients[0]

    def derivative(self, *names):
        """∂/∂names of the value: `derivative("S", "S", "sigma")` is ∂³/∂S²∂σ."""
        monomial = tuple(names.count(variable) for variable in VARIABLES)
        factor = 1
        for exponent in monomial:
            factor *= factorial(exponent)
        return factor * self.coefficients[_PLACE[monomial]]

    def __add__(self, other):
        other = _as_jet(other)
        return Jet([a + b for a, b in zip(self.coefficients, other.coefficients)])

    def __neg__(self):
        return Jet([-a for a in self.coefficients])

    def __sub__(self, other):
        return self + (-_as_jet(other))

    def __mul__(self, other):
        other = _as_jet(other)
        product = [mpf(0)] * len(MONOMIALS)
        for i, j, k in _PRODUCTS:
            a, b = self.coefficients[i], other.coefficients[j]
            if a and b:
                product[k] += a * b
        return Jet(product)

    def __truediv__(self, other):
        x = _as_jet(other).value
        return self * _as_jet(other)._composed([1 / x, -1 / x**2, 2 / x**3, -6 / x**4])

    __radd__ = __add__
    __rmul__ = __mul__

    def _composed(self, derivatives):
        """f of this jet, from f, f′, f″, f‴ at its value."""
        step = Jet([mpf(0)] + self.coefficients[1:])
        power = step
        total = Jet.constant(derivatives[0])
        for order in range(1, ORDER + 1):
            total = total + power * (derivatives[order] / factorial(order))
            if order < ORDER:
                power = power * step
        return total

    def exp(self):
        return self._composed([exp(self.value)] * (ORDER + 1))

    def log(self):
        x = self.value
        return self._composed([log(x), 1 / x, -1 / x**2, 2 / x**3])

    def sqrt(self):
        x = self.value
        root = sqrt(x)
        return self._composed([root, 1 / (2 * root), -1 / (4 * root * x), 3 / (8 * root * x**2)])

    def normal_density(self):
        x = self.value
        density = exp(-x * x / 2) / sqrt(2 * pi)
        return self._composed([density, -x * density, (x**2 - 1) * density, (3 * x - x**3) * density])

    def normal_integral(self):
        x = self.value
        density = exp(-x * x / 2) / sqrt(2 * pi)
        return self._composed([erfc(-x / sqrt(2)) / 2, density, -x * density, (x**2 - 1) * density])


def _as_jet(x):
    return x if isinstance(x, Jet) else Jet.constant(x)


def at_digits(digits, compute):
    """`compute()` with that many decimal digits."""
    with mp.workdps(digits):
        return compute()
