//! Reference rows and the scales that Greeks are measured against (shared between tests and examples).
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

pub mod exact;
pub mod inputs;

use plimsoll_math::black::{all_figures, Forward, Inverse, OptionType, Output, PriceStatus, Spot, OUTPUTS};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which model a row belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Bsm,
    Black76,
    Inverse,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Bsm, Self::Black76, Self::Inverse];
    pub fn section(self) -> &'static str {
        match self {
            Self::Bsm => "bsm",
            Self::Black76 => "black76",
            Self::Inverse => "inverse",
        }
    }
}

/// One reference row: inputs, and each figure as the nearest double with the rest that it lacks.
pub struct Row {
    pub kind: Kind,
    pub tag: String,
    pub option: OptionType,
    pub spot: f64,
    pub strike: f64,
    pub years: f64,
    pub rate: f64,
    pub carry: f64,
    pub vol: f64,
    pub figures: [Option<Reference>; OUTPUTS],
}

/// A decimal as an unevaluated sum of two doubles.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    pub nearest: f64,
    pub rest: f64,
}

impl Reference {
    pub fn error_of(self, value: f64) -> f64 {
        ((value - self.nearest) - self.rest).abs()
    }
}

/// Columns of the oracle by output.
pub const COLUMNS: [(&str, Output); 17] = [
    ("price", Output::Price),
    ("delta", Output::Delta),
    ("gamma", Output::Gamma),
    ("vega", Output::Vega),
    ("theta", Output::Theta),
    ("rho", Output::Rho),
    ("psi", Output::Psi),
    ("vanna", Output::Vanna),
    ("volga", Output::Volga),
    ("charm", Output::Charm),
    ("speed", Output::Speed),
    ("zomma", Output::Zomma),
    ("color", Output::Color),
    ("veta", Output::Veta),
    ("ultima", Output::Ultima),
    ("dual_delta", Output::DualDelta),
    ("dual_gamma", Output::DualGamma),
];

pub fn name_of(output: Output) -> &'static str {
    match output {
        Output::PremiumAdjustedDelta => "delta_premium_adjusted",
        Output::Elasticity => "elasticity",
        Output::ProbabilityInTheMoney => "probability_in_the_money",
        _ => COLUMNS.iter().find(|(_, o)| *o == output).unwrap().0,
    }
}

/// The repository's own small vector file.
pub fn shipped_vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/greeks.json")
}

/// The large oracle beside the repository, if it is there.
pub fn shared_oracle() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracles/greeks.json.gz");
    path.exists().then_some(path)
}

pub fn read_json(path: &Path) -> serde_json::Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap();
        serde_json::from_str(&text).unwrap()
    } else {
        serde_json::from_slice(&bytes).unwrap()
    }
}

pub fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("not a decimal: {text}"))
}

/// The decimal as nearest double and rest: the rest from exact integer arithmetic on the digits.
pub fn reference(text: &str) -> Reference {
    let nearest = number(text);
    if nearest == 0.0 || !nearest.is_finite() || nearest.abs() < 1e-290 {
        return Reference { nearest, rest: 0.0 };
    }
    // The nearest double printed to 46 digits, subtracted place by place.
    let (ours, ours_exponent) = digits(&format!("{nearest:.45e}"));
    let (theirs, theirs_exponent) = digits(text);
    let top = ours_exponent.max(theirs_exponent);
    let at = |d: &[u8], exponent: i32, place: i32| {
        let index = exponent - place;
        if index < 0 {
            0
        } else {
            i64::from(d.get(index as usize).copied().unwrap_or(0))
        }
    };
    // The leading digits agree, so the difference of 35 places fits an integer.
    let mut exact: i128 = 0;
    for place in ((top - 34)..=top).rev() {
        exact = exact * 10 + i128::from(at(&theirs, theirs_exponent, place) - at(&ours, ours_exponent, place));
    }
    let rest = exact as f64 * 10f64.powi(top - 34);
    Reference {
        nearest,
        rest: if nearest < 0.0 { -rest } else { rest },
    }
}

