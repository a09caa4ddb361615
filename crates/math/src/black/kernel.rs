//! The kernel of every layout: from the standardised coordinates of some options to their figures.
//!
//! Options go through it [`VECTORS`] vectors at a time, stage by stage: a layout places the strikes at their coordinates,
//! [`integrate`] adds the normal integrals and the sides, and figures are formed from both. Stages hand over through
//! memory, so that there is one copy of each for all layouts and models.

use super::{Model, Output};
use crate::elementary::{
    exp_reduction, expm1_small, gauss_exponent, horner_divided, mills_pair, power_of_two, Tables, FAR_TAIL,
    INV_SQRT_2PI, MILLS_SHIFT, TAIL_END,
};
use crate::lane::{Lane, LaneMask};
use crate::two_part::TwoPart;

/// Vectors that go through the kernel side by side.
pub(crate) const VECTORS: usize = 4;
/// Turns that go through the kernel together: independent work for each of its stages, in the first-level cache.
pub(super) const BLOCK: usize = 4;
/// Options in the widest vector, and in a turn of these.
const WIDTH_MAX: usize = 2;
pub(super) const TURN_OPTIONS_MAX: usize = WIDTH_MAX * VECTORS;

/// What distinguishes the models inside the one kernel, the same for a whole call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Kind {
    /// Whether the underlying is a forward: carry equals the rate.
    pub(crate) is_forward: bool,
    /// Whether value is counted in the coin.
    pub(crate) is_inverse: bool,
}

impl Kind {
    pub(crate) fn of<M: Model>() -> Self {
        Self {
            is_forward: M::FORWARD,
            is_inverse: M::INVERSE,
        }
    }
}

/// A discounted value V, also as base + excess: undiscounted + undiscounted·(e^{−qT} − 1), so that parity loses nothing
/// where little is discounted; V + 0 where most of it is, since the first form would cancel there.
#[derive(Clone, Copy)]
pub(crate) struct Discounted<L> {
    pub(crate) value: L,
    pub(crate) base: L,
    pub(crate) excess: L,
}

/// Below this growth the discount factor is less than ½ and is used as it is.
pub(crate) const GROWTH_MIN: f64 = -core::f64::consts::LN_2;

impl<L: Lane> Discounted<L> {
    /// From e^{−qT} − 1 for a growth −qT of at least [`GROWTH_MIN`].
    #[inline(always)]
    pub(crate) fn from_excess(undiscounted: L, excess_rate: L) -> Self {
        let excess = undiscounted * excess_rate;
        Self {
            value: undiscounted + excess,
            base: undiscounted,
            excess,
        }
    }

    /// The same on another lane.
    pub(crate) fn map<M: Lane>(self, convert: fn(L) -> M) -> Discounted<M> {
        Discounted {
            value: convert(self.value),
            base: convert(self.base),
            excess: convert(self.excess),
        }
    }

    /// From S e^{−qT} itself.
    #[inline(always)]
    pub(crate) fn from_value(value: L) -> Self {
        Self {
            value,
            base: value,
            excess: L::splat(0.0),
        }
    }
}

/// S e^{−qT} − K e^{−rT}: the difference of the bases, rounded, and the rest.
#[inline(always)]
pub(crate) fn parity<L: Lane>(spot: &Discounted<L>, strike: &Discounted<L>) -> (L, L) {
    let TwoPart { high, low } = TwoPart::sum(spot.base, -strike.base);
    (high, (spot.excess - strike.excess) + low)
}

/// A vector of strikes: what their figures are made of, apart from the side.
#[derive(Clone, Copy)]
pub(crate) struct Strikes<L: Lane> {
    pub(crate) spot: L,
    /// 1/S.
    pub(crate) inv_spot: L,
    pub(crate) strike: L,
    pub(crate) vol: L,
    pub(crate) years: L,
    pub(crate) sqrt_years: L,
    /// 1/√T.
    pub(crate) inv_sqrt_years: L,
    pub(crate) rate: L,
    pub(crate) carry: L,
    /// S e^{−qT}.
    pub(crate) discounted_spot: Discounted<L>,
    /// K e^{−rT}.
    pub(crate) discounted_strike: Discounted<L>,
    /// x ≤ 0: the call is out of the money.
    pub(crate) below: L::Mask,
    /// s = σ√T.
    pub(crate) deviation: L,
    /// 1/s.
    pub(crate) inv_deviation: L,
    /// h = |x|/s.
    pub(crate) h: L,
    /// a = h − s/2.
    pub(crate) a: L,
    /// |x|, or |ln(S/K)| + |rT| + |qT| where these were rounded apart: what an error of x is a share of.
    pub(crate) spread: L,

