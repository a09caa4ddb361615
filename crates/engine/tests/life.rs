//! The life of an account, each step with its arithmetic.

mod common;

use common::*;
use plimsoll_engine::margin::{Bands, Bracket, BracketTable, Brackets};
use plimsoll_engine::{
    AccountColumns, AccountId, AssetId, AssetSpec, Band, Code, Engine, EngineConfig, EngineError, Fill, InstrumentId,
    InstrumentSpec, Kind, ModelId, Money, NoPrice, OptionType, OrderId, Payoff, Position, Rounding, RowStatus,
    SurfaceSlice, Tick, TickStatus, UnderlyingId, NO_BAND, VOL_MAX,
};
use plimsoll_math::surface::Stickiness;

/// A linear perp at 100 under 10x (initial 10 %, maintenance 5 %), and an account with 1,000.
struct House {
    engine: Engine,
    model: ModelId,
    underlying: UnderlyingId,
    perp: InstrumentId,
    me: AccountId,
}

fn house() -> House {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let perp = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    mark(&mut engine, perp, 100.0, 1.0);
    House {
        engine,
        model,
        underlying,
        perp,
        me,
    }
}

impl House {
    fn fill(&mut self, size: f64, price: f64) -> f64 {
        self.engine
            .fill(self.me, self.perp, &fill(size, price))
            .expect("a fill")
    }

    fn balance(&self) -> f64 {
        self.engine.balance(self.me, USD).expect("live")
    }

    fn position(&self) -> Position {
        self.engine.position(self.me, self.perp).expect("live")
    }

    fn equity(&self) -> f64 {
        self.engine.assess(self.me).expect("live").equity
    }

    fn initial(&self) -> f64 {
        self.engine.assess(self.me).expect("live").risk.initial
    }

    fn maintenance(&self) -> f64 {
        self.engine.assess(self.me).expect("live").risk.maintenance
    }
}

fn code<T: core::fmt::Debug>(refused: Result<T, EngineError>) -> Code {
    refused.expect_err("a refusal").code
}

fn held(size: f64, entry_price: f64) -> Position {
    Position { size, entry_price }
}

#[test]
fn fills_average_the_entry_realise_on_the_part_closed_and_flip() {
    let mut house = house();
    // 2 at 100 and 1 at 130: (200 + 130) / 3 = 110
    assert_eq!(house.fill(2.0, 100.0), 0.0);
    assert_eq!(house.fill(1.0, 130.0), 0.0);
    assert_eq!((house.position(), house.balance()), (held(3.0, 110.0), 1000.0));
    // equity at 100: 1,000 + 3·(100 − 110)
    assert_eq!(house.equity(), 970.0);
    // one closed at 120: + (120 − 110); the entry of the rest stays
    assert_eq!(house.fill(-1.0, 120.0), 10.0);
    assert_eq!((house.position(), house.balance()), (held(2.0, 110.0), 1010.0));
    assert_eq!(house.equity(), 990.0);
    // flip by −3 at 90: closes 2 at a loss of 2·20, opens −1 at 90
    assert_eq!(house.fill(-3.0, 90.0), -40.0);
    assert_eq!((house.position(), house.balance()), (held(-1.0, 90.0), 970.0));
    assert_eq!(house.equity(), 960.0);
    // all closed: nothing held, nothing indexed
    assert_eq!(house.fill(1.0, 70.0), 20.0);
    assert_eq!(
        (house.position().size, house.balance(), house.equity()),
        (0.0, 990.0, 990.0)
    );
    assert!(house.position().entry_price.is_nan());
    assert_eq!(house.engine.stats().positions, 0);
}

#[test]
fn an_entry_at_nothing_is_a_plain_zero_and_an_inverse_one_is_beyond_every_price() {
    let mut house = house();
    let put = option(house.underlying, USD, OptionType::Put, 100.0, YEAR_MS);
    let put = house.engine.add_instrument(put).expect("valid terms");
    house.engine.fill(house.me, put, &fill(-1.0, 0.0)).expect("a fill");
    let entry_price = house.engine.position(house.me, put).expect("live").entry_price;
    assert_eq!(entry_price.to_bits(), 0);

    // a coin's 2⁻⁶⁰ rounds to nothing
    let coin = house
        .engine
        .add_asset(asset(&[], Some(house.underlying)))
        .expect("a coin");
    let inverse = inverse_perp(house.underlying, coin, 1.0);
    let inverse = house.engine.add_instrument(inverse).expect("valid terms");
    house.engine.fill(house.me, inverse, &fill(1.0, 1e19)).expect("a fill");
    assert_eq!(house.engine.position(house.me, inverse), Ok(held(1.0, f64::INFINITY)));
}

#[test]
fn fees_and_rebates_are_taken_from_their_own_asset() {
    let mut house = house();
    let token = house.engine.add_asset(asset(&[], None)).expect("a token");
    let paid = |amount: &str, fee_asset| Fill {
        fee: Money::parse("fee", amount, Rounding::Up).expect("a decimal"),
        fee_asset,
        ..fill(1.0, 100.0)
    };
    for (fill, usd, tokens) in [
        (paid("0.5", None), 999.5, 0.0),
        (paid("-0.25", None), 999.75, 0.0),
        (paid("2", Some(token)), 999.75, -2.0),
    ] {
        house.engine.fill(house.me, house.perp, &fill).expect("a fill");
        assert_eq!(
            (house.balance(), house.engine.balance(house.me, token)),
            (usd, Ok(tokens))
        );
    }
    assert_eq!(house.position(), held(3.0, 100.0));
}

#[test]
fn a_debit_takes_to_the_last_bit_what_a_deposit_adds_and_a_withdrawal_no_less_than_is_asked() {
    // balances in units of 2⁻⁵⁶, of which 1.5 are put in and taken out
    let mut house = house();
    let spec = AssetSpec {
        scale_log2: 4,
        ..asset(&[], None)
    };
    let token = house.engine.add_asset(spec).expect("a token");
    let unit = 2_f64.powi(-56);
    let amount = money(1.5 * unit);
    let me = house.me;
    house.engine.deposit(me, token, amount).expect("a deposit");
    assert_eq!(house.engine.balance(me, token), Ok(unit));
    house.engine.debit(me, token, amount).expect("a debit");
    assert_eq!(house.engine.balance(me, token), Ok(0.0));
    house.engine.withdraw(me, token, amount).expect("a withdrawal");
    assert_eq!(house.engine.balance(me, token), Ok(-2.0 * unit));
    let refused = house.engine.debit(me, token, money(-1.0));
    assert_eq!(code(refused), Code::InvalidMoney);
    // what it leaves is assessed at once
    house.engine.deposit(me, token, money(2.0 * unit)).expect("a deposit");
    house.engine.debit(me, USD, money(400.0)).expect("a debit");
    assert_eq!(house.engine.figures().equity[me.slot()], 600.0);
}

