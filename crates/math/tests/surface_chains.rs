//! Surfaces fitted to every Deribit chain in shared/data: fit errors in vol points, violations, time per snapshot.
#![allow(clippy::unwrap_used)]

use flate2::read::GzDecoder;
use plimsoll_math::black::OptionType;
use plimsoll_math::implied_vol::{implied_vol_inverse, IvStatus};
use plimsoll_math::surface::{
    fit_ssvi, fit_svi, forward_from_parity, Arbitrage, Expiry, ExpiryQuotes, FitError, ParityQuote, SsviFit, Surface,
    SviFit, VolQuote,
};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One option of a chain; prices in coin.
struct Row {
    chain: String,
    years: f64,
    strike: f64,
    is_call: bool,
    /// Where a future is listed.
    forward: Option<f64>,
    /// The exchange's own interpolation where none is.
    synthetic: Option<f64>,
    bid: f64,
    ask: f64,
}

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    path.exists().then_some(path)
}

/// The rows of a gzipped table, each by column name.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut text = String::new();
    GzDecoder::new(&std::fs::read(path).unwrap()[..])
        .read_to_string(&mut text)
        .unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let fields = line.split(',').map(str::to_owned);
            names.iter().map(|name| (*name).to_owned()).zip(fields).collect()
        })
        .collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// A future's name and price, by whether it is listed.
fn futures(name: &str, price: f64) -> (Option<f64>, Option<f64>) {
    if name.starts_with("SYN.") {
        (None, Some(price))
    } else {
        (Some(price), None)
    }
}

fn snapshot_2026(path: &Path) -> Vec<Row> {
    let row = |row: BTreeMap<String, String>| {
        let (forward, synthetic) = futures(&row["underlying_name"], number(&row["underlying"]));
        Row {
            chain: row["currency"].clone(),
            years: number(&row["time_to_maturity"]),
            strike: number(&row["strike"]),
            is_call: row["option_type"] == "call",
            forward,
            synthetic,
            bid: number(&row["bid_price"]),
            ask: number(&row["ask_price"]),
        }
    };
    table(path).into_iter().map(row).collect()
}

/// Days from a date to DDMMMYY.
fn days_to(date: &str, year: i32, month: u32, day: u32) -> f64 {
    const MONTHS: [&str; 12] = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    // Days since 1 March 0000 in the Gregorian calendar.
    let serial = |year: i32, month: u32, day: u32| {
        let (year, month) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        365 * year + year / 4 - year / 100 + year / 400 + ((153 * month + 2) / 5 + day) as i32
    };
    let split = date.len() - 5;
    let name = &date[split..split + 3];
    let month_of_date = MONTHS.iter().position(|month| *month == name).unwrap() as u32 + 1;
    let year_of_date = 2000 + date[split + 3..].parse::<i32>().unwrap();
    let day_of_date = date[..split].parse().unwrap();
    f64::from(serial(year_of_date, month_of_date, day_of_date) - serial(year, month, day))
}

/// COIN-DDMMMYY-STRIKE-C or P, expiring at 08:00 UTC, read at a time of day in hours.
fn from_name(name: &str, read: (i32, u32, u32, f64)) -> (String, f64, f64, bool) {
    let parts: Vec<&str> = name.split('-').collect();
    let (year, month, day, hours) = read;
    let days = days_to(parts[1], year, month, day) + (8.0 - hours) / 24.0;
    (parts[0].to_owned(), days / 365.0, number(parts[2]), parts[3] == "C")
}

/// Few of the ETH options are quoted on both sides: there marks stand for both.
fn chain_2021(path: &Path, by_mark: bool) -> Vec<Row> {
    let [bid, ask] = if by_mark {
        ["mark_price"; 2]
    } else {
        ["best_bid_price", "best_ask_price"]
    };
    let row = |row: BTreeMap<String, String>| {
        // 18:41 UTC, the middle of the ten minutes of reading
        let (chain, years, strike, is_call) = from_name(&row["instrument_name"], (2021, 2, 11, 18.7));
        let (forward, synthetic) = futures(&row["underlying_index"], number(&row["underlying_price"]));
        Row {
            chain,
            years,
            strike,
            is_call,
            forward,
            synthetic,
            bid: number(&row[bid]),
            ask: number(&row[ask]),
        }
    };
    let first_pass = table(path).into_iter().filter(|row| row["pass"] == "1");
    first_pass.map(row).collect()
}

