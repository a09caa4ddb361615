//! One option as its numbers.

use plimsoll_math::black::{all_figures, Model, OptionType, PriceStatus, OUTPUTS};

/// Inputs of one option.
#[derive(Clone, Copy, Debug)]
pub struct Inputs {
    pub option: OptionType,
    pub spot: f64,
    pub strike: f64,
    pub years: f64,
    pub rate: f64,
    pub carry: f64,
    pub vol: f64,
}

impl Inputs {
    pub fn figures<M: Model>(&self) -> ([f64; OUTPUTS], PriceStatus) {
        all_figures::<M>(
            self.option,
            self.spot,
            self.strike,
            self.years,
            self.rate,
            self.carry,
            self.vol,
        )
    }

    /// q as the model reads it.
    pub fn carry_of<M: Model>(&self) -> f64 {
        if M::FORWARD {
            self.rate
        } else {
            self.carry
        }
    }
}
