//! Liquidation prices against brute force: every account is assessed afresh at every price of a fine grid, and one step to
//! each side of every root.

mod common;

use common::book::add_models;
use common::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use plimsoll_engine::margin::{
    Bands, Bracket, BracketTable, Brackets, Grouping, MarginModel, Reduced, Risk, Row, Threshold,
};
use plimsoll_engine::{
    AccountId, AssetId, Band, Engine, InstrumentId, InstrumentSpec, Kind, LiquidationPrices, ModelId, NoPrice,
    OptionType, Payoff, SurfaceSlice, Tick, UnderlyingId, Writer,
};
use plimsoll_math::surface::Stickiness;

const TIME_MS: f64 = 1000.0;
const PRICES: [f64; 2] = [60_000.0, 3_000.0];
/// Grid of price ratios: fine where accounts are liquidated, coarse beyond.
const FINE: (f64, f64, usize) = (0.02, 50.0, 4000);
const COARSE: (f64, f64, usize) = (1e-4, 1e4, 400);
/// Every so many points of the grid, health along the line is compared too.
const PROBED: usize = 97;
/// Step to each side of a root.
const STEP: f64 = 1e-12;
/// Rounding of an account's health: some units in the last place of the amounts that it is made of.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

struct House {
    engine: Engine,
    underlyings: [UnderlyingId; 2],
    coins: [AssetId; 2],
    /// Instruments with their mark (of linear options their vol; those of inverse ones are of the surface), by underlying.
    instruments: [Vec<(InstrumentId, InstrumentSpec, f64)>; 2],
    /// Models with the thresholds of their bands.
    models: Vec<(ModelId, Bands)>,
}

/// What an account of a class may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    /// Linear contracts, cash.
    Linear,
    /// Inverse contracts with coin without haircut.
    Inverse,
    /// Linear and inverse contracts, coin with haircut slices, debts.
    Haircut,
    /// Options of both kinds beside all that, with vols of their own and of surfaces, which move with the forward or not.
    Options,
    /// Resting orders beside linear contracts.
    Orders,
    /// A contract on one underlying settled in the coin of the other.
    Quanto,
}

fn house() -> House {
    let mut engine = engine();
    let mut models: Vec<(ModelId, Bands)> = Vec::new();
    let safe_at_equality = Bands {
        is_equality_liquidatable: false,
        ..Bands::default()
    };
    for (i, model) in add_models(&mut engine).into_iter().enumerate() {
        models.push((model, if i == 1 { safe_at_equality } else { Bands::default() }));
    }
    let at_initial = Bands {
        liquidatable: Threshold {
            initial: 0.7,
            maintenance: 1.1,
        },
        ..Bands::default()
    };
    let mut rule = Brackets::new(1, at_initial);
    let tiers = [(0.0, 50.0), (100e3, 20.0), (1e6, 10.0)];
    rule.set_default_table(BracketTable::from_max_leverage(&tiers, 0.5).expect("valid tiers"));
    models.push((engine.add_model(rule).expect("valid bands"), at_initial));

    let underlyings = [engine.add_underlying(), engine.add_underlying()];
    let slices = [(2.0, 0.95), (10.0, 0.9), (f64::INFINITY, 0.5)];
    let coins = [
        engine.add_asset(asset(&slices, Some(underlyings[0]))).expect("a coin"),
        engine.add_asset(asset(&[], Some(underlyings[1]))).expect("a coin"),
    ];
    let mut house = House {
        engine,
        underlyings,
        coins,
        instruments: [Vec::new(), Vec::new()],
        models,
    };
    for (at, price) in PRICES.into_iter().enumerate() {
        house
            .engine
            .tick_underlying(house.underlyings[at], price, TIME_MS, 0)
            .expect("known");
        let slice = SurfaceSlice {
            expiry_ms: 0.5 * YEAR_MS,
            forward: price,
            svi: [0.1, 0.3, -0.4, 0.0, 0.2],
        };
        let stickiness = [Stickiness::Strike, Stickiness::Delta][at];
        let surface = house
            .engine
            .set_surface(house.underlyings[at], &[slice], stickiness, TIME_MS);
        assert!(surface.is_ok_and(|surface| surface.is_some()));
        house.list(at);
    }
    house
}

