//! Implied volatility: attainable precision against arbitrary-precision references and against a second method, a status
//! for every non-answer, and no fault on any bit pattern.
//!
//! Attainable is max(64 × condition, 1) ulp, condition = |∂ln σ/∂ln price|: what the rounding of a price can move.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::bachelier;
use plimsoll_math::black::{self, Columns, Forward, GreeksColumns, Inverse, OptionType, Output, Spot};
use plimsoll_math::implied_vol::{
    self, implied_vol_bachelier, implied_vol_bachelier_columns, implied_vol_forward, implied_vol_forward_columns,
    implied_vol_inverse, implied_vol_inverse_columns, implied_vol_spot, implied_vol_spot_columns, IvStatus,
    QuoteColumns,
};
use plimsoll_math::root::bracketed_root;
use std::path::Path;
use support::exact::{nearest, real, Exact};
use support::{number, read_json, reference, rows_of_any_bits, shared_oracle, shipped_vectors, Random};

const ULPS_PER_CONDITION: f64 = 64.0;
/// No divisor of the rows that go through the kernel side by side.
const SINGLES_EVERY: usize = 7;

/// Which formula.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Formula {
    Spot,
    Forward,
    Inverse,
    Bachelier,
}

const FORMULAS: [Formula; 4] = [Formula::Spot, Formula::Forward, Formula::Inverse, Formula::Bachelier];

/// Quotes by column, as the column functions take them.
#[derive(Default, Clone)]
struct Quotes {
    is_call: Vec<u8>,
    price: Vec<f64>,
    spot: Vec<f64>,
    strike: Vec<f64>,
    years: Vec<f64>,
    rate: Vec<f64>,
    carry: Vec<f64>,
}

impl Quotes {
    /// `numbers`: price, spot, strike, years, rate, carry.
    fn push(&mut self, is_call: bool, numbers: [f64; 6]) {
        self.is_call.push(u8::from(is_call));
        let columns = [
            &mut self.price,
            &mut self.spot,
            &mut self.strike,
            &mut self.years,
            &mut self.rate,
            &mut self.carry,
        ];
        for (column, number) in columns.into_iter().zip(numbers) {
            column.push(number);
        }
    }

    fn len(&self) -> usize {
        self.price.len()
    }

    fn option(&self, row: usize) -> OptionType {
        if self.is_call[row] == 0 {
            OptionType::Put
        } else {
            OptionType::Call
        }
    }

    fn columns<'a>(&'a self, start: Option<&'a [f64]>) -> QuoteColumns<'a> {
        QuoteColumns {
            is_call: &self.is_call,
            price: &self.price,
            spot: &self.spot,
            strike: &self.strike,
            years: &self.years,
            rate: &self.rate,
            carry: &self.carry,
            start,
        }
    }

    /// From the column function; the single function must give the same bits for some rows where the search starts cold.
    fn solve(&self, formula: Formula, start: Option<&[f64]>) -> Vec<(f64, IvStatus)> {
        let (mut vol, mut status) = (vec![0.0; self.len()], vec![0; self.len()]);
        let quotes = self.columns(start);
        match formula {
            Formula::Spot => implied_vol_spot_columns(&quotes, &mut vol, &mut status),
            Formula::Forward => implied_vol_forward_columns(&quotes, &mut vol, &mut status),
            Formula::Inverse => implied_vol_inverse_columns(&quotes, &mut vol, &mut status),
            Formula::Bachelier => implied_vol_bachelier_columns(&quotes, &mut vol, &mut status),
        }
        .unwrap();
        let answers: Vec<_> = vol.into_iter().zip(status.into_iter().map(status_of)).collect();
        if start.is_none() {
            for (row, &(vol, status)) in answers.iter().enumerate().step_by(SINGLES_EVERY) {
                let (single_vol, single_status) = self.solve_single(formula, row);
                assert_eq!(single_status, status, "row {row}");
                assert_eq!(single_vol.to_bits(), vol.to_bits(), "row {row}");
            }
        }
        answers
    }

