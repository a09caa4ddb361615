//! Option prices to about 1e-40 by another method than the crate's: arbitrary-precision numbers, and the Mills ratio from
//! its continued fraction or from the series of the normal integral.

use dashu_float::round::mode::HalfEven;
use dashu_float::FBig;
use plimsoll_math::black::OptionType;

/// A number with [`BITS`] bits and any exponent.
pub type Real = FBig<HalfEven, 2>;

const BITS: usize = 192;

pub fn real(x: f64) -> Real {
    Real::try_from(x).unwrap().with_precision(BITS).value()
}

/// The nearest double.
pub fn nearest(x: &Real) -> f64 {
    x.to_f64().value()
}

/// √(2π) by Machin's formula for π.
fn sqrt_two_pi() -> Real {
    let arctan_of_inverse = |n: f64| {
        let (square, mut power) = (real(n * n), real(1.0) / real(n));
        let mut sum = real(0.0);
        for k in 0..160 {
            let term = &power / real(f64::from(2 * k + 1));
            sum = if k % 2 == 0 { sum + term } else { sum - term };
            power /= &square;
        }
        sum
    };
    let pi = real(16.0) * arctan_of_inverse(5.0) - real(4.0) * arctan_of_inverse(239.0);
    (real(2.0) * pi).sqrt()
}

/// One option before volatility enters.
pub struct Exact {
    sign: f64,
    root_two_pi: Real,
    spot: Real,
    strike: Real,
    distance: Real,
    below: bool,
    root_years: Real,
    per_coin: Real,
    discount: Option<Real>,
}

/// Price and vega at one volatility.
pub struct ExactPrice {
    pub price: Real,
    pub vega: Real,
}

impl Exact {
    /// `in_coin`: prices in units of the underlying.
    pub fn new(option: OptionType, spot: f64, strike: f64, years: f64, rate: f64, carry: f64, in_coin: bool) -> Self {
        let years_exact = real(years);
        let grown = |rate: f64| -(real(rate) * &years_exact);
        let x = (real(spot) / real(strike)).ln() + (real(rate) - real(carry)) * &years_exact;
        let below = x <= real(0.0);
        Self {
            sign: option.sign(),
            root_two_pi: sqrt_two_pi(),
            spot: real(spot) * grown(carry).exp(),
            strike: real(strike) * grown(rate).exp(),
            distance: if below { -x } else { x },
            below,
            root_years: years_exact.sqrt(),
            per_coin: if in_coin { real(spot) } else { real(1.0) },
            discount: None,
        }
    }

    /// An option on a normally distributed forward.
    pub fn bachelier(option: OptionType, forward: f64, strike: f64, years: f64, rate: f64) -> Self {
        let (spot, strike, years) = (real(forward), real(strike), real(years));
        let below = spot <= strike;
        Self {
            sign: option.sign(),
            root_two_pi: sqrt_two_pi(),
            distance: if below { &strike - &spot } else { &spot - &strike },
            spot,
            strike,
            below,
            root_years: years.sqrt(),
            per_coin: real(1.0),
            discount: Some((-(real(rate) * years)).exp()),
        }
    }

    /// φ(z)⁻¹(1 − Φ(z)) for z ≥ 0.
    fn mills(&self, z: &Real) -> Real {
        const FRACTION_FROM: f64 = 4.0;
        // e^{−2z√(2n)} is 1e-69 for n = 200 at z = 4.
        const FRACTION_TERMS: u32 = 200;
        if *z >= real(FRACTION_FROM) {
            let mut tail = z.clone();
            for k in (1..=FRACTION_TERMS).rev() {
                tail = z + real(f64::from(k)) / tail;
            }
            return real(1.0) / tail;
        }
        // Φ(z) = ½ + φ(z)(z + z³/3 + z⁵/(3·5) + …)
        let square = z * z;
        let (mut term, mut sum) = (z.clone(), z.clone());
        let mut k = 1_u32;
        while term > real(1e-50) {
            term = term * &square / real(f64::from(2 * k + 1));
            sum += &term;
            k += 1;
        }
        &self.root_two_pi / real(2.0) * (square / real(2.0)).exp() - sum
    }

    /// The price at a volatility > 0.
    pub fn at(&self, vol: f64) -> ExactPrice {
        let s = real(vol) * &self.root_years;
        let h = &self.distance / &s;
        let gain = (&self.spot - &self.strike) * real(self.sign);
        if let Some(discount) = &self.discount {
            let density = (-(&h * &h / real(2.0))).exp() / &self.root_two_pi;
            let time_value = s * &density * (real(1.0) - &h * self.mills(&h));
            let price = if gain > real(0.0) {
                time_value + gain
            } else {
                time_value
            };
            return ExactPrice {
                price: discount * price,
                vega: discount * density * &self.root_years,
            };
        }
        let half = &s / real(2.0);
        let (a, b) = (&h - &half, &h + &half);
        let base = if self.below { &self.spot } else { &self.strike };
        let density = base * (-(&a * &a / real(2.0))).exp() / &self.root_two_pi;
        let tail_b = self.mills(&b);
        let time_value = if a >= real(0.0) {
            &density * (self.mills(&a) - tail_b)
        } else {
            base - &density * (self.mills(&-a) + tail_b)
        };
        let gain = (&self.spot - &self.strike) * real(self.sign);
        let price = if gain > real(0.0) {
            time_value + gain
        } else {
            time_value
        };
        ExactPrice {
            price: price / &self.per_coin,
            vega: density * &self.root_years / &self.per_coin,
        }
    }
}
