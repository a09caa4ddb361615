//! Margin models as they are registered and replaced.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::margin::{Bands, Bracket, BracketTable, Brackets};
use plimsoll_engine::{AssetSpec, Band, Code, Engine, ModelId, Payoff};

#[test]
fn parameters_are_replaced_by_version_and_hold_at_once() {
    let mut house = house();
    house.fill(10.0, 100.0);
    house.engine.clear_events();
    let steeper = |version, leverage| {
        let mut rule = brackets(&[(0.0, leverage)]);
        rule.version = version;
        rule
    };
    assert_eq!(
        code(house.engine.replace_model(house.model, steeper(1, 1.0))),
        Code::InvalidVersion
    );
    assert_eq!((house.initial(), house.maintenance()), (100.0, 50.0));
    // 1x: initial 1,000, maintenance 500; equity 1,000 is below 1.25 times the initial one
    house
        .engine
        .replace_model(house.model, steeper(2, 1.0))
        .expect("a later version");
    assert_eq!((house.initial(), house.maintenance()), (1000.0, 500.0));
    let [event] = house.engine.events() else {
        panic!("one event: {:?}", house.engine.events())
    };
    assert_eq!(
        (event.from, event.to, event.driver),
        (Band::Healthy, Band::Warning, u32::MAX)
    );
    // parameters that do not cover what is held are refused, and those in force stay
    let empty = Brackets::new(3, Bands::default());
    assert_eq!(
        code(house.engine.replace_model(house.model, empty)),
        Code::MissingParameters
    );
    let grid = book::Grid {
        version: 3,
        range: 0.1,
        bands: Bands::default(),
    };
    assert_eq!(code(house.engine.replace_model(house.model, grid)), Code::NotApplicable);
    assert_eq!(house.initial(), 1000.0);
    assert_eq!(house.engine.brackets(house.model).expect("brackets").version, 2);
    assert_eq!(
        code(house.engine.replace_model(ModelId(9), steeper(5, 1.0))),
        Code::UnknownHandle
    );
}

#[test]
fn an_instruments_tables_are_set_under_all_models_or_none_and_hold_at_once() {
    let mut house = house();
    house.fill(10.0, 100.0);
    let strict = house.engine.add_model(brackets(&[(0.0, 2.0)])).expect("valid bands");
    let other = account(&mut house.engine, strict, 1000.0);
    house
        .engine
        .set_position(other, house.perp, -3.0, 100.0)
        .expect("a position");
    let aside = account(&mut house.engine, strict, 1000.0);
    house.engine.clear_events();
    let table = |leverage| BracketTable::from_max_leverage(&[(0.0, leverage)], 0.5).expect("one tier");
    let initial = |house: &crate::house::House| {
        let other = house.engine.assess(other).expect("live").risk.initial;
        (house.initial(), other)
    };
    assert_eq!(initial(&house), (100.0, 150.0));

    // a table of one model that is none of brackets, or unknown, and nothing has changed under the other
    let grid = book::Grid {
        version: 1,
        range: 0.1,
        bands: Bands::default(),
    };
    let grid = house.engine.add_model(grid).expect("valid bands");
    for (model, expected) in [(grid, Code::NotApplicable), (ModelId(9), Code::UnknownHandle)] {
        let tables = vec![(house.model, table(1.0)), (model, table(1.0))];
        assert_eq!(code(house.engine.set_brackets(house.perp, tables)), expected);
        assert_eq!(initial(&house), (100.0, 150.0));
    }

    // 1x of 1,000 with equity of 1,000, and 4x of 300
    let tables = vec![(house.model, table(1.0)), (strict, table(4.0))];
    house.engine.set_brackets(house.perp, tables).expect("both");
    assert_eq!(initial(&house), (1000.0, 75.0));
    let [event] = house.engine.events() else {
        panic!("one event: {:?}", house.engine.events())
    };
    assert_eq!(
        (event.account, event.from, event.to, event.driver),
        (house.me, Band::Healthy, Band::Warning, u32::MAX)
    );
    assert_eq!(house.engine.assess(aside).expect("live").risk.initial, 0.0);
    // the model's version is that of its own parameters
    assert_eq!(house.engine.brackets(house.model).expect("brackets").version, 1);
    // as a full reassessment has it
    let figures = |engine: &mut Engine| {
        let figures = engine.figures();
        (
            figures.initial.clone(),
            figures.maintenance.clone(),
            figures.band.clone(),
        )
    };
    let before = figures(&mut house.engine);
    house.engine.reassess_all();
    assert_eq!(figures(&mut house.engine), before);

    house.engine.settle(house.perp, 100.0, 2.0).expect("a price");
    let tables = vec![(house.model, table(2.0))];
    assert_eq!(code(house.engine.set_brackets(house.perp, tables)), Code::Expired);
    house.engine.remove_instrument(house.perp).expect("nobody holds it");
    let tables = vec![(house.model, table(2.0))];
    assert_eq!(code(house.engine.set_brackets(house.perp, tables)), Code::StaleHandle);
}

