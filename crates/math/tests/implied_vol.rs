//! Implied volatility against arbitrary-precision references: attainable precision on every row, a status where none
//! exists.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::OptionType;
use plimsoll_math::implied_vol::{implied_vol_spot, IvStatus};
use std::path::Path;
use support::{number, read_json, reference, shared_oracle, shipped_vectors};

/// In units of max(64 × condition, 1) ulp.
fn check(path: &Path) {
    let document = read_json(path);
    let rows = document["iv"].as_array().unwrap();
    assert!(rows.len() > 50);
    let mut worst = (0.0_f64, 0);
    let mut worst_of_bound = (0.0_f64, 0);
    for (index, row) in rows.iter().enumerate() {
        let get = |key: &str| number(row[key].as_str().unwrap());
        let option = if row["type"] == "call" {
            OptionType::Call
        } else {
            OptionType::Put
        };
        let (vol, status) = implied_vol_spot(option, get("price"), get("S"), get("K"), get("T"), get("r"), get("q"));
        match row["iv"].as_str() {
            None => {
                let expected = if row["why"] == "at_or_above_bound" {
                    IvStatus::AboveBound
                } else {
                    IvStatus::BelowIntrinsic
                };
                assert_eq!(status, expected, "row {index}: {row}");
                assert!(vol.is_nan());
            }
            Some(text) => {
                assert_eq!(status, IvStatus::Ok, "row {index}: {row}");
                let exact = reference(text);
                let ulp = f64::from_bits(exact.nearest.to_bits() + 1) - exact.nearest;
                let ulps = exact.error_of(vol) / ulp;
                let condition = get("condition");
                if !(ulps / condition <= worst.0) {
                    worst = (ulps / condition, index);
                }
                let share = ulps / (64.0 * condition).max(1.0);
                if !(share <= worst_of_bound.0) {
                    worst_of_bound = (share, index);
                }
            }
        }
    }
    println!(
        "{} rows: worst {:.1} ulp × condition (row {}), {:.2} of the bound (row {})",
        rows.len(),
        worst.0,
        worst.1,
        worst_of_bound.0,
        worst_of_bound.1
    );
    assert!(
        worst_of_bound.0 <= 1.0,
        "row {}: {} of max(64 × condition, 1) ulp",
        worst_of_bound.1,
        worst_of_bound.0
    );
}

#[test]
fn shipped_vectors_reach_attainable_precision() {
    check(&shipped_vectors());
}

#[test]
fn shared_oracle_reaches_attainable_precision() {
    match shared_oracle() {
        Some(path) => check(&path),
        None => println!("skipped: no data"),
    }
}
