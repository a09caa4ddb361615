//! The assessment of an account: each figure with its arithmetic, and what the figures owe to each other.

mod common;

use common::book::{changed_by_full_reassessment, Book};
use common::*;
use plimsoll_engine::{
    AccountId, Assessment, AssetSpec, Band, Change, Code, Engine, EngineConfig, InstrumentId, InstrumentSpec, Kind,
    Leverage, ModelId, OptionType, Payoff, RowStatus, Tick, UnderlyingGreeks, UnderlyingId, NO_BAND,
};
use plimsoll_math::black;

/// A book that has lived through 20,000 ticks.
fn lived(seed: u64) -> Book {
    let mut book = Book::new(seed, 200, |i| i);
    for step in 0..20_000 {
        book.tick_at_random();
        if step % 20 == 0 {
            book.live_at_random();
        }
        if step % 4000 == 3999 {
            book.advance_at_random();
        }
    }
    book
}

fn assessments(book: &Book) -> Vec<(ModelId, Assessment)> {
    let assess = |ledger: &common::book::Ledger| (ledger.model, book.engine.assess(ledger.id).expect("live"));
    book.ledgers.iter().map(assess).collect()
}

/// One market of a perp, a future and a call on one underlying, and a perp on another, under one bracket of 20x.
struct House {
    engine: Engine,
    model: ModelId,
    underlyings: [UnderlyingId; 2],
    perp: InstrumentId,
    future: InstrumentId,
    call: InstrumentId,
    other: InstrumentId,
}

const EXPIRY_MS: f64 = 0.25 * YEAR_MS;
const VOL: f64 = 0.6;

fn house() -> House {
    house_in(0)
}

/// The same, where the quote asset counts in units of 2^`scale_log2`.
fn house_in(scale_log2: i32) -> House {
    let quote = AssetSpec {
        scale_log2,
        ..AssetSpec::default()
    };
    let mut engine = Engine::new(EngineConfig {
        quote,
        ..EngineConfig::default()
    })
    .expect("a valid configuration");
    let underlyings = [engine.add_underlying(), engine.add_underlying()];
    let future = InstrumentSpec {
        kind: Kind::Future { expiry_ms: EXPIRY_MS },
        ..perp(underlyings[0], USD)
    };
    let call = option(underlyings[0], USD, OptionType::Call, 65_000.0, EXPIRY_MS);
    let specs = [perp(underlyings[0], USD), future, call, perp(underlyings[1], USD)];
    let [perp, future, call, other] = specs.map(|spec| engine.add_instrument(spec).expect("valid terms"));
    let model = engine.add_model(brackets(&[(0.0, 20.0)])).expect("valid bands");
    engine.tick_underlying(underlyings[0], 60_000.0, 0.0, 0).expect("known");
    mark(&mut engine, perp, 60_000.0, 0.0);
    mark(&mut engine, future, 61_000.0, 0.0);
    mark(&mut engine, other, 3_000.0, 0.0);
    let quoted = Tick {
        vol: VOL,
        ..Tick::at(0.0)
    };
    tick(&mut engine, call, quoted);
    House {
        engine,
        model,
        underlyings,
        perp,
        future,
        call,
        other,
    }
}

fn finite(leverage: Leverage) -> f64 {
    let Leverage::Finite(value) = leverage else {
        panic!("{leverage:?} is not finite")
    };
    value
}

#[test]
fn contributions_sum_to_the_headline() {
    let book = lived(21);
    let (mut with_figures, mut with_haircut) = (0, 0);
    for (model, risk) in assessments(&book) {
        let worst_row = risk.positions.iter().map(|row| row.status).max();
        let worst_asset = risk.assets.iter().map(|row| row.status).max();
        assert_eq!(
            Some(risk.status),
            worst_row.max(worst_asset).or(Some(RowStatus::Ok)),
            "{risk:?}"
        );
        if !risk.status.has_figures() {
            assert!(
                risk.equity.is_nan() && risk.gross.is_nan() && risk.net.is_nan(),
                "{risk:?}"
            );
            continue;
        }
        with_figures += 1;
        with_haircut += usize::from(risk.assets.iter().any(|row| row.haircut < 0.0));
        let of_assets = risk.assets.iter().flat_map(|row| [row.value, row.haircut]);
        let parts: Vec<f64> = of_assets.chain(risk.positions.iter().map(|row| row.equity)).collect();
        let size: f64 = parts.iter().map(|part| part.abs()).sum();
        let near = |ours: f64, sum: f64| assert!((ours - sum).abs() <= 1e-13 * (size + sum.abs()), "{ours} {sum}");
        near(risk.equity, parts.iter().sum());
        near(risk.gross, risk.positions.iter().map(|row| row.notional).sum());
        near(
            risk.net,
            risk.positions.iter().map(|row| row.notional * row.size.signum()).sum(),
        );
        let exposures = risk.greeks.iter().map(|greeks| greeks.exposure.abs());
        near(risk.delta_equivalent, exposures.sum());
        let signed: f64 = risk.greeks.iter().map(|greeks| greeks.exposure).sum();
        near(signed, risk.positions.iter().map(|row| row.greeks.exposure).sum());
        assert!(risk.assets.iter().all(|row| row.haircut <= 1e-9), "{:?}", risk.assets);
        if model != book.models[3] {
            // brackets do not net
            near(risk.risk.initial, risk.positions.iter().map(|row| row.initial).sum());
            near(
                risk.risk.maintenance,
                risk.positions.iter().map(|row| row.maintenance).sum(),
            );
        }
        if let Leverage::Finite(leverage) = risk.initial_leverage {
            let shares: f64 = risk.positions.iter().map(|row| row.leverage).sum();
            assert!((leverage - shares).abs() <= 1e-12 * leverage, "{leverage} {shares}");
        }
        assert_eq!(risk.free_collateral(), risk.equity - risk.risk.initial);
        assert_eq!(risk.health(), risk.equity - risk.risk.maintenance);
    }
    assert!(with_figures > 100 && with_haircut > 20, "{with_figures} {with_haircut}");
}

#[test]
fn the_columns_are_the_assessment() {
    let mut book = lived(22);
    let assessments = assessments(&book);
    let figures = book.engine.figures();
    for (_, risk) in assessments {
        let slot = risk.account.slot();
        let pairs = [
            (figures.equity[slot], risk.equity),
            (figures.initial[slot], risk.risk.initial),
            (figures.maintenance[slot], risk.risk.maintenance),
            (figures.position_value[slot], risk.gross),
            (figures.initial_leverage[slot], risk.initial_leverage.value()),
            (figures.maintenance_leverage[slot], risk.maintenance_leverage.value()),
        ];
        assert!(pairs.iter().all(|(a, b)| a.to_bits() == b.to_bits()), "{pairs:?}");
        assert_eq!(figures.leverage_state[slot], risk.maintenance_leverage.state());
        assert_eq!(figures.status[slot], risk.status as u8);
        // the band with memory is never better than the one without
        match risk.band {
            Some(band) => assert!(figures.band[slot] != NO_BAND && figures.band[slot] >= band as u8),
            None => assert_eq!((risk.status.has_figures(), figures.band[slot]), (false, NO_BAND)),
        }
    }
}

