//! Whole accounts with figures worked by hand or published by a venue, each with its source.

mod common;

use common::*;
use plimsoll_engine::margin::{Bands, Bracket, BracketTable, Brackets};
use plimsoll_engine::{DisplayedRule, Engine, InstrumentId, Leverage, NoPrice, OptionType, Payoff, Tick, UnderlyingId};

fn bracket(lower: f64, upper: f64, maintenance_rate: f64, maintenance_deduction: f64, initial_rate: f64) -> Bracket {
    Bracket {
        lower,
        upper,
        initial_rate,
        initial_deduction: 0.0,
        maintenance_rate,
        maintenance_deduction,
    }
}

/// BTCUSDT, as freqtrade recorded it in October 2024 (binance_leverage_tiers.json): (upper bound, maintenance rate, maximum leverage, `cum`).
fn binance_btc_2024() -> BracketTable {
    let rows = [
        (50e3, 0.004, 125.0, 0.0),
        (600e3, 0.005, 100.0, 50.0),
        (3e6, 0.0065, 75.0, 950.0),
        (12e6, 0.01, 50.0, 11_450.0),
        (70e6, 0.02, 25.0, 131_450.0),
        (100e6, 0.025, 20.0, 481_450.0),
        (230e6, 0.05, 10.0, 2_981_450.0),
    ];
    let mut lower = 0.0;
    let brackets: Vec<Bracket> = rows
        .into_iter()
        .map(|(upper, rate, leverage, cum)| {
            let row = bracket(lower, upper, rate, cum, 1.0 / leverage);
            lower = upper;
            row
        })
        .collect();
    BracketTable::cumulative(&brackets).expect("the published table")
}

struct Perp {
    engine: Engine,
    underlying: UnderlyingId,
    instrument: InstrumentId,
    model: plimsoll_engine::ModelId,
}

fn one_perp(table: BracketTable) -> Perp {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let instrument = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let mut rule = Brackets::new(1, Bands::default());
    rule.set_table(instrument.slot(), table);
    let model = engine.add_model(rule).expect("valid bands");
    Perp {
        engine,
        underlying,
        instrument,
        model,
    }
}

#[test]
fn the_first_program_of_the_design_prints_its_figures() {
    // the first program of the README: 25,000 USDC, +1.5 BTC entered at 61,200, mark 60,950, Hyperliquid's 50x
    let mut house = one_perp(BracketTable::from_max_leverage(&[(0.0, 50.0)], 0.5).expect("one tier"));
    let me = account(&mut house.engine, house.model, 25_000.0);
    house
        .engine
        .set_position(me, house.instrument, 1.5, 61_200.0)
        .expect("a position");
    mark(&mut house.engine, house.instrument, 60_950.0, 1.0);

    let risk = house.engine.assess(me).expect("live");
    let equity = 25_000.0 + 1.5 * (60_950.0 - 61_200.0); // 24,625
    let notional = 1.5 * 60_950.0; // 91,425
    assert_eq!((risk.equity, risk.gross), (equity, notional));
    assert_near(risk.risk.initial, notional / 50.0, 1e-15); // 1,828.50
    assert_near(risk.risk.maintenance, notional / 100.0, 1e-15); // 914.25
    let Leverage::Finite(leverage) = risk.maintenance_leverage else {
        panic!("{:?}", risk.maintenance_leverage)
    };
    assert_eq!(format!("{leverage:.4}"), "3.8558"); // 91,425 / (24,625 − 914.25)

    let prices = house.engine.liquidation_prices(me, house.underlying).expect("live");
    // 25,000 + 1.5·(p − 61,200) = 1.5·p / 100  ⇒  p = 66,800 / 1.485
    assert_eq!(prices.roots.len(), 1);
    assert_near(prices.roots[0].price, 66_800.0 / 1.485, 1e-13);
    assert_eq!(format!("{:.2}", prices.roots[0].price), "44983.16");
    assert!(!prices.roots[0].is_liquidatable_above);
    assert_eq!((prices.reference, prices.none), (60_950.0, None));
}

