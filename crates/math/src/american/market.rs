//! What the equations of the boundary and of the premium integrate, strike 1.

use crate::elementary::{exp, expm1};
use crate::jet::Jet;

/// Rate, carry and vol, and ln of the boundary at expiry X = min(1, r/q), each with its derivatives. Elsewhere the boundary is
/// ln(X/B), its fall, which is as exact where little time is left as where there is much.
#[derive(Clone, Copy)]
pub(super) struct Market<const P: usize> {
    pub(super) rate: Jet<P>,
    pub(super) carry: Jet<P>,
    pub(super) vol: Jet<P>,
    pub(super) start: Jet<P>,
    /// r − qB as margin − carried·(e^{−fall} − 1), or without the − 1 where q ≤ 0: sums of terms of which none is negative.
    margin: Jet<P>,
    carried: Jet<P>,
}

impl<const P: usize> Market<P> {
    pub(super) fn new(rate: Jet<P>, carry: Jet<P>, vol: Jet<P>) -> Self {
        let nothing = Jet::constant(0.0);
        let (start, margin, carried) = if rate.value < carry.value {
            ((rate / carry).ln(), nothing, rate)
        } else if carry.value > 0.0 {
            (nothing, rate - carry, carry)
        } else {
            (nothing, rate, carry)
        };
        Self {
            rate,
            carry,
            vol,
            start,
            carried,
            margin,
        }
    }

    /// d₊ and d₋ of a price that is e^{log_ratio} times the boundary a time root² away, and σ·root.
    fn deviations(&self, log_ratio: Jet<P>, root: f64) -> [Jet<P>; 3] {
        let deviation = self.vol * root;
        let high = (log_ratio + (self.rate - self.carry) * (root * root)) / deviation + deviation * 0.5;
        [high, high - deviation, deviation]
    }

    fn discount(rate: Jet<P>, years: f64) -> Jet<P> {
        (rate * -years).exp()
    }

    /// The integrands of smooth fit at a time θ = root² from now, per unit of θ: what the boundary there earns,
    /// (r − qB)e^{−rθ}φ(d₋)/(σ√θ), and q e^{−qθ}Φ(d₊), from the falls now and then.
    pub(super) fn fit(&self, own: Jet<P>, other: Jet<P>, root: f64) -> [Jet<P>; 2] {
        let [high, low, deviation] = self.deviations(other - own, root);
        let years = root * root;
        let carried = if self.carry.is_zero() {
            self.carry
        } else {
            self.carry * Self::discount(self.carry, years) * high.norm_cdf()
        };
        let growth = exp(-other.value);
        let fallen = if self.carry.value > 0.0 {
            expm1(-other.value)
        } else {
            growth
        };
        let gain = self.margin - self.carried * (-other).composed(fallen, growth);
        let earned = gain * Self::discount(self.rate, years) * low.norm_pdf();
        [earned / deviation, carried]
    }

    /// e^{−qτ}Φ(d₊) at the strike, the part of smooth fit that is not integrated.
    pub(super) fn fit_at_expiry(&self, own: Jet<P>, root: f64) -> Jet<P> {
        let [high, ..] = self.deviations(self.start - own, root);
        Self::discount(self.carry, root * root) * high.norm_cdf()
    }

    /// What early exercise earns per unit of time, θ = root² from now, seen from a price e^{log_price}:
    /// r e^{−rθ}Φ(−d₋) − q S e^{−qθ}Φ(−d₊).
    pub(super) fn premium(&self, log_price: Jet<P>, fall: Jet<P>, root: f64) -> Jet<P> {
        let [high, low, _] = self.deviations(log_price - self.start + fall, root);
        let years = root * root;
        let interest = self.rate * Self::discount(self.rate, years) * (-low).norm_cdf();
        if self.carry.is_zero() {
            return interest;
        }
        interest - self.carry * log_price.exp() * Self::discount(self.carry, years) * (-high).norm_cdf()
    }
}