#[test]
fn partial_closes_lose_nothing_to_rounding() {
    // thirds of a position: whatever is realised and what is left add up to the last 2⁻⁶⁰
    let mut house = house();
    house.fill(3.0, 100.1);
    let mut realized = 0.0;
    for _ in 0..3 {
        realized += house.fill(-1.0, 99.9);
    }
    assert_near(realized, -0.6, 1e-13);
    // each fill's value is rounded once, against the account; thirds of the cost add up to all of it
    let value = |size: f64, price: f64| Money::from_f64("value", size * price, Rounding::Up).expect("an amount");
    let sold = value(-1.0, 99.9);
    let left = money(1000.0) - value(3.0, 100.1) - sold - sold - sold;
    assert_eq!(house.balance(), left.value());
}

#[test]
fn an_inverse_contract_realises_in_coin() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let contract = engine
        .add_instrument(inverse_perp(underlying, coin, 100.0))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(2.0)).expect("a deposit");
    engine.fill(me, contract, &fill(1000.0, 50_000.0)).expect("a fill");
    // half closed at 40,000: 500·100·(1/50,000 − 1/40,000) = −0.25 coins
    let realized = engine.fill(me, contract, &fill(-500.0, 40_000.0)).expect("a fill");
    assert_near(realized, -0.25, 1e-15);
    assert_near(engine.balance(me, coin).expect("live"), 1.75, 1e-15);
    assert_eq!(engine.position(me, contract), Ok(held(500.0, 50_000.0)));
    mark(&mut engine, contract, 40_000.0, 1.0);
    // (1.75 − 0.25) coins of 40,000
    assert_near(engine.assess(me).expect("live").equity, 60_000.0, 1e-14);
}

#[test]
fn an_option_premium_is_paid_at_the_fill_and_counts_as_its_value() {
    let mut house = house();
    let call = option(house.underlying, USD, OptionType::Call, 100.0, YEAR_MS);
    let call = house.engine.add_instrument(call).expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    engine.fill(me, call, &fill(2.0, 10.0)).expect("a fill");
    assert_eq!(engine.balance(me, USD), Ok(980.0));
    let realized = engine.fill(me, call, &fill(-1.0, 15.0)).expect("a fill");
    assert_eq!((realized, engine.balance(me, USD)), (5.0, Ok(995.0)));
    assert_eq!(engine.position(me, call), Ok(held(1.0, 10.0)));
    // a flip: 995 + 3·12, −2 held at 12
    let realized = engine.fill(me, call, &fill(-3.0, 12.0)).expect("a fill");
    assert_eq!((realized, engine.balance(me, USD)), (2.0, Ok(1031.0)));
    assert_eq!(engine.position(me, call), Ok(held(-2.0, 12.0)));
    let quoted = Tick {
        mark: 14.0,
        vol: 0.4,
        ..Tick::at(1.0)
    };
    tick(engine, call, quoted);
    assert_eq!(engine.assess(me).expect("live").equity, 1031.0 - 28.0);
    // a worthless option may be given away
    engine.fill(me, call, &fill(2.0, 0.0)).expect("a fill at nothing");
    assert_eq!(engine.balance(me, USD), Ok(1031.0));
}

#[test]
fn a_spot_fill_exchanges_two_balances() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    let bought = Fill {
        fee: money(0.001),
        fee_asset: Some(coin),
        ..fill(0.5, 600.0)
    };
    engine.fill(me, spot, &bought).expect("a fill");
    // 1,000 − 300; 0.5 − 0.001
    assert_eq!(engine.balance(me, USD), Ok(700.0));
    assert_near(engine.balance(me, coin).expect("live"), 0.499, 1e-15);
    assert_eq!(engine.assess(me).expect("live").status, RowStatus::MissingPrice);
    // its mark prices the coin: 700 + 0.499·620
    mark(engine, spot, 620.0, 2.0);
    assert_near(engine.assess(me).expect("live").equity, 1009.38, 1e-14);
    assert_eq!(code(engine.set_position(me, spot, 1.0, 600.0)), Code::NotApplicable);
    assert_eq!(code(engine.place_order(me, spot, 1.0, 600.0)), Code::NotApplicable);
}

#[test]
fn funding_goes_from_longs_to_shorts_at_the_mark() {
    let mut house = house();
    let other = account(&mut house.engine, house.model, 1000.0);
    house.fill(2.0, 90.0);
    house
        .engine
        .set_position(other, house.perp, -3.0, 100.0)
        .expect("a position");
    house.engine.fund(house.perp, 0.001).expect("a rate");
    // 0.001·2·100 and 0.001·3·100
    assert_near(house.balance(), 999.8, 1e-15);
    assert_near(house.engine.balance(other, USD).expect("live"), 1000.3, 1e-15);
    house.engine.fund(house.perp, -0.001).expect("a rate");
    assert_near(house.balance(), 1000.0, 1e-15);
    // as the venue states it
    let stated = Money::parse("amount", "-1.5", Rounding::Down).expect("a decimal");
    house
        .engine
        .fund_account(house.me, house.perp, stated)
        .expect("a payment");
    assert_near(house.balance(), 998.5, 1e-15);

    assert_eq!(code(house.engine.fund(house.perp, f64::NAN)), Code::InvalidValue);
    let silent = perp(house.underlying, USD);
    let silent = house.engine.add_instrument(silent).expect("valid terms");
    assert_eq!(code(house.engine.fund(silent, 0.001)), Code::NotApplicable);
}

