//! Pure numerics of Plimsoll. Knows no account and no JavaScript.

// The module is shipped without the standard library: crates/wasm/src/runtime.rs says why.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod american;
pub mod bachelier;
pub mod black;
pub mod digital;
pub mod elementary;
pub mod first_order;
pub mod float;
pub mod implied_vol;
mod jet;
pub mod lane;
mod precise;
mod quadrature;
pub mod root;
pub mod self_check;
pub mod sum;
pub mod surface;
pub mod touch;
mod two_part;

pub use black::{OptionType, PriceStatus};
