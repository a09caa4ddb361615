//! The exercise boundary of an American put with strike 1: below which price it is exercised, by time to expiry.

use crate::elementary::{exp, expm1, ln};
use crate::float;
use crate::jet::Jet;
use crate::quadrature::panel;
use alloc::vec::Vec;
use core::f64::consts::PI;

/// Collocation nodes besides τ = 0.
const NODES: usize = 30;

/// cos(iπ/30) for i = 0..=15.
const COSINES: [f64; 16] = [
    1.0,
    0.994_521_895_368_273_34,
    0.978_147_600_733_805_64,
    0.951_056_516_295_153_57,
    0.913_545_457_642_600_90,
    0.866_025_403_784_438_65,
    0.809_016_994_374_947_42,
    0.743_144_825_477_394_24,
    0.669_130_606_358_858_21,
    0.587_785_252_292_473_13,
    0.5,
    0.406_736_643_075_800_21,
    0.309_016_994_374_947_42,
    0.207_911_690_817_759_34,
    0.104_528_463_267_653_47,
    0.0,
];

/// Ends of the panels in t = tan(φ/2) on which the equation of the boundary is integrated, θ = τ sin²φ.
const BOUNDARY_PANELS: [f64; 3] = [0.0, 0.3, 1.0];
/// Panels of the premium, which halve towards θ = 0, where it bends sharply when the price is near the boundary.
const PREMIUM_PANELS: i32 = 12;

/// Newton steps; a few are usual.
const STEPS_MAX: u32 = 20;
/// A step of ln(X/B) that small, as a share of ln(X/B) with all time left where that is less than 1, has no successor that would show.
const STEP_END: f64 = 1e-11;
/// Rates of up to that many times (2⁴⁰) the height are tried where the guess is too far off, and how much higher each time.
const TIMES_MAX: f64 = 1_099_511_627_776.0;
const TIMES_STEP: f64 = 4.0;
/// On the way back each step is as long, or its square root where Newton's method does not bridge it, down to this.
const TIMES_STEP_MIN: f64 = 1.15;
/// Newton steps keep each ln(X/B) within these factors.
const STEP_FACTORS: [f64; 2] = [0.4, 2.5];

