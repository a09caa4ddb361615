//! Margin models: the four steps that turn an account and a market into requirements.
//!
//! 1. **Terms**: each position gives K numbers from its instrument's quote, the model's own record of the instrument, and
//!    its size.
//! 2. **Sum** the terms per netting group, exactly, so that a tick adds differences and still equals a full pass.
//! 3. **Reduce** each group's sums to a [`Risk`].
//! 4. **Combine** the groups of an account.
//!
//! A model is a file in this folder that says its K, its group, its terms, its reduce and its combine; `docs/margin-models.md`
//! shows how each rule of the venues fits.

mod bands;
mod brackets;
#[cfg(test)]
pub(crate) mod scenario_grid;

pub use bands::{Bands, Threshold};
pub use brackets::{Bracket, BracketTable, BracketUnit, Brackets};

use crate::error::Result;
use crate::greeks::UnitGreeks;
use crate::instrument::InstrumentSpec;
use crate::quote::Quote;
use crate::snapshot::codec::Writer;

/// Most terms that a model may have per position.
pub const TERMS_MAX: usize = 32;

/// The two requirements of a group or an account, in the quote asset.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Risk {
    /// Initial requirement.
    pub initial: f64,
    /// Maintenance requirement.
    pub maintenance: f64,
}

/// A group's requirements and what decided them.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Reduced {
    /// The group's requirements.
    pub risk: Risk,
    /// Index of the term that bound, e.g. the worst scenario; `u32::MAX` where the rule has none.
    pub binding: u32,
}

/// Which positions of an account net against each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grouping {
    /// All of them.
    Account,
    /// Those settled in one asset.
    Settlement,
    /// Those in one instrument.
    Instrument,
    /// Those on one underlying.
    Underlying,
    /// Those on one underlying with one expiry.
    Expiry,
}

/// Resting orders of one position, as sums over each side.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct OpenOrders {
    /// Size of all buy orders.
    pub buy_size: f64,
    /// Size of all sell orders, positive.
    pub sell_size: f64,
    /// What filling the buys at their prices costs, in scaled units of the settlement asset.
    pub buy_cost: f64,
    /// What filling the sells at their prices brings, likewise.
    pub sell_proceeds: f64,
}

/// One position as a model sees it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Slot of the instrument.
    pub instrument: usize,
    /// One unit of size.
    pub quote: &'a Quote,
    /// What the model wrote about the instrument when its quote last moved.
    pub record: &'a [f64],
    /// Signed size.
    pub size: f64,
    /// 1 / the leverage that the account chose for the instrument, 0 where it chose none.
    pub initial_rate_floor: f64,
    /// Resting orders, where there are any.
    pub orders: Option<&'a OpenOrders>,
}

/// An instrument as a model sees it when it writes its record.
#[derive(Clone, Copy)]
pub struct RecordInputs<'a> {
    /// Slot of the instrument.
    pub instrument: usize,
    /// Its terms.
    pub spec: &'a InstrumentSpec,
    /// One unit of size now.
    pub quote: &'a Quote,
    /// Derivatives of one unit.
    pub greeks: &'a UnitGreeks,
    /// Value of one unit in the quote asset after the price moved by the first ratio and the vol by the second.
    pub reprice: &'a dyn Fn(f64, f64) -> f64,
}

/// A rule for margin requirements.
pub trait MarginModel: Send {
    /// Version of the parameters in force; a replacement must have a greater one.
    fn version(&self) -> u32;
    /// Thresholds between bands.
    fn bands(&self) -> &Bands;
    /// K: numbers that each position gives, 1 to [`TERMS_MAX`].
    fn term_count(&self) -> usize;
    /// Which positions net.
    fn grouping(&self) -> Grouping;
    /// Whether the model has parameters for an instrument.
    ///
    /// # Errors
    /// [`crate::Code::MissingParameters`] where it has none.
    fn supports(&self, instrument: usize, spec: &InstrumentSpec) -> Result<()>;
    /// Doubles per instrument that the model keeps, written by [`MarginModel::write_record`] whenever the quote moves.
    fn record_len(&self) -> usize {
        0
    }
    /// Writes the record of one instrument.
    fn write_record(&self, _inputs: &RecordInputs<'_>, _record: &mut [f64]) {}
    /// Step 1: the K numbers of one position, each below 2³¹ in size.
    fn terms(&self, row: &Row<'_>, terms: &mut [f64]);
    /// Step 1 again, for models of two terms: what [`MarginModel::terms`] gives for a row without orders and chosen leverage
    /// whose instrument is no option, from its notional in the quote asset. The loop over a book asks here first; `None`
    /// sends it to `terms`.
    fn plain_terms(&self, _instrument: usize, _notional: f64) -> Option<[f64; 2]> {
        None
    }
    /// Step 3: one group's requirements from its K sums.
    fn reduce(&self, sums: &[f64]) -> Reduced;
    /// Step 4: the account's requirements from the sum over its groups.
    fn combine(&self, sum: Risk) -> Risk {
        sum
    }
    /// The most that each requirement changes by, as a share of the change of the notionals of an account's positions; of orders
    /// and of what fills lose nothing; infinite where one that liquidation goes by jumps. A search for liquidation prices looks
    /// only where health can come to zero at that.
    fn rates_max(&self) -> Risk;
    /// Whether the terms of a position without orders that is no option are linear in its notional between [`MarginModel::kinks`].
    fn is_piecewise_linear(&self) -> bool {
        false
    }
    /// Notionals at which a position's terms have a kink, in the quote asset at the row's settlement price.
    fn kinks(&self, _row: &Row<'_>, _visit: &mut dyn FnMut(f64)) {}
    /// Takes back what the model was told of the instrument in a slot, which may get another one.
    fn forget_instrument(&mut self, _instrument: usize) {}
    /// Four letters that name the kind of model in snapshots; [`crate::ModelKind`] reads it back.
    fn kind(&self) -> [u8; 4];
    /// Writes all parameters, version and bands with them.
    fn write_parameters(&self, writer: &mut Writer);
    /// Parameters of the brackets kind, for those that have them.
    fn as_brackets(&self) -> Option<&Brackets> {
        None
    }
    /// Likewise, to replace them.
    fn as_brackets_mut(&mut self) -> Option<&mut Brackets> {
        None
    }
}
