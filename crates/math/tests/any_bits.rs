//! Random bit patterns through every entry of `plimsoll_math::black` and the elementary functions: no panic, no NaN beside `Ok`, no
//! figure beside `Ok` that arbitrage forbids.

mod support;

use plimsoll_math::black::{
    forward, forward_columns, inverse, inverse_columns, spot, spot_columns, Chain, Columns, Forward, Greeks,
    GreeksColumns, Inverse, LengthMismatch, Model, OptionType, Output, PriceStatus, Spot, OUTPUTS,
};
use plimsoll_math::elementary;
use support::inputs::Inputs;
use support::{rows_of_any_bits, Random};

/// Of the numbers of [`any_number`], three in eight are any bits.
const ANY_BITS: f64 = 0.375;
/// Inputs of an option.
const INPUTS: f64 = 6.0;
/// In columns of so many rows; every so many of them also alone.
const SINGLES_EVERY: usize = 5;
const BLOCK: usize = 1000;

/// A number of any kind: any bit pattern, an edge of the format, or one that a market could show.
fn any_number(random: &mut Random, ordinary: [f64; 2]) -> f64 {
    const EDGES: [f64; 16] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1e-150,
        1e150,
        100.0,
        745.0,
    ];
    match random.bits() % 8 {
        0 | 1 => f64::from_bits(random.bits()),
        2 => f64::from_bits(random.bits()).abs(),
        3 => EDGES[(random.bits() % 16) as usize],
        _ => random.within(ordinary[0], ordinary[1]),
    }
}

fn any_option(random: &mut Random) -> Inputs {
    let option = if random.bits() & 1 == 0 {
        OptionType::Put
    } else {
        OptionType::Call
    };
    Inputs {
        option,
        spot: any_number(random, [1.0, 200.0]),
        strike: any_number(random, [1.0, 200.0]),
        years: any_number(random, [0.0, 3.0]),
        rate: any_number(random, [-0.1, 0.2]),
        carry: any_number(random, [-0.1, 0.2]),
        vol: any_number(random, [0.0, 2.0]),
    }
}

/// What arbitrage forbids, or a NaN, among figures that are said to be answers.
fn fault<M: Model>(row: &Inputs, figures: &[f64; OUTPUTS]) -> Option<&'static str> {
    // Of the discount factors of the test itself, and of the figures; below the normal numbers nothing is relative.
    const RELATIVE: f64 = 1e-12;
    let exceeds = |figure: f64, bound: f64| figure > bound * (1.0 + RELATIVE) + f64::MIN_POSITIVE;
    let (s, k, t) = (row.spot, row.strike, row.years);
    let sign = row.option.sign();
    let get = |output: Output| figures[output as usize];
    if figures.iter().any(|figure| figure.is_nan()) {
        return Some("a figure is NaN");
    }
    let infinite = |output: Output| output != Output::Elasticity && get(output).is_infinite();
    if Output::ALL.into_iter().any(infinite) {
        return Some("a figure is infinite");
    }
    let (spot_factor, strike_factor) = ((-row.carry_of::<M>() * t).exp(), (-row.rate * t).exp());
    // Where a factor is out of range the product may not be.
    let spot_value = (s.ln() - row.carry_of::<M>() * t).exp();
    let strike_value = (k.ln() - row.rate * t).exp();
    let unit = if M::INVERSE { s } else { 1.0 };
    let price = get(Output::Price);
    let upper = match row.option {
        OptionType::Call => spot_value,
        OptionType::Put => strike_value,
    };
    let lower = (sign * (spot_value - strike_value)).max(0.0);
    let tolerance = RELATIVE * (spot_value + strike_value) + 5e-16 * s.max(k);
    if upper.is_finite() && exceeds(price, (upper + tolerance) / unit) {
        return Some("the price is above its upper bound");
    }
    if lower.is_finite() && tolerance.is_finite() && price < (lower - tolerance) / unit * (1.0 - RELATIVE) {
        return Some("the price is below the intrinsic value");
    }
    if price < 0.0 && price < -tolerance / unit {
        return Some("the price is negative");
    }
    let delta_bound = if M::INVERSE { strike_value / s / s } else { spot_factor };
    // What gradual underflow takes from the legs, per unit of S and of K.
    const LEAST: f64 = 5e-324;
    if sign * get(Output::Delta) < 0.0 || exceeds(get(Output::Delta).abs(), delta_bound + LEAST / (s * unit).abs()) {
        return Some("delta is out of bounds");
    }
    let dual_bound = strike_factor / unit;
    if sign * get(Output::DualDelta) > 0.0
        || exceeds(get(Output::DualDelta).abs(), dual_bound + LEAST / (k * unit).abs())
    {
        return Some("dual delta is out of bounds");
    }
    if !(0.0..=1.0 + RELATIVE).contains(&get(Output::ProbabilityInTheMoney)) {
        return Some("the probability is out of bounds");
    }
    if get(Output::Vega) < 0.0 || get(Output::DualGamma) < 0.0 || (!M::INVERSE && get(Output::Gamma) < 0.0) {
        return Some("vega, gamma or dual gamma is negative");
    }
    let elasticity = get(Output::Elasticity) + if M::INVERSE { 1.0 } else { 0.0 };
    let impossible = match row.option {
        OptionType::Call => elasticity < 1.0 - RELATIVE,
        OptionType::Put => elasticity > 0.0,
    };
    impossible.then_some("elasticity is out of bounds")
}

