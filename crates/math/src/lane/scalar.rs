//! One `f64` per lane: the specification that every other lane must equal bit for bit.

use super::{Lane, LaneBits, LaneMask};

impl LaneBits for u64 {
    #[inline(always)]
    fn splat(bits: u64) -> Self {
        bits
    }
    #[inline(always)]
    fn load(words: &[u64], at: usize) -> Self {
        words[at]
    }
    #[inline(always)]
    fn store(self, words: &mut [u64], at: usize) {
        words[at] = self;
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        u64::wrapping_add(self, other)
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        u64::wrapping_sub(self, other)
    }
    #[inline(always)]
    fn shl<const COUNT: u32>(self) -> Self {
        self << COUNT
    }
    #[inline(always)]
    fn shr<const COUNT: u32>(self) -> Self {
        self >> COUNT
    }
}

impl LaneMask for bool {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn not(self) -> Self {
        !self
    }
    #[inline(always)]
    fn count(self) -> usize {
        usize::from(self)
    }
    #[inline(always)]
    fn any(self) -> bool {
        self
    }
    #[inline(always)]
    fn lane(self, _index: usize) -> bool {
        self
    }
}

impl Lane for f64 {
    const WIDTH: usize = 1;
    type Mask = bool;
    type Bits = u64;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn load(column: &[f64], at: usize) -> Self {
        column[at]
    }
    #[inline(always)]
    fn store(self, column: &mut [f64], at: usize) {
        column[at] = self;
    }
    #[inline(always)]
    fn lane(self, _index: usize) -> f64 {
        self
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        crate::float::sqrt(self)
    }
    #[inline(always)]
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> bool {
        self < other
    }
    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self <= other
    }
    #[inline(always)]
    fn select(mask: bool, on_true: Self, on_false: Self) -> Self {
        if mask {
            on_true
        } else {
            on_false
        }
    }
}
