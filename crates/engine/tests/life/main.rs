//! The life of an account, each step with its arithmetic.

#[path = "../common/mod.rs"]
mod common;

mod cash;
mod events;
mod fills;
mod funding;
mod house;
mod isolated;
mod leverage;
mod models;
mod orders;
mod prices;
mod registration;
mod settlement;
