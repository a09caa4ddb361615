//! What a search solves, from a quote: its time value by its distance from the money.

use super::Inputs;
use crate::elementary::{exp_reduced, ln_ratio_two_part, power_of_two, Tables};
use crate::lane::{Lane, LaneMask};
use crate::two_part::TwoPart;

/// What is solved for s: β and 1 − β, at |x| = |ln(forward/K)|.
#[derive(Clone, Copy)]
pub(super) struct Target<L> {
    pub(super) distance: TwoPart<L>,
    /// β·2^−exponent.
    pub(super) time_share: L,
    /// An integer; not 0 only where β would leave the range of `f64`.
    pub(super) exponent: L,
    pub(super) complement: L,
}

/// A target, and whether the kernel may answer for it.
#[derive(Clone, Copy)]
pub(super) struct Set<L: Lane> {
    pub(super) target: Target<L>,
    pub(super) is_clear: L::Mask,
    /// |ln(S/K)|, which drift may cancel.
    pub(super) before_drift: L,
}

/// Time value per unit of its bound by |ln(forward/K)|.
#[inline(always)]
pub(super) fn log_normal<L: Lane, const N: usize>(tables: Tables<'_>, inputs: &[Inputs<L>; N]) -> [Set<L>; N] {
    let ln = ln_ratio_two_part(tables, inputs.map(|input| input.spot), inputs.map(|input| input.strike));
    let x: [TwoPart<L>; N] = core::array::from_fn(|i| {
        let input = &inputs[i];
        let rate = TwoPart::sum(input.rate, -input.carry);
        let drift = TwoPart::product(rate.high, input.years);
        ln[i].plus(TwoPart {
            high: drift.high,
            low: drift.low + rate.low * input.years,
        })
    });
    let below: [L::Mask; N] = core::array::from_fn(|i| x[i].high.le(L::splat(0.0)));
    let base: [L; N] = core::array::from_fn(|i| L::select(below[i], inputs[i].spot, inputs[i].strike));
    let growth: [L; N] =
        core::array::from_fn(|i| -(L::select(below[i], inputs[i].carry, inputs[i].rate) * inputs[i].years));
    let (k, p) = exp_reduced(tables, growth, [L::splat(0.0); N]);
    let distance = x.map(TwoPart::abs);
    let gap = expm1_two_part(tables, distance);
    core::array::from_fn(|i| {
        let input = &inputs[i];
        let scaled = base[i] * power_of_two(k[i]);
        let base = scaled + scaled * p[i];
        let out_of_the_money = below[i].xor(L::splat(0.0).lt(input.sign).not());
        let time_value = L::select(out_of_the_money, input.price, input.price - base * gap[i]);
        let inverse_base = L::splat(1.0) / base;
        let time_share = time_value * inverse_base;
        let complement = (base - time_value) * inverse_base;
        // Where rounding of the bounds could decide whether there is a solution, or the scale is extreme.
        let doubt = L::splat(1e-14) * (L::splat(1.0) + input.price * inverse_base);
        let least = L::select(out_of_the_money, L::splat(1e-280), doubt);
        let within = time_share.gt(least).and(complement.gt(doubt));
        Set {
            target: Target {
                distance: distance[i],
                time_share,
                exponent: L::splat(0.0),
                complement,
            },
            is_clear: within.and(ordinary(input, ln[i].high)),
            before_drift: ln[i].high.abs(),
        }
    })
}

/// For small s the lognormal β is s·(φ(h) − hΦ(−h)) with h = |x|/s, up to a share of s: Bachelier's price at |x| = |F − K|,
/// s = σ√T. So everything is scaled down until s is far below the rounding of 1.
pub(super) const NORMAL_SCALE: f64 = 7.888_609_052_210_118e-31; // 2⁻¹⁰⁰

/// Time value ahead by |F − K|, both times [`NORMAL_SCALE`].
#[inline(always)]
pub(super) fn normal<L: Lane, const N: usize>(tables: Tables<'_>, inputs: &[Inputs<L>; N]) -> [Set<L>; N] {
    let growth: [L; N] = core::array::from_fn(|i| -(inputs[i].rate * inputs[i].years));
    let (k, p) = exp_reduced(tables, growth, [L::splat(0.0); N]);
    core::array::from_fn(|i| {
        let input = &inputs[i];
        let moneyness = TwoPart::sum(input.spot, -input.strike);
        let distance = moneyness.abs();
        let scale = power_of_two(k[i]);
        let discount = scale + scale * p[i];
        let below = moneyness.high.le(L::splat(0.0));
        let out_of_the_money = below.xor(L::splat(0.0).lt(input.sign).not());
        let intrinsic = TwoPart::product(discount, distance.high);
        let parity_value = (input.price - intrinsic.high) - (intrinsic.low + discount * distance.low);
        let time_value = L::select(out_of_the_money, input.price, parity_value) / discount;
        let least = L::select(
            out_of_the_money,
            L::splat(1e-100) * distance.high,
            L::splat(1e-14) * (input.price + distance.high),
        );
        let down = L::splat(NORMAL_SCALE);
        let within = |low: f64, value: L, high: f64| value.ge(L::splat(low)).and(value.le(L::splat(high)));
        let is_ordinary = within(1e-12, distance.high + time_value, 1e12)
            .and(within(1e-12, input.years, 1e6))
            .and(growth[i].abs().le(L::splat(250.0)));
        Set {
            target: Target {
                distance: TwoPart {
                    high: distance.high * down,
                    low: distance.low * down,
                },
                time_share: time_value * down,
                exponent: L::splat(0.0),
                complement: L::splat(1.0),
            },
            is_clear: time_value.gt(least).and(is_ordinary),
            before_drift: L::splat(0.0),
        }
    })
}

/// e^{x} − 1 for x in two parts, 0 ≤ x ≤ 600.
#[inline(always)]
fn expm1_two_part<L: Lane, const N: usize>(tables: Tables<'_>, x: [TwoPart<L>; N]) -> [L; N] {
    let (k, p) = exp_reduced(tables, x.map(|x| x.high), x.map(|x| x.low));
    core::array::from_fn(|i| {
        let scale = power_of_two(k[i]);
        p[i] * scale + (scale - L::splat(1.0))
    })
}

/// Where no intermediate figure leaves the range of `f64`; NaN anywhere is false. Price is judged by its time value.
#[inline(always)]
fn ordinary<L: Lane>(input: &Inputs<L>, ln: L) -> L::Mask {
    let growth = (input.rate * input.years).abs() + (input.carry * input.years).abs();
    let within = |low: f64, value: L, high: f64| value.ge(L::splat(low)).and(value.le(L::splat(high)));
    within(1e-60, input.spot, 1e60)
        .and(input.years.ge(L::splat(1e-12)))
        .and(ln.abs().le(L::splat(300.0)))
        .and(growth.le(L::splat(250.0)))
}
