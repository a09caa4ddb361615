//! Volatility surfaces from the words of a command to those of its answer.

use alloc::vec::Vec;

use plimsoll_engine::{svi_slice, Code, EngineError, Phrase, Result, SurfaceSlice};
use plimsoll_math::elementary::ln;
use plimsoll_math::surface::{
    fit_ssvi, fit_svi, forward_from_parity, Arbitrage, CalibrationFault, ExpiryQuotes, FitError, ParityQuote,
    SmileGreeks, SmileVol, Ssvi, Stickiness, Surface, Svi, Violation, VolQuote, LOG_MONEYNESS_MAX, VOL_MAX,
};
use plimsoll_math::PriceStatus;

use crate::arguments::{Argument, Reader};

/// What stays when the forward moves, by number.
pub(crate) const STICKINESS: &[&str] = &["sticky-strike", "sticky-delta"];

/// a, b, ρ, m, σ.
impl Argument for Svi {
    const TYPE: &'static str = "svi";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let mut words = [0.0; 5];
        for word in &mut words {
            *word = f64::read(reader, field)?;
        }
        svi_slice(words)
    }
}

/// One expiry's quotes as they came.
struct Quoted {
    years: f64,
    strikes: Vec<f64>,
    quotes: Vec<VolQuote>,
}

/// A count of expiries, then each: years, forward, a count of quotes, and so many rows of strike, bid vol, ask vol.
pub(crate) struct Quotes(Vec<Quoted>);

impl Argument for Quotes {
    const TYPE: &'static str = "quotes";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let mut word = || f64::read(reader, field);
        let expiries = word()? as usize;
        let mut all = Vec::with_capacity(expiries);
        for _ in 0..expiries {
            let (years, forward, count) = (word()?, word()?, word()? as usize);
            let (mut strikes, mut quotes) = (Vec::with_capacity(count), Vec::with_capacity(count));
            for _ in 0..count {
                let strike = word()?;
                strikes.push(strike);
                quotes.push(VolQuote {
                    log_moneyness: ln(strike / forward),
                    bid: word()?,
                    ask: word()?,
                });
            }
            all.push(Quoted { years, strikes, quotes });
        }
        Ok(Self(all))
    }
}

impl Quotes {
    fn expiries(&self) -> Vec<ExpiryQuotes<'_>> {
        let each = self.0.iter();
        each.map(|Quoted { years, quotes, .. }| ExpiryQuotes { years: *years, quotes })
            .collect()
    }

    fn refusal(&self, fault: CalibrationFault) -> EngineError {
        let (field, expected, came) = match fault {
            CalibrationFault::TooFewStrikes { .. } if self.0.is_empty() => {
                return EngineError::new(Code::InvalidValue, "expiries", "at least one expiry", "none");
            }
            CalibrationFault::TooFewStrikes { expiry, needed, given } => {
                let field = Phrase::new("expiries[{}].strike", [expiry as f64]);
                (
                    field,
                    Phrase::new("at least {} different strikes", [needed as f64]),
                    given as f64,
                )
            }
            CalibrationFault::InvalidQuote { expiry, quote } => {
                let Quoted { strikes, quotes, .. } = &self.0[expiry];
                let VolQuote {
                    log_moneyness,
                    bid,
                    ask,
                } = quotes[quote];
                let (field, expected, came) = if !(log_moneyness.abs() <= LOG_MONEYNESS_MAX) {
                    let expected = "a strike > 0, within e^±100 of the forward";
                    ("expiries[{}].strike[{}]", expected, strikes[quote])
                } else if ask > 0.0 && ask <= VOL_MAX {
                    ("expiries[{}].bid[{}]", "a vol > 0, at most the ask's", bid)
                } else {
                    ("expiries[{}].ask[{}]", "a vol > 0, at most 1000", ask)
                };
                (Phrase::new(field, [expiry as f64, quote as f64]), expected.into(), came)
            }
            CalibrationFault::InvalidYears(expiry) => {
                let field = Phrase::new("expiries[{}].years", [expiry as f64]);
                (field, "rising, between 1e-12 and 1e6".into(), self.0[expiry].years)
            }
        };
        EngineError::new(Code::InvalidValue, field, expected, came)
    }
}

/// Columns of w, w′, w″, the density factor g, and statuses.
pub(crate) fn total_variance(svi: &Svi, log_moneyness: &[f64], output: &mut Vec<f64>) {
    columns(log_moneyness.len(), &mut [0.0; 4], output, &|row, figures| {
        let k = log_moneyness[row];
        let w = svi.at(k);
        figures.copy_from_slice(&[w.total, w.slope, w.curvature, svi.density_factor(k)]);
        k.is_finite()
    });
}

pub(crate) fn ssvi_slice(rho: f64, eta: f64, gamma: f64, theta: f64) -> Result<Svi> {
    let slice = Ssvi::new(rho, eta, gamma).and_then(|surface| surface.slice(theta));
    slice.map_err(|fault| {
        let (field, expected) = match fault.parameter {
            "rho" => ("ssvi.rho", "between −1 and 1"),
            "eta" => ("ssvi.eta", "a finite number > 0"),
            "gamma" => ("ssvi.gamma", "between 0 and 1"),
            _ => ("theta", "a finite number > 0 whose slice is within 1e±30"),
        };
        EngineError::new(Code::InvalidValue, field, expected, fault.value)
    })
}

pub(crate) fn stickiness(rule: u32) -> Stickiness {
    if rule == 0 {
        Stickiness::Strike
    } else {
        Stickiness::Delta
    }
}

