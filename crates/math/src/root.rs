//! A root of a continuous function between two points where its sign differs.

/// Steps of false position and halved widths; far more than a smooth function takes.
const STEPS_OF_WIDTH: u32 = 120;

/// Cap on all steps: those beyond [`STEPS_OF_WIDTH`] halve the number of doubles in the bracket, which is below 2⁶⁴.
const STEPS_MAX: u32 = STEPS_OF_WIDTH + 64;

/// The zero of `f` between `a` and `b`, where `f(a)` and `f(b)` differ in sign or are zero, to the last double.
///
/// Illinois-modified false position with a bisection whenever the bracket did not halve in three steps, so that it
/// converges superlinearly on smooth functions and never slower than bisection. Where that has not ended it, since the root
/// is many powers of two nearer to zero than the bracket was, the doubles between the ends are halved.
///
/// * returns the end of the final bracket with the smaller |f|, or `None` where the signs do not differ or a value is NaN
/// * accuracy: the bracket is shrunk until no double lies strictly inside it or f is exactly 0
/// * source: Dowell and Jarratt (1971), A modified regula falsi method
#[must_use]
pub fn bracketed_root(mut f: impl FnMut(f64) -> f64, a: f64, b: f64) -> Option<f64> {
    search(&mut f, a, b)
}

/// One piece of code for all functions.
#[inline(never)]
fn search(f: &mut dyn FnMut(f64) -> f64, a: f64, b: f64) -> Option<f64> {
    let (mut low, mut high) = (a, b);
    let (mut f_low, mut f_high) = (f(low), f(high));
    if f_low == 0.0 {
        return Some(low);
    }
    if f_high == 0.0 {
        return Some(high);
    }
    if f_low.is_nan() || f_high.is_nan() || (f_low > 0.0) == (f_high > 0.0) {
        return None;
    }
    // the values that weigh the secant: the true ones, or half where an end has stayed put
    let (mut weight_low, mut weight_high) = (f_low, f_high);
    let mut kept_end = 0_i32;
    let mut width_three_steps_ago = (high - low).abs();
    for step in 1..=STEPS_MAX {
        let mut middle = low + (high - low) * (weight_low / (weight_low - weight_high));
        if step % 3 == 0 {
            let width = (high - low).abs();
            if width > 0.5 * width_three_steps_ago {
                middle = low + 0.5 * (high - low);
            }
            width_three_steps_ago = width;
        }
        let is_inside = (middle > low && middle < high) || (middle > high && middle < low);
        if !is_inside || step > STEPS_OF_WIDTH {
            middle = middle_double(low, high);
            if middle == low || middle == high {
                break;
            }
        }
        let f_middle = f(middle);
        if f_middle == 0.0 {
            return Some(middle);
        }
        if f_middle.is_nan() {
            return None;
        }
        if (f_middle > 0.0) == (f_high > 0.0) {
            (high, f_high, weight_high) = (middle, f_middle, f_middle);
            weight_low = if kept_end == -1 { 0.5 * weight_low } else { f_low };
            kept_end = -1;
        } else {
            (low, f_low, weight_low) = (middle, f_middle, f_middle);
            weight_high = if kept_end == 1 { 0.5 * weight_high } else { f_high };
            kept_end = 1;
        }
    }
    Some(if f_low.abs() <= f_high.abs() { low } else { high })
}

/// The double with as many doubles between it and `a` as between it and `b`.
fn middle_double(a: f64, b: f64) -> f64 {
    // Bit patterns as integers that rise with the numbers; this mapping is its own inverse.
    let ordered = |bits: i64| bits ^ (((bits >> 63) as u64) >> 1) as i64;
    let (a, b) = (ordered(a.to_bits() as i64), ordered(b.to_bits() as i64));
    let middle = (a & b) + ((a ^ b) >> 1);
    f64::from_bits(ordered(middle) as u64)
}

#[cfg(test)]
mod tests {
    use super::{bracketed_root, STEPS_MAX};

    #[test]
    fn square_root_of_two_to_the_last_digit() {
        let root = bracketed_root(|x| x * x - 2.0, 0.0, 2.0).expect("signs differ");
        assert!((root - 2.0_f64.sqrt()).abs() <= f64::EPSILON, "{root}");
    }

    #[test]
    fn a_step_is_found_between_two_neighbouring_doubles() {
        let root = bracketed_root(|x| if x < 0.3 { -1.0 } else { 1.0 }, 0.0, 1.0).expect("signs differ");
        assert!((root - 0.3).abs() <= f64::EPSILON);
    }

    #[test]
    fn a_step_far_below_the_bracket_is_found_within_the_cap() {
        for (at, a, b) in [(1e-300, 0.0, 1.0), (5e-324, -f64::MAX, f64::MAX), (-1e-200, -1e5, 3.0)] {
            let mut calls = 0;
            let step = |x: f64| {
                calls += 1;
                if x < at {
                    -1.0
                } else {
                    1.0
                }
            };
            let root = bracketed_root(step, a, b).expect("signs differ");
            // the step itself or the double before it
            assert!(
                (root - at).abs() <= (at.abs() * f64::EPSILON).max(5e-324),
                "{root:e} for {at:e}"
            );
            assert!(calls <= STEPS_MAX + 2, "{calls}");
        }
    }

    #[test]
    fn a_flat_cubic_is_found_within_the_cap() {
        let mut calls = 0;
        let root = bracketed_root(
            |x| {
                calls += 1;
                (x - 1.0) * (x - 1.0) * (x - 1.0)
            },
            -3.0,
            10.0,
        )
        .expect("signs differ");
        assert!((root - 1.0).abs() < 1e-5 && calls <= 210, "{root} after {calls}");
    }

    #[test]
    fn no_sign_change_and_nan_are_no_root() {
        assert_eq!(bracketed_root(|x| x * x + 1.0, -1.0, 1.0), None);
        assert_eq!(bracketed_root(|_| f64::NAN, -1.0, 1.0), None);
    }

    #[test]
    fn an_end_that_is_zero_is_the_root() {
        assert_eq!(bracketed_root(|x| x, 0.0, 1.0), Some(0.0));
        assert_eq!(bracketed_root(|x| x - 1.0, 0.0, 1.0), Some(1.0));
    }
}
