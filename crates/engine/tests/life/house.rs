//! An account with a perp, which most of these tests begin with.

use crate::common::*;
use plimsoll_engine::{AccountId, Code, Engine, EngineError, InstrumentId, ModelId, Position, UnderlyingId};

/// A linear perp at 100 under 10x (initial 10 %, maintenance 5 %), and an account with 1,000.
pub(crate) struct House {
    pub engine: Engine,
    pub model: ModelId,
    pub underlying: UnderlyingId,
    pub perp: InstrumentId,
    pub me: AccountId,
}

pub(crate) fn house() -> House {
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
    pub(crate) fn fill(&mut self, size: f64, price: f64) -> f64 {
        self.engine
            .fill(self.me, self.perp, &fill(size, price))
            .expect("a fill")
    }

    pub(crate) fn balance(&self) -> f64 {
        self.engine.balance(self.me, USD).expect("live")
    }

    pub(crate) fn position(&self) -> Position {
        self.engine.position(self.me, self.perp).expect("live")
    }

    pub(crate) fn equity(&self) -> f64 {
        self.engine.assess(self.me).expect("live").equity
    }

    pub(crate) fn initial(&self) -> f64 {
        self.engine.assess(self.me).expect("live").risk.initial
    }

    pub(crate) fn maintenance(&self) -> f64 {
        self.engine.assess(self.me).expect("live").risk.maintenance
    }
}

pub(crate) fn code<T: core::fmt::Debug>(refused: Result<T, EngineError>) -> Code {
    refused.expect_err("a refusal").code
}

pub(crate) fn held(size: f64, entry_price: f64) -> Position {
    Position { size, entry_price }
}