    /// a < −0.7.
    central: L::Mask,
    pub(crate) d1: L,
    pub(crate) d2: L,
    /// w = S e^{−qT} e^{−d₁²/2} = K e^{−rT} e^{−d₂²/2}.
    pub(crate) weight: L,
    /// S e^{−qT} φ(d₁) = K e^{−rT} φ(d₂).
    density: L,
    /// S e^{−qT} Φ(−|d₁|) and K e^{−rT} Φ(−|d₂|), negative where d₁ or d₂ is on the right.
    spot_tail: L,
    strike_tail: L,
    /// The sum of their magnitudes, where central.
    both_tails: L,
    /// Their difference, without cancellation, where not central.
    time_value: L,
    /// The first tail and the time value as shares of w.
    spot_share: L,
    time_share: L,
    /// S e^{−qT} − K e^{−rT}, and what its rounding dropped.
    intrinsic: L,
    intrinsic_rest: L,
}

impl<L: Lane> Strikes<L> {
    /// Where nothing is known yet.
    #[inline(always)]
    pub(crate) fn empty() -> Self {
        let zero = L::splat(0.0);
        let nothing = Discounted::from_value(zero);
        let nowhere = zero.lt(zero);
        Self {
            spot: zero,
            inv_spot: zero,
            strike: zero,
            vol: zero,
            years: zero,
            sqrt_years: zero,
            inv_sqrt_years: zero,
            rate: zero,
            carry: zero,
            discounted_spot: nothing,
            discounted_strike: nothing,
            below: nowhere,
            deviation: zero,
            inv_deviation: zero,
            h: zero,
            a: zero,
            spread: zero,
            central: nowhere,
            d1: zero,
            d2: zero,
            weight: zero,
            density: zero,
            spot_tail: zero,
            strike_tail: zero,
            both_tails: zero,
            time_value: zero,
            spot_share: zero,
            time_share: zero,
            intrinsic: zero,
            intrinsic_rest: zero,
        }
    }

    /// Puts the strikes at x = ln(S/K) + (r − q)T and s = σ√T: d = x/s ± s/2, h = |x|/s, a = h − s/2.
    #[inline(always)]
    pub(crate) fn place(&mut self, x: L, deviation: L, inv_deviation: L) {
        let centre = x * inv_deviation;
        self.inv_deviation = inv_deviation;
        let half = L::splat(0.5) * deviation;
        self.below = x.le(L::splat(0.0));
        self.deviation = deviation;
        self.d1 = centre + half;
        self.d2 = centre - half;
        self.h = centre.abs();
        self.a = self.h - half;
    }
}

/// How [`integrate`] comes by the Gaussian weight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Computed; 0 where it would be subnormal.
    FromCoordinates,
    /// Given in [`Strikes::weight`].
    Given,
}

