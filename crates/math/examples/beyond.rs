//! Prices contracts beyond European options, for `test/oracle/quantlib.py`: a contract a line on stdin, its figures on stdout.
//!
//!     american  call|put     spot strike  years rate carry vol
//!     at_hit    above|below  spot barrier years rate carry vol
//!     at_expiry above|below  spot barrier years rate carry vol
//!     no_touch  above|below  spot barrier years rate carry vol
//!
//! A line of the answer has the status, price, delta, vega, theta, rho, psi and dual delta.
#![allow(clippy::unwrap_used)]

use plimsoll_math::american::american;
use plimsoll_math::touch::{no_touch, one_touch, Barrier, Payment};
use plimsoll_math::OptionType;
use std::io::Read;

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [contract, side, numbers @ ..] = words.as_slice() else {
            panic!("a contract, a side and six numbers expected, not {line:?}")
        };
        let numbers: Vec<f64> = numbers.iter().map(|word| word.parse().unwrap()).collect();
        let [spot, level, years, rate, carry, vol] = numbers[..] else {
            panic!("six numbers expected in {line:?}")
        };
        let barrier = match *side {
            "above" => Some(Barrier::Above),
            "below" => Some(Barrier::Below),
            _ => None,
        };
        let touch = |payment| one_touch(barrier.unwrap(), payment, spot, level, years, rate, carry, vol);
        let (figures, status) = match *contract {
            "american" => {
                let option = match *side {
                    "call" => OptionType::Call,
                    "put" => OptionType::Put,
                    other => panic!("call or put expected, not {other}"),
                };
                let (figures, status) = american(option, spot, level, years, rate, carry, vol);
                (figures, status as u8)
            }
            "at_hit" | "at_expiry" | "no_touch" => {
                let (figures, status) = match *contract {
                    "at_hit" => touch(Payment::AtHit),
                    "at_expiry" => touch(Payment::AtExpiry),
                    _ => no_touch(barrier.unwrap(), spot, level, years, rate, carry, vol),
                };
                (figures, status as u8)
            }
            other => panic!("no contract {other}"),
        };
        print!("{status}");
        for figure in figures.figures() {
            print!(" {figure:e}");
        }
        println!();
    }
}