impl House {
    fn list(&mut self, at: usize) {
        let (underlying, coin, other_coin) = (self.underlyings[at], self.coins[at], self.coins[1 - at]);
        let price = PRICES[at];
        let future = Kind::Future { expiry_ms: YEAR_MS };
        let mut specs = vec![
            (perp(underlying, USD), price * 1.001),
            (
                InstrumentSpec {
                    kind: future,
                    ..perp(underlying, USD)
                },
                price * 1.03,
            ),
            (inverse_perp(underlying, coin, 100.0), price * 0.999),
            (
                InstrumentSpec {
                    kind: future,
                    ..inverse_perp(underlying, coin, 10.0)
                },
                price * 1.02,
            ),
            (perp(underlying, other_coin), price),
        ];
        for (k, share) in [0.8, 1.0, 1.0, 1.25].into_iter().enumerate() {
            let kind = [OptionType::Put, OptionType::Call][k % 2];
            let expiry_ms = [0.02, 0.1, 0.3, 0.5][k] * YEAR_MS;
            let linear = option(underlying, USD, kind, price * share, expiry_ms);
            let inverse = InstrumentSpec {
                payoff: Payoff::Inverse,
                ..option(underlying, coin, kind, price * share * 1.1, expiry_ms)
            };
            specs.extend([(linear, 0.5 + 0.1 * k as f64), (inverse, 0.7)]);
        }
        for (spec, mark_or_vol) in specs {
            let id = self.engine.add_instrument(spec).expect("valid terms");
            let mut quoted = Tick::at(TIME_MS);
            if !spec.kind.is_option() {
                quoted.mark = mark_or_vol;
                tick(&mut self.engine, id, quoted);
            } else if spec.payoff == Payoff::Linear {
                quoted.vol = mark_or_vol;
                tick(&mut self.engine, id, quoted);
            }
            self.instruments[at].push((id, spec, mark_or_vol));
        }
    }

    /// Moves the whole market of one underlying to a ratio of its first price, by ticks.
    fn move_to(&mut self, at: usize, ratio: f64) {
        self.engine
            .tick_underlying(self.underlyings[at], PRICES[at] * ratio, TIME_MS, 0)
            .expect("known");
        let marked = self.instruments[at]
            .iter()
            .filter(|(_, spec, _)| !spec.kind.is_option());
        let (ids, ticks): (Vec<u32>, Vec<Tick>) = marked
            .map(|&(id, _, mark)| {
                let moved = Tick {
                    mark: mark * ratio,
                    ..Tick::at(TIME_MS)
                };
                (id.0, moved)
            })
            .unzip();
        let mut statuses = vec![0; ids.len()];
        self.engine.apply_ticks(&ids, ticks.into_iter(), &mut statuses);
        assert!(statuses.iter().all(|&status| status == 0));
    }

    /// Health by the figures of the columns now, and the size of what it is made of.
    fn health(&mut self, account: AccountId, bands: &Bands) -> (f64, f64) {
        let (figures, slot) = (self.engine.figures(), account.slot());
        let risk = Risk {
            initial: figures.initial[slot],
            maintenance: figures.maintenance[slot],
        };
        let equity = figures.equity[slot];
        let size = equity.abs() + figures.position_value[slot] + risk.maintenance;
        (equity - bands.liquidation_level(risk), size)
    }

