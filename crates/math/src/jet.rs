//! A number with its first derivatives, carried through every operation.

use crate::elementary::{exp, ln, norm_cdf, norm_pdf};
use crate::float;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// A value and its derivatives by `P` variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Jet<const P: usize> {
    pub(crate) value: f64,
    pub(crate) by: [f64; P],
}

impl<const P: usize> Jet<P> {
    pub(crate) fn constant(value: f64) -> Self {
        Self { value, by: [0.0; P] }
    }

    /// The variable with this index.
    pub(crate) fn variable(value: f64, index: usize) -> Self {
        let mut jet = Self::constant(value);
        jet.by[index] = 1.0;
        jet
    }

    /// Whether it is 0 and stays so.
    pub(crate) fn is_zero(self) -> bool {
        self == Self::constant(0.0)
    }

    /// f of this number, from f and f′ there.
    pub(crate) fn composed(self, value: f64, slope: f64) -> Self {
        Self {
            value,
            by: self.by.map(|by| slope * by),
        }
    }

    pub(crate) fn exp(self) -> Self {
        let value = exp(self.value);
        self.composed(value, value)
    }

    pub(crate) fn ln(self) -> Self {
        self.composed(ln(self.value), 1.0 / self.value)
    }

    /// √x; 0 with no derivative where x ≤ 0.
    pub(crate) fn sqrt(self) -> Self {
        if self.value <= 0.0 {
            return Self::constant(0.0);
        }
        let value = float::sqrt(self.value);
        self.composed(value, 0.5 / value)
    }

    pub(crate) fn norm_pdf(self) -> Self {
        let value = norm_pdf(self.value);
        self.composed(value, -self.value * value)
    }

    pub(crate) fn norm_cdf(self) -> Self {
        self.composed(norm_cdf(self.value), norm_pdf(self.value))
    }
}

impl<const P: usize> Add for Jet<P> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            by: core::array::from_fn(|i| self.by[i] + other.by[i]),
        }
    }
}

impl<const P: usize> Sub for Jet<P> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<const P: usize> Neg for Jet<P> {
    type Output = Self;
    fn neg(self) -> Self {
        self.composed(-self.value, -1.0)
    }
}

impl<const P: usize> Mul for Jet<P> {
    type Output = Self;
    #[allow(clippy::suspicious_arithmetic_impl)] // the product rule is a sum
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            by: core::array::from_fn(|i| self.by[i] * other.value + self.value * other.by[i]),
        }
    }
}

impl<const P: usize> Mul<f64> for Jet<P> {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        self.composed(self.value * factor, factor)
    }
}

impl<const P: usize> Div for Jet<P> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let inverse = 1.0 / other.value;
        Self {
            value,
            by: core::array::from_fn(|i| (self.by[i] - value * other.by[i]) * inverse),
        }
    }
}