#[test]
fn a_leverage_is_none_finite_liquidatable_or_insolvent_and_never_infinite_or_negative() {
    // +1 at 60,000, maintenance 60,000/40 = 1,500, initial 3,000
    let mut house = house();
    let me = account(&mut house.engine, house.model, 0.0);
    let states = |house: &House| {
        let risk = house.engine.assess(me).expect("live");
        (
            risk.initial_leverage,
            risk.maintenance_leverage,
            risk.band.expect("figures"),
        )
    };
    assert_eq!(states(&house), (Leverage::None, Leverage::None, Band::Healthy));
    house
        .engine
        .set_position(me, house.perp, 1.0, 60_000.0)
        .expect("a position");
    assert_eq!(
        states(&house),
        (Leverage::Insolvent, Leverage::Insolvent, Band::Insolvent)
    );
    let cases = [
        // equity, 60,000 / equity, 60,000 / (equity − 1,500), band
        (
            1000.0,
            Leverage::Finite(60.0),
            Leverage::Liquidatable,
            Band::Liquidatable,
        ),
        (
            1500.0,
            Leverage::Finite(40.0),
            Leverage::Liquidatable,
            Band::Liquidatable,
        ),
        (
            1600.0,
            Leverage::Finite(37.5),
            Leverage::Finite(600.0),
            Band::ReduceOnly,
        ),
        (3000.0, Leverage::Finite(20.0), Leverage::Finite(40.0), Band::Warning),
        (
            6000.0,
            Leverage::Finite(10.0),
            Leverage::Finite(60_000.0 / 4500.0),
            Band::Healthy,
        ),
    ];
    for (equity, initial, maintenance, band) in cases {
        let balance = house.engine.balance(me, USD).expect("live");
        house
            .engine
            .deposit(me, USD, money(equity - balance))
            .expect("a deposit");
        assert_eq!(states(&house), (initial, maintenance, band), "equity {equity}");
    }
    house.engine.withdraw(me, USD, money(6000.5)).expect("a debt");
    assert_eq!(
        states(&house),
        (Leverage::Insolvent, Leverage::Insolvent, Band::Insolvent)
    );

    // a book before its first tick, and one after many
    let mut seen = [false; 5];
    let all = [Book::new(23, 50, |i| i), lived(23)].map(|book| assessments(&book));
    for (_, risk) in all.into_iter().flatten() {
        for leverage in [
            risk.initial_leverage,
            risk.maintenance_leverage,
            risk.effective_leverage,
        ] {
            seen[usize::from(leverage.state())] = true;
            if let Leverage::Finite(value) = leverage {
                assert!(value > 0.0 && value.is_finite(), "{risk:?}");
            }
        }
    }
    assert_eq!(seen, [true; 5], "every state occurs");
}

#[test]
fn ratios_are_missing_where_they_are_not_numbers() {
    let mut house = house();
    let me = account(&mut house.engine, house.model, 3000.0);
    let empty = house.engine.assess(me).expect("live");
    assert_eq!((empty.health_ratio(), empty.margin_ratio()), (None, Some(0.0)));
    house
        .engine
        .set_position(me, house.perp, 1.0, 60_000.0)
        .expect("a position");
    let risk = house.engine.assess(me).expect("live");
    // equity 3,000, initial 3,000, maintenance 1,500
    assert_eq!((risk.free_collateral(), risk.health()), (0.0, 1500.0));
    assert_eq!((risk.health_ratio(), risk.margin_ratio()), (Some(2.0), Some(0.5)));
    // equity of a half, of nothing, of −1,000
    house.engine.withdraw(me, USD, money(2999.5)).expect("a withdrawal");
    assert_eq!(house.engine.assess(me).expect("live").margin_ratio(), Some(3000.0));
    house.engine.withdraw(me, USD, money(0.5)).expect("a withdrawal");
    let bare = house.engine.assess(me).expect("live");
    assert_eq!((bare.health_ratio(), bare.margin_ratio()), (Some(0.0), None));
    assert!(bare.positions[0].leverage.is_nan());
    house.engine.withdraw(me, USD, money(1000.0)).expect("a debt");
    let owing = house.engine.assess(me).expect("live");
    assert_eq!((owing.free_collateral(), owing.margin_ratio()), (-4000.0, None));
}

#[test]
fn gross_net_delta_equivalent_and_effective_leverage_by_hand() {
    let mut house = house();
    let me = account(&mut house.engine, house.model, 50_000.0);
    for (instrument, size, entry_price) in [
        (house.perp, 1.0, 60_000.0),
        (house.future, -0.5, 61_000.0),
        (house.call, -2.0, 5_000.0),
        (house.other, 10.0, 3_000.0),
    ] {
        house
            .engine
            .set_position(me, instrument, size, entry_price)
            .expect("a position");
    }
    let call = black::forward(OptionType::Call, 60_000.0, 65_000.0, 0.25, 0.0, VOL).0;
    let risk = house.engine.assess(me).expect("live");
    // an option's notional is that of its underlying: 2 · 60,000
    assert_eq!(risk.gross, 60_000.0 + 30_500.0 + 120_000.0 + 30_000.0);
    assert_eq!(risk.net, 60_000.0 - 30_500.0 - 120_000.0 + 30_000.0);
    let on_first = 60_000.0 - 30_500.0 - 2.0 * call.delta * 60_000.0;
    assert_near(risk.delta_equivalent, on_first.abs() + 30_000.0, 1e-14);
    // what was set as a position brings no cash: the calls sold count −2 premiums
    assert_near(risk.equity, 50_000.0 - 2.0 * call.price, 1e-14);
    assert_near(finite(risk.initial_leverage), risk.gross / risk.equity, 1e-15);
    assert_near(
        finite(risk.effective_leverage),
        risk.delta_equivalent / risk.equity,
        1e-15,
    );

    let [first, second] = &risk.greeks[..] else {
        panic!("two underlyings: {:?}", risk.greeks)
    };
    assert_eq!([first.underlying, second.underlying], house.underlyings);
    // per unit of the underlying's price, 60,000: the future weighs 61,000 / 60,000
    assert_near(first.delta, 1.0 - 0.5 * 61_000.0 / 60_000.0 - 2.0 * call.delta, 1e-14);
    assert_near(first.gamma, -2.0 * call.gamma, 1e-14);
    assert_near(first.vega, -2.0 * call.vega, 1e-14);
    assert_near(first.theta, -2.0 * call.theta, 1e-14);
    assert_near(first.rho, -2.0 * call.rho, 1e-14);
    assert_eq!((second.delta, second.gamma, second.vega), (10.0, 0.0, 0.0));
    assert_eq!(second.exposure, 30_000.0);
}

