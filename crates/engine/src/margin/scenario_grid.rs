//! A test model that proves the four steps on the hardest shape: 16 scenarios of price and vol, as SPAN's risk array has
//! them. It is compiled for tests only; a portfolio-margin model of a venue will be a file like this one.
//!
//! 1. Terms: K = 16, the loss of the position in each scenario, from a record priced once per instrument and move.
//! 2. Sum per underlying. 3. Reduce: the worst scenario. 4. Combine: add.

use crate::error::Result;
use crate::instrument::InstrumentSpec;
use crate::margin::{Bands, Grouping, MarginModel, RecordInputs, Reduced, Risk, Row};
use crate::snapshot::codec::Writer;

const SCENARIOS: usize = 16;

/// (share of the price range, share of the vol range, share of the loss that counts), in SPAN's order.
const GRID: [(f64, f64, f64); SCENARIOS] = [
    (0.0, 1.0, 1.0),
    (0.0, -1.0, 1.0),
    (1.0 / 3.0, 1.0, 1.0),
    (1.0 / 3.0, -1.0, 1.0),
    (-1.0 / 3.0, 1.0, 1.0),
    (-1.0 / 3.0, -1.0, 1.0),
    (2.0 / 3.0, 1.0, 1.0),
    (2.0 / 3.0, -1.0, 1.0),
    (-2.0 / 3.0, 1.0, 1.0),
    (-2.0 / 3.0, -1.0, 1.0),
    (1.0, 1.0, 1.0),
    (1.0, -1.0, 1.0),
    (-1.0, 1.0, 1.0),
    (-1.0, -1.0, 1.0),
    (2.0, 0.0, 0.35),
    (-2.0, 0.0, 0.35),
];

pub(crate) struct ScenarioGrid {
    pub price_range: f64,
    pub vol_range: f64,
    pub bands: Bands,
}

impl MarginModel for ScenarioGrid {
    fn version(&self) -> u32 {
        1
    }

    fn bands(&self) -> &Bands {
        &self.bands
    }

    fn term_count(&self) -> usize {
        SCENARIOS
    }

    fn grouping(&self) -> Grouping {
        Grouping::Underlying
    }

    fn supports(&self, _instrument: usize, _spec: &InstrumentSpec) -> Result<()> {
        Ok(())
    }

    fn record_len(&self) -> usize {
        SCENARIOS
    }

    fn write_record(&self, inputs: &RecordInputs<'_>, record: &mut [f64]) {
        let now = (inputs.reprice)(1.0, 1.0);
        for (loss, (price, vol, share)) in record.iter_mut().zip(GRID) {
            let shocked = (inputs.reprice)(1.0 + price * self.price_range, 1.0 + vol * self.vol_range);
            *loss = share * (now - shocked);
        }
    }

    fn terms(&self, row: &Row<'_>, terms: &mut [f64]) {
        for (term, loss) in terms.iter_mut().zip(row.record) {
            *term = row.size * loss;
        }
    }

    fn reduce(&self, sums: &[f64]) -> Reduced {
        let mut worst = (0.0, u32::MAX);
        for (scenario, &loss) in sums.iter().enumerate() {
            if loss > worst.0 {
                worst = (loss, scenario as u32);
            }
        }
        Reduced {
            risk: Risk {
                initial: worst.0,
                maintenance: 0.8 * worst.0,
            },
            binding: worst.1,
        }
    }

    fn rates_max(&self) -> Risk {
        // value now, and shocked twice as far as the range
        let maintenance = 2.0 + 2.0 * self.price_range;
        Risk {
            initial: maintenance / 0.8,
            maintenance,
        }
    }

    fn kind(&self) -> [u8; 4] {
        *b"SPAN"
    }

    fn write_parameters(&self, writer: &mut Writer) {
        writer.put(&self.price_range);
        writer.put(&self.vol_range);
        writer.put(&self.bands);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountId, Assessment, Band, Engine, EngineConfig, InstrumentId, Kind, ModelId, Money, OptionType, Payoff,
        Rounding, Tick, UnderlyingId,
    };
    use plimsoll_math::black;

    const YEAR_MS: f64 = 365.0 * 86_400_000.0;

    struct House {
        engine: Engine,
        model: ModelId,
        underlying: UnderlyingId,
        future: InstrumentId,
        call: InstrumentId,
    }