#[test]
fn binance_cross_example_to_the_cent() {
    // cases binance-liq-cross-eth and -btc; both tables start above zero with the deduction that their bracket states
    let mut engine = engine();
    let (ether, bitcoin) = (engine.add_underlying(), engine.add_underlying());
    let eth = engine.add_instrument(perp(ether, USD)).expect("valid terms");
    let btc = engine.add_instrument(perp(bitcoin, USD)).expect("valid terms");
    let mut rule = Brackets::new(1, Bands::default());
    let table = |row| BracketTable::cumulative(&[row]).expect("a table that starts above zero");
    rule.set_table(eth.slot(), table(bracket(2e6, 10e6, 0.1, 135_365.0, 0.2)));
    rule.set_table(btc.slot(), table(bracket(1e6, 10e6, 0.025, 16_300.0, 0.05)));
    let model = engine.add_model(rule).expect("valid bands");
    let me = account(&mut engine, model, 1_535_443.01);
    engine.set_position(me, eth, 3683.979, 1456.84).expect("a position");
    engine.set_position(me, btc, 109.488, 32_481.98).expect("a position");
    mark(&mut engine, eth, 1335.18, 1.0);
    mark(&mut engine, btc, 31_967.27, 1.0);

    let risk = engine.assess(me).expect("live");
    let figures = |instrument| {
        let position = risk.positions.iter().find(|row| row.instrument == instrument);
        position.map(|row| (row.maintenance, row.equity)).expect("held")
    };
    // published: TMM₁ and UPNL₁ of the other position
    let (btc_maintenance, btc_profit) = figures(btc);
    assert_near(btc_maintenance, 71_200.811_444, 1e-13);
    assert_near(btc_profit, -56_354.568_48, 1e-13);
    let (eth_maintenance, eth_profit) = figures(eth);
    assert_near(eth_maintenance, 356_512.508_122, 1e-13);
    assert_near(eth_profit, -448_192.885_14, 1e-13);

    let shown = |instrument| {
        let price = engine.displayed_liquidation_price(me, instrument, DisplayedRule::BinanceUsdm);
        format!("{:.2}", price.expect("applicable").expect("a price"))
    };
    assert_eq!(shown(eth), "1153.26");
    assert_eq!(shown(btc), "26316.89");
    // the venue re-solves its bracket, so in cross margin its price is the engine's root
    let root = |underlying| {
        let prices = engine.liquidation_prices(me, underlying).expect("live");
        assert_eq!(prices.roots.len(), 1, "{prices:?}");
        format!("{:.2}", prices.roots[0].price)
    };
    assert_eq!(root(ether), "1153.26");
    assert_eq!(root(bitcoin), "26316.89");
}

#[test]
fn binance_re_solves_the_bracket_at_the_liquidation_price() {
    // case binance-tiered-liq-long: 200 BTC at 65,000 is 13 million, bracket 5; at its liquidation price it is in bracket 4:
    // 2,000,000 + 200·(p − 65,000) = 200·p·0.01 − 11,450  ⇒  p = 10,988,550 / 198
    let mut house = one_perp(binance_btc_2024());
    let me = account(&mut house.engine, house.model, 2e6);
    house
        .engine
        .set_position(me, house.instrument, 200.0, 65_000.0)
        .expect("a position");
    mark(&mut house.engine, house.instrument, 65_000.0, 1.0);
    let prices = house.engine.liquidation_prices(me, house.underlying).expect("live");
    assert_eq!(prices.roots.len(), 1);
    assert_near(prices.roots[0].price, 55_497.727_272_727_27, 1e-13);
    let shown = house
        .engine
        .displayed_liquidation_price(me, house.instrument, DisplayedRule::BinanceUsdm)
        .expect("applicable");
    assert_near(shown.expect("a price"), 10_988_550.0 / 198.0, 1e-13);
}

