//! One algorithm, any lane width.
//!
//! Every kernel is written once over [`Lane`]: some number of `f64` side by side with `+ − × ÷ √`, comparisons and
//! operations on the bit patterns, and nothing else. All of these are exactly rounded (or exact), so a kernel gives the
//! same bits for every implementation: [`f64`] itself, which is the specification; [`Pair`], two `f64` in plain Rust;
//! and, on `wasm32` with `simd128`, [`Wide`] over the machine's vectors. `tests/lanes.rs` compares the bits.
//!
//! Kernels work on turns of [`TURN`] lanes at once, and evaluate polynomials by a loop over coefficients that serves all
//! vectors of the turn before it takes the next coefficient: engines that keep the order of wasm instructions then see
//! independent work side by side.

use core::ops::{Add, Div, Mul, Neg, Sub};

mod pair;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

pub use pair::Pair;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use simd128::Simd128;

/// The widest lane of this build: what column functions run on.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub type Wide = Simd128;
/// The widest lane of this build: what column functions run on.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub type Wide = Pair;

/// Vectors that a column kernel carries side by side through one turn.
pub const TURN: usize = 4;

/// The bit patterns of a [`Lane`], as 64-bit unsigned integers.
pub trait LaneBits: Copy {
    /// The same pattern in every lane.
    #[must_use]
    fn splat(bits: u64) -> Self;
    /// The patterns `words[at]`, `words[at + 1]`, …; panics when the words end before one for each lane.
    #[must_use]
    fn load(words: &[u64], at: usize) -> Self;
    /// Writes the patterns to `words[at]`, `words[at + 1]`, …; panics when the words end before one for each lane.
    fn store(self, words: &mut [u64], at: usize);
    /// Bitwise and.
    #[must_use]
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    #[must_use]
    fn or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    #[must_use]
    fn xor(self, other: Self) -> Self;
    /// Sum modulo 2⁶⁴.
    #[must_use]
    fn wrapping_add(self, other: Self) -> Self;
    /// Difference modulo 2⁶⁴.
    #[must_use]
    fn wrapping_sub(self, other: Self) -> Self;
    /// Logical shift to the left by `COUNT` < 64.
    #[must_use]
    fn shl<const COUNT: u32>(self) -> Self;
    /// Logical shift to the right by `COUNT` < 64.
    #[must_use]
    fn shr<const COUNT: u32>(self) -> Self;
}

/// A truth value per lane of a [`Lane`].
pub trait LaneMask: Copy {
    /// True where both are.
    #[must_use]
    fn and(self, other: Self) -> Self;
    /// True where either is.
    #[must_use]
    fn or(self, other: Self) -> Self;
    /// True where exactly one is.
    #[must_use]
    fn xor(self, other: Self) -> Self;
    /// True where this is false.
    #[must_use]
    fn not(self) -> Self;
    /// Whether any lane is true.
    #[must_use]
    fn any(self) -> bool;
    /// How many lanes are true.
    #[must_use]
    fn count(self) -> usize;
    /// The truth value of one lane, `index` < [`Lane::WIDTH`].
    #[must_use]
    fn lane(self, index: usize) -> bool;
}

/// Some `f64` side by side, with the exactly rounded operations that kernels may use.
pub trait Lane:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// How many `f64` there are.
    const WIDTH: usize;
    /// A truth value per lane.
    type Mask: LaneMask;
    /// The bit patterns.
    type Bits: LaneBits;

    /// The same number in every lane.
    #[must_use]
    fn splat(value: f64) -> Self;
    /// The numbers `column[at]`, `column[at + 1]`, …; panics when the column ends before `at + WIDTH`.
    #[must_use]
    fn load(column: &[f64], at: usize) -> Self;
    /// Writes the lanes to `column[at]`, `column[at + 1]`, …; panics when the column ends before `at + WIDTH`.
    fn store(self, column: &mut [f64], at: usize);
    /// The number in one lane, `index` < `WIDTH`.
    #[must_use]
    fn lane(self, index: usize) -> f64;
    /// Correctly rounded square root; NaN below zero.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The bit patterns of the numbers.
    #[must_use]
    fn to_bits(self) -> Self::Bits;
    /// The numbers of the bit patterns.
    #[must_use]
    fn from_bits(bits: Self::Bits) -> Self;
    /// Where this is less than the other; false where either is NaN.
    #[must_use]
    fn lt(self, other: Self) -> Self::Mask;
    /// Where this is at most the other; false where either is NaN.
    #[must_use]
    fn le(self, other: Self) -> Self::Mask;
    /// `on_true` where the mask is true, else `on_false`.
    #[must_use]
    fn select(mask: Self::Mask, on_true: Self, on_false: Self) -> Self;

    /// Where this is greater than the other; false where either is NaN.
    #[inline(always)]
    #[must_use]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    /// Where this is at least the other; false where either is NaN.
    #[inline(always)]
    #[must_use]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    /// Magnitude.
    #[inline(always)]
    #[must_use]
    fn abs(self) -> Self {
        Self::from_bits(self.to_bits().and(Self::Bits::splat(!SIGN)))
    }
    /// The magnitude of this with the sign of `other`.
    #[inline(always)]
    #[must_use]
    fn with_sign_of(self, other: Self) -> Self {
        let magnitude = self.to_bits().and(Self::Bits::splat(!SIGN));
        Self::from_bits(magnitude.or(other.to_bits().and(Self::Bits::splat(SIGN))))
    }
    /// `other` where it is less than this, else this. Not symmetric for NaN: NaN in this stays, NaN in `other` is dropped.
    #[inline(always)]
    #[must_use]
    fn min(self, other: Self) -> Self {
        Self::select(other.lt(self), other, self)
    }
    /// `other` where it is greater than this, else this. Not symmetric for NaN: NaN in this stays, NaN in `other` is
    /// dropped.
    #[inline(always)]
    #[must_use]
    fn max(self, other: Self) -> Self {
        Self::select(self.lt(other), other, self)
    }
    /// The negative where the mask is true.
    #[inline(always)]
    #[must_use]
    fn negated_where(self, mask: Self::Mask) -> Self {
        Self::select(mask, -self, self)
    }
    /// This where the mask is true, else 0.
    #[inline(always)]
    #[must_use]
    fn where_true(self, mask: Self::Mask) -> Self {
        Self::select(mask, self, Self::splat(0.0))
    }
    /// Both numbers, in the other order where the mask is true.
    #[inline(always)]
    #[must_use]
    fn swapped(mask: Self::Mask, first: Self, second: Self) -> (Self, Self) {
        (Self::select(mask, second, first), Self::select(mask, first, second))
    }
    /// The leading 26 bits of each number's 53: products of two such heads are exact.
    #[inline(always)]
    #[must_use]
    fn head(self) -> Self {
        Self::from_bits(self.to_bits().and(Self::Bits::splat(!0 << 27)))
    }
}

const SIGN: u64 = 1 << 63;
