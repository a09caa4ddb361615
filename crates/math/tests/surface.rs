//! Random bit patterns through surfaces: slices, their verdicts, vols, fits and forwards by parity.
#![allow(clippy::unwrap_used)]

#[path = "support/binary.rs"]
mod binary;
mod support;

use binary::any_number;
use plimsoll_math::surface::{
    fit_ssvi, fit_svi, forward_from_parity, Arbitrage, Expiry, ExpiryQuotes, ParityQuote, Ssvi, Stickiness, Surface,
    Svi, Violation, VolQuote,
};
use support::{rows_of_any_bits, rows_of_slow_any_bits, Random};

/// Of each number of [`any_number`] so many are any bits.
const ANY_BITS: f64 = 3.0 / 8.0;

/// a, b, ρ, m, σ of any kind.
fn any_slice(random: &mut Random) -> Option<Svi> {
    let mut parameter = |low, high| any_number(random, [low, high]);
    let (a, b, rho) = (parameter(-0.05, 0.2), parameter(0.0, 0.5), parameter(-1.0, 1.0));
    let (m, sigma) = (parameter(-0.5, 0.5), parameter(0.0, 1.0));
    Svi::new(a, b, rho, m, sigma).ok()
}

fn assert_interval(violation: &Violation) {
    let Violation { from, to, worst, at } = *violation;
    assert!(from <= at && at <= to && worst < 0.0, "{violation:?}");
}

#[test]
fn any_bits_through_slices_give_a_fault_or_variances_and_verdicts() {
    // Five parameters and three log-moneynesses.
    let rows = rows_of_any_bits(8.0 * ANY_BITS);
    let mut random = Random(61);
    let (mut slices, mut flagged) = (0, 0);
    for _ in 0..rows {
        let Some(slice) = any_slice(&mut random) else { continue };
        slices += 1;
        for _ in 0..3 {
            let k = any_number(&mut random, [-3.0, 3.0]);
            let w = slice.at(k);
            assert!(!(w.total < 0.0), "{slice:?} at {k}: {w:?}");
            assert!(k.is_finite() || !slice.density_factor(k).is_finite());
            // A verdict that rests on no number would be none.
            let is_judged = k.abs() <= 100.0 && w.total > 0.0;
            assert!(!(is_judged && slice.density_factor(k).is_nan()), "{slice:?} at {k}");
        }
        let found = slice.butterfly_violations();
        found.iter().for_each(assert_interval);
        flagged += usize::from(!found.is_empty());
    }
    println!("{slices} of {rows} slices, {flagged} with butterflies");
    assert!(
        slices > rows / 20 && flagged > slices / 100,
        "{slices} {flagged} of {rows}"
    );
}

#[test]
fn any_bits_through_surfaces_give_a_fault_or_vols_and_verdicts() {
    // Two expiries of seven numbers, and four questions of three.
    let rows = rows_of_any_bits(26.0 * ANY_BITS);
    let mut random = Random(62);
    let (mut surfaces, mut answered) = (0, 0);
    for _ in 0..rows {
        // Whole slices, or there would be hardly a surface.
        let mut slice = || loop {
            if let Some(slice) = any_slice(&mut random) {
                return slice;
            }
        };
        let slices = [slice(), slice()];
        let expiries = slices.map(|slice| Expiry {
            years: any_number(&mut random, [0.0, 3.0]),
            forward: any_number(&mut random, [1.0, 200.0]),
            slice,
        });
        let Ok(surface) = Surface::new(expiries.to_vec()) else {
            continue;
        };
        surfaces += 1;
        surface
            .calendar_violations()
            .iter()
            .for_each(|found| assert_interval(&found.violation));
        for stickiness in [Stickiness::Strike, Stickiness::Delta] {
            for _ in 0..2 {
                let (strike, forward) = (
                    any_number(&mut random, [1.0, 200.0]),
                    any_number(&mut random, [1.0, 200.0]),
                );
                let years = any_number(&mut random, [0.0, 3.0]);
                let found = surface.vol(strike, forward, years, stickiness);
                assert!(!(found.vol < 0.0), "{found:?}");
                let exists = strike > 0.0 && years > 0.0 && (forward > 0.0 || stickiness == Stickiness::Strike);
                assert!(
                    exists || !found.by_strike.is_finite(),
                    "{strike} {forward} {years}: {found:?}"
                );
                answered += usize::from(found.vol.is_finite());
            }
        }
    }
    println!("{surfaces} of {rows} surfaces, {answered} vols");
    assert!(
        surfaces > rows / 50 && answered > surfaces,
        "{surfaces} {answered} of {rows}"
    );
}

