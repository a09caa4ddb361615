//! A margin model with what it keeps of each instrument.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::account::Stepped;
use crate::margin::RecordInputs;
use crate::market::{Market, Shift};

/// A margin model with what it keeps per instrument.
pub(crate) struct Model {
    pub rule: Box<dyn Stepped>,
    pub record_len: usize,
    /// `record_len` doubles per instrument slot.
    pub records: Vec<f64>,
    /// Records of the instruments in the market's `moved`, as they were.
    pub records_before: Vec<f64>,
}

impl Model {
    /// A model with its records of everything registered.
    pub(crate) fn new(rule: Box<dyn Stepped>, market: &mut Market) -> Self {
        let record_len = rule.record_len();
        let extent = market.instruments.extent();
        let mut model = Self {
            rule,
            record_len,
            records: vec![0.0; extent * record_len],
            records_before: Vec::with_capacity(extent * record_len),
        };
        write_all_records(&mut model, market);
        market.has_records |= record_len > 0;
        model
    }

    #[inline(always)]
    pub(crate) fn record(&self, instrument: usize) -> &[f64] {
        &self.records[instrument * self.record_len..(instrument + 1) * self.record_len]
    }
}

pub(crate) fn write_all_records(model: &mut Model, market: &Market) {
    if model.record_len > 0 {
        for slot in 0..market.instruments.extent() {
            if market.instruments.get(slot).is_some() {
                write_record(model, market, slot);
            }
        }
    }
}

/// Writes one model's record of one instrument.
pub(crate) fn write_record(model: &mut Model, market: &Market, slot: usize) {
    let at = slot * model.record_len;
    let record = &mut model.records[at..at + model.record_len];
    write_record_at(&*model.rule, market, slot, Shift::NONE, record);
}

/// Writes a model's record of one instrument as it would be after a shift.
pub(crate) fn write_record_at(rule: &dyn Stepped, market: &Market, slot: usize, shift: Shift, record: &mut [f64]) {
    let spec = &market.instruments.row(slot).spec;
    let (quote, greeks) = market.quote_at(slot, shift);
    let is_shifted = shift.underlying == Some(spec.underlying);
    let (price_ratio, vol_ratio, settle_ratio) = if is_shifted {
        (shift.price_ratio, shift.vol_ratio, 1.0)
    } else {
        // the settlement asset may move where the price does not
        (1.0, 1.0, shift.asset_ratio(&market.assets[spec.settle.slot()].spec))
    };
    let reprice = |price_move: f64, vol_move: f64| {
        let further = Shift {
            underlying: Some(spec.underlying),
            price_ratio: price_ratio * price_move,
            vol_ratio: vol_ratio * vol_move,
        };
        let (quote, _) = market.quote_at(slot, further);
        quote.unit_value * quote.settle_price * settle_ratio
    };
    rule.write_record(
        &RecordInputs {
            instrument: slot,
            spec,
            quote: &quote,
            greeks: &greeks,
            reprice: &reprice,
        },
        record,
    );
}
