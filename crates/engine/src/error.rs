//! What a refused call says: a stable code, the field, what was expected and what came.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::Deref;

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
    /// Bytes that are no snapshot, or one of another kind.
    SnapshotKind,
    /// A snapshot of a format that this version does not read.
    SnapshotVersion,
    /// A snapshot whose end is missing.
    SnapshotTruncated,
    /// A snapshot whose bytes have changed since it was made.
    SnapshotCorrupt,
    /// Accounts of an engine whose assets, instruments or models are others.
    SnapshotMismatch,
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
            Self::SnapshotKind => "SNAPSHOT_KIND",
            Self::SnapshotVersion => "SNAPSHOT_VERSION",
            Self::SnapshotTruncated => "SNAPSHOT_TRUNCATED",
            Self::SnapshotCorrupt => "SNAPSHOT_CORRUPT",
            Self::SnapshotMismatch => "SNAPSHOT_MISMATCH",
        }
    }
}

/// Words with up to two numbers in them: each `{}` of the text stands for the next number.
///
/// Numbers stay numbers, so that the layer that shows them words them in its own way, and the engine formats nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Phrase {
    text: Cow<'static, str>,
    numbers: [f64; 2],
    count: usize,
}

impl Phrase {
    /// A phrase with one number for each `{}` of its text; N is at most 2.
    #[cold]
    #[inline(never)]
    pub fn new<const N: usize>(text: impl Into<Cow<'static, str>>, numbers: [f64; N]) -> Self {
        let mut phrase = Self {
            text: text.into(),
            numbers: [0.0; 2],
            count: N,
        };
        phrase.numbers[..N].copy_from_slice(&numbers);
        phrase
    }

    /// This phrase after further words, `{}` in them being `number`.
    fn after(&self, words: &str, number: f64) -> Self {
        Self {
            text: Cow::Owned([words, &*self.text].concat()),
            numbers: [number, self.numbers[0]],
            count: self.count + 1,
        }
    }

    /// The words, with `{}` in the places of numbers.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The numbers, in order.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        &self.numbers[..self.count]
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.text.splitn(self.count + 1, "{}");
        f.write_str(words.next().unwrap_or_default())?;
        for (number, words) in self.numbers().iter().zip(words) {
            write!(f, "{number}{words}")?;
        }
        Ok(())
    }
}

impl From<&'static str> for Phrase {
    #[inline(never)]
    fn from(text: &'static str) -> Self {
        Self::new(text, [])
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::new(text, [])
    }
}

macro_rules! phrase_from_number {
    ($($number:ty)*) => {$(
        impl From<$number> for Phrase {
            #[inline(never)]
            fn from(number: $number) -> Self {
                Self::new("{}", [number as f64])
            }
        }
    )*};
}
phrase_from_number! { f64 i32 u8 u32 usize }

/// What a refused call says.
#[derive(Clone, PartialEq, Debug)]
pub struct Refusal {
    /// Stable reason.
    pub code: Code,
    /// The field at fault, in the caller's words, e.g. `brackets[2].lower`.
    pub field: Phrase,
    /// What the field takes.
    pub expected: Phrase,
    /// What it was given.
    pub came: Phrase,
}

/// A refused call. Nothing has changed in the engine.
///
/// Behind a pointer: results are passed on often and refused seldom.
#[derive(Clone, PartialEq, Debug)]
pub struct EngineError(Box<Refusal>);

impl EngineError {
    /// A refusal in these words.
    ///
    /// Never inlined: refusals are rare, and what they say would be put together in every caller.
    #[cold]
    #[inline(never)]
    pub fn new(code: Code, field: impl Into<Phrase>, expected: impl Into<Phrase>, came: impl Into<Phrase>) -> Self {
        Self(Box::new(Refusal {
            code,
            field: field.into(),
            expected: expected.into(),
            came: came.into(),
        }))
    }

    /// The same refusal with words before its field, `{}` in them being `number`.
    pub(crate) fn within(mut self, words: &str, number: usize) -> Self {
        self.0.field = self.0.field.after(words, number as f64);
        self
    }

    /// The same refusal of a field of a table's row.
    #[must_use]
    pub fn in_row(self, table: &str, row: usize) -> Self {
        self.within(&[table, "[{}]."].concat(), row)
    }
}

impl Deref for EngineError {
    type Target = Refusal;
    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_str();
        write!(
            f,
            "{} must be {}, was {} ({code})",
            self.field, self.expected, self.came
        )
    }
}

impl core::error::Error for EngineError {}

/// Result of a call that may be refused.
pub type Result<T> = core::result::Result<T, EngineError>;

#[inline(never)]
pub(crate) fn require_finite(field: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(EngineError::new(Code::InvalidValue, field, "a finite number", value))
    }
}

#[inline(never)]
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
