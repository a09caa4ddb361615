//! Two `f64` side by side in plain Rust, in the shape that compilers turn into 128-bit vector instructions.

use super::{Lane, LaneBits, LaneMask};
use core::ops::{Add, Div, Mul, Neg, Sub};

/// Two `f64` side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct Pair([f64; 2]);

/// The bit patterns of a [`Pair`], or all ones and all zeros for the truth values of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct PairBits([u64; 2]);

macro_rules! pairwise {
    ($trait:ident, $method:ident, $operator:tt) => {
        impl $trait for Pair {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self([self.0[0] $operator other.0[0], self.0[1] $operator other.0[1]])
            }
        }
    };
}
pairwise!(Add, add, +);
pairwise!(Sub, sub, -);
pairwise!(Mul, mul, *);
pairwise!(Div, div, /);

impl Neg for Pair {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self([-self.0[0], -self.0[1]])
    }
}

impl PairBits {
    #[inline(always)]
    fn truth(both: [bool; 2]) -> Self {
        Self([u64::from(both[0]).wrapping_neg(), u64::from(both[1]).wrapping_neg()])
    }
}

impl LaneBits for PairBits {
    #[inline(always)]
    fn splat(bits: u64) -> Self {
        Self([bits; 2])
    }
    #[inline(always)]
    fn load(words: &[u64], at: usize) -> Self {
        let two = &words[at..at + 2];
        Self([two[0], two[1]])
    }
    #[inline(always)]
    fn store(self, words: &mut [u64], at: usize) {
        words[at..at + 2].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self([self.0[0] ^ other.0[0], self.0[1] ^ other.0[1]])
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        Self([self.0[0].wrapping_add(other.0[0]), self.0[1].wrapping_add(other.0[1])])
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        Self([self.0[0].wrapping_sub(other.0[0]), self.0[1].wrapping_sub(other.0[1])])
    }
    #[inline(always)]
    fn shl<const COUNT: u32>(self) -> Self {
        Self([self.0[0] << COUNT, self.0[1] << COUNT])
    }
    #[inline(always)]
    fn shr<const COUNT: u32>(self) -> Self {
        Self([self.0[0] >> COUNT, self.0[1] >> COUNT])
    }
}

impl LaneMask for PairBits {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        LaneBits::and(self, other)
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        LaneBits::or(self, other)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        LaneBits::xor(self, other)
    }
    #[inline(always)]
    fn not(self) -> Self {
        Self([!self.0[0], !self.0[1]])
    }
    #[inline(always)]
    fn count(self) -> usize {
        self.0.iter().filter(|&&bits| bits != 0).count()
    }
    #[inline(always)]
    fn any(self) -> bool {
        (self.0[0] | self.0[1]) != 0
    }
    #[inline(always)]
    fn lane(self, index: usize) -> bool {
        self.0[index] != 0
    }
}

impl Lane for Pair {
    const WIDTH: usize = 2;
    type Mask = PairBits;
    type Bits = PairBits;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; 2])
    }
    #[inline(always)]
    fn load(column: &[f64], at: usize) -> Self {
        let two = &column[at..at + 2];
        Self([two[0], two[1]])
    }
    #[inline(always)]
    fn store(self, column: &mut [f64], at: usize) {
        column[at..at + 2].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn lane(self, index: usize) -> f64 {
        self.0[index]
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self([self.0[0].sqrt(), self.0[1].sqrt()])
    }
    #[inline(always)]
    fn to_bits(self) -> PairBits {
        PairBits([self.0[0].to_bits(), self.0[1].to_bits()])
    }
    #[inline(always)]
    fn from_bits(bits: PairBits) -> Self {
        Self([f64::from_bits(bits.0[0]), f64::from_bits(bits.0[1])])
    }
    #[inline(always)]
    fn lt(self, other: Self) -> PairBits {
        PairBits::truth([self.0[0] < other.0[0], self.0[1] < other.0[1]])
    }
    #[inline(always)]
    fn le(self, other: Self) -> PairBits {
        PairBits::truth([self.0[0] <= other.0[0], self.0[1] <= other.0[1]])
    }
    #[inline(always)]
    fn select(mask: PairBits, on_true: Self, on_false: Self) -> Self {
        let chosen = LaneBits::and(mask, on_true.to_bits());
        Self::from_bits(LaneBits::or(
            chosen,
            LaneBits::and(LaneMask::not(mask), on_false.to_bits()),
        ))
    }
}
