//! Numbers in two parts, high + low (double-doubles), for the few places where one rounding would show (Dekker 1971, Knuth 1969).

use crate::lane::Lane;

/// An unevaluated sum, |low| ≤ half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TwoPart<L = f64> {
    pub(crate) high: L,
    pub(crate) low: L,
}

impl<L: Lane> TwoPart<L> {
    #[inline(always)]
    pub(crate) fn from_single(value: L) -> Self {
        Self {
            high: value,
            low: L::splat(0.0),
        }
    }

    /// a + b, exactly.
    #[inline(always)]
    pub(crate) fn sum(a: L, b: L) -> Self {
        let high = a + b;
        let from_b = high - a;
        Self {
            high,
            low: (a - (high - from_b)) + (b - from_b),
        }
    }

    /// a × b; the low part is off by at most 2⁻⁵⁴ of itself, since heads have 26 and rests 27 bits.
    #[inline(always)]
    pub(crate) fn product(a: L, b: L) -> Self {
        let high = a * b;
        let (a_head, b_head) = (a.head(), b.head());
        let (a_rest, b_rest) = (a - a_head, b - b_head);
        let low = ((a_head * b_head - high) + a_head * b_rest + a_rest * b_head) + a_rest * b_rest;
        Self { high, low }
    }

    /// high + low where |low| is at most |high|.
    #[inline(always)]
    pub(crate) fn ordered(high: L, low: L) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = Self::sum(self.high, other.high);
        Self::ordered(sum.high, sum.low + (self.low + other.low))
    }

    #[inline(always)]
    pub(crate) fn negated(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }

    #[inline(always)]
    pub(crate) fn times(self, factor: L) -> Self {
        let product = Self::product(self.high, factor);
        Self::ordered(product.high, product.low + self.low * factor)
    }

    /// Quotient, by one division: the reciprocal of the divisor's high part.
    #[inline(always)]
    pub(crate) fn over(self, divisor: Self) -> Self {
        let reciprocal = L::splat(1.0) / divisor.high;
        let quotient = self.high * reciprocal;
        let back = Self::product(quotient, divisor.high);
        let rest = ((self.high - back.high) - back.low) + (self.low - quotient * divisor.low);
        Self::ordered(quotient, rest * reciprocal)
    }

    #[inline(always)]
    pub(crate) fn sqrt(value: L) -> Self {
        let root = value.sqrt();
        let square = Self::product(root, root);
        Self {
            high: root,
            low: ((value - square.high) - square.low) / (root + root),
        }
    }

    #[inline(always)]
    pub(crate) fn abs(self) -> Self {
        let negative = self.high.lt(L::splat(0.0));
        Self {
            high: self.high.abs(),
            low: L::select(negative, -self.low, self.low),
        }
    }
}

impl TwoPart {
    /// The product of two numbers in two parts.
    pub(crate) fn times_two_part(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        Self::ordered(
            product.high,
            product.low + (self.low * other.high + self.high * other.low),
        )
    }
}
