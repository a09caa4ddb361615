//! A digest of what an engine has found, to compare two runs by.

use crate::engine::Engine;
use crate::event::BandEvent;
use crate::handle::UnderlyingId;
use crate::liquidation::LiquidationPrices;

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
        let underlyings = self.market.underlyings.len();
        let mut total = 0_u64;
        for (slot, account) in self.accounts.iter() {
            let mut hash = mix(SEED, account.rest.event_hash);
            for figure in [
                self.figures.equity[slot],
                self.figures.initial[slot],
                self.figures.maintenance[slot],
            ] {
                hash = mix(hash, figure_bits(figure));
            }
            hash = mix(
                hash,
                u64::from(self.figures.band[slot]) | u64::from(self.figures.status[slot]) << 8,
            );
            for underlying in 0..underlyings {
                let prices = self.liquidation_prices_of(slot, UnderlyingId(underlying as u32));
                hash = mix(hash, hash_prices(&prices));
            }
            total = total.wrapping_add(hash);
        }
        total
    }
}

fn hash_prices(prices: &LiquidationPrices) -> u64 {
    let roots = prices.roots.iter().map(|root| figure_bits(root.price));
    roots.fold(mix(SEED, prices.none.map_or(0, |reason| reason as u64 + 1)), mix)
}