#[test]
fn greeks_are_the_derivatives_of_equity_with_settlement_held() {
    // coins with prices of their own hold the settlement still while the index moves
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let inverse = |kind| InstrumentSpec {
        payoff: Payoff::Inverse,
        ..option(underlying, coin, kind, 55_000.0, EXPIRY_MS)
    };
    let specs = [
        option(underlying, USD, OptionType::Put, 58_000.0, EXPIRY_MS),
        inverse(OptionType::Call),
        inverse(OptionType::Put),
        inverse_perp(underlying, coin, 100.0),
    ];
    let instruments = specs.map(|spec| engine.add_instrument(spec).expect("valid terms"));
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1e6);
    for (instrument, size) in instruments.into_iter().zip([3.0, -2.0, 1.0, -40.0]) {
        engine.set_position(me, instrument, size, 1.0).expect("a position");
    }
    engine.tick_asset(coin, 60_000.0, 0.0, 0).expect("known");
    let mut at = |price: f64, vol: f64, time_ms: f64| {
        engine.tick_underlying(underlying, price, time_ms, 0).expect("known");
        for (i, &instrument) in instruments.iter().enumerate() {
            let quoted = Tick {
                vol: if i < 3 { vol } else { f64::NAN },
                mark: if i < 3 { f64::NAN } else { price },
                ..Tick::at(time_ms)
            };
            tick(&mut engine, instrument, quoted);
        }
        engine.assess(me).expect("live")
    };
    let (price, vol) = (60_000.0, VOL);
    let greeks = at(price, vol, 0.0).greeks[0];
    let (h, k) = (price * 1e-4, 1e-4);
    let (low, middle, high) = (at(price - h, vol, 0.0), at(price, vol, 0.0), at(price + h, vol, 0.0));
    // second differences of 1e6 in equity with a step of 6 leave 1e-10 · 4 / 36; curvature is of the order of 1e-4
    assert_near(greeks.delta, (high.equity - low.equity) / (2.0 * h), 1e-6);
    let curvature = (high.equity - 2.0 * middle.equity + low.equity) / (h * h);
    assert!(
        (greeks.gamma - curvature).abs() <= 1e-4 * greeks.gamma.abs(),
        "{} {curvature}",
        greeks.gamma
    );
    let by_vol = (at(price, vol + k, 0.0).equity - at(price, vol - k, 0.0).equity) / (2.0 * k);
    assert!(
        (greeks.vega - by_vol).abs() <= 1e-6 * greeks.vega.abs(),
        "{} {by_vol}",
        greeks.vega
    );
    // time runs one way: a forward difference over a minute, first order in it
    let years = 60_000.0 / YEAR_MS;
    let by_time = (at(price, vol, 60_000.0).equity - middle.equity) / years;
    assert!(
        (greeks.theta - by_time).abs() <= 1e-4 * greeks.theta.abs(),
        "{} {by_time}",
        greeks.theta
    );
    assert_near(greeks.exposure, greeks.delta * price, 1e-14);
}

#[test]
fn each_row_tells_the_status_and_age_of_its_prices() {
    let config = EngineConfig {
        stale_after_ms: 1000.0,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    let stable = engine.add_asset(asset(&[], None)).expect("a stablecoin");
    let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let call = engine
        .add_instrument(option(underlying, USD, OptionType::Call, 100.0, 5000.0))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 100.0);
    engine.deposit(me, stable, money(50.0)).expect("a deposit");
    engine.set_position(me, contract, 1.0, 100.0).expect("a position");
    engine.set_position(me, call, 1.0, 5.0).expect("a position");
    let rows = |engine: &Engine| {
        let risk = engine.assess(me).expect("live");
        let positions: Vec<_> = risk.positions.iter().map(|row| (row.status, row.age_ms)).collect();
        let assets: Vec<_> = risk.assets.iter().map(|row| (row.status, row.age_ms)).collect();
        (risk.status, positions, assets)
    };

    // nothing priced: a missing price has no age
    let (status, positions, assets) = rows(&engine);
    assert_eq!(status, RowStatus::MissingPrice);
    assert!(positions
        .iter()
        .all(|row| row.0 == RowStatus::MissingPrice && row.1.is_nan()));
    assert_eq!(assets[0], (RowStatus::Ok, 0.0));
    assert!(assets[1].0 == RowStatus::MissingPrice && assets[1].1.is_nan());

    // a premium above the forward has no vol that explains it
    engine.tick_asset(stable, 1.0, 200.0, 0).expect("known");
    mark(&mut engine, contract, 100.0, 300.0);
    mark(&mut engine, call, 101.0, 400.0);
    assert_eq!(rows(&engine).0, RowStatus::NoVol);
    // one a little above it is taken beside a vol, one in another unit is not
    for (mark, time_ms, status) in [(101.0, 440.0, RowStatus::Ok), (201.0, 450.0, RowStatus::NoVol)] {
        let quoted = Tick {
            mark,
            vol: 0.5,
            ..Tick::at(time_ms)
        };
        tick(&mut engine, call, quoted);
        assert_eq!(rows(&engine).0, status);
    }
    let quoted = Tick {
        vol: 0.5,
        ..Tick::at(500.0)
    };
    tick(&mut engine, call, quoted);
    let (ok, stale) = (RowStatus::Ok, RowStatus::Stale);
    // the option rests on its own vol of 500 and the reference of 300
    assert_eq!(
        rows(&engine),
        (ok, vec![(ok, 200.0), (ok, 200.0)], vec![(ok, 0.0), (ok, 300.0)])
    );
    // 1,000 ms are not too old, one more is; a stablecoin at exactly 1 grows stale like any other
    engine.advance(1300.0);
    assert_eq!(
        rows(&engine),
        (
            stale,
            vec![(ok, 1000.0), (ok, 1000.0)],
            vec![(ok, 0.0), (stale, 1100.0)]
        )
    );
    engine.advance(1301.0);
    assert_eq!(
        rows(&engine),
        (
            stale,
            vec![(stale, 1001.0), (stale, 1001.0)],
            vec![(ok, 0.0), (stale, 1101.0)]
        )
    );
    // past its expiry an option counts its exercise value, and says so
    mark(&mut engine, contract, 107.0, 5000.0);
    engine.tick_asset(stable, 1.0, 5000.0, 0).expect("known");
    let risk = engine.assess(me).expect("live");
    assert_eq!(risk.status, RowStatus::Expired);
    assert_eq!(risk.positions[1].equity, 7.0);
    assert_eq!(risk.equity, 100.0 + 50.0 + 7.0 + 7.0);
}

