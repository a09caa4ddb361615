//! The search itself, over any lane: from a guess or a start, a step of fourth order, and a last step at the rounded answer
//! with all coordinates in two parts.

use super::guess::guess;
use super::target::{log_normal, normal, Target, NORMAL_SCALE};
use super::{Distribution, Inputs};
use crate::elementary::{
    gauss_reduced, ln_ratio, mills_ends, power_of_two, MillsEnds, ScaledTail, Tables, MILLS_SHIFT, SQRT_2PI,
};
use crate::lane::{Lane, LaneMask};
use crate::two_part::TwoPart;

/// Beyond so many standard deviations β is below 1e-880, less than any quotient of two `f64`; the rational Mills ratio
/// is good to 2e-15 up to here.
pub(super) const FARTHEST: f64 = 64.0;

/// Cap on rounds, each a plain step and one in two parts: one is enough from the guess, which is off by up to 6 %, and from a
/// start within 10 %.
const ROUNDS_MAX: usize = 4;

/// Where Newton's step is at most this share of s, Halley's leaves rounding alone. (Halley's own step is small far from the
/// answer too.)
const LAST_STEP_MAX: f64 = 3e-6;

/// g = β or, in the upper region, 1 − β, in the form e^{−a²/2}·numerator/denominator; and what a step needs beside it.
pub(super) struct Evaluated<L: Lane> {
    pub(super) upper: L::Mask,
    pub(super) numerator: L,
    pub(super) denominator: L,
    /// The wanted g.
    pub(super) wanted: L,
    /// β″/β′ = a·b/s.
    second: L,
}

#[inline(always)]
pub(super) fn evaluate<L: Lane, const N: usize>(
    tail: ScaledTail<'_>,
    target: &[Target<L>; N],
    at: &[Coordinates<L>; N],
) -> [Evaluated<L>; N] {
    let upper: [L::Mask; N] = core::array::from_fn(|i| at[i].a.lt(L::splat(-MILLS_SHIFT)));
    let y1: [L; N] = core::array::from_fn(|i| {
        let a = at[i].a;
        L::select(upper[i], -a, a.min(L::splat(FARTHEST))) + L::splat(MILLS_SHIFT)
    });
    let step: [L; N] = core::array::from_fn(|i| L::select(upper[i], at[i].h + at[i].h, at[i].s));
    let fractions = fractions(tail, &upper, &y1, &step);
    core::array::from_fn(|i| {
        let Coordinates { s, inv_s, a, .. } = at[i];
        Evaluated {
            upper: upper[i],
            numerator: fractions[i].0,
            denominator: fractions[i].1,
            wanted: L::select(upper[i], target[i].complement, target[i].time_share),
            second: a * (a + s) * inv_s,
        }
    })
}

/// s with its reciprocal, h = |x|/s and a = h − s/2.
#[derive(Clone, Copy)]
pub(super) struct Coordinates<L> {
    pub(super) s: L,
    pub(super) inv_s: L,
    pub(super) h: L,
    pub(super) a: L,
}

impl<L: Lane> Coordinates<L> {
    #[inline(always)]
    pub(super) fn new(distance: L, s: L) -> Self {
        let inv_s = L::splat(1.0) / s;
        let h = distance * inv_s;
        Self {
            s,
            inv_s,
            h,
            a: h - L::splat(0.5) * s,
        }
    }
}

/// Numerator and denominator of the difference of the scaled tails at y₁ and y₁ + step, in the upper region of their sum.
#[inline(always)]
fn fractions<L: Lane, const N: usize>(
    tail: ScaledTail<'_>,
    upper: &[L::Mask; N],
    y1: &[L; N],
    step: &[L; N],
) -> [(L, L); N] {
    let fraction = |ends: &MillsEnds<L, 2>, i: usize, step: L, upper: L::Mask| {
        let sum = ends.p1[i] * ends.q2[i] + ends.p2[i] * ends.q1[i];
        (L::select(upper, sum, step * ends.slope[i]), ends.q1[i] * ends.q2[i])
    };
    let mut found = [(step[0], step[0]); N];
    // Two vectors at a time: what four need side by side does not fit the registers.
    for i in (0..N).step_by(2) {
        let j = (i + 1).min(N - 1);
        let ends = mills_ends(tail, [y1[i], y1[j]], [step[i], step[j]]);
        found[i] = fraction(&ends, 0, step[i], upper[i]);
        found[j] = fraction(&ends, 1, step[j], upper[j]);
    }
    found
}

