//! Resting orders.

use crate::common::*;
use crate::house::{code, held, house};
use plimsoll_engine::{Band, Code, Engine, InstrumentSpec, OrderId};

#[test]
fn resting_orders_count_in_initial_at_the_worse_of_filled_and_not() {
    let mut house = house();
    house.fill(1.0, 100.0);
    assert_eq!((house.initial(), house.maintenance()), (10.0, 5.0));
    let (me, perp) = (house.me, house.perp);
    // buys 2 at 95: 3·100·10 %; paying less than the mark is no loss
    let buy = house.engine.place_order(me, perp, 2.0, 95.0).expect("an order");
    assert_eq!((house.initial(), house.maintenance()), (30.0, 5.0));
    // sells 3 at 105: |1 − 3|·100·10 % = 20 is less than 30
    let sell = house.engine.place_order(me, perp, -3.0, 105.0).expect("an order");
    assert_eq!(house.initial(), 30.0);
    // buys 1 more at 110: 4·100·10 % and the loss of paying 300 for what is worth 300: 190 + 110 − 3·100 = 0
    let dear = house.engine.place_order(me, perp, 1.0, 110.0).expect("an order");
    assert_eq!(house.initial(), 40.0);
    // without the cheap one: 2·100·10 % and 10 of loss; the sells need 20
    house.engine.cancel_order(buy).expect("resting");
    assert_eq!(house.initial(), 30.0);
    assert_eq!(code(house.engine.cancel_order(buy)), Code::StaleHandle);
    // the mark falls to 90: 2·90·10 % + (110 − 90) = 38
    mark(&mut house.engine, perp, 90.0, 2.0);
    assert_eq!(house.initial(), 38.0);

    // filled in part: −1 of the 3 sold closes the position, 2 stay on the book
    assert_eq!(house.engine.fill_order(sell, &fill(-1.0, 105.0)), Ok(5.0));
    assert_eq!(house.engine.order(sell).map(|order| order.size), Ok(-2.0));
    assert_eq!((house.position().size, house.balance()), (0.0, 1005.0));
    assert_eq!(
        code(house.engine.fill_order(sell, &fill(1.0, 105.0))),
        Code::InvalidSize
    );
    assert_eq!(
        code(house.engine.fill_order(sell, &fill(-2.5, 105.0))),
        Code::InvalidSize
    );
    house.engine.fill_order(sell, &fill(-2.0, 105.0)).expect("the rest");
    assert_eq!(code(house.engine.order(sell)), Code::StaleHandle);
    assert_eq!(house.position(), held(-2.0, 105.0));
    house.engine.fill_order(dear, &fill(1.0, 110.0)).expect("a fill");
    // −1 left: |1|·90·10 %
    assert_eq!((house.initial(), house.engine.stats().orders), (9.0, 0));
}

#[test]
fn what_orders_sum_to_as_they_come_and_go_is_their_sum_anew_to_the_last_bit() {
    let mut house = house();
    let (me, perp) = (house.me, house.perp);
    let mut draws = Draws(7);
    let mut open = Vec::new();
    for turn in 0..400 {
        if draws.chance(0.3) && !open.is_empty() {
            let order = open.swap_remove(draws.below(open.len()));
            house.engine.cancel_order(order).expect("resting");
        } else {
            let size = draws.size(-3.0, 3.0) + 0.001;
            let price = draws.between(80.0, 120.0);
            let order = house
                .engine
                .place_order(me, perp, (size * 1e3).round() / 1e3 + 1e-8, price);
            open.push(order.expect("an order"));
        }
        if turn % 7 == 0 {
            let bytes = house.engine.snapshot(&[]);
            let anew = Engine::from_snapshot(&bytes).expect("what has just been made").engine;
            let requirement = |engine: &Engine| engine.assess(me).expect("live").risk.initial.to_bits();
            assert_eq!(requirement(&anew), requirement(&house.engine));
            assert_eq!(anew.digest(), house.engine.digest());
        }
    }
    assert!(house.engine.stats().orders > 50);
}

