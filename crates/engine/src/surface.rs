//! Parameters of volatility surfaces, from the caller's words to slices.

use plimsoll_math::surface::{Expiry, Surface, SurfaceFault, Svi};

use crate::error::{Code, EngineError, Phrase, Result};

/// A raw SVI slice from a, b, ρ, m, σ.
///
/// # Errors
/// [`Code::InvalidValue`] naming the parameter within `svi`.
pub fn svi_slice([a, b, rho, m, sigma]: [f64; 5]) -> Result<Svi> {
    Svi::new(a, b, rho, m, sigma).map_err(|fault| {
        let (field, expected) = match fault.parameter {
            "a" => ("svi.a", "finite, with a + b·sigma·√(1 − rho²) ≥ 0"),
            "b" => ("svi.b", "a finite number ≥ 0"),
            "rho" => ("svi.rho", "between −1 and 1"),
            "m" => ("svi.m", "a finite number"),
            _ => ("svi.sigma", "a finite number > 0"),
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
