//! The scalar lane is the specification: every other lane, position in a column and the single-option functions equal it
//! bit for bit.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::{
    all_figures, columns, columns_in, Chain, Columns, Forward, GreeksColumns, Inverse, Model, OptionType, Output, Spot,
    Workspace, OUTPUTS,
};
use plimsoll_math::elementary::{
    erfc_lane, exp_lane, expm1_lane, ln_lane, mills_ratio_lane, norm_cdf_lane, norm_pdf_lane,
};
use plimsoll_math::lane::{Lane, Pair, Wide};
use plimsoll_math::self_check::digest_on;
use support::Random;

fn bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        value.to_bits()
    }
}

#[test]
fn every_lane_gives_the_digest_of_the_scalar_lane() {
    let scalar = digest_on::<f64>();
    assert_eq!(digest_on::<Pair>(), scalar);
    assert_eq!(digest_on::<Wide>(), scalar);
}

/// `test/same-bits` holds Node and Chromium to the same file. Kernels that round otherwise than before need it written anew:
/// `cargo run -p plimsoll-math --example vectors > crates/math/tests/vectors/digest.txt`.
#[test]
fn the_digest_is_the_pinned_one() {
    assert_eq!(
        format!("{:016x}", plimsoll_math::self_check::digest()),
        include_str!("vectors/digest.txt").trim_end()
    );
}

struct Book {
    is_call: Vec<u8>,
    numbers: [Vec<f64>; 6],
}

fn book(count: usize, seed: u64) -> Book {
    let mut random = Random(seed);
    let mut book = Book {
        is_call: Vec::new(),
        numbers: Default::default(),
    };
    for _ in 0..count {
        book.is_call.push((random.bits() & 1) as u8);
        let spot = random.within(1.0, 200.0);
        let row = [
            spot,
            spot * random.within(0.5, 1.8),
            random.within(0.0, 1.0) * random.within(0.0, 2.0),
            random.within(-0.05, 0.1),
            random.within(-0.05, 0.1),
            random.within(0.02, 1.5),
        ];
        for (column, value) in book.numbers.iter_mut().zip(row) {
            column.push(value);
        }
    }
    book
}

fn figures<M: Model, L: Lane>(book: &Book, from: usize, to: usize) -> [Vec<u64>; OUTPUTS] {
    let [spot, strike, years, rate, carry, vol] = core::array::from_fn(|i| &book.numbers[i][from..to]);
    let carry = if M::FORWARD { rate } else { carry };
    let inputs = Columns {
        is_call: &book.is_call[from..to],
        spot,
        strike,
        years,
        rate,
        carry,
        vol,
    };
    let mut values: [Vec<f64>; OUTPUTS] = core::array::from_fn(|_| vec![0.0; to - from]);
    let mut status = vec![0; to - from];
    let mut out = GreeksColumns::new(&mut status);
    for (output, column) in Output::ALL.into_iter().zip(&mut values) {
        out = out.with(output, column);
    }
    columns::<M, L>(&inputs, &mut out).unwrap();
    values.map(|column| column.into_iter().map(bits).collect())
}

fn position_and_width_do_not_matter<M: Model>() {
    let book = book(203, 7);
    let whole = figures::<M, f64>(&book, 0, 203);
    assert_eq!(figures::<M, Pair>(&book, 0, 203), whole);
    for (from, to) in [(0, 1), (1, 9), (3, 20), (11, 203), (202, 203), (5, 5)] {
        let part = figures::<M, Wide>(&book, from, to);
        for output in 0..OUTPUTS {
            assert_eq!(
                part[output][..],
                whole[output][from..to],
                "output {output}, options {from}..{to}"
            );
        }
    }
    for (option, &is_call) in book.is_call.iter().enumerate() {
        let [spot, strike, years, rate, carry, vol] = core::array::from_fn(|i| book.numbers[i][option]);
        let side = if is_call == 0 {
            OptionType::Put
        } else {
            OptionType::Call
        };
        let (single, _) = all_figures::<M>(side, spot, strike, years, rate, carry, vol);
        for (output, column) in whole.iter().enumerate() {
            assert_eq!(
                bits(single[output]),
                column[option],
                "output {output} of option {option}"
            );
        }
    }
}