    fn solve_single(&self, formula: Formula, row: usize) -> (f64, IvStatus) {
        let (option, price, spot) = (self.option(row), self.price[row], self.spot[row]);
        let (strike, years, rate, carry) = (self.strike[row], self.years[row], self.rate[row], self.carry[row]);
        match formula {
            Formula::Spot => implied_vol_spot(option, price, spot, strike, years, rate, carry),
            Formula::Forward => implied_vol_forward(option, price, spot, strike, years, rate),
            Formula::Inverse => implied_vol_inverse(option, price, spot, strike, years, rate, carry),
            Formula::Bachelier => implied_vol_bachelier(option, price, spot, strike, years, rate),
        }
    }

    /// Price and vega at these vols, and whether they are answers.
    fn priced(&self, formula: Formula, vol: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<u8>) {
        let rows = self.len();
        let (mut price, mut vega, mut status) = (vec![0.0; rows], vec![0.0; rows], vec![0; rows]);
        let inputs = Columns {
            is_call: &self.is_call,
            spot: &self.spot,
            strike: &self.strike,
            years: &self.years,
            rate: &self.rate,
            carry: &self.carry,
            vol,
        };
        let mut out = GreeksColumns::new(&mut status)
            .with(Output::Price, &mut price)
            .with(Output::Vega, &mut vega);
        match formula {
            Formula::Forward => black::forward_columns(&inputs, &mut out),
            Formula::Inverse => black::inverse_columns(&inputs, &mut out),
            Formula::Spot => black::spot_columns(&inputs, &mut out),
            Formula::Bachelier => bachelier::columns(&inputs, &mut out),
        }
        .unwrap();
        (price, vega, status)
    }

    fn exact(&self, formula: Formula, row: usize) -> Exact {
        let (option, spot, strike) = (self.option(row), self.spot[row], self.strike[row]);
        let (years, rate) = (self.years[row], self.rate[row]);
        match formula {
            Formula::Bachelier => Exact::bachelier(option, spot, strike, years, rate),
            Formula::Forward => Exact::new(option, spot, strike, years, rate, rate, false),
            _ => Exact::new(
                option,
                spot,
                strike,
                years,
                rate,
                self.carry[row],
                formula == Formula::Inverse,
            ),
        }
    }
}

fn status_of(code: u8) -> IvStatus {
    match code {
        0 => IvStatus::Ok,
        1 => IvStatus::BelowIntrinsic,
        2 => IvStatus::AboveBound,
        3 => IvStatus::Expired,
        4 => IvStatus::NonFiniteInput,
        _ => panic!("no status {code}"),
    }
}

fn ulp_of(x: f64) -> f64 {
    f64::from_bits(x.to_bits() + 1) - x
}

/// Starts near, far from and nowhere near the answers.
fn starts(vol: &[f64]) -> [Vec<f64>; 4] {
    let moved = |factor: f64| vol.iter().map(|vol| vol * factor).collect();
    [moved(1.01), moved(0.8), moved(30.0), vec![f64::NAN; vol.len()]]
}

/// Every row of an oracle, cold and from every start, in units of what is attainable.
fn check_oracle(path: &Path) {
    let document = read_json(path);
    let rows = document["iv"].as_array().unwrap();
    assert!(rows.len() > 50);
    let mut quotes = Quotes::default();
    for row in rows {
        let numbers = ["price", "S", "K", "T", "r", "q"].map(|key| number(row[key].as_str().unwrap()));
        quotes.push(row["type"] == "call", numbers);
    }
    let cold = quotes.solve(Formula::Spot, None);
    let vols: Vec<f64> = cold.iter().map(|(vol, _)| *vol).collect();
    let warm = starts(&vols).map(|start| quotes.solve(Formula::Spot, Some(&start)));
    for answers in [cold].into_iter().chain(warm) {
        let mut worst = (0.0_f64, 0);
        for (index, (row, &(vol, status))) in rows.iter().zip(&answers).enumerate() {
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
                    let ulps = exact.error_of(vol) / ulp_of(exact.nearest);
                    let condition = number(row["condition"].as_str().unwrap());
                    let share = ulps / (ULPS_PER_CONDITION * condition).max(1.0);
                    if !(share <= worst.0) {
                        worst = (share, index);
                    }
                }
            }
        }
        println!(
            "{} rows: worst {:.2} of the bound, row {}",
            rows.len(),
            worst.0,
            worst.1
        );
        assert!(
            worst.0 <= 1.0,
            "row {}: {} of the bound {:?}",
            worst.1,
            worst.0,
            answers[worst.1]
        );
    }
}