    fn instrument(engine: &mut Engine, underlying: UnderlyingId, kind: Kind) -> InstrumentId {
        let spec = InstrumentSpec {
            kind,
            payoff: Payoff::Linear,
            underlying,
            settle: crate::AssetId(0),
            multiplier: 1.0,
            size_decimals: 3,
        };
        engine.add_instrument(spec).expect("a valid instrument")
    }

    /// A future and a call of strike 100,000 a quarter out, at 100,000 and 60 % vol; price range 10 %, vol range 25 %.
    fn house() -> House {
        house_of(0.1)
    }

    /// The same with another price range.
    fn house_of(price_range: f64) -> House {
        let mut engine = Engine::new(EngineConfig::default()).expect("default");
        let bands = Bands {
            hysteresis: 0.0,
            ..Bands::default()
        };
        let model = engine
            .add_model(ScenarioGrid {
                price_range,
                vol_range: 0.25,
                bands,
            })
            .expect("model");
        let underlying = engine.add_underlying();
        let expiry_ms = 0.25 * YEAR_MS;
        let future = instrument(&mut engine, underlying, Kind::Future { expiry_ms });
        let kind = Kind::Option {
            option: OptionType::Call,
            strike: 100_000.0,
            expiry_ms,
        };
        let call = instrument(&mut engine, underlying, kind);
        engine
            .tick(
                future,
                &Tick {
                    mark: 100_000.0,
                    ..Tick::at(0.0)
                },
            )
            .expect("live");
        engine
            .tick(
                call,
                &Tick {
                    vol: 0.6,
                    ..Tick::at(0.0)
                },
            )
            .expect("live");
        House {
            engine,
            model,
            underlying,
            future,
            call,
        }
    }

    impl House {
        fn account(&mut self, positions: &[(InstrumentId, f64)]) -> AccountId {
            let account = self.engine.add_account(self.model).expect("room");
            let cash = Money::from_f64("amount", 50_000.0, Rounding::Down).expect("amount");
            self.engine.deposit(account, crate::AssetId(0), cash).expect("deposit");
            for &(instrument, size) in positions {
                self.engine
                    .set_position(account, instrument, size, 100_000.0)
                    .expect("position");
            }
            account
        }

        fn assess(&self, account: AccountId) -> Assessment {
            self.engine.assess(account).expect("live")
        }
    }

    #[test]
    fn a_lone_future_scans_its_price_range() {
        // SPAN array of a future (L. McMillan, Options as a Strategic Investment, ch. 34): range 10,000 gives 0, ±3,330, ±6,670, ±10,000, ±7,000; scan 10,000
        let mut house = house();
        let long = house.account(&[(house.future, 1.0)]);
        let short = house.account(&[(house.future, -1.0)]);
        let (long, short) = (house.assess(long), house.assess(short));
        assert!((long.risk.initial - 10_000.0).abs() < 1e-9 && (short.risk.initial - 10_000.0).abs() < 1e-9);
        // worst for the long: scenario 13 of SPAN (index 12), range down; for the short scenario 11
        assert_eq!((long.binding, short.binding), (12, 10));
    }

    #[test]
    fn a_covered_call_nets_and_its_worst_scenario_equals_pricing_the_portfolio_afresh() {
        let mut house = house();
        let account = house.account(&[(house.future, 1.0), (house.call, -1.0)]);
        let price = |forward: f64, vol: f64| {
            black::forward(OptionType::Call, forward, 100_000.0, 0.25, 0.0, vol)
                .0
                .price
        };
        let now = price(100_000.0, 0.6);
        let worst = GRID
            .iter()
            .map(|&(move_price, move_vol, share)| {
                let forward = 100_000.0 * (1.0 + 0.1 * move_price);
                let shocked = price(forward, 0.6 * (1.0 + 0.25 * move_vol));
                share * ((100_000.0 - forward) - (now - shocked))
            })
            .fold(0.0, f64::max);
        let netted = house.assess(account);
        assert!(
            (netted.risk.initial - worst).abs() < 1e-6,
            "{} against {worst}",
            netted.risk.initial
        );
        assert!(netted.risk.initial < 10_000.0, "the call offsets the future");
    }