#[test]
fn what_holders_are_refused_for_is_the_first_ones_whatever_order_they_opened_in() {
    let cash = 6e12;
    let refusals = |first_opens_last: bool| {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        let expiry_ms = 10.0;
        let kind = Kind::Future { expiry_ms };
        let dated = InstrumentSpec {
            kind,
            ..perp(underlying, USD)
        };
        let dated = engine.add_instrument(dated).expect("valid terms");
        let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
        let mut holders = [2.0, 3.0, 1.0].map(|size| (account(&mut engine, model, cash), size));
        if first_opens_last {
            holders.reverse();
        }
        for contract in [contract, dated] {
            for (holder, size) in holders {
                engine.set_position(holder, contract, -size, 1.0).expect("a position");
            }
        }
        mark(&mut engine, contract, 1e12, 1.0);
        let bytes = engine.snapshot(b"");
        let restored = Engine::from_snapshot(&bytes).expect("a snapshot").engine;
        [engine, restored].map(|mut engine| {
            let funded = engine.fund(contract, 2.0).expect_err("more than a balance holds");
            let settled = engine.settle(dated, 1e13, expiry_ms);
            (
                funded.came.to_string(),
                settled.expect_err("less than a balance holds").came.to_string(),
            )
        })
    };
    // 2 of 1e12 of the first account's, at a rate of 2, and its 2·(1 − 1e13)
    let [kept, restored] = refusals(false);
    assert_eq!(kept, ("4000000000000".into(), "-19999999999998".into()));
    assert_eq!(restored, kept);
    assert_eq!(refusals(true), [kept.clone(), kept]);
}

#[test]
fn inverse_funding_is_paid_in_coin_on_the_coin_notional() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let contract = engine
        .add_instrument(inverse_perp(underlying, coin, 100.0))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let [long, short] = [1000.0, -1000.0].map(|size| {
        let id = account(&mut engine, model, 0.0);
        engine.set_position(id, contract, size, 50_000.0).expect("a position");
        id
    });
    mark(&mut engine, contract, 50_000.0, 1.0);
    engine.fund(contract, 0.0001).expect("a rate");
    // 1,000·100/50,000 = 2 coins, 0.0001 of them
    assert_near(engine.balance(long, coin).expect("live"), -0.0002, 1e-18);
    assert_near(engine.balance(short, coin).expect("live"), 0.0002, 1e-18);
}

#[test]
fn money_in_and_out_is_exact_and_rounded_against_the_account() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    let exact = |text| Money::parse("amount", text, Rounding::Down).expect("a decimal");
    // ten deposits of 0.1 miss 1 by ten times what 2⁻⁶⁰ cannot hold, and no more
    for _ in 0..10 {
        engine.deposit(me, USD, exact("0.1")).expect("a deposit");
    }
    let balance = engine.balance(me, USD).expect("live");
    assert!(
        (1001.0 - balance).abs() <= 10.0 * 2_f64.powi(-60) + 1001.0 * f64::EPSILON,
        "{balance}"
    );
    // a balance may become a debt; the venue has decided
    engine.withdraw(me, USD, exact("1500.5")).expect("a debt");
    assert_near(engine.balance(me, USD).expect("live"), -499.5, 1e-15);
    assert_eq!(Some(Band::Insolvent), engine.assess(me).expect("live").band);
    assert_eq!(code(engine.deposit(me, USD, -exact("1"))), Code::InvalidMoney);
    assert_eq!(code(engine.withdraw(me, USD, -exact("1"))), Code::InvalidMoney);
    assert_eq!(code(engine.deposit(me, AssetId(9), exact("1"))), Code::UnknownHandle);
    // 2⁴³ cannot be held
    assert_eq!(
        code(engine.deposit(me, USD, exact("8796093022208000"))),
        Code::InvalidMoney
    );

    let other = engine.add_account(house.model).expect("room");
    engine.transfer(me, other, USD, exact("0.5")).expect("a transfer");
    assert_eq!(engine.balance(other, USD), Ok(0.5));
    assert_near(engine.balance(me, USD).expect("live"), -500.0, 1e-15);
    engine.transfer(other, other, USD, exact("0.25")).expect("to oneself");
    assert_eq!(engine.balance(other, USD), Ok(0.5));
}

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
fn funding_in_a_coin_needs_the_mark_and_no_price_of_the_coin() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin without a price");
    let contract = inverse_perp(underlying, coin, 100.0);
    let contract = engine.add_instrument(contract).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.set_position(me, contract, 1000.0, 50_000.0).expect("a position");
    assert_eq!(code(engine.fund(contract, 1e-4)), Code::NotApplicable);
    mark(&mut engine, contract, 50_000.0, 1.0);
    // 1,000 · 100 / 50,000 is 2 of the coin
    engine.fund(contract, 1e-4).expect("a mark");
    assert_near(engine.balance(me, coin).expect("live"), -2e-4, 1e-15);
}