#[test]
fn shipped_vectors_reach_attainable_precision() {
    check_oracle(&shipped_vectors());
}

#[test]
fn shared_oracle_reaches_attainable_precision() {
    match shared_oracle() {
        Some(path) => check_oracle(&path),
        None => println!("skipped: no data"),
    }
}

/// Options as a desk has them, ones whose time value is any share of its bound down to 1e-250, ones within 1e-3 … 1e-15 of
/// their upper bound, and ones where carry cancels much of ln(S/K); prices moved by some ulps, so that they are no model
/// prices.
fn fresh(formula: Formula, seed: u64, rows: usize) -> Quotes {
    let mut random = Random(seed);
    let mut quotes = Quotes::default();
    let mut vols = Vec::new();
    for row in 0..rows {
        let spot = random.within(-3.0, 12.0).exp();
        let years = random.within(-9.0, 1.5).exp();
        let rate = random.within(-0.05, 0.15);
        let has_carry = matches!(formula, Formula::Spot | Formula::Inverse);
        let mut carry = if has_carry { random.within(-0.1, 0.15) } else { rate };
        let root = years.sqrt();
        let (distance, s) = match row % 5 {
            0 | 1 => {
                let s = random.within(0.05, 1.6) * root;
                (random.within(-4.0, 4.0) * s, s)
            }
            2 => {
                let s = random.within(-12.0, 0.5).exp();
                (random.within(-33.0, 33.0) * s, s)
            }
            3 => {
                let s = random.within(2.0, 15.0);
                (random.within(-0.4, 0.4) * s, s)
            }
            _ => {
                let s = random.within(-9.0, -1.0).exp();
                let distance = random.within(-25.0, 25.0) * s;
                if has_carry {
                    let log_moneyness = random.within(-1.2, 1.2) * (distance.abs() + 8.0 * s);
                    carry = rate - (log_moneyness - distance) / years;
                }
                (distance, s)
            }
        };
        let strike = match formula {
            Formula::Bachelier => spot - distance,
            _ => spot * (distance + (rate - carry) * years).exp(),
        };
        quotes.push(random.bits() & 1 == 0, [0.0, spot, strike, years, rate, carry]);
        vols.push(s / root);
    }
    let price = match formula {
        Formula::Bachelier => (0..rows)
            .map(|row| nearest(&quotes.exact(formula, row).at(vols[row]).price))
            .collect(),
        _ => quotes.priced(formula, &vols).0,
    };
    quotes.price = price
        .iter()
        .map(|price| price * (1.0 + random.within(-4.0, 4.0) * f64::EPSILON))
        .collect();
    quotes
}

/// The second method: where the exact price at σ is off by Δ, σ is off by Δ/vega; where the condition is so large that this
/// is no longer so, the exact prices one bound to each side must enclose the price.
fn check_against_exact_prices(formula: Formula, seed: u64, rows: usize) {
    const LINEAR_UP_TO: f64 = 1e6;
    let quotes = fresh(formula, seed, rows);
    let cold = quotes.solve(formula, None);
    let vols: Vec<f64> = cold.iter().map(|(vol, _)| *vol).collect();
    let [near, far, ..] = starts(&vols).map(|start| quotes.solve(formula, Some(&start)));
    let mut worst = (0.0_f64, 0);
    let mut answered = 0;
    for row in 0..rows {
        let price = real(quotes.price[row]);
        let mut exact = None;
        for answers in [&cold, &near, &far] {
            let (vol, status) = answers[row];
            assert_eq!(status, cold[row].1, "{formula:?} row {row}: a start changes the status");
            if status != IvStatus::Ok {
                assert!(vol.is_nan());
                continue;
            }
            let exact = exact.get_or_insert_with(|| quotes.exact(formula, row));
            let at = exact.at(vol);
            let condition = nearest(&(&price / (&at.vega * real(vol))));
            let bound = (ULPS_PER_CONDITION * condition).max(1.0) * ulp_of(vol);
            let error = nearest(&((&at.price - &price) / &at.vega)).abs();
            if condition < LINEAR_UP_TO {
                if !(error / bound <= worst.0) {
                    worst = (error / bound, row);
                }
            } else {
                let low = (vol - bound).max(0.01 * vol);
                let enclosed = exact.at(low).price <= price && price <= exact.at(vol + bound).price;
                assert!(enclosed, "{formula:?} row {row}: {vol} at condition {condition:e}");
            }
            answered += 1;
        }
    }
    println!(
        "{formula:?}: {answered} answers, worst {:.2} of the bound, row {}",
        worst.0, worst.1
    );
    assert!(answered * 10 > rows * 3 * 9, "{formula:?}: only {answered} answers");
    assert!(worst.0 <= 1.0, "{formula:?} row {}: {} of the bound", worst.1, worst.0);
}

