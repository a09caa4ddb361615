//! A surface as the source of options' vols, and chains of options priced together.

mod common;

use common::{engine, option, perp, USD, YEAR_MS};
use plimsoll_engine::margin::{Bands, BracketTable, Brackets};
use plimsoll_engine::{
    Change, Code, Engine, InstrumentId, OptionType, RowStatus, SurfaceSlice, Tick, TickStatus, UnderlyingId, VolSource,
};
use plimsoll_math::black::{forward, Greeks};
use plimsoll_math::surface::{Stickiness, Svi};

/// Half a year after the start.
const EXPIRY_MS: f64 = 0.5 * YEAR_MS;
const SVI: [f64; 5] = [0.04, 0.2, -0.3, 0.0, 0.3];
const STRIKES: [f64; 5] = [80.0, 90.0, 100.0, 110.0, 130.0];

struct House {
    engine: Engine,
    underlying: UnderlyingId,
    options: Vec<InstrumentId>,
    account: plimsoll_engine::AccountId,
}

/// One call of each strike in one account, at an index of 100.
fn house() -> House {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    engine.add_instrument(perp(underlying, USD)).expect("valid");
    let options: Vec<InstrumentId> = STRIKES
        .iter()
        .map(|&strike| {
            let spec = option(underlying, USD, OptionType::Call, strike, EXPIRY_MS);
            engine.add_instrument(spec).expect("valid")
        })
        .collect();
    let mut rule = Brackets::new(1, Bands::default());
    rule.set_default_table(BracketTable::from_max_leverage(&[(0.0, 10.0)], 0.5).expect("valid"));
    let model = engine.add_brackets(rule).expect("valid");
    let account = engine.add_account(model).expect("room");
    for &option in &options {
        engine.set_position(account, option, 1.0, 10.0).expect("a position");
    }
    engine.tick_underlying(underlying, 100.0, 0.0, 0).expect("known");
    House {
        engine,
        underlying,
        options,
        account,
    }
}

fn slice(forward: f64) -> SurfaceSlice {
    SurfaceSlice {
        expiry_ms: EXPIRY_MS,
        forward,
        svi: SVI,
    }
}

/// √(w(ln(K/F))/T) by the formula's own terms.
fn vol_at(strike: f64, forward: f64) -> f64 {
    let [a, b, rho, m, sigma] = SVI;
    let slice = Svi::new(a, b, rho, m, sigma).expect("within the domain");
    (slice.at((strike / forward).ln()).total / 0.5).sqrt()
}

fn marks(house: &Engine, account: plimsoll_engine::AccountId) -> Vec<(f64, Option<f64>, VolSource)> {
    let positions = house.assess(account).expect("live").positions;
    positions
        .iter()
        .map(|row| (row.mark, row.vol, row.vol_source))
        .collect()
}

fn model(strike: f64, price: f64, years: f64, vol: f64) -> Greeks {
    forward(OptionType::Call, price, strike, years, 0.0, vol).0
}

#[test]
fn options_without_a_vol_take_it_from_the_surface_and_a_tick_overrides() {
    let House {
        mut engine,
        underlying,
        options,
        account,
    } = house();
    assert!(marks(&engine, account)
        .iter()
        .all(|(mark, vol, source)| { mark.is_nan() && vol.is_none() && *source == VolSource::None }));
    let surface = engine
        .set_surface(underlying, &[slice(f64::NAN)], Stickiness::Strike, 0.0)
        .expect("valid");
    assert!(surface.is_some_and(|surface| surface.calendar_violations().is_empty()));
    for (&strike, (mark, vol, source)) in STRIKES.iter().zip(marks(&engine, account)) {
        let expected = vol_at(strike, 100.0);
        assert!((vol.expect("a vol") - expected).abs() < 1e-14 && source == VolSource::Surface);
        assert!((mark - model(strike, 100.0, 0.5, expected).price).abs() < 1e-12);
    }
    let tick = Tick {
        vol: 0.9,
        ..Tick::at(1.0)
    };
    engine.tick(options[2], &tick).expect("known");
    let (mark, vol, source) = marks(&engine, account)[2];
    assert_eq!((vol, source), (Some(0.9), VolSource::Own));
    assert!((mark - model(100.0, 100.0, 0.5 - 1.0 / YEAR_MS, 0.9).price).abs() < 1e-12);
    // without slices there are no vols but own ones
    assert_eq!(engine.set_surface(underlying, &[], Stickiness::Strike, 2.0), Ok(None));
    let sources: Vec<VolSource> = marks(&engine, account).iter().map(|row| row.2).collect();
    assert_eq!(sources[1..4], [VolSource::None, VolSource::Own, VolSource::None]);
}

