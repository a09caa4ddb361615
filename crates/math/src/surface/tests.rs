//! Surfaces: derivatives, shifts, verdicts, and fits to quotes of known surfaces.

use super::*;
use crate::black::{self, OptionType, Output};
use crate::elementary::exp;
use alloc::vec;

fn slice(a: f64, b: f64, rho: f64, m: f64, sigma: f64) -> Svi {
    Svi::new(a, b, rho, m, sigma).expect("within the domain")
}

fn two_expiries() -> Surface {
    let expiries = vec![
        Expiry {
            years: 0.1,
            forward: 100.0,
            slice: slice(0.005, 0.06, -0.3, 0.01, 0.1),
        },
        Expiry {
            years: 0.5,
            forward: 102.0,
            slice: slice(0.03, 0.12, -0.25, 0.02, 0.25),
        },
    ];
    Surface::new(expiries).expect("in order")
}

#[test]
fn derivatives_of_vol_are_those_of_the_value() {
    let surface = two_expiries();
    for stickiness in [Stickiness::Strike, Stickiness::Delta] {
        for (strike, forward, years) in [(90.0, 101.0, 0.3), (120.0, 95.0, 0.05), (100.0, 100.0, 0.9)] {
            let at = |strike, forward, years| surface.vol(strike, forward, years, stickiness).vol;
            let here = surface.vol(strike, forward, years, stickiness);
            let h = 1e-3;
            let strikes = [at(strike - h, forward, years), here.vol, at(strike + h, forward, years)];
            let forwards = [at(strike, forward - h, years), here.vol, at(strike, forward + h, years)];
            let first = |v: [f64; 3]| (v[2] - v[0]) / (2.0 * h);
            let second = |v: [f64; 3]| (v[2] - 2.0 * v[1] + v[0]) / (h * h);
            assert!((here.by_strike - first(strikes)).abs() < 1e-9);
            assert!((here.by_strike_twice - second(strikes)).abs() < 1e-8);
            assert!((here.by_forward - first(forwards)).abs() < 1e-9);
            assert!((here.by_forward_twice - second(forwards)).abs() < 1e-8);
            let t = 1e-6;
            let years = [at(strike, forward, years - t), here.vol, at(strike, forward, years + t)];
            assert!((here.by_years - (years[2] - years[0]) / (2.0 * t)).abs() < 1e-7);
        }
    }
}

#[test]
fn vols_are_numbers_where_a_quotient_of_strike_and_forward_is_none() {
    let surface = two_expiries();
    for (strike, forward) in [(1e300, 4.7e-72), (4.7e-72, 1e300), (1e-300, 1e20)] {
        let k = ln(strike) - ln(forward);
        for years in [0.05, 0.3, 0.9] {
            let at = surface.vol(strike, forward, years, Stickiness::Delta);
            assert_eq!(at.vol, sqrt(surface.total_variance(k, years).0.total / years));
            assert!(at.vol > 1.0 && at.vol.is_finite(), "{at:?}");
        }
    }
    // forwards that were fitted at both ends of the doubles
    let mut expiries = surface.expiries().to_vec();
    (expiries[0].forward, expiries[1].forward) = (1e-200, 1e200);
    let surface = Surface::new(expiries).expect("in order");
    assert!((surface.fitted_forward(0.3) - 1.0).abs() < 1e-12);
    let at = surface.vol(1.0, 1.0, 0.3, Stickiness::Strike);
    assert!(at.vol.is_finite() && at.by_years.is_finite(), "{at:?}");
}

