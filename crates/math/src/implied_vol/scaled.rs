//! Numbers whose exponent leaves the range of `f64`.

use crate::elementary::power_of_two;
use crate::float::floor;
use crate::precise;
use crate::two_part::TwoPart;

/// A number of any size: parts × 2^exponent with 1 ≤ |parts| < 2, or 0.
#[derive(Clone, Copy)]
pub(super) struct Scaled {
    pub(super) parts: TwoPart,
    pub(super) exponent: f64,
}

impl Scaled {
    const ZERO: Self = Self {
        parts: TwoPart { high: 0.0, low: 0.0 },
        exponent: f64::NEG_INFINITY,
    };

    pub(super) fn single(number: f64) -> Self {
        Self::new(TwoPart::from_single(number))
    }

    pub(super) fn new(parts: TwoPart) -> Self {
        Self::with_exponent(parts, 0.0)
    }

    fn with_exponent(parts: TwoPart, exponent: f64) -> Self {
        if parts.high == 0.0 {
            return Self::ZERO;
        }
        let (_, excess) = precise::split(parts.high.abs());
        Self {
            parts: scaled_by(parts, -excess),
            exponent: exponent + excess,
        }
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self::with_exponent(self.parts.times_two_part(other.parts), self.exponent + other.exponent)
    }

    pub(super) fn negated(self) -> Self {
        Self {
            parts: self.parts.negated(),
            ..self
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        let exponent = self.exponent.max(other.exponent);
        let aligned = |number: Self| {
            let shift = number.exponent - exponent;
            // Far below the last digit of the other; also where both are 0 and the shift is NaN.
            if shift > -500.0 {
                scaled_by(number.parts, shift)
            } else {
                TwoPart::from_single(0.0)
            }
        };
        Self::with_exponent(aligned(self).plus(aligned(other.negated())), exponent)
    }

    /// Mantissa, in (½, 2), and exponent of a quotient of positive numbers.
    pub(super) fn over(self, other: Self) -> (f64, f64) {
        (self.parts.over(other.parts).high, self.exponent - other.exponent)
    }

    pub(super) fn is_positive(self) -> bool {
        self.parts.high > 0.0
    }
}

/// parts × 2^exponent for an integer |exponent| ≤ 2000.
pub(super) fn scaled_by(parts: TwoPart, exponent: f64) -> TwoPart {
    let first = floor(0.5 * exponent);
    let (one, two) = (power_of_two(first), power_of_two(exponent - first));
    TwoPart {
        high: parts.high * one * two,
        low: parts.low * one * two,
    }
}
