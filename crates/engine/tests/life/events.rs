//! Band crossings.

use crate::common::*;
use crate::house::house;
use plimsoll_engine::{AccountId, Band, Engine};

#[test]
fn band_crossings_are_events_with_hysteresis_in_the_order_in_which_they_happened() {
    // +10 at 100 on 1,000: equity 10·p, initial p, maintenance p/2, with thresholds 1.25·p, p and p/2 above cash
    let mut house = house();
    house
        .engine
        .withdraw(house.me, USD, money(900.0))
        .expect("a withdrawal");
    house.fill(10.0, 100.0);
    house.engine.clear_events();
    let me = house.me;
    // equity 100 + 10·(p − 100), initial 10·p·10 % = p, maintenance p/2
    let mut bands = Vec::new();
    for (step, price) in [103.0, 100.0, 99.0, 94.0, 94.75, 95.4, 90.0, 89.0, 101.5, 102.9]
        .into_iter()
        .enumerate()
    {
        mark(&mut house.engine, house.perp, price, 2.0 + step as f64);
        let events: Vec<_> = house.engine.events().to_vec();
        house.engine.clear_events();
        assert!(events.len() <= 1 && events.iter().all(|event| event.account == me));
        bands.push(
            events
                .first()
                .map(|event| (event.sequence, event.from, event.to, event.equity)),
        );
    }
    let (healthy, warning, reduce_only) = (Band::Healthy, Band::Warning, Band::ReduceOnly);
    let (liquidatable, insolvent) = (Band::Liquidatable, Band::Insolvent);
    let first = bands.iter().flatten().next().expect("an event").0;
    assert_eq!(
        bands,
        [
            // 130 against 1.25·103 = 128.75: healthy, but not past it by 1 %, so the warning of the entry stands
            None,
            // 100: warning (initial 100 is reached, not undercut)
            None,
            // 90 < 99
            Some((first, warning, reduce_only, 90.0)),
            // 40 < 47
            Some((first + 1, reduce_only, liquidatable, 40.0)),
            // 47.5 > 47.375, but not by 1 %
            None,
            // 54 > 47.7·1.01
            Some((first + 2, liquidatable, reduce_only, 54.0)),
            // 0: gone
            Some((first + 3, reduce_only, insolvent, 0.0)),
            None,
            // 115 against 101.5·1.01 = 102.5 and 126.9
            Some((first + 4, insolvent, warning, 115.0)),
            // 129 against 1.25·102.9·1.01 = 129.9
            None,
        ]
    );
    mark(&mut house.engine, house.perp, 103.5, 20.0);
    // 135 against 1.25·103.5·1.01 = 130.7
    let [event] = house.engine.events() else {
        panic!("one event")
    };
    assert_eq!(
        (event.to, event.driver, event.time_ms),
        (healthy, house.perp.slot() as u32, 20.0)
    );
}

#[test]
fn a_driver_is_the_last_instrument_of_a_batch_that_moved_the_account() {
    let mut house = house();
    let coin = house
        .engine
        .add_asset(asset(&[], Some(house.underlying)))
        .expect("a coin");
    house.engine.deposit(house.me, coin, money(0.1)).expect("a deposit");
    house
        .engine
        .withdraw(house.me, USD, money(850.0))
        .expect("a withdrawal");
    house.fill(10.0, 100.0);
    house.engine.clear_events();
    // the perp moves both the position and, as the reference, the coin: the perp is what did it
    mark(&mut house.engine, house.perp, 90.0, 2.0);
    let [event] = house.engine.events() else {
        panic!("one event")
    };
    assert_eq!(event.driver, house.perp.slot() as u32);
}

#[test]
fn events_of_one_call_ascend_by_account_whatever_the_order_in_which_positions_were_opened() {
    // +10 at 100 on 100: liquidatable at 94, where equity is 40 and maintenance 47; healthy again at 110
    let mut house = house();
    let other = house.engine.add_instrument(perp(house.underlying, USD)).expect("terms");
    mark(&mut house.engine, other, 100.0, 1.0);
    let engine = &mut house.engine;
    let mut accounts: Vec<AccountId> = (0..3).map(|_| account(engine, house.model, 100.0)).collect();
    accounts.sort_by_key(|account| account.slot());
    for &id in accounts.iter().rev() {
        engine.set_position(id, house.perp, 10.0, 100.0).expect("a position");
    }
    // those who hold something else make what moves a small part of all positions
    for _ in 0..100 {
        let id = account(engine, house.model, 100.0);
        engine.set_position(id, other, 1.0, 100.0).expect("a position");
    }
    engine.clear_events();
    let told = |engine: &mut Engine, before: u64| {
        let told: Vec<_> = engine.events().iter().map(|event| event.account).collect();
        let numbers: Vec<_> = engine.events().iter().map(|event| event.sequence).collect();
        engine.clear_events();
        assert_eq!(told, accounts);
        assert_eq!(numbers, [before + 1, before + 2, before + 3]);
        before + 3
    };
    let passes = engine.stats().full_passes;
    mark(engine, house.perp, 94.0, 2.0);
    assert_eq!(engine.stats().full_passes, passes);
    let before = engine.events()[0].sequence - 1;
    let before = told(engine, before);
    mark(engine, house.perp, 110.0, 3.0);
    let before = told(engine, before);
    // 200 less 10 % of 1,100 is 90, less than 110
    engine.fund(house.perp, 0.1).expect("a perp");
    told(engine, before);
}
