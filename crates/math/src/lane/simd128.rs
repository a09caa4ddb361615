//! Two `f64` in one WebAssembly vector. The only file with `unsafe` code: unaligned loads and stores behind a check of
//! the bounds.
#![allow(unsafe_code)]

use super::{Lane, LaneBits, LaneMask};
use core::arch::wasm32::{
    f64x2, f64x2_abs, f64x2_add, f64x2_div, f64x2_extract_lane, f64x2_le, f64x2_lt, f64x2_mul, f64x2_neg, f64x2_pmax,
    f64x2_pmin, f64x2_splat, f64x2_sqrt, f64x2_sub, i64x2_add, i64x2_bitmask, i64x2_extract_lane, i64x2_shl,
    i64x2_splat, i64x2_sub, u64x2_shr, v128, v128_and, v128_any_true, v128_bitselect, v128_load, v128_not, v128_or,
    v128_store, v128_xor,
};
use core::ops::{Add, Div, Mul, Neg, Sub};

/// Two `f64` in one WebAssembly vector.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Simd128(v128);

/// The bit patterns of a [`Simd128`], or all ones and all zeros for the truth values of a comparison.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Simd128Bits(v128);

macro_rules! instruction {
    ($trait:ident, $method:ident, $instruction:ident) => {
        impl $trait for Simd128 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self($instruction(self.0, other.0))
            }
        }
    };
}
instruction!(Add, add, f64x2_add);
instruction!(Sub, sub, f64x2_sub);
instruction!(Mul, mul, f64x2_mul);
instruction!(Div, div, f64x2_div);

impl Neg for Simd128 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(f64x2_neg(self.0))
    }
}

impl LaneBits for Simd128Bits {
    #[inline(always)]
    fn splat(bits: u64) -> Self {
        Self(i64x2_splat(bits as i64))
    }
    #[inline(always)]
    fn load(words: &[u64], at: usize) -> Self {
        let two = &words[at..at + 2];
        // SAFETY: `two` holds 16 readable bytes; v128_load has no alignment requirement.
        Self(unsafe { v128_load(two.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, words: &mut [u64], at: usize) {
        let two = &mut words[at..at + 2];
        // SAFETY: `two` holds 16 writable bytes; v128_store has no alignment requirement.
        unsafe { v128_store(two.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        Self(i64x2_add(self.0, other.0))
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        Self(i64x2_sub(self.0, other.0))
    }
    #[inline(always)]
    fn shl<const COUNT: u32>(self) -> Self {
        Self(i64x2_shl(self.0, COUNT))
    }
    #[inline(always)]
    fn shr<const COUNT: u32>(self) -> Self {
        Self(u64x2_shr(self.0, COUNT))
    }
}

impl LaneMask for Simd128Bits {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }
    #[inline(always)]
    fn not(self) -> Self {
        Self(v128_not(self.0))
    }
    #[inline(always)]
    fn count(self) -> usize {
        i64x2_bitmask(self.0).count_ones() as usize
    }
    #[inline(always)]
    fn any(self) -> bool {
        v128_any_true(self.0)
    }
    #[inline(always)]
    fn lane(self, index: usize) -> bool {
        let bits = if index == 0 {
            i64x2_extract_lane::<0>(self.0)
        } else {
            i64x2_extract_lane::<1>(self.0)
        };
        bits != 0
    }
}

impl Lane for Simd128 {
    const WIDTH: usize = 2;
    type Mask = Simd128Bits;
    type Bits = Simd128Bits;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(f64x2_splat(value))
    }
    #[inline(always)]
    fn load(column: &[f64], at: usize) -> Self {
        let two = &column[at..at + 2];
        // SAFETY: `two` holds 16 readable bytes; v128_load has no alignment requirement.
        Self(unsafe { v128_load(two.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, column: &mut [f64], at: usize) {
        let two = &mut column[at..at + 2];
        // SAFETY: `two` holds 16 writable bytes; v128_store has no alignment requirement.
        unsafe { v128_store(two.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn lane(self, index: usize) -> f64 {
        if index == 0 {
            f64x2_extract_lane::<0>(self.0)
        } else {
            f64x2_extract_lane::<1>(self.0)
        }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f64x2_sqrt(self.0))
    }
    #[inline(always)]
    fn to_bits(self) -> Simd128Bits {
        Simd128Bits(self.0)
    }
    #[inline(always)]
    fn from_bits(bits: Simd128Bits) -> Self {
        Self(bits.0)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Simd128Bits {
        Simd128Bits(f64x2_lt(self.0, other.0))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Simd128Bits {
        Simd128Bits(f64x2_le(self.0, other.0))
    }
    #[inline(always)]
    fn select(mask: Simd128Bits, on_true: Self, on_false: Self) -> Self {
        Self(v128_bitselect(on_true.0, on_false.0, mask.0))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(f64x2_abs(self.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(f64x2_pmin(self.0, other.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(f64x2_pmax(self.0, other.0))
    }
    #[inline(always)]
    fn negated_where(self, mask: Simd128Bits) -> Self {
        Self(v128_xor(self.0, v128_and(mask.0, f64x2_splat(-0.0))))
    }
    #[inline(always)]
    fn where_true(self, mask: Simd128Bits) -> Self {
        Self(v128_and(self.0, mask.0))
    }
    #[inline(always)]
    fn swapped(mask: Simd128Bits, first: Self, second: Self) -> (Self, Self) {
        // Engines make a select of three instructions, so two of them are dearer than this.
        let difference = v128_and(v128_xor(first.0, second.0), mask.0);
        (
            Self(v128_xor(first.0, difference)),
            Self(v128_xor(second.0, difference)),
        )
    }
}

/// Two numbers as one lane, for callers that have them apart.
impl From<[f64; 2]> for Simd128 {
    #[inline(always)]
    fn from(two: [f64; 2]) -> Self {
        Self(f64x2(two[0], two[1]))
    }
}
