//! Garbage through every entry: no panic, nothing fabricated, and a refused call leaves everything as it was.

mod common;

use common::book::{add_models, changed_by_full_reassessment, figure_bits, Grid};
use common::*;
use plimsoll_engine::margin::{Bands, Bracket, BracketTable, Brackets, Threshold};
use plimsoll_engine::{
    AccountColumns, AccountId, AssetId, AssetSpec, Change, Code, Engine, EngineConfig, Fill, HaircutSlice,
    InstrumentId, InstrumentSpec, Kind, Leverage, ModelId, Money, OptionType, OrderId, Payoff, Rounding, RowStatus,
    Tick, TickStatus, UnderlyingId, VOL_MAX,
};

const NUMBERS: [f64; 21] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    -1.0,
    -1e-300,
    5e-324,
    f64::MIN_POSITIVE,
    1e-300,
    1e-9,
    1e9,
    1e13,
    1e19,
    9_007_199_254_740_993.0,
    9_223_372_036_854_775_808.0,
    1e150,
    1e300,
    f64::MAX,
    -f64::MAX,
    0.1 + 0.2,
];
const HANDLES: [u32; 5] = [u32::MAX, 1 << 24, 77, 255 << 24, (1 << 24) | 1];
const NOT_PRICES: [f64; 7] = [f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, -1.0, -5e-324, -f64::MAX];

/// One of everything, priced, with accounts under four models.
struct House {
    engine: Engine,
    models: Vec<ModelId>,
    underlying: UnderlyingId,
    assets: Vec<AssetId>,
    instruments: Vec<InstrumentId>,
    accounts: Vec<AccountId>,
    orders: Vec<OrderId>,
}

fn specs(underlying: UnderlyingId, assets: &[AssetId]) -> Vec<InstrumentSpec> {
    let dated = |kind, spec| InstrumentSpec { kind, ..spec };
    let expiry_ms = 1e6;
    vec![
        perp(underlying, USD),
        inverse_perp(underlying, assets[1], 10.0),
        dated(Kind::Future { expiry_ms }, perp(underlying, assets[2])),
        option(underlying, USD, OptionType::Call, 100.0, expiry_ms),
        InstrumentSpec {
            payoff: Payoff::Inverse,
            ..option(underlying, assets[1], OptionType::Put, 100.0, expiry_ms)
        },
        dated(Kind::Spot { base: assets[2] }, perp(underlying, USD)),
    ]
}

