//! Totals are exact: the same bits in any order of accounts, any split over engines, after any history; what they cannot hold
//! is told, never a wrong number.

mod common;

use common::book::Book;
use common::*;
use plimsoll_engine::{
    AccountId, AssetSpec, Code, Engine, EngineConfig, InstrumentId, Leverage, ModelId, RowStatus, Totals,
};

struct House {
    engine: Engine,
    model: ModelId,
    instruments: Vec<InstrumentId>,
}

const MARKS: [f64; 4] = [60_123.7, 3_017.31, 0.123_4, 17.77];

/// Four perps with marks, one model.
fn house(scale_log2: i32) -> House {
    let quote = AssetSpec {
        scale_log2,
        ..AssetSpec::default()
    };
    let config = EngineConfig {
        quote,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let model = engine.add_model(brackets(&[(0.0, 30.0)])).expect("valid bands");
    let instruments = MARKS.map(|price| {
        let underlying = engine.add_underlying();
        let instrument = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        mark(&mut engine, instrument, price, 1.0);
        instrument
    });
    House {
        engine,
        model,
        instruments: instruments.to_vec(),
    }
}

/// Account `i` of a fixed draw: cash, and two positions.
fn register(house: &mut House, i: u64) -> AccountId {
    let mut draws = Draws(1000 + i);
    let id = account(&mut house.engine, house.model, draws.between(0.0, 1e6));
    for _ in 0..2 {
        let at = draws.below(4);
        let size = (draws.between(-1e5, 1e5) / MARKS[at] * 1e6).round() / 1e6;
        house
            .engine
            .set_position(id, house.instruments[at], size, MARKS[at] * draws.between(0.9, 1.1))
            .expect("a position");
    }
    id
}

fn bits(totals: &Totals) -> [u64; 5] {
    [
        totals.accounts as u64,
        totals.equity.to_bits(),
        totals.initial.to_bits(),
        totals.maintenance.to_bits(),
        totals.position_value.to_bits(),
    ]
}

#[test]
fn totals_are_the_same_bits_in_any_order_and_any_split_over_engines() {
    const COUNT: u64 = 999;
    let mut forward = house(0);
    for i in 0..COUNT {
        register(&mut forward, i);
    }
    let mut backward = house(0);
    for i in (0..COUNT).rev() {
        register(&mut backward, i);
    }
    let expected = forward.engine.totals();
    assert_eq!(bits(&backward.engine.totals()), bits(&expected));
    // plain additions give other bits in another order, so that the claim is not empty
    let plain = |engine: &mut Engine| engine.figures().equity.iter().sum::<f64>();
    assert_ne!(
        plain(&mut forward.engine).to_bits(),
        plain(&mut backward.engine).to_bits()
    );
    assert_near(expected.equity, plain(&mut forward.engine), 1e-12);

    for engines in [2_u64, 3, 7] {
        let mut shards: Vec<House> = (0..engines).map(|_| house(0)).collect();
        for i in 0..COUNT {
            register(&mut shards[(i * i % engines) as usize], i);
        }
        let merged = shards
            .iter()
            .rev()
            .map(|shard| shard.engine.totals())
            .reduce(|sum, totals| sum.merged_with(&totals).expect("one quote asset"));
        assert_eq!(
            merged.map(|totals| bits(&totals)),
            Some(bits(&expected)),
            "{engines} engines"
        );
        let digests = shards.iter().map(|shard| shard.engine.digest());
        assert_eq!(
            digests.fold(0, u64::wrapping_add),
            forward.engine.digest(),
            "{engines} engines"
        );
    }
}

#[test]
fn totals_after_any_history_are_those_of_a_fresh_engine() {
    let mut book = Book::new(11, 200, |i| i);
    for step in 0..20_000 {
        book.tick_at_random();
        if step % 20 == 0 {
            book.live_at_random();
        }
        if step % 4000 == 3999 {
            book.advance_at_random();
        }
    }
    let pairs = book.rebuild();
    let (lived, fresh) = (book.engine.totals(), book.market_only.totals());
    assert!(lived.accounts > 150 && pairs.len() >= lived.accounts, "{lived:?}");
    assert_eq!(bits(&lived), bits(&fresh));
}

#[test]
fn totals_hold_more_than_one_account_may() {
    // 6,000 accounts of +25,000 at 60,000: 1.5e9 each, 9e12 in all, beyond the 2⁴³ = 8.8e12 of an account's sums
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let instrument = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 40.0)])).expect("valid bands");
    mark(&mut engine, instrument, 60_000.0, 1.0);
    for _ in 0..6000 {
        let id = account(&mut engine, model, 1e8);
        engine
            .set_position(id, instrument, 25_000.0, 60_000.0)
            .expect("a position");
    }
    let totals = engine.totals();
    assert_eq!((totals.accounts, totals.position_value), (6000, 9e12));
    assert_eq!((totals.equity, totals.maintenance), (6e11, 9e12 / 80.0));
}

