//! Time: milliseconds since the epoch, and years to expiry.

use crate::error::{Code, EngineError, Result};

/// Milliseconds in a year of 365 days, the year of every time to expiry.
pub(crate) const YEAR_MS: f64 = 365.0 * 86_400_000.0;

/// The longest that a vol can be for, 40 years. No venue lists an option so long, but a time in seconds is further before an expiry
/// in milliseconds (56 years in 2026), which would make a call worth nearly its underlying.
pub(crate) const TERM_MAX_MS: f64 = 40.0 * YEAR_MS;

pub(crate) fn require_time(field: &'static str, time_ms: f64) -> Result<f64> {
    if time_ms.is_finite() && time_ms >= 0.0 {
        Ok(time_ms)
    } else {
        Err(EngineError::new(
            Code::InvalidValue,
            field,
            "a time in milliseconds, finite and ≥ 0",
            time_ms,
        ))
    }
}
