//! Every figure at the kink, forward = strike without time value, against its limit in arbitrary precision: the table "At the
//! kink" in docs/pricing.md, for every model and for digitals.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::bachelier;
use plimsoll_math::black::{all_figures, Forward, Inverse, OptionType, Output, PriceStatus, Spot, OUTPUTS};
use plimsoll_math::digital::{asset_or_nothing, cash_or_nothing};
use plimsoll_math::first_order::FirstOrder;
use support::{name_of, number};

/// Of itself.
const RELATIVE: f64 = 1e-15;

/// The figures of a contract where those of an option are.
fn as_of_an_option((figures, status): (FirstOrder, PriceStatus)) -> ([f64; OUTPUTS], PriceStatus) {
    let mut all = [f64::NAN; OUTPUTS];
    for (output, figure) in [
        (Output::Price, figures.price),
        (Output::Delta, figures.delta),
        (Output::Vega, figures.vega),
        (Output::Theta, figures.theta),
        (Output::Rho, figures.rho),
        (Output::Psi, figures.psi),
        (Output::DualDelta, figures.dual_delta),
    ] {
        all[output as usize] = figure;
    }
    (all, status)
}

#[test]
fn each_figure_at_the_kink_is_its_limit_and_none_where_that_is_infinite() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kink.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let mut rows = 0;
    for cells in lines {
        let option = if cells[1] == "call" {
            OptionType::Call
        } else {
            OptionType::Put
        };
        let [s, k, t, r, q, v]: [f64; 6] = core::array::from_fn(|i| number(cells[2 + i]));
        let (figures, status) = match cells[0] {
            "bsm" => all_figures::<Spot>(option, s, k, t, r, q, v),
            "black76" => all_figures::<Forward>(option, s, k, t, r, q, v),
            "inverse" => all_figures::<Inverse>(option, s, k, t, r, q, v),
            "bachelier" => bachelier::all_figures(option, s, k, t, r, v),
            "cash" => as_of_an_option(cash_or_nothing(option, s, k, t, r, q, v)),
            "asset" => as_of_an_option(asset_or_nothing(option, s, k, t, r, q, v)),
            other => panic!("no model {other}"),
        };
        assert_eq!(status, PriceStatus::Kink, "{cells:?}");
        for (place, cell) in cells.iter().enumerate().skip(8).filter(|(_, cell)| !cell.is_empty()) {
            let output = Output::ALL
                .into_iter()
                .find(|output| name_of(*output) == header[place])
                .unwrap();
            let (figure, limit) = (figures[output as usize], number(cell));
            let holds = match output {
                Output::Elasticity => figure == limit,
                _ if limit.is_infinite() => figure.is_nan(),
                _ => (figure - limit).abs() <= RELATIVE * limit.abs(),
            };
            assert!(holds, "{} {figure} for {cell}, {cells:?}", name_of(output));
        }
        rows += 1;
    }
    assert!(
        rows >= 96 && header.len() == 8 + OUTPUTS,
        "{rows} rows of {} columns",
        header.len()
    );
}

#[test]
fn no_limit_is_told_of_charm_without_vol_where_rate_and_carry_differ() {
    // (r − q)/(σ√T) grows without bound as σ → 0; T is so small that (r − q)T is nothing beside ln(S/K) = 0.
    let (figures, status) = all_figures::<Spot>(OptionType::Call, 100.0, 100.0, 5e-324, 0.05, 0.01, 0.0);
    assert_eq!(status, PriceStatus::Kink);
    assert!(figures[Output::Charm as usize].is_nan());
    assert_eq!(figures[Output::Theta as usize], 0.5 * (0.01 * 100.0 - 0.05 * 100.0));
}