#[test]
fn an_option_as_good_as_its_underlying_is_worth_its_mark_though_no_vol_explains_that() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    let mut quoted = |side, strike, mark| {
        let option = engine.add_instrument(option(underlying, USD, side, strike, YEAR_MS));
        let option = option.expect("valid terms");
        engine.set_position(me, option, 1.0, mark).expect("a position");
        let ticked = Tick {
            mark,
            underlying_price: 100.0,
            ..Tick::at(0.0)
        };
        tick(&mut engine, option, ticked);
        let risk = engine.assess(me).expect("live");
        engine.set_position(me, option, 0.0, mark).expect("none is left");
        (risk.status, risk.equity, risk.positions[0].greeks.exposure)
    };
    let none = |figures: (RowStatus, f64, f64)| figures.0 == RowStatus::NoVol && figures.1.is_nan();
    // a call of a low exercise price, at its forward and above it: worth its mark, and moves with its forward
    for mark in [100.0, 100.05, 100.9] {
        let figures = quoted(OptionType::Call, 0.01, mark);
        assert_eq!(figures, (RowStatus::Ok, 1000.0 + mark, 100.0));
        assert_eq!(quoted(OptionType::Call, 1.0, mark), figures);
    }
    // a put of a strike far above, worth the strike at most
    assert_eq!(quoted(OptionType::Put, 10_000.0, 10_001.0).1, 1000.0 + 10_001.0);
    // more above than rounding is, in another unit, or where a vol would matter
    for mark in [101.1, 199.0, 201.0] {
        assert!(none(quoted(OptionType::Call, 0.01, mark)));
    }
    assert!(none(quoted(OptionType::Call, 1.01, 100.05)));
    assert!(none(quoted(OptionType::Put, 9_900.0, 10_001.0)));
}

#[test]
fn an_option_on_a_forward_near_nothing_is_worth_its_mark_though_a_higher_greek_is_beyond_all_doubles() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    // at 1e-160 speed is, of the order of 1/F²; at 1e-310 delta is none either
    for (forward, status) in [(1e-160, RowStatus::Ok), (1e-310, RowStatus::NoVol)] {
        let option = engine.add_instrument(option(underlying, USD, OptionType::Call, forward, YEAR_MS));
        let option = option.expect("valid terms");
        engine.set_position(me, option, 1.0, 0.0).expect("a position");
        let ticked = Tick {
            mark: 0.4 * forward,
            underlying_price: forward,
            ..Tick::at(0.0)
        };
        tick(&mut engine, option, ticked);
        let risk = engine.assess(me).expect("live");
        assert_eq!(risk.status, status, "{forward:e}");
        if status == RowStatus::Ok {
            assert_eq!(risk.equity, 1000.0);
            // Φ(d₁) = (1 + 0.4)/2 where the call is worth 0.4 of the forward at the strike
            let delta = risk.positions[0].greeks.exposure / forward;
            assert!((delta - 0.7).abs() < 1e-9, "{delta}");
        }
        engine.set_position(me, option, 0.0, 0.0).expect("none is left");
    }
}

#[test]
fn an_inverse_option_marked_in_dollars_has_no_figures() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let [call, put] = [OptionType::Call, OptionType::Put].map(|side| {
        let spec = InstrumentSpec {
            payoff: Payoff::Inverse,
            ..option(underlying, coin, side, 60_000.0, YEAR_MS)
        };
        engine.add_instrument(spec).expect("valid terms")
    });
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    engine.tick_underlying(underlying, 60_000.0, 1.0, 0).expect("known");
    for instrument in [call, put] {
        let me = account(&mut engine, model, 1e5);
        engine.set_position(me, instrument, 1.0, 0.1).expect("a position");
        let quoted = |mark, time_ms| Tick {
            mark,
            vol: 0.6,
            ..Tick::at(time_ms)
        };
        tick(&mut engine, instrument, quoted(0.2, 2.0));
        assert_near(engine.assess(me).expect("live").equity, 1e5 + 0.2 * 60_000.0, 1e-15);
        tick(&mut engine, instrument, quoted(12_000.0, 3.0));
        let risk = engine.assess(me).expect("live");
        assert!(risk.status == RowStatus::NoVol && risk.equity.is_nan(), "{risk:?}");
        tick(&mut engine, instrument, quoted(0.2, 4.0));
        assert_eq!(engine.assess(me).expect("live").status, RowStatus::Ok);
    }
}

#[test]
fn an_option_that_expires_at_its_strike_has_a_value_and_its_account_figures() {
    let config = EngineConfig::default();
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let [call, put] = [OptionType::Call, OptionType::Put].map(|side| {
        engine
            .add_instrument(option(underlying, USD, side, 100.0, 5000.0))
            .expect("valid terms")
    });
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 30.0);
    for (instrument, size) in [(contract, -1.0), (call, 2.0), (put, -1.0)] {
        engine.set_position(me, instrument, size, 1.0).expect("a position");
    }
    mark(&mut engine, contract, 100.0, 1.0);
    for instrument in [call, put] {
        tick(
            &mut engine,
            instrument,
            Tick {
                vol: 0.5,
                ..Tick::at(2.0)
            },
        );
    }
    engine.advance(5000.0);
    let risk = engine.assess(me).expect("live");
    // both are worth nothing and move by half as much as the price, the mean of both sides
    assert_eq!((risk.status, risk.equity), (RowStatus::Expired, 30.0 - 99.0));
    assert!(risk.risk.maintenance > 0.0 && risk.band.is_some());
    let greeks = risk.greeks[0];
    assert_eq!(greeks.delta, -1.0 + 2.0 * 0.5 - -0.5);
    assert!(greeks.gamma.is_nan() && greeks.theta.is_nan());
    // nor is a vol of zero at the strike a vol that is missing
    for instrument in [call, put] {
        tick(
            &mut engine,
            instrument,
            Tick {
                vol: 0.0,
                ..Tick::at(5000.0)
            },
        );
    }
    assert_eq!(engine.assess(me).expect("live").equity, 30.0 - 99.0);
}

