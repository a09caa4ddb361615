//! European options under the generalised Black formula: price and Greeks, calls and puts.
//!
//! Three models share one kernel:
//!
//! | model | underlying | value | unit |
//! | --- | --- | --- | --- |
//! | [`Spot`] | spot S with carry q | V = φ·(S e^{−qT} Φ(φd₁) − K e^{−rT} Φ(φd₂)) | quote per unit of underlying |
//! | [`Forward`] | forward F (Black 1976) | the same with S = F, q = r | quote per unit of underlying |
//! | [`Inverse`] | spot S, settled in the coin | U = V/S | coin per unit of underlying |
//!
//! φ = +1 call, −1 put; d₁ = (ln(S/K) + (r − q)T)/(σ√T) + σ√T/2, d₂ = d₁ − σ√T. Greeks are raw derivatives, per 1.0 of
//! the variable and per year; those by time ([`Output::Theta`], charm, color, veta) are by calendar time, −∂/∂T.
//!
//! # Regimes
//!
//! The same table is in `tests/regimes.rs`. "Intrinsic" means price max(φ(S e^{−qT} − K e^{−rT}), 0), delta φe^{−qT} or 0,
//! theta, rho, psi, charm and the dual delta of that expression, every other derivative 0.
//!
//! | inputs | answer | status |
//! | --- | --- | --- |
//! | any input NaN or infinite; S, K, T or σ negative | NaN | `InvalidInput` |
//! | T = 0 or σ = 0, S e^{(r−q)T} ≠ K | intrinsic | `Ok` |
//! | T = 0 or σ = 0, S e^{(r−q)T} = K | price 0, delta φe^{−qT}/2, probability ½; the rest as for intrinsic, at half; gamma and the others that have no limit: NaN | `Kink` |
//! | K = 0 | call worth S e^{−qT}, put worth 0: intrinsic | `Ok` |
//! | S = 0 | put worth K e^{−rT}, call worth 0: intrinsic; coin figures do not exist | `Ok`; inverse `OutOfRange` |
//! | d₁ and d₂ so far on one side that the density underflows | intrinsic, density Greeks 0 | `Ok` |
//! | σ√T so large that d₁ → ∞, d₂ → −∞ | call worth S e^{−qT}, put worth K e^{−rT}, density Greeks 0 | `Ok` |
//! | r < 0, q < 0 | nothing special | `Ok` |
//! | finite inputs whose answer leaves the range of `f64` | what is finite stands, the rest is NaN | `OutOfRange` |
//!
//! Elasticity of an option without any value is +∞ for a call and −∞ for a put, its limit, and no fault. Where a price
//! merely underflows, the quotient stands.
//!
//! # Accuracy
//!
//! Price ≤ 4e-16 of max(S, K), and ≤ 1e-13 relative wherever it exceeds 1e-300; first-order Greeks ≤ 1e-14, second and third
//! order ≤ 3e-14 of their scales (`docs/pricing.md`); `tests/accuracy.rs`.
//!
//! # Method
//!
//! One Gaussian serves everything, since S e^{−qT} φ(d₁) = K e^{−rT} φ(d₂); both normal integrals come from one rational
//! Mills ratio; the price of the out-of-the-money side is a divided difference of it, without cancellation, and the other
//! side follows by parity. `docs/pricing.md` has the derivation and the sources. Far out of the money, where one rounding of
//! d would show, a lane is flagged and redone by [`rare`] with d in two parts.

use crate::elementary::{
    exp_reduced, expm1_bounded, gauss_reduced, horner_divided, ln_ratio, mills_pair, power_of_two, Tables,
    INV_SQRT_2PI, MILLS_SHIFT, TABLES, TAIL_END,
};
use crate::lane::{Lane, LaneMask, Wide, TURN};

mod columns;
mod rare;

pub use columns::{
    all_figures, columns, forward, forward_columns, inverse, inverse_columns, spot, spot_columns, Columns,
    GreeksColumns, LengthMismatch,
};

/// The right to buy or the right to sell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OptionType {
    /// The right to buy at the strike.
    Call,
    /// The right to sell at the strike.
    Put,
}