#[test]
fn an_option_listed_under_a_surface_has_figures_at_once() {
    let House {
        mut engine,
        underlying,
        options,
        account,
    } = house();
    let surface = [slice(100.0)];
    engine
        .set_surface(underlying, &surface, Stickiness::Strike, 0.0)
        .expect("a surface");
    engine.set_position(account, options[0], 0.0, 0.0).expect("closed");
    engine.remove_instrument(options[0]).expect("held by nobody");
    assert_eq!(engine.advance(0.1 * YEAR_MS), TickStatus::Applied);
    // in the slot of the one removed
    let spec = option(underlying, USD, OptionType::Call, 95.0, EXPIRY_MS);
    let listed = engine.add_instrument(spec).expect("valid");
    engine.set_position(account, listed, 1.0, 10.0).expect("a position");
    let assessment = engine.assess(account).expect("live");
    assert_eq!(assessment.status, RowStatus::Ok);
    let mark = model(95.0, 100.0, 0.4, vol_at(95.0, 100.0)).price;
    let row = assessment
        .positions
        .iter()
        .find(|row| row.instrument == listed)
        .expect("held");
    assert!((row.mark - mark).abs() < 1e-13 * mark, "{} for {mark}", row.mark);
    assert_eq!(row.equity, row.mark);
}

#[test]
fn the_rule_says_what_stays_when_the_underlying_moves() {
    for (stickiness, fitted) in [(Stickiness::Strike, 100.0), (Stickiness::Delta, 108.0)] {
        let House {
            mut engine,
            underlying,
            account,
            ..
        } = house();
        engine
            .set_surface(underlying, &[slice(100.0)], stickiness, 0.0)
            .expect("valid");
        engine.tick_underlying(underlying, 108.0, 0.0, 0).expect("known");
        for (&strike, (mark, vol, _)) in STRIKES.iter().zip(marks(&engine, account)) {
            let expected = vol_at(strike, fitted);
            assert!(
                (vol.expect("a vol") - expected).abs() < 1e-14,
                "{stickiness:?} {strike}"
            );
            assert!((mark - model(strike, 108.0, 0.5, expected).price).abs() < 1e-12);
        }
        // the delta is that of the mark as it moves: a difference of marks over 2h
        let equity = |engine: &mut Engine, price: f64| {
            engine.tick_underlying(underlying, price, 0.0, 0).expect("known");
            engine.assess(account).expect("live").equity
        };
        let h = 1e-3;
        let slope = (equity(&mut engine, 108.0 + h) - equity(&mut engine, 108.0 - h)) / (2.0 * h);
        equity(&mut engine, 108.0);
        let exposure = engine.assess(account).expect("live").greeks[0].exposure;
        assert!(
            (exposure / 108.0 - slope).abs() < 1e-6,
            "{stickiness:?}: {exposure} {slope}"
        );
    }
}

