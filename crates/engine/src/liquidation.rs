//! Liquidation prices in cross margin: every price of one underlying at which health crosses zero.
//!
//! The line: every instrument on the underlying and every asset that names it moves by one ratio; vols, time and other
//! underlyings are held; the tier is the one at the solved price. Health along it is equity less the liquidation threshold of
//! the model's bands.
//!
//! | file | does |
//! | --- | --- |
//! | `line` | health at a ratio |
//! | `held_chain` | options of the account, priced together at a ratio |
//! | `kinks` | ratios at which health bends, known beforehand |
//! | `linear` | roots by closed form, where health is linear between kinks |
//! | `curved` | roots in brackets, where options, orders or another model curve it |

mod curved;
mod held_chain;
mod kinks;
mod line;
mod linear;

use alloc::vec::Vec;
use core::iter;

use crate::account::Account;
use crate::engine::Engine;
use crate::error::Result;
use crate::handle::{AccountId, UnderlyingId};
use crate::sort;

use line::Line;

/// Why there is no liquidation price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum NoPrice {
    /// Nothing that the account holds moves with the underlying.
    NoExposure = 0,
    /// A price that health needs is missing, or a figure is out of range.
    MissingPrice = 1,
    /// The account is above the threshold at every price; with options, orders or a curved model, at every price from 1e-4 to
    /// 1e4 times the present one at which its figures are in range.
    SafeAtEveryPrice = 2,
    /// The account is liquidatable at every price, likewise.
    LiquidatableAtEveryPrice = 3,
}

/// One price at which health crosses zero.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiquidationRoot {
    /// Price of the underlying.
    pub price: f64,
    /// Price / present price.
    pub ratio: f64,
    /// Whether the account is liquidatable just above it (and safe just below); else the reverse.
    pub is_liquidatable_above: bool,
}

/// All liquidation prices along one underlying, ascending.
#[derive(Clone, PartialEq, Debug)]
pub struct LiquidationPrices {
    /// Present reference price of the underlying; NaN where there is none.
    pub reference: f64,
    /// The roots.
    pub roots: Vec<LiquidationRoot>,
    /// Why there are none.
    pub none: Option<NoPrice>,
}

impl Engine {
    /// Every liquidation price of an account along one underlying, all else held.
    ///
    /// Accuracy: a root is off by at most 1e-12 of itself plus the rounding of health divided by its slope there
    /// (`tests/liquidation.rs`).
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn liquidation_prices(&self, account: AccountId, underlying: UnderlyingId) -> Result<LiquidationPrices> {
        self.check_underlying(underlying)?;
        Ok(self.liquidation_prices_of(self.accounts.slot(account)?, underlying))
    }

    /// The account's health (equity less the liquidation threshold) with the underlying at a ratio of its present price,
    /// NaN where figures are missing.
    ///
    /// # Errors
    /// As [`Engine::liquidation_prices`].
    pub fn health_at(&self, account: AccountId, underlying: UnderlyingId, ratio: f64) -> Result<f64> {
        self.check_underlying(underlying)?;
        let mut line = Line::new(self, self.accounts.slot(account)?, underlying);
        Ok(line
            .equity_and_level(ratio)
            .map_or(f64::NAN, |(equity, level, _)| equity - level))
    }

    pub(crate) fn liquidation_prices_of(&self, slot: usize, underlying: UnderlyingId) -> LiquidationPrices {
        let reference = self.market.underlyings[underlying.slot()].row.price;
        let none = |reason| LiquidationPrices {
            reference,
            roots: Vec::new(),
            none: Some(reason),
        };
        if !moves_with(self, self.accounts.row(slot), underlying) {
            return none(NoPrice::NoExposure);
        }
        let mut line = Line::new(self, slot, underlying);
        let now = line.at(1.0);
        if reference.is_nan() || !now.has_figures() {
            return none(NoPrice::MissingPrice);
        }
        let (kinks, is_curved) = line.kinks();
        let mut roots = if is_curved {
            line.curved_roots(&kinks)
        } else {
            line.linear_roots(&kinks)
        };
        sort::in_place(&mut roots, |root| sort::key_of(root.ratio));
        let reason = if now.is_safe() {
            NoPrice::SafeAtEveryPrice
        } else {
            NoPrice::LiquidatableAtEveryPrice
        };
        LiquidationPrices {
            reference,
            none: roots.is_empty().then_some(reason),
            roots,
        }
    }
}

/// Whether anything that an account holds moves with an underlying.
fn moves_with(engine: &Engine, account: &Account, underlying: UnderlyingId) -> bool {
    moved_by(engine, account).any(|other| other == underlying)
}

/// The underlyings with which anything that an account holds moves; one may come more than once.
pub(crate) fn moved_by<'a>(engine: &'a Engine, account: &'a Account) -> impl Iterator<Item = UnderlyingId> + 'a {
    let named_by = |asset: usize| engine.market.assets[asset].spec.underlying;
    let rows = account.rows.iter().zip(&account.rest.details);
    let of_rows = rows
        .filter(|(row, detail)| row.size != 0.0 || detail.resting.is_some())
        .flat_map(move |(row, _)| {
            let spec = &engine.market.instruments.row(row.instrument as usize).spec;
            iter::once(spec.underlying).chain(named_by(spec.settle.slot()))
        });
    let of_lines = account.rest.lines.iter().enumerate();
    let of_lines = of_lines
        .filter_map(move |(line, held)| named_by(held.asset as usize).filter(|_| account.net_amount(line) != 0.0));
    of_rows.chain(of_lines)
}
