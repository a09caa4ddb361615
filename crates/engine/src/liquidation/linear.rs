//! Roots by closed form, where health is linear between kinks.

use alloc::vec::Vec;

use super::line::{Line, Point};
use super::LiquidationRoot;

/// A closed form is corrected by a step of at most this share of it: more is no rounding.
const STEP_MAX: f64 = 1e-6;
/// Halvings on the way to where the account has figures: those between neighbouring doubles.
const HALVINGS_MAX: usize = 64;

impl Line<'_> {
    /// Roots where health is linear between neighbouring kinks, below the first and above the last.
    pub(super) fn linear_roots(&mut self, kinks: &[f64]) -> Vec<LiquidationRoot> {
        let mut roots = Vec::new();
        let (Some(&first), Some(&last)) = (kinks.first(), kinks.last()) else {
            return roots;
        };
        let points: Vec<Point> = core::iter::once(0.5 * first)
            .chain(kinks.iter().copied())
            .chain([2.0 * last])
            .map(|ratio| self.at(ratio))
            .collect();
        for (i, pair) in points.windows(2).enumerate() {
            let low = if i == 0 { 0.0 } else { pair[0].ratio };
            let high = if i == kinks.len() { f64::INFINITY } else { pair[1].ratio };
            roots.extend(self.linear_root(pair[0], pair[1], low, high));
        }
        roots
    }

    /// The root between `low` and `high`, where health is linear, from two points of that segment.
    ///
    /// A point whose figures are out of range is replaced by one nearer to the other. Neighbouring segments share the sign
    /// at the kink between them, so that a root on the kink is found once.
    fn linear_root(&mut self, a: Point, b: Point, low: f64, high: f64) -> Option<LiquidationRoot> {
        let (a, b) = self.both_with_figures(a, b)?;
        let slope = (b.health - a.health) / (b.ratio - a.ratio);
        if slope == 0.0 || !slope.is_finite() {
            return None;
        }
        let mut ratio = a.ratio - a.health / slope;
        // one step on the function itself takes the rounding of the line out
        if ratio > 0.0 {
            let step = self.at(ratio).health / slope;
            if step.abs() <= STEP_MAX * ratio {
                ratio -= step;
            }
        }
        if a.is_safe() != b.is_safe() {
            Some(self.root(ratio.clamp(a.ratio, b.ratio), slope < 0.0))
        } else if (ratio > low && ratio < a.ratio) || (ratio > b.ratio && ratio < high) {
            Some(self.root(ratio, slope < 0.0))
        } else {
            None
        }
    }

    /// Two points of a segment, one or both ends of it, at which the account has figures.
    fn both_with_figures(&mut self, a: Point, b: Point) -> Option<(Point, Point)> {
        match (a.has_figures(), b.has_figures()) {
            (true, true) => Some((a, b)),
            (true, false) => Some((a, self.nearer(a.ratio, b.ratio)?)),
            (false, true) => Some((self.nearer(b.ratio, a.ratio)?, b)),
            (false, false) => None,
        }
    }

    /// The first point with figures on the way from one without to one with them, halving the distance.
    fn nearer(&mut self, with_figures: f64, without: f64) -> Option<Point> {
        let mut ratio = without;
        for _ in 0..HALVINGS_MAX {
            ratio = with_figures + 0.5 * (ratio - with_figures);
            let at = self.at(ratio);
            if at.has_figures() {
                return Some(at).filter(|_| ratio != with_figures);
            }
        }
        None
    }
}