#[test]
fn a_move_of_vols_is_another_surface_for_as_long_as_the_question_takes() {
    const VOL_RATIO: f64 = 1.5;
    for stickiness in [Stickiness::Strike, Stickiness::Delta] {
        let House {
            mut engine,
            underlying,
            account,
            options,
        } = house();
        for (&option, size) in options.iter().zip([1.0, -3.0, 1.0, -2.0, 1.0]) {
            engine.set_position(account, option, size, 10.0).expect("a position");
        }
        engine.deposit(account, USD, common::money(40.0)).expect("a deposit");
        let set = |engine: &mut Engine, svi| {
            let slice = SurfaceSlice { svi, ..slice(100.0) };
            engine
                .set_surface(underlying, &[slice], stickiness, 0.0)
                .expect("valid");
        };
        set(&mut engine, SVI);
        let before = format!("{:?}", engine.assess(account).expect("live"));
        let changes = [Change::Move {
            underlying,
            ratio: 0.9,
            vol_ratio: VOL_RATIO,
        }];
        let asked = engine.what_if(account, &changes).expect("an answer");
        let roots = engine.liquidation_prices_after(account, &changes, underlying);
        let roots = roots.expect("an answer").roots;
        assert_eq!(format!("{:?}", engine.assess(account).expect("live")), before);
        // total variance is linear in a and b
        let [a, b, rho, m, sigma] = SVI;
        set(
            &mut engine,
            [a * VOL_RATIO * VOL_RATIO, b * VOL_RATIO * VOL_RATIO, rho, m, sigma],
        );
        engine.tick_underlying(underlying, 90.0, 0.0, 0).expect("known");
        let ticked = engine.assess(account).expect("live");
        let near = |ours: f64, theirs: f64| (ours - theirs).abs() <= 1e-12 * theirs.abs();
        assert!(near(asked.equity, ticked.equity), "{} {}", asked.equity, ticked.equity);
        for (ours, theirs) in asked.positions.iter().zip(&ticked.positions) {
            assert!(near(ours.vol.expect("a vol"), theirs.vol.expect("a vol")));
            assert!(near(ours.greeks.delta, theirs.greeks.delta) && near(ours.greeks.vega, theirs.greeks.vega));
        }
        let theirs = engine.liquidation_prices(account, underlying).expect("live").roots;
        assert!(
            !theirs.is_empty() && theirs.len() == roots.len(),
            "{roots:?} {theirs:?}"
        );
        for (ours, theirs) in roots.iter().zip(&theirs) {
            assert!(near(ours.price, theirs.price), "{ours:?} {theirs:?}");
        }
    }
}

#[test]
fn a_vol_stays_with_its_expiry_as_time_passes() {
    let House {
        mut engine,
        underlying,
        account,
        ..
    } = house();
    engine
        .set_surface(underlying, &[slice(100.0)], Stickiness::Strike, 0.0)
        .expect("valid");
    let before = marks(&engine, account);
    engine.advance(0.25 * YEAR_MS);
    for ((&strike, before), (mark, vol, _)) in STRIKES.iter().zip(before).zip(marks(&engine, account)) {
        assert_eq!(vol, before.1);
        assert!((mark - model(strike, 100.0, 0.25, vol_at(strike, 100.0)).price).abs() < 1e-12);
    }
}

#[test]
fn what_makes_no_surface_is_refused_and_changes_nothing() {
    let House {
        mut engine,
        underlying,
        account,
        ..
    } = house();
    engine
        .set_surface(underlying, &[slice(100.0)], Stickiness::Strike, 0.0)
        .expect("valid");
    let before = marks(&engine, account);
    let later = |expiry_ms| SurfaceSlice {
        expiry_ms,
        ..slice(100.0)
    };
    let mut steep = slice(100.0);
    steep.svi[4] = 0.0;
    for (slices, field) in [
        (vec![steep], "expiries[0].svi.sigma"),
        (vec![slice(-1.0)], "expiries[0].forward"),
        (vec![later(EXPIRY_MS), later(EXPIRY_MS)], "expiries[1].expiryMs"),
        (vec![later(0.0)], "expiries[0].expiryMs"),
    ] {
        let error = engine
            .set_surface(underlying, &slices, Stickiness::Delta, 1.0)
            .expect_err(field);
        assert_eq!(
            (error.code, error.field.to_string().as_str()),
            (Code::InvalidValue, field)
        );
    }
    assert_eq!(marks(&engine, account), before);
    assert_eq!(engine.time_ms(), 0.0);
    let unpriced = engine.add_underlying();
    let error = engine
        .set_surface(unpriced, &[slice(f64::NAN)], Stickiness::Strike, 0.0)
        .expect_err("no price");
    assert_eq!(error.field.to_string(), "expiries[0].forward");
}

