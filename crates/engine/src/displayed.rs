//! Liquidation prices as venues display them: named functions that may hold the requirement still, beside the engine's roots. Prices
//! are in quote per unit, signed sizes in units, all else in the quote asset; `None` where the rule gives no positive price.

use crate::assess::PositionContribution;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, InstrumentId};
use crate::instrument::Payoff;
use crate::margin::BracketTable;

/// Which venue's rule a displayed price follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum DisplayedRule {
    /// [`hyperliquid_2023`].
    Hyperliquid2023 = 0,
    /// [`hyperliquid`].
    Hyperliquid = 1,
    /// [`binance_usdm`].
    BinanceUsdm = 2,
}

fn shown(price: f64) -> Option<f64> {
    (price > 0.0 && price.is_finite()).then_some(price)
}

/// Hyperliquid's displayed price of early 2023, with the requirement held at its present value:
/// price − side · (account value − maintenance) / |size|.
///
/// `None` where that is not positive. Inferred from the 12 prices that the venue gave for an account on 2023-03-27, which it
/// gives to every digit (`tests/displayed.rs`).
#[must_use]
pub fn hyperliquid_2023(price: f64, size: f64, account_value: f64, maintenance: f64) -> Option<f64> {
    shown(price - (account_value - maintenance) / size)
}

/// Hyperliquid's price of today's documentation: price − side · available / |size| / (1 − l · side), with l the maintenance
/// rate of the tier at the liquidation notional and `available` the account value less maintenance.
///
/// The tier is solved for: in each bracket the equation equity(p) = N(p)·l − deduction is solved, and the price that lies in
/// its own bracket is taken. Source: hyperliquid.gitbook.io, trading/liquidations.
#[must_use]
pub fn hyperliquid(
    price: f64,
    size: f64,
    account_value: f64,
    maintenance_of_others: f64,
    table: &BracketTable,
) -> Option<f64> {
    // equity(p) = account_value + size·(p − price); requirement(p) = others + |size|·p·l − deduction
    in_its_own_bracket(size, table, |rate, deduction| {
        (size * price - account_value + maintenance_of_others - deduction) / (size - size.abs() * rate)
    })
}

/// Binance USD-M's one-way price, in cross or isolated margin:
/// (WB − TMM₁ + UPNL₁ + cum − side·|q|·EP) / (|q|·MMR − side·|q|), with the bracket that holds |q|·LP.
///
/// * `wallet`: WB, the wallet balance (isolated: that of the position)
/// * `maintenance_of_others`, `profit_of_others`: TMM₁ and UPNL₁ at present marks (isolated: 0)
/// * source: Binance, "How to calculate liquidation price of USDⓈ-M futures contracts"; its example in `tests/displayed.rs`
#[must_use]
pub fn binance_usdm(
    size: f64,
    entry_price: f64,
    wallet: f64,
    maintenance_of_others: f64,
    profit_of_others: f64,
    table: &BracketTable,
) -> Option<f64> {
    in_its_own_bracket(size, table, |rate, deduction| {
        (wallet - maintenance_of_others + profit_of_others + deduction - size * entry_price)
            / (size.abs() * rate - size)
    })
}

/// The price whose notional lies in the bracket that it was solved with: at most one, since the requirement is continuous and
/// moves by less than the value does.
fn in_its_own_bracket(size: f64, table: &BracketTable, solve: impl Fn(f64, f64) -> f64) -> Option<f64> {
    let last = table.brackets().len() - 1;
    table.brackets().iter().enumerate().find_map(|(i, bracket)| {
        let solution = shown(solve(bracket.maintenance_rate, bracket.maintenance_deduction))?;
        let notional = solution * size.abs();
        let is_inside = notional >= bracket.lower && (notional <= bracket.upper || i == last);
        is_inside.then_some(solution)
    })
}

impl Engine {
    /// The liquidation price of one position as a venue displays it, from the account's present figures; `None` where the
    /// venue shows none.
    ///
    /// # Errors
    /// Handles; [`Code::NotApplicable`] where the position is not a linear one settled in the quote asset, the account has
    /// no figures, or its model has no brackets.
    pub fn displayed_liquidation_price(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        rule: DisplayedRule,
    ) -> Result<Option<f64>> {
        let held = self.accounts.row(self.accounts.slot(account)?);
        let slot = self.market.instruments.slot(instrument)?;
        let not_applicable = |field: &'static str, expected: &'static str| {
            Err(EngineError::new(Code::NotApplicable, field, expected, "another"))
        };
        let assessment = self.explain(account, held);
        let is_asked_for = |position: &&PositionContribution| position.instrument == instrument && position.size != 0.0;
        let Some(position) = assessment.positions.iter().find(is_asked_for) else {
            return not_applicable("instrument", "one that the account holds");
        };
        let spec = &self.market.instruments.row(slot).spec;
        if spec.payoff != Payoff::Linear || spec.kind.is_option() || spec.settle.0 != 0 {
            return not_applicable("instrument", "a linear one settled in the quote asset");
        }
        if !assessment.status.has_figures() {
            return not_applicable("account", "one whose figures are known");
        }
        let model = &self.models[held.model as usize].rule;
        let Some(table) = model.as_brackets().and_then(|brackets| brackets.table(slot)) else {
            return not_applicable("account", "one whose margin model has brackets");
        };
        // sizes in units of the underlying, so that notional = size · price
        let size = position.size * spec.multiplier;
        let (equity, maintenance) = (assessment.equity, assessment.risk.maintenance);
        let of_others = maintenance - position.maintenance;
        Ok(match rule {
            DisplayedRule::Hyperliquid2023 => hyperliquid_2023(position.mark, size, equity, maintenance),
            DisplayedRule::Hyperliquid => hyperliquid(position.mark, size, equity, of_others, table),
            DisplayedRule::BinanceUsdm => {
                let profit: f64 = assessment.positions.iter().map(|other| other.equity).sum();
                let wallet = equity - profit;
                let profit_of_others = profit - position.equity;
                binance_usdm(size, position.entry_price, wallet, of_others, profit_of_others, table)
            }
        })
    }
}