impl OptionType {
    /// +1 for a call, −1 for a put.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Call => 1.0,
            Self::Put => -1.0,
        }
    }
}

/// What an answer is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum PriceStatus {
    /// Every figure is an answer.
    #[default]
    Ok = 0,
    /// An input is NaN, infinite or negative where it may not be: every figure is NaN.
    InvalidInput = 1,
    /// Exactly at the kink of the payoff without time value: price and delta stand, figures without a limit are NaN.
    Kink = 2,
    /// A figure leaves the range of `f64`: it is NaN, the others stand.
    OutOfRange = 3,
}

/// Price and first Greeks: raw, per 1.0 and per year.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Greeks {
    /// Value of one option, in quote units (coin for inverse options).
    pub price: f64,
    /// ∂price/∂S.
    pub delta: f64,
    /// ∂²price/∂S².
    pub gamma: f64,
    /// ∂price/∂σ per 1.0 of volatility.
    pub vega: f64,
    /// ∂price/∂t per year of calendar time, −∂price/∂T.
    pub theta: f64,
    /// ∂price/∂r per 1.0 of rate.
    pub rho: f64,
}

/// Every figure that a column or [`spot_all`] can give. The value is its index there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Output {
    /// Value of one option, in quote units (coin for inverse options).
    Price = 0,
    /// ∂price/∂S.
    Delta,
    /// ∂²price/∂S².
    Gamma,
    /// ∂price/∂σ.
    Vega,
    /// −∂price/∂T.
    Theta,
    /// ∂price/∂r; for forwards at a fixed forward, −T × price.
    Rho,
    /// ∂price/∂q; 0 for forwards.
    Psi,
    /// ∂²price/∂S∂σ.
    Vanna,
    /// ∂²price/∂σ².
    Volga,
    /// −∂delta/∂T.
    Charm,
    /// ∂³price/∂S³.
    Speed,
    /// ∂gamma/∂σ.
    Zomma,
    /// −∂gamma/∂T.
    Color,
    /// −∂vega/∂T.
    Veta,
    /// ∂³price/∂σ³.
    Ultima,
    /// ∂price/∂K.
    DualDelta,
    /// ∂²price/∂K².
    DualGamma,
    /// ∂ln price/∂ln S.
    Elasticity,
    /// Φ(φd₂), the risk-neutral probability of ending in the money.
    ProbabilityInTheMoney,
    /// delta − price/S in quote terms, which is S × delta in coin terms: the hedge when the premium is paid in the coin.
    PremiumAdjustedDelta,
}

/// Number of [`Output`]s.
pub const OUTPUTS: usize = 20;

impl Output {
    /// All outputs, in the order of their indices.
    pub const ALL: [Self; OUTPUTS] = [
        Self::Price,
        Self::Delta,
        Self::Gamma,
        Self::Vega,
        Self::Theta,
        Self::Rho,
        Self::Psi,
        Self::Vanna,
        Self::Volga,
        Self::Charm,
        Self::Speed,
        Self::Zomma,
        Self::Color,
        Self::Veta,
        Self::Ultima,
        Self::DualDelta,
        Self::DualGamma,
        Self::Elasticity,
        Self::ProbabilityInTheMoney,
        Self::PremiumAdjustedDelta,
    ];
}

/// What distinguishes the three models inside the one kernel.
pub trait Model {
    /// Whether the underlying is a forward: carry equals the rate.
    const FORWARD: bool;
    /// Whether value is counted in the coin.
    const INVERSE: bool;
}

/// Spot underlying with continuous carry, value in quote units.
pub struct Spot;
/// Forward underlying, value in quote units.
pub struct Forward;
/// Spot underlying with continuous carry, value in coin.
pub struct Inverse;

impl Model for Spot {
    const FORWARD: bool = false;
    const INVERSE: bool = false;
}
impl Model for Forward {
    const FORWARD: bool = true;
    const INVERSE: bool = false;
}
impl Model for Inverse {
    const FORWARD: bool = false;
    const INVERSE: bool = true;
}