impl<L: Lane> Evaluated<L> {
    /// Householder's step of fourth order for s from l = ln(g/wanted).
    ///
    /// Newton's step is n = −l·g/g′. With f the logarithm, n·f″/f′ = u + l and n²·f‴/f′ = n²·β‴/β′ + 3ul + 2l², where
    /// u = n·β″/β′ and β‴/β′ = (β″/β′)² − 3(h/s)² − ¼, and the step is n(1 + ½n f″/f′)/(1 + n f″/f′ + n² f‴/6f′), multiplied
    /// out with the denominator of g squared.
    #[inline(always)]
    fn householder(&self, log_ratio: L, at: &Coordinates<L>) -> L {
        let denominator = self.denominator;
        let newton = self.newton(log_ratio);
        let l = log_ratio * denominator;
        let u = newton * self.second;
        let first = u + l;
        let share = at.h * at.inv_s;
        let third = self.second * self.second - (L::splat(3.0) * share * share + L::splat(0.25));
        let cubic = newton * newton * third + l * (L::splat(3.0) * u + (l + l));
        let bottom = denominator * (denominator + first) + cubic * L::splat(1.0 / 6.0);
        newton * (denominator + L::splat(0.5) * first) / bottom
    }

    /// Halley's step, n/(1 + ½n f″/f′), and whether Newton's is at most [`LAST_STEP_MAX`] of s > 0.
    #[inline(always)]
    pub(super) fn halley(&self, log_ratio: L, s: L) -> (L, L::Mask) {
        let newton = self.newton(log_ratio);
        let half_first = L::splat(0.5) * (newton * self.second + log_ratio * self.denominator);
        let settled = newton.abs().le(L::splat(LAST_STEP_MAX) * s * self.denominator);
        (newton / (self.denominator + half_first), settled)
    }

    /// Newton's step times the denominator.
    #[inline(always)]
    fn newton(&self, log_ratio: L) -> L {
        let rises = L::select(self.upper, self.numerator, -self.numerator);
        log_ratio * (rises * L::splat(SQRT_2PI))
    }
}

/// One step by the rough tail, in single precision: −a²/2 + ln(g e^{a²/2}/wanted) needs no exponential.
#[inline(always)]
fn improve<L: Lane, const N: usize>(tables: Tables<'_>, target: &[Target<L>; N], s: [L; N]) -> [L; N] {
    let coordinates: [Coordinates<L>; N] = core::array::from_fn(|i| Coordinates::new(target[i].distance.high, s[i]));
    let at = evaluate(tables.rough_tail, target, &coordinates);
    let logs: [L; N] = ln_ratio(
        tables,
        core::array::from_fn(|i| at[i].numerator),
        core::array::from_fn(|i| at[i].wanted * at[i].denominator),
    );
    core::array::from_fn(|i| {
        let a = coordinates[i].a;
        s[i] + at[i].householder(logs[i] - L::splat(0.5) * a * a, &coordinates[i])
    })
}

/// √T in two parts, and 1/√T.
#[derive(Clone, Copy)]
pub(super) struct RootYears<L> {
    root: TwoPart<L>,
    pub(super) inverse: L,
}

impl<L: Lane> RootYears<L> {
    #[inline(always)]
    pub(super) fn new(years: L) -> Self {
        let root = years.sqrt();
        let inverse = L::splat(1.0) / root;
        let square = TwoPart::product(root, root);
        let low = ((years - square.high) - square.low) * (L::splat(0.5) * inverse);
        Self {
            root: TwoPart { high: root, low },
            inverse,
        }
    }
}

