//! The units that sums count in.

use crate::common::*;
use crate::house::{finite, house_in};
use plimsoll_engine::{AccountId, AssetSpec, Engine, RowStatus, UnderlyingId};

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