fn house() -> House {
    let config = EngineConfig {
        stale_after_ms: 1e5,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let models = add_models(&mut engine);
    let underlying = engine.add_underlying();
    let assets = vec![
        USD,
        engine
            .add_asset(asset(&[(10.0, 0.9), (100.0, 0.5)], Some(underlying)))
            .expect("a coin"),
        engine.add_asset(asset(&[], None)).expect("a token"),
    ];
    engine.tick_underlying(underlying, 100.0, 1.0, 0).expect("known");
    engine.tick_asset(assets[2], 2.0, 1.0, 0).expect("known");
    let instruments: Vec<InstrumentId> = specs(underlying, &assets)
        .into_iter()
        .map(|spec| {
            let id = engine.add_instrument(spec).expect("valid terms");
            let quoted = Tick {
                mark: if spec.kind.is_option() { f64::NAN } else { 100.0 },
                vol: if spec.kind.is_option() { 0.5 } else { f64::NAN },
                ..Tick::at(1.0)
            };
            tick(&mut engine, id, quoted);
            id
        })
        .collect();
    let mut house = House {
        engine,
        models,
        underlying,
        assets,
        instruments,
        accounts: Vec::new(),
        orders: Vec::new(),
    };
    for &model in &house.models {
        let id = account(&mut house.engine, model, 10_000.0);
        for &instrument in &house.instruments[..5] {
            house
                .engine
                .set_position(id, instrument, 2.0, 99.0)
                .expect("a position");
        }
        house.accounts.push(id);
        let order = house.engine.place_order(id, house.instruments[0], -1.0, 101.0);
        house.orders.push(order.expect("an order"));
    }
    let parent = house.accounts[0];
    let child = house.engine.add_isolated(parent, house.instruments[0], money(5.0));
    house.accounts.push(child.expect("a margin"));
    house
}

impl House {
    /// All that a caller can see.
    fn state(&mut self) -> String {
        let figures = figure_bits(&mut self.engine);
        let engine = &self.engine;
        let mut state = format!(
            "{:?} {} {:?} {:?}",
            engine.stats(),
            engine.time_ms(),
            engine.events(),
            engine.digest()
        );
        // a slot that a refused account had for a moment is free again
        let is_live = |row: &[u64; 10]| row[8] != u64::from(u32::MAX);
        for row in figures.into_iter().filter(is_live) {
            state += &format!("{row:?}");
        }
        for &id in &self.accounts {
            let balances = self.assets.iter().map(|&asset| engine.balance(id, asset));
            state += &format!("{:?} {:?}", engine.assess(id), balances.collect::<Vec<_>>());
        }
        for &order in &self.orders {
            state += &format!("{:?}", engine.order(order));
        }
        state
    }

    /// Figures are numbers or missing beside a status that says so.
    fn check(&mut self, told: &str) {
        let engine = &self.engine;
        for &id in &self.accounts {
            let Ok(risk) = engine.assess(id) else { continue };
            let figures = [
                risk.equity,
                risk.risk.initial,
                risk.risk.maintenance,
                risk.gross,
                risk.net,
            ];
            if risk.status.has_figures() {
                assert!(figures.iter().all(|figure| figure.is_finite()), "{told}: {risk:?}");
                let greeks = risk.greeks.iter();
                assert!(greeks.clone().all(|row| row.exposure.is_finite()), "{told}: {risk:?}");
            } else {
                assert!(figures.iter().all(|figure| figure.is_nan()), "{told}: {risk:?}");
            }
            for leverage in [
                risk.initial_leverage,
                risk.maintenance_leverage,
                risk.effective_leverage,
            ] {
                if let Leverage::Finite(value) = leverage {
                    assert!(value > 0.0 && value.is_finite(), "{told}: {risk:?}");
                }
            }
            for row in &risk.positions {
                let figures = [row.notional, row.equity, row.initial, row.maintenance];
                assert_eq!(
                    figures.iter().all(|figure| figure.is_finite()),
                    row.status.has_figures(),
                    "{told}: {row:?}"
                );
            }
            let prices = engine.liquidation_prices(id, self.underlying).expect("live");
            assert!(
                prices
                    .roots
                    .iter()
                    .all(|root| root.ratio > 0.0 && root.ratio.is_finite()),
                "{told}: {prices:?}"
            );
        }
        let totals = engine.totals();
        let sums = [totals.equity, totals.initial, totals.maintenance, totals.position_value];
        assert!(sums.iter().all(|sum| sum.is_finite()), "{told}: {totals:?}");
        let changed = changed_by_full_reassessment(&mut self.engine);
        assert!(changed.is_empty(), "{told}: {changed:?}");
    }
}

/// A number: garbage or one that might be meant.
fn number(draws: &mut Draws) -> f64 {
    if draws.chance(0.45) {
        NUMBERS[draws.below(NUMBERS.len())]
    } else {
        [1.0, -1.0, 2.0, 100.0, 99.5, 0.5, 3.0][draws.below(7)] * if draws.chance(0.1) { 1e3 } else { 1.0 }
    }
}

fn time(draws: &mut Draws, now: f64) -> f64 {
    match draws.below(12) {
        0 => NUMBERS[draws.below(16)],
        1 => now - 1.0,
        2 => now + 1e6,
        _ => now + draws.unit(),
    }
}

fn amount(draws: &mut Draws) -> Money {
    let text = [
        "1e12",
        "-1e12",
        "8796093022207",
        "9223372036854775807",
        "-9e18",
        "0",
        "-0.0",
        "1e-300",
        "5",
        "250.25",
    ];
    Money::parse("amount", text[draws.below(text.len())], Rounding::Down).expect("a decimal")
}

/// One random call. `Some` says whether it was taken; a tick that is rejected is not.
fn call(house: &mut House, draws: &mut Draws) -> (String, bool) {
    let now = house.engine.time_ms();
    let pick = |draws: &mut Draws, known: &[u32]| {
        if draws.chance(0.05) {
            HANDLES[draws.below(HANDLES.len())]
        } else {
            known[draws.below(known.len())]
        }
    };
    let raw = |ids: &[AccountId]| ids.iter().map(|id| id.0).collect::<Vec<_>>();
    let account = AccountId(pick(draws, &raw(&house.accounts)));
    let other = AccountId(pick(draws, &raw(&house.accounts)));
    let instruments: Vec<u32> = house.instruments.iter().map(|id| id.0).collect();
    let instrument = InstrumentId(pick(draws, &instruments));
    let asset = AssetId(pick(draws, &[0, 1, 2]));
    let orders: Vec<u32> = house.orders.iter().map(|id| id.0).collect();
    let order = OrderId(pick(draws, &orders));
    let (a, b) = (number(draws), number(draws));
    let optional = |draws: &mut Draws| if draws.chance(0.5) { f64::NAN } else { number(draws) };
    let fill = Fill {
        size: a,
        price: b,
        fee: if draws.chance(0.2) { amount(draws) } else { Money::ZERO },
        fee_asset: draws.chance(0.3).then_some(asset),
    };
    let engine = &mut house.engine;
    let status = |status: TickStatus| status == TickStatus::Applied;
    match draws.below(20) {
        0..=4 => {
            let tick = Tick {
                mark: optional(draws),
                index: if draws.chance(0.8) { f64::NAN } else { number(draws) },
                underlying_price: if draws.chance(0.8) { f64::NAN } else { number(draws) },
                vol: optional(draws),
                rate: if draws.chance(0.8) { f64::NAN } else { number(draws) },
                time_ms: time(draws, now),
                source: 0,
            };
            let taken = engine.tick(instrument, &tick).is_ok_and(status);
            (format!("tick {instrument:?} {tick:?}"), taken)
        }
        5 => {
            let time_ms = time(draws, now);
            let taken = engine.tick_asset(asset, a, time_ms, 0).is_ok_and(status);
            (format!("tick_asset {asset:?} {a} {time_ms}"), taken)
        }
        6 => {
            let underlying = UnderlyingId(pick(draws, &[0]));
            let time_ms = time(draws, now);
            let taken = engine.tick_underlying(underlying, a, time_ms, 0).is_ok_and(status);
            (format!("tick_underlying {a} {time_ms}"), taken)
        }
        7 => {
            let time_ms = time(draws, now);
            (format!("advance {time_ms}"), status(engine.advance(time_ms)))
        }
        8 | 9 => (
            format!("fill {account:?} {instrument:?} {fill:?}"),
            engine.fill(account, instrument, &fill).is_ok(),
        ),
        10 => {
            let taken = engine.set_position(account, instrument, a, b).is_ok();
            (format!("set_position {account:?} {instrument:?} {a} {b}"), taken)
        }
        11 => {
            let placed = engine.place_order(account, instrument, a, b);
            house.orders.extend(placed.iter());
            (
                format!("place_order {account:?} {instrument:?} {a} {b}"),
                placed.is_ok(),
            )
        }
        12 => (
            format!("fill_order {order:?} {fill:?}"),
            engine.fill_order(order, &fill).is_ok(),
        ),
        13 => {
            let money = amount(draws);
            let taken = match draws.below(5) {
                0 => engine.deposit(account, asset, money).is_ok(),
                1 => engine.withdraw(account, asset, money).is_ok(),
                2 => engine.transfer(account, other, asset, money).is_ok(),
                3 => engine.fund_account(account, instrument, money).is_ok(),
                _ => {
                    let child = engine.add_isolated(account, instrument, money);
                    house.accounts.extend(child.iter());
                    child.is_ok()
                }
            };
            (format!("money {account:?} {other:?} {asset:?} {money:?}"), taken)
        }
        14 => (format!("fund {instrument:?} {a}"), engine.fund(instrument, a).is_ok()),
        15 => (
            format!("set_leverage {a}"),
            engine.set_leverage(account, instrument, a).is_ok(),
        ),
        16 => {
            let time_ms = time(draws, now);
            (
                format!("settle {instrument:?} {a} {time_ms}"),
                engine.settle(instrument, a, time_ms).is_ok(),
            )
        }
        17 => {
            let changes = [
                Change::Trade {
                    instrument,
                    size: a,
                    price: b,
                },
                Change::Move {
                    underlying: UnderlyingId(pick(draws, &[0])),
                    ratio: b,
                    vol_ratio: b,
                },
                Change::Cash {
                    asset,
                    amount: amount(draws),
                },
            ];
            let answer = engine.what_if(account, &changes);
            // a question never changes anything, answered or not
            (format!("what_if {answer:?}"), false)
        }
        18 => (format!("cancel {order:?}"), engine.cancel_order(order).is_ok()),
        _ => {
            let columns = AccountColumns {
                count: 1,
                balance_account: &[0],
                balance_asset: &[asset.0],
                balance_amount: &[a],
                position_account: &[0],
                position_instrument: &[instrument.0],
                position_size: &[b],
                position_entry_price: &[a],
            };
            let added = engine.add_accounts(house.models[0], &columns);
            let taken = added.is_ok();
            house.accounts.extend(added.into_iter().flatten());
            (format!("add_accounts {a} {b}"), taken)
        }
    }
}

#[test]
fn random_garbage_never_panics_fabricates_or_leaves_a_refused_call_half_done() {
    let mut draws = Draws(41);
    let (mut taken_count, mut refused_count) = (0, 0);
    for _ in 0..50 {
        let mut house = house();
        for _ in 0..120 {
            let before = house.state();
            let (told, taken) = call(&mut house, &mut draws);
            if taken {
                taken_count += 1;
                house.check(&told);
                house.engine.clear_events();
            } else {
                refused_count += 1;
                assert_eq!(house.state(), before, "{told}");
            }
        }
    }
    assert!(
        taken_count > 1500 && refused_count > 1500,
        "{taken_count} {refused_count}"
    );
}

#[test]
fn every_bad_field_of_a_tick_is_named_by_its_status_and_stores_nothing() {
    let mut house = house();
    let before = house.state();
    let (contract, call) = (house.instruments[0], house.instruments[3]);
    let good = Tick {
        mark: 101.0,
        ..Tick::at(2.0)
    };
    let mut cases: Vec<(InstrumentId, Tick, TickStatus)> = Vec::new();
    for bad in NOT_PRICES {
        let rejected = TickStatus::RejectedPrice;
        cases.push((contract, Tick { mark: bad, ..good }, rejected));
        cases.push((contract, Tick { index: bad, ..good }, rejected));
        let forward = Tick {
            underlying_price: bad,
            ..good
        };
        cases.push((call, forward, rejected));
        if bad != 0.0 {
            cases.push((call, Tick { mark: bad, ..good }, rejected));
            cases.push((call, Tick { vol: bad, ..good }, TickStatus::RejectedVol));
        }
        if bad != 0.0 {
            cases.push((contract, Tick { time_ms: bad, ..good }, TickStatus::RejectedTime));
        }
    }
    // 60 is what 60 % looks like where a fraction belongs
    for vol in [60.0, VOL_MAX * (1.0 + f64::EPSILON)] {
        cases.push((call, Tick { vol, ..good }, TickStatus::RejectedVol));
    }
    for rate in [f64::INFINITY, f64::NEG_INFINITY] {
        cases.push((call, Tick { rate, ..good }, TickStatus::RejectedVol));
    }
    cases.push((
        contract,
        Tick {
            time_ms: f64::NAN,
            ..good
        },
        TickStatus::RejectedTime,
    ));
    cases.push((contract, Tick { time_ms: 0.5, ..good }, TickStatus::RejectedTime));
    cases.push((contract, Tick::at(2.0), TickStatus::RejectedPrice));
    for (instrument, tick, status) in &cases {
        assert_eq!(house.engine.tick(*instrument, tick), Ok(*status), "{tick:?}");
    }
    // the same in a batch, where an unknown handle is a status too
    let ids: Vec<u32> = cases.iter().map(|case| case.0 .0).chain(HANDLES).collect();
    let ticks: Vec<Tick> = cases.iter().map(|case| case.1).chain([good; HANDLES.len()]).collect();
    let mut statuses = vec![0; ids.len()];
    house.engine.apply_ticks(&ids, ticks.into_iter(), &mut statuses);
    let expected = cases.iter().map(|case| case.2 as u8);
    let expected: Vec<u8> = expected
        .chain([TickStatus::RejectedHandle as u8; HANDLES.len()])
        .collect();
    assert_eq!(statuses, expected);
    assert_eq!(house.state(), before);
}

#[test]
fn one_bad_quote_never_stops_the_other_accounts() {
    let mut house = house();
    let plain = account(&mut house.engine, house.models[0], 500.0);
    let silent = house
        .engine
        .add_instrument(perp(house.underlying, USD))
        .expect("valid terms");
    let ids = [house.instruments[0].0, u32::MAX, silent.0, house.instruments[2].0];
    let marks = [110.0, 110.0, -5.0, 110.0];
    let ticks = marks.map(|mark| Tick { mark, ..Tick::at(3.0) });
    let mut statuses = [9; 4];
    house.engine.apply_ticks(&ids, ticks.into_iter(), &mut statuses);
    assert_eq!(statuses, [0, 5, 1, 0]);
    house
        .engine
        .set_position(house.accounts[0], silent, 1.0, 1.0)
        .expect("a position");
    let status = |house: &House, id| house.engine.assess(id).expect("live").status;
    assert_eq!(status(&house, house.accounts[0]), RowStatus::MissingPrice);
    assert_eq!(status(&house, house.accounts[1]), RowStatus::Ok);
    assert_eq!(house.engine.assess(plain).expect("live").equity, 500.0);
}

#[test]
fn prices_at_the_ends_of_the_doubles_are_a_status_where_figures_cannot_hold_them() {
    for price in [5e-324, f64::MIN_POSITIVE, 1e-200, 1e9, 1e20, 1e300, f64::MAX] {
        let mut house = house();
        for instrument in house.instruments.clone() {
            let quoted = Tick {
                mark: price,
                index: price,
                ..Tick::at(2.0)
            };
            house.engine.tick(instrument, &quoted).expect("live");
            house.check(&format!("{instrument:?} at {price}"));
        }
        let risk = house.engine.assess(house.accounts[0]).expect("live");
        if price >= 1e20 {
            assert_eq!(risk.status, RowStatus::OutOfRange, "{price}");
        }
    }
    for vol in [0.0, 5e-324, 1e-10, 1e3, 1e10, 1e300, f64::MAX] {
        let mut house = house();
        for instrument in [house.instruments[3], house.instruments[4]] {
            let quoted = Tick { vol, ..Tick::at(2.0) };
            house.engine.tick(instrument, &quoted).expect("live");
            house.check(&format!("{instrument:?} under {vol}"));
        }
    }
    for time_ms in [0.0, 5e-324, 1e15, 1e300, f64::MAX] {
        let mut house = house();
        house.engine.advance(time_ms);
        house.check(&format!("at {time_ms}"));
    }
}

#[test]
fn sizes_beyond_what_counts_exactly_are_refused_however_they_come_together() {
    let mut house = house();
    let whole = InstrumentSpec {
        size_decimals: 0,
        multiplier: 1e-12,
        ..perp(house.underlying, USD)
    };
    let whole = house.engine.add_instrument(whole).expect("valid terms");
    let me = house.accounts[0];
    let limit = 9_007_199_254_740_991.0; // 2⁵³ − 1
    house.engine.fill(me, whole, &fill(limit, 1.0)).expect("2^53 − 1 lots");
    let refused = house.engine.fill(me, whole, &fill(limit, 1.0)).expect_err("twice that");
    assert_eq!(
        (refused.code, refused.field.to_string()),
        (Code::InvalidSize, "size".to_owned())
    );
    assert_eq!(house.engine.position(me, whole).expect("live").size, limit);
    house.engine.place_order(me, whole, -limit, 1.0).expect("an order");
    let refused = house
        .engine
        .place_order(me, whole, -limit, 1.0)
        .expect_err("twice that");
    assert_eq!(refused.code, Code::InvalidSize);
    house.engine.fill(me, whole, &fill(-limit, 2.0)).expect("a close");
    house.check("closed");
}

#[test]
fn configurations_out_of_domain_are_refused_by_field() {
    fn refused<T>(outcome: plimsoll_engine::Result<T>) -> (Code, String) {
        let error = outcome.map(drop).expect_err("a refusal");
        (error.code, error.field.to_string())
    }
    for time_ms in [f64::NAN, f64::INFINITY, -1.0] {
        let config = EngineConfig {
            time_ms,
            ..EngineConfig::default()
        };
        assert_eq!(refused(Engine::new(config)), (Code::InvalidValue, "timeMs".to_owned()));
    }
    for stale_after_ms in [f64::NAN, 0.0, -1.0] {
        let config = EngineConfig {
            stale_after_ms,
            ..EngineConfig::default()
        };
        assert_eq!(
            refused(Engine::new(config)),
            (Code::InvalidValue, "staleAfterMs".to_owned())
        );
    }
    let mut house = house();
    let before = house.state();
    let engine = &mut house.engine;
    let slice = |up_to, factor| AssetSpec {
        haircuts: vec![HaircutSlice { up_to, factor }],
        ..AssetSpec::default()
    };
    for bad in [f64::NAN, f64::NEG_INFINITY, 0.0, -1.0] {
        assert_eq!(refused(engine.add_asset(slice(bad, 0.5))).1, "haircuts[0].upTo");
    }
    for bad in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
        assert_eq!(refused(engine.add_asset(slice(1.0, bad))).0, Code::InvalidValue);
    }
    for scale_log2 in [i32::MIN, -61, 61, i32::MAX] {
        let spec = AssetSpec {
            scale_log2,
            ..AssetSpec::default()
        };
        assert_eq!(refused(engine.add_asset(spec)).1, "scaleLog2");
    }
    let follows_nothing = AssetSpec {
        underlying: Some(UnderlyingId(9)),
        ..AssetSpec::default()
    };
    assert_eq!(refused(engine.add_asset(follows_nothing)).0, Code::UnknownHandle);

    let linear = perp(house.underlying, USD);
    for multiplier in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        let spec = InstrumentSpec { multiplier, ..linear };
        assert_eq!(refused(engine.add_instrument(spec)).1, "multiplier");
    }
    let dated = |expiry_ms, strike| option(house.underlying, USD, OptionType::Put, strike, expiry_ms);
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(refused(engine.add_instrument(dated(bad, 1.0))).1, "expiryMs");
        assert_eq!(refused(engine.add_instrument(dated(1e9, bad))).1, "strike");
    }
    let others = [
        InstrumentSpec {
            size_decimals: 16,
            ..linear
        },
        InstrumentSpec {
            underlying: UnderlyingId(9),
            ..linear
        },
        InstrumentSpec {
            settle: AssetId(9),
            ..linear
        },
        InstrumentSpec {
            kind: Kind::Spot { base: USD },
            ..linear
        },
        InstrumentSpec {
            kind: Kind::Spot { base: AssetId(9) },
            ..linear
        },
        InstrumentSpec {
            kind: Kind::Spot { base: house.assets[1] },
            settle: house.assets[1],
            ..linear
        },
        InstrumentSpec {
            kind: Kind::Spot { base: house.assets[1] },
            payoff: Payoff::Inverse,
            ..linear
        },
    ];
    let fields = ["sizeDecimals", "underlying", "asset", "base", "asset", "base", "payoff"];
    for (spec, field) in others.into_iter().zip(fields) {
        assert_eq!(refused(engine.add_instrument(spec)).1, field);
    }

    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        let warning = Threshold {
            initial: bad,
            maintenance: 0.0,
        };
        let bands = Bands {
            warning,
            ..Bands::default()
        };
        assert_eq!(
            refused(engine.add_model(Brackets::new(1, bands))).1,
            "bands.warning.initial"
        );
        let grid = Grid {
            version: 9,
            range: 0.1,
            bands,
        };
        assert_eq!(
            refused(engine.replace_model(house.models[3], grid)).0,
            Code::InvalidValue
        );
        let hysteresis = Bands {
            hysteresis: bad,
            ..Bands::default()
        };
        assert_eq!(
            refused(engine.add_model(Brackets::new(1, hysteresis))).1,
            "bands.hysteresis"
        );
    }
    assert_eq!(house.state(), before);
}

