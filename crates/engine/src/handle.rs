//! Handles: what a registration returns and every later call takes: a slot, and the generation of what is in it.

use crate::snapshot::codec::{Reader, Stored, Writer};

pub(crate) const SLOT_BITS: u32 = 24;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident $field:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);

        impl Handle for $name {
            const FIELD: &'static str = $field;
            fn from_raw(raw: u32) -> Self {
                Self(raw)
            }
            fn raw(self) -> u32 {
                self.0
            }
        }

        impl Stored for $name {
            fn write(&self, writer: &mut Writer) {
                writer.put(&self.0);
            }
            fn read(reader: &mut Reader<'_>) -> Self {
                Self(reader.part())
            }
        }

        impl $name {
            /// Position of the item's row in the columns of its kind.
            #[must_use]
            pub fn slot(self) -> usize {
                (self.0 & SLOT_MASK) as usize
            }
        }
    )*};
}

pub(crate) trait Handle: Copy {
    const FIELD: &'static str;
    fn from_raw(raw: u32) -> Self;
    fn raw(self) -> u32;
    fn at(slot: usize, generation: u8) -> Self {
        Self::from_raw(slot as u32 | u32::from(generation) << SLOT_BITS)
    }
    fn row(self) -> usize {
        (self.raw() & SLOT_MASK) as usize
    }
}

handles! {
    /// An account, or an isolated position.
    AccountId "account";
    /// An instrument.
    InstrumentId "instrument";
    /// An asset.
    AssetId "asset";
    /// An underlying.
    UnderlyingId "underlying";
    /// A margin model.
    ModelId "model";
    /// A resting order.
    OrderId "order";
}