/// What one lane of options is given.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<L> {
    /// +1 call, −1 put.
    pub(crate) sign: L,
    pub(crate) spot: L,
    pub(crate) strike: L,
    pub(crate) years: L,
    pub(crate) rate: L,
    pub(crate) carry: L,
    pub(crate) vol: L,
}

/// What the clock and the quotes give before volatility enters.
///
/// Each discounted value also stands as base + excess: S + S(e^{−qT} − 1), so that parity loses nothing where little is
/// discounted; itself + 0 where most of it is, since the first form would cancel there.
#[derive(Clone, Copy)]
pub(crate) struct Discounted<L> {
    /// S e^{−qT}.
    pub(crate) spot: L,
    /// K e^{−rT}.
    pub(crate) strike: L,
    spot_base: L,
    spot_excess: L,
    strike_base: L,
    strike_excess: L,
    /// spot_base − strike_base, rounded, and what rounding dropped.
    intrinsic: L,
    intrinsic_error: L,
}

/// Where e^{−qT} − 1 or e^{−rT} − 1 is below this the discounted value is used as it is.
const EXCESS_MIN: f64 = -0.5;

impl<L: Lane> Discounted<L> {
    /// From e^{−qT} − 1 and e^{−rT} − 1, both at least [`EXCESS_MIN`].
    #[inline(always)]
    fn from_excess(inputs: &Inputs<L>, spot_excess_rate: L, strike_excess_rate: L) -> Self {
        let spot_excess = inputs.spot * spot_excess_rate;
        let strike_excess = inputs.strike * strike_excess_rate;
        Self::from_parts(
            [inputs.spot, spot_excess, inputs.spot + spot_excess],
            [inputs.strike, strike_excess, inputs.strike + strike_excess],
        )
    }

    /// From base, excess and their sum, of the underlying and of the strike.
    #[inline(always)]
    fn from_parts([spot_base, spot_excess, spot]: [L; 3], [strike_base, strike_excess, strike]: [L; 3]) -> Self {
        let intrinsic = spot_base - strike_base;
        let rounded_strike = intrinsic - spot_base;
        let intrinsic_error = (spot_base - (intrinsic - rounded_strike)) - (strike_base + rounded_strike);
        Self {
            spot,
            strike,
            spot_base,
            spot_excess,
            strike_base,
            strike_excess,
            intrinsic,
            intrinsic_error,
        }
    }

    /// S e^{−qT} − K e^{−rT}.
    #[inline(always)]
    fn parity(&self, sign: L) -> (L, L) {
        let small = (self.spot_excess - self.strike_excess) + self.intrinsic_error;
        (sign * self.intrinsic, sign * small)
    }
}

/// The lanes of [`Discounted::from_excess`] that it is not made for, from the discount factors themselves.
#[cold]
#[inline(never)]
fn discount_directly<L: Lane, const N: usize>(
    tables: Tables<'_>,
    inputs: &[Inputs<L>; N],
    carried: &[L; N],
    growth: &[L; N],
    excess: &[[L; 2]; N],
) -> [Discounted<L>; N] {
    let (spot_k, spot_p) = exp_reduced(tables, *carried, [L::splat(0.0); N]);
    let (strike_k, strike_p) = exp_reduced(tables, *growth, [L::splat(0.0); N]);
    let parts = |undiscounted: L, excess_rate: L, k: L, p: L| {
        let scaled = undiscounted * power_of_two(k);
        let direct = scaled + scaled * p;
        let mostly = excess_rate.lt(L::splat(EXCESS_MIN));
        let excess = undiscounted * excess_rate;
        [
            L::select(mostly, direct, undiscounted),
            L::select(mostly, L::splat(0.0), excess),
            L::select(mostly, direct, undiscounted + excess),
        ]
    };
    core::array::from_fn(|i| {
        let [spot_excess, strike_excess] = excess[i];
        Discounted::from_parts(
            parts(inputs[i].spot, spot_excess, spot_k[i], spot_p[i]),
            parts(inputs[i].strike, strike_excess, strike_k[i], strike_p[i]),
        )
    })
}

