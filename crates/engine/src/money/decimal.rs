//! Decimal numbers as people and JSON write them.

use alloc::vec;
use alloc::vec::Vec;

use super::{Rounding, ENTRY_LIMIT, FRACTION_BITS};

/// More digits than this in a decimal string are refused, not dropped.
const DIGITS_MAX: usize = 60;

/// A decimal number as it was written: digits · 10^exponent.
pub(super) struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes().trim_ascii();
        let (is_negative, bytes) = match bytes.first()? {
            b'-' => (true, &bytes[1..]),
            b'+' => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        let (mantissa, exponent) = match bytes.iter().position(|b| b.eq_ignore_ascii_case(&b'e')) {
            Some(at) => (&bytes[..at], parse_exponent(&bytes[at + 1..])?),
            None => (bytes, 0),
        };
        let mut digits = Vec::with_capacity(mantissa.len());
        let mut decimals = None;
        for &byte in mantissa {
            match byte {
                b'0'..=b'9' => {
                    digits.push(byte - b'0');
                    decimals = decimals.map(|n: i32| n + 1);
                }
                b'.' if decimals.is_none() => decimals = Some(0),
                _ => return None,
            }
        }
        if digits.is_empty() || digits.len() > DIGITS_MAX {
            return None;
        }
        Some(Self {
            is_negative,
            digits,
            exponent: exponent - decimals.unwrap_or(0),
        })
    }

    /// digits · 10^exponent in units of 2⁻⁶⁰, or `None` outside the limit.
    pub(super) fn fixed_point(&self, rounding: Rounding) -> Option<i128> {
        let point = self.digits.len() as i32 + self.exponent;
        let whole_digits = (0..point.max(0)).map(|i| self.digits.get(i as usize).copied().unwrap_or(0));
        let mut whole: u128 = 0;
        for digit in whole_digits {
            whole = whole * 10 + u128::from(digit);
            if whole >= (ENTRY_LIMIT as u128) >> FRACTION_BITS {
                return None;
            }
        }
        // The fraction by long multiplication: 60 times, double the decimal digits and take the carry.
        let leading_zeros = (-point).max(0) as usize;
        let is_below_all_bits = leading_zeros > DIGITS_MAX;
        let written = &self.digits[point.clamp(0, self.digits.len() as i32) as usize..];
        let mut fraction: Vec<u8> = if is_below_all_bits {
            vec![0, u8::from(written.iter().any(|&d| d != 0))]
        } else {
            core::iter::repeat_n(0, leading_zeros)
                .chain(written.iter().copied())
                .collect()
        };
        let mut bits: u128 = 0;
        for _ in 0..if is_below_all_bits { 0 } else { FRACTION_BITS } {
            let mut carry = 0;
            for digit in fraction.iter_mut().rev() {
                let doubled = *digit * 2 + carry;
                (*digit, carry) = (doubled % 10, doubled / 10);
            }
            bits = (bits << 1) | u128::from(carry);
        }
        if is_below_all_bits {
            bits = 0;
        }
        let is_inexact = fraction.iter().any(|&d| d != 0);
        let rounds_away = is_inexact && (rounding == Rounding::Up) != self.is_negative;
        let size = (whole << FRACTION_BITS) + bits + u128::from(rounds_away);
        Some(if self.is_negative {
            -(size as i128)
        } else {
            size as i128
        })
    }
}

fn parse_exponent(bytes: &[u8]) -> Option<i32> {
    let (is_negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0, |n, &d| n * 10 + i32::from(d - b'0'));
    Some(if is_negative { -size } else { size })
}
