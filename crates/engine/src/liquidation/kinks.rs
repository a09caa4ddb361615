//! Where health along a line bends, as far as that is known beforehand.

use alloc::vec::Vec;

use plimsoll_math::float;

use super::line::{Line, MovingRow};
use crate::instrument::{Kind, Payoff, Quote};
use crate::margin::Row;
use crate::order;
use crate::time::YEAR_MS;

/// Flanks of a strike, in standard deviations of the price to expiry.
const FLANKS: [f64; 3] = [0.5, 1.5, 4.0];

/// How far to either side of a jump health is looked at, as a share of the ratio: what a root may be off by.
const BESIDE: f64 = 1e-12;

/// Ratios ascending, each once.
#[inline(never)]
pub(super) fn sort_and_dedup(ratios: &mut Vec<f64>) {
    order::sort_in_place(ratios, |&ratio| order::key_of(ratio));
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
                && self.held.rest.details[moving.row].order_count == 0
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
        let orders = &detail.orders;
        let (now, doubled) = (moving.quote(1.0), moving.quote(2.0));
        let sizes = [held.size, held.size + orders.buy_size, held.size - orders.sell_size];
        let sizes = if detail.order_count > 0 {
            &sizes[..]
        } else {
            &sizes[..1]
        };
        let (kinks_now, kinks_doubled) = (self.notional_kinks(moving, &now), self.notional_kinks(moving, &doubled));
        for (kink, kink_doubled) in kinks_now.into_iter().zip(kinks_doubled) {
            // growth of notional relative to the kink when the price doubles: 2^(p − s)
            let growth = (doubled.unit_notional / now.unit_notional) / (kink_doubled / kink);
            for size in sizes {
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