#[test]
fn nothing_is_isolated_in_what_is_settled() {
    let mut house = house();
    let (me, perp) = (house.me, house.perp);
    house.engine.settle(perp, 100.0, 2.0).expect("delisted");
    assert_eq!(code(house.engine.add_isolated(me, perp, money(10.0))), Code::Expired);
    assert_eq!(house.engine.stats().accounts, 1);
    assert_eq!(house.engine.remove_instrument(perp), Ok(()));
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
fn a_chosen_leverage_raises_the_initial_requirement_only() {
    let mut house = house();
    house.fill(2.0, 100.0);
    house
        .engine
        .set_leverage(house.me, house.perp, 4.0)
        .expect("a leverage");
    // 200 / 4; the maintenance of 5 % stays
    assert_eq!((house.initial(), house.maintenance()), (50.0, 10.0));
    // more than the bracket's 10x changes nothing
    house
        .engine
        .set_leverage(house.me, house.perp, 40.0)
        .expect("a leverage");
    assert_eq!(house.initial(), 20.0);
    for leverage in [0.5, 0.0, -3.0, f64::NAN, f64::NEG_INFINITY] {
        let refused = house.engine.set_leverage(house.me, house.perp, leverage);
        assert_eq!(code(refused), Code::InvalidValue, "{leverage}");
    }
}

#[test]
fn an_infinite_leverage_takes_the_choice_back() {
    let mut house = house();
    let other = house
        .engine
        .add_instrument(perp(house.underlying, USD))
        .expect("valid terms");
    house.engine.set_leverage(house.me, other, 4.0).expect("a leverage");
    assert_eq!(code(house.engine.remove_instrument(other)), Code::InUse);
    house
        .engine
        .set_leverage(house.me, other, f64::INFINITY)
        .expect("no leverage");
    assert_eq!(house.engine.remove_instrument(other), Ok(()));
}

#[test]
fn an_account_holds_at_most_4095_positions_so_that_no_sum_can_wrap() {
    let mut house = house();
    for _ in 0..4_095 {
        let next = house
            .engine
            .add_instrument(perp(house.underlying, USD))
            .expect("valid terms");
        house
            .engine
            .set_position(house.me, next, 1.0, 100.0)
            .expect("room for a position");
    }
    let refused = house.engine.set_position(house.me, house.perp, 1.0, 100.0);
    assert_eq!(code(refused), Code::CapacityExceeded);
}

#[test]
fn expiry_settles_options_in_and_out_of_the_money_and_futures_at_the_delivery_price() {
    let mut house = house();
    let underlying = house.underlying;
    let expiry_ms = 10_000.0;
    let dated = |strike, kind| option(underlying, USD, kind, strike, expiry_ms);
    let future = InstrumentSpec {
        kind: Kind::Future { expiry_ms },
        ..perp(underlying, USD)
    };
    let specs = [
        dated(100.0, OptionType::Call),
        dated(100.0, OptionType::Put),
        dated(130.0, OptionType::Put),
        future,
    ];
    let [call, put, high_put, future] = specs.map(|spec| house.engine.add_instrument(spec).expect("valid terms"));
    let (engine, me) = (&mut house.engine, house.me);
    for (instrument, size, price) in [
        (call, 2.0, 8.0),
        (put, 3.0, 5.0),
        (high_put, -1.0, 20.0),
        (future, -4.0, 104.0),
    ] {
        engine.fill(me, instrument, &fill(size, price)).expect("a fill");
    }
    // premiums: 1,000 − 16 − 15 + 20
    assert_eq!(engine.balance(me, USD), Ok(989.0));
    let order = engine.place_order(me, future, 1.0, 90.0).expect("an order");
    assert_eq!(code(engine.settle(call, 112.0, 9_999.0)), Code::Expired);
    for price in [0.0, -1.0, f64::NAN] {
        assert_eq!(code(engine.settle(call, price, expiry_ms)), Code::InvalidValue);
    }

    // in the money: + 2·(112 − 100)
    engine.settle(call, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(1013.0));
    // out of the money: nothing
    engine.settle(put, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(1013.0));
    // sold in the money: − (130 − 112)
    engine.settle(high_put, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(995.0));
    // − 4·(112 − 104)
    engine.settle(future, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(963.0));

    assert_eq!((engine.stats().positions, engine.stats().orders), (0, 0));
    assert_eq!(code(engine.cancel_order(order)), Code::StaleHandle);
    assert_eq!(engine.assess(me).expect("live").equity, 963.0);
    assert_eq!(code(engine.settle(call, 112.0, expiry_ms)), Code::NotApplicable);
    assert_eq!(code(engine.fill(me, future, &fill(1.0, 100.0))), Code::Expired);
    assert_eq!(
        engine.tick(
            future,
            &Tick {
                mark: 100.0,
                ..Tick::at(expiry_ms)
            }
        ),
        Ok(TickStatus::RejectedSettled)
    );
    assert_eq!(engine.time_ms(), expiry_ms);
    assert_eq!(
        code(engine.add_instrument(dated(90.0, OptionType::Call))),
        Code::Expired
    );
}

#[test]
fn a_mark_counts_though_another_feed_has_given_a_newer_index() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    let other = engine.add_instrument(perp(house.underlying, USD)).expect("valid terms");
    engine.set_position(me, other, -1.0, 100.0).expect("a position");
    let quoted = |mark, index, time_ms| Tick {
        mark,
        index,
        ..Tick::at(time_ms)
    };
    tick(engine, house.perp, quoted(101.0, 100.5, 1000.0));
    tick(engine, other, quoted(150.0, 99.0, 999.0));
    assert_eq!(engine.assess(me).expect("live").equity, 950.0);
    let reference = |engine: &Engine| {
        let prices = engine.liquidation_prices(me, house.underlying);
        prices.expect("live").reference
    };
    assert_eq!(reference(engine), 100.5);
    // there is nothing else in a tick of an old index alone
    let late = engine.tick(other, &quoted(f64::NAN, 99.0, 999.5));
    assert_eq!(late, Ok(TickStatus::RejectedTime));
    tick(engine, other, quoted(f64::NAN, 99.0, 1000.0));
    assert_eq!(reference(engine), 99.0);
}

#[test]
fn an_option_whose_time_is_in_seconds_gets_no_vol_by_it() {
    // noon of 26 November 2026, and an expiry a month later
    let (now_ms, expiry_ms) = (1_795_694_400_000.0, 1_798_286_400_000.0);
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let call = engine
        .add_instrument(option(underlying, USD, OptionType::Call, 100.0, expiry_ms))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 100.0);
    engine.set_position(me, call, 1.0, 5.0).expect("a position");
    let quoted = |time_ms| Tick {
        index: 100.0,
        vol: 0.6,
        ..Tick::at(time_ms)
    };
    let in_seconds = engine.tick(call, &quoted(now_ms / 1000.0));
    assert_eq!(in_seconds, Ok(TickStatus::RejectedTime));
    let slice = SurfaceSlice {
        expiry_ms,
        forward: 100.0,
        svi: [0.03, 0.0, 0.0, 0.0, 0.1],
    };
    let in_seconds = engine.set_surface(underlying, &[slice], Stickiness::Strike, now_ms / 1000.0);
    assert_eq!(
        in_seconds.expect_err("a surface of 56 years").field.to_string(),
        "expiries[0].expiryMs"
    );
    assert!(engine.assess(me).expect("live").equity.is_nan());
    tick(&mut engine, call, quoted(now_ms));
    let equity = engine.assess(me).expect("live").equity;
    assert!(equity > 106.0 && equity < 108.0, "{equity}");
}

#[test]
fn a_perp_that_is_delisted_is_settled_at_any_time_and_spot_never() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    house.fill(4.0, 100.0);
    let (engine, me) = (&mut house.engine, house.me);
    let short = account(engine, house.model, 500.0);
    engine.fill(short, house.perp, &fill(-3.0, 90.0)).expect("a fill");
    let alone = engine.add_isolated(me, house.perp, money(50.0)).expect("a child");
    engine.fill(alone, house.perp, &fill(1.0, 110.0)).expect("a fill");
    let order = engine.place_order(short, house.perp, 1.0, 80.0).expect("an order");
    assert_eq!(code(engine.remove_instrument(house.perp)), Code::InUse);
    let refused = engine.settle(spot, 95.0, 7.0).expect_err("spot has no end");
    assert_eq!(
        (refused.code, refused.came.to_string()),
        (Code::NotApplicable, "spot".to_owned())
    );

    engine
        .settle(house.perp, 95.0, 7.0)
        .expect("a perp has no expiry to wait for");
    // 1,000 − 50 + 4·(95 − 100); 500 − 3·(95 − 90); 50 + (95 − 110)
    assert_eq!(engine.balance(me, USD), Ok(930.0));
    assert_eq!(engine.balance(short, USD), Ok(485.0));
    assert_eq!(engine.balance(alone, USD), Ok(35.0));
    assert_eq!((engine.stats().positions, engine.stats().orders), (0, 0));
    assert_eq!(code(engine.cancel_order(order)), Code::StaleHandle);
    assert_eq!(code(engine.fill(me, house.perp, &fill(1.0, 95.0))), Code::Expired);
    let tick = Tick {
        mark: 95.0,
        ..Tick::at(8.0)
    };
    assert_eq!(engine.tick(house.perp, &tick), Ok(TickStatus::RejectedSettled));
    let refused = engine.settle(house.perp, 95.0, 8.0).expect_err("once");
    assert_eq!(
        (refused.code, refused.came.to_string()),
        (Code::NotApplicable, "a settled one".to_owned())
    );
    // what its isolated account has left goes back, and the perp can go
    engine.transfer(alone, me, USD, money(35.0)).expect("a balance");
    engine.remove_account(alone).expect("empty");
    engine.remove_instrument(house.perp).expect("nobody holds it");
    assert_eq!(engine.totals().equity, 930.0 + 35.0 + 485.0);
}

