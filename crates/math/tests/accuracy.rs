//! Every figure against arbitrary-precision references, each error as a share of the figure's scale.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::{Output, PriceStatus};
use std::path::Path;
use support::{bound, name_of, read_json, rows, shared_oracle, shipped_vectors, Kind};

/// Below this a price has no relative accuracy left to ask for.
const PRICE_RELATIVE_FROM: f64 = 1e-300;
const PRICE_RELATIVE_MAX: f64 = 1e-13;

fn check(path: &Path) {
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
            let (ours, status) = row.ours();
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
                bound(output, true),
                worst_row[at]
            );
            if !(worst[at] <= bound(output, true)) {
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
        "bounds exceeded over {}:\n{}",
        path.display(),
        failures.join("\n")
    );
}

#[test]
fn shipped_vectors_hold_every_bound() {
    check(&shipped_vectors());
}

#[test]
fn shared_oracle_holds_every_bound() {
    match shared_oracle() {
        Some(path) => check(&path),
        None => println!("skipped: no data"),
    }
}
