//! Maintenance leverage as a distance.

use crate::common::*;
use crate::house::{finite, house};
use plimsoll_engine::Leverage;

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
