//! Volatility surfaces: where options of an underlying have their vols from that have none of their own.

use alloc::vec::Vec;

use plimsoll_math::surface::{Expiry, SmileVol, Stickiness, Surface, SurfaceFault, Svi};

use crate::error::{Code, EngineError, Phrase, Result};
use crate::snapshot::codec::{stored, stored_names};
use crate::time::{TERM_MAX_MS, YEAR_MS};

/// A raw SVI slice from a, b, ρ, m, σ.
///
/// # Errors
/// [`Code::InvalidValue`] naming the parameter within `svi`.
pub fn svi_slice([a, b, rho, m, sigma]: [f64; 5]) -> Result<Svi> {
    Svi::new(a, b, rho, m, sigma).map_err(|fault| {
        let (field, expected) = match fault.parameter {
            "a" => ("svi.a", "within ±1e30, with a + b·sigma·√(1 − rho²) ≥ 0"),
            "b" => ("svi.b", "between 0 and 1e30"),
            "rho" => ("svi.rho", "between −1 and 1"),
            "m" => ("svi.m", "within ±1e30"),
            _ => ("svi.sigma", "between 1e-30 and 1e30"),
        };
        EngineError::new(Code::InvalidValue, field, expected, fault.value)
    })
}

/// A surface from rows of years, forward, a, b, ρ, m, σ, by rising years.
///
/// # Errors
/// [`Code::InvalidValue`] naming the field of the first row that makes no slice or is out of order.
pub fn svi_surface(rows: &[[f64; 7]]) -> Result<Surface> {
    let expiries = rows
        .iter()
        .enumerate()
        .map(|(i, &[years, forward, a, b, rho, m, sigma])| {
            let slice = svi_slice([a, b, rho, m, sigma]).map_err(|error| error.within("expiries[{}].", i))?;
            Ok(Expiry { years, forward, slice })
        });
    let expiries = expiries.collect::<Result<_>>()?;
    Surface::new(expiries).map_err(|fault| match fault {
        SurfaceFault::Empty => EngineError::new(Code::InvalidValue, "expiries", "at least one expiry", "none"),
        SurfaceFault::InvalidExpiry(i) => {
            let [years, forward, ..] = rows[i];
            let (field, expected, came) = if forward > 0.0 && forward.is_finite() {
                ("expiries[{}].years", "finite, > 0 and rising", years)
            } else {
                ("expiries[{}].forward", "a finite number > 0", forward)
            };
            EngineError::new(Code::InvalidValue, Phrase::new(field, [i as f64]), expected, came)
        }
    })
}

/// A slice of an underlying's surface, for the options that expire then.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SurfaceSlice {
    /// Expiry, milliseconds since the epoch.
    pub expiry_ms: f64,
    /// Forward price of the fit; NaN: the underlying's price now.
    pub forward: f64,
    /// a, b, ρ, m, σ of total variance from the surface's time to the expiry.
    pub svi: [f64; 5],
}

/// Where an option's vol comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum VolSource {
    /// It has none, or is no option.
    #[default]
    None = 0,
    /// A tick gave it, or the mark that a tick gave implies it.
    Own = 1,
    /// The surface of its underlying.
    Surface = 2,
}

stored_names! { Stickiness { Strike, Delta } }

/// The surface of an underlying.
///
/// A vol belongs to its strike (or its log-moneyness) and expiry and stays with it as time passes, until a tick or another
/// surface replaces it: slices hold total variance from the surface's time on.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct VolSurface {
    /// Expiry in milliseconds, forward, a, b, ρ, m, σ.
    rows: Vec<[f64; 7]>,
    time_ms: f64,
    stickiness: Stickiness,
    /// What the rows are.
    pub(crate) surface: Surface,
}

stored! { VolSurface { rows, time_ms, stickiness; surface = Surface::default() } }

impl VolSurface {
    pub(crate) fn new(rows: Vec<[f64; 7]>, time_ms: f64, stickiness: Stickiness) -> Result<Self> {
        let mut in_years = rows.clone();
        let mut before = time_ms;
        for (i, row) in in_years.iter_mut().enumerate() {
            let expiry_ms = row[0];
            if !(expiry_ms > before && expiry_ms - time_ms <= TERM_MAX_MS) {
                let field = Phrase::new("expiries[{}].expiryMs", [i as f64]);
                let expected = Phrase::new("after {} and at most 40 years after timeMs, {}", [before, time_ms]);
                return Err(EngineError::new(Code::InvalidValue, field, expected, expiry_ms));
            }
            row[0] = (expiry_ms - time_ms) / YEAR_MS;
            before = expiry_ms;
        }
        let surface = svi_surface(&in_years)?;
        Ok(Self {
            rows,
            time_ms,
            stickiness,
            surface,
        })
    }

    /// Makes what the rows are, which a snapshot does not hold.
    pub(crate) fn complete(&mut self) -> Result<()> {
        *self = Self::new(core::mem::take(&mut self.rows), self.time_ms, self.stickiness)?;
        Ok(())
    }

    /// When it was made.
    pub(crate) fn time_ms(&self) -> f64 {
        self.time_ms
    }

    /// Whether vols of strikes move with the forward.
    pub(crate) fn moves(&self) -> bool {
        self.stickiness == Stickiness::Delta
    }

    /// The vol of a strike at an expiry while the forward to then is this. Vols are flat before the first expiry, so that
    /// those of options which had expired when it was made are the first one's.
    pub(crate) fn vol(&self, strike: f64, expiry_ms: f64, forward: f64) -> SmileVol {
        let [first, ..] = self.surface.expiries() else {
            unreachable!("invariant: a surface has an expiry")
        };
        let years = ((expiry_ms - self.time_ms) / YEAR_MS).max(first.years);
        self.surface.vol(strike, forward, years, self.stickiness)
    }
}
