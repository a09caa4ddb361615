//! An account's figures from its sums: steps 3 and 4 of every margin model, and the equity.

use plimsoll_math::lane::Lane;
use plimsoll_math::sum::{fixed_point_value, is_in_range, ExactSum, Shifts};

use super::{place_of_terms, Account, Group, Line, GROSS, INITIAL, MAINTENANCE, VALUE};
use crate::figures::Headline;
use crate::margin::{MarginModel, Reduced, Risk, TERMS_MAX};
use crate::market::{Market, Shift};
use crate::money::Money;
use crate::status::{Band, RowStatus};

#[inline(always)]
pub(super) fn assess<M: MarginModel>(
    rule: &M,
    account: &Account,
    market: &Market,
    shifts: &Shifts,
) -> (Headline, Band) {
    let headline = headline(rule, account, market, shifts);
    let band = if headline.status.has_figures() {
        rule.bands().next(account.band, headline.equity, headline.risk)
    } else {
        account.band
    };
    (headline, band)
}

/// Steps 3 and 4 and the equity, at the market's prices.
#[inline(always)]
pub(super) fn headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shifts: &Shifts) -> Headline {
    simple_headline(rule, account, market, shifts)
        .unwrap_or_else(|| shifted_headline(rule, account, market, Shift::NONE))
}

/// The figures of an account that is nothing but its sums, all in the quote asset: what [`shifted_headline`] gives in that case.
#[inline(always)]
fn simple_headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shifts: &Shifts) -> Option<Headline> {
    if rule.term_count() != 2 || !account.is_simple || account.rows_not_ok > 0 || account.rows.is_empty() {
        return None;
    }
    let scale = market.quote_scale;
    let [first, second] = account.sums.values(&account.held, shifts)?;
    let [equity, gross, initial, maintenance] = [first.lane(0), first.lane(1), second.lane(0), second.lane(1)];
    let reduced = rule.reduce(&[initial * scale, maintenance * scale]).risk;
    let [of_initial, of_maintenance] = [reduced.initial, reduced.maintenance].map(|part| part * market.per_quote_scale);
    // a total is a multiple of 2⁻⁶⁰ already: where a model leaves it as it is, summing its one group rounds nothing
    if (of_initial, of_maintenance) != (initial, maintenance) {
        return None;
    }
    Some(Headline {
        equity: equity * scale,
        risk: rule.combine(reduced),
        gross: gross * scale,
        status: RowStatus::Ok,
    })
}

#[cold]
#[inline(never)]
pub(super) fn shifted_headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shift: Shift) -> Headline {
    let mut status = account.worst_row_status();
    let mut equity = ExactSum::ZERO;
    for line in 0..account.rest.lines.len() {
        let (value, line_status) = account.line_value(line, market, shift);
        status = status.max(line_status);
        let value = value * market.per_quote_scale;
        if is_in_range(value) {
            equity.add(value);
        } else {
            status = RowStatus::OutOfRange;
        }
    }
    let risk = account.risk(rule, market, |_, _| ());
    match (status.has_figures(), risk) {
        (true, Some(risk)) => Headline {
            equity: equity.value() * market.quote_scale,
            risk,
            gross: account.sums.get(GROSS).value() * market.quote_scale,
            status,
        },
        (true, None) => Headline::missing(RowStatus::OutOfRange),
        (false, _) => Headline::missing(status),
    }
}

impl Account {
    fn worst_row_status(&self) -> RowStatus {
        if self.rows_not_ok == 0 {
            return RowStatus::Ok;
        }
        let worst = RowStatus::ALL
            .into_iter()
            .rev()
            .find(|&status| self.rest.row_status[status as usize] > 0);
        worst.unwrap_or_default()
    }

    /// Amount of a line with the value of the positions that settle in it, in scaled units; NaN at 2⁴³ and beyond.
    pub(crate) fn net_amount(&self, line: usize) -> f64 {
        let is_home = line == usize::from(self.home);
        let Line {
            balance, cost, value, ..
        } = &self.rest.lines[line];
        let value = if is_home { self.sums.get(VALUE) } else { *value };
        let net = balance.fixed_point() - cost.fixed_point() + value.fixed_point();
        if Money::is_holdable_units(net) {
            fixed_point_value(net)
        } else {
            f64::NAN
        }
    }

    /// What a line's net amount counts in the quote asset, and what that rests on.
    pub(crate) fn line_value(&self, line: usize, market: &Market, shift: Shift) -> (f64, RowStatus) {
        let asset = self.rest.lines[line].asset as usize;
        let amount = self.net_amount(line);
        let terms = &market.assets[asset];
        let price = terms.row.price * terms.scale * shift.asset_ratio(&terms.spec);
        if amount == 0.0 {
            return (0.0, RowStatus::Ok);
        }
        if amount.is_nan() {
            return (f64::NAN, RowStatus::OutOfRange);
        }
        let status = if terms.is_stale {
            RowStatus::Stale
        } else {
            RowStatus::Ok
        };
        if price == 1.0 && terms.spec.haircuts.is_empty() {
            return (amount, status);
        }
        if price.is_nan() {
            return (0.0, RowStatus::MissingPrice);
        }
        let counted = terms.spec.counted_amount(amount * terms.scale) / terms.scale;
        (counted * price, status)
    }

    /// The account's requirements; `visit` is shown each group's. `None` where one is out of range.
    pub(crate) fn risk<M: MarginModel + ?Sized>(
        &self,
        rule: &M,
        market: &Market,
        mut visit: impl FnMut(&Group, Reduced),
    ) -> Option<Risk> {
        let (quote_scale, per_quote_scale) = (market.quote_scale, market.per_quote_scale);
        let term_count = rule.term_count();
        let (mut initial, mut maintenance) = (ExactSum::ZERO, ExactSum::ZERO);
        let mut totals = [0.0; TERMS_MAX];
        for (at, group) in self.rest.groups.iter().enumerate() {
            if group.rows == 0 {
                continue;
            }
            let here = [INITIAL, MAINTENANCE].map(|which| self.sums.get(which));
            let sums = match place_of_terms(at, term_count) {
                None => &here[..],
                Some(place) => &self.rest.group_sums[place..place + term_count],
            };
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total = sum.value() * quote_scale;
            }
            let reduced = rule.reduce(&totals[..term_count]);
            visit(group, reduced);
            let group_initial = reduced.risk.initial * per_quote_scale;
            let group_maintenance = reduced.risk.maintenance * per_quote_scale;
            if !(is_in_range(group_initial) && is_in_range(group_maintenance)) {
                return None;
            }
            initial.add(group_initial);
            maintenance.add(group_maintenance);
        }
        Some(rule.combine(Risk {
            initial: initial.value() * quote_scale,
            maintenance: maintenance.value() * quote_scale,
        }))
    }
}