#[test]
fn binance_hedge_mode_is_an_instrument_for_each_leg_on_one_underlying() {
    // 200 long at 60,000 and 50 short at 62,000 over 1,500,000, each leg in its own bracket:
    // (WB + cum_L + cum_S − q_L·EP_L + q_S·EP_S) / (q_L·MMR_L + q_S·MMR_S − q_L + q_S)
    let mut house = one_perp(binance_btc_2024());
    let (engine, long, underlying) = (&mut house.engine, house.instrument, house.underlying);
    let short = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let mut rule = Brackets::new(1, Bands::default());
    for leg in [long, short] {
        rule.set_table(leg.slot(), binance_btc_2024());
    }
    let model = engine.add_model(rule).expect("valid bands");
    let me = account(engine, model, 1.5e6);
    for (leg, size, entry) in [(long, 200.0, 60_000.0), (short, -50.0, 62_000.0)] {
        engine.set_position(me, leg, size, entry).expect("a position");
        mark(engine, leg, 60_000.0, 1.0);
    }
    let risk = engine.assess(me).expect("live").risk;
    // at the mark the long leg's 12 million are in bracket 5, the short leg's 3 million in bracket 4
    assert_near(risk.maintenance, (240_000.0 - 131_450.0) + (30_000.0 - 11_450.0), 1e-14);
    let prices = engine.liquidation_prices(me, underlying).expect("live");
    assert_eq!(prices.roots.len(), 1);
    let numerator = 1.5e6 + 11_450.0 + 950.0 - 200.0 * 60_000.0 + 50.0 * 62_000.0;
    let denominator = 200.0 * 0.01 + 50.0 * 0.0065 - 200.0 + 50.0;
    assert_near(prices.roots[0].price, numerator / denominator, 1e-13);
}

#[test]
fn hyperliquid_short_is_liquidated_in_the_tier_that_it_reaches() {
    // case hyperliquid-tiered-liq-btc-short: 40x to 150 million, 20x beyond; −1,400 BTC at 100,000 with 20 million:
    // 20e6 − 1,400·(p − 1e5) = 1,400·p/40 − 1,875,000  ⇒  p = 161,875,000 / 1,435
    let tiers = [(0.0, 40.0), (150e6, 20.0)];
    let mut house = one_perp(BracketTable::from_max_leverage(&tiers, 0.5).expect("published tiers"));
    let me = account(&mut house.engine, house.model, 20e6);
    house
        .engine
        .set_position(me, house.instrument, -1400.0, 100_000.0)
        .expect("a position");
    mark(&mut house.engine, house.instrument, 100_000.0, 1.0);
    let prices = house.engine.liquidation_prices(me, house.underlying).expect("live");
    assert_eq!(prices.roots.len(), 1);
    assert_near(prices.roots[0].price, 112_804.878_048_780_5, 1e-13);
    assert!(prices.roots[0].is_liquidatable_above);
    let shown = house
        .engine
        .displayed_liquidation_price(me, house.instrument, DisplayedRule::Hyperliquid)
        .expect("applicable");
    assert_near(shown.expect("a price"), 161_875_000.0 / 1435.0, 1e-13);
}

#[test]
fn hyperliquid_prices_of_live_positions_come_out_to_every_digit() {
    // cases hyperliquid-liq-*: prices returned by the venue, printed to 8 decimals; margin is the account value
    for (price, size, margin, max_leverage, expected) in [
        (2458.5, 0.015, 36.864593, 50.0, 0.86915825),
        (145.83, 0.33, 24.045107, 20.0, 74.83696193),
        (62_739.0, 0.00077, 24.137992, 50.0, 31_708.03843631),
        (0.11586, 437.0, 25.29769, 20.0, 0.05945697),
    ] {
        let mut house = one_perp(BracketTable::from_max_leverage(&[(0.0, max_leverage)], 0.5).expect("one tier"));
        let me = account(&mut house.engine, house.model, margin);
        house
            .engine
            .set_position(me, house.instrument, size, price)
            .expect("a position");
        mark(&mut house.engine, house.instrument, price, 1.0);
        let prices = house.engine.liquidation_prices(me, house.underlying).expect("live");
        assert_eq!(prices.roots.len(), 1);
        let tolerance = 5e-8 * expected + 1e-8; // as the case states it
        assert!((prices.roots[0].price - expected).abs() <= tolerance, "{prices:?}");
        let rule = DisplayedRule::Hyperliquid;
        let shown = house.engine.displayed_liquidation_price(me, house.instrument, rule);
        let shown = shown.expect("applicable").expect("a price");
        assert!((shown - expected).abs() <= tolerance, "{shown}");
    }
}