/// The standardised coordinates of one lane: x = ln(S/K) + (r − q)T, h = |x|/s, a = h − s/2.
#[derive(Clone, Copy)]
pub(crate) struct Coordinates<L: Lane> {
    /// x ≤ 0: the call is out of the money.
    pub(crate) below: L::Mask,
    pub(crate) sqrt_years: L,
    /// s = σ√T.
    pub(crate) deviation: L,
    pub(crate) h: L,
    pub(crate) a: L,
}

/// Everything that the figures of one lane are made of.
#[derive(Clone, Copy)]
pub(crate) struct Terms<L> {
    inputs: Inputs<L>,
    sqrt_years: L,
    /// s = σ√T, and its reciprocal.
    deviation: L,
    inv_deviation: L,
    /// 1/S.
    inv_spot: L,
    d1: L,
    d2: L,
    /// S e^{−qT} φ(d₁) = K e^{−rT} φ(d₂).
    density: L,
    /// φ S e^{−qT} Φ(φd₁).
    spot_leg: L,
    /// φ K e^{−rT} Φ(φd₂).
    strike_leg: L,
    discounted_strike: L,
    /// Value in quote units.
    value: L,
    /// Elasticity in quote terms is the quotient of these, in which a small density cancels.
    elasticity_over: L,
    elasticity_under: L,
}

/// The figures' terms from the coordinates and the Gaussian weight w = S e^{−qT} e^{−d₁²/2} = K e^{−rT} e^{−d₂²/2}.
///
/// Needs s > 0, h ≥ 0 and a such that polynomials of degree 11 in a and s stay finite.
#[inline(always)]
pub(crate) fn finish<L: Lane, const N: usize>(
    tables: Tables<'_>,
    inputs: &[Inputs<L>; N],
    discounted: &[Discounted<L>; N],
    at: &[Coordinates<L>; N],
    weight: &[L; N],
) -> [Terms<L>; N] {
    let zero = L::splat(0.0);
    let one = L::splat(1.0);
    let mut y1 = *weight;
    let mut y2 = *weight;
    let mut step = *weight;
    for i in 0..N {
        let c = &at[i];
        let central = c.a.lt(L::splat(-MILLS_SHIFT));
        y1[i] = L::select(central, -c.a, c.a.min(L::splat(TAIL_END))) + L::splat(MILLS_SHIFT);
        step[i] = L::select(central, c.h + c.h, c.deviation);
        y2[i] = y1[i] + step[i];
    }
    let mills = mills_pair(tables, y1, y2);
    core::array::from_fn(|i| {
        let (input, discounted, c, w) = (&inputs[i], &discounted[i], &at[i], weight[i]);
        let (p1, q1) = (mills.p[i], mills.q[i]);
        let (p2, q2) = (p1 + step[i] * mills.p_divided[i], q1 + step[i] * mills.q_divided[i]);
        let inv_q = one / (q1 * q2);
        let (p1q2, p2q1) = (p1 * q2, p2 * q1);
        let central = c.a.lt(L::splat(-MILLS_SHIFT));
        let is_call = zero.lt(input.sign);
        let in_the_money = c.below.xor(is_call.not()).not();

        // Tails of the Gaussian beyond a and beyond b, as shares of w.
        let tail_a = w * (p1q2 * inv_q);
        let tail_b = w * (p2q1 * inv_q);
        let time_share = step[i] * ((p1 * mills.q_divided[i] - q1 * mills.p_divided[i]) * inv_q);
        let time_value = w * time_share;

        // Price. Central (a < −0.7): base − both tails. Else out of the money the time value, in the money by parity.
        let both = w * ((p1q2 + p2q1) * inv_q);
        let central_base = L::select(is_call, discounted.spot_base, discounted.strike_base);
        let central_excess = L::select(is_call, discounted.spot_excess, discounted.strike_excess);
        let central_price = central_base + (central_excess - both);
        let (parity, parity_small) = discounted.parity(input.sign);
        let parity_price = parity + (parity_small + time_value);
        let side_price = L::select(in_the_money, parity_price, time_value);
        let value = L::select(central, central_price, side_price);

        // Legs. a belongs to the spot leg where x ≤ 0, to the strike leg otherwise.
        let base_a = L::select(c.below, discounted.spot, discounted.strike);
        let base_b = L::select(c.below, discounted.strike, discounted.spot);
        let leg_a = L::select(central.xor(in_the_money), base_a - tail_a, tail_a);
        let leg_b = L::select(in_the_money, base_b - tail_b, tail_b);
        let spot_leg = input.sign * L::select(c.below, leg_a, leg_b);
        let strike_leg = input.sign * L::select(c.below, leg_b, leg_a);

        let b = c.a + c.deviation;
        let reciprocal = one / (input.spot * c.deviation);
        let unit_tail = L::select(c.below, p1q2 * inv_q, p2q1 * inv_q);
        let by_share = central.or(in_the_money).not();
        Terms {
            inputs: *input,
            sqrt_years: c.sqrt_years,
            deviation: c.deviation,
            inv_deviation: reciprocal * input.spot,
            inv_spot: reciprocal * c.deviation,
            d1: L::select(c.below, -c.a, b),
            d2: L::select(c.below, -b, c.a),
            density: w * L::splat(INV_SQRT_2PI),
            spot_leg,
            strike_leg,
            discounted_strike: discounted.strike,
            value,
            elasticity_over: L::select(by_share, input.sign * unit_tail, spot_leg),
            elasticity_under: L::select(by_share, time_share, value),
        }
    })
}

