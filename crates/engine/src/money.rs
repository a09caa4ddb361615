//! Amounts of an asset as fixed point: whole counts of 2⁻⁶⁰ of a unit, added without rounding.

mod decimal;

use core::ops::{Add, Neg, Sub};

use plimsoll_math::float;
use plimsoll_math::sum::fixed_point_value;

use crate::error::{Code, EngineError, Phrase, Result};
use crate::snapshot::codec::{Reader, Stored, Writer};

use decimal::Decimal;

const FRACTION_BITS: u32 = 60;
const ONE: i128 = 1 << FRACTION_BITS;
/// What can be entered stays below 2⁶³ units.
const ENTRY_LIMIT: i128 = 1 << (FRACTION_BITS + 63);
/// What an account holds stays below 2⁴³ scaled units, the range of an exact sum.
const HELD_LIMIT: i128 = 1 << (FRACTION_BITS + 43);

/// An amount of one asset, in units of 2⁻⁶⁰.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Money(i128);

/// Which way an amount that is no multiple of 2⁻⁶⁰ is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Towards −∞: what an account receives.
    Down,
    /// Towards +∞: what an account pays.
    Up,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount that a decimal string such as `-12.5` or `1e-7` says, rounded once where 2⁻⁶⁰ cannot hold it.
    ///
    /// # Errors
    /// [`Code::InvalidMoney`] where the text is no decimal, has more than 60 digits, or is 2⁶³ or more in size.
    pub fn parse(field: &'static str, text: &str, rounding: Rounding) -> Result<Self> {
        let refuse = |expected| EngineError::new(Code::InvalidMoney, field, expected, ["\"", text, "\""].concat());
        let decimal = Decimal::parse(text).ok_or_else(|| refuse("a decimal number such as \"12.50\" or \"-1e-7\""))?;
        decimal
            .fixed_point(rounding)
            .map(Self)
            .ok_or_else(|| refuse("below 2^63 in size"))
    }

    /// The amount that a double is, rounded once where it reaches below 2⁻⁶⁰.
    ///
    /// # Errors
    /// [`Code::InvalidMoney`] where it is not finite, or is 2⁶³ or more in size.
    #[inline(never)]
    pub fn from_f64(field: &'static str, amount: f64, rounding: Rounding) -> Result<Self> {
        let scaled = amount * ONE as f64; // exact: a power of two, far from overflow within the limit
        if !(scaled.abs() < ENTRY_LIMIT as f64) {
            return Err(EngineError::new(
                Code::InvalidMoney,
                field,
                "finite and below 2^63 in size",
                amount,
            ));
        }
        let rounded = match rounding {
            Rounding::Down => float::floor(scaled),
            Rounding::Up => float::ceil(scaled),
        };
        Ok(Self(rounded as i128))
    }

    /// The amount in units of 2⁻⁶⁰.
    #[must_use]
    pub const fn fixed_point(self) -> i128 {
        self.0
    }

    /// The amount as a double, within half an ulp below 2³³ units.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.is_holdable() {
            fixed_point_value(self.0)
        } else {
            // what a refusal says that it came to
            self.0 as f64 / ONE as f64
        }
    }

    /// `self · part / whole`, rounded towards zero: the share of an accumulated cost that a partial close takes along.
    ///
    /// Domain: 0 ≤ part ≤ whole < 2⁵³. The product of a 103-bit amount and a 53-bit count does not fit 128 bits, and a
    /// division of 128 bits is long code, so the amount is taken in limbs whose products and remainders fit 64 bits.
    pub(crate) fn share(self, part: u64, whole: u64) -> Self {
        const LIMB_BITS: usize = 10;
        let amount = self.0.unsigned_abs();
        // share · whole + rest = part · (the limbs so far)
        let (mut share, mut rest) = (0_u128, 0);
        for at in (0..u128::BITS).step_by(LIMB_BITS).rev() {
            let limb = (amount >> at) as u64 & ((1 << LIMB_BITS) - 1);
            let product = (rest << LIMB_BITS) + limb * part;
            share = (share << LIMB_BITS) + u128::from(product / whole);
            rest = product % whole;
        }
        Self(if self.0 < 0 { -(share as i128) } else { share as i128 })
    }

    /// The amount in units of 2^`scale_log2`, as an account holds it.
    pub(crate) fn scaled(self, field: &'static str, scale_log2: i32, rounding: Rounding) -> Result<Self> {
        let units = if scale_log2 > 0 {
            let dropped = self.0 & ((1 << scale_log2) - 1);
            (self.0 >> scale_log2) + i128::from(rounding == Rounding::Up && dropped != 0)
        } else {
            self.0.checked_mul(1 << -scale_log2).unwrap_or(i128::MAX)
        };
        let scaled = Self(units);
        if scaled.is_holdable() {
            Ok(scaled)
        } else {
            let expected = Phrase::new("below 2^{} in size", [f64::from(43 + scale_log2)]);
            Err(EngineError::new(
                Code::InvalidMoney,
                field,
                expected,
                self.0 as f64 / ONE as f64,
            ))
        }
    }

    pub(crate) fn is_holdable(self) -> bool {
        Self::is_holdable_units(self.0)
    }

    /// Whether a count of 2⁻⁶⁰ units stays below 2⁴³ in size.
    #[inline(always)]
    pub(crate) fn is_holdable_units(units: i128) -> bool {
        units.unsigned_abs() < HELD_LIMIT as u128
    }
}

