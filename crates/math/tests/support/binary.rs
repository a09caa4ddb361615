//! Rows of `vectors/binary.csv`, which `test/oracle/binary.py` writes, and numbers of any kind.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use crate::support::{number, reference, Random, Reference};
use plimsoll_math::first_order::FirstOrder;

pub const NAMES: [&str; 7] = ["price", "delta", "vega", "theta", "rho", "psi", "dual_delta"];

pub struct Row {
    pub contract: String,
    /// +1: barrier above, call.
    pub sign: f64,
    /// S, K or H, T, r, q, σ.
    pub inputs: [f64; 6],
    pub figures: [Reference; 7],
}

pub fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/binary.csv");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Row {
                contract: cells[0].to_string(),
                sign: number(cells[1]),
                inputs: core::array::from_fn(|i| number(cells[2 + i])),
                figures: core::array::from_fn(|i| reference(cells[8 + i])),
            }
        })
        .collect()
}

/// Asserts that price and derivatives are within their relative bounds.
pub fn assert_figures(row: &Row, figures: &FirstOrder, price_bound: f64, derivative_bound: f64) {
    for (i, (figure, reference)) in figures.figures().into_iter().zip(row.figures).enumerate() {
        let bound = if i == 0 { price_bound } else { derivative_bound };
        let error = reference.error_of(figure);
        assert!(
            error <= bound * reference.nearest.abs(),
            "{} {}: {figure:e} for {:e}, {:e} relative, {:?}",
            row.contract,
            NAMES[i],
            reference.nearest,
            error / reference.nearest.abs(),
            row.inputs
        );
    }
}

/// Any bit pattern, an edge of the format, or a number that a market could show.
pub fn any_number(random: &mut Random, ordinary: [f64; 2]) -> f64 {
    const EDGES: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1e-150,
        1e150,
        100.0,
    ];
    match random.bits() % 8 {
        0 | 1 => f64::from_bits(random.bits()),
        2 => f64::from_bits(random.bits()).abs(),
        3 => EDGES[(random.bits() % 12) as usize],
        _ => random.within(ordinary[0], ordinary[1]),
    }
}

/// S, K or H, T, r, q, σ of any kind.
pub fn any_inputs(random: &mut Random) -> [f64; 6] {
    [
        any_number(random, [1.0, 200.0]),
        any_number(random, [1.0, 200.0]),
        any_number(random, [0.0, 3.0]),
        any_number(random, [-0.1, 0.2]),
        any_number(random, [-0.1, 0.2]),
        any_number(random, [0.0, 2.0]),
    ]
}
