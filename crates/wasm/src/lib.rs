//! The boundary between the engine and JavaScript: it translates and does nothing else.
//!
//! An instance of the module is one engine. What crosses: numbers and `u32` handles as arguments; columns in linear memory,
//! whose addresses [`address`] gives; and, for everything that is not on a tick, one block of doubles with a command
//! ([`execute`]), answered in another block. Strings appear in decimal amounts and in errors only. [`layout`] describes every
//! block, command and record, and the TypeScript side is tested against it.

#![cfg(target_arch = "wasm32")]
#![no_std]

extern crate alloc;

mod arguments;
mod blocks;
mod chains;
mod command;
mod contracts;
mod core;
mod layout;
mod mathematics;
mod model;
mod record;
mod runtime;
mod surfaces;

use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::core::with_core;

macro_rules! outcomes {
    ($($(#[$doc:meta])* $constant:ident $name:literal $number:literal;)*) => {
        $($(#[$doc])* pub(crate) const $constant: u32 = $number;)*
        /// Name and number of each, for the layout.
        pub(crate) const OUTCOMES: &[(&str, &[&str])] = &[$(($name, &[stringify!($number)])),*];
    };
}

outcomes! {
    /// A call was carried out.
    DONE "done" 0;
    /// A call was refused; the `error` block says why.
    REFUSED "refused" 1;
    /// Added to a [`plimsoll_engine::TickStatus`] so that it is told from the two above.
    TICK_STATUS_BASE "tick" 16;
    /// No book.
    NONE "none" 4294967295;
}

/// Address in linear memory of a block ([`blocks::Block`]).
#[wasm_bindgen]
pub fn address(block: u32) -> u32 {
    with_core(|core| blocks::address(core, block))
}

/// Number of items in a block.
#[wasm_bindgen]
pub fn length(block: u32) -> u32 {
    with_core(|core| blocks::length(core, block))
}

/// Makes room in the `input` block for doubles and in the `text` block for bytes; addresses may change.
#[wasm_bindgen]
pub fn reserve(words: u32, bytes: u32) {
    with_core(|core| core.reserve(words as usize, bytes as usize));
}

/// Makes the `snapshot` block so many bytes long; at 0 its memory is given back to the engine.
#[wasm_bindgen]
pub fn resize_snapshot(bytes: u32) {
    with_core(|core| {
        core.snapshot = Vec::new();
        core.snapshot.resize(bytes as usize, 0);
    });
}

/// Makes room for rows in the tick columns; addresses may change.
#[wasm_bindgen]
pub fn reserve_ticks(rows: u32) {
    with_core(|core| core.ticks.reserve(rows as usize));
}

/// Carries out the command whose arguments the `input` and `text` blocks hold; the answer is in the `output` block.
#[wasm_bindgen]
pub fn execute(command: u32) -> u32 {
    with_core(|core| command::execute(core, command))
}

/// A tick of an instrument; NaN where a field is not given.
#[wasm_bindgen]
pub fn tick(
    instrument: u32,
    mark: f64,
    index: f64,
    underlying_price: f64,
    vol: f64,
    rate: f64,
    time_ms: f64,
    source: u32,
) -> u32 {
    with_core(|core| core.tick(instrument, mark, index, underlying_price, vol, rate, time_ms, source))
}

/// A price of an asset.
#[wasm_bindgen]
pub fn tick_asset(asset: u32, price: f64, time_ms: f64, source: u32) -> u32 {
    with_core(|core| core.tick_asset(asset, price, time_ms, source))
}

/// A price of an underlying.
#[wasm_bindgen]
pub fn tick_underlying(underlying: u32, price: f64, time_ms: f64, source: u32) -> u32 {
    with_core(|core| core.tick_underlying(underlying, price, time_ms, source))
}

/// Applies the first rows of the tick columns; returns how many were taken.
#[wasm_bindgen]
pub fn apply_ticks(count: u32) -> u32 {
    with_core(|core| core.apply_ticks(count as usize))
}

/// Writes the rows of the figures' columns that ticks have left behind.
#[wasm_bindgen]
pub fn refresh_figures() {
    with_core(|core| {
        core.engine.figures();
    });
}

/// The same, and from now on ticks leave none behind.
#[wasm_bindgen]
pub fn watch_figures() {
    with_core(|core| core.engine.watch_figures());
}

/// The engine's time in milliseconds.
#[wasm_bindgen]
pub fn time_ms() -> f64 {
    with_core(|core| core.engine.time_ms())
}

/// How many events wait to be drained.
#[wasm_bindgen]
pub fn pending_events() -> u32 {
    with_core(|core| core.engine.events().len() as u32)
}

/// Makes room for a book of option columns: so many rows of every input and of each figure whose bit is set in the mask.
/// Returns its number, or [`NONE`] where memory does not suffice.
#[wasm_bindgen]
pub fn math_allocate(rows: u32, outputs: u32) -> u32 {
    with_core(|core| core.books.allocate(rows as usize, outputs))
}

/// Frees a book's memory.
#[wasm_bindgen]
pub fn math_free(book: u32) {
    with_core(|core| core.books.free(book));
}

/// Address of a column of a part of a book ([`mathematics::PARTS`]), which holds until the book is freed.
#[wasm_bindgen]
pub fn math_address(book: u32, part: u32, column: u32) -> u32 {
    with_core(|core| core.books.address(book, part, column))
}

/// Those figures of a book's first rows whose bits are set in the mask.
#[wasm_bindgen]
pub fn greeks(book: u32, model: u32, mask: u32, rows: u32) {
    with_core(|core| core.books.greeks(book, model, mask, rows as usize));
}

/// Implied vols of a book's first rows; a warm search starts at the vols that its input holds.
#[wasm_bindgen]
pub fn implied_vol(book: u32, model: u32, is_warm: bool, rows: u32) {
    with_core(|core| core.books.implied_vol(book, model, is_warm, rows as usize));
}

/// The figures of one of [`contracts::CONTRACTS`] on a book's first rows; a bit of `outputs` for each that is wanted.
#[wasm_bindgen]
pub fn contracts(book: u32, contract: u32, outputs: u32, rows: u32) {
    with_core(|core| core.books.contracts(book, contract, outputs, rows as usize));
}

/// Makes room for a chain of so many strikes under a model, and for the figures whose bits are set: of the listed options, or
/// of both sides of every strike where `put_outputs` is not [`NONE`]. Returns its number, or [`NONE`].
#[wasm_bindgen]
pub fn chain_allocate(strikes: u32, model: u32, outputs: u32, put_outputs: u32) -> u32 {
    with_core(|core| core.chains.allocate(strikes as usize, model, outputs, put_outputs))
}

/// Frees a chain's memory.
#[wasm_bindgen]
pub fn chain_free(chain: u32) {
    with_core(|core| core.chains.free(chain));
}

/// Address of a column of a part of a chain ([`chains::PARTS`]).
#[wasm_bindgen]
pub fn chain_address(chain: u32, part: u32, column: u32) -> u32 {
    with_core(|core| core.chains.address(chain, part, column))
}

/// Lists a chain anew from its types and strikes; addresses may change.
#[wasm_bindgen]
pub fn chain_list(chain: u32) {
    with_core(|core| core.chains.list(chain));
}

/// Years to expiry, rate and carry of a chain.
#[wasm_bindgen]
pub fn chain_set_clock(chain: u32, years: f64, rate: f64, carry: f64) {
    with_core(|core| core.chains.set_clock(chain, years, rate, carry));
}

/// The figures of a chain at a price of its underlying.
#[wasm_bindgen]
pub fn chain_greeks(chain: u32, price: f64) {
    with_core(|core| core.chains.greeks(chain, price));
}

/// One of the elementary functions.
#[wasm_bindgen]
pub fn math_value(function: u32, x: f64) -> f64 {
    mathematics::value(function, x)
}