impl<L: Lane> Terms<L> {
    /// One figure in the units of the model.
    #[inline(always)]
    pub(crate) fn output<M: Model>(&self, output: Output) -> L {
        let by_spot = |numerator: L| numerator * self.inv_spot;
        if !M::INVERSE {
            return match output {
                Output::Rho if M::FORWARD => -(self.inputs.years * self.value),
                Output::Psi if M::FORWARD => L::splat(0.0),
                _ => self.in_quote(output),
            };
        }
        match output {
            Output::Price => self.value / self.inputs.spot,
            Output::Delta => by_spot(by_spot(self.strike_leg)),
            Output::Gamma => by_spot(self.in_quote(Output::Gamma) - twice(self.output::<M>(Output::Delta))),
            Output::Speed => by_spot(self.in_quote(Output::Speed) - L::splat(3.0) * self.output::<M>(Output::Gamma)),
            Output::Vanna => by_spot(self.in_quote(Output::Vanna) - self.output::<M>(Output::Vega)),
            Output::Zomma => by_spot(self.in_quote(Output::Zomma) - twice(self.output::<M>(Output::Vanna))),
            Output::Charm => by_spot(self.in_quote(Output::Charm) - self.output::<M>(Output::Theta)),
            Output::Color => by_spot(self.in_quote(Output::Color) - twice(self.output::<M>(Output::Charm))),
            Output::Elasticity => self.in_quote(output) - L::splat(1.0),
            Output::ProbabilityInTheMoney | Output::PremiumAdjustedDelta => self.in_quote(output),
            Output::Vega
            | Output::Theta
            | Output::Rho
            | Output::Psi
            | Output::Volga
            | Output::Veta
            | Output::Ultima
            | Output::DualDelta
            | Output::DualGamma => by_spot(self.in_quote(output)),
        }
    }