/// `IMPLIED_VOL_ROWS` asks for more rows than the default, `IMPLIED_VOL_SEED` for others.
fn asked(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn fresh_rows_reach_attainable_precision_by_an_exact_price() {
    let rows = asked("IMPLIED_VOL_ROWS", 600) as usize;
    let seed = asked("IMPLIED_VOL_SEED", 1);
    for (index, formula) in FORMULAS.into_iter().enumerate() {
        check_against_exact_prices(formula, seed + index as u64, rows);
    }
}

#[test]
fn a_bracketed_search_on_the_price_finds_the_same_vol() {
    const ROWS: usize = 4000;
    let quotes = fresh(Formula::Forward, 77, ROWS);
    let mut compared = 0;
    for (row, (vol, status)) in quotes.solve(Formula::Forward, None).into_iter().enumerate() {
        if status != IvStatus::Ok {
            continue;
        }
        let (option, rate) = (quotes.option(row), quotes.rate[row]);
        let (forward, strike, years) = (quotes.spot[row], quotes.strike[row], quotes.years[row]);
        let at = |vol| black::forward(option, forward, strike, years, rate, vol).0;
        let found = bracketed_root(|vol| at(vol).price - quotes.price[row], vol * 0.5, vol * 2.0);
        // The bracket sees the rounding of the price: 5e-16 of the larger of forward and strike, 1e-13 of a time value.
        let mut rounding = 5e-16 * forward.max(strike);
        if option.sign() * (forward - strike) <= 0.0 {
            rounding = rounding.min(1e-13 * quotes.price[row]);
        }
        let greeks = at(vol);
        let tolerance = 2.0 * rounding / greeks.vega + 4.0 * ulp_of(vol);
        if tolerance > 1e-6 * vol {
            continue; // the price hardly depends on σ
        }
        let found = found.unwrap_or_else(|| panic!("row {row}: no sign change around {vol}"));
        compared += 1;
        assert!((found - vol).abs() <= tolerance, "row {row}: {vol} against {found}");
    }
    assert!(compared * 2 > ROWS, "{compared}");
}

#[test]
fn every_regime_has_its_status() {
    use IvStatus::{AboveBound, BelowIntrinsic, Expired, NonFiniteInput, Ok};
    use OptionType::{Call, Put};
    let (inf, nan, tiny, most) = (f64::INFINITY, f64::NAN, 5e-324, f64::MAX);
    // 100·e^{0} − 80·e^{−0.015} = 21.191…; the bound of the put is 125·e^{−0.015} = 123.138…
    let table = [
        (Call, [25.0, 100.0, 80.0, 0.5, 0.03, 0.0], Ok),
        (Call, [21.19104, 100.0, 80.0, 0.5, 0.03, 0.0], BelowIntrinsic),
        (Call, [0.0, 100.0, 120.0, 0.5, 0.03, 0.0], BelowIntrinsic),
        (Call, [-1.0, 100.0, 120.0, 0.5, 0.03, 0.0], BelowIntrinsic),
        (Call, [100.0, 100.0, 80.0, 0.5, 0.03, 0.0], AboveBound),
        (Call, [99.999_999_999_999_99, 100.0, 80.0, 0.5, 0.03, 0.0], Ok),
        (Put, [123.2, 100.0, 125.0, 0.5, 0.03, 0.0], AboveBound),
        // at the money, intrinsic exactly 0: any price in (0, 100)
        (Call, [1e-300, 100.0, 100.0, 0.5, 0.0, 0.0], Ok),
        (Call, [tiny, 1e-3, 1e-3, 0.5, 0.0, 0.0], Ok),
        (Put, [99.999_999_999_999_99, 100.0, 100.0, 0.5, 0.0, 0.0], Ok),
        // so small that σ, about 4e-631 here, is no positive f64
        (Call, [tiny, most, most, 1.0, 0.0, 0.0], BelowIntrinsic),
        // far out of the money: one part in 1e-300 of the strike
        (Put, [1e-300, 1e6, 1.0, 1.0, 0.0, 0.0], Ok),
        (Put, [1e-200, 1e200, 1e-100, 1.0, 0.0, 0.0], Ok),
        (Call, [tiny, 1e-300, 1e300, 1e-10, 0.0, 0.0], Ok),
        // one unit in the last place above the intrinsic value 50, and at it
        (Call, [50.000_000_000_000_01, 100.0, 50.0, 1.0, 0.0, 0.0], Ok),
        (Call, [50.0, 100.0, 50.0, 1.0, 0.0, 0.0], BelowIntrinsic),
        (Call, [25.0, 100.0, 80.0, 0.0, 0.03, 0.0], Expired),
        (Call, [25.0, 100.0, 80.0, -1.0, 0.03, 0.0], Expired),
        (Call, [25.0, 100.0, 80.0, -most, most, -most], Expired),
        (Call, [nan, 100.0, 80.0, 0.0, 0.03, 0.0], NonFiniteInput),
        (Call, [inf, 100.0, 80.0, 0.5, 0.03, 0.0], NonFiniteInput),
        (Call, [25.0, inf, 80.0, 0.5, 0.03, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, nan, 0.5, 0.03, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, 80.0, nan, 0.03, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, 80.0, inf, 0.0, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, 80.0, 0.5, -inf, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, 80.0, 0.5, 0.03, nan], NonFiniteInput),
        (Call, [25.0, -100.0, 80.0, 0.5, 0.03, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, -80.0, 0.5, 0.03, 0.0], NonFiniteInput),
        (Call, [25.0, 100.0, 80.0, 1e6, 1e6, 0.0], NonFiniteInput),
        // worth nothing, and worth its bound, whatever σ
        (Call, [1.0, 0.0, 80.0, 0.5, 0.03, 0.0], AboveBound),
        (Put, [78.0, 0.0, 80.0, 0.5, 0.03, 0.0], BelowIntrinsic),
        (Call, [99.0, 100.0, 0.0, 0.5, 0.03, 0.0], BelowIntrinsic),
        (Call, [100.0, 100.0, 0.0, 0.5, 0.03, 0.0], BelowIntrinsic),
        (Put, [1.0, 100.0, 0.0, 0.5, 0.03, 0.0], AboveBound),
    ];
    for (option, numbers, expected) in table {
        let [price, spot, strike, years, rate, carry] = numbers;
        let (vol, status) = implied_vol_spot(option, price, spot, strike, years, rate, carry);
        assert_eq!(status, expected, "{option:?} {numbers:?}");
        assert_eq!(vol.is_nan(), status != Ok, "{option:?} {numbers:?} {vol}");
        assert!(
            status != Ok || (vol > 0.0 && vol.is_finite()),
            "{option:?} {numbers:?} {vol}"
        );
    }
}

#[test]
fn bachelier_has_no_upper_bound_and_takes_negative_prices() {
    use IvStatus::{AboveBound, BelowIntrinsic, Expired, NonFiniteInput, Ok};
    use OptionType::{Call, Put};
    let (inf, tiny, most) = (f64::INFINITY, 5e-324, f64::MAX);
    let table = [
        (Call, [1.0, -2.0, -3.0, 0.5, 0.0], BelowIntrinsic),
        (Call, [1.000_000_000_000_000_2, -2.0, -3.0, 0.5, 0.0], Ok),
        (Put, [1e6, -2.0, -3.0, 0.5, 0.03], Ok),
        (Put, [0.0, 3.0, 3.0, 0.5, 0.0], BelowIntrinsic),
        (Put, [tiny, 3.0, 3.0, 0.5, 0.0], Ok),
        (Call, [1e-300, -1e6, 1e6, 0.5, 0.0], Ok),
        (Call, [1e300, 0.0, 0.0, 1e-300, 0.0], AboveBound),
        (Call, [1.0, most, -most, 1.0, 0.0], BelowIntrinsic),
        (Put, [1.0, most, -most, 1.0, 0.0], Ok),
        (Call, [1.0, 0.0, 0.0, 0.0, 0.0], Expired),
        (Call, [1.0, inf, 0.0, 1.0, 0.0], NonFiniteInput),
    ];
    for (option, numbers, expected) in table {
        let [price, forward, strike, years, rate] = numbers;
        let (vol, status) = implied_vol_bachelier(option, price, forward, strike, years, rate);
        assert_eq!(status, expected, "{option:?} {numbers:?} {vol}");
        assert_eq!(vol.is_nan(), status != Ok, "{option:?} {numbers:?} {vol}");
    }
}

#[test]
fn coin_prices_are_judged_in_coin() {
    // 1 coin is the bound of a call; 1 − 48/64 = 0.25 the intrinsic value at r = q = 0.
    let status = |price, spot, strike| implied_vol_inverse(OptionType::Call, price, spot, strike, 0.5, 0.0, 0.0).1;
    assert_eq!(status(0.3, 60_000.0, 48_000.0), IvStatus::Ok);
    assert_eq!(status(0.25, 64.0, 48.0), IvStatus::BelowIntrinsic);
    assert_eq!(status(1.0, 60_000.0, 48_000.0), IvStatus::AboveBound);
    // The value in quote units would leave the range of f64.
    assert_eq!(status(2.0, f64::MAX, f64::MAX), IvStatus::AboveBound);
    assert_eq!(status(0.1, f64::MAX, f64::MAX), IvStatus::Ok);
    assert_eq!(status(1e-30, 1e-300, 1e-300), IvStatus::Ok);
}

#[test]
fn every_lane_gives_the_same_bits() {
    let on = |formula: Formula, quotes: &Quotes, start: Option<&[f64]>| {
        let (mut vol, mut status) = (vec![0.0; quotes.len()], vec![0; quotes.len()]);
        let columns = quotes.columns(start);
        match formula {
            Formula::Spot => implied_vol::columns::<Spot, f64>(&columns, &mut vol, &mut status),
            Formula::Forward => implied_vol::columns::<Forward, f64>(&columns, &mut vol, &mut status),
            Formula::Inverse => implied_vol::columns::<Inverse, f64>(&columns, &mut vol, &mut status),
            Formula::Bachelier => implied_vol::bachelier_columns::<f64>(&columns, &mut vol, &mut status),
        }
        .unwrap();
        vol
    };
    // 1,003 is no multiple of any turn
    for formula in FORMULAS {
        let quotes = fresh(formula, 5, 1003);
        let start: Vec<f64> = on(formula, &quotes, None).iter().map(|vol| vol * 1.2).collect();
        for start in [None, Some(&start[..])] {
            let bits = |vols: Vec<f64>| vols.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            let wide = quotes.solve(formula, start).into_iter().map(|(vol, _)| vol).collect();
            assert!(bits(wide) == bits(on(formula, &quotes, start)), "{formula:?}");
        }
    }
}

/// Where there is an answer it must price back: to the rounding of the price function, and of σ itself.
fn check_answers(formula: Formula, quotes: &Quotes, answers: &[(f64, IvStatus)]) -> usize {
    let vols: Vec<f64> = answers.iter().map(|(vol, _)| *vol).collect();
    let (prices, vegas, priced) = quotes.priced(formula, &vols);
    let mut priced_back = 0;
    for (row, &(vol, status)) in answers.iter().enumerate() {
        if status != IvStatus::Ok {
            assert!(vol.is_nan(), "row {row}: {vol} with {status:?}");
            continue;
        }
        assert!(vol > 0.0 && vol.is_finite(), "row {row}: {vol}");
        if priced[row] != 0 {
            continue;
        }
        let (spot, strike, years) = (quotes.spot[row], quotes.strike[row], quotes.years[row]);
        let grown = |rate: f64| (-rate * years).exp().max(1.0);
        let (carry, rate, price) = (quotes.carry[row], quotes.rate[row], quotes.price[row]);
        let largest = match formula {
            Formula::Spot => (spot * grown(carry)).max(strike * grown(rate)),
            Formula::Forward => spot.max(strike) * grown(rate),
            Formula::Inverse => grown(carry).max(strike * grown(rate) / spot),
            Formula::Bachelier => (spot - strike).abs().max(vol * years.sqrt()) * grown(rate),
        };
        let tolerance = 1e-15 * largest
            + ULPS_PER_CONDITION * f64::EPSILON * price
            + 2.0 * ulp_of(vol) * vegas[row]
            + f64::MIN_POSITIVE;
        let off = (prices[row] - price).abs();
        assert!(
            off <= tolerance || !tolerance.is_finite(),
            "{formula:?} row {row}: call {} {price} S {spot} K {strike} T {years} r {rate} q {carry}: σ {vol} gives {}",
            quotes.is_call[row],
            prices[row]
        );
        priced_back += 1;
    }
    priced_back
}

/// Quotes of any bits, of edges of the format, and of what a market could show.
fn any_quotes(random: &mut Random, rows: usize) -> Quotes {
    const SPECIAL: [f64; 14] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        5e-324,
        f64::MIN_POSITIVE,
        1e-300,
        1e-30,
        1e30,
        1e300,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let mut quotes = Quotes::default();
    for _ in 0..rows {
        let kind = random.bits() % 4;
        let numbers = core::array::from_fn(|field| match (kind, random.bits() % 16) {
            // any bits at all
            (0, _) | (_, 0) => f64::from_bits(random.bits()),
            (1, 1..=4) => SPECIAL[(random.bits() % SPECIAL.len() as u64) as usize],
            // any positive magnitude
            (1 | 2, 5..=9) if field < 4 => f64::from_bits(random.bits() >> 1),
            // a price anywhere near spot and strike, rates of a few percent
            _ if field >= 4 => random.within(-0.1, 0.2),
            _ => 100.0 * random.within(-3.0, 3.0).exp2(),
        });
        quotes.push(random.bits() & 1 == 0, numbers);
    }
    quotes
}

#[test]
fn any_quotes_that_have_a_vol_are_priced_back_by_it() {
    const ROUNDS: u64 = 60;
    const ROWS: usize = 10_000;
    let mut priced_back = 0;
    for round in 0..ROUNDS {
        let mut random = Random(0xb175 + round);
        let quotes = any_quotes(&mut random, ROWS);
        let start: Vec<f64> = (0..ROWS).map(|_| f64::from_bits(random.bits())).collect();
        for start in [None, Some(&start[..])] {
            let formula = FORMULAS[round as usize % FORMULAS.len()];
            priced_back += check_answers(formula, &quotes, &quotes.solve(formula, start));
        }
    }
    println!("{priced_back} answers priced back");
    assert!(priced_back > 50_000);
}

#[test]
fn any_bits_give_a_vol_or_a_status() {
    const ROWS: usize = 10_000;
    // A quarter of the rows are any bits, and one in sixteen of the other numbers.
    let patterns_per_row = 6.0 * (0.25 + 0.75 / 16.0);
    let mut random = Random(0xa11);
    for _ in 0..rows_of_any_bits(patterns_per_row).div_ceil(ROWS) {
        let quotes = any_quotes(&mut random, ROWS);
        let start: Vec<f64> = (0..ROWS).map(|_| f64::from_bits(random.bits())).collect();
        for formula in FORMULAS {
            for start in [None, Some(&start[..])] {
                for (row, (vol, status)) in quotes.solve(formula, start).into_iter().enumerate() {
                    let is_answer = vol.is_finite() && vol > 0.0;
                    assert_eq!(is_answer, status == IvStatus::Ok, "{formula:?} row {row}: {vol:e}");
                    assert!(is_answer || vol.is_nan(), "{formula:?} row {row}: {vol:e}");
                }
            }
        }
    }
}