#[test]
fn bybit_collateral_counts_slice_by_slice_and_debt_in_full() {
    let mut engine = engine();
    // cases bybit-collateral-btc-25 (10 BTC at 0.98, 10 at 0.95, 5 at 0.90, at 60,000) and bybit-collateral-negative
    let slices = [
        (10.0, 0.98),
        (20.0, 0.95),
        (30.0, 0.9),
        (40.0, 0.85),
        (50.0, 0.8),
        (f64::INFINITY, 0.0),
    ];
    let btc = engine.add_asset(asset(&slices, None)).expect("valid slices");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let (rich, owing) = (account(&mut engine, model, 0.0), account(&mut engine, model, 0.0));
    engine.deposit(rich, btc, money(25.0)).expect("a deposit");
    engine.withdraw(owing, btc, money(2.0)).expect("a debt");
    engine.tick_asset(btc, 60_000.0, 1.0, 0).expect("known");
    let rich = engine.assess(rich).expect("live");
    assert_near(rich.equity, 1_428_000.0, 1e-14);
    assert_eq!(rich.assets[0].value, 1_500_000.0);
    assert_near(rich.assets[0].haircut, -72_000.0, 1e-13);
    assert_eq!(engine.assess(owing).expect("live").equity, -120_000.0);
}

#[test]
fn bybit_tiers_take_each_slice_at_its_own_rate() {
    // case bybit-tier-mm-2500: 1,000·2 % + 1,000·2.5 % + 500·3 % = 20 + 25 + 15
    let rows = [(0.0, 1000.0, 0.02), (1000.0, 2000.0, 0.025), (2000.0, 3000.0, 0.03)];
    let rows = rows.map(|(lower, upper, rate)| bracket(lower, upper, rate, 0.0, rate * 2.0));
    let mut house = one_perp(BracketTable::marginal(&rows).expect("a valid table"));
    let me = account(&mut house.engine, house.model, 1e4);
    house
        .engine
        .set_position(me, house.instrument, 25.0, 100.0)
        .expect("a position");
    mark(&mut house.engine, house.instrument, 100.0, 1.0);
    let risk = house.engine.assess(me).expect("live").risk;
    assert_near(risk.maintenance, 60.0, 1e-14);
    assert_near(risk.initial, 120.0, 1e-14);
}

/// A coin-margined account: BTC as an asset that follows the underlying, inverse perp of 100 USD, inverse options.
#[test]
fn a_coin_margined_account_is_linear_in_the_dollar_price_and_its_root_is_found() {
    let mut engine = engine();
    let bitcoin = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(bitcoin))).expect("an asset");
    let contract = engine
        .add_instrument(inverse_perp(bitcoin, coin, 100.0))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 50.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(1.0)).expect("a deposit");
    // long 1,000 contracts of 100 USD at 50,000: 2 BTC
    engine.set_position(me, contract, 1000.0, 50_000.0).expect("a position");
    mark(&mut engine, contract, 40_000.0, 1.0);

    let risk = engine.assess(me).expect("live");
    // profit in coin: 1,000·100·(1/50,000 − 1/40,000) = −0.5; equity 0.5 BTC = 20,000 USD; notional is 100,000 USD
    assert_near(risk.equity, 20_000.0, 1e-12);
    assert_near(risk.gross, 100_000.0, 1e-14);
    assert_near(risk.risk.maintenance, 1000.0, 1e-14);
    assert_near(risk.positions[0].equity, -20_000.0, 1e-12);
    assert_eq!(risk.positions[0].entry_price, 50_000.0);
    // (1 + 2)·p − 100,000 = 1,000  ⇒  p = 101,000 / 3
    let prices = engine.liquidation_prices(me, bitcoin).expect("live");
    assert_eq!(prices.roots.len(), 1, "{prices:?}");
    assert_near(prices.roots[0].price, 101_000.0 / 3.0, 1e-13);
    assert!(!prices.roots[0].is_liquidatable_above);

    // a short of the same size is flat against 2 coins: 200,000 USD at 100,000 are hedged at every price
    let hedged = account(&mut engine, model, 0.0);
    engine.deposit(hedged, coin, money(2.0)).expect("a deposit");
    engine
        .set_position(hedged, contract, -1000.0, 50_000.0)
        .expect("a position");
    let prices = engine.liquidation_prices(hedged, bitcoin).expect("live");
    assert_eq!(prices.none, Some(NoPrice::SafeAtEveryPrice), "{prices:?}");
    assert_near(engine.assess(hedged).expect("live").equity, 100_000.0, 1e-12);
}

