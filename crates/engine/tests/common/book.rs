//! A mixed book of accounts that lives at random, with a ledger of its own beside the engine's accounting.
//!
//! The ledger knows one identity: an account's cash in an asset, balance less the cost of what it holds, falls by
//! size · unit value at every fill and rises by it at settlement. From that and the sizes an engine is rebuilt.

use std::collections::BTreeMap;

use plimsoll_engine::margin::{
    Bands, Bracket, BracketTable, BracketUnit, Brackets, Grouping, MarginModel, RecordInputs, Reduced, Risk, Row,
};
use plimsoll_engine::{
    AccountId, AssetId, Change, Code, Engine, EngineConfig, Fill, InstrumentId, InstrumentSpec, Kind, ModelId,
    ModelKind, Money, OptionType, OrderId, Payoff, Reader, Rounding, Stored, Tick, TickStatus, UnderlyingId, Writer,
};

use super::{asset, brackets, inverse_perp, money, option, perp, Draws, USD};

const HOUR_MS: f64 = 3_600_000.0;
/// Prices of the underlyings at the start; the first ones have coins and options.
const START: [f64; 24] = [
    60_000.0, 3_000.0, 150.0, 8.0, 0.5, 1.2, 25.0, 400.0, 0.07, 11.0, 2.0, 0.3, 90.0, 6.0, 1.5, 33.0, 700.0, 0.02, 5.0,
    14.0, 0.9, 3.0, 60.0, 250.0,
];
const WITH_COIN: usize = 2;
const WITH_OPTIONS: usize = 3;
const STALE_AFTER_MS: f64 = 30_000.0;
/// An account with so many positions trades only in those.
const ROWS_MANY: usize = 7;

/// A grid of five price and vol shocks, netted per underlying: terms from records, as scenario models have them.
pub(crate) struct Grid {
    pub version: u32,
    pub range: f64,
    pub bands: Bands,
}

const SHOCKS: [(f64, f64); 5] = [(1.0, 0.25), (0.5, -0.25), (0.0, 0.5), (-0.5, 0.25), (-1.0, -0.25)];

impl MarginModel for Grid {
    fn version(&self) -> u32 {
        self.version
    }
    fn bands(&self) -> &Bands {
        &self.bands
    }
    fn term_count(&self) -> usize {
        SHOCKS.len()
    }
    fn grouping(&self) -> Grouping {
        Grouping::Underlying
    }
    fn supports(&self, _instrument: usize, _spec: &InstrumentSpec) -> plimsoll_engine::Result<()> {
        Ok(())
    }
    fn record_len(&self) -> usize {
        SHOCKS.len()
    }
    fn write_record(&self, inputs: &RecordInputs<'_>, record: &mut [f64]) {
        let now = (inputs.reprice)(1.0, 1.0);
        for (loss, (price, vol)) in record.iter_mut().zip(SHOCKS) {
            *loss = now - (inputs.reprice)(1.0 + price * self.range, 1.0 + vol);
        }
    }
    fn terms(&self, row: &Row<'_>, terms: &mut [f64]) {
        for (term, loss) in terms.iter_mut().zip(row.record) {
            *term = row.size * loss;
        }
    }
    fn reduce(&self, sums: &[f64]) -> Reduced {
        let worst = sums.iter().copied().fold(0.0, f64::max);
        let binding = sums.iter().position(|&loss| loss == worst);
        Reduced {
            risk: Risk {
                initial: 1.2 * worst,
                maintenance: worst,
            },
            binding: binding.map_or(u32::MAX, |scenario| scenario as u32),
        }
    }
    fn rates_max(&self) -> Risk {
        // value now, and shocked as far as the range
        let maintenance = 2.0 + self.range;
        Risk {
            initial: 1.2 * maintenance,
            maintenance,
        }
    }
    fn kind(&self) -> [u8; 4] {
        GRID
    }
    fn write_parameters(&self, writer: &mut Writer) {
        writer.put(self);
    }
}

const GRID: [u8; 4] = *b"GRID";

impl Stored for Grid {
    fn write(&self, writer: &mut Writer) {
        let Self { version, range, bands } = self;
        writer.put(version);
        writer.put(range);
        writer.put(bands);
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            version: reader.part(),
            range: reader.part(),
            bands: reader.part(),
        }
    }
}

/// The kinds of models that [`add_models`] adds.
pub(crate) fn model_kinds() -> [ModelKind; 2] {
    [ModelKind::of::<Brackets>(Brackets::KIND), ModelKind::of::<Grid>(GRID)]
}