#[test]
fn any_bits_through_ssvi_give_a_fault_or_a_slice() {
    let rows = rows_of_any_bits(4.0 * ANY_BITS);
    let mut random = Random(63);
    let mut slices = 0;
    for _ in 0..rows {
        let [rho, eta, gamma, theta] =
            [[-1.0, 1.0], [0.0, 3.0], [0.0, 1.0], [0.0, 1.0]].map(|range| any_number(&mut random, range));
        let Ok(surface) = Ssvi::new(rho, eta, gamma) else {
            continue;
        };
        if let Ok(slice) = surface.slice(theta) {
            slices += 1;
            let [a, b, rho, m, sigma] = slice.parameters();
            assert_eq!(Svi::new(a, b, rho, m, sigma), Ok(slice));
        }
    }
    assert!(slices > rows / 20, "{slices} of {rows}");
}

#[test]
fn any_bits_through_calibrations_give_a_fault_or_slices_of_the_domain() {
    const QUOTES: usize = 6;
    // Two expiries: each a time, and of each quote a log-moneyness, a bid and what the ask is above it. One in six quotes is of
    // any kind: one alone refuses the whole chain.
    let patterns_per_row = 2.0 * (1.0 + 3.0 * QUOTES as f64 / 6.0) * ANY_BITS;
    let rows = rows_of_slow_any_bits(patterns_per_row, 5e3);
    let mut random = Random(64);
    let mut fitted = 0;
    for _ in 0..rows {
        let chain: Vec<(f64, Vec<VolQuote>)> = (0..2)
            .map(|expiry| {
                let years = f64::from(expiry) + any_number(&mut random, [0.0, 1.0]);
                let quote = |_| {
                    let is_any = random.bits().is_multiple_of(6);
                    let mut number = |low, high| {
                        if is_any {
                            any_number(&mut random, [low, high])
                        } else {
                            random.within(low, high)
                        }
                    };
                    let (log_moneyness, bid, spread) = (number(-1.0, 1.0), number(0.1, 2.0), number(0.0, 0.3));
                    VolQuote {
                        log_moneyness,
                        bid,
                        ask: bid + spread,
                    }
                };
                (years, (0..QUOTES).map(quote).collect())
            })
            .collect();
        let expiries: Vec<ExpiryQuotes<'_>> = chain
            .iter()
            .map(|(years, quotes)| ExpiryQuotes { years: *years, quotes })
            .collect();
        for arbitrage in [Arbitrage::Judged, Arbitrage::Avoided] {
            let Ok(fits) = fit_svi(&expiries, arbitrage) else {
                continue;
            };
            fitted += 1;
            for fit in fits {
                let [a, b, rho, m, sigma] = fit.slice.parameters();
                assert_eq!(Svi::new(a, b, rho, m, sigma), Ok(fit.slice), "{chain:?}");
                assert!(fit.error.root_mean_square.is_finite(), "{fit:?} {chain:?}");
            }
        }
        if let Ok(fit) = fit_ssvi(&expiries) {
            assert!(fit.error.root_mean_square.is_finite(), "{fit:?} {chain:?}");
            assert!(fit.thetas.windows(2).all(|pair| pair[0] < pair[1]), "{fit:?} {chain:?}");
        }
    }
    println!("{fitted} fits of {rows} chains");
    assert!(fitted > rows / 20, "{fitted} of {rows}");
}

#[test]
fn any_bits_through_parity_give_a_forward_or_none() {
    const STRIKES: usize = 5;
    // A strike, and bid and ask of its call and its put; and the discount factor.
    let rows = rows_of_any_bits((5.0 * STRIKES as f64 + 1.0) * ANY_BITS);
    let mut random = Random(65);
    let mut found = 0;
    for _ in 0..rows {
        let quotes: Vec<ParityQuote> = (0..STRIKES)
            .map(|_| {
                let mut side = || [any_number(&mut random, [0.0, 1.0]), any_number(&mut random, [0.0, 1.0])];
                let (call, put) = (side(), side());
                let strike = any_number(&mut random, [1.0, 200.0]);
                ParityQuote { strike, call, put }
            })
            .collect();
        let discount = any_number(&mut random, [0.5, 1.0]);
        for in_coin in [false, true] {
            if let Some(forward) = forward_from_parity(&quotes, discount, in_coin) {
                found += 1;
                assert!(forward > 0.0 && forward.is_finite(), "{forward} {quotes:?} {discount}");
            }
        }
    }
    assert!(found > rows / 20, "{found} of {rows}");
}
