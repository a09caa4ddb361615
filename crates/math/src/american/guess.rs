//! Where Newton's method starts.

use super::market::Market;
use super::nodes::{node, NODES};
use super::square;
use crate::elementary::{exp, expm1, ln};
use crate::float;
use core::f64::consts::PI;

/// How much time is left, as a guess takes it.
#[derive(Clone, Copy)]
pub(super) enum Left {
    Much,
    Little,
}

/// Where 1 − B/X is below this it is ln(X/B) as far as a guess goes.
const DROP_SMALL: f64 = 1e-8;

/// ln(X/B) at the nodes: B = B∞ + (X − B∞)e^{h(τ)}, with the boundary B∞ of the perpetual put.
pub(super) fn guess(market: &Market<0>, root_years: f64, left: Left) -> Option<[f64; NODES]> {
    let (rate, carry, vol) = (market.rate.value, market.carry.value, market.vol.value);
    let drift = (rate - carry) / (vol * vol) - 0.5;
    let exponent = -drift - float::sqrt(drift * drift + 2.0 * rate / (vol * vol));
    let perpetual = if exponent < 0.0 {
        exponent / (exponent - 1.0)
    } else {
        0.0
    };
    let share = 1.0 - perpetual / exp(market.start.value);
    let falls = core::array::from_fn(|i| {
        let root = node(i) * root_years;
        let deviations = match left {
            Left::Much => 2.0,
            // Evans, Kuske and Keller (2002): the first where r > q, the second where r = q.
            Left::Little => {
                let apart = ln(square(vol / ((rate - carry) * root)) / (8.0 * PI));
                let equal = -2.0 * ln(4.0 * carry * square(root) * float::sqrt(PI));
                float::sqrt(apart.min(equal))
            }
        };
        let h = ((rate - carry).min(0.0) * root * root - deviations * vol * root) / share;
        let drop = -share * expm1(h);
        if drop < DROP_SMALL {
            drop
        } else {
            -ln(1.0 - drop)
        }
    });
    falls
        .iter()
        .all(|fall| fall.is_finite() && *fall > 0.0)
        .then_some(falls)
}
