//! Values as bytes: little-endian, fields in the order in which they are listed, nothing between them.
//!
//! A struct is listed once, beside its definition, in [`stored!`]: what is written is taken apart without `..` and what is
//! read is put together field by field, so that a field that is added and not listed does not compile.

use alloc::vec::Vec;

use crate::error::{Code, EngineError, Result};

/// Where a snapshot is written to.
pub struct Writer(pub(crate) Vec<u8>);

impl Writer {
    /// Writes a value.
    pub fn put(&mut self, value: &impl Stored) {
        value.write(self);
    }
}

/// Where a snapshot is read from: the bytes of one section.
///
/// Reading goes on after a refusal, with zeros: so a value is put together without a question at each of its fields, and
/// [`Reader::get`] asks once.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    section: &'static str,
    instruments: usize,
    /// What the first value that was refused should have been.
    refused: Option<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], section: &'static str) -> Self {
        Self {
            bytes,
            section,
            instruments: 0,
            refused: None,
        }
    }

    /// This reader, for a section that may name so many slots of instruments.
    pub(crate) fn with_instruments(self, instruments: usize) -> Self {
        Self { instruments, ..self }
    }

    /// Slots of instruments that there are, which a model may have parameters for.
    #[must_use]
    pub fn instruments(&self) -> usize {
        self.instruments
    }

    /// Reads a value.
    ///
    /// # Errors
    /// [`Code::SnapshotCorrupt`] naming the section.
    pub fn get<T: Stored>(&mut self) -> Result<T> {
        let value = T::read(self);
        self.check().map(|()| value)
    }

    /// Reads a part of a value, for [`Stored::read`]: of no meaning where the value is refused.
    pub fn part<T: Stored>(&mut self) -> T {
        T::read(self)
    }

    /// The error of the first refusal, if there was one.
    #[inline(never)]
    pub(crate) fn check(&self) -> Result<()> {
        self.refused.map_or(Ok(()), |expected| Err(self.corrupt(expected)))
    }

    /// Refuses the value that is being read, for [`Stored::read`], where it is not as it should be.
    #[inline(never)]
    pub fn expect(&mut self, holds: bool, expected: &'static str) {
        if !holds {
            self.refused = self.refused.or(Some(expected));
            self.bytes = &[];
        }
    }

    /// The next bytes, as they are.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self.next(count);
        self.check().map(|()| taken)
    }

    /// The next bytes; none where there are not so many.
    #[inline(never)]
    fn next(&mut self, count: usize) -> &'a [u8] {
        match self.bytes.split_at_checked(count) {
            Some((taken, rest)) => {
                self.bytes = rest;
                taken
            }
            None => {
                self.expect(false, "long enough for what it says it holds");
                &[]
            }
        }
    }

    /// The refusal of what has been read last.
    #[cold]
    #[inline(never)]
    pub(crate) fn corrupt(&self, expected: &'static str) -> EngineError {
        EngineError::new(Code::SnapshotCorrupt, self.section, expected, "something else")
    }

    /// Refuses what does not hold.
    pub(crate) fn require(&self, holds: bool, expected: &'static str) -> Result<()> {
        if holds {
            Ok(())
        } else {
            Err(self.corrupt(expected))
        }
    }

    /// Refuses bytes after the last value.
    pub(crate) fn end(&self) -> Result<()> {
        self.require(self.bytes.is_empty(), "at its end")
    }
}

/// A value that a snapshot holds.
pub trait Stored: Sized {
    /// Writes it.
    fn write(&self, writer: &mut Writer);
    /// Reads what [`Stored::write`] has written, with [`Reader::part`]; [`Reader::expect`] refuses what makes no sense. Takes no more
    /// memory than a small multiple of the bytes that are there.
    fn read(reader: &mut Reader<'_>) -> Self;
}

/// Lists the fields of a struct that a snapshot holds and, after `;`, those that are made anew.
macro_rules! stored {
    ($type:ty { $($field:ident),* $(,)? $(; $($made:ident = $value:expr),* $(,)?)? }) => {
        impl $crate::snapshot::codec::Stored for $type {
            #[inline(never)]
            fn write(&self, writer: &mut $crate::snapshot::codec::Writer) {
                let Self { $($field,)* $($($made: _,)*)? } = self;
                $(writer.put($field);)*
            }
            #[inline(never)]
            fn read(reader: &mut $crate::snapshot::codec::Reader<'_>) -> Self {
                $(let $field = reader.part();)*
                Self { $($($made: $value,)*)? $($field,)* }
            }
        }
    };
}
pub(crate) use stored;

/// Lists the variants of an enumeration without data; a variant is stored as its place in the list.
macro_rules! stored_names {
    ($type:ty { $first:ident $(, $name:ident)* $(,)? }) => {
        impl $crate::snapshot::codec::Stored for $type {
            #[inline(never)]
            fn write(&self, writer: &mut $crate::snapshot::codec::Writer) {
                match self { Self::$first $(| Self::$name)* => (), }
                let place = [Self::$first $(, Self::$name)*].iter().position(|name| name == self);
                writer.put(&(place.unwrap_or_default() as u8));
            }
            #[inline(never)]
            fn read(reader: &mut $crate::snapshot::codec::Reader<'_>) -> Self {
                let place: u8 = reader.part();
                let named = [Self::$first $(, Self::$name)*].into_iter().nth(usize::from(place));
                reader.expect(named.is_some(), "one of the names of this version");
                named.unwrap_or(Self::$first)
            }
        }
    };
}
pub(crate) use stored_names;

macro_rules! stored_numbers {
    ($($number:ty)*) => {$(
        impl Stored for $number {
            #[inline(never)]
            fn write(&self, writer: &mut Writer) {
                writer.0.extend_from_slice(&self.to_le_bytes());
            }
            #[inline(never)]
            fn read(reader: &mut Reader<'_>) -> Self {
                let bytes = reader.next(size_of::<Self>()).try_into();
                Self::from_le_bytes(bytes.unwrap_or_default())
            }
        }
    )*};
}
stored_numbers! { u8 u32 i32 u64 i64 i128 f64 }

impl Stored for bool {
    #[inline(never)]
    fn write(&self, writer: &mut Writer) {
        writer.put(&u8::from(*self));
    }
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Self {
        let byte: u8 = reader.part();
        reader.expect(byte < 2, "0 or 1");
        byte == 1
    }
}

impl<T: Stored> Stored for Option<T> {
    #[inline(never)]
    fn write(&self, writer: &mut Writer) {
        writer.put(&self.is_some());
        if let Some(value) = self {
            writer.put(value);
        }
    }
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Self {
        let is_some: bool = reader.part();
        is_some.then(|| reader.part())
    }
}

impl<const N: usize> Stored for [f64; N] {
    fn write(&self, writer: &mut Writer) {
        self.iter().for_each(|number| writer.put(number));
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        core::array::from_fn(|_| reader.part())
    }
}

/// A count, then so many values. Memory grows with what is read, never by what the count claims.
impl<T: Stored> Stored for Vec<T> {
    #[inline(never)]
    fn write(&self, writer: &mut Writer) {
        writer.put(&(self.len() as u32));
        self.iter().for_each(|value| writer.put(value));
    }
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Self {
        let count: u32 = reader.part();
        let mut values = Self::new();
        while values.len() < count as usize && reader.refused.is_none() {
            values.push(reader.part());
        }
        values
    }
}