/// BTCUSDT of Binance, as freqtrade recorded it in October 2024 (binance_leverage_tiers.json), first four rows.
fn binance_rows() -> Vec<Bracket> {
    let rows = [
        (0.0, 50e3, 0.004, 125.0, 0.0),
        (50e3, 600e3, 0.005, 100.0, 50.0),
        (600e3, 3e6, 0.0065, 75.0, 950.0),
        (3e6, 12e6, 0.01, 50.0, 11_450.0),
    ];
    rows.into_iter()
        .map(
            |(lower, upper, maintenance_rate, leverage, maintenance_deduction)| Bracket {
                lower,
                upper,
                initial_rate: 1.0 / leverage,
                initial_deduction: 0.0,
                maintenance_rate,
                maintenance_deduction,
            },
        )
        .collect()
}

/// Four kinds of models: tiers, published brackets with orders in maintenance, brackets in coin, a grid with records.
pub(crate) fn add_models(engine: &mut Engine) -> Vec<ModelId> {
    let tiers = brackets(&[(0.0, 40.0), (20e3, 20.0), (200e3, 10.0)]);
    let mut published = Brackets::new(
        1,
        Bands {
            is_equality_liquidatable: false,
            ..Bands::default()
        },
    );
    published.set_default_table(BracketTable::cumulative(&binance_rows()).expect("the published table"));
    published.orders_in_maintenance = true;
    let mut in_coin = brackets(&[(0.0, 25.0), (3.0, 10.0)]);
    in_coin.unit = BracketUnit::Settlement;
    let grid = Grid {
        version: 1,
        range: 0.15,
        bands: Bands::default(),
    };
    vec![
        engine.add_model(tiers).expect("valid bands"),
        engine.add_model(published).expect("valid bands"),
        engine.add_model(in_coin).expect("valid bands"),
        engine.add_model(grid).expect("valid bands"),
    ]
}

#[derive(Clone)]
pub(crate) struct Listed {
    pub id: InstrumentId,
    pub spec: InstrumentSpec,
    /// Place of the underlying.
    pub at: usize,
    /// Last mark, NaN before the first one.
    pub mark: f64,
    /// The tick before which it has no price.
    pub silent_until: u64,
}

/// A resting order as the ledger knows it.
#[derive(Clone, Copy)]
pub(crate) struct Resting {
    pub id: OrderId,
    pub instrument: InstrumentId,
    pub lots: i64,
    pub price: f64,
}

/// One account in the ledger.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub id: AccountId,
    pub model: ModelId,
    pub parent: Option<AccountId>,
    pub isolated: Option<InstrumentId>,
    /// Balance less cost, by asset.
    pub cash: BTreeMap<AssetId, Money>,
    pub lots: BTreeMap<InstrumentId, i64>,
    pub orders: Vec<Resting>,
    pub leverage: BTreeMap<InstrumentId, f64>,
}

impl Ledger {
    fn add(&mut self, asset: AssetId, amount: Money) {
        let cash = self.cash.entry(asset).or_default();
        *cash = *cash + amount;
    }
}

pub(crate) struct Book {
    pub engine: Engine,
    /// The same market without accounts, to rebuild them in.
    pub market_only: Engine,
    pub models: Vec<ModelId>,
    pub underlyings: Vec<UnderlyingId>,
    pub prices: Vec<f64>,
    pub assets: Vec<AssetId>,
    pub listed: Vec<Listed>,
    pub ledgers: Vec<Ledger>,
    pub draws: Draws,
    pub time_ms: f64,
    pub ticks: u64,
    pub settled: usize,
    /// Row statuses that some account had when time had moved on.
    pub statuses_seen: [bool; 6],
    versions: u32,
}

/// Every figure of every account slot, as bits.
pub(crate) fn figure_bits(engine: &mut Engine) -> Vec<[u64; 10]> {
    let figures = engine.figures();
    (0..figures.equity.len())
        .map(|slot| {
            [
                figures.equity[slot].to_bits(),
                figures.initial[slot].to_bits(),
                figures.maintenance[slot].to_bits(),
                figures.position_value[slot].to_bits(),
                figures.initial_leverage[slot].to_bits(),
                figures.maintenance_leverage[slot].to_bits(),
                u64::from(figures.leverage_state[slot]),
                u64::from(figures.status[slot]),
                u64::from(figures.handle[slot]),
                u64::from(figures.band[slot]),
            ]
        })
        .collect()
}

/// Slots whose figures a full reassessment changes: none, where increments keep the law.
pub(crate) fn changed_by_full_reassessment(engine: &mut Engine) -> Vec<usize> {
    let kept = figure_bits(engine);
    engine.reassess_all();
    let full = figure_bits(engine);
    (0..kept.len()).filter(|&slot| kept[slot] != full[slot]).collect()
}