/// The normal integrals of a turn of strikes that stand at their coordinates.
///
/// Needs s > 0, h ≥ 0 and a such that polynomials of degree 11 in a and s stay finite.
#[inline(never)]
pub(crate) fn integrate<L: Lane>(tables: Tables<'_>, strikes: &mut [Strikes<L>; VECTORS], weight: Weight) {
    let exponent = strikes.each_ref().map(|at| {
        let (z, small) = gauss_exponent(at.a);
        exp_reduction(z, small)
    });
    let p = expm1_small(tables, exponent.map(|(_, r)| r));
    let central = strikes.each_ref().map(|at| at.a.lt(L::splat(-MILLS_SHIFT)));
    let is_central = central.iter().any(|central| central.any());
    let mut step = strikes.each_ref().map(|at| at.deviation);
    let mut y1 = strikes.each_ref().map(|at| at.a);
    // Seldom: it takes σ√T > 1.4.
    if is_central {
        for i in 0..VECTORS {
            y1[i] = y1[i].negated_where(central[i]);
            step[i] = L::select(central[i], strikes[i].h + strikes[i].h, step[i]);
        }
    }
    let y1 = y1.map(|y| y.min(L::splat(TAIL_END)) + L::splat(MILLS_SHIFT));
    for two in 0..VECTORS / 2 {
        let (i, j) = (2 * two, 2 * two + 1);
        let mills = mills_pair(tables, [y1[i], y1[j]], [y1[i] + step[i], y1[j] + step[j]]);
        for (vector, i) in [i, j].into_iter().enumerate() {
            let at = &mut strikes[i];
            if weight == Weight::FromCoordinates {
                let base = L::select(at.below, at.discounted_spot.value, at.discounted_strike.value);
                let k = exponent[i].0;
                let scaled = base * power_of_two(k);
                at.weight = (scaled + scaled * p[i]).where_true(k.ge(L::splat(-1021.0)));
            }
            let (p1, q1) = (mills.p[vector], mills.q[vector]);
            let (p_divided, q_divided) = (mills.p_divided[vector], mills.q_divided[vector]);
            let (p2, q2) = (p1 + step[i] * p_divided, q1 + step[i] * q_divided);
            let inv_q = L::splat(1.0) / (q1 * q2);
            let (p1q2, p2q1) = (p1 * q2, p2 * q1);
            at.central = central[i];
            at.density = at.weight * L::splat(INV_SQRT_2PI);
            // Φ(−|a|) belongs to the spot leg where x ≤ 0, to the strike leg otherwise.
            let (spot_share, strike_share) = L::swapped(at.below, p2q1, p1q2);
            at.spot_share = spot_share * inv_q;
            let spot_tail = at.weight * at.spot_share;
            let strike_tail = at.weight * (strike_share * inv_q);
            at.spot_tail = spot_tail.negated_where(at.is_spot_left().not());
            at.strike_tail = strike_tail.negated_where(at.is_strike_left().not());
            if is_central {
                at.both_tails = at.weight * ((p1q2 + p2q1) * inv_q);
            }
            at.time_share = step[i] * ((p1 * q_divided - q1 * p_divided) * inv_q);
            at.time_value = at.weight * at.time_share;
            (at.intrinsic, at.intrinsic_rest) = parity(&at.discounted_spot, &at.discounted_strike);
        }
    }
}

/// The calls or the puts of a vector of strikes.
#[derive(Clone, Copy)]
pub(crate) struct Side<L: Lane> {
    /// φ: +1 call, −1 put.
    pub(crate) sign: L,
    out_of_the_money: L::Mask,
    /// Value in quote units.
    value: L,
    /// φ S e^{−qT} Φ(φd₁).
    spot_leg: L,
    /// φ K e^{−rT} Φ(φd₂).
    pub(crate) strike_leg: L,
}

impl<L: Lane> Side<L> {
    /// Nothing known but the sign.
    #[inline(always)]
    pub(crate) fn of_sign(sign: L) -> Self {
        let zero = L::splat(0.0);
        Self {
            sign,
            out_of_the_money: zero.lt(zero),
            value: zero,
            spot_leg: zero,
            strike_leg: zero,
        }
    }

    /// Value and legs.
    #[inline(always)]
    fn fill(&mut self, at: &Strikes<L>) {
        let is_put = self.sign.lt(L::splat(0.0));
        let (spot, strike) = (&at.discounted_spot, &at.discounted_strike);
        self.out_of_the_money = at.below.xor(is_put);

        // Out of the money the time value, in the money by parity.
        let rest = at.intrinsic_rest.negated_where(is_put) + at.time_value;
        let parity_value = at.intrinsic.negated_where(is_put) + rest;
        self.value = L::select(self.out_of_the_money, at.time_value, parity_value);
        if at.central.any() {
            // What an option is worth at most, less both tails.
            let base = L::select(is_put, strike.base, spot.base);
            let excess = L::select(is_put, strike.excess, spot.excess);
            self.value = L::select(at.central, base + (excess - at.both_tails), self.value);
        }

        // Φ(d₁) is 1 − tail for a call where d₁ is on the right; φΦ(φd₁) of a put is Φ(d₁) − 1. So too Φ(d₂).
        let leg = |value: L, tail: L, is_left: L::Mask| {
            value.where_true(is_left.xor(is_put).not()).negated_where(is_put) + tail
        };
        self.spot_leg = leg(spot.value, at.spot_tail, at.is_spot_left());
        self.strike_leg = leg(strike.value, at.strike_tail, at.is_strike_left());
    }
}

/// Values and legs of a turn.
#[inline(never)]
pub(crate) fn fill<L: Lane>(sides: &mut [Side<L>; VECTORS], strikes: &[Strikes<L>; VECTORS]) {
    for i in 0..VECTORS {
        sides[i].fill(&strikes[i]);
    }
}

