//! A what-if answers as doing it would.

use crate::common::book::changed_by_full_reassessment;
use crate::common::*;
use crate::house::{house, house_in, lived, EXPIRY_MS, VOL};
use plimsoll_engine::{Change, Code, InstrumentSpec, Kind, OptionType, Payoff, Tick, UnderlyingId};

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
    const VOL_RATIO: f64 = 1.25;
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
            vol_ratio: VOL_RATIO,
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
                vol_ratio: 1.0,
            },
        ];
        house.engine.what_if(id, &changes).expect_err("no price");
        if ratio <= 0.0 || !ratio.is_finite() {
            let no_vol = Change::Move {
                underlying: house.underlyings[0],
                ratio: 1.0,
                vol_ratio: ratio,
            };
            let refused = house.engine.what_if(id, &[changes[0], no_vol]).expect_err("no vol");
            assert_eq!(refused.field.to_string(), "changes[1].volMove");
        }
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
        vol: VOL * VOL_RATIO,
        ..Tick::at(0.0)
    };
    tick(&mut house.engine, house.call, quoted);
    let quoted = Tick {
        underlying_price: RATIO * 61_000.0,
        ..quoted
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
        let moved = [Change::Move {
            underlying,
            ratio,
            vol_ratio: 1.0,
        }];
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