fn chain_2024(path: &Path) -> Vec<Row> {
    let row = |row: BTreeMap<String, String>| {
        let (chain, years, strike, is_call) = from_name(&row["instrument_name"], (2024, 1, 8, 11.0 + 19.7 / 60.0));
        let (forward, synthetic) = futures(&row["underlying_index"], number(&row["underlying_price"]));
        Row {
            chain,
            years,
            strike,
            is_call,
            forward,
            synthetic,
            bid: number(&row["bid_price"]),
            ask: number(&row["ask_price"]),
        }
    };
    table(path).into_iter().map(row).collect()
}

/// No future at all: every forward is by parity.
fn chain_2025(path: &Path) -> Vec<Row> {
    let row = |row: BTreeMap<String, String>| Row {
        chain: "BTC".to_owned(),
        years: number(&row["T_years"]),
        strike: number(&row["strike"]),
        is_call: row["type"] == "call",
        forward: None,
        synthetic: None,
        bid: number(&row["bid_btc"]),
        ask: number(&row["ask_btc"]),
    };
    table(path).into_iter().map(row).collect()
}

/// One expiry, ready to be fitted.
struct Prepared {
    years: f64,
    forward: f64,
    quotes: Vec<VolQuote>,
    /// By parity over the exchange's own interpolation, − 1.
    parity_off: Option<f64>,
}

/// Out-of-the-money options that are quoted on both sides, by expiry; expiries whose forward nobody tells are left out.
fn prepare(rows: &[Row], chain: &str) -> Vec<Prepared> {
    let mut expiries: BTreeMap<u64, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.chain == chain && row.years > 0.0) {
        expiries.entry(row.years.to_bits()).or_default().push(row);
    }
    let prepared = expiries.into_values().filter_map(|rows| {
        let years = rows[0].years;
        let mut pairs: BTreeMap<u64, ParityQuote> = BTreeMap::new();
        for row in &rows {
            let pair = pairs.entry(row.strike.to_bits()).or_insert(ParityQuote {
                strike: row.strike,
                call: [f64::NAN; 2],
                put: [f64::NAN; 2],
            });
            *(if row.is_call { &mut pair.call } else { &mut pair.put }) = [row.bid, row.ask];
        }
        let pairs: Vec<ParityQuote> = pairs.into_values().collect();
        let by_parity = forward_from_parity(&pairs, 1.0, true);
        let listed = rows.iter().any(|row| row.forward.is_some());
        let forward_of = |row: &Row| row.forward.or(by_parity);
        let mut forwards: Vec<f64> = rows.iter().filter_map(|row| forward_of(row)).collect();
        forwards.sort_unstable_by(f64::total_cmp);
        let forward = *forwards.get(forwards.len() / 2)?;
        let mut synthetics: Vec<f64> = rows.iter().filter_map(|row| row.synthetic).collect();
        synthetics.sort_unstable_by(f64::total_cmp);
        let synthetic = synthetics.get(synthetics.len() / 2);
        let quotes = rows.iter().filter_map(|row| {
            let forward = forward_of(row)?;
            if row.is_call != (row.strike >= forward) {
                return None;
            }
            let option = if row.is_call { OptionType::Call } else { OptionType::Put };
            let vol = |price| match implied_vol_inverse(option, price, forward, row.strike, years, 0.0, 0.0) {
                (vol, IvStatus::Ok) => Some(vol),
                _ => None,
            };
            let (bid, ask) = (vol(row.bid)?, vol(row.ask)?);
            (bid <= ask).then_some(VolQuote {
                log_moneyness: (row.strike / forward).ln(),
                bid,
                ask,
            })
        });
        Some(Prepared {
            years,
            forward,
            quotes: quotes.collect(),
            parity_off: synthetic.filter(|_| !listed).map(|synthetic| forward / synthetic - 1.0),
        })
    });
    prepared.collect()
}

#[derive(Default)]
struct Report {
    expiries: usize,
    too_few_quotes: usize,
    quotes: usize,
    outside_spread: usize,
    /// vol points²
    squares: f64,
    errors: Vec<f64>,
    largest: f64,
    ssvi_squares: f64,
    butterfly: usize,
    butterfly_quoted: usize,
    butterfly_worst: f64,
    calendar: usize,
    calendar_quoted: usize,
    parity_off: Vec<f64>,
    time: Duration,
    ssvi_time: Duration,
}

const VOL_POINTS: f64 = 100.0;