/// A last step at exactly this σ. Returns the new σ, and whether Newton's step was small against s > 0: where it was not, the
/// new σ is of no use.
#[inline(always)]
pub(super) fn polish<L: Lane, const N: usize>(
    tables: Tables<'_>,
    target: &[Target<L>; N],
    years: &[RootYears<L>; N],
    vol: &[L; N],
) -> ([L; N], [L::Mask; N]) {
    let mut a_low = *vol;
    let coordinates: [Coordinates<L>; N] = core::array::from_fn(|i| {
        // As TwoPart's product, quotient and sum, but for low parts that may be some units: they only go into the next.
        let (root, distance, half) = (years[i].root, target[i].distance, L::splat(0.5));
        let TwoPart { high: s, low } = TwoPart::product(root.high, vol[i]);
        let s_low = low + root.low * vol[i];
        let inv_s = L::splat(1.0) / s;
        let h = distance.high * inv_s;
        let back = TwoPart::product(h, s);
        let rest = ((distance.high - back.high) - back.low) + (distance.low - h * s_low);
        let a = TwoPart::sum(h, -(half * s));
        a_low[i] = a.low + (rest * inv_s - half * s_low);
        Coordinates { s, inv_s, h, a: a.high }
    });
    let at = evaluate(tables.tail, target, &coordinates);
    let (k, p) = gauss_reduced(tables, coordinates.map(|at| at.a.min(L::splat(FARTHEST))), a_low);
    let value: [L; N] = core::array::from_fn(|i| {
        // Far from the answer only the sign of the step counts.
        let exponent = (k[i] - L::select(at[i].upper, L::splat(0.0), target[i].exponent))
            .max(L::splat(-1000.0))
            .min(L::splat(1000.0));
        let scaled = at[i].numerator * power_of_two(exponent);
        scaled + scaled * p[i]
    });
    let mut settled = at.each_ref().map(|at| at.upper);
    let next = core::array::from_fn(|i| {
        let wanted = at[i].wanted * at[i].denominator;
        // ln(value/wanted) = 2(u + u³/3 + …). A step small enough to be the last has |u| < 0.01, where the next term does not
        // count; elsewhere this is too little of a step, and far too much for a last one.
        let u = (value[i] - wanted) / (value[i] + wanted);
        let log_ratio = u * (L::splat(2.0) + L::splat(2.0 / 3.0) * (u * u));
        let step;
        (step, settled[i]) = at[i].halley(log_ratio, coordinates[i].s);
        vol[i] + step * years[i].inverse
    });
    (next, settled)
}

/// One turn of searches, from `start` or from the guess: σ, and where it must be done again by [`super::rare`].
#[inline(always)]
pub(super) fn turn<L: Lane, const N: usize>(
    tables: Tables<'_>,
    inputs: &[Inputs<L>; N],
    distribution: Distribution,
    start: Option<[L; N]>,
) -> ([L; N], [L::Mask; N]) {
    let (set, down, up) = match distribution {
        Distribution::LogNormal => (log_normal(tables, inputs), L::splat(1.0), L::splat(1.0)),
        Distribution::Normal => (
            normal(tables, inputs),
            L::splat(NORMAL_SCALE),
            L::splat(1.0 / NORMAL_SCALE),
        ),
    };
    let target = set.map(|set| set.target);
    let years: [RootYears<L>; N] = core::array::from_fn(|i| RootYears::new(inputs[i].years));
    let mut s = match start {
        Some(vol) => core::array::from_fn(|i| vol[i] * down * years[i].root.high),
        None => guess(tables, &target),
    };
    let mut vol = s;
    // A lane that is done keeps its answer, so that it does not depend on its neighbours.
    let mut done = set.map(|set| set.is_clear.not());
    for _ in 0..ROUNDS_MAX {
        s = improve(tables, &target, s);
        let rounded: [L; N] = core::array::from_fn(|i| s[i] * years[i].inverse);
        let (next, settled) = polish(tables, &target, &years, &rounded);
        let mut all = true;
        for i in 0..N {
            vol[i] = L::select(done[i], vol[i], next[i]);
            done[i] = done[i].or(settled[i]);
            all &= !done[i].not().any();
        }
        if all {
            break;
        }
    }
    let redo = core::array::from_fn(|i| {
        let deviation = vol[i] * years[i].root.high;
        // The logarithm in two parts is good to 3e-17. Where drift cancels it, that would show in σ: by its share of the greater
        // of |x| and s, against a bound that is as loose as (8s/x)² nearer the money.
        let distinct = set[i]
            .before_drift
            .le(target[i].distance.high + L::splat(8.0) * deviation);
        let settled = done[i]
            .and(distinct)
            .and(deviation.ge(L::splat(1e-7) * down))
            .and(deviation.le(L::splat(80.0)));
        set[i].is_clear.and(settled).not()
    });
    (vol.map(|vol| vol * up), redo)
}
