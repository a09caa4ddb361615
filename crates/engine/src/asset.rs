//! Assets: what can be held as collateral or owed, and how much of it counts.

use alloc::vec::Vec;

use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::UnderlyingId;
use crate::snapshot::codec::stored;

/// One slice of a collateral schedule: the part of a positive amount up to `up_to` counts at `factor`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HaircutSlice {
    /// Upper end of the slice in units of the asset; +∞ in the last slice.
    pub up_to: f64,
    /// Share of the value that counts, 0 ≤ factor ≤ 1 (one minus the haircut).
    pub factor: f64,
}

stored! { HaircutSlice { up_to, factor } }

/// How an asset is registered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AssetSpec {
    /// Slices by size, ascending; empty means the whole amount counts in full.
    pub haircuts: Vec<HaircutSlice>,
    /// The underlying whose price the asset follows until it gets a tick of its own.
    pub underlying: Option<UnderlyingId>,
    /// Sums of this asset are kept in units of 2^`scale_log2`: raise it for assets of tiny value held in huge amounts.
    pub scale_log2: i32,
}

stored! { AssetSpec { haircuts, underlying, scale_log2 } }

impl AssetSpec {
    pub(crate) fn validate(&self) -> Result<()> {
        let mut lower = 0.0;
        for (i, slice) in self.haircuts.iter().enumerate() {
            if !(slice.up_to > lower) {
                let expected = Phrase::new("greater than the end of the slice before it, {}", [lower]);
                return Err(EngineError::new(
                    Code::InvalidValue,
                    Phrase::new("haircuts[{}].upTo", [i as f64]),
                    expected,
                    slice.up_to,
                ));
            }
            if !(0.0..=1.0).contains(&slice.factor) {
                let field = Phrase::new("haircuts[{}].factor", [i as f64]);
                return Err(EngineError::new(
                    Code::InvalidValue,
                    field,
                    "between 0 and 1",
                    slice.factor,
                ));
            }
            lower = slice.up_to;
        }
        if !(-60..=60).contains(&self.scale_log2) {
            return Err(EngineError::new(
                Code::InvalidValue,
                "scaleLog2",
                "a whole number from -60 to 60",
                self.scale_log2,
            ));
        }
        Ok(())
    }

    /// Amounts between which what counts is linear in the amount.
    pub(crate) fn slice_ends(&self) -> impl Iterator<Item = f64> + '_ {
        let ends = self.haircuts.iter().map(|slice| slice.up_to);
        core::iter::once(0.0).chain(ends.filter(|end| end.is_finite()))
    }

    /// The amount that counts as collateral, in units of the asset: slice by slice where positive, in full where negative.
    ///
    /// Beyond the last slice's end nothing counts.
    #[must_use]
    pub fn counted_amount(&self, amount: f64) -> f64 {
        if self.haircuts.is_empty() || amount <= 0.0 {
            return amount;
        }
        let mut counted = 0.0;
        let mut lower = 0.0;
        for slice in &self.haircuts {
            counted += (amount.min(slice.up_to) - lower) * slice.factor;
            if amount <= slice.up_to {
                break;
            }
            lower = slice.up_to;
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bybit_btc() -> AssetSpec {
        // Bybit's illustration of collateral ratios, 2025-09-18: 0-10 0.98, 10-20 0.95, 20-30 0.90
        let slices = [(10.0, 0.98), (20.0, 0.95), (30.0, 0.90)];
        let haircuts = slices
            .into_iter()
            .map(|(up_to, factor)| HaircutSlice { up_to, factor })
            .collect();
        AssetSpec {
            haircuts,
            ..AssetSpec::default()
        }
    }

    #[test]
    fn slices_are_marginal() {
        // case bybit-collateral-btc-25: 25 BTC at 60,000 count 1,428,000
        assert!((bybit_btc().counted_amount(25.0) * 60_000.0 - 1_428_000.0).abs() < 1e-6);
        assert_eq!(bybit_btc().counted_amount(50.0), bybit_btc().counted_amount(30.0));
    }

    #[test]
    fn a_debt_counts_in_full() {
        // case bybit-collateral-negative: −2 BTC count −120,000
        assert_eq!(bybit_btc().counted_amount(-2.0) * 60_000.0, -120_000.0);
    }

    #[test]
    fn a_bad_slice_is_named() {
        let mut spec = bybit_btc();
        spec.haircuts[1].up_to = 10.0;
        assert_eq!(
            spec.validate().expect_err("empty slice").field.to_string(),
            "haircuts[1].upTo"
        );
        spec = bybit_btc();
        spec.haircuts[2].factor = 1.5;
        assert_eq!(
            spec.validate().expect_err("factor over one").field.to_string(),
            "haircuts[2].factor"
        );
    }
}