#[test]
fn expiries_are_met_and_variance_is_linear_between_them() {
    let surface = two_expiries();
    let [one, two] = surface.expiries() else {
        panic!("two expiries")
    };
    for k in [-0.3, 0.0, 0.4] {
        let (w_one, w_two) = (one.slice.at(k).total, two.slice.at(k).total);
        assert_eq!(surface.total_variance(k, 0.1).0.total, w_one);
        assert_eq!(surface.total_variance(k, 0.5).0.total, w_two);
        assert!((surface.total_variance(k, 0.3).0.total - 0.5 * (w_one + w_two)).abs() < 1e-16);
        // half the time, half the variance: the same vol
        assert!((surface.total_variance(k, 0.05).0.total - 0.5 * w_one).abs() < 1e-16);
        assert!((surface.total_variance(k, 1.0).0.total - 2.0 * w_two).abs() < 1e-16);
    }
    // geometric: √(100·102) = 100.995
    assert!((surface.fitted_forward(0.3) - 10_200.0_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn greeks_along_the_smile_are_derivatives_of_the_price_along_it() {
    let surface = two_expiries();
    let (strike, forward, years, rate) = (93.0, 101.0, 0.3, 0.02);
    let price = |forward: f64, years: f64| {
        let vol = surface.vol(strike, forward, years, Stickiness::Delta).vol;
        black::forward(OptionType::Put, forward, strike, years, rate, vol)
            .0
            .price
    };
    let smile = surface.vol(strike, forward, years, Stickiness::Delta);
    let (figures, _) =
        black::all_figures::<black::Forward>(OptionType::Put, forward, strike, years, rate, rate, smile.vol);
    let get = |output: Output| figures[output as usize];
    let adjusted = smile.adjusted(
        get(Output::Delta),
        get(Output::Gamma),
        get(Output::Vega),
        get(Output::Theta),
        get(Output::Vanna),
        get(Output::Volga),
    );
    let h = 1e-3;
    let by_forward = (price(forward + h, years) - price(forward - h, years)) / (2.0 * h);
    assert!((adjusted.delta - by_forward).abs() < 1e-9);
    let h = 1e-2;
    let second = price(forward + h, years) - 2.0 * price(forward, years) + price(forward - h, years);
    assert!((adjusted.gamma - second / (h * h)).abs() < 1e-7);
    let t = 1e-5;
    let by_years = (price(forward, years + t) - price(forward, years - t)) / (2.0 * t);
    assert!((adjusted.theta + by_years).abs() < 1e-6);
}

#[test]
fn crossing_slices_are_flagged_where_they_cross() {
    let early = slice(0.05, 0.0, 0.0, 0.0, 0.1);
    let late = slice(0.03, 0.1, 0.0, 0.0, 0.1);
    let at = |years, slice| Expiry {
        years,
        forward: 100.0,
        slice,
    };
    let surface = Surface::new(vec![at(0.1, early), at(0.2, late)]).expect("in order");
    let [CalendarViolation { expiry: 0, violation }] = surface.calendar_violations()[..] else {
        panic!("one interval")
    };
    // 0.03 + 0.1·√(k² + 0.01) = 0.05 where k = ±√(0.04 − 0.01) = ±0.1732; at k = 0 it lacks 0.01
    let end = 0.03_f64.sqrt();
    assert!(
        (violation.from + end).abs() < 1e-12 && (violation.to - end).abs() < 1e-12,
        "{violation:?}"
    );
    assert!((violation.worst + 0.01).abs() < 1e-15 && violation.at.abs() < 1e-6);
    // the other way round the wings are flagged to their ends
    let surface = Surface::new(vec![at(0.1, late), at(0.2, early)]).expect("in order");
    let ends: Vec<(f64, f64)> = surface
        .calendar_violations()
        .iter()
        .map(|v| (v.violation.from, v.violation.to))
        .collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
    assert_eq!((ends[0].0, ends[1].1), (f64::NEG_INFINITY, f64::INFINITY));
    // where total variance falls without bound
    for found in surface.calendar_violations() {
        let Violation { worst, at, .. } = found.violation;
        assert_eq!((worst, at.is_infinite()), (f64::NEG_INFINITY, true), "{found:?}");
    }
    // wings of the same slope: the difference tends to 0.04 − 0.1·0.2 − 0.05 = −0.03 on the right, −0.05 + 0.04 + 0.1·0.2 = 0.01 on the left
    let (early, late) = (slice(0.05, 0.1, 0.0, 0.0, 0.1), slice(0.04, 0.1, 0.0, 0.2, 0.1));
    let surface = Surface::new(vec![at(0.1, early), at(0.2, late)]).expect("in order");
    let [CalendarViolation { violation, .. }] = surface.calendar_violations()[..] else {
        panic!("one interval")
    };
    assert_eq!((violation.to, violation.at), (f64::INFINITY, f64::INFINITY));
    assert!((violation.worst + 0.03).abs() < 1e-16, "{violation:?}");
    assert_eq!(two_expiries().calendar_violations(), []);
}

#[test]
fn expiries_out_of_order_are_named() {
    let good = two_expiries().expiries;
    assert_eq!(Surface::new(vec![]), Err(SurfaceFault::Empty));
    assert_eq!(
        Surface::new(vec![good[1], good[0]]),
        Err(SurfaceFault::InvalidExpiry(1))
    );
    let mut bad = good.clone();
    bad[0].forward = 0.0;
    assert_eq!(Surface::new(bad), Err(SurfaceFault::InvalidExpiry(0)));
    let mut bad = good;
    bad[0].years = f64::NAN;
    assert_eq!(Surface::new(bad), Err(SurfaceFault::InvalidExpiry(0)));
}

/// Quotes a vol point and a half wide about a slice, from −40 % to +40 % log-moneyness.
fn quotes_of(slice: &Svi, years: f64) -> Vec<VolQuote> {
    (-16..=16)
        .map(|i| {
            let log_moneyness = 0.025 * f64::from(i);
            let vol = sqrt(slice.at(log_moneyness).total / years);
            VolQuote {
                log_moneyness,
                bid: vol - 0.0075,
                ask: vol + 0.0075,
            }
        })
        .collect()
}

#[test]
fn a_slice_is_met_by_its_own_vols_quoted_without_a_spread() {
    let own = slice(0.02, 0.1, -0.3, 0.05, 0.2);
    let quotes: Vec<VolQuote> = (-5..=5)
        .map(|i| {
            let log_moneyness = 0.1 * f64::from(i);
            let vol = sqrt(own.at(log_moneyness).total);
            VolQuote {
                log_moneyness,
                bid: vol,
                ask: vol,
            }
        })
        .collect();
    let expiry = ExpiryQuotes {
        years: 1.0,
        quotes: &quotes,
    };
    let error = fit_svi(&[expiry], Arbitrage::Avoided).expect("enough quotes")[0].error;
    assert!(error.largest < 1e-8, "{error:?}");
    assert_eq!((error.outside_spread, error.quotes), (0, 11));
}

#[test]
fn the_error_of_a_fit_is_how_far_its_vols_are_from_the_quotes() {
    let years = 0.2;
    let mut quotes = quotes_of(&slice(0.005, 0.06, -0.3, 0.01, 0.1), years);
    // up and down in turn, by more than the spread at every third strike, which no smile follows
    for (i, quote) in quotes.iter_mut().enumerate() {
        let by = [0.002, -0.003, 0.012, -0.002, 0.003, -0.012][i % 6];
        quote.bid += by;
        quote.ask += by;
    }
    let expiry = ExpiryQuotes { years, quotes: &quotes };
    let fit = fit_svi(&[expiry], Arbitrage::Judged).expect("enough quotes")[0];
    let offs: Vec<f64> = quotes
        .iter()
        .map(|quote| sqrt(fit.slice.at(quote.log_moneyness).total / years) - 0.5 * (quote.bid + quote.ask))
        .collect();
    let mean_square = offs.iter().map(|off| off * off).sum::<f64>() / offs.len() as f64;
    let largest = offs.iter().fold(0.0_f64, |largest, off| largest.max(off.abs()));
    let outside = offs.iter().filter(|off| off.abs() > 0.0075).count();
    assert!(
        mean_square > 2e-5 && largest > 0.01 && (8..=12).contains(&outside),
        "{fit:?}"
    );
    assert!(
        (fit.error.root_mean_square / sqrt(mean_square) - 1.0).abs() < 1e-12,
        "{fit:?}"
    );
    assert!((fit.error.largest / largest - 1.0).abs() < 1e-12, "{fit:?}");
    assert_eq!((fit.error.outside_spread, fit.error.quotes), (outside, 33));
}

#[test]
fn a_slice_is_found_again_from_its_quotes() {
    for known in [
        slice(0.005, 0.06, -0.3, 0.01, 0.1),
        slice(0.02, 0.1, 0.4, -0.05, 0.3),
        slice(0.0001, 0.05, 0.0, 0.0, 0.05),
    ] {
        let years = 0.2;
        let quotes = quotes_of(&known, years);
        let expiry = ExpiryQuotes { years, quotes: &quotes };
        let fit = fit_svi(&[expiry], Arbitrage::Judged).expect("enough quotes")[0];
        assert!(fit.error.root_mean_square < 1e-6, "{known:?}: {fit:?}");
        assert_eq!((fit.error.outside_spread, fit.error.quotes), (0, 33));
        assert_eq!(fit.slice.butterfly_violations(), []);
    }
}

/// Quotes at log-moneynesses from −1 to 1.5, a vol point and a half wide.
fn wide_quotes_of(slice: &Svi, years: f64) -> Vec<VolQuote> {
    (-20..=30)
        .map(|i| {
            let log_moneyness = 0.05 * f64::from(i);
            let vol = sqrt(slice.at(log_moneyness).total / years);
            VolQuote {
                log_moneyness,
                bid: vol - 0.0075,
                ask: vol + 0.0075,
            }
        })
        .collect()
}

#[test]
fn arbitrage_in_quotes_is_met_where_judged_and_left_out_where_avoided() {
    let meets = |violations: &[Violation]| violations.iter().any(|v| v.from < 1.5 && v.to > -1.0);
    // Vogt's example has negative densities on (0.64, 1.26)
    let vogt = wide_quotes_of(&slice(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153), 1.0);
    let expiry = ExpiryQuotes {
        years: 1.0,
        quotes: &vogt,
    };
    let fitted = |arbitrage| fit_svi(&[expiry], arbitrage).expect("enough quotes")[0];
    let (judged, avoided) = (fitted(Arbitrage::Judged), fitted(Arbitrage::Avoided));
    assert!(judged.error.root_mean_square < 1e-6 && meets(&judged.slice.butterfly_violations()));
    assert_eq!(avoided.slice.butterfly_violations(), [], "{avoided:?}");
    assert!(avoided.error.root_mean_square < 0.01, "{avoided:?}");

    // total variance falls from 0.05 to 0.045 at the money
    let early = wide_quotes_of(&slice(0.03, 0.2, 0.0, 0.0, 0.1), 0.5);
    let late = wide_quotes_of(&slice(0.015, 0.3, 0.0, 0.0, 0.1), 0.6);
    let expiries = [
        ExpiryQuotes {
            years: 0.5,
            quotes: &early,
        },
        ExpiryQuotes {
            years: 0.6,
            quotes: &late,
        },
    ];
    let falls = |arbitrage| {
        let fits = fit_svi(&expiries, arbitrage).expect("enough quotes");
        let with = |(fit, expiry): (&SviFit, &ExpiryQuotes<'_>)| Expiry {
            years: expiry.years,
            forward: 100.0,
            slice: fit.slice,
        };
        let surface = Surface::new(fits.iter().zip(&expiries).map(with).collect()).expect("in order");
        let found: Vec<Violation> = surface.calendar_violations().iter().map(|v| v.violation).collect();
        meets(&found)
    };
    assert!(falls(Arbitrage::Judged));
    assert!(!falls(Arbitrage::Avoided));
}

#[test]
fn densities_stay_positive_however_narrow_the_quotes_against_it_are() {
    // Vogt's example again, quoted on ±1.5 where its density is negative
    let vogt = slice(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153);
    for half_spread in [1e-4, 0.0005, 0.001, 0.002, 0.005] {
        let quotes: Vec<VolQuote> = (-15..=15)
            .map(|i| {
                let log_moneyness = 0.1 * f64::from(i);
                let vol = sqrt(vogt.at(log_moneyness).total);
                VolQuote {
                    log_moneyness,
                    bid: vol - half_spread,
                    ask: vol + half_spread,
                }
            })
            .collect();
        let expiry = ExpiryQuotes {
            years: 1.0,
            quotes: &quotes,
        };
        let fit = fit_svi(&[expiry], Arbitrage::Avoided).expect("enough quotes")[0];
        assert_eq!(fit.slice.butterfly_violations(), [], "{half_spread}: {fit:?}");
        assert!(fit.error.root_mean_square < 0.01, "{half_spread}: {fit:?}");
    }
}

#[test]
fn densities_stay_positive_where_the_smile_has_two_valleys() {
    // σ = 0.5 + 0.1·cos(8k), which no slice follows: the nearest bends so sharply that its wings turn negative between the points that
    // penalties look at
    for half_spread in [0.002, 0.01, 0.02] {
        let quotes: Vec<VolQuote> = [50.0, 70.0, 80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0, 140.0, 200.0]
            .map(|strike: f64| {
                let log_moneyness = ln(strike / 100.0);
                let vol = 0.5 + 0.1 * (8.0 * log_moneyness).cos();
                VolQuote {
                    log_moneyness,
                    bid: vol - half_spread,
                    ask: vol + half_spread,
                }
            })
            .to_vec();
        let expiry = ExpiryQuotes {
            years: 0.02,
            quotes: &quotes,
        };
        let fit = fit_svi(&[expiry], Arbitrage::Avoided).expect("enough quotes")[0];
        assert_eq!(fit.slice.butterfly_violations(), [], "{half_spread}: {fit:?}");
    }
}

/// Numbers from 0 to 1, by a linear congruence.
fn units(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[test]
fn no_butterfly_is_left_however_expiries_contradict_each_other() {
    let mut unit = units(7);
    for round in 0..60 {
        let mut years = 0.0;
        let expiries = 2 + (unit() * 3.0) as usize;
        let chain: Vec<(f64, Vec<VolQuote>)> = (0..expiries)
            .map(|_| {
                years += 0.02 + 0.4 * unit();
                let (count, half_spread) = (6 + (unit() * 14.0) as usize, 0.001 + 0.02 * unit());
                let (level, skew, smile, width) = (0.2 + unit(), unit() - 0.5, unit(), 0.2 + unit());
                let quotes = (0..count).map(|_| {
                    let k = width * (2.0 * unit() - 1.0);
                    let vol = (level + skew * k + smile * k * k + 0.4 * (unit() - 0.5)).max(0.05);
                    VolQuote {
                        log_moneyness: k,
                        bid: vol - half_spread,
                        ask: vol + half_spread,
                    }
                });
                (years, quotes.collect())
            })
            .collect();
        let expiries: Vec<ExpiryQuotes<'_>> = chain
            .iter()
            .map(|(years, quotes)| ExpiryQuotes { years: *years, quotes })
            .collect();
        for fit in fit_svi(&expiries, Arbitrage::Avoided).expect("valid quotes") {
            assert_eq!(fit.slice.butterfly_violations(), [], "{round}: {fit:?}");
            // Quotes are within 0.05 and 1.8; what is needed to rise with time is no more.
            assert!(fit.error.root_mean_square < 3.0, "{round}: {fit:?}");
        }
    }
}

#[test]
fn a_slice_that_theorem_4_2_frees_of_butterflies_stays_free_when_raised() {
    let mut unit = units(42);
    for _ in 0..2000 {
        // |ρ| towards 1, and both bounds of the theorem, included
        let (theta, rho) = (
            exp(-8.0 + 9.0 * unit()),
            (1.0 - 1e-3 * exp(6.9 * unit())) * (2.0 * unit() - 1.0).signum(),
        );
        let wings = theta * (1.0 + rho.abs());
        let phi = (1.0 - 1e-6 * exp(13.0 * unit())) * (4.0 / wings).min(2.0 / sqrt(wings));
        let slice = Svi::of_ssvi(theta, rho, phi).expect("within the domain");
        for by in [0.0, 1e-3 * theta, 0.03 * theta, 0.3 * theta, theta, 10.0 * theta] {
            assert_eq!(slice.raised(by).butterfly_violations(), [], "{slice:?} raised by {by}");
        }
    }
}

#[test]
fn a_wing_that_nobody_quotes_yields_to_what_the_next_expiry_is_quoted_at() {
    // The early slice is quoted on ±0.2 and would rise to 0.002 + 0.1·(0.2 + √1.01) = 0.1225 at k = 1, where the late one is
    // quoted at 0.05 + 0.0653·√1.09 = 0.1182.
    let within = |known: &Svi, years, k_max| -> Vec<VolQuote> {
        let quotes = wide_quotes_of(known, years).into_iter();
        quotes.filter(|quote| quote.log_moneyness.abs() < k_max).collect()
    };
    let (early_slice, late_slice) = (slice(0.002, 0.1, 0.2, 0.0, 0.1), slice(0.05, 0.0653, 0.0, 0.0, 0.3));
    let (early, late) = (within(&early_slice, 0.1, 0.21), within(&late_slice, 0.5, 1.01));
    let expiries = [(0.1, &early), (0.5, &late)].map(|(years, quotes)| ExpiryQuotes { years, quotes });
    let crosses = |fits: &[SviFit]| fits[0].slice.at(1.0).total > fits[1].slice.at(1.0).total;
    let fitted = |arbitrage| fit_svi(&expiries, arbitrage).expect("enough quotes");
    assert!(crosses(&fitted(Arbitrage::Judged)));
    let avoided = fitted(Arbitrage::Avoided);
    assert!(!crosses(&avoided));
    // Neither gives up its own quotes for that.
    assert!(avoided.iter().all(|fit| fit.error.outside_spread == 0), "{avoided:?}");
}

#[test]
fn an_ssvi_surface_is_found_again_from_its_quotes() {
    let known = Ssvi::new(-0.3, 1.1, 0.35).expect("within the domain");
    let (years, thetas) = ([0.05, 0.2, 0.7], [0.012, 0.045, 0.16]);
    let quotes: Vec<Vec<VolQuote>> = years
        .iter()
        .zip(thetas)
        .map(|(&years, theta)| quotes_of(&known.slice(theta).expect("positive"), years))
        .collect();
    let expiries: Vec<ExpiryQuotes<'_>> = years
        .iter()
        .zip(&quotes)
        .map(|(&years, quotes)| ExpiryQuotes { years, quotes })
        .collect();
    let fit = fit_ssvi(&expiries).expect("enough quotes");
    assert!(fit.error.root_mean_square < 1e-6, "{fit:?}");
    for (found, known) in fit.surface.parameters().iter().zip(known.parameters()) {
        assert!((found - known).abs() < 1e-4, "{fit:?}");
    }
    for (found, theta) in fit.thetas.iter().zip(thetas) {
        assert!((found / theta - 1.0).abs() < 1e-6, "{fit:?}");
    }
}

#[test]
fn quotes_that_are_none_are_named() {
    let good = quotes_of(&slice(0.005, 0.06, -0.3, 0.01, 0.1), 0.2);
    let fault = |years, quotes: &[VolQuote]| fit_svi(&[ExpiryQuotes { years, quotes }], Arbitrage::Judged).map(|_| ());
    assert_eq!(fault(0.2, &good), Ok(()));
    let too_few = CalibrationFault::TooFewStrikes {
        expiry: 0,
        needed: 5,
        given: 4,
    };
    assert_eq!(fault(0.2, &good[..4]), Err(too_few));
    // A strike that is quoted again is no further one.
    let again: Vec<VolQuote> = good[..4].iter().chain(&good[..3]).copied().collect();
    assert_eq!(fault(0.2, &again), Err(too_few));
    assert_eq!(fault(0.0, &good), Err(CalibrationFault::InvalidYears(0)));
    for spoil in [
        |quote: &mut VolQuote| quote.bid = 0.0,
        |quote: &mut VolQuote| quote.ask = quote.bid - 0.01,
        |quote: &mut VolQuote| quote.ask = f64::NAN,
        |quote: &mut VolQuote| quote.log_moneyness = f64::INFINITY,
    ] {
        let mut bad = good.clone();
        spoil(&mut bad[7]);
        assert_eq!(
            fault(0.2, &bad),
            Err(CalibrationFault::InvalidQuote { expiry: 0, quote: 7 })
        );
    }
}

#[test]
fn no_quotes_make_a_fit_panic_or_leave_the_domain() {
    let mut unit = units(0x5e1f);
    for round in 0..300 {
        let expiries: Vec<(f64, Vec<VolQuote>)> = (0..3)
            .map(|expiry| {
                let years = [1e-9, 0.1, 1e4][round / 9 % 3] * (f64::from(expiry) + unit());
                let count = 5 + (unit() * 12.0) as usize;
                // from quotes of all but one point to quotes of anything at all
                let (spread, size) = ([1e-12, 0.3, 100.0][round % 3], [0.5, 5.0, 1000.0][round / 3 % 3]);
                let quotes = (0..count).map(|_| {
                    let bid = (size * unit()).max(1e-12);
                    VolQuote {
                        log_moneyness: spread * (2.0 * unit() - 1.0),
                        bid,
                        ask: bid + unit() * (size - bid).max(0.0),
                    }
                });
                (years, quotes.collect())
            })
            .collect();
        let expiries: Vec<ExpiryQuotes<'_>> = expiries
            .iter()
            .map(|(years, quotes)| ExpiryQuotes { years: *years, quotes })
            .collect();
        for arbitrage in [Arbitrage::Judged, Arbitrage::Avoided] {
            for fit in fit_svi(&expiries, arbitrage).expect("valid quotes") {
                let [a, b, rho, m, sigma] = fit.slice.parameters();
                assert_eq!(Svi::new(a, b, rho, m, sigma), Ok(fit.slice));
                assert!(fit.error.root_mean_square.is_finite(), "{fit:?}");
            }
        }
        let fit = fit_ssvi(&expiries).expect("valid quotes");
        assert!(fit.error.root_mean_square.is_finite(), "{fit:?}");
        assert!(fit.thetas.windows(2).all(|pair| pair[0] < pair[1]), "{fit:?}");
    }
}