#[test]
fn an_account_stands_under_the_model_that_it_names() {
    let mut house = house();
    let strict = house.engine.add_model(brackets(&[(0.0, 2.0)])).expect("valid bands");
    let other = account(&mut house.engine, strict, 1000.0);
    for id in [house.me, other] {
        house
            .engine
            .set_position(id, house.perp, 3.0, 100.0)
            .expect("a position");
    }
    assert_eq!(house.initial(), 30.0);
    assert_eq!(house.engine.assess(other).expect("live").risk.initial, 150.0);
    // an instrument without parameters is refused to accounts of that model only
    let bare = house
        .engine
        .add_model(Brackets::new(1, Bands::default()))
        .expect("valid bands");
    let third = account(&mut house.engine, bare, 1000.0);
    let refused = house.engine.fill(third, house.perp, &fill(1.0, 100.0));
    assert_eq!(code(refused), Code::MissingParameters);
    assert_eq!(house.engine.assess(third).expect("live").positions, []);
    assert_eq!(code(house.engine.add_account(ModelId(9))), Code::UnknownHandle);
}

#[test]
fn brackets_may_count_in_coin() {
    // COIN-M: 5 % up to 2 coins, 10 % of what is beyond: 3 coins of 50,000 need (0.1 + 0.1)·50,000
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let contract = engine
        .add_instrument(inverse_perp(underlying, coin, 100.0))
        .expect("valid terms");
    let row = |lower, upper, rate| Bracket {
        lower,
        upper,
        initial_rate: 2.0 * rate,
        initial_deduction: 0.0,
        maintenance_rate: rate,
        maintenance_deduction: 0.0,
    };
    let mut rule = Brackets::new(1, Bands::default());
    rule.unit = plimsoll_engine::margin::BracketUnit::Settlement;
    let rows = [row(0.0, 2.0, 0.05), row(2.0, f64::INFINITY, 0.1)];
    rule.set_default_table(BracketTable::marginal(&rows).expect("a valid table"));
    let model = engine.add_model(rule).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(1.0)).expect("a deposit");
    engine.set_position(me, contract, 1500.0, 50_000.0).expect("a position");
    mark(&mut engine, contract, 50_000.0, 1.0);
    let risk = engine.assess(me).expect("live").risk;
    assert_near(risk.maintenance, 0.2 * 50_000.0, 1e-14);
    assert_near(risk.initial, 0.4 * 50_000.0, 1e-14);
    // health in coins is linear in z = 1 / p: 1 + 1500·100·(1/50,000 − z) less 0.05·n up to 2 coins, 0.1·n − 0.1 beyond, with
    // n = 150,000·z: 4 − n = 0.1·n − 0.1
    let roots = engine.liquidation_prices(me, underlying).expect("live").roots;
    assert_eq!(roots.len(), 1);
    assert_near(roots[0].price, 150_000.0 * 1.1 / 4.1, 1e-13);
    // one coin is below the end of the first bracket, 0.05·50,000; with 2 coins more the same equation holds for n = 50,000·z, beyond
    // that end
    engine.deposit(me, coin, money(2.0)).expect("a deposit");
    engine.set_position(me, contract, 500.0, 50_000.0).expect("a position");
    let risk = engine.assess(me).expect("live").risk;
    assert_near(risk.maintenance, 0.05 * 50_000.0, 1e-14);
    let roots = engine.liquidation_prices(me, underlying).expect("live").roots;
    assert_eq!(roots.len(), 1);
    assert_near(roots[0].price, 50_000.0 * 1.1 / 4.1, 1e-13);
    // an order that buys 2 coins at 62,500 needs (0.2 + 0.2)·50,000 and gets 0.4 coins less than it pays for
    engine.place_order(me, contract, 1000.0, 62_500.0).expect("an order");
    assert_near(
        engine.assess(me).expect("live").risk.initial,
        20_000.0 + 0.4 * 50_000.0,
        1e-14,
    );
    // one that sells 4 at 40,000 needs as much and loses 200,000 / 40,000 − 4 = 1 coin
    engine.place_order(me, contract, -2000.0, 40_000.0).expect("an order");
    assert_near(
        engine.assess(me).expect("live").risk.initial,
        20_000.0 + 50_000.0,
        1e-14,
    );
    assert_eq!(engine.instrument(contract).map(|spec| spec.payoff), Ok(Payoff::Inverse));
}

