//! The exercise boundary of an American put with strike 1: below which price it is exercised, by time to expiry.

use super::guess::{guess, Left};
use super::market::Market;
use super::newton::{eliminate, equations, newton, terms, Term};
use super::nodes::{fall_at, node, places, shares, NODES, PREMIUM_PANELS};
use super::square;
use crate::float;
use crate::jet::Jet;
use alloc::vec::Vec;

/// Rates of up to that many times (2⁴⁰) the height are tried where the guess is too far off, and how much higher each time.
const TIMES_MAX: f64 = 1_099_511_627_776.0;
const TIMES_STEP: f64 = 4.0;
/// On the way back each step is as long, or its square root where Newton's method does not bridge it, down to this.
const TIMES_STEP_MIN: f64 = 1.15;

/// The boundary at the nodes, ln(X/B), with its derivatives by rate, carry and vol.
pub(super) struct Boundary {
    log_falls: [Jet<3>; NODES],
    root_years: f64,
}

/// Indices of the derivatives.
pub(super) const BY_RATE: usize = 0;
pub(super) const BY_CARRY: usize = 1;
pub(super) const BY_VOL: usize = 2;

impl Boundary {
    /// By Newton's method from Bjerksund and Stensland's (1993) guess; `None` where that does not converge.
    ///
    /// Needs σ > 0, T > 0, and r > 0 or r = 0 > q. Without `by_parameters` its derivatives are left at 0.
    pub(super) fn solve(rate: f64, carry: f64, vol: f64, root_years: f64, by_parameters: bool) -> Option<Self> {
        let terms: Vec<Vec<Term>> = (0..NODES).map(|i| terms(i, root_years)).collect();
        // With rates `times` as high, which leaves the boundary at expiry where it is.
        let market = |times: f64| {
            let [rate, carry] = [rate, carry].map(|rate| Jet::constant(times * rate));
            Market::new(rate, carry, Jet::constant(vol))
        };
        let from = |times: f64, left: Left| {
            let market = market(times);
            guess(&market, root_years, left).and_then(|falls| newton(&market, &terms, falls, root_years))
        };
        let mut times = 1.0;
        let mut found = from(times, Left::Much).or_else(|| from(times, Left::Little));
        while found.is_none() && times < TIMES_MAX {
            times *= TIMES_STEP;
            found = from(times, Left::Much);
        }
        let mut falls = found?;
        // Where rates are small beside σ² the boundary falls too far for the guess: it is followed down from higher ones.
        let mut step = TIMES_STEP;
        while times > 1.0 {
            let next = (times / step).max(1.0);
            match newton(&market(next), &terms, falls, root_years) {
                Some(found) => (times, falls) = (next, found),
                None if step > TIMES_STEP_MIN => step = float::sqrt(step),
                None => return None,
            }
        }
        if by_parameters {
            return Self::with_derivatives(rate, carry, vol, &terms, falls, root_years);
        }
        let log_falls = falls.map(Jet::constant);
        Some(Self { log_falls, root_years })
    }

    /// The derivatives of the equations' solution: J·∂(ln X/B) = −∂F.
    fn with_derivatives(
        rate: f64,
        carry: f64,
        vol: f64,
        terms: &[Vec<Term>],
        falls: [f64; NODES],
        root_years: f64,
    ) -> Option<Self> {
        let market = Market::new(
            Jet::<3>::variable(rate, BY_RATE),
            Jet::variable(carry, BY_CARRY),
            Jet::variable(vol, BY_VOL),
        );
        let plain = Market::new(Jet::constant(rate), Jet::constant(carry), Jet::constant(vol));
        let (_, mut jacobian) = equations(&plain, terms, &falls, root_years)?;
        let mut sides = [[0.0; NODES]; 3];
        for (i, terms) in terms.iter().enumerate() {
            let own = Jet::constant(falls[i]);
            let mut earned = Jet::constant(0.0);
            let mut carried = market.fit_at_expiry(own, node(i) * root_years);
            for term in terms {
                let other = Jet::constant(fall_at(&falls, &term.shares));
                let [left, right] = market.fit(own, other, term.root);
                earned = earned + left * term.weight;
                carried = carried + right * term.weight;
            }
            let residual = (earned / carried).ln() - market.start;
            for (side, by) in sides.iter_mut().zip(residual.by) {
                side[i] = -by;
            }
        }
        eliminate(&mut jacobian, &mut sides)?;
        let log_falls = core::array::from_fn(|i| Jet {
            value: falls[i],
            by: sides.map(|derivatives| derivatives[i]),
        });
        Some(Self { log_falls, root_years })
    }

    /// Whether the put is exercised now: at the boundary or below.
    pub(super) fn reaches(&self, market: &Market<4>, log_price: f64) -> bool {
        log_price - market.start.value <= -self.log_falls[0].value
    }

    /// The premium of early exercise over the European put, strike 1, with derivatives by rate, carry, vol and ln S.
    pub(super) fn premium(&self, market: &Market<4>, log_price: Jet<4>) -> Jet<4> {
        let squares = self.log_falls.map(|fall| {
            let fall = Jet {
                value: fall.value,
                by: [fall.by[0], fall.by[1], fall.by[2], 0.0],
            };
            fall * fall
        });
        let mut premium = Jet::constant(0.0);
        let (mut from, mut to) = (0.0, 1.0 / f64::from(1 << (PREMIUM_PANELS - 1)));
        for _ in 0..PREMIUM_PANELS {
            for place in places(from, to) {
                let mut square = Jet::constant(0.0);
                for (share, node) in shares(place.rest).into_iter().zip(squares) {
                    square = square + node * share;
                }
                let root = place.root * self.root_years;
                premium = premium + market.premium(log_price, square.sqrt(), root) * place.weight;
            }
            (from, to) = (to, 2.0 * to);
        }
        premium * square(self.root_years)
    }
}
