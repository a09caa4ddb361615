//! Snapshots: the whole state of an engine as versioned bytes, and the way back.
//!
//! What follows from the rest is not stored but made anew: quotes, records, sums, indices and figures, which the law of ticks
//! (`tests/incremental.rs`) proves to be the same to the last bit. `docs/snapshots.md` has the format.

mod account;
pub(crate) mod changes;
pub(crate) mod codec;
mod crc;
mod engine;
mod file;
mod join;
mod market;
mod part;

pub use codec::{Reader, Stored, Writer};
pub use engine::{ModelKind, Restored};
pub use part::Imported;