    fn account(&mut self, draws: &mut Draws, class: Class) -> (AccountId, Bands) {
        let (model, bands) = self.models[draws.below(self.models.len())];
        let cash = 10_f64.powf(draws.between(3.0, 6.0));
        let id = account(&mut self.engine, model, cash);
        let scale = cash * draws.between(0.3, 8.0);
        let count = 1 + draws.below(3);
        for _ in 0..count {
            let at = draws.below(2);
            let allowed: &[usize] = match class {
                Class::Linear | Class::Orders => &[0, 1],
                Class::Inverse => &[2, 3],
                Class::Haircut => &[0, 1, 2, 3],
                Class::Options => &[0, 2, 5, 6, 7, 8, 9, 10, 11, 12],
                Class::Quanto => &[0, 4],
            };
            let (instrument, spec, mark) = self.instruments[at][allowed[draws.below(allowed.len())]];
            let notional = scale * draws.between(0.05, 1.0);
            let size = match spec.payoff {
                Payoff::Inverse if !spec.kind.is_option() => (notional / spec.multiplier).ceil(),
                _ if spec.settle == self.coins[1 - at] => draws.size(0.001, 0.01).max(0.001) * notional / 3e6,
                _ => (notional / PRICES[at] * 1000.0).ceil() / 1000.0,
            };
            let lot = 10_f64.powi(i32::from(spec.size_decimals));
            let size = (size * lot).ceil() / lot * if draws.chance(0.5) { 1.0 } else { -1.0 };
            let entry_price = if spec.kind.is_option() {
                1.0
            } else {
                mark * draws.between(0.9, 1.1)
            };
            self.engine
                .set_position(id, instrument, size, entry_price)
                .expect("a position");
            if class == Class::Orders {
                let limit = mark * draws.between(0.9, 1.1);
                self.engine
                    .place_order(id, instrument, size * if draws.chance(0.5) { 1.0 } else { -2.0 }, limit)
                    .expect("an order");
            }
        }
        if class == Class::Inverse {
            let coin = money(cash * draws.between(0.1, 1.0) / PRICES[1]);
            self.engine.deposit(id, self.coins[1], coin).expect("a deposit");
        }
        if matches!(class, Class::Haircut | Class::Options | Class::Quanto) && draws.chance(0.8) {
            let coin = money(cash * draws.between(0.1, 2.0) / PRICES[0]);
            if draws.chance(0.8) {
                self.engine.deposit(id, self.coins[0], coin).expect("a deposit");
            } else {
                self.engine.withdraw(id, self.coins[0], coin).expect("a debt");
            }
        }
        (id, bands)
    }
}

fn grid() -> Vec<f64> {
    let mut grid = vec![1.0];
    for (low, high, steps) in [FINE, COARSE] {
        grid.extend((0..=steps).map(|i| low * (high / low).powf(i as f64 / steps as f64)));
    }
    grid.sort_by(f64::total_cmp);
    grid.dedup();
    grid
}

fn is_safe(health: f64, bands: &Bands) -> bool {
    health > 0.0 || (health == 0.0 && !bands.is_equality_liquidatable)
}

#[derive(Default, Debug)]
struct Counts {
    roots: usize,
    several: usize,
    sharp: usize,
    none: [usize; 4],
}

/// Compares the engine's roots of accounts of one class with the grid, and looks one step to each side of each root.
/// `sharp` counts the roots whose two sides are on the two sides of the threshold beyond all rounding.
fn compare(class: Class, seed: u64, accounts: usize) -> Counts {
    let mut draws = Draws(seed);
    let mut house = house();
    let accounts: Vec<(AccountId, Bands)> = (0..accounts).map(|_| house.account(&mut draws, class)).collect();
    let grid = grid();
    let mut counts = Counts::default();
    for (at, reference) in PRICES.into_iter().enumerate() {
        let underlying = house.underlyings[at];
        let found: Vec<LiquidationPrices> = accounts
            .iter()
            .map(|&(id, _)| house.engine.liquidation_prices(id, underlying).expect("live"))
            .collect();
        let probed: Vec<Vec<f64>> = accounts
            .iter()
            .map(|&(id, _)| {
                let at_ratio = |ratio: &f64| house.engine.health_at(id, underlying, *ratio).expect("live");
                grid.iter().step_by(PROBED).map(at_ratio).collect()
            })
            .collect();
        let mut fresh: Vec<Vec<f64>> = vec![Vec::with_capacity(grid.len()); accounts.len()];
        let mut sizes: Vec<Vec<f64>> = vec![Vec::new(); accounts.len()];
        for (k, &ratio) in grid.iter().enumerate() {
            house.move_to(at, ratio);
            for (i, (id, bands)) in accounts.iter().enumerate() {
                let (health, size) = house.health(*id, bands);
                fresh[i].push(health);
                if k % PROBED == 0 {
                    sizes[i].push(size);
                }
            }
        }
        for i in 0..accounts.len() {
            let (id, bands) = accounts[i];
            let (prices, health) = (&found[i], &fresh[i]);
            let told = || format!("{class:?} seed {seed} account {i} along {at}: {prices:?}");
            let ticked = health.iter().step_by(PROBED).zip(&sizes[i]);
            for (&along, (&ticked, &size)) in probed[i].iter().zip(ticked) {
                let is_same = (along - ticked).abs() <= ROUNDING * size || (along.is_nan() && ticked.is_nan());
                assert!(is_same, "{along} against {ticked}: {}", told());
            }
            check_order(prices, reference, &told());
            check_crossings(prices, &grid, health, &bands, &told());
            counts.roots += prices.roots.len();
            counts.several += usize::from(prices.roots.len() > 1);
            if let Some(reason) = prices.none {
                counts.none[reason as usize] += 1;
            }
            for root in &prices.roots {
                let mut is_sharp = true;
                for (step, is_above) in [(-STEP, false), (STEP, true)] {
                    house.move_to(at, root.ratio * (1.0 + step));
                    let (health, size) = house.health(id, &bands);
                    let is_right = is_safe(health, &bands) != (is_above == root.is_liquidatable_above);
                    let is_rounding = health.abs() <= ROUNDING * size;
                    assert!(is_right || is_rounding, "{health} at {root:?} {step}: {}", told());
                    is_sharp &= is_right;
                }
                counts.sharp += usize::from(is_sharp);
            }
        }
        house.move_to(at, 1.0);
    }
    counts
}