impl Book {
    /// A market of 24 underlyings and `accounts` accounts with 1 to 7 positions each; a tenth of the instruments and the
    /// stablecoin are without prices for the first ticks.
    pub(crate) fn new(seed: u64, accounts: usize, order_of_registration: impl Fn(usize) -> usize) -> Self {
        let mut draws = Draws(seed);
        let new_engine = || {
            let config = EngineConfig {
                stale_after_ms: STALE_AFTER_MS,
                ..EngineConfig::default()
            };
            Engine::new(config).expect("a valid configuration")
        };
        let mut engines = [new_engine(), new_engine()];
        let mut models = Vec::new();
        let mut underlyings = Vec::new();
        let mut assets = Vec::new();
        for engine in &mut engines {
            models = add_models(engine);
            underlyings = START.iter().map(|_| engine.add_underlying()).collect();
            let coin = [(10.0, 0.95), (100.0, 0.9), (f64::INFINITY, 0.5)];
            assets = vec![
                USD,
                engine.add_asset(asset(&[], None)).expect("a stablecoin"),
                engine.add_asset(asset(&coin, Some(underlyings[0]))).expect("a coin"),
                engine.add_asset(asset(&[], Some(underlyings[1]))).expect("a coin"),
                engine
                    .add_asset(asset(&[(1000.0, 0.8)], None))
                    .expect("a coin priced by spot"),
            ];
        }
        let [engine, market_only] = engines;
        let mut book = Self {
            engine,
            market_only,
            models,
            underlyings,
            prices: START.to_vec(),
            assets,
            listed: Vec::new(),
            ledgers: Vec::new(),
            draws: Draws(draws.next()),
            time_ms: 1.0,
            ticks: 0,
            settled: 0,
            statuses_seen: [false; 6],
            versions: 1,
        };
        book.list_all();
        let mut order: Vec<usize> = (0..accounts).collect();
        order.sort_by_key(|&i| order_of_registration(i));
        let mut ids = vec![None; accounts];
        for i in order {
            ids[i] = Some(book.engine.add_account(book.models[i % 4]).expect("room"));
        }
        for (i, id) in ids.into_iter().enumerate() {
            let model = book.models[i % 4];
            book.enter(id.expect("registered"), model, None, None);
            book.fund_at_random(i);
            for _ in 0..=book.draws.below(7) {
                book.fill_at_random(i);
            }
        }
        book
    }

    /// Does the same to both engines and returns what the first one says.
    fn on_both<T: PartialEq + core::fmt::Debug>(&mut self, act: impl Fn(&mut Engine) -> T) -> T {
        let said = act(&mut self.engine);
        assert_eq!(
            act(&mut self.market_only),
            said,
            "the market is the same without accounts"
        );
        said
    }

    fn list(&mut self, at: usize, spec: InstrumentSpec) {
        let id = self.on_both(|engine| engine.add_instrument(spec)).expect("valid terms");
        let silent_until = if self.ticks == 0 && self.draws.chance(0.1) {
            3000
        } else {
            0
        };
        self.listed.push(Listed {
            id,
            spec,
            at,
            mark: f64::NAN,
            silent_until,
        });
    }

    fn list_all(&mut self) {
        for at in 0..START.len() {
            let underlying = self.underlyings[at];
            let lots = |spec: InstrumentSpec| InstrumentSpec {
                size_decimals: 4,
                ..spec
            };
            self.list(at, lots(perp(underlying, USD)));
            self.list(at, lots(perp(underlying, self.assets[1])));
            self.list(at, self.dated(at, 1.0));
            if at < WITH_COIN {
                let coin = self.assets[2 + at];
                self.list(at, inverse_perp(underlying, coin, 10.0));
                // settled in a coin, paid on a price: quanto
                self.list(at, lots(perp(underlying, self.assets[3 - at])));
                let dated = InstrumentSpec {
                    kind: Kind::Future {
                        expiry_ms: 40.0 * HOUR_MS,
                    },
                    ..inverse_perp(underlying, coin, 10.0)
                };
                self.list(at, dated);
            }
            if at < WITH_OPTIONS {
                for k in 0..8 {
                    self.list(at, self.option(at, k, 1.0));
                }
            }
        }
        let spot = |base: AssetId| InstrumentSpec {
            kind: Kind::Spot { base },
            ..perp(self.underlyings[0], USD)
        };
        let (first, second) = (spot(self.assets[2]), spot(self.assets[4]));
        self.list(0, first);
        self.list(
            3,
            InstrumentSpec {
                underlying: self.underlyings[3],
                ..second
            },
        );
    }