#[test]
fn position_and_width_do_not_matter_for_spot() {
    position_and_width_do_not_matter::<Spot>();
}

#[test]
fn position_and_width_do_not_matter_for_forward() {
    position_and_width_do_not_matter::<Forward>();
}

#[test]
fn position_and_width_do_not_matter_for_inverse() {
    position_and_width_do_not_matter::<Inverse>();
}

#[test]
fn a_workspace_that_is_kept_remembers_nothing() {
    let mut workspace = Workspace::default();
    let mut chain = Chain::new::<Spot>();
    for round in 0..60 {
        let count = 1 + (round * 7) as usize % 45;
        let book = book(count, 100 + round);
        let [spot, strike, years, rate, carry, vol] = core::array::from_fn(|i| &book.numbers[i][..]);
        let inputs = Columns {
            is_call: &book.is_call,
            spot,
            strike,
            years,
            rate,
            carry,
            vol,
        };
        chain.list(&book.is_call, strike).unwrap();
        chain.set_clock(years[0], rate[0], carry[0]);
        chain.set_underlying(spot[0]);
        chain.set_vols(vol).unwrap();
        let mut results: Vec<(Vec<Vec<u64>>, Vec<u8>)> = Vec::new();
        for run in 0..4 {
            let mut values: [Vec<f64>; OUTPUTS] = core::array::from_fn(|_| vec![0.0; count]);
            let mut status = vec![u8::MAX; count];
            let mut out = GreeksColumns::new(&mut status);
            for (output, column) in Output::ALL.into_iter().zip(&mut values) {
                out.want(output, column);
            }
            match run {
                0 => columns_in::<Spot>(&mut workspace, &inputs, &mut out),
                1 => columns::<Spot, Wide>(&inputs, &mut out),
                2 => chain.greeks_in(&mut workspace, &mut out),
                _ => chain.greeks(&mut out),
            }
            .unwrap();
            let figures = values.map(|column| column.into_iter().map(bits).collect());
            results.push((figures.to_vec(), status));
        }
        assert_eq!(results[0], results[1], "columns, round {round}");
        assert_eq!(results[2], results[3], "chain, round {round}");
    }
}

#[test]
fn elementary_functions_are_the_same_in_a_pair() {
    let mut random = Random(11);
    for round in 0..200_000 {
        let x = match round % 3 {
            0 => f64::from_bits(random.bits()),
            1 => random.within(-50.0, 50.0),
            _ => random.within(-760.0, 760.0),
        };
        let y = random.within(-5.0, 5.0);
        let pair = Pair::load(&[x, y], 0);
        macro_rules! same {
            ($($function:ident)*) => {$(
                let both = $function(pair);
                assert_eq!(bits(both.lane(0)), bits($function(x)), concat!(stringify!($function), "({})"), x);
                assert_eq!(bits(both.lane(1)), bits($function(y)), concat!(stringify!($function), "({})"), y);
            )*};
        }
        same!(exp_lane expm1_lane ln_lane norm_pdf_lane norm_cdf_lane erfc_lane mills_ratio_lane);
    }
}

#[test]
fn a_column_of_another_length_is_named() {
    let mut status = [0; 2];
    let mut price = [0.0; 2];
    let inputs = Columns {
        is_call: &[1, 0],
        spot: &[1.0],
        strike: &[1.0, 2.0],
        years: &[1.0, 1.0],
        rate: &[0.0, 0.0],
        carry: &[0.0, 0.0],
        vol: &[0.2, 0.2],
    };
    let mut out = GreeksColumns::new(&mut status).with(Output::Price, &mut price);
    let error = columns::<Spot, Wide>(&inputs, &mut out).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column spot must have the length of strike, 2, was 1"
    );
    assert_eq!(price, [0.0; 2]);
}
