//! The native side of `npm run bench -- kernel`: times the kernels on inputs from a file and tells the digest of their
//! answers, so that a WebAssembly build of the same source can be timed in turns with it.
//!
//! `bench_kernel FILE`, where FILE holds seven columns of n doubles, little-endian: spot, strike, years, rate, carry, vol,
//! type (+1 or −1). Each line on stdin is a command, answered by a line on stdout:
//!
//! * `digest WORK`: FNV-1a over the bits of all figures, column by column, in hexadecimal;
//! * `sample WORK`: nanoseconds per option, the best of [`STRETCHES`] stretches.

use std::hint::black_box;
use std::io::{stdin, stdout, BufRead, Write};
use std::time::Duration;

use cpu_time::ProcessTime;
use plimsoll_math::black::{spot_columns, Columns, GreeksColumns, Output};

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

struct Bench {
    is_call: Vec<u8>,
    inputs: [Vec<f64>; 6],
    figures: [Vec<f64>; OUTPUTS.len()],
    status: Vec<u8>,
}

impl Bench {
    fn new(bytes: &[u8]) -> Self {
        let numbers: Vec<f64> = bytes
            .chunks_exact(8)
            .map(|bytes| f64::from_le_bytes(bytes.try_into().expect("eight bytes")))
            .collect();
        let rows = numbers.len() / 7;
        let column = |i: usize| numbers[i * rows..(i + 1) * rows].to_vec();
        Self {
            is_call: column(6).iter().map(|&side| u8::from(side > 0.0)).collect(),
            inputs: core::array::from_fn(column),
            figures: core::array::from_fn(|_| vec![0.0; rows]),
            status: vec![0; rows],
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

    fn digest(&self) -> u64 {
        let words = self.figures.iter().flatten().map(|figure| figure.to_bits());
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
        start.elapsed().as_secs_f64() * 1e9 / (f64::from(runs) * self.rows() as f64)
    }

    fn answer(&mut self, line: &str) -> String {
        match line.split_once(' ') {
            Some((command @ ("digest" | "sample"), work)) if self.run(work).is_some() => match command {
                "digest" => format!("{:016x}", self.digest()),
                _ => self.sample(work).to_string(),
            },
            _ => format!("unknown: {line}"),
        }
    }
}

fn main() -> std::io::Result<()> {
    let file = std::env::args_os().nth(1).expect("a file of columns");
    let mut bench = Bench::new(&std::fs::read(file)?);
    for line in stdin().lock().lines() {
        let answer = bench.answer(&line?);
        writeln!(stdout(), "{answer}")?;
        stdout().flush()?;
    }
    Ok(())
}
