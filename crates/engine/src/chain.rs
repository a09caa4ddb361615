//! Options of one underlying and expiry, which are priced together: what they share is computed once.

use alloc::vec::Vec;

use plimsoll_math::black::{Chain, Forward, Greeks, GreeksColumns, Output, Terms};
use plimsoll_math::OptionType;

/// Where an option is listed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Listing {
    pub chain: u32,
    pub row: u32,
}

/// The figures that quotes are made from. All but price and delta serve derivatives.
const WANTED: [Output; 8] = [
    Output::Price,
    Output::Delta,
    Output::Gamma,
    Output::Vega,
    Output::Theta,
    Output::Rho,
    Output::Vanna,
    Output::Volga,
];
/// How many of them are needed while vol does not move with the forward.
const USUAL: usize = 6;

/// An option's value by Black's formula and its derivatives, in price units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct ModelFigures {
    pub greeks: Greeks,
    /// ∂²price/∂F∂σ and ∂²price/∂σ², where they were asked for; else 0.
    pub vanna: f64,
    pub volga: f64,
}

impl ModelFigures {
    fn of([price, delta, gamma, vega, theta, rho, vanna, volga]: [f64; WANTED.len()]) -> Self {
        Self {
            greeks: Greeks {
                price,
                delta,
                gamma,
                vega,
                theta,
                rho,
            },
            vanna,
            volga,
        }
    }
}

/// The options of one underlying and expiry.
#[derive(Clone, Debug)]
pub(crate) struct OptionChain {
    underlying: u32,
    expiry_ms: f64,
    strikes: Chain,
    /// Slot of the instrument in each row.
    pub slots: Vec<u32>,
    /// Of each row at `priced_at` and its vol in the chain.
    figures: [Vec<f64>; USUAL],
    status: Vec<u8>,
    /// Terms of the last pricing of all rows, vol aside.
    priced_at: Option<Terms>,
    /// Options that the pass under way has touched.
    pub touched: u32,
}

impl OptionChain {
    pub(crate) fn new(underlying: u32, expiry_ms: f64) -> Self {
        Self {
            underlying,
            expiry_ms,
            strikes: Chain::new::<Forward>(),
            slots: Vec::new(),
            figures: [const { Vec::new() }; USUAL],
            status: Vec::new(),
            priced_at: None,
            touched: 0,
        }
    }

    pub(crate) fn is_of(&self, underlying: u32, expiry_ms: f64) -> bool {
        self.underlying == underlying && self.expiry_ms == expiry_ms
    }

    /// Lists an option and makes room for its figures; returns its row.
    pub(crate) fn list(&mut self, slot: u32, option: OptionType, strike: f64) -> u32 {
        let row = self.slots.len();
        self.slots.push(slot);
        self.strikes.push(option == OptionType::Call, strike);
        self.resize();
        row as u32
    }

    /// Takes a row off the list; the last one takes its place.
    pub(crate) fn unlist(&mut self, row: u32) {
        self.slots.swap_remove(row as usize);
        self.strikes.swap_remove(row as usize);
        self.resize();
    }

    fn resize(&mut self) {
        self.priced_at = None;
        self.status.resize(self.slots.len(), 0);
        for column in &mut self.figures {
            column.resize(self.slots.len(), 0.0);
        }
    }

    /// The vols of the rows, to be written before [`OptionChain::price_all`].
    pub(crate) fn vols_mut(&mut self) -> &mut [f64] {
        self.strikes.vols_mut()
    }

    /// Prices every row at the same terms, each at its vol in the chain.
    pub(crate) fn price_all(&mut self, terms: &Terms) {
        self.strikes.set_clock(terms.years, terms.rate, terms.carry);
        self.strikes.set_underlying(terms.price);
        let mut out = GreeksColumns::new(&mut self.status);
        for (column, output) in self.figures.iter_mut().zip(WANTED) {
            out.want(output, column);
        }
        let outcome = self.strikes.greeks(&mut out);
        debug_assert!(outcome.is_ok(), "every column has a row for each option");
        self.priced_at = Some(*terms);
    }

    /// Forgets the figures of all rows, which hold for one pass.
    pub(crate) fn end_pass(&mut self) {
        self.touched = 0;
        self.priced_at = None;
    }

    pub(crate) fn is_priced(&self) -> bool {
        self.priced_at.is_some()
    }

    /// Figures of a row at its terms: those of all rows where they were priced at the same, else its own, which have the same
    /// bits; `None` where there is no price or no delta, as for an input outside the model's domain. What else there is not is NaN:
    /// gamma, or theta at expiry, with the forward at the strike and no time or vol left; gamma by a forward near 0.
    pub(crate) fn figures_at(&self, row: u32, terms: &Terms, moves_vol: bool) -> Option<ModelFigures> {
        let row = row as usize;
        let mut figures = [0.0; WANTED.len()];
        let in_chain = self.priced_at.filter(|all| {
            let all = Terms {
                vol: self.strikes.vols()[row],
                ..*all
            };
            !moves_vol && all == *terms
        });
        if in_chain.is_some() {
            for (figure, column) in figures.iter_mut().zip(&self.figures) {
                *figure = column[row];
            }
        } else {
            let mut status = [0];
            let mut out = GreeksColumns::new(&mut status);
            let count = if moves_vol { WANTED.len() } else { USUAL };
            for (figure, output) in figures.chunks_exact_mut(1).zip(WANTED).take(count) {
                out.want(output, figure);
            }
            let outcome = self.strikes.greeks_at(row, terms, &mut out);
            debug_assert!(outcome.is_ok(), "every column has one row");
        }
        let [price, delta, ..] = figures;
        (!(price.is_nan() || delta.is_nan())).then(|| ModelFigures::of(figures))
    }
}