#[test]
fn a_settled_future_no_longer_stands_in_for_the_index() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let future = InstrumentSpec {
        kind: Kind::Future { expiry_ms: 1000.0 },
        ..perp(underlying, USD)
    };
    let future = engine.add_instrument(future).expect("valid terms");
    let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    engine.set_position(me, contract, 1.0, 100.0).expect("a position");
    let reference = |engine: &Engine| engine.liquidation_prices(me, underlying).expect("live").reference;
    mark(&mut engine, future, 100.0, 1.0);
    mark(&mut engine, contract, 101.0, 2.0);
    assert_eq!(reference(&engine), 100.0);
    engine.settle(future, 100.0, 1000.0).expect("expired");
    mark(&mut engine, contract, 103.0, 1001.0);
    assert_eq!(reference(&engine), 103.0);
    assert_eq!(
        engine.liquidation_prices(me, underlying).expect("live").none,
        Some(NoPrice::SafeAtEveryPrice)
    );
}

#[test]
fn what_is_removed_is_refused_from_then_on_and_its_slot_starts_afresh() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    engine.fill(me, house.perp, &fill(1.0, 100.0)).expect("a fill");
    let order = engine.place_order(me, house.perp, 1.0, 90.0).expect("an order");
    assert_eq!(code(engine.remove_instrument(house.perp)), Code::InUse);
    engine.remove_account(me).expect("live");
    assert_eq!(code(engine.assess(me)), Code::StaleHandle);
    assert_eq!(code(engine.deposit(me, USD, money(1.0))), Code::StaleHandle);
    assert_eq!(code(engine.order(order)), Code::StaleHandle);
    assert_eq!(code(engine.assess(AccountId(77))), Code::UnknownHandle);
    assert_eq!(engine.totals().accounts, 0);
    assert!(engine.figures().equity[me.slot()].is_nan());
    let next = engine.add_account(house.model).expect("room");
    assert_eq!(next.slot(), me.slot());
    assert_eq!(code(engine.assess(me)), Code::StaleHandle);
    assert_eq!(engine.assess(next).expect("live").equity, 0.0);

    // an instrument's table goes with it
    let table = BracketTable::from_max_leverage(&[(0.0, 2.0)], 0.5).expect("one tier");
    engine
        .set_brackets(house.model, house.perp, table, 2)
        .expect("a later version");
    engine.remove_instrument(house.perp).expect("nobody holds it");
    assert_eq!(code(engine.tick(house.perp, &Tick::at(5.0))), Code::StaleHandle);
    assert_eq!(
        code(engine.set_position(next, house.perp, 1.0, 100.0)),
        Code::StaleHandle
    );
    let heir = engine.add_instrument(perp(house.underlying, USD)).expect("valid terms");
    assert_eq!(heir.slot(), house.perp.slot());
    engine.set_position(next, heir, 1.0, 100.0).expect("a position");
    // its price is not the old one's, nor its brackets
    assert_eq!(engine.assess(next).expect("live").status, RowStatus::MissingPrice);
    mark(engine, heir, 100.0, 6.0);
    assert_eq!(engine.assess(next).expect("live").risk.initial, 10.0);
}