/// Ascending, alternating, priced by the reference, and a reason exactly where there is none.
fn check_order(prices: &LiquidationPrices, reference: f64, told: &str) {
    assert_eq!(prices.reference, reference, "{told}");
    assert_eq!(prices.none.is_some(), prices.roots.is_empty(), "{told}");
    for root in &prices.roots {
        assert_eq!(root.price, reference * root.ratio, "{told}");
    }
    for pair in prices.roots.windows(2) {
        assert!(pair[0].ratio < pair[1].ratio, "{told}");
        assert_ne!(pair[0].is_liquidatable_above, pair[1].is_liquidatable_above, "{told}");
    }
}

/// Between neighbouring prices of the grid health changes sides where there is an odd number of roots, and nowhere else.
fn check_crossings(prices: &LiquidationPrices, grid: &[f64], health: &[f64], bands: &Bands, told: &str) {
    for k in 1..grid.len() {
        let (low, high) = (health[k - 1], health[k]);
        if low.is_nan() || high.is_nan() {
            continue;
        }
        let inside = prices
            .roots
            .iter()
            .filter(|root| root.ratio > grid[k - 1] && root.ratio <= grid[k]);
        let crosses = is_safe(low, bands) != is_safe(high, bands);
        assert_eq!(
            inside.count() % 2 == 1,
            crosses,
            "health {low} at {} and {high} at {}: {told}",
            grid[k - 1],
            grid[k]
        );
    }
    let figures = || health.iter().filter(|health| !health.is_nan());
    match prices.none {
        Some(NoPrice::SafeAtEveryPrice) => assert!(figures().all(|&health| is_safe(health, bands)), "{told}"),
        Some(NoPrice::LiquidatableAtEveryPrice) => assert!(figures().all(|&health| !is_safe(health, bands)), "{told}"),
        Some(NoPrice::NoExposure) => assert!(figures().all(|&at| at == health[0]), "{told}"),
        Some(NoPrice::MissingPrice) => panic!("every price is there: {told}"),
        None => {}
    }
}

const ACCOUNTS: usize = 120;

#[test]
fn linear_contracts_under_tiers_match_brute_force_to_1e_12() {
    let counts = compare(Class::Linear, 1, ACCOUNTS);
    assert!(
        counts.roots > 80 && counts.sharp * 100 >= counts.roots * 95,
        "{counts:?}"
    );
}

#[test]
fn inverse_contracts_on_coin_match_brute_force_to_1e_12() {
    let counts = compare(Class::Inverse, 2, ACCOUNTS);
    assert!(
        counts.roots > 80 && counts.sharp * 100 >= counts.roots * 95,
        "{counts:?}"
    );
}