type ColumnFunction = fn(&Columns<'_>, &mut GreeksColumns<'_>) -> Result<(), LengthMismatch>;
type SingleFunction = fn(&Inputs) -> (Greeks, PriceStatus);

fn random_patterns<M: Model>(seed: u64, columns: ColumnFunction, single: SingleFunction) {
    let mut random = Random(seed);
    let mut answered = 0;
    let blocks = rows_of_any_bits(INPUTS * ANY_BITS).div_ceil(BLOCK);
    for _ in 0..blocks {
        let rows: Vec<Inputs> = (0..BLOCK).map(|_| any_option(&mut random)).collect();
        let column = |read: fn(&Inputs) -> f64| rows.iter().map(read).collect::<Vec<_>>();
        let is_call: Vec<u8> = rows
            .iter()
            .map(|row| u8::from(row.option == OptionType::Call))
            .collect();
        let mut values: [Vec<f64>; OUTPUTS] = core::array::from_fn(|_| vec![0.0; BLOCK]);
        let mut status = vec![u8::MAX; BLOCK];
        let mut out = GreeksColumns::new(&mut status);
        for (output, column) in Output::ALL.into_iter().zip(&mut values) {
            out = out.with(output, column);
        }
        let inputs = Columns {
            is_call: &is_call,
            spot: &column(|row| row.spot),
            strike: &column(|row| row.strike),
            years: &column(|row| row.years),
            rate: &column(|row| row.rate),
            carry: &column(|row| row.carry),
            vol: &column(|row| row.vol),
        };
        columns(&inputs, &mut out).expect("columns of one length");
        for (i, row) in rows.iter().enumerate() {
            let figures: [f64; OUTPUTS] = core::array::from_fn(|output| values[output][i]);
            let verdict = PriceStatus::of(status[i]);
            if i % SINGLES_EVERY == 0 {
                let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
                let (alone, verdict_alone) = row.figures::<M>();
                assert_eq!(verdict_alone, verdict, "{row:?}");
                for output in 0..OUTPUTS {
                    assert!(
                        same(figures[output], alone[output]),
                        "output {output}: {} alone, {} in a column, {row:?}",
                        alone[output],
                        figures[output]
                    );
                }
                let (first, first_verdict) = single(row);
                assert_eq!(first_verdict, verdict, "{row:?}");
                assert!(
                    same(first.price, figures[0]) && same(first.rho, figures[Output::Rho as usize]),
                    "{row:?}"
                );
            }
            match verdict {
                PriceStatus::Ok => {
                    answered += 1;
                    if let Some(fault) = fault::<M>(row, &figures) {
                        panic!("{fault}: {row:?}, {figures:?}");
                    }
                }
                PriceStatus::Kink | PriceStatus::OutOfRange => {
                    assert!(figures.iter().any(|figure| figure.is_nan()), "{row:?}");
                }
                PriceStatus::InvalidInput => assert!(figures.iter().all(|figure| figure.is_nan()), "{row:?}"),
            }
        }
    }
    assert!(
        answered > blocks * BLOCK / 20,
        "only {answered} rows had an answer: the generator proves nothing"
    );
}

#[test]
fn any_bits_through_spot_options_give_an_answer_or_a_status() {
    random_patterns::<Spot>(1, spot_columns, |row| {
        spot(
            row.option, row.spot, row.strike, row.years, row.rate, row.carry, row.vol,
        )
    });
}

#[test]
fn any_bits_through_options_on_forwards_give_an_answer_or_a_status() {
    random_patterns::<Forward>(2, forward_columns, |row| {
        forward(row.option, row.spot, row.strike, row.years, row.rate, row.vol)
    });
}

#[test]
fn any_bits_through_inverse_options_give_an_answer_or_a_status() {
    random_patterns::<Inverse>(3, inverse_columns, |row| {
        inverse(
            row.option, row.spot, row.strike, row.years, row.rate, row.carry, row.vol,
        )
    });
}

