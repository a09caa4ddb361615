//! Chains: the figures of columns to within their bounds, pairs that equal their options bit for bit, and nothing stale
//! after a change at any level. `tests/accuracy.rs` holds chains to the oracle, `tests/regimes.rs` to any bits.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::{
    columns, Chain, Columns, Forward, GreeksColumns, Inverse, Model, Output, PriceStatus, Spot, Terms, OUTPUTS,
};
use plimsoll_math::lane::{Lane, Pair, Wide};
use plimsoll_math::OptionType;
use support::{bound, name_of, Kind, Random, Row};

type Figures = [Vec<f64>; OUTPUTS];

fn empty(count: usize) -> Figures {
    core::array::from_fn(|_| vec![0.0; count])
}

fn wanted<'a>(figures: &'a mut Figures, status: &'a mut [u8]) -> GreeksColumns<'a> {
    let mut out = GreeksColumns::new(status);
    for (output, column) in Output::ALL.into_iter().zip(figures) {
        out = out.with(output, column);
    }
    out
}

fn bits(figures: &Figures) -> Vec<Vec<u64>> {
    let pattern = |figure: &f64| if figure.is_nan() { f64::NAN } else { *figure }.to_bits();
    figures
        .iter()
        .map(|column| column.iter().map(pattern).collect())
        .collect()
}

/// A listing with a market around it.
struct Listed {
    is_call: Vec<u8>,
    strike: Vec<f64>,
    vol: Vec<f64>,
    spot: f64,
    years: f64,
    rate: f64,
    carry: f64,
}

impl Listed {
    fn random(random: &mut Random, count: usize) -> Self {
        let spot = random.within(0.5, 70_000.0);
        let years = random.within(0.0, 1.0) * random.within(0.001, 3.0);
        Self {
            is_call: (0..count).map(|_| (random.bits() & 1) as u8).collect(),
            strike: (0..count).map(|_| spot * random.within(0.4, 2.5)).collect(),
            vol: (0..count).map(|_| random.within(0.03, 1.8)).collect(),
            spot,
            years,
            rate: random.within(-0.03, 0.9),
            carry: random.within(-0.03, 0.9),
        }
    }

    fn chain<M: Model>(&self) -> Chain {
        let mut chain = Chain::new::<M>();
        chain.list(&self.is_call, &self.strike).unwrap();
        chain.set_clock(self.years, self.rate, self.carry);
        chain.set_underlying(self.spot);
        chain.set_vols(&self.vol).unwrap();
        chain
    }

    fn row<M: Model>(&self, option: usize) -> Row {
        let kind = if M::INVERSE {
            Kind::Inverse
        } else if M::FORWARD {
            Kind::Black76
        } else {
            Kind::Bsm
        };
        Row {
            kind,
            tag: String::new(),
            option: if self.is_call[option] == 0 {
                OptionType::Put
            } else {
                OptionType::Call
            },
            spot: self.spot,
            strike: self.strike[option],
            years: self.years,
            rate: self.rate,
            carry: if M::FORWARD { self.rate } else { self.carry },
            vol: self.vol[option],
            figures: [None; OUTPUTS],
        }
    }
}

fn greeks<L: Lane>(chain: &Chain) -> (Figures, Vec<u8>) {
    let mut figures = empty(chain.len());
    let mut status = vec![u8::MAX; chain.len()];
    chain.greeks_on::<L>(&mut wanted(&mut figures, &mut status)).unwrap();
    (figures, status)
}