fn quoted_range(expiry: &ExpiryQuotes<'_>) -> (f64, f64) {
    let ks = expiry.quotes.iter().map(|quote| quote.log_moneyness);
    (
        ks.clone().fold(f64::INFINITY, f64::min),
        ks.fold(f64::NEG_INFINITY, f64::max),
    )
}

fn report(rows: &[Row], chain: &str, arbitrage: Arbitrage) -> Report {
    let mut report = Report::default();
    let prepared = prepare(rows, chain);
    report.parity_off = prepared
        .iter()
        .filter_map(|expiry| expiry.parity_off.map(f64::abs))
        .collect();
    let expiries: Vec<ExpiryQuotes<'_>> = prepared
        .iter()
        .filter(|expiry| expiry.quotes.len() >= 5)
        .map(|expiry| ExpiryQuotes {
            years: expiry.years,
            quotes: &expiry.quotes,
        })
        .collect();
    let forwards: Vec<f64> = prepared
        .iter()
        .filter(|expiry| expiry.quotes.len() >= 5)
        .map(|expiry| expiry.forward)
        .collect();
    report.too_few_quotes = prepared.len() - expiries.len();
    report.expiries = expiries.len();

    let start = Instant::now();
    let fits: Vec<SviFit> = fit_svi(&expiries, arbitrage).unwrap();
    let surface = Surface::new(
        fits.iter()
            .zip(&expiries)
            .zip(&forwards)
            .map(|((fit, expiry), &forward)| Expiry {
                years: expiry.years,
                forward,
                slice: fit.slice,
            })
            .collect(),
    )
    .unwrap();
    let calendar = surface.calendar_violations();
    let butterflies: Vec<_> = fits.iter().map(|fit| fit.slice.butterfly_violations()).collect();
    report.time = start.elapsed();
    let start = Instant::now();
    let ssvi: SsviFit = fit_ssvi(&expiries).unwrap();
    report.ssvi_time = start.elapsed();

    for (fit, expiry) in fits.iter().zip(&expiries) {
        let FitError {
            root_mean_square,
            largest,
            outside_spread,
            quotes,
        } = fit.error;
        assert_eq!(quotes, expiry.quotes.len());
        report.quotes += quotes;
        report.outside_spread += outside_spread;
        report.squares += (root_mean_square * VOL_POINTS) * (root_mean_square * VOL_POINTS) * quotes as f64;
        report.largest = report.largest.max(largest * VOL_POINTS);
        for quote in expiry.quotes {
            let vol = (fit.slice.at(quote.log_moneyness).total / expiry.years).sqrt();
            report
                .errors
                .push((vol - 0.5 * (quote.bid + quote.ask)).abs() * VOL_POINTS);
        }
    }
    report.errors.sort_unstable_by(f64::total_cmp);
    report.ssvi_squares = (ssvi.error.root_mean_square * VOL_POINTS).powi(2) * ssvi.error.quotes as f64;
    report.butterfly = butterflies.iter().filter(|found| !found.is_empty()).count();
    report.butterfly_quoted = butterflies
        .iter()
        .zip(&expiries)
        .filter(|(found, expiry)| {
            let (low, high) = quoted_range(expiry);
            found
                .iter()
                .any(|violation| violation.from < high && violation.to > low)
        })
        .count();
    report.butterfly_worst = butterflies.iter().flatten().map(|v| v.worst).fold(0.0, f64::min);
    report.calendar = calendar.len();
    report.calendar_quoted = calendar
        .iter()
        .filter(|found| {
            let (one, two) = (
                quoted_range(&expiries[found.expiry]),
                quoted_range(&expiries[found.expiry + 1]),
            );
            found.violation.from < one.1.min(two.1) && found.violation.to > one.0.max(two.0)
        })
        .count();
    // An SSVI surface has neither kind of arbitrage, by construction and by verdict.
    let slices = ssvi.thetas.iter().map(|&theta| ssvi.surface.slice(theta).unwrap());
    assert!(ssvi.thetas.iter().all(|&theta| ssvi.surface.is_butterfly_free(theta)));
    let free = Surface::new(
        slices
            .zip(&expiries)
            .zip(&forwards)
            .map(|((slice, expiry), &forward)| Expiry {
                years: expiry.years,
                forward,
                slice,
            })
            .collect(),
    )
    .unwrap();
    assert_eq!(free.calendar_violations(), []);
    assert!(free
        .expiries()
        .iter()
        .all(|expiry| expiry.slice.butterfly_violations().is_empty()));
    report
}