/// Slices from rows of expiry in milliseconds, forward, a, b, ρ, m, σ.
pub(crate) fn slices(rows: &[[f64; 7]]) -> Vec<SurfaceSlice> {
    let slice = |&[expiry_ms, forward, a, b, rho, m, sigma]: &[f64; 7]| SurfaceSlice {
        expiry_ms,
        forward,
        svi: [a, b, rho, m, sigma],
    };
    rows.iter().map(slice).collect()
}

/// Columns of σ, σ_K, σ_KK, σ_F, σ_FF, σ_T, and statuses.
pub(crate) fn vols(surface: &Surface, years: f64, forward: f64, rule: u32, strike: &[f64], output: &mut Vec<f64>) {
    let stickiness = stickiness(rule);
    let is_valid = |x: f64| x > 0.0 && x.is_finite();
    let is_answered = is_valid(years) && is_valid(forward);
    columns(strike.len(), &mut [0.0; 6], output, &|row, figures| {
        let at = surface.vol(strike[row], forward, years, stickiness);
        let derivatives = [
            at.by_strike,
            at.by_strike_twice,
            at.by_forward,
            at.by_forward_twice,
            at.by_years,
        ];
        figures[0] = at.vol;
        figures[1..].copy_from_slice(&derivatives);
        is_answered && is_valid(strike[row])
    });
}

/// Columns of delta, gamma and theta along the smile, and statuses, from rows of delta, gamma, vega, theta, vanna, volga, and of
/// the vol's derivatives by forward, by forward twice and by years.
pub(crate) fn greeks_along(rows: &[[f64; 9]], output: &mut Vec<f64>) {
    columns(rows.len(), &mut [0.0; 3], output, &|row, figures| {
        let [delta, gamma, vega, theta, vanna, volga, by_forward, by_forward_twice, by_years] = rows[row];
        let moves = SmileVol {
            by_forward,
            by_forward_twice,
            by_years,
            ..SmileVol::default()
        };
        let SmileGreeks { delta, gamma, theta } = moves.adjusted(delta, gamma, vega, theta, vanna, volga);
        figures.copy_from_slice(&[delta, gamma, theta]);
        rows[row].iter().all(|number| number.is_finite())
    });
}

/// Figures of so many rows by column, then a status for each row. `write` writes a row's figures and says whether the row is valid; they
/// are NaN where it is not, or where they are not finite.
#[inline(never)]
fn columns(rows: usize, figures: &mut [f64], output: &mut Vec<f64>, write: &dyn Fn(usize, &mut [f64]) -> bool) {
    output.resize((figures.len() + 1) * rows, 0.0);
    for row in 0..rows {
        let mut status = PriceStatus::InvalidInput;
        if write(row, figures) {
            status = PriceStatus::Ok.with_range_of(figures.iter_mut());
        } else {
            figures.fill(f64::NAN);
        }
        for (column, figure) in figures.iter().enumerate() {
            output[column * rows + row] = *figure;
        }
        output[figures.len() * rows + row] = f64::from(status as u8);
    }
}

/// Rows of expiry, from, to, worst and where that is: a count, then so many intervals of butterfly arbitrage, then those of
/// calendar arbitrage between an expiry and the next.
pub(crate) fn violations(surface: &Surface, output: &mut Vec<f64>) {
    let push = |output: &mut Vec<f64>, expiry: usize, found: &Violation| {
        output.extend_from_slice(&[expiry as f64, found.from, found.to, found.worst, found.at]);
    };
    output.push(0.0);
    for (expiry, row) in surface.expiries().iter().enumerate() {
        for violation in row.slice.butterfly_violations() {
            push(output, expiry, &violation);
            output[0] += 1.0;
        }
    }
    for found in surface.calendar_violations() {
        push(output, found.expiry, &found.violation);
    }
}

/// Per expiry: a, b, ρ, m, σ and how well they fit.
pub(crate) fn calibrate_svi(quotes: &Quotes, avoids_arbitrage: bool, output: &mut Vec<f64>) -> Result<()> {
    let arbitrage = if avoids_arbitrage {
        Arbitrage::Avoided
    } else {
        Arbitrage::Judged
    };
    let fits = fit_svi(&quotes.expiries(), arbitrage).map_err(|fault| quotes.refusal(fault))?;
    for fit in fits {
        output.extend_from_slice(&fit.slice.parameters());
        output.extend_from_slice(&error_words(&fit.error));
    }
    Ok(())
}

/// ρ, η, γ, how well they fit, then θ per expiry.
pub(crate) fn calibrate_ssvi(quotes: &Quotes, output: &mut Vec<f64>) -> Result<()> {
    let fit = fit_ssvi(&quotes.expiries()).map_err(|fault| quotes.refusal(fault))?;
    output.extend_from_slice(&fit.surface.parameters());
    output.extend_from_slice(&error_words(&fit.error));
    output.extend_from_slice(&fit.thetas);
    Ok(())
}

fn error_words(error: &FitError) -> [f64; 4] {
    [
        error.root_mean_square,
        error.largest,
        error.outside_spread as f64,
        error.quotes as f64,
    ]
}

/// From rows of strike, call bid, call ask, put bid, put ask.
pub(crate) fn forward(quotes: &[[f64; 5]], discount: f64, in_coin: bool) -> Option<f64> {
    let quote = |&[strike, call_bid, call_ask, put_bid, put_ask]: &[f64; 5]| ParityQuote {
        strike,
        call: [call_bid, call_ask],
        put: [put_bid, put_ask],
    };
    let quotes: Vec<ParityQuote> = quotes.iter().map(quote).collect();
    forward_from_parity(&quotes, discount, in_coin)
}
