//! The few words an answer is given in: row status, band, leverage.

use crate::snapshot::codec::stored_names;

/// What a row's figures rest on. Worse states compare greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[repr(u8)]
pub enum RowStatus {
    /// Every price used is there and fresh.
    #[default]
    Ok = 0,
    /// The last price is older than the engine's limit; figures use it.
    Stale = 1,
    /// The option or future is past its expiry and not yet settled; figures use its exercise value at the last price.
    Expired = 2,
    /// The option has no vol and no price that implies one, or a mark that no vol explains; figures are missing.
    NoVol = 3,
    /// A price that the figures need was never given; figures are missing.
    MissingPrice = 4,
    /// A contribution is too large for exact sums (2³¹ scaled units); figures are missing.
    OutOfRange = 5,
}

impl RowStatus {
    /// Number of states.
    pub const COUNT: usize = 6;
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Ok,
        Self::Stale,
        Self::Expired,
        Self::NoVol,
        Self::MissingPrice,
        Self::OutOfRange,
    ];

    /// Whether figures can be computed in this state.
    #[must_use]
    pub fn has_figures(self) -> bool {
        self <= Self::Expired
    }
}

/// How an account stands towards its requirements. Thresholds belong to the margin model. Worse bands compare greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[repr(u8)]
pub enum Band {
    /// Above the warning threshold.
    #[default]
    Healthy = 0,
    /// At or below the warning threshold.
    Warning = 1,
    /// Only trades that lower the requirement are allowed.
    ReduceOnly = 2,
    /// The venue may liquidate.
    Liquidatable = 3,
    /// Equity is gone.
    Insolvent = 4,
}

stored_names! { Band { Healthy, Warning, ReduceOnly, Liquidatable, Insolvent } }

/// A leverage, which is not always a number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Leverage {
    /// Nothing is held.
    None,
    /// A leverage > 0.
    Finite(f64),
    /// Equity does not exceed the maintenance requirement.
    Liquidatable,
    /// Equity is not positive.
    Insolvent,
    /// A figure that it needs is missing.
    Unknown,
}

impl Leverage {
    /// `exposure / equity`: finite while equity is positive.
    #[must_use]
    #[inline(never)]
    pub fn on_equity(exposure: f64, equity: f64) -> Self {
        if exposure.is_nan() || equity.is_nan() {
            Self::Unknown
        } else if exposure == 0.0 {
            Self::None
        } else if equity > 0.0 {
            let leverage = exposure / equity;
            // an exposure that vanishes beside the equity is none
            if leverage > 0.0 {
                Self::Finite(leverage)
            } else {
                Self::None
            }
        } else {
            Self::Insolvent
        }
    }

    /// `exposure / (equity − maintenance)`, the inverse of the first-order relative distance to liquidation.
    #[must_use]
    #[inline(never)]
    pub fn on_maintenance(exposure: f64, equity: f64, maintenance: f64) -> Self {
        match Self::on_equity(exposure, equity) {
            Self::Finite(_) if maintenance.is_nan() => Self::Unknown,
            Self::Finite(_) if equity > maintenance => Self::Finite(exposure / (equity - maintenance)),
            Self::Finite(_) => Self::Liquidatable,
            other => other,
        }
    }

    /// The state as a number for columns: 0 none, 1 finite, 2 liquidatable, 3 insolvent, 4 unknown.
    #[must_use]
    pub fn state(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Finite(_) => 1,
            Self::Liquidatable => 2,
            Self::Insolvent => 3,
            Self::Unknown => 4,
        }
    }

    /// The value where it is finite, else NaN.
    #[must_use]
    pub fn value(self) -> f64 {
        if let Self::Finite(value) = self {
            value
        } else {
            f64::NAN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Leverage;

    #[test]
    fn leverage_is_never_infinite_or_negative() {
        assert_eq!(Leverage::on_equity(0.0, -5.0), Leverage::None);
        assert_eq!(Leverage::on_equity(5e-324, 4.0), Leverage::None);
        assert_eq!(Leverage::on_equity(10.0, 4.0), Leverage::Finite(2.5));
        assert_eq!(Leverage::on_equity(10.0, 0.0), Leverage::Insolvent);
        assert_eq!(Leverage::on_maintenance(10.0, 4.0, 2.0), Leverage::Finite(5.0));
        assert_eq!(Leverage::on_maintenance(10.0, 4.0, 4.0), Leverage::Liquidatable);
        assert_eq!(Leverage::on_maintenance(10.0, -4.0, 4.0), Leverage::Insolvent);
        assert_eq!(Leverage::on_maintenance(10.0, f64::NAN, 4.0), Leverage::Unknown);
    }
}