#[test]
fn haircut_collateral_that_moves_along_matches_brute_force_to_1e_12() {
    let counts = compare(Class::Haircut, 3, ACCOUNTS);
    assert!(
        counts.roots > 80 && counts.sharp * 100 >= counts.roots * 95,
        "{counts:?}"
    );
}

#[test]
fn accounts_with_options_match_brute_force_with_every_root() {
    let counts = compare(Class::Options, 4, 2 * ACCOUNTS);
    assert!(counts.roots > 100 && counts.several > 10, "{counts:?}");
    assert!(counts.sharp * 100 >= counts.roots * 95, "{counts:?}");
}

#[test]
fn resting_orders_and_quantos_match_brute_force() {
    for (class, seed) in [(Class::Orders, 5), (Class::Quanto, 6)] {
        let counts = compare(class, seed, ACCOUNTS);
        assert!(
            counts.roots > 50 && counts.sharp * 100 >= counts.roots * 95,
            "{counts:?}"
        );
    }
}

#[test]
fn a_root_is_found_where_kinks_of_a_small_position_lie_beyond_the_range_of_a_large_one() {
    // −1,600 BTC and +0.001 BTC at 60,000 with 200 million, tiers 40x and from 150 million 20x (deduction 1,875,000).
    // The small position meets 150 million at 2.5 million times the price, where the large one is out of range.
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let [large, small] = [0, 1].map(|_| engine.add_instrument(perp(underlying, USD)).expect("valid terms"));
    let model = engine
        .add_model(brackets(&[(0.0, 40.0), (150e6, 20.0)]))
        .expect("valid bands");
    let me = account(&mut engine, model, 200e6);
    for (instrument, size) in [(large, -1600.0), (small, 0.001)] {
        engine.set_position(me, instrument, size, 60_000.0).expect("a position");
        mark(&mut engine, instrument, 60_000.0, 1.0);
    }
    let prices = engine.liquidation_prices(me, underlying).expect("live");
    // 200e6 − (96e6 − 60)·(x − 1) = 0.025·96e6·x − 1,875,000 + 0.0125·60·x
    let ratio = (200e6 + 96e6 - 60.0 + 1_875_000.0) / (96e6 - 60.0 + 2.4e6 + 0.75);
    assert_eq!(prices.roots.len(), 1, "{prices:?}");
    assert_near(prices.roots[0].ratio, ratio, 1e-14);
    assert!(prices.roots[0].is_liquidatable_above);
}

#[test]
fn a_root_of_an_account_with_options_is_found_up_to_where_its_figures_go_out_of_range() {
    // 50 calls sold at 60,000 with 100 million: at 1e4 times the price their notional would be 3e10
    let mut house = house();
    let (model, bands) = house.models[0];
    let me = account(&mut house.engine, model, 100e6);
    let (call, ..) = house.instruments[0][7];
    house.engine.set_position(me, call, -50.0, 1.0).expect("a position");
    let prices = house.engine.liquidation_prices(me, house.underlyings[0]).expect("live");
    assert_eq!(prices.roots.len(), 1, "{prices:?}");
    let root = prices.roots[0];
    assert!(root.ratio > 10.0 && root.is_liquidatable_above, "{root:?}");
    for (step, side) in [(-STEP, true), (STEP, false)] {
        house.move_to(0, root.ratio * (1.0 + step));
        assert_eq!(house.health(me, &bands).0 > 0.0, side, "{root:?}");
    }
}

/// Cash of an account, and its calls on a price of 60,000, minutes before they expire: strike, size and whether they settle in a coin
/// worth 1 of which slices count.
fn calls_about_to_expire(cash: f64, slices: &[(f64, f64)], calls: &[(f64, f64, bool)]) -> LiquidationPrices {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(slices, None)).expect("a coin");
    engine.tick_asset(coin, 1.0, 0.0, 0).expect("live");
    let model = engine.add_model(brackets(&[(0.0, 100.0)])).expect("valid bands");
    let me = account(&mut engine, model, cash.max(0.0));
    engine.withdraw(me, USD, money((-cash).max(0.0))).expect("a debt");
    engine.tick_underlying(underlying, 60_000.0, 0.0, 0).expect("live");
    for &(strike, size, is_in_coin) in calls {
        let settle = if is_in_coin { coin } else { USD };
        let call = option(underlying, settle, OptionType::Call, strike, 200_000.0);
        let call = engine.add_instrument(call).expect("valid terms");
        let vol = Tick {
            vol: 0.4,
            ..Tick::at(0.0)
        };
        tick(&mut engine, call, vol);
        engine.set_position(me, call, size, 1.0).expect("a position");
    }
    engine.liquidation_prices(me, underlying).expect("live")
}

