//! Thresholds between bands, with hysteresis.

use crate::error::{Code, EngineError, Result};
use crate::margin::Risk;
use crate::snapshot::codec::stored;
use crate::status::Band;

/// A level of equity: the greater of a multiple of the initial and one of the maintenance requirement.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Threshold {
    /// Multiple of the initial requirement.
    pub initial: f64,
    /// Multiple of the maintenance requirement.
    pub maintenance: f64,
}

stored! { Threshold { initial, maintenance } }

impl Threshold {
    fn level(&self, risk: Risk) -> f64 {
        let (by_initial, by_maintenance) = (self.initial * risk.initial, self.maintenance * risk.maintenance);
        // f64::max is a call in WebAssembly
        if by_initial < by_maintenance {
            by_maintenance
        } else {
            by_initial
        }
    }
}

/// Where each band begins. Equity below a threshold is in its band; insolvent is equity ≤ 0 with a requirement, or < 0.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bands {
    /// Below it: warning.
    pub warning: Threshold,
    /// Below it: reduce-only.
    pub reduce_only: Threshold,
    /// Below it: liquidatable.
    pub liquidatable: Threshold,
    /// Whether equity exactly at the liquidatable threshold is liquidatable (Euler) or safe (dYdX, Aave, Compound).
    pub is_equality_liquidatable: bool,
    /// To be told of a better band, equity must exceed its threshold by this share of it.
    pub hysteresis: f64,
}

stored! { Bands { warning, reduce_only, liquidatable, is_equality_liquidatable, hysteresis } }

impl Default for Bands {
    fn default() -> Self {
        Self {
            warning: Threshold {
                initial: 1.25,
                maintenance: 0.0,
            },
            reduce_only: Threshold {
                initial: 1.0,
                maintenance: 0.0,
            },
            liquidatable: Threshold {
                initial: 0.0,
                maintenance: 1.0,
            },
            is_equality_liquidatable: true,
            hysteresis: 0.01,
        }
    }
}

impl Bands {
    /// Refuses thresholds that are not finite and ≥ 0.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming the threshold.
    pub fn validate(&self) -> Result<()> {
        let fields = [
            ("bands.warning.initial", self.warning.initial),
            ("bands.warning.maintenance", self.warning.maintenance),
            ("bands.reduceOnly.initial", self.reduce_only.initial),
            ("bands.reduceOnly.maintenance", self.reduce_only.maintenance),
            ("bands.liquidatable.initial", self.liquidatable.initial),
            ("bands.liquidatable.maintenance", self.liquidatable.maintenance),
            ("bands.hysteresis", self.hysteresis),
        ];
        match fields
            .into_iter()
            .find(|(_, value)| !(value.is_finite() && *value >= 0.0))
        {
            Some((field, value)) => Err(EngineError::new(Code::InvalidValue, field, "finite and ≥ 0", value)),
            None => Ok(()),
        }
    }

    /// The equity, in the quote asset, at which liquidation begins.
    #[must_use]
    pub fn liquidation_level(&self, risk: Risk) -> f64 {
        self.liquidatable.level(risk)
    }

    /// The band of an equity against its requirements, without memory.
    #[must_use]
    pub fn classify(&self, equity: f64, risk: Risk) -> Band {
        self.classify_with_slack(equity, risk, 0.0)
    }

    fn classify_with_slack(&self, equity: f64, risk: Risk, slack: f64) -> Band {
        let factor = 1.0 + slack;
        let liquidation = self.liquidatable.level(risk) * factor;
        if equity < 0.0 || (risk.maintenance > 0.0 && equity <= slack * risk.maintenance) {
            Band::Insolvent
        } else if equity < liquidation || (self.is_equality_liquidatable && liquidation > 0.0 && equity == liquidation)
        {
            Band::Liquidatable
        } else if equity < self.reduce_only.level(risk) * factor {
            Band::ReduceOnly
        } else if equity < self.warning.level(risk) * factor {
            Band::Warning
        } else {
            Band::Healthy
        }
    }

