//! What an assessment says, and what its figures rest on.

use crate::common::book::Book;
use crate::common::*;
use crate::house::{assessments, finite, house, lived, House, VOL};
use plimsoll_engine::{Assessment, Band, Engine, EngineConfig, Leverage, OptionType, RowStatus, Tick, NO_BAND};
use plimsoll_math::black;

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
