//! The assessment of an account: each figure with its arithmetic, and what the figures owe to each other.

#[path = "../common/mod.rs"]
mod common;

mod distance;
mod explained;
mod greeks;
mod house;
mod options;
mod units;
mod what_if;