    /// The band after a reading, given the one before it: worse at once, better only past the hysteresis.
    #[must_use]
    #[inline(always)]
    pub fn next(&self, before: Band, equity: f64, risk: Risk) -> Band {
        // most accounts are healthy and stay so; no level is below 0
        let is_above = |threshold: &Threshold| equity > threshold.level(risk);
        let thresholds = [&self.warning, &self.reduce_only, &self.liquidatable];
        if before == Band::Healthy && thresholds.into_iter().all(is_above) {
            return Band::Healthy;
        }
        self.next_by_class(before, equity, risk)
    }

    #[inline(never)]
    fn next_by_class(&self, before: Band, equity: f64, risk: Risk) -> Band {
        let now = self.classify(equity, risk);
        if now >= before {
            now
        } else {
            self.classify_with_slack(equity, risk, self.hysteresis).min(before)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RISK: Risk = Risk {
        initial: 100.0,
        maintenance: 50.0,
    };

    #[test]
    fn each_threshold_has_one_band_on_either_side() {
        let bands = Bands::default();
        let cases = [
            (125.0, Band::Healthy),
            (124.999, Band::Warning),
            (100.0, Band::Warning),
            (99.999, Band::ReduceOnly),
            (50.001, Band::ReduceOnly),
            (50.0, Band::Liquidatable),
            (0.001, Band::Liquidatable),
            (0.0, Band::Insolvent),
            (-1.0, Band::Insolvent),
        ];
        for (equity, band) in cases {
            assert_eq!(bands.classify(equity, RISK), band, "equity {equity}");
        }
        let safe_at_equality = Bands {
            is_equality_liquidatable: false,
            ..bands
        };
        assert_eq!(safe_at_equality.classify(50.0, RISK), Band::ReduceOnly);
    }

    #[test]
    fn an_empty_account_is_healthy_and_one_in_debt_insolvent() {
        let bands = Bands::default();
        assert_eq!(bands.classify(0.0, Risk::default()), Band::Healthy);
        assert_eq!(bands.classify(-0.01, Risk::default()), Band::Insolvent);
    }

    #[test]
    fn each_band_is_left_for_a_better_one_at_its_threshold_and_the_hysteresis() {
        // 1 % above 1.25·100, 1·100 and 50; out of insolvency at 1 % of the maintenance of 50
        let bands = Bands::default();
        let steps = [
            (Band::Insolvent, 0.5, Band::Liquidatable),
            (Band::Liquidatable, 50.5, Band::ReduceOnly),
            (Band::ReduceOnly, 101.0, Band::Warning),
            (Band::Warning, 126.25, Band::Healthy),
        ];
        for (before, level, after) in steps {
            assert_eq!(bands.next(before, level * (1.0 - 1e-9), RISK), before, "{before:?}");
            assert_eq!(bands.next(before, level * (1.0 + 1e-9), RISK), after, "{before:?}");
        }
    }

    #[test]
    fn an_account_that_needs_ever_so_little_is_insolvent_at_zero() {
        let risk = Risk {
            initial: 2e-9,
            maintenance: 1e-9,
        };
        let cases = [
            (0.0, Band::Insolvent),
            (1e-9, Band::Liquidatable),
            (1.5e-9, Band::ReduceOnly),
        ];
        for (equity, band) in cases {
            assert_eq!(Bands::default().classify(equity, risk), band, "equity {equity}");
        }
    }

    #[test]
    fn a_better_band_is_told_only_past_the_hysteresis_and_a_second_reading_changes_nothing() {
        let bands = Bands::default();
        assert_eq!(bands.next(Band::Liquidatable, 50.2, RISK), Band::Liquidatable);
        assert_eq!(bands.next(Band::Liquidatable, 50.6, RISK), Band::ReduceOnly);
        assert_eq!(bands.next(Band::Healthy, 49.0, RISK), Band::Liquidatable);
        for before in [
            Band::Healthy,
            Band::Warning,
            Band::ReduceOnly,
            Band::Liquidatable,
            Band::Insolvent,
        ] {
            for equity in [-1.0, 0.2, 0.6, 49.9, 50.2, 50.6, 100.5, 101.5, 125.5, 127.0] {
                let once = bands.next(before, equity, RISK);
                assert_eq!(bands.next(once, equity, RISK), once, "{before:?} {equity}");
            }
        }
    }
}