#[test]
fn the_row_of_an_account_that_goes_before_anybody_has_read_what_ticks_made_of_it_is_empty() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    let other = engine.add_instrument(perp(house.underlying, USD)).expect("valid terms");
    mark(engine, other, 100.0, 1.0);
    engine.fill(me, house.perp, &fill(1.0, 100.0)).expect("a fill");
    // enough positions that a tick of the one does not lead to a pass over all of them
    let held: Vec<AccountId> = (0..9).map(|_| account(engine, house.model, 1000.0)).collect();
    for &id in &held {
        engine.set_position(id, other, 1.0, 100.0).expect("a position");
    }
    for (ticks, price) in [110.0, 120.0, 130.0].into_iter().enumerate() {
        mark(engine, house.perp, price, 2.0 + ticks as f64);
    }
    assert_eq!(engine.stats().full_passes, 0);
    assert_eq!(engine.figures().equity[me.slot()], 1030.0);
    for (ticks, price) in [140.0, 150.0].into_iter().enumerate() {
        mark(engine, house.perp, price, 5.0 + ticks as f64);
    }
    engine.remove_account(me).expect("live");
    let figures = engine.figures();
    assert!(figures.equity[me.slot()].is_nan());
    assert_eq!(
        (figures.band[me.slot()], figures.handle[me.slot()]),
        (NO_BAND, u32::MAX)
    );
    assert_eq!(figures.equity[held[0].slot()], 1000.0);
}

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
    // one instrument's table, at the version in force or a later one
    let table = || BracketTable::from_max_leverage(&[(0.0, 20.0)], 0.5).expect("one tier");
    assert_eq!(
        code(house.engine.set_brackets(house.model, house.perp, table(), 1)),
        Code::InvalidVersion
    );
    house
        .engine
        .set_brackets(house.model, house.perp, table(), 3)
        .expect("a later version");
    assert_eq!((house.initial(), house.maintenance()), (50.0, 25.0));
    // parameters that do not cover what is held are refused, and those in force stay
    let empty = Brackets::new(4, Bands::default());
    assert_eq!(
        code(house.engine.replace_model(house.model, empty)),
        Code::MissingParameters
    );
    let grid = common::book::Grid {
        version: 4,
        range: 0.1,
        bands: Bands::default(),
    };
    assert_eq!(code(house.engine.replace_model(house.model, grid)), Code::NotApplicable);
    assert_eq!(house.initial(), 50.0);
    assert_eq!(house.engine.brackets(house.model).expect("brackets").version, 3);
    assert_eq!(
        code(house.engine.replace_model(ModelId(9), steeper(5, 1.0))),
        Code::UnknownHandle
    );
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
fn accounts_from_columns_are_those_entered_one_by_one_and_all_or_none() {
    let mut house = house();
    let columns = AccountColumns {
        count: 3,
        balance_account: &[0, 2, 2],
        balance_asset: &[0, 0, 0],
        balance_amount: &[500.0, 100.0, -20.0],
        position_account: &[0, 1],
        position_instrument: &[house.perp.0, house.perp.0],
        position_size: &[1.5, -2.0],
        position_entry_price: &[90.0, 110.0],
    };
    let ids = house.engine.add_accounts(house.model, &columns).expect("valid rows");
    let equities: Vec<f64> = ids
        .iter()
        .map(|&id| house.engine.assess(id).expect("live").equity)
        .collect();
    // 500 + 1.5·10; −2·(100 − 110); 100 − 20
    assert_eq!(equities, [515.0, 20.0, 80.0]);
    assert_eq!(house.engine.position(ids[1], house.perp), Ok(held(-2.0, 110.0)));
    mark(&mut house.engine, house.perp, 105.0, 2.0);
    assert_eq!(house.engine.assess(ids[0]).expect("live").equity, 522.5);

    let before = (
        house.engine.stats().accounts,
        house.engine.stats().positions,
        house.engine.digest(),
    );
    let refusals = [
        (
            AccountColumns {
                position_size: &[1.5, 0.000_000_001],
                ..columns
            },
            "positions[1].size",
        ),
        (
            AccountColumns {
                position_entry_price: &[-1.0, 110.0],
                ..columns
            },
            "positions[0].entryPrice",
        ),
        (
            AccountColumns {
                position_account: &[0, 3],
                ..columns
            },
            "positions[1].account",
        ),
        (
            AccountColumns {
                balance_amount: &[1.0, f64::NAN, 1.0],
                ..columns
            },
            "balances[1].amount",
        ),
        (
            AccountColumns {
                balance_asset: &[0, 0, 7],
                ..columns
            },
            "balances[2].asset",
        ),
        (
            AccountColumns {
                balance_asset: &[0, 0],
                ..columns
            },
            "balances.asset",
        ),
        (
            AccountColumns {
                position_instrument: &[house.perp.0, 99],
                ..columns
            },
            "positions[1].instrument",
        ),
        (
            AccountColumns {
                count: usize::MAX,
                ..columns
            },
            "count",
        ),
    ];
    for (columns, field) in refusals {
        let refused = house.engine.add_accounts(house.model, &columns).expect_err(field);
        assert_eq!(refused.field.to_string(), field);
        let after = (
            house.engine.stats().accounts,
            house.engine.stats().positions,
            house.engine.digest(),
        );
        assert_eq!(after, before, "{field}");
    }
}

#[test]
fn a_position_that_columns_state_twice_is_the_last_one() {
    let (mut in_columns, mut one_by_one) = (house(), house());
    let (sizes, prices) = ([1.5, -2.0, 3.0, 0.0], [90.0, 110.0, 95.0, 95.0]);
    let columns = AccountColumns {
        count: 2,
        position_account: &[0, 0, 1, 1],
        position_instrument: &[in_columns.perp.0; 4],
        position_size: &sizes,
        position_entry_price: &prices,
        ..AccountColumns::default()
    };
    let ids = in_columns
        .engine
        .add_accounts(in_columns.model, &columns)
        .expect("valid rows");
    let entered = [0, 1].map(|_| one_by_one.engine.add_account(one_by_one.model).expect("room"));
    for (row, place) in [0, 0, 1, 1].into_iter().enumerate() {
        one_by_one
            .engine
            .set_position(entered[place], one_by_one.perp, sizes[row], prices[row])
            .expect("a position");
    }
    assert_eq!(
        in_columns.engine.position(ids[0], in_columns.perp),
        Ok(held(-2.0, 110.0))
    );
    for house in [&mut in_columns, &mut one_by_one] {
        assert_eq!(house.engine.stats().positions, 1);
        mark(&mut house.engine, house.perp, 105.0, 2.0);
    }
    // −2·(105 − 110); 210·10 %
    let risk = in_columns.engine.assess(ids[0]).expect("live");
    assert_eq!((risk.equity, risk.risk.initial), (10.0, 21.0));
    for (id, other) in ids.into_iter().zip(entered) {
        assert_eq!(in_columns.engine.assess(id), one_by_one.engine.assess(other));
    }
}

#[test]
fn asset_prices_are_ticks_that_move_collateral_and_settlements() {
    let mut house = house();
    let engine = &mut house.engine;
    let stable = engine.add_asset(asset(&[], None)).expect("a stablecoin");
    let contract = engine
        .add_instrument(perp(house.underlying, stable))
        .expect("valid terms");
    let me = account(engine, house.model, 0.0);
    engine.deposit(me, stable, money(400.0)).expect("a deposit");
    engine.set_position(me, contract, -10.0, 105.0).expect("a position");
    mark(engine, contract, 100.0, 1.0);
    assert_eq!(engine.assess(me).expect("live").status, RowStatus::MissingPrice);
    assert_eq!(engine.tick_asset(stable, 1.0, 1.0, 7), Ok(TickStatus::Applied));
    // (400 + 50)·1; 1,000·10 %
    let risk = engine.assess(me).expect("live");
    assert_eq!((risk.equity, risk.gross, risk.risk.initial), (450.0, 1000.0, 100.0));
    // the peg is lost: all of it is worth 0.8
    assert_eq!(engine.tick_asset(stable, 0.8, 2.0, 7), Ok(TickStatus::Applied));
    let risk = engine.assess(me).expect("live");
    assert_near(risk.equity, 360.0, 1e-15);
    assert_near(risk.gross, 800.0, 1e-15);
    assert_near(risk.risk.maintenance, 40.0, 1e-15);
    assert_eq!(risk.assets[0].price, 0.8);
    assert_eq!(engine.tick_asset(stable, 0.9, 1.9, 7), Ok(TickStatus::RejectedTime));
    assert_eq!(engine.tick_asset(stable, 0.0, 3.0, 7), Ok(TickStatus::RejectedPrice));
    assert_eq!(code(engine.tick_asset(USD, 1.0, 3.0, 7)), Code::NotApplicable);
    assert_eq!(code(engine.tick_asset(AssetId(9), 1.0, 3.0, 7)), Code::UnknownHandle);

    // collateral alone can liquidate: long 10 at 100 on 70 stablecoins needs 50
    let other = account(engine, house.model, 0.0);
    engine.deposit(other, stable, money(70.0)).expect("a deposit");
    engine.set_position(other, house.perp, 10.0, 100.0).expect("a position");
    engine.clear_events();
    engine.tick_asset(stable, 0.5, 4.0, 7).expect("known");
    let event = engine
        .events()
        .iter()
        .find(|event| event.account == other)
        .expect("an event");
    assert_eq!(
        (event.to, event.equity, event.maintenance),
        (Band::Liquidatable, 35.0, 50.0)
    );
}