#[test]
fn brackets_in_coin_are_in_whole_coins_whatever_unit_sums_count_in() {
    for scale_log2 in [0, -10, 10] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let coin = AssetSpec {
            scale_log2,
            ..asset(&[], Some(underlying))
        };
        let coin = engine.add_asset(coin).expect("a coin");
        let contract = inverse_perp(underlying, coin, 100.0);
        let contract = engine.add_instrument(contract).expect("valid terms");
        let mut rule = brackets(&[(0.0, 10.0), (5.0, 5.0)]);
        rule.unit = plimsoll_engine::margin::BracketUnit::Settlement;
        let model = engine.add_model(rule).expect("valid bands");
        let me = account(&mut engine, model, 0.0);
        mark(&mut engine, contract, 50_000.0, 1.0);
        engine
            .set_position(me, contract, 4_000.0, 50_000.0)
            .expect("a position");
        // 4,000·100/50,000 = 8 coins, of which 5 at 10 % and 3 at 20 %; half of it in maintenance
        let risk = engine.assess(me).expect("live").risk;
        assert_near(risk.initial, 1.1 * 50_000.0, 1e-12);
        assert_near(risk.maintenance, 0.55 * 50_000.0, 1e-12);
    }
}

#[test]
fn a_default_table_holds_for_instruments_before_one_with_its_own() {
    let table = |leverage| BracketTable::from_max_leverage(&[(0.0, leverage)], 0.5).expect("a valid table");
    let mut rule = Brackets::new(1, Bands::default());
    rule.set_default_table(table(50.0));
    rule.set_table(1, table(5.0));
    rule.set_default_table(table(10.0));
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(rule).expect("valid bands");
    // 10 %, 20 % and 10 % of 100
    for initial in [10.0, 20.0, 10.0] {
        let listed = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        mark(&mut engine, listed, 100.0, 1.0);
        let me = account(&mut engine, model, 1000.0);
        engine.set_position(me, listed, 1.0, 100.0).expect("a position");
        assert_eq!(engine.figures().initial[me.slot()], initial);
        mark(&mut engine, listed, 110.0, 2.0);
        assert_near(engine.figures().initial[me.slot()], 1.1 * initial, 1e-14);
    }
}
