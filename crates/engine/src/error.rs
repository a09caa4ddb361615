//! What a refused call says: a stable code, the field, what was expected and what came.

use core::fmt;

/// Stable names of the reasons for which a call is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// A number outside the domain of its field.
    InvalidValue,
    /// A decimal string that is no decimal, or an amount that the fixed point cannot hold.
    InvalidMoney,
    /// A size that is not a whole number of lots, or more lots than a double counts exactly.
    InvalidSize,
    /// A handle that was never given out.
    UnknownHandle,
    /// A handle of something that has been removed.
    StaleHandle,
    /// A bracket table with a gap, an overlap, a decreasing rate or an inconsistent deduction.
    InvalidBrackets,
    /// Parameters whose version does not follow the one in force.
    InvalidVersion,
    /// An instrument for which the account's margin model has no parameters.
    MissingParameters,
    /// An operation that does not apply to this kind of instrument or account.
    NotApplicable,
    /// An option or future that has expired, or one settled before its expiry.
    Expired,
    /// Something that is still held cannot be removed.
    InUse,
    /// More items than a handle can count.
    CapacityExceeded,
}

impl Code {
    /// The code in SCREAMING_SNAKE, as every layer above reports it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidValue => "INVALID_VALUE",
            Self::InvalidMoney => "INVALID_MONEY",
            Self::InvalidSize => "INVALID_SIZE",
            Self::UnknownHandle => "UNKNOWN_HANDLE",
            Self::StaleHandle => "STALE_HANDLE",
            Self::InvalidBrackets => "INVALID_BRACKETS",
            Self::InvalidVersion => "INVALID_VERSION",
            Self::MissingParameters => "MISSING_PARAMETERS",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Expired => "EXPIRED",
            Self::InUse => "IN_USE",
            Self::CapacityExceeded => "CAPACITY_EXCEEDED",
        }
    }
}

/// A refused call. Nothing has changed in the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineError {
    /// Stable reason.
    pub code: Code,
    /// The field at fault, in the caller's words, e.g. `brackets[2].lower`.
    pub field: String,
    /// What the field takes.
    pub expected: String,
    /// What it was given.
    pub came: String,
}

impl EngineError {
    pub(crate) fn new(
        code: Code,
        field: impl Into<String>,
        expected: impl Into<String>,
        came: impl fmt::Display,
    ) -> Self {
        Self::told(code, field.into(), expected.into(), &came)
    }

    /// Apart and never inlined: refusals are rare, and their formatting would be copied into every caller.
    #[cold]
    #[inline(never)]
    fn told(code: Code, field: String, expected: String, came: &dyn fmt::Display) -> Self {
        Self {
            code,
            field,
            expected,
            came: came.to_string(),
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} must be {}, was {} ({})",
            self.field,
            self.expected,
            self.came,
            self.code.as_str()
        )
    }
}

impl std::error::Error for EngineError {}

/// Result of a call that may be refused.
pub type Result<T> = core::result::Result<T, EngineError>;

pub(crate) fn require_finite(field: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(EngineError::new(Code::InvalidValue, field, "a finite number", value))
    }
}

pub(crate) fn require_positive(field: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(EngineError::new(
            Code::InvalidValue,
            field,
            "a finite number > 0",
            value,
        ))
    }
}

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