#[test]
fn a_pair_of_roots_far_above_the_last_strike_is_found() {
    // −20,000 − (F − 60,000) + 3·(F − 61,200) = 4·0.005·F, and −20,000 + 50,000 = 4·0.005·F
    let calls = [(60_000.0, -1.0, true), (61_200.0, 3.0, true)];
    let prices = calls_about_to_expire(-20_000.0, &[(50_000.0, 1.0)], &calls);
    let [low, high] = prices.roots[..] else {
        panic!("two roots: {prices:?}");
    };
    assert_near(low.price, 143_600.0 / 1.98, 1e-12);
    assert_near(high.price, 30_000.0 / 0.02, 1e-12);
    assert!(!low.is_liquidatable_above && high.is_liquidatable_above);
}

#[test]
fn a_dip_between_ends_of_slices_that_the_value_of_options_meets_is_found() {
    // of a hundred calls less ten sold: −531,000 + 90·(F − 60,000) = 110·0.005·F as long as all of their value counts, up to 66,500;
    // −531,000 + 650,000 − 10·(F − 60,000) = 0.55·F while nothing more does, up to 69,300; beyond it does again, less 280,000
    let slices = [(650_000.0, 1.0), (930_000.0, 0.0), (f64::INFINITY, 1.0)];
    let calls = [(60_000.0, 100.0, true), (60_000.0, -10.0, false)];
    let prices = calls_about_to_expire(-531_000.0, &slices, &calls);
    let [low, middle, high] = prices.roots[..] else {
        panic!("three roots: {prices:?}");
    };
    assert_near(low.price, 5_931_000.0 / 89.45, 1e-12);
    assert_near(middle.price, 719_000.0 / 10.55, 1e-12);
    assert_near(high.price, 6_211_000.0 / 89.45, 1e-12);
    assert!(!low.is_liquidatable_above && middle.is_liquidatable_above && !high.is_liquidatable_above);
}

#[test]
fn a_requirement_that_jumps_liquidates_between_prices_at_which_an_account_is_safe() {
    // +1 from 100 with 30 of cash, liquidated below the initial requirement: a share of the whole notional up to the end of a bracket,
    // and another beyond it, which is a little more than equity there
    for (end, before, beyond) in [(110.0, 0.1, 0.37), (430.0, 0.81, 0.8391)] {
        let bracket = |lower, upper, initial_rate, maintenance_deduction| Bracket {
            lower,
            upper,
            initial_rate,
            initial_deduction: 0.0,
            maintenance_rate: 0.05 * initial_rate,
            maintenance_deduction,
        };
        let rows = [
            bracket(0.0, end, before, 0.0),
            bracket(end, f64::INFINITY, beyond, end * 0.05 * (beyond - before)),
        ];
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        let bands = Bands {
            liquidatable: Threshold {
                initial: 1.0,
                maintenance: 0.0,
            },
            ..Bands::default()
        };
        let mut rule = Brackets::new(1, bands);
        rule.set_default_table(BracketTable::cumulative(&rows).expect("a valid table"));
        let model = engine.add_model(rule).expect("valid bands");
        let me = account(&mut engine, model, 30.0);
        engine.set_position(me, contract, 1.0, 100.0).expect("a position");
        mark(&mut engine, contract, 100.0, 1.0);
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        let [low, jump, high] = prices.roots[..] else {
            panic!("three roots: {prices:?}");
        };
        // P − 70 = before·P, the end of the bracket, and P − 70 = beyond·P
        assert_near(low.price, 70.0 / (1.0 - before), 1e-12);
        assert_near(jump.price, end, 1e-12);
        assert_near(high.price, 70.0 / (1.0 - beyond), 1e-12);
        assert!(!low.is_liquidatable_above && jump.is_liquidatable_above && !high.is_liquidatable_above);
    }
}