    fn dated(&self, at: usize, hours: f64) -> InstrumentSpec {
        let expiry_ms = self.time_ms + (hours + at as f64) * HOUR_MS;
        InstrumentSpec {
            kind: Kind::Future { expiry_ms },
            size_decimals: 4,
            ..perp(self.underlyings[at], USD)
        }
    }

    fn option(&self, at: usize, k: usize, hours: f64) -> InstrumentSpec {
        let kind = [OptionType::Call, OptionType::Put][k % 2];
        let strike = (self.prices[at] * [0.9, 1.0, 1.1, 1.3][k / 2]).round();
        let expiry_ms = self.time_ms + (hours + 1.5 * (k / 2) as f64) * HOUR_MS;
        let is_inverse = at < WITH_COIN && k % 4 < 2;
        let settle = if is_inverse { self.assets[2 + at] } else { USD };
        InstrumentSpec {
            payoff: if is_inverse { Payoff::Inverse } else { Payoff::Linear },
            ..option(self.underlyings[at], settle, kind, strike, expiry_ms)
        }
    }

    fn enter(&mut self, id: AccountId, model: ModelId, parent: Option<AccountId>, isolated: Option<InstrumentId>) {
        self.ledgers.push(Ledger {
            id,
            model,
            parent,
            isolated,
            cash: BTreeMap::new(),
            lots: BTreeMap::new(),
            orders: Vec::new(),
            leverage: BTreeMap::new(),
        });
    }

    /// One tick of something, good or bad; returns whether the engines took it.
    pub(crate) fn tick_at_random(&mut self) -> bool {
        self.ticks += 1;
        self.time_ms += self.draws.between(0.0, 80.0);
        let time_ms = self.time_ms;
        let at = self.draws.below(START.len());
        let jump = if self.draws.chance(0.002) { 0.1 } else { 0.002 };
        let moved = self.prices[at] * (1.0 + self.draws.between(-jump, jump));
        self.prices[at] = moved.clamp(0.3 * START[at], 3.0 * START[at]);
        let price = self.prices[at];
        let what = self.draws.unit();
        let status = if what < 0.015 {
            let underlying = self.underlyings[at];
            self.on_both(|engine| engine.tick_underlying(underlying, price, time_ms, 1))
        } else if what < 0.02 && self.ticks > 3000 {
            let asset = self.assets[1 + self.draws.below(3)];
            let price = match asset.0 {
                1 => self.draws.between(0.97, 1.01),
                _ => self.prices[asset.0 as usize - 2] * self.draws.between(0.98, 1.0),
            };
            self.on_both(|engine| engine.tick_asset(asset, price, time_ms, 2))
        } else {
            let mut i = self.draws.below(self.listed.len());
            // a spot price moves everyone who holds the coin: rarer, so that a run does not spend itself on it
            if matches!(self.listed[i].spec.kind, Kind::Spot { .. }) && self.draws.chance(0.8) {
                i = self.draws.below(self.listed.len());
            }
            let tick = self.instrument_tick(i);
            if self.ticks < self.listed[i].silent_until {
                return false;
            }
            let id = self.listed[i].id;
            let status = self.on_both(|engine| engine.tick(id, &tick));
            if status == Ok(TickStatus::Applied) && !tick.mark.is_nan() {
                self.listed[i].mark = tick.mark;
            }
            status
        };
        status.expect("live handles") == TickStatus::Applied
    }

    fn instrument_tick(&mut self, i: usize) -> Tick {
        let Listed { spec, at, .. } = self.listed[i].clone();
        let price = self.prices[at];
        let draws = &mut self.draws;
        let mut tick = Tick::at(self.time_ms);
        tick.source = i as u32;
        if spec.kind.is_option() {
            let is_inverse = spec.payoff == Payoff::Inverse;
            let premium = draws.between(0.0, 0.2) * if is_inverse { 1.0 } else { price };
            match draws.below(4) {
                0 => tick.vol = draws.between(0.2, 1.5),
                // one in ten is a premium that no vol explains
                1 => tick.mark = premium * if draws.chance(0.1) { 20.0 } else { 1.0 },
                2 => (tick.mark, tick.vol) = (premium, draws.between(0.2, 1.5)),
                _ => (tick.underlying_price, tick.rate) = (price * draws.between(0.99, 1.01), draws.between(0.0, 0.1)),
            }
        } else {
            tick.mark = price * draws.between(0.999, 1.001);
            if draws.chance(0.01) {
                tick.index = price;
            }
        }
        if draws.chance(0.001) {
            let bad = [f64::NAN, f64::INFINITY, -1.0, 0.0][draws.below(4)];
            match draws.below(3) {
                0 => tick.mark = bad,
                1 => tick.vol = -1.0,
                _ => tick.time_ms = if bad == 0.0 { bad } else { -bad.abs() },
            }
        }
        tick
    }