impl Report {
    /// Vol points that so great a share of the quotes are no further off.
    fn error_at(&self, share: f64) -> f64 {
        self.errors[((self.errors.len() - 1) as f64 * share) as usize]
    }

    fn outside_share(&self) -> f64 {
        self.outside_spread as f64 / self.quotes as f64
    }

    fn parity_off_max(&self) -> f64 {
        self.parity_off.iter().copied().fold(0.0, f64::max)
    }
}

fn print(name: &str, chain: &str, arbitrage: Arbitrage, report: &Report) {
    let quotes = report.quotes as f64;
    println!(
        "{name:22} {chain} {arbitrage:?} expiries {:2} (+{} with < 5 quotes) quotes {:4}: SVI median {:5.2} 95 % {:5.2} rms {:5.2} largest {:6.2} vol points, outside the spread {:4.1} %; \
         SSVI rms {:5.2}; butterfly {} ({} within, g ≥ {:.3}) calendar {} ({} within the quotes); parity off ≤ {:.1e}; {:.1} ms, SSVI {:.1} ms",
        report.expiries,
        report.too_few_quotes,
        report.quotes,
        report.error_at(0.5),
        report.error_at(0.95),
        (report.squares / quotes).sqrt(),
        report.largest,
        100.0 * report.outside_share(),
        (report.ssvi_squares / quotes).sqrt(),
        report.butterfly,
        report.butterfly_quoted,
        report.butterfly_worst,
        report.calendar,
        report.calendar_quoted,
        report.parity_off_max(),
        report.time.as_secs_f64() * 1e3,
        report.ssvi_time.as_secs_f64() * 1e3,
    );
}

#[test]
fn every_snapshot_of_2026_is_fitted() {
    let Some(folder) = folder("deribit-2026-snapshots") else {
        println!("skipped: no data");
        return;
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    paths.sort();
    assert_eq!(paths.len(), 12);
    for path in paths {
        let rows = snapshot_2026(&path);
        let name = path.file_name().unwrap().to_string_lossy().replace(".csv.gz", "");
        for chain in ["BTC", "ETH"] {
            for arbitrage in [Arbitrage::Judged, Arbitrage::Avoided] {
                let report = report(&rows, chain, arbitrage);
                print(&name, chain, arbitrage, &report);
                assert!(report.quotes > 250 && report.too_few_quotes == 0, "{name} {chain}");
                assert!(
                    report.error_at(0.5) < 0.6 && report.outside_share() < 0.1,
                    "{name} {chain}"
                );
                assert_eq!(report.butterfly_quoted, 0, "{name} {chain}");
                assert!(
                    arbitrage == Arbitrage::Judged || report.calendar_quoted == 0,
                    "{name} {chain}"
                );
                // the exchange's own interpolation moves while the snapshot is read
                assert!(report.parity_off_max() < 3e-3, "{name} {chain}");
            }
        }
    }
}

#[test]
fn the_chains_of_2021_2024_and_2025_are_fitted() {
    let (Some(of_2021), Some(mit)) = (folder("deribit-2021-02-11"), folder("deribit-mit-chains")) else {
        println!("skipped: no data");
        return;
    };
    // a median error in vol points, and a share outside the spread, that each chain must stay under: the book of 2021 is
    // wide, and marks have no spread
    for (name, rows, chain, median, outside) in [
        (
            "2021-02-11 quotes",
            chain_2021(&of_2021.join("btc.csv.gz"), false),
            "BTC",
            12.0,
            0.05,
        ),
        (
            "2021-02-11 marks",
            chain_2021(&of_2021.join("eth.csv.gz"), true),
            "ETH",
            0.1,
            1.01,
        ),
        (
            "2024-01-08",
            chain_2024(&mit.join("eth-2024-01-08.csv.gz")),
            "ETH",
            0.4,
            0.1,
        ),
        (
            "2025-12-05 by parity",
            chain_2025(&mit.join("btc-2025-12-05.csv.gz")),
            "BTC",
            0.2,
            0.05,
        ),
    ] {
        for arbitrage in [Arbitrage::Judged, Arbitrage::Avoided] {
            let report = report(&rows, chain, arbitrage);
            print(name, chain, arbitrage, &report);
            assert!(report.error_at(0.5) < median, "{name} {chain}");
            assert!(report.outside_share() < outside, "{name} {chain}");
        }
    }
}
