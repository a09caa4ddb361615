//! The one state of an instance: the engine, and the blocks through which it is spoken to.

use alloc::vec::Vec;

use core::cell::UnsafeCell;
use core::mem::ManuallyDrop;

use plimsoll_engine::{
    AssetId, BandEvent, Engine, EngineConfig, EngineError, InstrumentId, Tick, TickStatus, UnderlyingId,
};

use crate::chains::Chains;
use crate::mathematics::Books;
use crate::{REFUSED, TICK_STATUS_BASE};

/// Everything that the exports work on.
pub(crate) struct Core {
    /// Never dropped: an instance ends with its memory.
    pub engine: ManuallyDrop<Engine>,
    /// Arguments of a command, and columns to compute on.
    pub input: Vec<f64>,
    /// Decimal strings among the arguments.
    pub text: Vec<u8>,
    /// Answer of a command.
    pub output: Vec<f64>,
    /// The last refusal: code, field, what was expected and what came, between newlines. Each `{}` in the last three stands for
    /// a number; the `output` block has how many there are in each of them and then these numbers.
    pub error: Vec<u8>,
    /// A snapshot on its way in or out.
    pub snapshot: Vec<u8>,
    pub ticks: TickColumns,
    pub books: Books,
    pub chains: Chains,
}

/// Ticks as columns that JavaScript writes in place.
#[derive(Default)]
pub(crate) struct TickColumns {
    pub instrument: Vec<u32>,
    pub mark: Vec<f64>,
    pub index: Vec<f64>,
    pub underlying_price: Vec<f64>,
    pub vol: Vec<f64>,
    pub rate: Vec<f64>,
    pub time_ms: Vec<f64>,
    pub source: Vec<u32>,
    pub status: Vec<u8>,
}

struct Instance(UnsafeCell<Option<Core>>);

// SAFETY: the module has no threads; a worker runs an instance of its own.
#[allow(unsafe_code)]
unsafe impl Sync for Instance {}

static INSTANCE: Instance = Instance(UnsafeCell::new(None));

/// Runs a call on the instance's state, which the first call makes.
#[allow(unsafe_code)]
pub(crate) fn with_core<R>(call: impl FnOnce(&mut Core) -> R) -> R {
    // SAFETY: the exports are the only callers, none of them calls another, and nothing calls back into JavaScript.
    let core = unsafe { &mut *INSTANCE.0.get() };
    if core.is_none() {
        make(core);
    }
    call(core.as_mut().expect("invariant: made just now"))
}

#[cold]
#[inline(never)]
fn make(core: &mut Option<Core>) {
    *core = Some(Core::new());
}

impl TickColumns {
    pub(crate) fn reserve(&mut self, rows: usize) {
        for column in [
            &mut self.mark,
            &mut self.index,
            &mut self.underlying_price,
            &mut self.vol,
            &mut self.rate,
            &mut self.time_ms,
        ] {
            column.resize(rows, f64::NAN);
        }
        self.instrument.resize(rows, 0);
        self.source.resize(rows, 0);
        self.status.resize(rows, 0);
    }
}

impl Core {
    fn new() -> Self {
        let engine = match Engine::new(EngineConfig::default()) {
            Ok(engine) => ManuallyDrop::new(engine),
            Err(error) => unreachable!("the default configuration is valid: {error}"),
        };
        Self {
            engine,
            input: Vec::new(),
            text: Vec::new(),
            output: Vec::new(),
            error: Vec::new(),
            snapshot: Vec::new(),
            ticks: TickColumns::default(),
            books: Books::default(),
            chains: Chains::default(),
        }
    }

    pub(crate) fn reserve(&mut self, words: usize, bytes: usize) {
        if self.input.len() < words {
            self.input.resize(words, 0.0);
        }
        if self.text.len() < bytes {
            self.text.resize(bytes, 0);
        }
    }

    pub(crate) fn refuse(&mut self, error: &EngineError) -> u32 {
        self.error.clear();
        self.error.extend_from_slice(error.code.as_str().as_bytes());
        self.output.clear();
        for phrase in [&error.field, &error.expected, &error.came] {
            self.error.push(b'\n');
            self.error.extend_from_slice(phrase.text().as_bytes());
            self.output.push(phrase.numbers().len() as f64);
            self.output.extend_from_slice(phrase.numbers());
        }
        REFUSED
    }

    pub(crate) fn tick(
        &mut self,
        instrument: u32,
        mark: f64,
        index: f64,
        underlying_price: f64,
        vol: f64,
        rate: f64,
        time_ms: f64,
        source: u32,
    ) -> u32 {
        let tick = Tick {
            mark,
            index,
            underlying_price,
            vol,
            rate,
            time_ms,
            source,
        };
        let outcome = self.engine.tick(InstrumentId(instrument), &tick);
        self.tick_outcome(outcome)
    }

    pub(crate) fn tick_asset(&mut self, asset: u32, price: f64, time_ms: f64, source: u32) -> u32 {
        let outcome = self.engine.tick_asset(AssetId(asset), price, time_ms, source);
        self.tick_outcome(outcome)
    }

    pub(crate) fn tick_underlying(&mut self, underlying: u32, price: f64, time_ms: f64, source: u32) -> u32 {
        let outcome = self
            .engine
            .tick_underlying(UnderlyingId(underlying), price, time_ms, source);
        self.tick_outcome(outcome)
    }

    fn tick_outcome(&mut self, outcome: Result<TickStatus, EngineError>) -> u32 {
        match outcome {
            Ok(status) => TICK_STATUS_BASE + status as u32,
            Err(error) => self.refuse(&error),
        }
    }

    pub(crate) fn apply_ticks(&mut self, count: usize) -> u32 {
        let columns = &mut self.ticks;
        let count = count.min(columns.instrument.len());
        let rows = (0..count).map(|row| Tick {
            mark: columns.mark[row],
            index: columns.index[row],
            underlying_price: columns.underlying_price[row],
            vol: columns.vol[row],
            rate: columns.rate[row],
            time_ms: columns.time_ms[row],
            source: columns.source[row],
        });
        self.engine
            .apply_ticks(&columns.instrument[..count], rows, &mut columns.status[..count]);
        columns.status[..count]
            .iter()
            .filter(|&&status| status == TickStatus::Applied as u8)
            .count() as u32
    }

    /// Takes the events over that wait, so that the engine may forget them.
    pub(crate) fn take_events(&mut self, write: impl Fn(&BandEvent, &mut Vec<f64>)) {
        for event in self.engine.events() {
            write(event, &mut self.output);
        }
        self.engine.clear_events();
    }
}
