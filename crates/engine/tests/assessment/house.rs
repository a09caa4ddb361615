//! The book and the markets that the tests are on.

use crate::common::book::{Book, Ledger};
use crate::common::*;
use plimsoll_engine::{
    AccountId, Assessment, AssetSpec, Engine, EngineConfig, InstrumentId, InstrumentSpec, Kind, Leverage, ModelId,
    OptionType, Payoff, Tick, UnderlyingId,
};

/// A book that has lived through 20,000 ticks.
pub(crate) fn lived(seed: u64) -> Book {
    let mut book = Book::new(seed, 200, |i| i);
    for step in 0..20_000 {
        book.tick_at_random();
        if step % 20 == 0 {
            book.live_at_random();
        }
        if step % 4000 == 3999 {
            book.advance_at_random();
        }
    }
    book
}

pub(crate) fn assessments(book: &Book) -> Vec<(ModelId, Assessment)> {
    let assess = |ledger: &Ledger| (ledger.model, book.engine.assess(ledger.id).expect("live"));
    book.ledgers.iter().map(assess).collect()
}

/// One market of a perp, a future and a call on one underlying, and a perp on another, under one bracket of 20x.
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) model: ModelId,
    pub(crate) underlyings: [UnderlyingId; 2],
    pub(crate) perp: InstrumentId,
    pub(crate) future: InstrumentId,
    pub(crate) call: InstrumentId,
    pub(crate) other: InstrumentId,
}

pub(crate) const EXPIRY_MS: f64 = 0.25 * YEAR_MS;

pub(crate) const VOL: f64 = 0.6;

pub(crate) fn house() -> House {
    house_in(0)
}

/// The same, where the quote asset counts in units of 2^`scale_log2`.
pub(crate) fn house_in(scale_log2: i32) -> House {
    let quote = AssetSpec {
        scale_log2,
        ..AssetSpec::default()
    };
    let mut engine = Engine::new(EngineConfig {
        quote,
        ..EngineConfig::default()
    })
    .expect("a valid configuration");
    let underlyings = [engine.add_underlying(), engine.add_underlying()];
    let future = InstrumentSpec {
        kind: Kind::Future { expiry_ms: EXPIRY_MS },
        ..perp(underlyings[0], USD)
    };
    let call = option(underlyings[0], USD, OptionType::Call, 65_000.0, EXPIRY_MS);
    let specs = [perp(underlyings[0], USD), future, call, perp(underlyings[1], USD)];
    let [perp, future, call, other] = specs.map(|spec| engine.add_instrument(spec).expect("valid terms"));
    let model = engine.add_model(brackets(&[(0.0, 20.0)])).expect("valid bands");
    engine.tick_underlying(underlyings[0], 60_000.0, 0.0, 0).expect("known");
    mark(&mut engine, perp, 60_000.0, 0.0);
    mark(&mut engine, future, 61_000.0, 0.0);
    mark(&mut engine, other, 3_000.0, 0.0);
    let quoted = Tick {
        vol: VOL,
        ..Tick::at(0.0)
    };
    tick(&mut engine, call, quoted);
    House {
        engine,
        model,
        underlyings,
        perp,
        future,
        call,
        other,
    }
}

/// An account with a coin-settled option of [`EXPIRY_MS`], under one bracket of 10x.
pub(crate) struct CoinDesk {
    pub(crate) engine: Engine,
    pub(crate) underlying: UnderlyingId,
    pub(crate) option: InstrumentId,
    pub(crate) me: AccountId,
}

/// A desk at one price of the coin and of the option's underlying.
pub(crate) fn coin_desk(option_type: OptionType, strike: f64, deposit: f64, coin_price: f64, price: f64) -> CoinDesk {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let inverse = InstrumentSpec {
        payoff: Payoff::Inverse,
        ..option(underlying, coin, option_type, strike, EXPIRY_MS)
    };
    let option = engine.add_instrument(inverse).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, deposit);
    engine.tick_asset(coin, coin_price, 1.0, 0).expect("live");
    engine.tick_underlying(underlying, price, 1.0, 0).expect("live");
    CoinDesk {
        engine,
        underlying,
        option,
        me,
    }
}

pub(crate) fn finite(leverage: Leverage) -> f64 {
    let Leverage::Finite(value) = leverage else {
        panic!("{leverage:?} is not finite")
    };
    value
}
