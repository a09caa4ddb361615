//! Where health along a line bends, as far as that is known beforehand.

use alloc::vec::Vec;
use core::iter;

use plimsoll_math::float;

use super::line::{Line, MovingRow};
use crate::instrument::{Kind, Payoff};
use crate::margin::{OpenOrders, Row};
use crate::quote::Quote;
use crate::sort;
use crate::time::YEAR_MS;

/// Flanks of a strike, in standard deviations of the price to expiry.
const FLANKS: [f64; 3] = [0.5, 1.5, 4.0];

/// How far to either side of a jump health is looked at, as a share of the ratio: what a root may be off by.
const BESIDE: f64 = 1e-12;

/// Ratios ascending, each once.
#[inline(never)]
pub(super) fn sort_and_dedup(ratios: &mut Vec<f64>) {
    sort::in_place(ratios, |&ratio| sort::key_of(ratio));
    ratios.dedup();
}

/// Adds a ratio that there can be.
#[inline(never)]
fn add(kinks: &mut Vec<f64>, ratio: f64) {
    if ratio > 0.0 && ratio.is_finite() {
        kinks.push(ratio);
    }
}

impl Line<'_> {
    /// Ratios at which health may have a kink, ascending, and whether it is curved between them.
    pub(super) fn kinks(&self) -> (Vec<f64>, bool) {
        let bands = self.model.rule.bands();
        let mut kinks = Vec::new();
        let mut is_curved = !self.model.rule.is_piecewise_linear() || bands.liquidatable.initial > 0.0;
        for moving in &self.rows {
            let spec = &moving.instrument.spec;
            let is_linear = !spec.kind.is_option()
                && self.held.rest.details[moving.row].resting.is_none()
                && match (spec.payoff, moving.price_moves, moving.settle_moves) {
                    (Payoff::Linear, true, true) => false,
                    (Payoff::Linear, _, _) => true,
                    (Payoff::Inverse, true, false) => false,
                    (Payoff::Inverse, _, _) => true,
                };
            is_curved |= !is_linear;
            self.bracket_kinks(moving, &mut kinks);
            if moving.price_moves {
                self.strike_kinks(moving, &mut kinks);
            }
        }
        is_curved |= self.haircut_kinks(&mut kinks);
        kinks.push(1.0);
        sort_and_dedup(&mut kinks);
        (kinks, is_curved)
    }

    /// Ratios at which a position's notional meets an end of a bracket: N·x^p = K·x^s.
    fn bracket_kinks(&self, moving: &MovingRow<'_>, kinks: &mut Vec<f64>) {
        let held = &self.held.rows[moving.row];
        let detail = &self.held.rest.details[moving.row];
        let (now, doubled) = (moving.quote(1.0), moving.quote(2.0));
        let filled = |orders: &OpenOrders| [held.size + orders.buy_size, held.size - orders.sell_size];
        let sizes = iter::once(held.size).chain(detail.open_orders().map(filled).into_iter().flatten());
        let (kinks_now, kinks_doubled) = (self.notional_kinks(moving, &now), self.notional_kinks(moving, &doubled));
        for (kink, kink_doubled) in kinks_now.into_iter().zip(kinks_doubled) {
            // growth of notional relative to the kink when the price doubles: 2^(p − s)
            let growth = (doubled.unit_notional / now.unit_notional) / (kink_doubled / kink);
            for size in sizes.clone() {
                let ratio = kink / (size.abs() * now.unit_notional);
                let at_kink = if growth == 2.0 {
                    ratio
                } else if growth == 0.5 {
                    1.0 / ratio
                } else if growth == 4.0 {
                    float::sqrt(ratio)
                } else {
                    continue;
                };
                add(kinks, at_kink);
                if moving.jumps() {
                    add(kinks, at_kink * (1.0 - BESIDE));
                    add(kinks, at_kink * (1.0 + BESIDE));
                }
            }
        }
    }

    /// Notionals at which the rule bends for a position, at a quote.
    #[inline(never)]
    fn notional_kinks(&self, moving: &MovingRow<'_>, quote: &Quote) -> Vec<f64> {
        let row = Row {
            instrument: moving.slot,
            quote,
            record: &self.record,
            size: self.held.rows[moving.row].size,
            initial_rate_floor: self.held.rest.details[moving.row].initial_rate_floor,
            orders: None,
        };
        let mut notionals = Vec::new();
        self.model.rule.kinks(&row, &mut |notional| notionals.push(notional));
        notionals
    }

    /// The strike of an option and its flanks.
    fn strike_kinks(&self, moving: &MovingRow<'_>, kinks: &mut Vec<f64>) {
        let market = &self.engine.market;
        let Kind::Option { strike, expiry_ms, .. } = moving.instrument.spec.kind else {
            return;
        };
        let prices = &moving.instrument.prices;
        let forward = prices.forward_or(market.underlyings[self.underlying.slot()].row.price);
        let at_strike = strike / forward;
        add(kinks, at_strike);
        let vol = market.vol(moving.slot).0.unwrap_or(f64::NAN);
        let deviation = vol * float::sqrt((expiry_ms - market.time_ms).max(0.0) / YEAR_MS);
        for flank in FLANKS {
            add(kinks, at_strike * (1.0 + flank * deviation));
            add(kinks, at_strike / (1.0 + flank * deviation));
        }
    }

    /// Ratios at which a line's net amount meets zero or the end of a slice; returns whether one is curved.
    fn haircut_kinks(&self, kinks: &mut Vec<f64>) -> bool {
        let market = &self.engine.market;
        let mut is_curved = false;
        for line in 0..self.held.rest.lines.len() {
            let asset = self.held.rest.lines[line].asset as usize;
            let terms = &market.assets[asset];
            if terms.spec.haircuts.is_empty() {
                continue;
            }
            // net(x) = fixed + linear·x + inverse/x over the positions that settle here; options are curved anyway
            let mut fixed = self.held.net_amount(line) * terms.scale;
            let (mut linear, mut inverse) = (0.0, 0.0);
            for moving in &self.rows {
                let held = &self.held.rows[moving.row];
                let spec = &moving.instrument.spec;
                if usize::from(held.line) != line {
                    continue;
                }
                let value = held.size * market.quotes[moving.slot].unit_value * terms.scale;
                if !moving.price_moves {
                    fixed += value;
                } else if !spec.kind.is_option() {
                    match spec.payoff {
                        Payoff::Linear => linear += value,
                        Payoff::Inverse => inverse += value,
                    }
                }
            }
            is_curved |= linear != 0.0 && inverse != 0.0;
            for end in terms.spec.slice_ends() {
                if linear != 0.0 && inverse != 0.0 {
                    // linear·x² + (fixed − end)·x + inverse = 0
                    let middle = fixed - end;
                    let root = float::sqrt(middle * middle - 4.0 * linear * inverse);
                    let sum = -0.5 * (middle + root.copysign(middle));
                    add(kinks, sum / linear);
                    add(kinks, inverse / sum);
                } else if linear != 0.0 {
                    add(kinks, (end - fixed) / linear);
                } else if inverse != 0.0 {
                    add(kinks, inverse / (end - fixed));
                }
            }
        }
        is_curved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::margin::{Bands, BracketTable, Brackets};
    use crate::{AssetId, AssetSpec, Engine, EngineConfig, HaircutSlice, InstrumentSpec, Money, Rounding};

    /// Ratios at which an account with so many coins, +2 of a contract that pays 0.01 coins per dollar and some of one of 100 dollars
    /// that is paid in coins, all from 100, has none or ten of them.
    fn ends_met(coins: f64, inverse_size: f64) -> Vec<f64> {
        let mut engine = Engine::new(EngineConfig::default()).expect("default");
        let underlying = engine.add_underlying();
        let slice = |up_to, factor| HaircutSlice { up_to, factor };
        let haircuts = vec![slice(10.0, 0.9), slice(f64::INFINITY, 0.5)];
        let coin = AssetSpec {
            haircuts,
            underlying: Some(underlying),
            ..AssetSpec::default()
        };
        let coin: AssetId = engine.add_asset(coin).expect("slices");
        let mut rule = Brackets::new(1, Bands::default());
        rule.set_default_table(BracketTable::from_max_leverage(&[(0.0, 10.0)], 0.5).expect("tiers"));
        let model = engine.add_model(rule).expect("bands");
        engine.tick_underlying(underlying, 100.0, 1.0, 0).expect("known");
        let account = engine.add_account(model).expect("room");
        let coins = Money::from_f64("amount", coins, Rounding::Down).expect("an amount");
        engine.deposit(account, coin, coins).expect("a deposit");
        for (payoff, multiplier, size) in [(Payoff::Linear, 0.01, 2.0), (Payoff::Inverse, 100.0, inverse_size)] {
            let spec = InstrumentSpec {
                kind: Kind::Perp,
                payoff,
                underlying,
                settle: coin,
                multiplier,
                size_decimals: 0,
            };
            let listed = engine.add_instrument(spec).expect("terms");
            let marked = crate::Tick {
                mark: 100.0,
                ..crate::Tick::at(1.0)
            };
            engine.tick(listed, &marked).expect("live");
            engine.set_position(account, listed, size, 100.0).expect("a position");
        }
        let mut kinks = Vec::new();
        assert!(Line::new(&engine, account.slot(), underlying).haircut_kinks(&mut kinks));
        sort_and_dedup(&mut kinks);
        kinks
    }

    #[track_caller]
    fn assert_near(ours: &[f64], expected: &[f64]) {
        let is_near = |(ours, expected): (&f64, &f64)| (ours - expected).abs() <= 1e-14 * expected;
        assert!(
            ours.len() == expected.len() && ours.iter().zip(expected).all(is_near),
            "{ours:?}"
        );
    }

    #[test]
    fn where_both_payoffs_settle_in_a_coin_its_amount_meets_the_end_of_a_slice_at_roots_of_a_square() {
        // 7 − 2 − 3 + 2x + 3/x = 10 where 2x² − 8x + 3 = 0; it is never 0
        let root = 40.0_f64.sqrt();
        assert_near(&ends_met(7.0, -3.0), &[(8.0 - root) / 4.0, (8.0 + root) / 4.0]);
        // 1 − 2 + 3 + 2x − 3/x = 0 where 2x² + 2x − 3 = 0, and 10 where 2x² − 8x − 3 = 0
        let expected = [(28.0_f64.sqrt() - 2.0) / 4.0, (88.0_f64.sqrt() + 8.0) / 4.0];
        assert_near(&ends_met(1.0, 3.0), &expected);
    }
}
