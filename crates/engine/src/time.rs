//! Time: milliseconds since the epoch, and years to expiry.

use crate::error::{Code, EngineError, Result};

/// Milliseconds in a year of 365 days, the year of every time to expiry.
pub(crate) const YEAR_MS: f64 = 365.0 * 86_400_000.0;

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