#[test]
fn options_priced_with_their_chain_and_alone_have_the_same_bits() {
    let House {
        mut engine,
        underlying,
        options,
        account,
    } = house();
    for (i, &option) in options.iter().enumerate() {
        let tick = Tick {
            vol: 0.4 + 0.05 * i as f64,
            ..Tick::at(0.0)
        };
        engine.tick(option, &tick).expect("known");
    }
    for step in 1..200 {
        let price = 100.0 + (f64::from(step) * 0.7).sin() * 20.0;
        // all strikes together, then each again by itself, at the same price and time
        engine
            .tick_underlying(underlying, price, f64::from(step), 0)
            .expect("known");
        let found = |engine: &Engine| {
            let risk = engine.assess(account).expect("live");
            (marks(engine, account), risk.equity, risk.risk, risk.greeks)
        };
        let together = found(&engine);
        for (i, &option) in options.iter().enumerate() {
            let tick = Tick {
                vol: 0.4 + 0.05 * i as f64,
                ..Tick::at(f64::from(step))
            };
            engine.tick(option, &tick).expect("known");
        }
        assert_eq!(found(&engine), together);
    }
}

#[test]
fn an_option_that_goes_leaves_the_others_where_they_are() {
    let House {
        mut engine,
        underlying,
        options,
        account,
    } = house();
    engine
        .set_surface(underlying, &[slice(100.0)], Stickiness::Strike, 0.0)
        .expect("valid");
    let before = marks(&engine, account);
    engine.set_position(account, options[1], 0.0, 0.0).expect("closed");
    engine.remove_instrument(options[1]).expect("nobody holds it");
    engine.tick_underlying(underlying, 100.0, 0.0, 0).expect("known");
    let mut after = marks(&engine, account);
    after.sort_by(|one, other| other.0.total_cmp(&one.0));
    assert_eq!(after, [before[0], before[2], before[3], before[4]]);
}

#[test]
fn a_chain_takes_the_place_of_one_whose_options_are_gone() {
    let House {
        mut engine,
        underlying,
        options,
        account,
    } = house();
    for option in options {
        engine.set_position(account, option, 0.0, 0.0).expect("closed");
        engine.remove_instrument(option).expect("nobody holds it");
    }
    let spec = option(underlying, USD, OptionType::Put, 90.0, 2.0 * EXPIRY_MS);
    let later = engine.add_instrument(spec).expect("valid");
    let vol = Tick {
        vol: 0.5,
        ..Tick::at(0.0)
    };
    assert_eq!(engine.tick(later, &vol), Ok(TickStatus::Applied));
    engine.set_position(account, later, 1.0, 10.0).expect("a position");
    let value = forward(OptionType::Put, 100.0, 90.0, 1.0, 0.0, 0.5).0.price;
    assert_eq!(marks(&engine, account)[0].0, value);
}

#[test]
fn a_restored_engine_has_the_surface() {
    let House {
        mut engine,
        underlying,
        account,
        ..
    } = house();
    engine
        .set_surface(underlying, &[slice(100.0)], Stickiness::Delta, 0.0)
        .expect("valid");
    let mut restored = Engine::from_snapshot(&engine.snapshot(&[])).expect("a snapshot").engine;
    for engine in [&mut engine, &mut restored] {
        engine.tick_underlying(underlying, 93.0, 5.0, 0).expect("known");
    }
    assert_eq!(restored.assess(account), engine.assess(account));
}