#[test]
fn a_price_used_is_the_price_shown() {
    // time that passes by ticks of others neither moves an option's value nor the premium shown; `advance` moves both
    let mut house = house();
    let me = account(&mut house.engine, house.model, 50_000.0);
    house
        .engine
        .set_position(me, house.call, -1.0, 1.0)
        .expect("a position");
    let shown = |house: &House| {
        let risk = house.engine.assess(me).expect("live");
        let health = house.engine.health_at(me, house.underlyings[0], 1.0).expect("live");
        assert_eq!(
            (risk.positions[0].equity, health),
            (-risk.positions[0].mark, risk.health())
        );
        risk.positions[0].mark
    };
    let at_first = shown(&house);
    mark(&mut house.engine, house.other, 3_001.0, 0.1 * YEAR_MS);
    assert_eq!(shown(&house), at_first);
    house.engine.advance(0.1 * YEAR_MS);
    let decayed = black::forward(OptionType::Call, 60_000.0, 65_000.0, 0.25 - 0.1, 0.0, VOL).0;
    assert_near(shown(&house), decayed.price, 1e-12);
    assert!(decayed.price < at_first);
}

#[test]
fn what_if_equals_doing_it_and_changes_nothing() {
    let mut book = lived(24);
    let (mut compared, mut with_roots) = (0, 0);
    for i in 0..book.ledgers.len() {
        let id = book.ledgers[i].id;
        if book.ledgers[i].isolated.is_some() {
            continue;
        }
        let at = book.draws.below(book.listed.len());
        let listed = book.listed[at].clone();
        if matches!(listed.spec.kind, Kind::Spot { .. }) || listed.mark.is_nan() {
            continue;
        }
        let lots = 1 + book.draws.below(50) as i64;
        let size = listed.spec.size(if book.draws.chance(0.5) { lots } else { -lots });
        let price = if listed.spec.kind.is_option() {
            0.05
        } else {
            listed.mark
        };
        let amount = money(book.draws.between(1.0, 100.0));
        let trade = |price| Change::Trade {
            instrument: listed.id,
            size,
            price,
        };
        let cash = Change::Cash { asset: USD, amount };
        let before = format!("{:?}", book.engine.assess(id).expect("live"));
        let asked = book.engine.what_if(id, &[trade(price), cash]).expect("an answer");
        assert_eq!(format!("{:?}", book.engine.assess(id).expect("live")), before);
        // a price that is not given is the present mark
        if !listed.spec.kind.is_option() {
            let at_mark = book.engine.what_if(id, &[trade(f64::NAN), cash]).expect("an answer");
            assert_eq!(format!("{at_mark:?}"), format!("{asked:?}"));
        }
        let underlying = listed.spec.underlying;
        let prices_asked = book
            .engine
            .liquidation_prices_after(id, &[trade(price), cash], underlying)
            .expect("an answer");
        assert_eq!(format!("{:?}", book.engine.assess(id).expect("live")), before);
        book.engine.fill(id, listed.id, &fill(size, price)).expect("a fill");
        book.engine.deposit(id, USD, amount).expect("a deposit");
        let done = book.engine.assess(id).expect("live");
        assert_eq!(format!("{asked:?}"), format!("{done:?}"));
        let prices = book.engine.liquidation_prices(id, underlying).expect("live");
        assert_eq!(format!("{prices_asked:?}"), format!("{prices:?}"));
        with_roots += usize::from(!prices.roots.is_empty());
        compared += 1;
    }
    assert!(compared > 100 && with_roots > 50, "{compared} {with_roots}");
    // a question that is refused leaves no trace either
    let id = book.ledgers[0].id;
    let before = format!("{:?}", book.engine.assess(id).expect("live"));
    let first = book
        .listed
        .iter()
        .find(|listed| !listed.mark.is_nan() && !listed.spec.kind.is_option());
    let listed = first.expect("a mark").clone();
    let changes = [1.0, f64::INFINITY].map(|size| Change::Trade {
        instrument: listed.id,
        size,
        price: listed.mark,
    });
    book.engine.what_if(id, &changes).expect_err("no size");
    assert_eq!(format!("{:?}", book.engine.assess(id).expect("live")), before);
}

/// All figures of an account, from its assessment, its columns and its liquidation prices.
fn figures(house: &mut Engine, account: AccountId, underlyings: &[UnderlyingId]) -> Vec<f64> {
    let risk = house.assess(account).expect("live");
    assert_eq!(risk.status, RowStatus::Ok, "{risk:?}");
    let mut figures = vec![risk.equity, risk.risk.initial, risk.risk.maintenance];
    figures.extend([risk.gross, risk.net, risk.delta_equivalent]);
    figures.extend(
        [
            risk.initial_leverage,
            risk.maintenance_leverage,
            risk.effective_leverage,
        ]
        .map(finite),
    );
    for row in &risk.positions {
        figures.extend([
            row.notional,
            row.equity,
            row.initial,
            row.maintenance,
            row.greeks.exposure,
        ]);
        figures.extend([row.entry_price, row.leverage]);
    }
    for row in &risk.assets {
        figures.extend([row.amount, row.value, row.haircut]);
    }
    for row in &risk.greeks {
        figures.extend([row.delta, row.gamma, row.vega, row.theta, row.rho]);
    }
    let (columns, slot) = (house.figures(), account.slot());
    figures.extend(
        [
            &columns.equity,
            &columns.initial,
            &columns.maintenance,
            &columns.position_value,
        ]
        .map(|of| of[slot]),
    );
    for &underlying in underlyings {
        let prices = house.liquidation_prices(account, underlying).expect("live");
        figures.extend(prices.roots.iter().map(|root| root.price));
    }
    figures
}

