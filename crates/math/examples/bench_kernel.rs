//! The native side of `npm run bench -- kernel`: times the kernels on inputs from a file and tells the digest of their
//! answers, so that a WebAssembly build of the same source can be timed in turns with it.
//!
//! `bench_kernel FILE STRIKES`, where FILE holds twice seven columns of n doubles, little-endian: spot, strike, years, rate,
//! carry, vol, type (+1 or −1) of options of all kinds, then of chains, in which so many rows in a row share spot, years, rate
//! and carry. Each line on stdin is a command, answered by a line on stdout:
//!
//! * `digest WORK`: FNV-1a over the bits of all figures, column by column, in hexadecimal;
//! * `sample WORK`: nanoseconds per option, the best of [`STRETCHES`] stretches.

use std::hint::black_box;
use std::io::{stdin, stdout, BufRead, Write};
use std::time::Duration;

use cpu_time::ProcessTime;
use plimsoll_math::black::{spot_columns, Chain, Columns, GreeksColumns, Output, Spot};

/// A sample is the best of so many stretches: what interrupts one only ever lengthens it.
const STRETCHES: usize = 3;
/// What a stretch lasts at least.
const STRETCH: Duration = Duration::from_millis(4);

/// Price and the Greeks that `jsNaive`, the yardstick in `bench/rivals/black.mjs`, gives.
const OUTPUTS: [Output; 9] = [
    Output::Price,
    Output::Delta,
    Output::Gamma,
    Output::Vega,
    Output::Theta,
    Output::Rho,
    Output::Vanna,
    Output::Volga,
    Output::Charm,
];

/// Those of them in which a call and a put of one strike differ.
const PUT_OUTPUTS: [Output; 5] = [Output::Price, Output::Delta, Output::Theta, Output::Rho, Output::Charm];

type Figures = [Vec<f64>; OUTPUTS.len()];

struct Bench {
    is_call: Vec<u8>,
    inputs: [Vec<f64>; 6],
    /// Each with the price of its underlying.
    chains: Vec<(f64, Chain)>,
    figures: Figures,
    put_figures: Figures,
    status: Vec<u8>,
    put_status: Vec<u8>,
}

impl Bench {
    fn new(bytes: &[u8], strikes: usize) -> Self {
        let numbers: Vec<f64> = bytes
            .chunks_exact(8)
            .map(|bytes| f64::from_le_bytes(bytes.try_into().expect("eight bytes")))
            .collect();
        let rows = numbers.len() / 14;
        let column = |i: usize| &numbers[i * rows..(i + 1) * rows];
        let is_call = |side: &f64| u8::from(*side > 0.0);
        let chains = (0..rows).step_by(strikes).map(|from| {
            let [spot, strike, years, rate, carry, vol, side] =
                core::array::from_fn(|i| &column(7 + i)[from..from + strikes]);
            let mut chain = Chain::new::<Spot>();
            let is_call: Vec<u8> = side.iter().map(is_call).collect();
            chain.list(&is_call, strike).expect("columns of one length");
            chain.set_clock(years[0], rate[0], carry[0]);
            chain.set_vols(vol).expect("a vol per strike");
            (spot[0], chain)
        });
        Self {
            is_call: column(6).iter().map(is_call).collect(),
            inputs: core::array::from_fn(|i| column(i).to_vec()),
            chains: chains.collect(),
            figures: core::array::from_fn(|_| vec![0.0; rows]),
            put_figures: core::array::from_fn(|_| vec![0.0; rows]),
            status: vec![0; rows],
            put_status: vec![0; rows],
        }
    }

    fn rows(&self) -> usize {
        self.status.len()
    }

    /// One pass over all options; `None` where no work has the name.
    fn run(&mut self, work: &str) -> Option<()> {
        match work {
            "column" => self.run_column(self.rows()),
            "column16" => self.run_column(16),
            "chain" => self.run_chains(),
            "pairs" => self.run_pairs(),
            _ => return None,
        }
        Some(())
    }