fn chains_agree_with_columns<M: Model>(seed: u64) {
    let mut random = Random(seed);
    for round in 0..300 {
        let count = 1 + round % 37;
        let listed = Listed::random(&mut random, count);
        let (figures, status) = greeks::<Wide>(&listed.chain::<M>());
        let mut expected = empty(count);
        let mut expected_status = vec![0; count];
        let inputs = Columns {
            is_call: &listed.is_call,
            spot: &vec![listed.spot; count],
            strike: &listed.strike,
            years: &vec![listed.years; count],
            rate: &vec![listed.rate; count],
            carry: &vec![if M::FORWARD { listed.rate } else { listed.carry }; count],
            vol: &listed.vol,
        };
        columns::<M, Wide>(&inputs, &mut wanted(&mut expected, &mut expected_status)).unwrap();
        assert_eq!(status, expected_status);
        for option in 0..count {
            let scales = listed.row::<M>(option).scales();
            for output in Output::ALL {
                let at = output as usize;
                // Both are within the bound of the truth.
                let difference = (figures[at][option] - expected[at][option]).abs();
                let allowed = match output {
                    Output::Elasticity => 1e-12 * expected[at][option].abs(),
                    Output::ProbabilityInTheMoney => 2e-14,
                    _ => 2.0 * bound(output, false) * scales[at],
                };
                assert!(
                    difference <= allowed,
                    "{} of option {option}, round {round}: {:e} in the chain, {:e} in columns",
                    name_of(output),
                    figures[at][option],
                    expected[at][option]
                );
            }
        }
    }
}

#[test]
fn chains_agree_with_columns_for_every_model() {
    chains_agree_with_columns::<Spot>(1);
    chains_agree_with_columns::<Forward>(2);
    chains_agree_with_columns::<Inverse>(3);
}

fn pairs_equal_their_options<M: Model>(seed: u64) {
    let mut random = Random(seed);
    for count in [1, 2, 7, 8, 9, 31, 32, 33, 100] {
        let mut listed = Listed::random(&mut random, count);
        let chain = listed.chain::<M>();
        let (mut calls, mut puts) = (empty(count), empty(count));
        let (mut call_status, mut put_status) = (vec![0; count], vec![0; count]);
        chain
            .pair_greeks(
                &mut wanted(&mut calls, &mut call_status),
                &mut wanted(&mut puts, &mut put_status),
            )
            .unwrap();
        for (is_call, figures, status) in [(1, &calls, &call_status), (0, &puts, &put_status)] {
            listed.is_call = vec![is_call; count];
            let (expected, expected_status) = greeks::<Wide>(&listed.chain::<M>());
            assert_eq!(bits(figures), bits(&expected));
            assert_eq!(status, &expected_status);
        }
        if !M::INVERSE {
            for shared in [
                Output::Gamma,
                Output::Vega,
                Output::Vanna,
                Output::Volga,
                Output::Speed,
                Output::Zomma,
                Output::Color,
                Output::Veta,
                Output::Ultima,
                Output::DualGamma,
            ] {
                let at = shared as usize;
                for option in (0..count).filter(|&option| call_status[option] + put_status[option] == 0) {
                    let (call, put) = (calls[at][option], puts[at][option]);
                    // A far side is done again in two parts: equal to within the bound.
                    assert!(
                        (call - put).abs() <= 2.0 * bound(shared, false) * listed.row::<M>(option).scales()[at],
                        "{} {call:e} {put:e}",
                        name_of(shared)
                    );
                }
            }
        }
    }
}

#[test]
fn pairs_equal_their_options_bit_for_bit() {
    pairs_equal_their_options::<Spot>(4);
    pairs_equal_their_options::<Forward>(5);
    pairs_equal_their_options::<Inverse>(6);
}

#[test]
fn width_of_the_lane_does_not_matter() {
    let mut random = Random(7);
    for count in [1, 8, 37, 203] {
        let chain = Listed::random(&mut random, count).chain::<Spot>();
        let (scalar, scalar_status) = greeks::<f64>(&chain);
        let (pair, pair_status) = greeks::<Pair>(&chain);
        let (wide, wide_status) = greeks::<Wide>(&chain);
        assert_eq!(bits(&pair), bits(&scalar));
        assert_eq!(bits(&wide), bits(&scalar));
        assert_eq!((&pair_status, &wide_status), (&scalar_status, &scalar_status));
    }
}