#[test]
fn to_cancel_or_fill_an_order_costs_the_same_however_many_rest() {
    let resting = |count: usize| {
        let mut house = house();
        let place = |i: usize| {
            let price = 50.0 + (i % 90) as f64 * 0.37;
            house
                .engine
                .place_order(house.me, house.perp, 1e-3, price)
                .expect("an order")
        };
        let orders: Vec<_> = (0..count).map(place).collect();
        (house, orders)
    };
    let micros_of_hundred = |count| {
        let (mut house, orders) = resting(count);
        let time = |taken: &[OrderId]| {
            let start = std::time::Instant::now();
            for (i, &order) in taken.iter().enumerate() {
                if i % 2 == 0 {
                    house.engine.cancel_order(order).expect("resting");
                } else {
                    house.engine.fill_order(order, &fill(1e-3, 60.0)).expect("resting");
                }
            }
            start.elapsed().as_secs_f64() * 1e6
        };
        // the shortest of some: another process may have had the core
        orders[..1000].chunks(100).map(time).fold(f64::INFINITY, f64::min)
    };
    let (few, many) = (micros_of_hundred(1000), micros_of_hundred(64_000));
    assert!(many < 8.0 * few, "{few} against {many} µs");
}

#[test]
fn an_order_is_refused_whose_fill_would_be() {
    let mut house = house();
    let (me, perp) = (house.me, house.perp);
    // 2^21 · 2^22 is 2^43, more than can be held
    let (size, price) = (f64::from(1 << 21), f64::from(1 << 22));
    assert_eq!(
        code(house.engine.place_order(me, perp, size, price)),
        Code::InvalidMoney
    );
    assert_eq!(
        code(house.engine.fill(me, perp, &fill(size, price))),
        Code::InvalidMoney
    );
    assert_eq!(house.engine.stats().positions, 0);
    house.engine.place_order(me, perp, size, price / 2.0).expect("an order");
}

#[test]
fn orders_count_in_maintenance_where_the_model_says_so_and_alone_need_a_row() {
    let mut house = house();
    let mut rule = brackets(&[(0.0, 10.0)]);
    rule.orders_in_maintenance = true;
    let model = house.engine.add_model(rule).expect("valid bands");
    let me = account(&mut house.engine, model, 1000.0);
    let order = house.engine.place_order(me, house.perp, -4.0, 99.0).expect("an order");
    let risk = house.engine.assess(me).expect("live");
    // 4·100·10 % and 4·100·5 %, each with the loss of selling 4 at 99: 4
    assert_eq!((risk.risk.initial, risk.risk.maintenance), (44.0, 24.0));
    assert_eq!((risk.gross, house.engine.stats().positions), (0.0, 1));
    // a buy of 6 at 101 needs more: 60 and 30, each with 6 of loss
    let buy = house.engine.place_order(me, house.perp, 6.0, 101.0).expect("an order");
    let risk = house.engine.assess(me).expect("live").risk;
    assert_eq!((risk.initial, risk.maintenance), (66.0, 36.0));
    house.engine.cancel_order(buy).expect("resting");
    house.engine.cancel_order(order).expect("resting");
    assert_eq!(house.engine.stats().positions, 0);
    assert_eq!(house.engine.assess(me).expect("live").risk.initial, 0.0);
}

#[test]
fn a_filled_order_is_assessed_at_once() {
    let mut house = house();
    let engine = &mut house.engine;
    engine.withdraw(house.me, USD, money(900.0)).expect("a withdrawal");
    let order = engine.place_order(house.me, house.perp, 10.0, 105.0).expect("an order");
    engine.clear_events();
    engine.fill_order(order, &fill(10.0, 105.0)).expect("a fill");
    // 100 + 10·(100 − 105) = 50, which is 5 % of 1,000
    let [event] = engine.events() else { panic!("one event") };
    assert_eq!((event.to, event.equity), (Band::Liquidatable, 50.0));
    assert_eq!(engine.figures().equity[house.me.slot()], 50.0);
}

#[test]
fn a_position_and_a_side_of_orders_hold_2_to_the_53_lots_and_no_more() {
    let mut house = house();
    let engine = &mut house.engine;
    let whole = InstrumentSpec {
        size_decimals: 0,
        ..perp(house.underlying, USD)
    };
    let whole = engine.add_instrument(whole).expect("valid terms");
    let half = 52.0_f64.exp2();
    for sign in [1.0, -1.0] {
        for _ in 0..2 {
            let placed = engine.place_order(house.me, whole, sign * half, 1e-6);
            assert!(placed.is_ok(), "{placed:?}");
        }
        assert_eq!(code(engine.place_order(house.me, whole, sign, 1e-6)), Code::InvalidSize);
    }
    for _ in 0..2 {
        assert_eq!(engine.fill(house.me, whole, &fill(half, 1e-6)), Ok(0.0));
    }
    assert_eq!(code(engine.fill(house.me, whole, &fill(1.0, 1e-6))), Code::InvalidSize);
    assert_eq!(engine.position(house.me, whole), Ok(held(2.0 * half, 1e-6)));
}