#[test]
fn the_units_that_sums_count_in_change_no_figure() {
    let told = |quote_log2: i32, coin_log2: i32| {
        let mut house = house_in(quote_log2);
        let coin = AssetSpec {
            scale_log2: coin_log2,
            ..asset(&[(0.5, 0.9), (f64::INFINITY, 0.5)], Some(house.underlyings[0]))
        };
        let coin = house.engine.add_asset(coin).expect("a coin");
        let inverse = inverse_perp(house.underlyings[0], coin, 100.0);
        let inverse = house.engine.add_instrument(inverse).expect("valid terms");
        mark(&mut house.engine, inverse, 60_000.0, 0.0);
        // one account of cash and perps alone, one of everything that goes another way through the sums
        let plain = account(&mut house.engine, house.model, 9_000.0);
        let full = account(&mut house.engine, house.model, 20_000.0);
        house.engine.deposit(full, coin, money(1.25)).expect("a deposit");
        for (id, instrument, size, price) in [
            (plain, house.perp, 0.5, 59_000.0),
            (plain, house.other, -2.0, 3_100.0),
            (full, house.perp, 1.0, 61_000.0),
            (full, house.future, -0.75, 60_500.0),
            (full, house.call, 1.5, 2_000.0),
            (full, house.other, 3.0, 2_900.0),
            (full, inverse, 200.0, 58_000.0),
        ] {
            house
                .engine
                .set_position(id, instrument, size, price)
                .expect("a position");
        }
        house
            .engine
            .place_order(full, house.other, 2.0, 3_200.0)
            .expect("an order");
        house
            .engine
            .place_order(full, inverse, -500.0, 50_000.0)
            .expect("an order");
        house.engine.set_leverage(full, house.perp, 8.0).expect("a leverage");
        let mut told = Vec::new();
        for (step, price) in [60_000.0, 57_000.0, 62_500.0].into_iter().enumerate() {
            let time_ms = 1.0 + step as f64;
            mark(&mut house.engine, house.other, price / 20.0, time_ms);
            mark(&mut house.engine, house.perp, price, time_ms);
            for id in [plain, full] {
                told.extend(figures(&mut house.engine, id, &house.underlyings));
            }
        }
        let totals = house.engine.totals();
        told.extend([totals.equity, totals.initial, totals.maintenance, totals.position_value]);
        told
    };
    let expected = told(0, 0);
    for (quote_log2, coin_log2) in [(6, -5), (-4, 7)] {
        let ours = told(quote_log2, coin_log2);
        assert_eq!(ours.len(), expected.len());
        for (at, (&ours, &expected)) in ours.iter().zip(&expected).enumerate() {
            assert!(
                is_near(ours, expected, 1e-12),
                "{quote_log2} {coin_log2}, {at}: {ours} against {expected}"
            );
        }
    }
}

#[test]
fn a_question_about_what_cannot_be_is_refused_by_name_and_money_is_rounded_against_the_account() {
    let mut house = house_in(4);
    let me = account(&mut house.engine, house.model, 1_000.0);
    let stranger = UnderlyingId(house.engine.add_underlying().0 + 1);
    let prices = house.engine.liquidation_prices_after(me, &[], stranger);
    assert_eq!(prices.expect_err("not registered").code, Code::UnknownHandle);
    let unmarked = house
        .engine
        .add_instrument(perp(house.underlyings[0], USD))
        .expect("valid terms");
    let trade = Change::Trade {
        instrument: unmarked,
        size: 1.0,
        price: f64::NAN,
    };
    let refused = house.engine.what_if(me, &[trade]).expect_err("no mark");
    assert_eq!(
        (refused.code, refused.field.to_string()),
        (Code::NotApplicable, "changes[0].price".to_owned())
    );
    // an account holds multiples of 2⁻⁵⁶: of 1.5 of these in, it has 1, and of as much out it lacks 2
    let unit = 2_f64.powi(-56);
    let empty = account(&mut house.engine, house.model, 0.0);
    for (amount, left) in [(1.5 * unit, unit), (-1.5 * unit, -2.0 * unit)] {
        let amount =
            plimsoll_engine::Money::from_f64("amount", amount, plimsoll_engine::Rounding::Down).expect("small");
        let cash = Change::Cash { asset: USD, amount };
        assert_eq!(house.engine.what_if(empty, &[cash]).map(|risk| risk.equity), Ok(left));
    }
}

#[test]
fn what_if_of_a_move_equals_ticking_it() {
    const RATIO: f64 = 0.75;
    let mut house = house();
    let coin = asset(&[(f64::INFINITY, 0.9)], Some(house.underlyings[0]));
    let coin = house.engine.add_asset(coin).expect("a coin");
    let put = option(house.underlyings[0], coin, OptionType::Put, 50_000.0, EXPIRY_MS);
    let put = InstrumentSpec {
        payoff: Payoff::Inverse,
        ..put
    };
    let put = house.engine.add_instrument(put).expect("valid terms");
    let quoted = Tick {
        vol: VOL,
        underlying_price: 61_000.0,
        ..Tick::at(0.0)
    };
    tick(&mut house.engine, put, quoted);
    house.engine.tick_asset(coin, 60_000.0, 0.0, 0).expect("known");
    let id = house.engine.add_account(house.model).expect("a model");
    for (asset, amount) in [(USD, 90_000.0), (coin, 2.0)] {
        house.engine.deposit(id, asset, money(amount)).expect("a deposit");
    }
    for (instrument, size, price) in [
        (house.perp, 1.5, 61_000.0),
        (house.future, -0.5, 60_500.0),
        (house.call, -2.0, 2_000.0),
        (put, 3.0, 0.03),
        (house.other, 4.0, 3_100.0),
    ] {
        house.engine.fill(id, instrument, &fill(size, price)).expect("a fill");
    }
    house
        .engine
        .place_order(id, house.perp, 0.5, 59_000.0)
        .expect("an order");
    let before = format!("{:?}", house.engine.assess(id).expect("live"));
    let digest = house.engine.digest();
    let changes = [
        Change::Move {
            underlying: house.underlyings[0],
            ratio: RATIO,
        },
        Change::Trade {
            instrument: house.perp,
            size: 0.25,
            price: f64::NAN,
        },
    ];
    let asked = house.engine.what_if(id, &changes).expect("an answer");
    let roots = house
        .engine
        .liquidation_prices_after(id, &changes, house.underlyings[0]);
    let roots = format!("{:?}", roots.expect("an answer"));
    assert_eq!(format!("{:?}", house.engine.assess(id).expect("live")), before);
    for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e305] {
        let changes = [
            changes[0],
            Change::Move {
                underlying: house.underlyings[0],
                ratio,
            },
        ];
        house.engine.what_if(id, &changes).expect_err("no price");
    }
    assert_eq!(format!("{:?}", house.engine.assess(id).expect("live")), before);
    house.engine.reassess_all();
    assert_eq!(house.engine.digest(), digest);

    house
        .engine
        .tick_underlying(house.underlyings[0], RATIO * 60_000.0, 0.0, 0)
        .expect("known");
    house.engine.tick_asset(coin, RATIO * 60_000.0, 0.0, 0).expect("known");
    mark(&mut house.engine, house.perp, RATIO * 60_000.0, 0.0);
    mark(&mut house.engine, house.future, RATIO * 61_000.0, 0.0);
    let quoted = Tick {
        underlying_price: RATIO * 61_000.0,
        ..Tick::at(0.0)
    };
    tick(&mut house.engine, put, quoted);
    house
        .engine
        .fill(id, house.perp, &fill(0.25, RATIO * 60_000.0))
        .expect("a fill");
    assert_eq!(
        format!("{asked:?}"),
        format!("{:?}", house.engine.assess(id).expect("live"))
    );
    let done = house.engine.liquidation_prices(id, house.underlyings[0]);
    assert_eq!(roots, format!("{:?}", done.expect("live")));
}

