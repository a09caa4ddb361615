//! The least sum of squares of residuals, for a few parameters.

use alloc::vec;
use alloc::vec::Vec;

/// Where the search ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Minimum {
    /// Half the sum of squares.
    pub(super) cost: f64,
    /// Steps taken.
    pub(super) steps: u32,
    /// Whether it ended because nothing improves any more, rather than at the cap.
    pub(super) is_settled: bool,
}

const STEPS_MAX: u32 = 200;

/// Moves `parameters` to a local minimum of ½Σrᵢ², where `residuals(parameters, r)` fills r, `count` long.
///
/// Levenberg–Marquardt with Marquardt's scaling and forward differences; parameters are expected to be of order 1. A point
/// whose residuals are not finite is not taken.
///
/// One copy for all models: what is called is behind a pointer.
///
/// * source: Marquardt (1963); Nielsen (1999) for the damping
#[inline(never)]
pub(super) fn minimise(parameters: &mut [f64], count: usize, residuals: &mut dyn FnMut(&[f64], &mut [f64])) -> Minimum {
    const COST_SETTLED: f64 = 1e-12;
    const DIFFERENCE: f64 = 1e-7;
    let n = parameters.len();
    let (mut here, mut there) = (vec![0.0; count], vec![0.0; count]);
    let mut jacobian = vec![0.0; n * count];
    let mut trial = parameters.to_vec();
    residuals(parameters, &mut here);
    let mut cost = half_square(&here);
    let (mut damping, mut growth) = (1e-3, 2.0);
    for steps in 0..STEPS_MAX {
        for (i, column) in jacobian.chunks_exact_mut(count).enumerate() {
            trial.copy_from_slice(parameters);
            trial[i] += DIFFERENCE;
            let difference = trial[i] - parameters[i];
            residuals(&trial, &mut there);
            for ((slot, &up), &at) in column.iter_mut().zip(&there).zip(&here) {
                *slot = (up - at) / difference;
            }
        }
        let column = |i: usize| &jacobian[i * count..(i + 1) * count];
        let mut normal = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                normal[i * n + j] = dot(column(i), column(j));
            }
        }
        let gradient: Vec<f64> = (0..n).map(|i| dot(column(i), &here)).collect();
        // Raise the damping until a step lowers the cost.
        loop {
            let step = damped_step(&normal, &gradient, damping);
            for (slot, (&at, step)) in trial.iter_mut().zip(parameters.iter().zip(&step)) {
                *slot = at - step;
            }
            // A step without end, from a Jacobian without end, is none.
            let lower = if step.iter().all(|step| step.is_finite()) {
                residuals(&trial, &mut there);
                half_square(&there)
            } else {
                f64::INFINITY
            };
            if lower < cost {
                let gain = cost - lower;
                parameters.copy_from_slice(&trial);
                core::mem::swap(&mut here, &mut there);
                cost = lower;
                (damping, growth) = (damping * (1.0 / 3.0), 2.0);
                if gain <= COST_SETTLED * cost {
                    return Minimum {
                        cost,
                        steps,
                        is_settled: true,
                    };
                }
                break;
            }
            damping *= growth;
            growth *= 2.0;
            if damping > 1e12 {
                return Minimum {
                    cost,
                    steps,
                    is_settled: true,
                };
            }
        }
    }
    Minimum {
        cost,
        steps: STEPS_MAX,
        is_settled: false,
    }
}

#[inline(never)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn half_square(residuals: &[f64]) -> f64 {
    0.5 * dot(residuals, residuals)
}

/// The solution of (A + λ·diag A)·x = g, by Cholesky's factors; `normal` holds A's lower triangle by rows.
#[inline(never)]
fn damped_step(normal: &[f64], gradient: &[f64], damping: f64) -> Vec<f64> {
    let n = gradient.len();
    let mut factor = normal.to_vec();
    let mut x = gradient.to_vec();
    for i in 0..n {
        for j in 0..=i {
            let mut sum = factor[i * n + j];
            if i == j {
                // A parameter without effect has a zero here.
                sum += damping * sum + f64::MIN_POSITIVE;
            }
            for k in 0..j {
                sum -= factor[i * n + k] * factor[j * n + k];
            }
            factor[i * n + j] = if i == j {
                crate::float::sqrt(sum.max(f64::MIN_POSITIVE))
            } else {
                sum / factor[j * n + j]
            };
        }
        let below: f64 = (0..i).map(|k| factor[i * n + k] * x[k]).sum();
        x[i] = (x[i] - below) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let above: f64 = (i + 1..n).map(|k| factor[k * n + i] * x[k]).sum();
        x[i] = (x[i] - above) / factor[i * n + i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_problem_is_solved() {
        // y = 2 + 3t through (0, 2), (1, 5), (2, 8): no residual is left
        let mut line = [0.0, 0.0];
        let end = minimise(&mut line, 3, &mut |p, r| {
            for (t, r) in r.iter_mut().enumerate() {
                *r = p[0] + p[1] * t as f64 - (2.0 + 3.0 * t as f64);
            }
        });
        assert!(end.is_settled && end.cost < 1e-20, "{end:?}");
        assert!((line[0] - 2.0).abs() < 1e-9 && (line[1] - 3.0).abs() < 1e-9, "{line:?}");
    }

    #[test]
    fn rosenbrocks_valley_is_followed_to_its_end() {
        let mut point = [-1.2, 1.0];
        let end = minimise(&mut point, 2, &mut |p, r| {
            r.copy_from_slice(&[10.0 * (p[1] - p[0] * p[0]), 1.0 - p[0]]);
        });
        assert!(end.is_settled && end.steps < STEPS_MAX);
        assert!(
            (point[0] - 1.0).abs() < 1e-6 && (point[1] - 1.0).abs() < 1e-6,
            "{point:?}"
        );
    }

    #[test]
    fn a_parameter_without_effect_stays() {
        let mut point = [5.0, 7.0];
        minimise(&mut point, 1, &mut |p, r| r[0] = p[0] - 1.0);
        assert!((point[0] - 1.0).abs() < 1e-8);
        assert_eq!(point[1], 7.0);
    }

    #[test]
    fn a_point_that_is_no_number_is_not_taken() {
        let mut point = [1.0];
        let end = minimise(&mut point, 1, &mut |p, r| {
            r[0] = if p[0] < 0.5 { f64::NAN } else { p[0] }
        });
        assert!(end.is_settled);
        assert!(point[0] >= 0.5, "{point:?}");
    }
}
