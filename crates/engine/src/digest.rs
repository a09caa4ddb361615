//! A digest of what an engine has found, to compare two runs by.

use alloc::vec;
use alloc::vec::Vec;

use crate::engine::Engine;
use crate::event::BandEvent;
use crate::figures::{shown_band, Headline};
use crate::handle::UnderlyingId;
use crate::liquidation::{self, LiquidationRoot, NoPrice};

const SEED: u64 = 0x243F_6A88_85A3_08D3; // fraction of π

/// Mixes a word into a hash: the finaliser of SplitMix64 over their combination.
fn mix(hash: u64, word: u64) -> u64 {
    let mut z = (hash ^ word).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The bits of a figure; one pattern for every NaN, since hosts differ in theirs.
fn figure_bits(figure: f64) -> u64 {
    if figure.is_nan() {
        0x7FF8_0000_0000_0000
    } else {
        figure.to_bits()
    }
}

pub(crate) fn hash_event(hash: u64, event: &BandEvent) -> u64 {
    let words = [
        event.from as u64 | (event.to as u64) << 8 | u64::from(event.driver) << 16,
        figure_bits(event.time_ms),
        figure_bits(event.equity),
        figure_bits(event.maintenance),
    ];
    words.into_iter().fold(mix(hash, SEED), mix)
}

impl Engine {
    /// A digest over equity, requirements, band, liquidation prices and past events of every account.
    ///
    /// Accounts are combined by addition, so it is the same whatever their order of registration, and that of several
    /// engines which share the accounts is the wrapping sum of theirs.
    #[must_use]
    pub fn digest(&self) -> u64 {
        // most accounts hold a few of many underlyings: along the others there is no exposure
        let mut is_moved_by = vec![false; self.market.underlyings.len()];
        let mut moved_by: Vec<UnderlyingId> = Vec::new();
        let none = hash_prices(&[], Some(NoPrice::NoExposure));
        let mut total = 0_u64;
        for (slot, account) in self.accounts.iter() {
            let mut hash = mix(SEED, account.rest.event_hash);
            let Headline {
                equity, risk, status, ..
            } = self.headline(slot);
            for figure in [equity, risk.initial, risk.maintenance] {
                hash = mix(hash, figure_bits(figure));
            }
            hash = mix(
                hash,
                u64::from(shown_band(account.band, status)) | u64::from(status as u8) << 8,
            );
            moved_by.extend(liquidation::moved_by(self, account));
            for underlying in &moved_by {
                is_moved_by[underlying.slot()] = true;
            }
            for (underlying, &is_moved_by) in is_moved_by.iter().enumerate() {
                let along = if is_moved_by {
                    let prices = self.liquidation_prices_of(slot, UnderlyingId(underlying as u32));
                    hash_prices(&prices.roots, prices.none)
                } else {
                    none
                };
                hash = mix(hash, along);
            }
            for underlying in moved_by.drain(..) {
                is_moved_by[underlying.slot()] = false;
            }
            total = total.wrapping_add(hash);
        }
        total
    }
}

fn hash_prices(roots: &[LiquidationRoot], none: Option<NoPrice>) -> u64 {
    let roots = roots.iter().map(|root| figure_bits(root.price));
    roots.fold(mix(SEED, none.map_or(0, |reason| reason as u64 + 1)), mix)
}