/// A tenth of the notional, and half that; counts how often it is asked.
struct Counting {
    asked: Arc<AtomicUsize>,
    bands: Bands,
}

impl MarginModel for Counting {
    fn version(&self) -> u32 {
        1
    }
    fn bands(&self) -> &Bands {
        &self.bands
    }
    fn term_count(&self) -> usize {
        2
    }
    fn grouping(&self) -> Grouping {
        Grouping::Account
    }
    fn supports(&self, _instrument: usize, _spec: &InstrumentSpec) -> plimsoll_engine::Result<()> {
        Ok(())
    }
    fn terms(&self, row: &Row<'_>, terms: &mut [f64]) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let notional = row.size.abs() * row.quote.unit_notional;
        terms.copy_from_slice(&[0.1 * notional, 0.05 * notional]);
    }
    fn reduce(&self, sums: &[f64]) -> Reduced {
        Reduced {
            risk: Risk {
                initial: sums[0],
                maintenance: sums[1],
            },
            binding: u32::MAX,
        }
    }
    fn rates_max(&self) -> Risk {
        Risk {
            initial: 0.1,
            maintenance: 0.05,
        }
    }
    fn kind(&self) -> [u8; 4] {
        *b"CNTG"
    }
    fn write_parameters(&self, writer: &mut Writer) {
        writer.put(&self.bands);
    }
}

#[test]
fn an_account_with_many_options_is_priced_at_few_ratios() {
    for (count, cash) in [(1, 10e3), (20, 200e3), (20, 0.0), (200, 2e6), (200, 200e3)] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let asked = Arc::new(AtomicUsize::new(0));
        let model = Counting {
            asked: Arc::clone(&asked),
            bands: Bands::default(),
        };
        let model = engine.add_model(model).expect("valid bands");
        let me = account(&mut engine, model, cash);
        engine.tick_underlying(underlying, 90_000.0, 0.0, 0).expect("live");
        for i in 0..count {
            let kind = [OptionType::Put, OptionType::Call][i % 2];
            let strike = 60_000.0 + 60_000.0 * i as f64 / count as f64;
            let expiry_ms = [0.02, 0.3, 1.0][i % 3] * YEAR_MS;
            let option = option(underlying, USD, kind, strike, expiry_ms);
            let option = engine.add_instrument(option).expect("valid terms");
            let vol = Tick {
                vol: 0.6,
                ..Tick::at(0.0)
            };
            tick(&mut engine, option, vol);
            let size = if i % 5 < 2 { -1.0 } else { 1.0 };
            engine.set_position(me, option, size, 1.0).expect("a position");
        }
        let before = asked.load(Ordering::Relaxed);
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        let ratios = (asked.load(Ordering::Relaxed) - before) / count;
        // steps of 5 % from a quarter to four times the price are 57; of bends 200 options have 1,400
        assert!((10..600).contains(&ratios), "{ratios} for {count} options: {prices:?}");
    }
}

#[test]
fn an_account_exactly_at_its_threshold_has_that_root_once() {
    // +1 at 100 with 1 of cash under 50x: equity 1 = maintenance 0.01·100
    for is_equality_liquidatable in [true, false] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let instrument = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        let mut rule = brackets(&[(0.0, 50.0)]);
        rule.bands.is_equality_liquidatable = is_equality_liquidatable;
        let model = engine.add_model(rule).expect("valid bands");
        let me = account(&mut engine, model, 1.0);
        engine.set_position(me, instrument, 1.0, 100.0).expect("a position");
        mark(&mut engine, instrument, 100.0, 1.0);
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        assert_eq!(prices.roots.len(), 1, "{prices:?}");
        assert_near(prices.roots[0].ratio, 1.0, 1e-15);
        assert!(!prices.roots[0].is_liquidatable_above);
    }
}