#[test]
fn nothing_is_stale_after_a_change_at_any_level() {
    let mut random = Random(8);
    let mut listed = Listed::random(&mut random, 21);
    let mut chain = listed.chain::<Spot>();
    for change in 0..400 {
        let other = Listed::random(&mut random, 5 + change % 40);
        match random.bits() % 4 {
            0 => {
                listed.is_call.clone_from(&other.is_call);
                listed.strike.clone_from(&other.strike);
                listed.vol.clone_from(&other.vol);
                chain.list(&listed.is_call, &listed.strike).unwrap();
                chain.set_vols(&listed.vol).unwrap();
            }
            1 => {
                (listed.years, listed.rate, listed.carry) = (other.years, other.rate, other.carry);
                chain.set_clock(listed.years, listed.rate, listed.carry);
            }
            2 => {
                listed.spot = other.spot;
                chain.set_underlying(listed.spot);
            }
            _ => {
                for vol in &mut listed.vol {
                    *vol = random.within(0.03, 1.8);
                }
                chain.vols_mut().copy_from_slice(&listed.vol);
            }
        }
        let (figures, status) = greeks::<Wide>(&chain);
        let (fresh, fresh_status) = greeks::<Wide>(&listed.chain::<Spot>());
        assert_eq!(bits(&figures), bits(&fresh), "after change {change}");
        assert_eq!(status, fresh_status);
    }
}

#[test]
fn options_listed_one_by_one_and_priced_one_by_one_have_the_bits_of_the_chain() {
    let mut random = Random(29);
    for count in [1, 5, 37] {
        let listed = Listed::random(&mut random, count);
        let mut chain = Chain::new::<Spot>();
        // one too many at the front, whose row the last option takes when it goes
        chain.push(true, 1.0);
        for row in 1..count {
            chain.push(listed.is_call[row] != 0, listed.strike[row]);
        }
        chain.push(listed.is_call[0] != 0, listed.strike[0]);
        chain.swap_remove(0);
        assert_eq!(chain.len(), count);
        let (figures, status) = greeks::<Wide>(&listed.chain::<Spot>());
        for row in 0..count {
            let terms = Terms {
                price: listed.spot,
                years: listed.years,
                rate: listed.rate,
                carry: listed.carry,
                vol: listed.vol[row],
            };
            let (mut one, mut one_status) = ([[0.0]; OUTPUTS], [0]);
            let mut out = GreeksColumns::new(&mut one_status);
            for (column, output) in one.iter_mut().zip(Output::ALL) {
                out.want(output, column);
            }
            chain.greeks_at(row, &terms, &mut out).unwrap();
            assert_eq!(one_status[0], status[row]);
            for (one, all) in one.iter().zip(&figures) {
                assert_eq!(one[0].to_bits(), all[row].to_bits());
            }
        }
        chain.vols_mut().copy_from_slice(&listed.vol);
        chain.set_clock(listed.years, listed.rate, listed.carry);
        chain.set_underlying(listed.spot);
        assert_eq!(bits(&greeks::<Wide>(&chain).0), bits(&figures));
    }
}

#[test]
fn what_was_not_given_is_invalid() {
    let mut chain = Chain::new::<Forward>();
    assert!(chain.is_empty());
    chain.list(&[1, 0, 1], &[90.0, 100.0, 110.0]).unwrap();
    let invalid = vec![PriceStatus::InvalidInput as u8; 3];
    assert_eq!(greeks::<Wide>(&chain).1, invalid);
    chain.set_clock(0.5, 0.01, 0.0);
    assert_eq!(greeks::<Wide>(&chain).1, invalid);
    chain.set_underlying(100.0);
    assert_eq!(greeks::<Wide>(&chain).1, invalid);
    chain.set_vols(&[0.2, 0.2, 0.2]).unwrap();
    assert_eq!(greeks::<Wide>(&chain).1, vec![PriceStatus::Ok as u8; 3]);
}

#[test]
fn columns_of_another_length_are_named() {
    let mut chain = Chain::new::<Forward>();
    let error = chain.list(&[1], &[90.0, 100.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column is_call must have the length of strike, 2, was 1"
    );
    chain.list(&[1, 0], &[90.0, 100.0]).unwrap();
    assert_eq!(chain.set_vols(&[0.2]).unwrap_err().column, "vol");
    let (mut status, mut price) = ([0; 2], [7.0; 3]);
    let mut out = GreeksColumns::new(&mut status).with(Output::Price, &mut price);
    assert_eq!(chain.greeks(&mut out).unwrap_err().column, "output");
    assert_eq!(price, [7.0; 3]);
}