impl Stored for Money {
    fn write(&self, writer: &mut Writer) {
        writer.put(&self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        let amount = Self(reader.part());
        reader.expect(amount.is_holdable(), "amounts below 2^43");
        amount
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Money {
        Money::parse("amount", text, Rounding::Down).expect("a decimal")
    }

    #[test]
    fn an_amount_in_an_account_s_units_is_rounded_as_asked() {
        // of units of 2⁴, so many, rounded down and up
        for (amount, down, up) in [
            (32, 2, 2),
            (33, 2, 3),
            (47, 2, 3),
            (-32, -2, -2),
            (-33, -3, -2),
            (0, 0, 0),
        ] {
            let scaled = |rounding| Money(amount).scaled("amount", 4, rounding).expect("small").0;
            assert_eq!((scaled(Rounding::Down), scaled(Rounding::Up)), (down, up), "{amount}");
            // units of 2⁻⁴ are exact
            assert_eq!(Money(amount).scaled("amount", -4, Rounding::Up), Ok(Money(16 * amount)));
            assert_eq!(Money(amount).scaled("amount", 0, Rounding::Up), Ok(Money(amount)));
        }
    }

    #[test]
    fn an_account_holds_below_2_pow_43_of_its_units() {
        for scale_log2 in [-7, 0, 9] {
            let limit = 43 + scale_log2;
            let below = Money((1 << (60 + limit)) - (1 << (60 + scale_log2)));
            assert!(
                below.scaled("amount", scale_log2, Rounding::Down).is_ok(),
                "{scale_log2}"
            );
            for amount in [1 << (60 + limit), -(1 << (60 + limit)), 1 << 126] {
                let refused = Money(amount)
                    .scaled("amount", scale_log2, Rounding::Down)
                    .expect_err("too large");
                assert_eq!(refused.code, Code::InvalidMoney);
                let told = refused.to_string();
                assert!(told.contains(&format!("below 2^{limit} in size")), "{told}");
                assert!(told.contains(&format!("{}", amount as f64 / ONE as f64)), "{told}");
            }
        }
    }

    #[test]
    fn decimals_that_two_pow_minus_60_holds_are_exact() {
        assert_eq!(parse("12.5").fixed_point(), 25 << 59);
        assert_eq!(parse("-0.75").fixed_point(), -(3 << 58));
        assert_eq!(parse("1e3").fixed_point(), 1000 << 60);
        assert_eq!(parse("2500e-2"), parse("25"));
        assert_eq!(parse("+2.5e+1"), parse("25"));
        assert_eq!(parse("9223372036854775807").fixed_point(), ((1 << 63) - 1) << 60);
        let refused = |text| Money::parse("amount", text, Rounding::Down).is_err();
        assert!(["9223372036854775808", "1e1x", "1e00001"].into_iter().all(refused));
        assert_eq!(parse("0.000"), Money::ZERO);
    }

    #[test]
    fn other_decimals_round_against_the_account() {
        // 0.1 · 2⁶⁰ = 115292150460684697.6
        assert_eq!(parse("0.1").fixed_point(), 115_292_150_460_684_697);
        let paid = Money::parse("amount", "0.1", Rounding::Up).expect("a decimal");
        assert_eq!(paid.fixed_point(), 115_292_150_460_684_698);
        assert_eq!(parse("-0.1").fixed_point(), -115_292_150_460_684_698);
        assert_eq!(parse("1e-100").fixed_point(), 0);
        assert_eq!(parse("-1e-100").fixed_point(), -1);
    }

    #[test]
    fn what_is_no_decimal_is_refused_by_name() {
        for text in [
            "", "-", "1,5", "0x10", "1e", "1e99999", "NaN", "Infinity", "1.2.3", "1e19",
        ] {
            let error = Money::parse("amount", text, Rounding::Down).expect_err(text);
            assert_eq!((error.code, error.field.text()), (Code::InvalidMoney, "amount"));
        }
        for amount in [f64::NAN, f64::INFINITY, 1e19] {
            assert!(Money::from_f64("amount", amount, Rounding::Down).is_err());
        }
    }

    #[test]
    fn shares_of_an_amount_are_exact_to_one_unit_and_leave_the_rest() {
        // 7 · 3 / 4 and its largest size: (2¹⁰³ − 1)(2⁵³ − 2)/(2⁵³ − 1) = 2¹⁰³ − 1 − (2¹⁰³ − 1)/(2⁵³ − 1)
        assert_eq!(Money(7).share(3, 4), Money(5));
        let (most, whole) = ((1_i128 << 103) - 1, (1_u64 << 53) - 1);
        let left = (most as u128).div_ceil(u128::from(whole)) as i128;
        assert_eq!(Money(most).share(whole - 1, whole), Money(most - left));
        let cost = parse("8796093022207.123456789");
        let (part, whole) = (1_234_567_890_123, 9_007_199_254_740_991);
        let share = cost.share(part, whole);
        let expected = cost.value() * part as f64 / whole as f64;
        assert!((share.value() / expected - 1.0).abs() < 1e-14);
        assert_eq!(cost.share(whole, whole), cost);
        assert_eq!((-cost).share(part, whole), -share);
        assert_eq!(parse("10").share(1, 4), parse("2.5"));
    }
}