    #[test]
    fn increments_equal_a_full_pass_bit_for_bit_under_the_grid() {
        let mut house = house();
        let accounts: Vec<AccountId> = (0..50)
            .map(|i| {
                house.account(&[
                    (house.future, f64::from(i % 7) - 3.0),
                    (house.call, f64::from(i % 5) - 2.0),
                ])
            })
            .collect();
        let mut state = 7_u64;
        for step in 1..2_000_u32 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let time_ms = f64::from(step) * 1000.0;
            let engine = &mut house.engine;
            if step % 3 == 0 {
                engine
                    .tick(
                        house.call,
                        &Tick {
                            vol: 0.4 + 0.4 * unit,
                            ..Tick::at(time_ms)
                        },
                    )
                    .expect("live");
            } else {
                engine
                    .tick(
                        house.future,
                        &Tick {
                            mark: 90_000.0 + 20_000.0 * unit,
                            ..Tick::at(time_ms)
                        },
                    )
                    .expect("live");
            }
        }
        let kept: Vec<Assessment> = accounts.iter().map(|&account| house.assess(account)).collect();
        house.engine.reassess_all();
        for (account, kept) in accounts.into_iter().zip(kept) {
            let fresh = house.assess(account);
            assert_eq!(kept.risk.initial.to_bits(), fresh.risk.initial.to_bits());
            assert_eq!(kept.equity.to_bits(), fresh.equity.to_bits());
        }
    }

    #[test]
    fn liquidation_prices_run_the_grid_along_the_line() {
        let mut house = house();
        // short strangle-like: losses on both sides
        let account = house.account(&[(house.future, -1.0), (house.call, 2.0)]);
        let prices = house
            .engine
            .liquidation_prices(account, house.underlying)
            .expect("live");
        for root in &prices.roots {
            let health = |ratio| house.engine.health_at(account, house.underlying, ratio).expect("live");
            let (below, above) = (health(root.ratio * (1.0 - 1e-9)), health(root.ratio * (1.0 + 1e-9)));
            assert!((below > 0.0) != (above > 0.0), "{root:?}: {below} and {above}");
        }
        let lone = house.account(&[(house.future, 1.0)]);
        let prices = house.engine.liquidation_prices(lone, house.underlying).expect("live");
        // 50,000 + (100,000·x − 100,000) = 0.8 · 0.1 · 100,000·x ⇒ x = 50,000 / 92,000
        assert_eq!(prices.roots.len(), 1);
        assert!((prices.roots[0].ratio - 50_000.0 / 92_000.0).abs() < 1e-12);
        assert_eq!(house.assess(lone).band, Some(Band::Healthy));
    }

    /// A future at 100,000 on another underlying.
    fn another(house: &mut House) -> InstrumentId {
        let underlying = house.engine.add_underlying();
        let expiry_ms = 0.25 * YEAR_MS;
        let future = instrument(&mut house.engine, underlying, Kind::Future { expiry_ms });
        let marked = Tick {
            mark: 100_000.0,
            ..Tick::at(0.0)
        };
        house.engine.tick(future, &marked).expect("live");
        future
    }

    #[test]
    fn a_netting_group_that_is_used_again_is_that_of_its_new_underlying() {
        let mut house = house();
        let other = another(&mut house);
        let account = house.account(&[
            (house.future, 1.0),
            (house.future, 0.0),
            (other, 1.0),
            (house.future, -1.0),
        ]);
        // 10,000 of each: nothing nets over underlyings
        assert!((house.assess(account).risk.initial - 20_000.0).abs() < 1e-9);
    }

    #[test]
    fn the_binding_scenario_is_that_of_the_group_that_needs_most_and_of_the_first_among_equals() {
        // an eighth of 100,000 is lost by a long and by a short alike, to the last bit
        let mut house = house_of(0.125);
        let (first, other) = (house.future, another(&mut house));
        let mut binding = |positions: [(InstrumentId, f64); 2]| {
            let account = house.account(&positions);
            house.assess(account).binding
        };
        // a long is bound by scenario 12, a short by 10
        assert_eq!(binding([(first, 1.0), (other, -1.0)]), 12);
        assert_eq!(binding([(other, -1.0), (first, 1.0)]), 12);
        assert_eq!(binding([(first, 1.0), (other, -2.0)]), 10);
        assert_eq!(binding([(other, -2.0), (first, 1.0)]), 10);
        assert_eq!(binding([(first, 2.0), (other, -1.0)]), 12);
        assert_eq!(binding([(other, -1.0), (first, 2.0)]), 12);
    }
}
