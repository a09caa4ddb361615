//! Replays a journal of the command line's embedded market natively and prints the digest, to compare with that of other hosts.
//!
//! `cargo run --release -p plimsoll-engine --example replay_journal -- FILE`
//!
//! The format is in `docs/replay.md`: the magic `PLIMJRN1`, the starting time, then operations, each a code and its fields, all
//! little-endian doubles.

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use plimsoll_engine::margin::{Bands, Bracket, BracketTable, Brackets};
use plimsoll_engine::{
    AccountId, AssetId, AssetSpec, Engine, EngineConfig, Fill, HaircutSlice, InstrumentId, InstrumentSpec, Kind,
    ModelId, Money, OptionType, OrderId, Payoff, Rounding, Tick, UnderlyingId,
};

const MAGIC: &[u8] = b"PLIMJRN1";
/// Version of the one margin model, whose tables the instruments bring.
const MODEL_VERSION: u32 = 1;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: replay_journal FILE");
        return ExitCode::from(2);
    };
    match fs::read(&path).map_err(Into::into).and_then(|bytes| replay(&bytes)) {
        Ok(engine) => {
            let stats = engine.stats();
            println!(
                "{} accounts, {} ticks, digest {:016x}",
                stats.accounts,
                stats.ticks,
                engine.digest()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::from(2)
        }
    }
}

fn replay(bytes: &[u8]) -> Outcome<Engine> {
    let body = bytes
        .strip_prefix(MAGIC)
        .ok_or("not a journal: the magic PLIMJRN1 is missing")?;
    let mut reader = Reader { body, at: 0 };
    let time_ms = reader.number()?;
    let mut engine = Engine::new(EngineConfig {
        time_ms,
        ..EngineConfig::default()
    })?;
    let model = engine.add_model(Brackets::new(MODEL_VERSION, Bands::default()))?;
    let mut book = Book {
        engine,
        model,
        underlyings: vec![],
        assets: vec![AssetId(0)],
        instruments: vec![],
        accounts: vec![],
        orders: vec![],
    };
    while !reader.is_done() {
        book.apply(&mut reader)?;
        book.engine.clear_events();
    }
    Ok(book.engine)
}

/// An engine, and the handles by the journal's own numbers.
struct Book {
    engine: Engine,
    model: ModelId,
    underlyings: Vec<UnderlyingId>,
    assets: Vec<AssetId>,
    instruments: Vec<(InstrumentId, f64)>,
    accounts: Vec<Option<AccountId>>,
    orders: Vec<Option<OrderId>>,
}

impl Book {
    fn apply(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        match reader.index()? {
            1 => self.underlyings.push(self.engine.add_underlying()),
            2 => self.add_asset(reader)?,
            3 => self.add_instrument(reader)?,
            4 => {
                let account = reader.index()?;
                let handle = self.engine.add_account(self.model)?;
                put(&mut self.accounts, account, handle);
            }
            5 => {
                let (account, asset) = (self.account(reader)?, self.asset(reader)?);
                let amount = Money::from_f64("amount", reader.number()?, Rounding::Down)?;
                self.engine.deposit(account, asset, amount)?;
            }
            6 => {
                let (account, asset) = (self.account(reader)?, self.asset(reader)?);
                let amount = Money::from_f64("amount", reader.number()?, Rounding::Up)?;
                self.engine.withdraw(account, asset, amount)?;
            }
            7 => {
                let account = self.account(reader)?;
                let (instrument, lots_per_unit) = self.instrument(reader)?;
                let (size, price) = (reader.number()? / lots_per_unit, reader.number()?);
                let fee = Money::from_f64("fee", reader.number()?, Rounding::Up)?;
                self.engine.fill(
                    account,
                    instrument,
                    &Fill {
                        size,
                        price,
                        fee,
                        fee_asset: None,
                    },
                )?;
            }
            8 => {
                let account = self.account(reader)?;
                let (instrument, _) = self.instrument(reader)?;
                let margin = Money::from_f64("margin", reader.number()?, Rounding::Up)?;
                let child = reader.index()?;
                let handle = self.engine.add_isolated(account, instrument, margin)?;
                put(&mut self.accounts, child, handle);
            }
            9 => {
                let order = reader.index()?;
                let account = self.account(reader)?;
                let (instrument, lots_per_unit) = self.instrument(reader)?;
                let (size, price) = (reader.number()? / lots_per_unit, reader.number()?);
                let handle = self.engine.place_order(account, instrument, size, price)?;
                put(&mut self.orders, order, handle);
            }
            10 => {
                let order = known(&self.orders, reader.index()?, "order")?;
                self.engine.cancel_order(order)?;
            }
            11 => {
                let (instrument, _) = self.instrument(reader)?;
                let mut tick = Tick::at(reader.number()?);
                (tick.mark, tick.index, tick.vol) = (reader.number()?, reader.number()?, reader.number()?);
                self.engine.tick(instrument, &tick)?;
            }
            12 => {
                let (instrument, _) = self.instrument(reader)?;
                self.engine.fund(instrument, reader.number()?)?;
            }
            13 => {
                let (instrument, _) = self.instrument(reader)?;
                self.engine.settle(instrument, reader.number()?, reader.number()?)?;
            }
            code => return Err(format!("unknown operation {code} before byte {}", reader.offset()).into()),
        }
        Ok(())
    }