    /// One figure of the value in quote units.
    #[inline(always)]
    fn in_quote(&self, output: Output) -> L {
        let one = L::splat(1.0);
        let half = L::splat(0.5);
        let Inputs {
            sign,
            strike,
            years,
            rate,
            carry,
            vol,
            ..
        } = self.inputs;
        let (d1, d2, density) = (self.d1, self.d2, self.density);
        // 1/σ, 1/√T and 1/T from the one reciprocal.
        let inv_vol = || self.sqrt_years * self.inv_deviation;
        let inv_sqrt_years = || vol * self.inv_deviation;
        let half_inv_years = || half * inv_sqrt_years() * inv_sqrt_years();
        let delta = || self.spot_leg * self.inv_spot;
        let gamma = || density * self.inv_spot * self.inv_spot * self.inv_deviation;
        let vega = || density * self.sqrt_years;
        // (r − q)/s, the drift of d per year.
        let drift = || (rate - carry) * self.inv_deviation;
        match output {
            Output::Price => self.value,
            Output::Delta => delta(),
            Output::Gamma => gamma(),
            Output::Vega => vega(),
            Output::Theta => carry * self.spot_leg - rate * self.strike_leg - half * (density * vol * inv_sqrt_years()),
            Output::Rho => years * self.strike_leg,
            Output::Psi => -(years * self.spot_leg),
            Output::Vanna => -(density * self.inv_spot * d2 * inv_vol()),
            Output::Volga => vega() * inv_vol() * d1 * d2,
            Output::Charm => carry * delta() - density * self.inv_spot * (drift() - d2 * half_inv_years()),
            Output::Speed => -(gamma() * self.inv_spot * (d1 * self.inv_deviation + one)),
            Output::Zomma => gamma() * inv_vol() * (d1 * d2 - one),
            Output::Color => gamma() * (carry + half_inv_years() + (drift() - d2 * half_inv_years()) * d1),
            Output::Veta => vega() * (carry + drift() * d1 - (one + d1 * d2) * half_inv_years()),
            Output::Ultima => {
                let product = d1 * d2;
                -(vega() * inv_vol() * inv_vol() * (product * (one - product) + d1 * d1 + d2 * d2))
            }
            Output::DualDelta => -(self.strike_leg / strike),
            Output::DualGamma => density / (strike * strike) * self.inv_deviation,
            Output::Elasticity => {
                let beyond = L::splat(-TAIL_END);
                let far = (sign * d1).le(beyond).and((sign * d2).le(beyond));
                let far_elasticity = far_elasticity(d1, d2, self.deviation);
                L::select(far, far_elasticity, self.elasticity_over / self.elasticity_under)
            }
            Output::ProbabilityInTheMoney => sign * self.strike_leg / self.discounted_strike,
            Output::PremiumAdjustedDelta => self.strike_leg * self.inv_spot,
        }
    }
}

/// Elasticity in quote terms where φd₁ and φd₂ are at most −[`TAIL_END`], beyond the rational Mills ratio.
///
/// There Φ(−a)e^{a²/2} = A(1/a²)/(a√(2π)), A(u) = 1 − u + 3u² − 15u³ + …, and by its divided difference
/// −d₂·A(1/d₁²)/(s·(A(1/d₁²) + (d₁ + d₂)/(d₁d₂²)·A[1/d₁², 1/d₂²])); eight terms leave 1e-18.
#[inline(always)]
fn far_elasticity<L: Lane>(d1: L, d2: L, deviation: L) -> L {
    const ASYMPTOTIC: [f64; 8] = [-135_135.0, 10_395.0, -945.0, 105.0, -15.0, 3.0, -1.0, 1.0];
    let one = L::splat(1.0);
    let (inv_d1, inv_d2) = (one / d1, one / d2);
    let ([share], [divided]) = horner_divided(&ASYMPTOTIC, [inv_d1 * inv_d1], [inv_d2 * inv_d2]);
    let difference = share + (inv_d1 + inv_d2) * inv_d2 * divided;
    -(d2 * share) / (deviation * difference)
}

#[inline(always)]
fn twice<L: Lane>(x: L) -> L {
    x + x
}

