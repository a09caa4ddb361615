//! Pure numerics of Plimsoll. Knows no account and no JavaScript.

pub mod black;
pub mod elementary;
pub mod implied_vol;
pub mod lane;
pub mod root;
pub mod self_check;
pub mod sum;
mod two_part;

pub use black::OptionType;