    /// Moves time on by up to a minute, settles what has expired and lists its successors.
    pub(crate) fn advance_at_random(&mut self) {
        self.time_ms += self.draws.between(0.0, 60_000.0);
        let time_ms = self.time_ms;
        self.on_both(|engine| engine.advance(time_ms));
        for &status in &self.engine.figures().status {
            self.statuses_seen[usize::from(status)] = true;
        }
        let now_or_later = self.draws.chance(0.5);
        let is_over = |listed: &Listed| now_or_later && listed.spec.kind.expiry_ms().is_some_and(|at| at <= time_ms);
        let expired: Vec<Listed> = self.listed.iter().filter(|listed| is_over(listed)).cloned().collect();
        for Listed { id, spec, at, .. } in expired {
            let price = self.prices[at];
            self.on_both(|engine| engine.settle(id, price, time_ms))
                .expect("expired");
            self.settled += 1;
            self.listed.retain(|listed| listed.id != id);
            let unit_value = spec.unit_value_at_expiry(price);
            for ledger in &mut self.ledgers {
                ledger.leverage.remove(&id);
                ledger.orders.retain(|order| order.instrument != id);
                if let Some(lots) = ledger.lots.remove(&id) {
                    let value = Money::from_f64("value", spec.size(lots) * unit_value, Rounding::Down);
                    ledger.add(spec.settle, value.expect("an amount"));
                }
            }
            if self.ledgers.iter().all(|ledger| ledger.isolated != Some(id)) {
                self.on_both(|engine| engine.remove_instrument(id))
                    .expect("nobody holds it");
            }
            let next = if spec.kind.is_option() {
                let k = self.draws.below(8);
                self.option(at, k, 3.0)
            } else {
                self.dated(at, 3.0)
            };
            self.list(at, next);
        }
    }

    /// Replaces one model's parameters by a later version.
    pub(crate) fn replace_a_model(&mut self) {
        self.versions += 1;
        let version = self.versions;
        let model = self.models[self.draws.below(4)];
        let steep = self.draws.between(5.0, 20.0);
        if model == self.models[3] {
            let grid = move || Grid {
                version,
                range: 1.0 / steep,
                bands: Bands::default(),
            };
            self.on_both(|engine| engine.replace_model(model, grid()))
                .expect("a later version");
        } else if self.draws.chance(0.5) {
            let id = self.listed[self.draws.below(self.listed.len())].id;
            let table = BracketTable::from_max_leverage(&[(0.0, 2.0 * steep), (1000.0, steep)], 0.5);
            let table = table.expect("valid tiers");
            self.on_both(|engine| engine.set_brackets(id, vec![(model, table.clone())]))
                .expect("listed, and not settled");
        } else {
            self.on_both(|engine| {
                let mut rule = engine.brackets(model).expect("brackets").clone();
                rule.version = version;
                engine.replace_model(model, rule)
            })
            .expect("a later version");
        }
    }

    /// Something in the life of a random account.
    pub(crate) fn live_at_random(&mut self) {
        let i = self.draws.below(self.ledgers.len());
        match self.draws.below(16) {
            0..=5 => self.fill_at_random(i),
            6 => self.fund_at_random(i),
            7 => self.place_at_random(i),
            8 => self.cancel_or_fill_order(i),
            9 => self.lever_at_random(i),
            10 => self.pay_funding(),
            11 => self.isolate(i),
            12 => self.transfer(i),
            13 => self.replace_account(i),
            14 => self.state_a_payment(i),
            _ => self.ask_what_if(i),
        }
    }

    /// A listed instrument that account `i` may trade.
    fn tradable(&mut self, i: usize) -> Option<Listed> {
        match self.ledgers[i].isolated {
            Some(only) => self.listed.iter().find(|listed| listed.id == only).cloned(),
            None => {
                let lots = &self.ledgers[i].lots;
                if lots.len() >= ROWS_MANY {
                    let held = *lots.keys().nth(self.draws.below(lots.len())).expect("one of them");
                    return self.listed.iter().find(|listed| listed.id == held).cloned();
                }
                let at = self.draws.below(self.listed.len());
                Some(self.listed[at].clone())
            }
        }
    }