    fn add_asset(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        let underlying = *self
            .underlyings
            .get(reader.index()?)
            .ok_or("an asset names an unknown underlying")?;
        let haircuts = (0..reader.index()?)
            .map(|_| {
                Ok(HaircutSlice {
                    up_to: reader.number()?,
                    factor: reader.number()?,
                })
            })
            .collect::<Outcome<Vec<_>>>()?;
        self.assets.push(self.engine.add_asset(AssetSpec {
            haircuts,
            underlying: Some(underlying),
            ..AssetSpec::default()
        })?);
        Ok(())
    }

    fn add_instrument(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        let is_option = reader.flag()?;
        let underlying = *self
            .underlyings
            .get(reader.index()?)
            .ok_or("an instrument names an unknown underlying")?;
        let settle = self.asset(reader)?;
        let payoff = if reader.flag()? {
            Payoff::Inverse
        } else {
            Payoff::Linear
        };
        let size_decimals = u8::try_from(reader.index()?)?;
        let (side, strike, expiry_ms) = (reader.number()?, reader.number()?, reader.number()?);
        let option = if side > 0.0 { OptionType::Call } else { OptionType::Put };
        let kind = if is_option {
            Kind::Option {
                option,
                strike,
                expiry_ms,
            }
        } else {
            Kind::Perp
        };
        let rows = read_brackets(reader)?;
        let spec = InstrumentSpec {
            kind,
            payoff,
            underlying,
            settle,
            multiplier: 1.0,
            size_decimals,
        };
        let instrument = self.engine.add_instrument(spec)?;
        self.engine
            .set_brackets(instrument, vec![(self.model, BracketTable::marginal(&rows)?)])?;
        self.instruments
            .push((instrument, 10_f64.powi(i32::from(size_decimals))));
        Ok(())
    }

    fn account(&self, reader: &mut Reader<'_>) -> Outcome<AccountId> {
        known(&self.accounts, reader.index()?, "account")
    }

    fn asset(&self, reader: &mut Reader<'_>) -> Outcome<AssetId> {
        let asset = reader.index()?;
        self.assets
            .get(asset)
            .copied()
            .ok_or_else(|| format!("unknown asset {asset}").into())
    }

    /// An instrument and how many lots make one unit of size.
    fn instrument(&self, reader: &mut Reader<'_>) -> Outcome<(InstrumentId, f64)> {
        let instrument = reader.index()?;
        self.instruments
            .get(instrument)
            .copied()
            .ok_or_else(|| format!("unknown instrument {instrument}").into())
    }
}

/// Marginal brackets; each ends where the next begins.
fn read_brackets(reader: &mut Reader<'_>) -> Outcome<Vec<Bracket>> {
    let mut rows: Vec<Bracket> = Vec::new();
    for _ in 0..reader.index()? {
        let (lower, initial_rate, maintenance_rate) = (reader.number()?, reader.number()?, reader.number()?);
        if let Some(before) = rows.last_mut() {
            before.upper = lower;
        }
        let upper = f64::INFINITY;
        rows.push(Bracket {
            lower,
            upper,
            initial_rate,
            initial_deduction: 0.0,
            maintenance_rate,
            maintenance_deduction: 0.0,
        });
    }
    Ok(rows)
}

fn put<T: Clone>(rows: &mut Vec<Option<T>>, at: usize, value: T) {
    if rows.len() <= at {
        rows.resize(at + 1, None);
    }
    rows[at] = Some(value);
}

fn known<T: Copy>(rows: &[Option<T>], at: usize, what: &str) -> Outcome<T> {
    rows.get(at)
        .copied()
        .flatten()
        .ok_or_else(|| format!("{what} {at} is named before it is introduced").into())
}

/// The journal's doubles, one after another.
struct Reader<'a> {
    body: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn is_done(&self) -> bool {
        self.at == self.body.len()
    }

    fn offset(&self) -> usize {
        MAGIC.len() + self.at
    }

    fn number(&mut self) -> Outcome<f64> {
        let bytes = self
            .body
            .get(self.at..self.at + 8)
            .ok_or("the journal ends within an operation")?;
        self.at += 8;
        Ok(f64::from_le_bytes(bytes.try_into()?))
    }

    fn index(&mut self) -> Outcome<usize> {
        let number = self.number()?;
        if number >= 0.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0 {
            Ok(number as usize)
        } else {
            Err(format!("{number} before byte {} is no whole number", self.offset()).into())
        }
    }

    fn flag(&mut self) -> Outcome<bool> {
        Ok(self.index()? == 1)
    }
}