#[test]
fn a_figure_beyond_one_contribution_counts_in_full() {
    // two positions of 1.5e9: a gross of 3e9, more than the 2³¹ of a single contribution
    let mut house = house(0);
    let id = account(&mut house.engine, house.model, 1e9);
    for (at, size) in [(0, 25_000.0), (1, 500_000.0)] {
        house
            .engine
            .set_position(id, house.instruments[at], size, MARKS[at])
            .expect("a position");
    }
    let gross = 25_000.0 * MARKS[0] + 500_000.0 * MARKS[1]; // 3,011,747,500
    let risk = house.engine.assess(id).expect("live");
    assert_eq!((risk.gross, risk.net), (gross, gross));
    assert_eq!(house.engine.totals().position_value, gross);
}

#[test]
fn a_contribution_out_of_range_is_a_status_and_its_account_is_left_out() {
    let mut house = house(0);
    let fine = register(&mut house, 1);
    let alone = house.engine.totals();
    let huge = account(&mut house.engine, house.model, 1000.0);
    house
        .engine
        .set_position(huge, house.instruments[0], 1.0, MARKS[0])
        .expect("a position");
    // 40,000 · 60,123.7 = 2.4e9 ≥ 2³¹
    house
        .engine
        .set_position(huge, house.instruments[0], 40_000.0, MARKS[0])
        .expect("a position");
    let risk = house.engine.assess(huge).expect("live");
    assert_eq!(risk.status, RowStatus::OutOfRange);
    assert!(risk.equity.is_nan() && risk.gross.is_nan() && risk.risk.maintenance.is_nan());
    assert_eq!(risk.maintenance_leverage, Leverage::Unknown);
    assert_eq!(risk.positions[0].status, RowStatus::OutOfRange);
    assert!(risk.positions[0].notional.is_nan());
    assert_eq!(bits(&house.engine.totals()), bits(&alone));
    assert_eq!(house.engine.assess(fine).expect("live").status, RowStatus::Ok);
    // back in range, nothing of it has stuck
    house
        .engine
        .set_position(huge, house.instruments[0], 0.0, 0.0)
        .expect("closed");
    assert_eq!(house.engine.assess(huge).expect("live").equity, 1000.0);
}

#[test]
fn a_cost_that_outgrows_its_line_is_refused_or_a_status_never_a_wrong_number() {
    // cost 8e6 · 1e6 = 8e12 < 2⁴³ can be held once; a second one cannot
    let mut house = house(0);
    let me = account(&mut house.engine, house.model, 1000.0);
    mark(&mut house.engine, house.instruments[0], 1.0, 2.0);
    mark(&mut house.engine, house.instruments[1], 1.0, 2.0);
    house
        .engine
        .set_position(me, house.instruments[0], 1e6, 8e6)
        .expect("a cost below 2^43");
    let refused = house.engine.set_position(me, house.instruments[1], 1e6, 8e6);
    assert_eq!(refused.expect_err("two of them").code, Code::InvalidMoney);
    assert_eq!(house.engine.position(me, house.instruments[1]).expect("live").size, 0.0);
    // a loss of 8e12 is beyond what counts: no figures, rather than wrapped ones
    let risk = house.engine.assess(me).expect("live");
    assert_eq!(
        (risk.status, risk.assets[0].status),
        (RowStatus::OutOfRange, RowStatus::OutOfRange)
    );
    assert!(risk.equity.is_nan());
}

#[test]
fn one_power_of_two_per_quote_asset_scales_the_sums() {
    // a quote asset of tiny value, held in amounts that plain units could not take: 4e12 in one position
    let mut house = house(20);
    let me = account(&mut house.engine, house.model, 1e12);
    house
        .engine
        .set_position(me, house.instruments[0], 6e7, MARKS[0])
        .expect("a position");
    let risk = house.engine.assess(me).expect("live");
    assert_eq!(risk.status, RowStatus::Ok);
    assert_eq!(risk.gross, 6e7 * MARKS[0]);
    assert_near(risk.equity, 1e12, 1e-15);
    assert_eq!(house.engine.totals().position_value, risk.gross);
    let plain = common::engine().totals();
    let refused = house.engine.totals().merged_with(&plain).expect_err("another scale");
    assert_eq!(refused.code, Code::NotApplicable);
}