#[test]
fn a_move_leaves_the_liquidation_prices_along_it_where_they_are() {
    let mut book = lived(26);
    let mut compared = 0;
    for i in 0..book.ledgers.len() {
        let id = book.ledgers[i].id;
        let underlying = book.underlyings[book.draws.below(3)];
        let ratio = book.draws.between(0.5, 1.5);
        let before = format!("{:?}", book.engine.assess(id).expect("live"));
        let here = book.engine.liquidation_prices(id, underlying).expect("live");
        let moved = [Change::Move { underlying, ratio }];
        let there = book
            .engine
            .liquidation_prices_after(id, &moved, underlying)
            .expect("an answer");
        assert_eq!(format!("{:?}", book.engine.assess(id).expect("live")), before);
        assert_eq!(here.roots.len(), there.roots.len(), "{here:?} {there:?}");
        for (here, there) in here.roots.iter().zip(&there.roots) {
            assert_near(there.price, here.price, 1e-9);
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
    assert_eq!(changed_by_full_reassessment(&mut book.engine), Vec::<usize>::new());
}

#[test]
fn one_over_maintenance_leverage_is_the_first_order_distance_to_liquidation() {
    // every position moved adversely by the same fraction, the requirement held: E − f·PV = MM at f = (E − MM)/PV = 1/L
    let mut draws = Draws(31);
    let mut compared = [0, 0];
    for _ in 0..300 {
        let mut engine = engine();
        let coin = engine.add_asset(asset(&[], None)).expect("a coin");
        engine.tick_asset(coin, 2_000.0, 0.0, 0).expect("known");
        let model = engine
            .add_model(brackets(&[(0.0, 40.0), (30e3, 10.0)]))
            .expect("valid bands");
        let me = account(&mut engine, model, draws.between(2e4, 2e5));
        let is_linear = draws.chance(0.5);
        let mut held = Vec::new();
        for _ in 0..=draws.below(5) {
            let underlying = engine.add_underlying();
            let price = 10_f64.powf(draws.between(-1.0, 4.0));
            let spec = if is_linear {
                perp(underlying, USD)
            } else {
                inverse_perp(underlying, coin, 100.0)
            };
            let instrument = engine.add_instrument(spec).expect("valid terms");
            let notional = draws.between(1e3, 1e5);
            // an inverse contract is worth 100/price coins of 2,000 each
            let size = if is_linear {
                notional / price
            } else {
                (notional * price / 2e5).ceil()
            };
            let size = (size * 1e4).round() / 1e4 * if draws.chance(0.5) { 1.0 } else { -1.0 };
            let size = if is_linear { size } else { size.round() };
            mark(&mut engine, instrument, price, 0.0);
            engine.set_position(me, instrument, size, price).expect("a position");
            held.push((instrument, size, price));
        }
        let before = engine.assess(me).expect("live");
        // below a leverage of 1 a long cannot fall that far
        let leverage = match before.maintenance_leverage {
            Leverage::Finite(leverage) if leverage > 1.0 => leverage,
            _ => continue,
        };
        compared[usize::from(is_linear)] += 1;
        let mut equity_after = |fraction: f64| {
            for &(instrument, size, price) in &held {
                mark(&mut engine, instrument, price * (1.0 - fraction * size.signum()), 0.0);
            }
            engine.assess(me).expect("live").equity
        };
        let distance = 1.0 / leverage;
        if is_linear {
            // no curvature: exact to rounding
            let left = equity_after(distance) - before.risk.maintenance;
            assert!(
                left.abs() <= 1e-12 * (before.gross + before.equity),
                "{left} of {before:?}"
            );
        } else {
            // first order: a step of h of the way leaves 1 − h of the health, but for h² · curvature
            let h = 1e-5;
            let left = equity_after(distance * h) - before.risk.maintenance;
            let lost = 1.0 - left / before.health();
            assert!((lost / h - 1.0).abs() <= 1e-3, "{lost} against {h} of {before:?}");
        }
    }
    assert!(compared.iter().all(|&count| count > 40), "{compared:?}");
}

#[test]
fn the_exact_move_of_a_lone_linear_position_is_the_first_order_one_over_one_less_side_times_rate() {
    // m = 1/40 under 20x; (1/L) / (1 − s·m)
    for (side, cash) in [(1.0, 9_000.0), (-1.0, 9_000.0), (1.0, 2_500.0), (-1.0, 1_501.0)] {
        let mut house = house();
        let me = account(&mut house.engine, house.model, cash);
        house
            .engine
            .set_position(me, house.perp, side, 60_000.0)
            .expect("a position");
        let risk = house.engine.assess(me).expect("live");
        let first_order = 1.0 / finite(risk.maintenance_leverage);
        let exact = first_order / (1.0 - side / 40.0);
        let prices = house.engine.liquidation_prices(me, house.underlyings[0]).expect("live");
        assert_eq!(prices.roots.len(), 1);
        assert_near(prices.roots[0].ratio, 1.0 - side * exact, 1e-14);
    }
}

#[test]
fn a_chosen_leverage_rests_on_no_price() {
    let mut house = house();
    let me = account(&mut house.engine, house.model, 1000.0);
    let underlying = house.underlyings[0];
    let silent = house.engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    house.engine.set_leverage(me, silent, 5.0).expect("a leverage");
    let risk = house.engine.assess(me).expect("live");
    assert_eq!((risk.status, risk.equity), (RowStatus::Ok, 1000.0));
    assert_eq!(risk.positions, []);
    // an order does need one
    house.engine.place_order(me, silent, 1.0, 100.0).expect("an order");
    assert_eq!(house.engine.assess(me).expect("live").status, RowStatus::MissingPrice);
}

#[test]
fn without_figures_there_is_no_band() {
    let mut house = house();
    let silent = house
        .engine
        .add_instrument(perp(house.underlyings[0], USD))
        .expect("valid terms");
    let me = account(&mut house.engine, house.model, 25.0);
    house.engine.set_position(me, silent, -100.0, 1.0).expect("a position");
    let column = |house: &mut House| house.engine.figures().band[me.slot()];
    assert_eq!(house.engine.assess(me).expect("live").band, None);
    assert_eq!(column(&mut house), NO_BAND);
    mark(&mut house.engine, silent, 10.0, 2.0);
    assert_eq!(house.engine.assess(me).expect("live").band, Some(Band::Insolvent));
    assert_eq!(column(&mut house), Band::Insolvent as u8);
}

#[test]
fn contributions_and_greeks_are_in_one_order_whatever_that_in_which_positions_were_opened() {
    let mut house = house();
    let engine = &mut house.engine;
    // delta of 0.1 + 0.2 + 0.3, which in another order is another number, on the underlying that comes first and is held last
    let mut listed = || {
        let id = engine
            .add_instrument(perp(house.underlyings[0], USD))
            .expect("valid terms");
        mark(&mut *engine, id, 60_000.0, 0.0);
        id
    };
    let held = [(house.other, 0.4), (listed(), 0.1), (listed(), 0.2), (listed(), 0.3)];
    let mut explained = Vec::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let me = account(engine, house.model, 1e5);
        for at in order {
            let (instrument, size) = held[at];
            engine.set_position(me, instrument, size, 100.0).expect("a position");
        }
        let Assessment { positions, greeks, .. } = engine.assess(me).expect("live");
        assert!(positions.is_sorted_by_key(|position| position.instrument.slot()));
        assert_eq!(
            greeks.iter().map(|greeks| greeks.underlying).collect::<Vec<_>>(),
            house.underlyings
        );
        explained.push(greeks.iter().map(|greeks| greeks.delta.to_bits()).collect::<Vec<_>>());
    }
    assert!(explained.iter().all(|deltas| *deltas == explained[0]), "{explained:?}");
}

#[test]
fn an_inverse_options_delta_is_the_slope_of_its_value_whatever_its_mark_is_beside_its_vol() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let dated = InstrumentSpec {
        payoff: Payoff::Inverse,
        ..option(underlying, coin, OptionType::Call, 50_000.0, 0.25 * YEAR_MS)
    };
    let call = engine.add_instrument(dated).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.tick_asset(coin, 50_000.0, 1.0, 0).expect("live");
    engine.tick_underlying(underlying, 50_000.0, 1.0, 0).expect("live");
    engine.set_position(me, call, 3.0, 0.1).expect("a position");
    for mark in [0.09, 0.12, 0.15] {
        // at a vol of 60 % it is worth 0.119 coin
        let marked = Tick {
            mark,
            vol: 0.6,
            ..Tick::at(1.0)
        };
        tick(&mut engine, call, marked);
        let assessment = engine.assess(me).expect("live");
        let equity_at = |engine: &mut Engine, ratio| {
            let moved = engine.what_if(me, &[Change::Move { underlying, ratio }]);
            moved.expect("a price").equity
        };
        let step = 1e-4;
        let (below, above) = (equity_at(&mut engine, 1.0 - step), equity_at(&mut engine, 1.0 + step));
        let (slope, curve) = (
            (above - below) / (2.0 * step),
            (above - 2.0 * assessment.equity + below) / (step * step),
        );
        let [greeks] = assessment.greeks[..] else {
            panic!("one underlying")
        };
        assert_near(greeks.exposure, slope, 1e-6);
        assert_near(greeks.gamma * 50_000.0 * 50_000.0, curve, 1e-3);
    }
}

