//! Prices as venues display them, against a real account, with the engine's true roots beside them.

mod common;

use std::path::Path;

use common::*;
use plimsoll_engine::margin::{Bands, Bracket, BracketTable, Brackets};
use plimsoll_engine::{binance_usdm, hyperliquid_2023, Code, DisplayedRule, InstrumentSpec, OptionType, Tick};

struct Recorded {
    coin: String,
    size: f64,
    entry_price: f64,
    value: f64,
    liquidation_price: Option<String>,
}

/// The value of a key in a flat piece of JSON, quotes taken off.
fn field<'a>(text: &'a str, key: &str) -> &'a str {
    let start = text.find(&format!("\"{key}\":")).expect("the key is there") + key.len() + 3;
    let rest = text[start..].trim_start();
    let end = rest.find(['\n', ',', '}']).expect("a value ends");
    rest[..end].trim().trim_matches('"')
}

fn number(text: &str, key: &str) -> f64 {
    field(text, key).parse().expect("a decimal")
}

fn read_account() -> Option<(Vec<Recorded>, f64, f64)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/hyperliquid/account-2023-03-27.json");
    let text = std::fs::read_to_string(path).ok()?;
    let positions = text
        .split("\"position\":")
        .skip(1)
        .map(|part| {
            let liquidation_price = field(part, "liquidationPx");
            Recorded {
                coin: field(part, "coin").to_owned(),
                size: number(part, "szi"),
                entry_price: number(part, "entryPx"),
                value: number(part, "positionValue"),
                liquidation_price: (liquidation_price != "null").then(|| liquidation_price.to_owned()),
            }
        })
        .collect();
    let summary = text.split("\"crossMarginSummary\":").nth(1).expect("a summary");
    Some((
        positions,
        number(summary, "accountValue"),
        number(summary, "totalNtlPos"),
    ))
}