/// Significant digits and the power of ten of the first one; the sign is dropped.
fn digits(text: &str) -> (Vec<u8>, i32) {
    let text = text.trim_start_matches(['-', '+']);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let leading = all.iter().take_while(|d| **d == 0).count();
    (
        all[leading..].to_vec(),
        exponent + whole.len() as i32 - 1 - leading as i32,
    )
}

pub fn rows(document: &serde_json::Value) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        for entry in document[kind.section()].as_array().into_iter().flatten() {
            let text = |key: &str| {
                entry[key]
                    .as_str()
                    .unwrap_or_else(|| panic!("{key} missing in {entry}"))
            };
            let mut figures = [None; OUTPUTS];
            for (column, output) in COLUMNS {
                figures[output as usize] = entry[column].as_str().map(reference);
            }
            if let Some(adjusted) = entry["delta_premium_adjusted"].as_str() {
                figures[Output::PremiumAdjustedDelta as usize] = Some(reference(adjusted));
            }
            let rate = number(text("r"));
            rows.push(Row {
                kind,
                tag: text("tag").to_string(),
                option: if text("type") == "call" {
                    OptionType::Call
                } else {
                    OptionType::Put
                },
                spot: number(text(if kind == Kind::Black76 { "F" } else { "S" })),
                strike: number(text("K")),
                years: number(text("T")),
                rate,
                carry: if kind == Kind::Black76 { rate } else { number(text("q")) },
                vol: number(text("sigma")),
                figures,
            });
        }
    }
    rows
}

impl Row {
    pub fn ours(&self) -> ([f64; OUTPUTS], PriceStatus) {
        let (o, s, k, t, r, q, v) = (
            self.option,
            self.spot,
            self.strike,
            self.years,
            self.rate,
            self.carry,
            self.vol,
        );
        match self.kind {
            Kind::Bsm => all_figures::<Spot>(o, s, k, t, r, q, v),
            Kind::Black76 => all_figures::<Forward>(o, s, k, t, r, q, v),
            Kind::Inverse => all_figures::<Inverse>(o, s, k, t, r, q, v),
        }
    }