impl<L: Lane> Strikes<L> {
    /// One figure of the value in quote units.
    #[inline(always)]
    pub(crate) fn quote_figure(&self, kind: Kind, side: &Side<L>, output: Output) -> L {
        let one = L::splat(1.0);
        let Self {
            inv_spot,
            strike,
            vol,
            years,
            sqrt_years,
            inv_sqrt_years,
            rate,
            carry,
            inv_deviation,
            d1,
            d2,
            density,
            ..
        } = *self;
        let inv_vol = || sqrt_years * inv_deviation;
        let half_inv_years = || L::splat(0.5) * inv_sqrt_years * inv_sqrt_years;
        let delta = || side.spot_leg * inv_spot;
        let gamma = || density * inv_spot * inv_spot * inv_deviation;
        let vega = || density * sqrt_years;
        // (r − q)/s, the drift of d per year.
        let drift = || (rate - carry) * inv_deviation;
        match output {
            Output::Price => side.value,
            Output::Delta => delta(),
            Output::Gamma => gamma(),
            Output::Vega => vega(),
            Output::Theta => {
                let legs = carry * side.spot_leg - rate * side.strike_leg;
                legs - L::splat(0.5) * (density * vol * inv_sqrt_years)
            }
            Output::Rho if kind.is_forward => -(years * side.value),
            Output::Rho => years * side.strike_leg,
            Output::Psi if kind.is_forward => L::splat(0.0),
            Output::Psi => -(years * side.spot_leg),
            Output::Vanna => -(density * inv_spot * d2 * inv_vol()),
            Output::Volga => vega() * inv_vol() * d1 * d2,
            Output::Charm => carry * delta() - density * inv_spot * (drift() - d2 * half_inv_years()),
            Output::Speed => -(gamma() * inv_spot * (d1 * inv_deviation + one)),
            Output::Zomma => gamma() * inv_vol() * (d1 * d2 - one),
            Output::Color => gamma() * (carry + half_inv_years() + (drift() - d2 * half_inv_years()) * d1),
            Output::Veta => vega() * (carry + drift() * d1 - (one + d1 * d2) * half_inv_years()),
            Output::Ultima => {
                let product = d1 * d2;
                -(vega() * inv_vol() * inv_vol() * (product * (one - product) + d1 * d1 + d2 * d2))
            }
            Output::DualDelta => -(side.strike_leg / strike),
            Output::DualGamma => density / (strike * strike) * inv_deviation,
            Output::Elasticity => self.elasticity(side),
            Output::ProbabilityInTheMoney => side.sign * side.strike_leg / self.discounted_strike.value,
            Output::PremiumAdjustedDelta => side.strike_leg * inv_spot,
        }
    }

    /// Where Φ(d₁) is a tail: d₁ is on the left of the distribution.
    #[inline(always)]
    fn is_spot_left(&self) -> L::Mask {
        self.below.and(self.central.not())
    }

    /// Where Φ(d₂) is a tail.
    #[inline(always)]
    fn is_strike_left(&self) -> L::Mask {
        self.below.or(self.central)
    }

    /// S·delta/price: of shares, in which a small density cancels, where that is accurate.
    #[inline(always)]
    fn elasticity(&self, side: &Side<L>) -> L {
        let beyond = L::splat(-TAIL_END);
        let far = (side.sign * self.d1).le(beyond).and((side.sign * self.d2).le(beyond));
        let by_share = side.out_of_the_money.and(self.central.not());
        let over = L::select(by_share, side.sign * self.spot_share, side.spot_leg);
        let under = L::select(by_share, self.time_share, side.value);
        L::select(far, far_elasticity(self.d1, self.d2, self.deviation), over / under)
    }
}

/// Elasticity in quote terms where φd₁ and φd₂ are at most −[`TAIL_END`], beyond the rational Mills ratio.
///
/// With A of [`FAR_TAIL`] and its divided difference: −d₂·A(1/d₁²)/(s·(A(1/d₁²) + (d₁ + d₂)/(d₁d₂²)·A[1/d₁², 1/d₂²])).
#[inline(always)]
fn far_elasticity<L: Lane>(d1: L, d2: L, deviation: L) -> L {
    let one = L::splat(1.0);
    let (inv_d1, inv_d2) = (one / d1, one / d2);
    let ([share], [divided]) = horner_divided(&FAR_TAIL, [inv_d1 * inv_d1], [inv_d2 * inv_d2]);
    let difference = share + (inv_d1 + inv_d2) * inv_d2 * divided;
    -(d2 * share) / (deviation * difference)
}