    fn fill_price(&mut self, listed: &Listed) -> f64 {
        let price = self.prices[listed.at];
        if listed.spec.kind.is_option() {
            let premium = self.draws.between(0.0, 0.1);
            premium
                * if listed.spec.payoff == Payoff::Inverse {
                    1.0
                } else {
                    price
                }
        } else if listed.spec.settle == self.assets[2] || listed.spec.settle == self.assets[3] {
            price * self.draws.between(0.99, 1.01)
        } else {
            price * self.draws.between(0.98, 1.02)
        }
    }

    fn lots_at_random(&mut self, i: usize, listed: &Listed) -> i64 {
        let held = self.ledgers[i].lots.get(&listed.id).copied().unwrap_or(0);
        if held != 0 && self.draws.chance(0.4) {
            // close a part, all, or flip
            let share = [0.3, 1.0, 1.7][self.draws.below(3)];
            return -((held as f64 * share).round() as i64);
        }
        let spec = &listed.spec;
        let price = self.prices[listed.at];
        let notional = self.draws.between(50.0, 20_000.0);
        let settles_in_coin = spec.settle == self.assets[2] || spec.settle == self.assets[3];
        let size = match spec.payoff {
            Payoff::Inverse if !spec.kind.is_option() => notional / 10.0,
            // a coin per unit of price: keep it to a few coins
            Payoff::Linear if settles_in_coin => notional / 5000.0 / price,
            _ => notional / price,
        };
        let lots = (size * 10_f64.powi(i32::from(spec.size_decimals))).ceil() as i64;
        if self.draws.chance(0.5) {
            lots
        } else {
            -lots
        }
    }

    fn fill_at_random(&mut self, i: usize) {
        let Some(listed) = self.tradable(i) else { return };
        let lots = self.lots_at_random(i, &listed);
        let price = self.fill_price(&listed);
        let fee_asset = self.draws.chance(0.2).then_some(USD);
        let fee = Money::from_f64("fee", self.draws.between(-0.2, 2.0), Rounding::Up).expect("an amount");
        let fee = if listed.spec.settle == USD || fee_asset.is_some() {
            fee
        } else {
            Money::ZERO
        };
        let fill = Fill {
            size: listed.spec.size(lots),
            price,
            fee,
            fee_asset,
        };
        self.engine.fill(self.ledgers[i].id, listed.id, &fill).expect("a fill");
        self.book_fill(i, &listed, lots, &fill);
    }

    fn book_fill(&mut self, i: usize, listed: &Listed, lots: i64, fill: &Fill) {
        let Listed { id, spec, .. } = listed;
        let ledger = &mut self.ledgers[i];
        let value = spec.size(lots) * spec.unit_value(fill.price);
        let value = Money::from_f64("value", value, Rounding::Up).expect("an amount");
        ledger.add(spec.settle, -value);
        ledger.add(fill.fee_asset.unwrap_or(spec.settle), -fill.fee);
        if let Kind::Spot { base } = spec.kind {
            let amount = Money::from_f64("size", spec.size(lots) * spec.multiplier, Rounding::Down);
            ledger.add(base, amount.expect("an amount"));
        } else {
            let held = ledger.lots.entry(*id).or_default();
            *held += lots;
            if *held == 0 {
                ledger.lots.remove(id);
            }
        }
    }

    fn fund_at_random(&mut self, i: usize) {
        let asset = self.assets[self.draws.below(5)];
        let per_unit = [1.0, 1.0, 60_000.0, 3000.0, 8.0][asset.0 as usize];
        let amount = money(self.draws.between(1.0, 20_000.0) / per_unit);
        let id = self.ledgers[i].id;
        if self.draws.chance(0.8) {
            self.engine.deposit(id, asset, amount).expect("a deposit");
            self.ledgers[i].add(asset, amount);
        } else {
            self.engine.withdraw(id, asset, amount).expect("a withdrawal");
            self.ledgers[i].add(asset, -amount);
        }
    }

    fn place_at_random(&mut self, i: usize) {
        let Some(listed) = self.tradable(i) else { return };
        if matches!(listed.spec.kind, Kind::Spot { .. }) || self.ledgers[i].orders.len() > 5 {
            return;
        }
        let lots = self.lots_at_random(i, &listed);
        if lots == 0 {
            return;
        }
        let price = self.fill_price(&listed);
        let size = listed.spec.size(lots);
        let id = self.engine.place_order(self.ledgers[i].id, listed.id, size, price);
        self.ledgers[i].orders.push(Resting {
            id: id.expect("an order"),
            instrument: listed.id,
            lots,
            price,
        });
    }

