//! The domain of Plimsoll: instruments, market, accounts, margin models, health, leverage and liquidation.
//!
//! [`Engine`] is one shard: register assets, underlyings, instruments, margin models and accounts, let accounts live
//! (deposits, fills, orders, funding, expiry), let prices tick, and read figures, events and liquidation prices. The engine
//! reads no clock and draws no numbers; the same calls give the same bits on every host.

#![forbid(unsafe_code)]
// The module is shipped without the standard library: crates/wasm/src/runtime.rs says why.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

// the unit tests share the books of the integration tests, which name this crate
#[cfg(test)]
extern crate self as plimsoll_engine;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;

mod account;
mod assess;
mod asset;
mod bulk;
mod chain;
mod digest;
mod displayed;
mod engine;
mod error;
mod event;
mod figures;
mod greeks;
mod handle;
mod instrument;
mod life;
mod liquidation;
pub mod margin;
mod market;
mod model;
mod money;
mod option;
mod quote;
mod resting;
mod slots;
mod snapshot;
mod sort;
mod status;
mod surface;
mod tick;
mod time;
mod totals;
mod what_if;

pub use assess::{Assessment, AssetContribution, PositionContribution};
pub use asset::{AssetSpec, HaircutSlice};
pub use bulk::AccountColumns;
pub use displayed::{binance_usdm, hyperliquid, hyperliquid_2023, DisplayedRule};
pub use engine::{Engine, EngineConfig, EngineStats};
pub use error::{Code, EngineError, Phrase, Refusal, Result};
pub use event::BandEvent;
pub use figures::{Figures, NO_BAND};
pub use greeks::{UnderlyingGreeks, UnitGreeks};
pub use handle::{AccountId, AssetId, InstrumentId, ModelId, OrderId, UnderlyingId};
pub use instrument::{InstrumentSpec, Kind, Payoff};
pub use life::{Fill, Position, RestingOrder};
pub use liquidation::{LiquidationPrices, LiquidationRoot, NoPrice};
pub use market::{Tick, TickStatus, VOL_MAX};
pub use money::{Money, Rounding};
pub use plimsoll_math::OptionType;
pub use quote::Quote;
pub use slots::PoolHandles;
pub use snapshot::{Imported, ModelKind, Reader, Restored, Stored, Writer};
pub use status::{Band, Leverage, RowStatus};
pub use surface::{svi_slice, svi_surface, SurfaceSlice, VolSource};
pub use totals::Totals;
pub use what_if::Change;