#[test]
fn an_asset_follows_its_underlying_until_it_has_a_price_of_its_own() {
    let mut house = house();
    let engine = &mut house.engine;
    let coin = engine.add_asset(asset(&[], Some(house.underlying))).expect("a coin");
    engine.deposit(house.me, coin, money(2.0)).expect("a deposit");
    let price = |engine: &Engine| engine.assess(house.me).expect("live").assets[1].price;
    assert_eq!(price(engine), 100.0);
    mark(engine, house.perp, 103.0, 2.0);
    assert_eq!(price(engine), 103.0);
    // an index takes the place of the mark that stood in for it
    engine.tick_underlying(house.underlying, 102.0, 3.0, 0).expect("known");
    mark(engine, house.perp, 104.0, 4.0);
    assert_eq!(price(engine), 102.0);
    engine.tick_asset(coin, 99.0, 5.0, 0).expect("known");
    engine.tick_underlying(house.underlying, 98.0, 6.0, 0).expect("known");
    assert_eq!(price(engine), 99.0);
    assert_eq!(
        engine.tick_underlying(house.underlying, 97.0, 5.0, 0),
        Ok(TickStatus::RejectedTime)
    );
}

#[test]
fn an_older_price_never_takes_the_place_of_a_newer_one() {
    let mut house = house();
    let engine = &mut house.engine;
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = engine.add_instrument(spot).expect("valid terms");
    engine.deposit(house.me, coin, money(1.0)).expect("a deposit");
    engine.tick_asset(coin, 50.0, 100.0, 0).expect("known");
    mark(engine, spot, 40.0, 90.0);
    assert_eq!(engine.assess(house.me).expect("live").assets[1].price, 50.0);
    mark(engine, spot, 45.0, 110.0);
    assert_eq!(engine.assess(house.me).expect("live").assets[1].price, 45.0);
}

#[test]
fn time_moves_on_without_a_tick() {
    let config = EngineConfig {
        stale_after_ms: 60_000.0,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    let expiry_ms = 100_000.0;
    let call = engine
        .add_instrument(option(underlying, USD, OptionType::Call, 98.0, expiry_ms))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 100.0);
    engine.set_position(me, call, 1.0, 12.0).expect("a position");
    engine.tick_underlying(underlying, 100.0, 0.0, 0).expect("known");
    // a vol of 2,000 % leaves time value even with seconds to go
    let quoted = Tick {
        vol: VOL_MAX,
        ..Tick::at(0.0)
    };
    tick(&mut engine, call, quoted);
    let value = |engine: &Engine| {
        let risk = engine.assess(me).expect("live");
        (risk.status, risk.equity - 100.0)
    };
    let (status, at_first) = value(&engine);
    assert!(status == RowStatus::Ok && at_first > 2.0, "{at_first}");
    assert_eq!(engine.advance(60_000.0), TickStatus::Applied);
    let (status, later) = value(&engine);
    assert!(status == RowStatus::Ok && later < at_first && later > 2.0, "{later}");
    engine.advance(60_001.0);
    assert_eq!(value(&engine).0, RowStatus::Stale);
    assert!(engine.figures().equity[me.slot()] > 102.0, "stale figures are figures");
    engine.advance(expiry_ms);
    assert_eq!(value(&engine), (RowStatus::Expired, 2.0));
    for time_ms in [expiry_ms - 1.0, f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(engine.advance(time_ms), TickStatus::RejectedTime);
    }
    assert_eq!(engine.time_ms(), expiry_ms);
}

#[test]
fn an_isolated_position_stands_on_its_own_margin() {
    let mut house = house();
    let other = house
        .engine
        .add_instrument(perp(house.underlying, USD))
        .expect("valid terms");
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = house
        .engine
        .add_instrument(InstrumentSpec {
            kind: Kind::Spot { base: coin },
            ..perp(house.underlying, USD)
        })
        .expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    let alone = engine.add_isolated(me, house.perp, money(30.0)).expect("a margin");
    assert_eq!(
        (engine.balance(me, USD), engine.balance(alone, USD)),
        (Ok(970.0), Ok(30.0))
    );
    engine.fill(alone, house.perp, &fill(2.0, 100.0)).expect("a fill");
    // long 2 with 30: 30 + 2·(p − 100) = 2·p·5 %  ⇒  p = 170 / 1.9
    let prices = engine.liquidation_prices(alone, house.underlying).expect("live");
    assert_eq!(prices.roots.len(), 1);
    assert_near(prices.roots[0].price, 170.0 / 1.9, 1e-14);
    assert_eq!(
        engine.liquidation_prices(me, house.underlying).expect("live").none,
        Some(NoPrice::NoExposure)
    );
    // a loss of 2·16 = 32 eats its margin and nothing of the parent's
    engine.clear_events();
    mark(engine, house.perp, 84.0, 2.0);
    assert_eq!(engine.assess(alone).expect("live").equity, -2.0);
    assert_eq!(
        (engine.assess(me).expect("live").equity, engine.events().len()),
        (970.0, 1)
    );
    let event = engine.events()[0];
    assert_eq!(
        (event.account, event.to, event.driver),
        (alone, Band::Insolvent, house.perp.slot() as u32)
    );
    // margin is added by a transfer: 8 left, 16.8 required at 10 %
    engine.transfer(me, alone, USD, money(10.0)).expect("a transfer");
    assert_eq!(engine.assess(alone).expect("live").equity, 8.0);

    assert_eq!(code(engine.fill(alone, other, &fill(1.0, 100.0))), Code::NotApplicable);
    assert_eq!(code(engine.fill(alone, spot, &fill(1.0, 100.0))), Code::NotApplicable);
    assert_eq!(engine.balance(alone, USD), Ok(40.0));
    assert_eq!(
        code(engine.add_isolated(alone, house.perp, money(1.0))),
        Code::NotApplicable
    );
    assert_eq!(code(engine.remove_account(me)), Code::InUse);
    engine.fill(alone, house.perp, &fill(-2.0, 84.0)).expect("a close");
    assert_eq!(code(engine.remove_instrument(house.perp)), Code::InUse);
    engine.transfer(alone, me, USD, money(8.0)).expect("what is left");
    engine.remove_account(alone).expect("closed");
    assert_eq!(engine.balance(me, USD), Ok(968.0));
    engine.remove_instrument(house.perp).expect("nobody is for it");
    engine.remove_account(me).expect("no isolated positions left");
}

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
fn an_option_mark_that_comes_before_the_index_is_read_when_it_comes() {
    let mut house = house();
    let engine = &mut house.engine;
    let underlying = engine.add_underlying();
    let call = option(underlying, USD, OptionType::Call, 100.0, YEAR_MS);
    let [early, late] = [0, 1].map(|_| engine.add_instrument(call).expect("valid terms"));
    for instrument in [early, late] {
        engine
            .set_position(house.me, instrument, 1.0, 10.0)
            .expect("a position");
    }
    mark(engine, early, 12.0, 1.0);
    assert_eq!(engine.assess(house.me).expect("live").status, RowStatus::MissingPrice);
    engine.tick_underlying(underlying, 100.0, 1.0, 0).expect("known");
    // the other has had no tick of its own: what it lacks now is a vol
    assert_eq!(
        engine.assess(house.me).expect("live").positions[1].status,
        RowStatus::NoVol
    );
    mark(engine, late, 12.0, 1.0);
    let risk = engine.assess(house.me).expect("live");
    assert_eq!(risk.status, RowStatus::Ok);
    assert_near(risk.positions[0].mark, 12.0, 1e-14);
    assert_eq!(risk.positions[0].mark, risk.positions[1].mark);
    assert_eq!(risk.positions[0].exposure, risk.positions[1].exposure);
}