    fn cancel_or_fill_order(&mut self, i: usize) {
        if self.ledgers[i].orders.is_empty() {
            return;
        }
        let at = self.draws.below(self.ledgers[i].orders.len());
        let order = self.ledgers[i].orders[at];
        if self.draws.chance(0.5) {
            self.engine.cancel_order(order.id).expect("a resting order");
            self.ledgers[i].orders.remove(at);
            return;
        }
        let listed = self.listed.iter().find(|listed| listed.id == order.instrument);
        let listed = listed.expect("orders of what is settled are gone").clone();
        let lots = if self.draws.chance(0.5) {
            order.lots
        } else {
            order.lots / 2
        };
        if lots == 0 {
            return;
        }
        let fill = Fill {
            size: listed.spec.size(lots),
            price: order.price,
            fee: Money::ZERO,
            fee_asset: None,
        };
        self.engine.fill_order(order.id, &fill).expect("a fill");
        if lots == order.lots {
            self.ledgers[i].orders.remove(at);
        } else {
            self.ledgers[i].orders[at].lots -= lots;
        }
        self.book_fill(i, &listed, lots, &fill);
    }

    fn lever_at_random(&mut self, i: usize) {
        let Some(listed) = self.tradable(i) else { return };
        let leverage = self.draws.between(1.0, 30.0);
        if matches!(listed.spec.kind, Kind::Spot { .. }) {
            return;
        }
        self.engine
            .set_leverage(self.ledgers[i].id, listed.id, leverage)
            .expect("a leverage");
        self.ledgers[i].leverage.insert(listed.id, leverage);
    }

    fn pay_funding(&mut self) {
        let at = self.draws.below(self.listed.len());
        let Listed { id, spec, mark, .. } = self.listed[at].clone();
        let rate = self.draws.between(-0.001, 0.001);
        match self.engine.fund(id, rate) {
            Ok(()) => {
                for ledger in &mut self.ledgers {
                    if let Some(&lots) = ledger.lots.get(&id) {
                        let payment = -rate * spec.size(lots) * spec.unit_value(mark).abs();
                        let payment = Money::from_f64("payment", payment, Rounding::Down);
                        ledger.add(spec.settle, payment.expect("an amount"));
                    }
                }
            }
            Err(error) => assert_eq!(error.code, Code::NotApplicable),
        }
    }

    fn isolate(&mut self, i: usize) {
        let parent = self.ledgers[i].clone();
        let Some(listed) = self.tradable(i) else { return };
        if parent.isolated.is_some() || matches!(listed.spec.kind, Kind::Spot { .. }) {
            return;
        }
        let margin = money(self.draws.between(0.001, 0.5));
        let child = self
            .engine
            .add_isolated(parent.id, listed.id, margin)
            .expect("a margin");
        self.enter(child, parent.model, Some(parent.id), Some(listed.id));
        self.ledgers[i].add(listed.spec.settle, -margin);
        let last = self.ledgers.len() - 1;
        self.ledgers[last].add(listed.spec.settle, margin);
        self.fill_at_random(last);
    }

    fn transfer(&mut self, i: usize) {
        let to = self.draws.below(self.ledgers.len());
        let (asset, amount) = (self.assets[self.draws.below(5)], money(self.draws.between(0.0, 3.0)));
        self.engine
            .transfer(self.ledgers[i].id, self.ledgers[to].id, asset, amount)
            .expect("a transfer");
        self.ledgers[i].add(asset, -amount);
        self.ledgers[to].add(asset, amount);
    }

    fn state_a_payment(&mut self, i: usize) {
        let Some(listed) = self.tradable(i) else { return };
        let amount = money(self.draws.between(-1.0, 1.0));
        let id = self.ledgers[i].id;
        self.engine.fund_account(id, listed.id, amount).expect("a payment");
        self.ledgers[i].add(listed.spec.settle, amount);
    }

    /// Removes an account that has no isolated positions and registers a new one.
    fn replace_account(&mut self, i: usize) {
        let ledger = &self.ledgers[i];
        let model = ledger.model;
        if self.ledgers.iter().any(|other| other.parent == Some(ledger.id)) {
            let refused = self
                .engine
                .remove_account(ledger.id)
                .expect_err("it has isolated positions");
            assert_eq!(refused.code, Code::InUse);
            return;
        }
        let was_isolated = ledger.isolated.is_some();
        self.engine.remove_account(ledger.id).expect("live");
        self.ledgers.swap_remove(i);
        if !was_isolated {
            let id = self.engine.add_account(model).expect("room");
            self.enter(id, model, None, None);
            let last = self.ledgers.len() - 1;
            self.fund_at_random(last);
            self.fill_at_random(last);
        }
    }