#[test]
fn an_inverse_option_is_worth_its_premium_in_coin_and_settles_as_deribit_publishes() {
    let mut engine = engine();
    let bitcoin = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(bitcoin))).expect("an asset");
    let expiry_ms = 0.1 * YEAR_MS;
    let inverse = |kind| plimsoll_engine::InstrumentSpec {
        payoff: Payoff::Inverse,
        ..option(bitcoin, coin, kind, 10_000.0, expiry_ms)
    };
    let call = engine.add_instrument(inverse(OptionType::Call)).expect("valid terms");
    let put = engine.add_instrument(inverse(OptionType::Put)).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(1.0)).expect("a deposit");
    engine.tick_underlying(bitcoin, 10_000.0, 1.0, 0).expect("known");
    let quoted = |mark| Tick {
        mark,
        vol: 0.6,
        ..Tick::at(2.0)
    };
    tick(&mut engine, call, quoted(0.05));
    tick(&mut engine, put, quoted(0.05));
    // premium of one call is paid in coin, and counts again as its value
    engine.fill(me, call, &fill(1.0, 0.05)).expect("a fill");
    assert_near(engine.balance(me, coin).expect("live"), 0.95, 1e-15);
    let risk = engine.assess(me).expect("live");
    assert_near(risk.equity, 10_000.0, 1e-14);
    assert_near(risk.positions[0].equity, 500.0, 1e-14);
    assert_near(risk.positions[0].mark, 0.05, 1e-15);
    engine.fill(me, put, &fill(1.0, 0.05)).expect("a fill");

    // cases deribit-settle-inverse-call: delivery 12,500 pays 0.2 BTC; -put: delivery 5,000 pays 1 BTC (own engines of time)
    engine.settle(call, 12_500.0, expiry_ms).expect("expired");
    assert_near(engine.balance(me, coin).expect("live"), 0.9 + 0.2, 1e-15);
    engine.settle(put, 5_000.0, expiry_ms).expect("expired");
    assert_near(engine.balance(me, coin).expect("live"), 0.9 + 0.2 + 1.0, 1e-15);
    assert_eq!(engine.position(me, call).expect("live").size, 0.0);
    assert_eq!(engine.stats().positions, 0);
}

#[test]
fn a_linear_option_with_a_multiplier_settles_as_deribit_publishes() {
    // case deribit-settle-linear-sol-call: strike 250, delivery 275, premium 10, multiplier 10: pays 250, profit 150
    let mut engine = engine();
    let sol = engine.add_underlying();
    let spec = plimsoll_engine::InstrumentSpec {
        multiplier: 10.0,
        ..option(sol, USD, OptionType::Call, 250.0, 1000.0)
    };
    let call = engine.add_instrument(spec).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    engine.fill(me, call, &fill(1.0, 10.0)).expect("a fill");
    assert_eq!(engine.balance(me, USD), Ok(900.0));
    engine.settle(call, 275.0, 1000.0).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(1150.0));
}