/// Rate, carry and vol, and ln of the boundary at expiry X = min(1, r/q), each with its derivatives. Elsewhere the boundary is
/// ln(X/B), its fall, which is as exact where little time is left as where there is much.
#[derive(Clone, Copy)]
pub(super) struct Market<const P: usize> {
    pub(super) rate: Jet<P>,
    pub(super) carry: Jet<P>,
    pub(super) vol: Jet<P>,
    start: Jet<P>,
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
    fn fit(&self, own: Jet<P>, other: Jet<P>, root: f64) -> [Jet<P>; 2] {
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
    fn fit_at_expiry(&self, own: Jet<P>, root: f64) -> Jet<P> {
        let [high, ..] = self.deviations(self.start - own, root);
        Self::discount(self.carry, root * root) * high.norm_cdf()
    }

    /// What early exercise earns per unit of time, θ = root² from now, seen from a price e^{log_price}:
    /// r e^{−rθ}Φ(−d₋) − q S e^{−qθ}Φ(−d₊).
    fn premium(&self, log_price: Jet<P>, fall: Jet<P>, root: f64) -> Jet<P> {
        let [high, low, _] = self.deviations(log_price - self.start + fall, root);
        let years = root * root;
        let interest = self.rate * Self::discount(self.rate, years) * (-low).norm_cdf();
        if self.carry.is_zero() {
            return interest;
        }
        interest - self.carry * log_price.exp() * Self::discount(self.carry, years) * (-high).norm_cdf()
    }
}

/// A place of the quadrature in φ, τ = 1: √θ = sin φ, √(1 − θ) = cos φ, and the weight of dθ.
struct Place {
    root: f64,
    rest: f64,
    weight: f64,
}

/// Places on a panel of t = tan(φ/2).
fn places(from: f64, to: f64) -> impl Iterator<Item = Place> {
    panel(from, to).map(|(t, weight)| {
        let secant = 1.0 / (1.0 + t * t);
        let (root, rest) = (2.0 * t * secant, (1.0 - t * t) * secant);
        // dθ = 2 sin φ cos φ dφ, dφ = 2dt/(1 + t²)
        Place {
            root,
            rest,
            weight: weight * 4.0 * root * rest * secant,
        }
    })
}

/// Barycentric interpolation of ln²(X/B) in √(τ/T) at the nodes (1 + cos(iπ/30))/2: the share of each node but the last, where it
/// is 0. `at` is no node, as no place of the quadratures is.
fn shares(at: f64) -> [f64; NODES] {
    let share = |i: usize| {
        let end = if i == 0 || i == NODES { 0.5 } else { 1.0 };
        (if i.is_multiple_of(2) { end } else { -end }) / (at - node(i))
    };
    let shares: [f64; NODES] = core::array::from_fn(share);
    let total = shares.iter().sum::<f64>() + share(NODES);
    shares.map(|share| share / total)
}

fn node(i: usize) -> f64 {
    let cosine = if i <= NODES / 2 {
        COSINES[i]
    } else {
        -COSINES[NODES - i]
    };
    0.5 + 0.5 * cosine
}

/// A place in the equation of one node.
struct Term {
    root: f64,
    weight: f64,
    /// (τ/T)^{1/2} of the boundary there.
    rest: f64,
    shares: [f64; NODES],
}

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

fn square(x: f64) -> f64 {
    x * x
}

/// ln(X/B) at the nodes by Newton's method.
fn newton(market: &Market<0>, terms: &[Vec<Term>], mut falls: [f64; NODES], root_years: f64) -> Option<[f64; NODES]> {
    for _ in 0..STEPS_MAX {
        let (mut steps, mut jacobian) = equations(market, terms, &falls, root_years)?;
        eliminate(&mut jacobian, core::slice::from_mut(&mut steps))?;
        let mut greatest = 0.0_f64;
        for (fall, step) in falls.iter_mut().zip(steps) {
            let next = (*fall - step).clamp(STEP_FACTORS[0] * *fall, STEP_FACTORS[1] * *fall);
            if !next.is_finite() {
                return None;
            }
            greatest = greatest.max((next - *fall).abs());
            *fall = next;
        }
        if greatest <= STEP_END * falls[0].min(1.0) {
            return Some(falls);
        }
    }
    None
}

/// The places in the equation of node i.
fn terms(i: usize, root_years: f64) -> Vec<Term> {
    let at = node(i);
    let root = at * root_years;
    let mut terms = Vec::new();
    for ends in BOUNDARY_PANELS.windows(2) {
        terms.extend(places(ends[0], ends[1]).map(|place| Term {
            root: place.root * root,
            weight: place.weight * root * root,
            rest: place.rest * at,
            shares: shares(at * place.rest),
        }));
    }
    terms
}

/// ln(X/B) between the nodes: its square is what is interpolated.
fn fall_at(falls: &[f64; NODES], shares: &[f64; NODES]) -> f64 {
    let squared: f64 = falls.iter().zip(shares).map(|(fall, share)| fall * fall * share).sum();
    float::sqrt(squared.max(0.0))
}

/// How much time is left, as a guess takes it.
#[derive(Clone, Copy)]
enum Left {
    Much,
    Little,
}

/// Where 1 − B/X is below this it is ln(X/B) as far as a guess goes.
const DROP_SMALL: f64 = 1e-8;

/// ln(X/B) at the nodes: B = B∞ + (X − B∞)e^{h(τ)}, with the boundary B∞ of the perpetual put.
fn guess(market: &Market<0>, root_years: f64, left: Left) -> Option<[f64; NODES]> {
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

/// F = ln(∫(r − qB)e^{−rθ}φ(d₋)/(σ√θ)dθ) − ln(B(e^{−qτ}Φ(d₊) + ∫q e^{−qθ}Φ(d₊)dθ)) at each node, and its derivatives by
/// ln(X/B) at each.
fn equations(
    market: &Market<0>,
    terms: &[Vec<Term>],
    falls: &[f64; NODES],
    root_years: f64,
) -> Option<([f64; NODES], [[f64; NODES]; NODES])> {
    // Where the interpolated square is that far below σ²τ it is noise around 0.
    const NOISE: f64 = 1e-6;
    let lift = |jet: Jet<0>| Jet::<2>::constant(jet.value);
    let market = Market::new(lift(market.rate), lift(market.carry), lift(market.vol));
    let noise = NOISE * square(market.vol.value * root_years);
    let mut residuals = [0.0; NODES];
    let mut jacobian = [[0.0; NODES]; NODES];
    for (i, terms) in terms.iter().enumerate() {
        // Derivatives by the own fall and by the other.
        let own = Jet::variable(falls[i], 0);
        let root = node(i) * root_years;
        let mut earned = Jet::constant(0.0);
        let mut carried = market.fit_at_expiry(own, root);
        let (mut by_earned, mut by_carried) = ([0.0; NODES], [0.0; NODES]);
        for term in terms {
            let fall = fall_at(falls, &term.shares);
            let other = Jet::variable(fall, 1);
            let [left, right] = market.fit(own, other, term.root);
            earned = earned + left * term.weight;
            carried = carried + right * term.weight;
            if square(fall) > noise * square(term.rest) {
                let (left, right) = (term.weight * left.by[1] / fall, term.weight * right.by[1] / fall);
                for j in 0..NODES {
                    by_earned[j] += left * term.shares[j];
                    by_carried[j] += right * term.shares[j];
                }
            }
        }
        if !(earned.value > 0.0 && carried.value > 0.0) {
            return None;
        }
        residuals[i] = ln(earned.value / carried.value) + (falls[i] - market.start.value);
        for j in 0..NODES {
            // ∂fall(u)/∂fallⱼ = shareⱼ·fallⱼ/fall(u)
            jacobian[i][j] = falls[j] * (by_earned[j] / earned.value - by_carried[j] / carried.value);
        }
        jacobian[i][i] += earned.by[0] / earned.value - carried.by[0] / carried.value + 1.0;
    }
    Some((residuals, jacobian))
}

/// Makes each side the solution of `matrix`·x = side, by elimination with row pivots; `None` where the matrix is singular.
#[inline(never)]
fn eliminate(matrix: &mut [[f64; NODES]; NODES], sides: &mut [[f64; NODES]]) -> Option<()> {
    for column in 0..NODES {
        let pivot = (column..NODES).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        for side in &mut *sides {
            side.swap(column, pivot);
        }
        let pivot_row = matrix[column];
        if !(pivot_row[column].abs() > 0.0 && pivot_row[column].is_finite()) {
            return None;
        }
        for row in column + 1..NODES {
            let factor = matrix[row][column] / pivot_row[column];
            for (value, pivot) in matrix[row].iter_mut().zip(pivot_row) {
                *value -= factor * pivot;
            }
            for side in &mut *sides {
                side[row] -= factor * side[column];
            }
        }
    }
    for side in sides {
        for row in (0..NODES).rev() {
            let known: f64 = (row + 1..NODES).map(|column| matrix[row][column] * side[column]).sum();
            side[row] = (side[row] - known) / matrix[row][row];
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{node, places, shares, BOUNDARY_PANELS, NODES, PREMIUM_PANELS};

    #[test]
    fn no_place_of_the_quadratures_is_a_node_and_shares_interpolate() {
        let halving = (0..PREMIUM_PANELS).map(|i| [i + 1, i].map(|i| 0.5_f64.powi(i)));
        let of_premium = halving.flat_map(|[from, to]| {
            places(
                if to > 0.5_f64.powi(PREMIUM_PANELS - 1) {
                    from
                } else {
                    0.0
                },
                to,
            )
        });
        let of_boundary = (0..NODES).flat_map(|i| {
            let panels = BOUNDARY_PANELS.windows(2).flat_map(|ends| places(ends[0], ends[1]));
            panels.map(move |place| node(i) * place.rest)
        });
        for at in of_premium.map(|place| place.rest).chain(of_boundary) {
            // x², which is 0 at the node that is left out
            let square: f64 = shares(at)
                .iter()
                .enumerate()
                .map(|(i, share)| share * node(i) * node(i))
                .sum();
            assert!((square - at * at).abs() < 1e-13, "{at}: {square}");
        }
    }
}