    fn ask_what_if(&mut self, i: usize) {
        let changes: Vec<Change> = (0..3)
            .filter_map(|_| {
                if self.draws.chance(0.3) {
                    let underlying = self.underlyings[self.draws.below(self.underlyings.len())];
                    let ratio = self.draws.between(0.5, 2.0);
                    return Some(Change::Move {
                        underlying,
                        ratio,
                        vol_ratio: 1.0,
                    });
                }
                let listed = self.tradable(i)?;
                let lots = self.lots_at_random(i, &listed);
                Some(Change::Trade {
                    instrument: listed.id,
                    size: listed.spec.size(lots),
                    price: self.fill_price(&listed),
                })
            })
            .collect();
        let before = self.engine.assess(self.ledgers[i].id).expect("live");
        self.engine.what_if(self.ledgers[i].id, &changes).expect("an answer");
        let after = self.engine.assess(self.ledgers[i].id).expect("live");
        assert_eq!(
            format!("{before:?}"),
            format!("{after:?}"),
            "a question changes nothing"
        );
    }

    /// Puts every account of the ledger into the engine without accounts, in a random order, from its cash and sizes alone.
    /// Returns the rebuilt accounts beside the ledger's.
    pub(crate) fn rebuild(&mut self) -> Vec<(AccountId, AccountId)> {
        let mut order: Vec<usize> = (0..self.ledgers.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, self.draws.below(i + 1));
        }
        // an isolated position needs its parent first
        order.sort_by_key(|&i| self.ledgers[i].parent.is_some());
        let mut rebuilt: BTreeMap<AccountId, AccountId> = BTreeMap::new();
        for i in order {
            let ledger = self.ledgers[i].clone();
            let engine = &mut self.market_only;
            let id = match (ledger.parent, ledger.isolated) {
                (Some(parent), Some(instrument)) if self.listed.iter().any(|listed| listed.id == instrument) => {
                    engine.add_isolated(rebuilt[&parent], instrument, Money::ZERO)
                }
                _ => engine.add_account(ledger.model),
            };
            let id = id.expect("room");
            rebuilt.insert(ledger.id, id);
            self.restate(&ledger, id);
        }
        self.ledgers
            .iter()
            .map(|ledger| (ledger.id, rebuilt[&ledger.id]))
            .collect()
    }

    fn restate(&mut self, ledger: &Ledger, id: AccountId) {
        let engine = &mut self.market_only;
        let mut balances = ledger.cash.clone();
        let mut held: Vec<(&InstrumentId, &i64)> = ledger.lots.iter().collect();
        if self.draws.chance(0.5) {
            held.reverse();
        }
        for (&instrument, &lots) in held {
            let spec = self
                .listed
                .iter()
                .find(|listed| listed.id == instrument)
                .expect("listed")
                .spec;
            let (size, entry_price) = (spec.size(lots), 7.0);
            engine
                .set_position(id, instrument, size, entry_price)
                .expect("a position");
            if !spec.kind.is_option() {
                // any entry price will do, where the balance makes up for its cost
                let cost = Money::from_f64("cost", size * spec.unit_value(entry_price), Rounding::Up);
                let balance = balances.entry(spec.settle).or_default();
                *balance = *balance + cost.expect("an amount");
            }
        }
        for (asset, amount) in balances {
            if amount < Money::ZERO {
                engine.withdraw(id, asset, -amount).expect("a debt");
            } else {
                engine.deposit(id, asset, amount).expect("a deposit");
            }
        }
        for order in &ledger.orders {
            let spec = self
                .listed
                .iter()
                .find(|listed| listed.id == order.instrument)
                .expect("listed")
                .spec;
            engine
                .place_order(id, order.instrument, spec.size(order.lots), order.price)
                .expect("an order");
        }
        for (&instrument, &leverage) in &ledger.leverage {
            engine.set_leverage(id, instrument, leverage).expect("a leverage");
        }
    }

    /// Takes the rebuilt accounts out again, isolated ones first.
    pub(crate) fn clear_rebuilt(&mut self, pairs: &[(AccountId, AccountId)]) {
        let is_isolated = |id: &AccountId| {
            let ledger = self.ledgers.iter().find(|ledger| ledger.id == *id);
            ledger.is_some_and(|ledger| ledger.parent.is_some())
        };
        let (children, parents): (Vec<_>, Vec<_>) = pairs.iter().copied().partition(|(id, _)| is_isolated(id));
        for (_, id) in children.into_iter().chain(parents) {
            self.market_only.remove_account(id).expect("live");
        }
        assert_eq!(self.market_only.stats().positions, 0);
    }
}