#[test]
fn options_that_are_paid_for_are_liquidatable_at_no_price() {
    for coin_price in [1.0, 3_727.091_885_133_511] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let coin = engine.add_asset(asset(&[], None)).expect("a coin");
        engine.tick_asset(coin, coin_price, 0.0, 0).expect("live");
        let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
        let me = account(&mut engine, model, 0.0);
        for (strike, size) in [(70_000.0, 0.3), (90_000.0, 0.7)] {
            let call = option(underlying, coin, OptionType::Call, strike, YEAR_MS / 12.0);
            let call = engine.add_instrument(call).expect("valid terms");
            let vol = Tick {
                vol: 0.4,
                ..Tick::at(0.0)
            };
            tick(&mut engine, call, vol);
            engine.set_position(me, call, size, 1.0).expect("a position");
        }
        // from worth more than 5 % of their underlyings' notional down to nothing that a double counts
        for step in 0..400 {
            let price = 100_000.0 * 0.99_f64.powi(step);
            engine.tick_underlying(underlying, price, 0.0, 0).expect("live");
            let found = engine.assess(me).expect("live");
            let band = found.band.expect("figures");
            assert!(band < Band::Liquidatable, "{band:?} at {price}: {found:?}");
        }
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        assert_eq!(prices.none, Some(NoPrice::SafeAtEveryPrice), "{prices:?}");
    }
}

#[test]
fn where_there_is_no_price_the_reason_is_told() {
    let mut engine = engine();
    let [held, other] = [0, 1].map(|_| engine.add_underlying());
    let contract = engine.add_instrument(perp(held, USD)).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 50.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    let none = |engine: &Engine, underlying| engine.liquidation_prices(me, underlying).expect("live").none;
    assert_eq!(none(&engine, held), Some(NoPrice::NoExposure));
    engine.set_position(me, contract, 1.0, 100.0).expect("a position");
    assert_eq!(none(&engine, held), Some(NoPrice::MissingPrice));
    mark(&mut engine, contract, 100.0, 1.0);
    assert_eq!(none(&engine, other), Some(NoPrice::NoExposure));
    // 1,000 of cash outlast a fall of 100 to nothing
    assert_eq!(none(&engine, held), Some(NoPrice::SafeAtEveryPrice));
    // in debt by more than a sale could win: equity 1,000 − 2,000 + (100 − p) < 0 for every p > 0
    engine.set_position(me, contract, -1.0, 100.0).expect("a position");
    engine.withdraw(me, USD, money(2000.0)).expect("a debt");
    assert_eq!(none(&engine, held), Some(NoPrice::LiquidatableAtEveryPrice));
}

#[test]
fn a_peak_and_a_dip_narrower_than_any_step_are_found() {
    // a straddle sold is worth most near its strike, one bought least
    for sign in [-1.0, 1.0] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let model = engine.add_model(brackets(&[(0.0, 100.0)])).expect("valid bands");
        engine.tick_underlying(underlying, 61_234.0, 0.0, 0).expect("live");
        let me = account(&mut engine, model, 100_000.0);
        for half in [OptionType::Call, OptionType::Put] {
            let listed = option(underlying, USD, half, 60_000.0, 0.1 * YEAR_MS);
            let listed = engine.add_instrument(listed).expect("valid terms");
            let vol = Tick {
                vol: 0.4,
                ..Tick::at(0.0)
            };
            tick(&mut engine, listed, vol);
            engine.set_position(me, listed, sign, 1.0).expect("a position");
        }
        let health = |engine: &Engine, ratio| engine.health_at(me, underlying, ratio).expect("live");
        let (mut low, mut high) = (0.9, 1.05);
        for _ in 0..60 {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if sign * health(&engine, a) < sign * health(&engine, b) {
                high = b;
            } else {
                low = a;
            }
        }
        // a tenth of a cent beyond zero, which it is for less than a part in a thousand of the price
        let spare = health(&engine, low) + sign * 1e-3;
        engine.withdraw(me, USD, money(spare)).expect("a withdrawal");
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        let [below, above] = prices.roots[..] else {
            panic!("two roots: {prices:?}");
        };
        assert!(below.ratio < low && low < above.ratio && above.ratio - below.ratio < 1e-3);
        for root in [below, above] {
            let (before, after) = health_around(&engine, me, underlying, root.ratio, 1e-9);
            assert!(before * after < 0.0, "{root:?}: {before} and {after}");
            assert_eq!(root.is_liquidatable_above, after < 0.0);
        }
    }
}