    /// All columns in calls of so many options.
    fn run_column(&mut self, options: usize) {
        let [spot, strike, years, rate, carry, vol] = &self.inputs;
        for from in (0..self.status.len()).step_by(options) {
            let rows = from..(from + options).min(self.status.len());
            let inputs = Columns {
                is_call: black_box(&self.is_call[rows.clone()]),
                spot: &spot[rows.clone()],
                strike: &strike[rows.clone()],
                years: &years[rows.clone()],
                rate: &rate[rows.clone()],
                carry: &carry[rows.clone()],
                vol: &vol[rows.clone()],
            };
            let mut out = GreeksColumns::new(&mut self.status[rows.clone()]);
            for (output, column) in OUTPUTS.into_iter().zip(&mut self.figures) {
                out = out.with(output, &mut column[rows.clone()]);
            }
            spot_columns(&inputs, &mut out).expect("columns of one length");
        }
        black_box(&self.figures);
    }

    /// A tick of every chain's underlying.
    fn run_chains(&mut self) {
        let mut from = 0;
        for (spot, chain) in &mut self.chains {
            chain.set_underlying(black_box(*spot));
            let rows = from..from + chain.len();
            let mut out = GreeksColumns::new(&mut self.status[rows.clone()]);
            for (output, column) in OUTPUTS.into_iter().zip(&mut self.figures) {
                out = out.with(output, &mut column[rows.clone()]);
            }
            chain.greeks(&mut out).expect("columns of one length");
            from = rows.end;
        }
        black_box(&self.figures);
    }

    /// The same for the call and the put of every strike.
    fn run_pairs(&mut self) {
        let mut from = 0;
        for (spot, chain) in &mut self.chains {
            chain.set_underlying(black_box(*spot));
            let rows = from..from + chain.len();
            let mut calls = GreeksColumns::new(&mut self.status[rows.clone()]);
            let mut puts = GreeksColumns::new(&mut self.put_status[rows.clone()]);
            for ((output, call), put) in OUTPUTS.into_iter().zip(&mut self.figures).zip(&mut self.put_figures) {
                calls = calls.with(output, &mut call[rows.clone()]);
                if PUT_OUTPUTS.contains(&output) {
                    puts = puts.with(output, &mut put[rows.clone()]);
                }
            }
            chain.pair_greeks(&mut calls, &mut puts).expect("columns of one length");
            from = rows.end;
        }
        black_box((&self.figures, &self.put_figures));
    }

    /// Options that a pass is over.
    fn options(&self, work: &str) -> usize {
        match work {
            "pairs" => 2 * self.rows(),
            _ => self.rows(),
        }
    }

    fn digest(&self, work: &str) -> u64 {
        let puts = OUTPUTS.into_iter().zip(&self.figures).zip(&self.put_figures);
        let puts = puts.map(|((output, call), put)| if PUT_OUTPUTS.contains(&output) { put } else { call });
        let puts = puts.filter(|_| work == "pairs");
        let words = self.figures.iter().chain(puts).flatten().map(|figure| figure.to_bits());
        words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
            (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    fn sample(&mut self, work: &str) -> f64 {
        let stretches = (0..STRETCHES).map(|_| self.stretch(work));
        stretches.fold(f64::INFINITY, f64::min)
    }

    fn stretch(&mut self, work: &str) -> f64 {
        // others on the machine do not lengthen processor time
        let start = ProcessTime::now();
        let mut runs = 0_u32;
        while start.elapsed() < STRETCH {
            self.run(work);
            runs += 1;
        }
        start.elapsed().as_secs_f64() * 1e9 / (f64::from(runs) * self.options(work) as f64)
    }

    fn answer(&mut self, line: &str) -> String {
        match line.split_once(' ') {
            Some((command @ ("digest" | "sample"), work)) if self.run(work).is_some() => match command {
                "digest" => format!("{:016x}", self.digest(work)),
                _ => self.sample(work).to_string(),
            },
            _ => format!("unknown: {line}"),
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a file of columns");
    let strikes = arguments.next().and_then(|strikes| strikes.parse().ok());
    let mut bench = Bench::new(&std::fs::read(file)?, strikes.expect("a number of strikes"));
    for line in stdin().lock().lines() {
        let answer = bench.answer(&line?);
        writeln!(stdout(), "{answer}")?;
        stdout().flush()?;
    }
    Ok(())
}