#[test]
fn a_premium_in_coin_that_is_beyond_the_doubles_is_missing_and_not_nothing() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let dated = InstrumentSpec {
        payoff: Payoff::Inverse,
        ..option(underlying, coin, OptionType::Put, 100.0, 0.25 * YEAR_MS)
    };
    let put = engine.add_instrument(dated).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    engine.tick_asset(coin, 1.0, 1.0, 0).expect("live");
    // a strike of 100 is worth 100 / 5e-324 of the coin
    engine.tick_underlying(underlying, 5e-324, 1.0, 0).expect("live");
    engine.set_position(me, put, 2.0, 0.4).expect("a position");
    for marked in [
        Tick {
            mark: 0.5,
            ..Tick::at(1.0)
        },
        Tick {
            mark: 0.5,
            vol: 0.6,
            ..Tick::at(1.0)
        },
    ] {
        tick(&mut engine, put, marked);
        let assessment = engine.assess(me).expect("live");
        assert_eq!(assessment.status, RowStatus::NoVol);
        assert!(assessment.equity.is_nan() && assessment.positions[0].greeks.exposure.is_nan());
    }
    engine.tick_underlying(underlying, 99.0, 2.0, 0).expect("live");
    assert_eq!(engine.assess(me).expect("live").status, RowStatus::Ok);
}

#[test]
fn an_option_whose_premium_is_held_at_nothing_has_no_greeks_until_it_is_worth_something() {
    for payoff in [Payoff::Linear, Payoff::Inverse] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let settle = match payoff {
            Payoff::Linear => USD,
            Payoff::Inverse => engine.add_asset(asset(&[], None)).expect("a coin"),
        };
        let dated = InstrumentSpec {
            payoff,
            ..option(underlying, settle, OptionType::Call, 60_000.0, 0.25 * YEAR_MS)
        };
        let call = engine.add_instrument(dated).expect("valid terms");
        let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
        let me = account(&mut engine, model, 0.0);
        if payoff == Payoff::Inverse {
            engine.tick_asset(settle, 50_000.0, 1.0, 0).expect("live");
        }
        engine.tick_underlying(underlying, 50_000.0, 1.0, 0).expect("live");
        engine.set_position(me, call, -3.0, 0.1).expect("a position");
        let marked = Tick {
            mark: 0.0,
            vol: 0.6,
            ..Tick::at(1.0)
        };
        tick(&mut engine, call, marked);
        let greeks = |engine: &Engine| {
            let [greeks] = engine.assess(me).expect("live").greeks[..] else {
                panic!("one underlying")
            };
            greeks
        };
        let equity_at = |engine: &mut Engine, ratio| {
            let moved = engine.what_if(me, &[Change::Move { underlying, ratio }]);
            moved.expect("a price").equity
        };
        let now = engine.assess(me).expect("live").equity;
        // at nothing it can only come to be worth something: the slope on that side
        let step = 1e-6;
        let above = equity_at(&mut engine, 1.0 + step);
        assert_near(greeks(&engine).exposure, (above - now) / step, 1e-3);
        assert!(greeks(&engine).exposure < -1_000.0 && equity_at(&mut engine, 1.0 - step) == now);

        // below it nothing moves it
        engine.tick_underlying(underlying, 49_000.0, 2.0, 0).expect("live");
        assert_eq!(engine.assess(me).expect("live").positions[0].mark, 0.0);
        let UnderlyingGreeks {
            delta,
            gamma,
            vega,
            theta,
            rho,
            exposure,
            ..
        } = greeks(&engine);
        assert_eq!([delta, gamma, vega, theta, rho, exposure], [0.0; 6]);
        assert_eq!(engine.assess(me).expect("live").positions[0].greeks.exposure, 0.0);
        let assessment = engine.assess(me).expect("live");
        assert_eq!(assessment.delta_equivalent, 0.0);

        // and above it the vol's do
        engine.tick_underlying(underlying, 51_000.0, 3.0, 0).expect("live");
        let step = 1e-4;
        let (below, above) = (equity_at(&mut engine, 1.0 - step), equity_at(&mut engine, 1.0 + step));
        assert_near(greeks(&engine).exposure, (above - below) / (2.0 * step), 1e-6);
    }
}