    /// What an error in each figure is measured against (docs/pricing.md): closed forms, and for the higher orders
    /// the peak of the closed form over d₁ in [−10, 10].
    pub fn scales(&self) -> [f64; OUTPUTS] {
        let (s, k, t, r, q, v) = (self.spot, self.strike, self.years, self.rate, self.carry, self.vol);
        let phi0 = 0.398_942_280_401_432_7;
        let (disc_q, disc_r, root) = ((-q * t).exp(), (-r * t).exp(), t.sqrt());
        let dev = v * root;
        let mut scale = [0.0; OUTPUTS];
        scale[Output::Price as usize] = s.max(k);
        scale[Output::Delta as usize] = disc_q;
        scale[Output::Vega as usize] = s * disc_q * root * phi0;
        scale[Output::Theta as usize] =
            s * disc_q * phi0 * v / (2.0 * root) + r.abs() * k * disc_r + q.abs() * s * disc_q;
        scale[Output::Rho as usize] = if self.kind == Kind::Black76 {
            t * s.max(k)
        } else {
            k * t * disc_r
        };
        scale[Output::Psi as usize] = s * t * disc_q;
        scale[Output::DualDelta as usize] = disc_r;
        scale[Output::PremiumAdjustedDelta as usize] = k * disc_r / s;
        let sign = self.option.sign();
        let b = r - q;
        for step in 0..=4000 {
            let d1 = -10.0 + f64::from(step) * 0.005;
            let d2 = d1 - dev;
            let density = s * disc_q * phi0 * (-0.5 * d1 * d1).exp();
            let gamma = density / (s * s * dev);
            let vega = density * root;
            let delta = sign * disc_q * plimsoll_math::elementary::norm_cdf(sign * d1);
            let dd = d1 * d2;
            let mut peak = |output: Output, value: f64| {
                let slot = &mut scale[output as usize];
                *slot = slot.max(value.abs());
            };
            peak(Output::Gamma, gamma);
            peak(Output::Vanna, density / s * d2 / v);
            peak(Output::Volga, vega * dd / v);
            peak(Output::Charm, q * delta - density / s * (b / dev - d2 / (2.0 * t)));
            peak(Output::Speed, gamma / s * (d1 / dev + 1.0));
            peak(Output::Zomma, gamma * (dd - 1.0) / v);
            peak(Output::Color, gamma * (q + 0.5 / t + (b / dev - d2 / (2.0 * t)) * d1));
            peak(Output::Veta, vega * (q + b * d1 / dev - (1.0 + dd) / (2.0 * t)));
            peak(Output::Ultima, vega / (v * v) * (dd * (1.0 - dd) + d1 * d1 + d2 * d2));
            // dual gamma: K e^{−rT} φ(d₂)/(K² s), its own peak.
            peak(Output::DualGamma, disc_r * phi0 * (-0.5 * d1 * d1).exp() / (k * dev));
        }
        if self.kind == Kind::Inverse {
            let quote = scale;
            let get = |o: Output| quote[o as usize];
            let mut set = |o: Output, value: f64| scale[o as usize] = value;
            set(Output::Price, s.max(k) / s);
            set(Output::Delta, k * disc_r / (s * s));
            let (vega, theta) = (get(Output::Vega) / s, get(Output::Theta) / s);
            set(Output::Vega, vega);
            set(Output::Theta, theta);
            set(Output::Rho, get(Output::Rho) / s);
            set(Output::Psi, get(Output::Psi) / s);
            for output in [
                Output::Volga,
                Output::Veta,
                Output::Ultima,
                Output::DualDelta,
                Output::DualGamma,
            ] {
                set(output, get(output) / s);
            }
            let delta = k * disc_r / (s * s);
            let gamma = (get(Output::Gamma) + 2.0 * delta) / s;
            let vanna = (get(Output::Vanna) + vega) / s;
            let charm = (get(Output::Charm) + theta) / s;
            set(Output::Gamma, gamma);
            set(Output::Vanna, vanna);
            set(Output::Charm, charm);
            set(Output::Speed, (get(Output::Speed) + 3.0 * gamma) / s);
            set(Output::Zomma, (get(Output::Zomma) + 2.0 * vanna) / s);
            set(Output::Color, (get(Output::Color) + 2.0 * charm) / s);
        }
        scale
    }
}

/// Which bound an output has, as a share of its scale.
pub fn bound(output: Output, oracle: bool) -> f64 {
    match output {
        Output::Price => {
            if oracle {
                4e-16
            } else {
                5e-16
            }
        }
        Output::Delta
        | Output::Vega
        | Output::Theta
        | Output::Rho
        | Output::Psi
        | Output::DualDelta
        | Output::PremiumAdjustedDelta => 1e-14,
        _ => 3e-14,
    }
}

/// Rows of random inputs, so many that as many bit patterns of doubles are drawn as PLIMSOLL_BIT_PATTERNS says, or a million.
pub fn rows_of_any_bits(patterns_per_row: f64) -> usize {
    rows_of_slow_any_bits(patterns_per_row, 1e6)
}

/// The same with fewer than a million where nothing is said, for what takes long.
pub fn rows_of_slow_any_bits(patterns_per_row: f64, patterns_by_default: f64) -> usize {
    let patterns = std::env::var("PLIMSOLL_BIT_PATTERNS").map_or(patterns_by_default, |text| number(&text));
    (patterns / patterns_per_row).ceil() as usize
}

/// splitmix64: a small generator with a seed, for property tests.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}