/// Chains whose shared inputs are of any kind, and their strikes and vols too; each option also as a call and as a put.
fn random_chains<M: Model>(seed: u64) {
    const OPTIONS: usize = 19;
    let mut random = Random(seed);
    let mut answered = 0;
    // Strike and vol of each, and four inputs that they share.
    let patterns = (2 * OPTIONS + 4) as f64 * ANY_BITS;
    let chains = rows_of_any_bits(patterns);
    for _ in 0..chains {
        let market = any_option(&mut random);
        let rows: Vec<Inputs> = (0..OPTIONS)
            .map(|_| Inputs {
                spot: market.spot,
                years: market.years,
                rate: market.rate,
                carry: market.carry,
                ..any_option(&mut random)
            })
            .collect();
        let is_call: Vec<u8> = rows
            .iter()
            .map(|row| u8::from(row.option == OptionType::Call))
            .collect();
        let strike: Vec<f64> = rows.iter().map(|row| row.strike).collect();
        let vol: Vec<f64> = rows.iter().map(|row| row.vol).collect();
        let mut chain = Chain::new::<M>();
        chain.list(&is_call, &strike).expect("columns of one length");
        chain.set_clock(market.years, market.rate, market.carry);
        chain.set_underlying(market.spot);
        chain.set_vols(&vol).expect("columns of one length");
        let mut columns: [[Vec<f64>; OUTPUTS]; 3] =
            core::array::from_fn(|_| core::array::from_fn(|_| vec![0.0; OPTIONS]));
        let mut status = [[u8::MAX; OPTIONS]; 3];
        {
            let [listed, calls, puts] = &mut columns;
            let [listed_status, calls_status, puts_status] = &mut status;
            let mut out = [
                GreeksColumns::new(listed_status),
                GreeksColumns::new(calls_status),
                GreeksColumns::new(puts_status),
            ];
            for (out, figures) in out.iter_mut().zip([listed, calls, puts]) {
                for (output, column) in Output::ALL.into_iter().zip(figures) {
                    out.want(output, column);
                }
            }
            let [listed, calls, puts] = &mut out;
            chain.greeks(listed).expect("columns of one length");
            chain.pair_greeks(calls, puts).expect("columns of one length");
        }
        for (side, option) in [(0, None), (1, Some(OptionType::Call)), (2, Some(OptionType::Put))] {
            for (i, row) in rows.iter().enumerate() {
                let row = Inputs {
                    option: option.unwrap_or(row.option),
                    ..*row
                };
                let figures: [f64; OUTPUTS] = core::array::from_fn(|output| columns[side][output][i]);
                match PriceStatus::of(status[side][i]) {
                    PriceStatus::Ok => {
                        answered += 1;
                        if let Some(fault) = fault::<M>(&row, &figures) {
                            panic!("{fault}: {row:?}, {figures:?}");
                        }
                    }
                    PriceStatus::Kink | PriceStatus::OutOfRange => {
                        assert!(figures.iter().any(|figure| figure.is_nan()), "{row:?}");
                    }
                    PriceStatus::InvalidInput => assert!(figures.iter().all(|figure| figure.is_nan()), "{row:?}"),
                }
            }
        }
    }
    assert!(answered > chains * OPTIONS / 25, "only {answered} rows had an answer");
}

#[test]
fn any_bits_through_chains_give_an_answer_or_a_status() {
    random_chains::<Spot>(5);
    random_chains::<Forward>(6);
    random_chains::<Inverse>(7);
}

#[test]
fn any_bits_through_elementary_functions_give_a_number_wherever_one_exists() {
    let mut random = Random(4);
    for _ in 0..rows_of_any_bits(ANY_BITS) {
        let x = any_number(&mut random, [-50.0, 50.0]);
        let expects_nan = x.is_nan();
        let figures = [
            (elementary::exp(x), 0.0, f64::INFINITY),
            (elementary::expm1(x), -1.0, f64::INFINITY),
            (elementary::norm_pdf(x), 0.0, elementary::INV_SQRT_2PI),
            (elementary::norm_cdf(x), 0.0, 1.0),
            (elementary::erfc(x), 0.0, 2.0),
            (elementary::mills_ratio(x), 0.0, f64::INFINITY),
        ];
        for (index, (figure, least, greatest)) in figures.into_iter().enumerate() {
            assert_eq!(figure.is_nan(), expects_nan, "function {index} at {x:e}");
            assert!(
                expects_nan || (least <= figure && figure <= greatest),
                "function {index} at {x:e}: {figure:e}"
            );
        }
        let ln = elementary::ln(x);
        assert_eq!(ln.is_nan(), x.is_nan() || x < 0.0, "ln at {x:e}");
        assert!(
            ln.is_nan() || (ln - x.ln()).abs() <= 4e-16 * ln.abs() || ln == x.ln(),
            "ln at {x:e}: {ln:e}"
        );
    }
}