#[test]
fn bracket_tables_of_garbage_are_refused() {
    let row = Bracket {
        lower: 0.0,
        upper: 100.0,
        initial_rate: 0.1,
        initial_deduction: 0.0,
        maintenance_rate: 0.05,
        maintenance_deduction: 0.0,
    };
    for bad in [f64::NAN, f64::NEG_INFINITY, -1.0] {
        let rows = [
            Bracket { lower: bad, ..row },
            Bracket { upper: bad, ..row },
            Bracket {
                initial_rate: bad,
                ..row
            },
            Bracket {
                maintenance_rate: bad,
                ..row
            },
        ];
        for row in rows {
            for table in [BracketTable::cumulative(&[row]), BracketTable::marginal(&[row])] {
                assert_eq!(table.expect_err("garbage").code, Code::InvalidBrackets, "{row:?}");
            }
        }
        assert!(BracketTable::from_max_leverage(&[(0.0, bad)], 0.5).is_err());
        assert!(BracketTable::from_max_leverage(&[(bad, 10.0)], 0.5).is_err());
        assert!(BracketTable::from_max_leverage(&[(0.0, 10.0)], bad).is_err());
    }
    for deduction in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let bad = Bracket {
            maintenance_deduction: deduction,
            ..row
        };
        assert_eq!(
            BracketTable::cumulative(&[bad]).expect_err("garbage").code,
            Code::InvalidBrackets
        );
    }
    // a rate of nothing, a share above the whole, no tier at all
    assert!(BracketTable::from_max_leverage(&[(0.0, 10.0)], 0.0).is_err());
    assert!(BracketTable::from_max_leverage(&[(0.0, 10.0)], 1.5).is_err());
    assert!(BracketTable::from_max_leverage(&[], 0.5).is_err());
    assert!(BracketTable::from_max_leverage(&[(0.0, 0.5)], 0.5).is_err());
}

#[test]
fn money_of_garbage_is_refused_or_exact() {
    for number in NUMBERS {
        for rounding in [Rounding::Down, Rounding::Up] {
            match Money::from_f64("amount", number, rounding) {
                Ok(money) => {
                    assert!(number.abs() < 2_f64.powi(63), "{number}");
                    // rounded by less than one unit of 2⁻⁶⁰, the right way
                    let off = money.fixed_point() as f64 - number * 2_f64.powi(60);
                    assert!(
                        off.abs() <= 1.0 && (off == 0.0 || (off > 0.0) == (rounding == Rounding::Up)),
                        "{number}"
                    );
                }
                Err(error) => assert_eq!(error.code, Code::InvalidMoney, "{number}"),
            }
        }
    }
    for text in [
        "", " ", "nan", "inf", "1e400", "0x1", "1_000", "--1", "1e", "٣", "1.2.3", "e5", "1e+",
    ] {
        let refused = Money::parse("amount", text, Rounding::Down).expect_err(text);
        assert_eq!(refused.code, Code::InvalidMoney, "{text}");
    }
}