/// As the venue prints it: at most 8 decimals, no trailing zeros.
fn printed(price: f64) -> String {
    format!("{price:.8}")
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[test]
fn the_real_account_of_2023_comes_out_to_every_printed_digit() {
    let Some((positions, account_value, total_notional)) = read_account() else {
        println!("skipped: no data");
        return;
    };
    assert_eq!(positions.len(), 12);
    // maintenance was 1 % of notional for all, rounded to 1e-6 (README of that folder)
    let maintenance = (0.01 * total_notional * 1e6).round() / 1e6;
    let mut counts = (0, 0);
    for row in &positions {
        let price = row.value / row.size.abs();
        let ours = hyperliquid_2023(price, row.size, account_value, maintenance);
        assert_eq!(ours.map(printed), row.liquidation_price, "{}", row.coin);
        match ours {
            Some(_) => counts.0 += 1,
            None => counts.1 += 1,
        }
    }
    assert_eq!(counts, (5, 7));
}

#[test]
fn the_engine_displays_the_same_prices_and_finds_the_true_roots_beside_them() {
    let Some((positions, account_value, _)) = read_account() else {
        println!("skipped: no data");
        return;
    };
    let mut engine = engine();
    let mut rule = Brackets::new(1, Bands::default());
    let row = Bracket {
        lower: 0.0,
        upper: f64::INFINITY,
        initial_rate: 0.05, // 20x
        initial_deduction: 0.0,
        maintenance_rate: 0.01,
        maintenance_deduction: 0.0,
    };
    rule.set_default_table(BracketTable::marginal(&[row]).expect("one bracket"));
    let model = engine.add_model(rule).expect("valid bands");
    let profit: f64 = positions
        .iter()
        .map(|row| row.value.copysign(row.size) - row.size * row.entry_price)
        .sum();
    let me = account(&mut engine, model, account_value - profit);
    let held: Vec<_> = positions
        .iter()
        .map(|row| {
            let underlying = engine.add_underlying();
            let spec = InstrumentSpec {
                size_decimals: 5,
                ..perp(underlying, USD)
            };
            let instrument = engine.add_instrument(spec).expect("valid terms");
            engine
                .set_position(me, instrument, row.size, row.entry_price)
                .expect("a position");
            mark(&mut engine, instrument, row.value / row.size.abs(), 1.0);
            (underlying, instrument)
        })
        .collect();
    assert_near(engine.assess(me).expect("live").equity, account_value, 1e-12);

    let mut roots = 0;
    for (row, (underlying, instrument)) in positions.iter().zip(held) {
        let shown = engine
            .displayed_liquidation_price(me, instrument, DisplayedRule::Hyperliquid2023)
            .expect("applicable");
        // the engine's requirement is not rounded to 1e-6, which moves the price by that / |size|
        match (shown, &row.liquidation_price) {
            (Some(shown), Some(recorded)) => {
                let recorded: f64 = recorded.parse().expect("a decimal");
                assert!(
                    (shown - recorded).abs() <= 0.5e-6 / row.size.abs() + 1e-8,
                    "{}: {shown}",
                    row.coin
                );
            }
            (None, None) => {}
            other => panic!("{}: {other:?}", row.coin),
        }
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        println!(
            "{:<6} displayed {:>18} root {:>18}",
            row.coin,
            shown.map_or("none".to_owned(), printed),
            prices
                .roots
                .first()
                .map_or("none".to_owned(), |root| printed(root.price))
        );
        // one linear position: at most one root, above for a short, below (if at all) for a long
        assert!(prices.roots.len() <= 1);
        assert_eq!(prices.roots.is_empty(), prices.none.is_some());
        // equity(p) = E + q·(p − mark) = MM + 0.01·(|q|·p − N)  ⇒  p
        let maintenance: f64 = 0.01 * positions.iter().map(|row| row.value).sum::<f64>();
        let expected = (row.value.copysign(row.size) - account_value + maintenance - 0.01 * row.value)
            / (row.size - 0.01 * row.size.abs());
        match prices.roots.first() {
            Some(root) => {
                roots += 1;
                assert_near(root.price, expected, 1e-12);
                assert_eq!(root.is_liquidatable_above, row.size < 0.0);
                let (below, above) = health_around(&engine, me, underlying, root.ratio, 1e-9);
                assert!((below > 0.0) == root.is_liquidatable_above && (above > 0.0) != root.is_liquidatable_above);
            }
            None => assert!(expected <= 0.0, "{}: {expected}", row.coin),
        }
    }
    assert_eq!(roots, 5, "the shorts have a root, the longs none");
}

#[test]
fn binance_isolated_prices_are_the_published_ones() {
    let table = |rate: f64, cum: f64, lower: f64| {
        let row = Bracket {
            lower,
            upper: 1e9,
            initial_rate: rate,
            initial_deduction: 0.0,
            maintenance_rate: rate,
            maintenance_deduction: cum,
        };
        BracketTable::cumulative(&[row]).expect("a valid table")
    };
    // case binance-liq-iso-eth
    let price = binance_usdm(3683.979, 1456.84, 1_535_443.01, 0.0, 0.0, &table(0.1, 135_365.0, 2e6));
    assert_eq!(format!("{:.2}", price.expect("a price")), "1114.78");
    // cases binance-liq-iso-long-5x and -short-5x: wallet 2, one unit at 10, 1 %, cum 0.01
    let long = binance_usdm(1.0, 10.0, 2.0, 0.0, 0.0, &table(0.01, 0.01, 2.0));
    assert_near(long.expect("a price"), 8.070_707_070_707_071, 1e-14);
    let short = binance_usdm(-1.0, 10.0, 2.0, 0.0, 0.0, &table(0.01, 0.01, 2.0));
    assert_near(short.expect("a price"), 11.891_089_108_910_89, 1e-14);
    // a long that its wallet covers has none: (20 − 10 − …) / (0.01 − 1) < 0
    assert_eq!(binance_usdm(1.0, 10.0, 20.0, 0.0, 0.0, &table(0.01, 0.0, 0.0)), None);
}

#[test]
fn other_positions_and_the_size_of_a_contract_count() {
    // cash 400; long 0.2 contracts of 10 from 950, marked 1,000; short 1 from 4,000, marked there; 5 % of either
    let mut engine = engine();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let (first, second) = (engine.add_underlying(), engine.add_underlying());
    let of_ten = InstrumentSpec {
        multiplier: 10.0,
        ..perp(first, USD)
    };
    let long = engine.add_instrument(of_ten).expect("valid terms");
    let short = engine.add_instrument(perp(second, USD)).expect("valid terms");
    let me = account(&mut engine, model, 400.0);
    for (instrument, size, entry_price, price) in [(long, 0.2, 950.0, 1000.0), (short, -1.0, 4000.0, 4000.0)] {
        engine
            .set_position(me, instrument, size, entry_price)
            .expect("a position");
        mark(&mut engine, instrument, price, 1.0);
    }
    let shown = |instrument, rule| {
        let price = engine.displayed_liquidation_price(me, instrument, rule);
        price.expect("applicable").expect("a price")
    };
    // equity 400 + 100 = 500; 500 + 2·(p − 1000) = 200 + 0.05·2·p, and 500 − (p − 4000) = 100 + 0.05·p
    for (instrument, underlying, expected) in [(long, first, 1700.0 / 1.9), (short, second, 4400.0 / 1.05)] {
        for rule in [DisplayedRule::Hyperliquid, DisplayedRule::BinanceUsdm] {
            assert_near(shown(instrument, rule), expected, 1e-14);
        }
        let roots = engine.liquidation_prices(me, underlying).expect("live").roots;
        assert_eq!(roots.len(), 1);
        assert_near(roots[0].price, expected, 1e-14);
    }
    // the requirement of 300 held still: 1000 − (500 − 300) / 2 and 4000 + (500 − 300) / 1
    assert_near(shown(long, DisplayedRule::Hyperliquid2023), 900.0, 1e-14);
    assert_near(shown(short, DisplayedRule::Hyperliquid2023), 4200.0, 1e-14);
}

#[test]
fn a_position_of_another_kind_or_without_figures_has_no_displayed_price() {
    let mut engine = engine();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    engine.tick_underlying(underlying, 100.0, 1.0, 0).expect("known");
    let specs = [
        inverse_perp(underlying, coin, 100.0),
        option(underlying, USD, OptionType::Call, 100.0, YEAR_MS),
        perp(underlying, coin),
    ];
    for (i, spec) in specs.into_iter().chain([perp(underlying, USD)]).enumerate() {
        let instrument = engine.add_instrument(spec).expect("valid terms");
        let me = account(&mut engine, model, 1000.0);
        let refused = |engine: &plimsoll_engine::Engine| {
            let price = engine.displayed_liquidation_price(me, instrument, DisplayedRule::Hyperliquid);
            let refused = price.expect_err("no such price");
            assert_eq!(refused.code, Code::NotApplicable, "{i}");
            refused.field.to_string()
        };
        assert_eq!(refused(&engine), "instrument", "{i}: not held");
        engine.set_position(me, instrument, 1.0, 100.0).expect("a position");
        if i == 3 {
            assert_eq!(refused(&engine), "account", "it has no figures without a mark");
        }
        let quoted = Tick {
            mark: 100.0,
            vol: if i == 1 { 0.5 } else { f64::NAN },
            ..Tick::at(1.0)
        };
        tick(&mut engine, instrument, quoted);
        if i == 3 {
            let price = engine.displayed_liquidation_price(me, instrument, DisplayedRule::Hyperliquid);
            assert_eq!(price, Ok(None), "1,000 cover all that 100 can lose");
        } else {
            assert!(engine.assess(me).expect("live").status.has_figures(), "{i}");
            assert_eq!(refused(&engine), "instrument", "{i}");
        }
    }
}