#[test]
fn a_record_of_scenarios_follows_a_vol_that_leaves_the_premium_as_it_is() {
    // both times the mark is 12; under the grid a short needs more when the vol behind it is higher
    let shocked = |vols: &[f64]| {
        let mut house = house();
        let engine = &mut house.engine;
        let grid = common::book::Grid {
            version: 1,
            range: 0.1,
            bands: Bands::default(),
        };
        let model = engine.add_model(grid).expect("valid bands");
        let me = account(engine, model, 1000.0);
        let call = option(house.underlying, USD, OptionType::Call, 100.0, YEAR_MS);
        let call = engine.add_instrument(call).expect("valid terms");
        engine.set_position(me, call, -1.0, 12.0).expect("a position");
        for &vol in vols {
            let quoted = Tick {
                mark: 12.0,
                vol,
                ..Tick::at(2.0)
            };
            tick(engine, call, quoted);
        }
        let risk = engine.assess(me).expect("live");
        assert_near(risk.equity, 988.0, 1e-14);
        risk.risk.maintenance
    };
    let (calm, wild) = (shocked(&[0.3]), shocked(&[0.9]));
    assert!(wild > calm + 1.0, "{wild} {calm}");
    assert_eq!(shocked(&[0.3, 0.9]), wild);
}

#[test]
fn collateral_registered_on_an_old_price_is_stale_at_once() {
    let config = EngineConfig {
        stale_after_ms: 1000.0,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    engine.tick_underlying(underlying, 50.0, 0.0, 0).expect("known");
    engine.advance(5000.0);
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(1.0)).expect("a deposit");
    let risk = engine.assess(me).expect("live");
    assert_eq!(
        (risk.status, risk.equity, risk.assets[0].age_ms),
        (RowStatus::Stale, 50.0, 5000.0)
    );
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
fn a_spot_fill_rounds_both_amounts_against_the_account() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        multiplier: 0.5,
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    let engine = &mut house.engine;
    engine.withdraw(house.me, USD, money(1000.0)).expect("all of it");
    // neither half of 1e-8 coins nor what they cost is a whole number of the units of 2⁻⁶⁰ in which amounts are held
    engine.fill(house.me, spot, &fill(1e-8, 100.0)).expect("a fill");
    let unit = (-60.0_f64).exp2();
    let bought = engine.balance(house.me, coin).expect("live");
    assert!(bought < 5e-9 && bought > 5e-9 - unit, "{bought}");
    let paid = -engine.balance(house.me, USD).expect("live");
    assert!(paid > 5e-7 && paid < 5e-7 + unit, "{paid}");
    engine.fill(house.me, spot, &fill(-1e-8, 100.0)).expect("a fill");
    assert_eq!(engine.balance(house.me, coin), Ok(-unit));
    assert_eq!(engine.balance(house.me, USD), Ok(-unit));
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

#[test]
fn the_rate_of_a_tick_discounts_its_option() {
    let mut house = house();
    let call = option(house.underlying, USD, OptionType::Call, 100.0, YEAR_MS + 1.0);
    let call = house.engine.add_instrument(call).expect("valid terms");
    let engine = &mut house.engine;
    let quoted = Tick {
        vol: 0.5,
        ..Tick::at(1.0)
    };
    tick(engine, call, quoted);
    engine.set_position(house.me, call, 1.0, 0.0).expect("a position");
    let worth = |engine: &Engine| engine.assess(house.me).expect("live").equity - 1000.0;
    let undiscounted = worth(engine);
    let rated = Tick {
        rate: 0.1,
        ..Tick::at(1.0)
    };
    tick(engine, call, rated);
    assert_near(worth(engine), undiscounted * (-0.1_f64).exp(), 1e-12);
}

#[test]
fn an_option_that_settles_in_another_asset_counts_though_none_of_that_is_held() {
    let mut house = house();
    let token = house.engine.add_asset(asset(&[], None)).expect("a token");
    let call = option(house.underlying, token, OptionType::Call, 100.0, YEAR_MS);
    let call = house.engine.add_instrument(call).expect("valid terms");
    let engine = &mut house.engine;
    engine.tick_asset(token, 2.0, 1.0, 0).expect("known");
    let quoted = Tick {
        vol: 0.5,
        ..Tick::at(1.0)
    };
    tick(engine, call, quoted);
    engine
        .set_position(house.me, house.perp, 1.0, 100.0)
        .expect("a position");
    engine.set_position(house.me, call, 1.0, 0.0).expect("a position");
    let assessed = engine.assess(house.me).expect("live");
    assert!(assessed.equity > 1020.0, "{}", assessed.equity);
    assert_eq!(engine.figures().equity[house.me.slot()], assessed.equity);
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
