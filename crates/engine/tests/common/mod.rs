//! What the tests of this folder share: terms of instruments, amounts, prices, and a generator of draws.

#![allow(dead_code)] // each test file uses its part

pub(crate) mod book;

use plimsoll_engine::margin::{Bands, BracketTable, Brackets};
use plimsoll_engine::{
    AccountId, AssetId, AssetSpec, Engine, EngineConfig, Fill, InstrumentId, InstrumentSpec, Kind, ModelId, Money,
    OptionType, Payoff, Rounding, Tick, TickStatus, UnderlyingId,
};

pub(crate) const YEAR_MS: f64 = 365.0 * 86_400_000.0;
pub(crate) const USD: AssetId = AssetId(0);

/// SplitMix64: enough to draw test values, the same on every machine.
pub(crate) struct Draws(pub u64);

impl Draws {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A whole number of thousandths.
    pub(crate) fn size(&mut self, low: f64, high: f64) -> f64 {
        (self.between(low, high) * 1000.0).round() / 1000.0
    }
}

pub(crate) fn engine() -> Engine {
    Engine::new(EngineConfig::default()).expect("the default configuration")
}

pub(crate) fn money(amount: f64) -> Money {
    Money::from_f64("amount", amount, Rounding::Down).expect("an amount")
}

pub(crate) fn perp(underlying: UnderlyingId, settle: AssetId) -> InstrumentSpec {
    InstrumentSpec {
        kind: Kind::Perp,
        payoff: Payoff::Linear,
        underlying,
        settle,
        multiplier: 1.0,
        size_decimals: 8,
    }
}

pub(crate) fn inverse_perp(underlying: UnderlyingId, coin: AssetId, multiplier: f64) -> InstrumentSpec {
    InstrumentSpec {
        payoff: Payoff::Inverse,
        multiplier,
        size_decimals: 0,
        ..perp(underlying, coin)
    }
}

pub(crate) fn option(
    underlying: UnderlyingId,
    settle: AssetId,
    option: OptionType,
    strike: f64,
    expiry_ms: f64,
) -> InstrumentSpec {
    InstrumentSpec {
        kind: Kind::Option {
            option,
            strike,
            expiry_ms,
        },
        size_decimals: 3,
        ..perp(underlying, settle)
    }
}

pub(crate) fn asset(factors: &[(f64, f64)], underlying: Option<UnderlyingId>) -> AssetSpec {
    AssetSpec {
        haircuts: factors
            .iter()
            .map(|&(up_to, factor)| plimsoll_engine::HaircutSlice { up_to, factor })
            .collect(),
        underlying,
        scale_log2: 0,
    }
}

/// Brackets for every instrument: (lower bound, maximum leverage); maintenance is half the initial margin.
pub(crate) fn brackets(tiers: &[(f64, f64)]) -> Brackets {
    let mut rule = Brackets::new(1, Bands::default());
    rule.set_default_table(BracketTable::from_max_leverage(tiers, 0.5).expect("a valid table"));
    rule
}

pub(crate) fn account(engine: &mut Engine, model: ModelId, cash: f64) -> AccountId {
    let account = engine.add_account(model).expect("room");
    if cash > 0.0 {
        engine.deposit(account, USD, money(cash)).expect("a deposit");
    }
    account
}

pub(crate) fn mark(engine: &mut Engine, instrument: InstrumentId, mark: f64, time_ms: f64) {
    tick(
        engine,
        instrument,
        Tick {
            mark,
            ..Tick::at(time_ms)
        },
    );
}

pub(crate) fn tick(engine: &mut Engine, instrument: InstrumentId, tick: Tick) {
    assert_eq!(engine.tick(instrument, &tick), Ok(TickStatus::Applied), "{tick:?}");
}

pub(crate) fn fill(size: f64, price: f64) -> Fill {
    Fill {
        size,
        price,
        fee: Money::ZERO,
        fee_asset: None,
    }
}

/// Whether two figures agree to a relative tolerance (absolute below 1).
pub(crate) fn is_near(ours: f64, expected: f64, tolerance: f64) -> bool {
    (ours - expected).abs() <= tolerance * expected.abs().max(1.0)
}

#[track_caller]
pub(crate) fn assert_near(ours: f64, expected: f64, tolerance: f64) {
    assert!(is_near(ours, expected, tolerance), "{ours} against {expected}");
}

/// Health one relative step below and above a ratio.
pub(crate) fn health_around(
    engine: &Engine,
    account: AccountId,
    underlying: UnderlyingId,
    ratio: f64,
    step: f64,
) -> (f64, f64) {
    let health = |ratio| engine.health_at(account, underlying, ratio).expect("live handles");
    (health(ratio * (1.0 - step)), health(ratio * (1.0 + step)))
}