/// One turn of the kernel: terms, and where they must be done again by [`rare::all`].
#[inline(always)]
pub(crate) fn turn<M: Model, L: Lane, const N: usize>(
    tables: Tables<'_>,
    inputs: &[Inputs<L>; N],
) -> ([Terms<L>; N], [L::Mask; N]) {
    let growth: [L; N] = core::array::from_fn(|i| -(inputs[i].rate * inputs[i].years));
    let strike_excess = expm1_bounded(tables, growth);
    let carried: [L; N] = core::array::from_fn(|i| -(inputs[i].carry * inputs[i].years));
    let spot_excess = if M::FORWARD {
        strike_excess
    } else {
        expm1_bounded(tables, carried)
    };
    let mut discounted: [Discounted<L>; N] =
        core::array::from_fn(|i| Discounted::from_excess(&inputs[i], spot_excess[i], strike_excess[i]));
    let least_excess = |i: usize| spot_excess[i].min(strike_excess[i]).lt(L::splat(EXCESS_MIN));
    if (1..N).fold(least_excess(0), |any, i| any.or(least_excess(i))).any() {
        let excess = core::array::from_fn(|i| [spot_excess[i], strike_excess[i]]);
        discounted = discount_directly(tables, inputs, &carried, &growth, &excess);
    }

    let ln = ln_ratio(tables, inputs.map(|input| input.spot), inputs.map(|input| input.strike));
    let at: [Coordinates<L>; N] = core::array::from_fn(|i| {
        let input = &inputs[i];
        let x = if M::FORWARD {
            ln[i]
        } else {
            ln[i] + (input.rate - input.carry) * input.years
        };
        let sqrt_years = input.years.sqrt();
        let deviation = input.vol * sqrt_years;
        let h = x.abs() / deviation;
        Coordinates {
            below: x.le(L::splat(0.0)),
            sqrt_years,
            deviation,
            h,
            a: h - L::splat(0.5) * deviation,
        }
    });

    let (k, p) = gauss_reduced(tables, at.map(|c| c.a), [L::splat(0.0); N]);
    let weight: [L; N] = core::array::from_fn(|i| {
        let base = L::select(at[i].below, discounted[i].spot, discounted[i].strike);
        let scaled = base * power_of_two(k[i]);
        L::select(k[i].lt(L::splat(-1021.0)), L::splat(0.0), scaled + scaled * p[i])
    });

    let terms = finish(tables, inputs, &discounted, &at, &weight);
    let redo = core::array::from_fn(|i| {
        let (input, c) = (&inputs[i], &at[i]);
        let drift = (input.rate - input.carry) * input.years;
        ordinary(input, growth[i].abs() + carried[i].abs(), c, ln[i])
            .not()
            .or(far_out_of_the_money(
                input.sign,
                c,
                ln[i],
                if M::FORWARD { L::splat(0.0) } else { drift },
                terms[i].inv_deviation,
            ))
    });
    (terms, redo)
}

/// Where inputs are finite, positive and so moderate that no intermediate figure leaves the range of `f64`.
#[inline(always)]
fn ordinary<L: Lane>(input: &Inputs<L>, growth: L, c: &Coordinates<L>, ln: L) -> L::Mask {
    let within = |low: f64, value: L, high: f64| value.ge(L::splat(low)).and(value.le(L::splat(high)));
    let least = input.spot.min(input.strike);
    let greatest = input.spot.max(input.strike);
    least
        .ge(L::splat(1e-60))
        .and(greatest.le(L::splat(1e60)))
        // NaN in S or K shows in ln, NaN in r, q or T in the growth, NaN in σ or T in s.
        .and(ln.abs().le(L::splat(300.0)))
        .and(growth.le(L::splat(300.0)))
        .and(within(1e-12, input.years, 1e6))
        .and(within(1e-8, c.deviation, 1e4))
}

/// Where the price is a far tail, so that a rounding of d would show in it: (a + 1)(a + (|ln S/K| + |drift|)/s) > 250.
#[inline(always)]
fn far_out_of_the_money<L: Lane>(sign: L, c: &Coordinates<L>, ln: L, drift: L, inv_deviation: L) -> L::Mask {
    const ROUNDING_AMPLIFIED_MAX: f64 = 250.0;
    let out_of_the_money = c.below.xor(L::splat(0.0).lt(sign).not());
    let amplified = (c.a + L::splat(1.0)) * ((ln.abs() + drift.abs()) * inv_deviation + c.a);
    out_of_the_money
        .and(c.a.lt(L::splat(TAIL_END)))
        .and(amplified.gt(L::splat(ROUNDING_AMPLIFIED_MAX)))
}
