//! Every figure against arbitrary-precision references, each error as a share of the figure's scale.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::{Chain, Forward, GreeksColumns, Inverse, OptionType, Output, PriceStatus, Spot, OUTPUTS};
use std::path::Path;
use support::{bound, name_of, read_json, rows, shared_oracle, shipped_vectors, Kind, Row};

/// Below this a price has no relative accuracy left to ask for.
const PRICE_RELATIVE_FROM: f64 = 1e-300;
const PRICE_RELATIVE_MAX: f64 = 1e-13;

/// Checks every row as priced by `price`, which is named by `layout`; the bound on prices is tighter on the project's oracle.
fn check(path: &Path, is_oracle: bool, layout: &str, price: fn(&Row) -> ([f64; OUTPUTS], PriceStatus)) {
    let rows = rows(&read_json(path));
    assert!(
        rows.len() > 100,
        "{} holds too few rows to prove anything",
        path.display()
    );
    let mut failures = Vec::new();
    for kind in Kind::ALL {
        let mut worst = [0.0_f64; 20];
        let mut worst_row = [0; 20];
        let (mut relative, mut relative_row) = (0.0_f64, 0);
        for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.kind == kind) {
            let (ours, status) = price(row);
            assert_eq!(status, PriceStatus::Ok, "row {index} of {}", path.display());
            let scales = row.scales();
            for output in Output::ALL {
                let at = output as usize;
                let Some(reference) = row.figures[at] else { continue };
                let share = reference.error_of(ours[at]) / scales[at];
                if share.is_nan() || share > worst[at] {
                    worst[at] = share;
                    worst_row[at] = index;
                }
                if output == Output::Price && reference.nearest > PRICE_RELATIVE_FROM {
                    let share = reference.error_of(ours[at]) / reference.nearest;
                    if share.is_nan() || share > relative {
                        relative = share;
                        relative_row = index;
                    }
                }
            }
        }
        for output in Output::ALL {
            let at = output as usize;
            if worst[at] == 0.0 {
                continue;
            }
            println!(
                "{:8} {:24} worst {:9.2e} bound {:.0e} row {}",
                kind.section(),
                name_of(output),
                worst[at],
                bound(output, is_oracle),
                worst_row[at]
            );
            if !(worst[at] <= bound(output, is_oracle)) {
                failures.push(format!(
                    "{} {}: {:.3e} at row {}",
                    kind.section(),
                    name_of(output),
                    worst[at],
                    worst_row[at]
                ));
            }
        }
        println!(
            "{:8} {:24} worst {relative:9.2e} bound {PRICE_RELATIVE_MAX:.0e} row {relative_row}",
            kind.section(),
            "price, relative"
        );
        if !(relative <= PRICE_RELATIVE_MAX) {
            failures.push(format!(
                "{} price, relative: {relative:.3e} at row {relative_row}",
                kind.section()
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "bounds exceeded by the {layout} over {}:\n{}",
        path.display(),
        failures.join("\n")
    );
}

/// The row as a chain of one option.
fn chain_of_one(row: &Row) -> ([f64; OUTPUTS], PriceStatus) {
    let mut chain = match row.kind {
        Kind::Bsm => Chain::new::<Spot>(),
        Kind::Black76 => Chain::new::<Forward>(),
        Kind::Inverse => Chain::new::<Inverse>(),
    };
    chain
        .list(&[u8::from(row.option == OptionType::Call)], &[row.strike])
        .unwrap();
    chain.set_clock(row.years, row.rate, row.carry);
    chain.set_underlying(row.spot);
    chain.set_vols(&[row.vol]).unwrap();
    let mut figures = [0.0; OUTPUTS];
    let mut status = [u8::MAX];
    let mut out = GreeksColumns::new(&mut status);
    for (output, figure) in Output::ALL.into_iter().zip(figures.chunks_exact_mut(1)) {
        out = out.with(output, figure);
    }
    chain.greeks(&mut out).unwrap();
    (figures, PriceStatus::of(status[0]))
}

#[test]
fn shipped_vectors_hold_every_bound() {
    check(&shipped_vectors(), false, "columns", Row::ours);
    check(&shipped_vectors(), false, "chain", chain_of_one);
}

#[test]
fn shared_oracle_holds_every_bound_in_columns() {
    match shared_oracle() {
        Some(path) => check(&path, true, "columns", Row::ours),
        None => println!("skipped: no data"),
    }
}

#[test]
fn shared_oracle_holds_every_bound_in_chains() {
    match shared_oracle() {
        Some(path) => check(&path, true, "chain", chain_of_one),
        None => println!("skipped: no data"),
    }
}

/// PLIMSOLL_ORACLE names a file of `test/oracle/generate.py`, such as one of a fresh seed.
#[test]
fn a_fresh_seed_holds_every_bound_in_columns_and_chains() {
    match std::env::var_os("PLIMSOLL_ORACLE") {
        Some(path) => {
            check(Path::new(&path), false, "columns", Row::ours);
            check(Path::new(&path), false, "chain", chain_of_one);
        }
        None => println!("skipped: PLIMSOLL_ORACLE names no file"),
    }
}
