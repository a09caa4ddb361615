//! Roots in brackets, where health is curved.
//!
//! Health changes by no more than [`Point::slope_max`] says, so that it can only cross zero between points where it is near
//! zero: steps that long are cut in two, down to some percent, then where health bends, then at halves. A change of sign
//! brackets a root, and each local extremum of one sign is searched for a pair of them.

use alloc::vec::Vec;
use core::ops::Range;

use plimsoll_math::float;
use plimsoll_math::root::bracketed_root;

use super::kinks::sort_and_dedup;
use super::line::{Line, Point};
use super::LiquidationRoot;

/// Ratios between which health is searched; beyond them options are linear or worthless.
const RATIO_MIN: f64 = 1e-4;
const RATIO_MAX: f64 = 1e4;
/// Longest steps in which it may cross zero: where prices go in days, and beyond.
const STEP_NEAR: f64 = 1.05;
const STEP_FAR: f64 = 1.5;
const NEAR: Range<f64> = 0.25..4.0;
/// How often what is between two bends is halved where it comes near to zero, unless it is beyond the near ones.
const HALVINGS: usize = 3;
/// Halvings on the way to where the account has figures: those between neighbouring doubles.
const HALVINGS_MAX: usize = 64;
/// Golden-section steps for the extremum between three points: the interval shrinks by 0.618 each.
const EXTREMUM_STEPS: usize = 40;

/// Where to look between two points.
#[derive(Clone, Copy)]
enum Between<'a> {
    /// In steps, then at these kinks and at the ends of slices.
    Steps(&'a [f64]),
    /// At these ratios, then at halves.
    Bends(&'a [f64]),
    /// At halves, so many times.
    Halves(usize),
}

/// Whether there is no root between two points that health can have gone to.
fn is_out_of_reach(a: &Point, b: &Point) -> bool {
    let (low, high) = (a.ratio.min(b.ratio), a.ratio.max(b.ratio));
    // in between, what is held of an asset that moves may be more than at either end
    let slope_max = a.slope_max.max(b.slope_max) * (high / low);
    // to zero from one end, and from there to the other
    a.health.abs() + b.health.abs() > slope_max * (high - low)
}

impl Line<'_> {
    /// Roots of health that bends at the kinks, which ascend, and is curved between them.
    pub(super) fn curved_roots(&mut self, kinks: &[f64]) -> Vec<LiquidationRoot> {
        let points = self.points(kinks);
        let mut roots = Vec::new();
        for pair in points.windows(2) {
            roots.extend(self.bracketed(&pair[0], &pair[1]));
        }
        for near in points.windows(3) {
            let [before, at, after] = [near[0], near[1], near[2]];
            let is_same_side = before.is_safe() == at.is_safe() && at.is_safe() == after.is_safe();
            let is_extremum = if at.is_safe() {
                at.health <= before.health && at.health <= after.health
            } else {
                at.health >= before.health && at.health >= after.health
            };
            if is_same_side && is_extremum {
                self.roots_at_extremum(before, at, after, &mut roots);
            }
        }
        roots
    }

    /// Points between which health is known well enough, ascending.
    fn points(&mut self, kinks: &[f64]) -> Vec<Point> {
        let (low, high) = (self.last_with_figures(RATIO_MIN), self.last_with_figures(RATIO_MAX));
        let mut points = Vec::from([low]);
        self.look_between(low, high, Between::Steps(kinks), &mut points);
        points.push(high);
        points
    }

    /// A point at which the account has figures and beyond which there is no root, between `end` and 1.
    fn last_with_figures(&mut self, end: f64) -> Point {
        let at_end = self.at(end);
        if at_end.has_figures() {
            return at_end;
        }
        let (mut with_figures, mut without) = (self.at(1.0), end);
        for _ in 0..HALVINGS_MAX {
            let at_zero = Point {
                ratio: without,
                health: 0.0,
                ..with_figures
            };
            if is_out_of_reach(&with_figures, &at_zero) {
                break;
            }
            let middle = self.at(float::sqrt(with_figures.ratio * without));
            if middle.has_figures() {
                with_figures = middle;
            } else {
                without = middle.ratio;
            }
        }
        with_figures
    }

    /// Adds points between two, as far as there may be a root.
    fn look_between(&mut self, low: Point, high: Point, between: Between<'_>, points: &mut Vec<Point>) {
        if is_out_of_reach(&low, &high) {
            return;
        }
        let is_near = NEAR.start < high.ratio && low.ratio < NEAR.end;
        let (ratio, below, above) = match between {
            Between::Steps(kinks) => {
                if high.ratio <= low.ratio * if is_near { STEP_NEAR } else { STEP_FAR } {
                    let bends = self.bends_between(low.ratio, high.ratio, kinks);
                    return self.look_between(low, high, Between::Bends(&bends), points);
                }
                (float::sqrt(low.ratio * high.ratio), between, between)
            }
            Between::Bends([]) => {
                let times = if is_near { HALVINGS } else { 0 };
                return self.look_between(low, high, Between::Halves(times), points);
            }
            Between::Bends(bends) => {
                let (below, above) = bends.split_at(bends.len() / 2);
                (above[0], Between::Bends(below), Between::Bends(&above[1..]))
            }
            Between::Halves(0) => return,
            Between::Halves(times) => {
                let rest = Between::Halves(times - 1);
                (low.ratio + 0.5 * (high.ratio - low.ratio), rest, rest)
            }
        };
        let middle = self.at(ratio);
        self.look_between(low, middle, below, points);
        points.push(middle);
        self.look_between(middle, high, above, points);
    }

    #[inline(never)]
    fn bracketed(&mut self, low: &Point, high: &Point) -> Option<LiquidationRoot> {
        if low.is_safe() == high.is_safe() {
            return None;
        }
        let ratio = bracketed_root(|ratio| self.at(ratio).health, low.ratio, high.ratio)?;
        Some(self.root(ratio, low.is_safe()))
    }

    /// Golden-section search for a dip (or a peak) that crosses zero, on one side of which three points are.
    fn roots_at_extremum(&mut self, low: Point, at: Point, high: Point, roots: &mut Vec<LiquidationRoot>) {
        const SHRINK: f64 = 0.618_033_988_749_894_9;
        let is_dip = at.is_safe();
        let (mut a, mut b) = (low, high);
        if is_out_of_reach(&a, &at) && is_out_of_reach(&at, &b) {
            return;
        }
        let mut x = self.at(b.ratio - SHRINK * (b.ratio - a.ratio));
        let mut y = self.at(a.ratio + SHRINK * (b.ratio - a.ratio));
        for _ in 0..EXTREMUM_STEPS {
            if (x.health < y.health) == is_dip {
                (b, y) = (y, x);
                x = self.at(b.ratio - SHRINK * (b.ratio - a.ratio));
            } else {
                (a, x) = (x, y);
                y = self.at(a.ratio + SHRINK * (b.ratio - a.ratio));
            }
            let extremum = if (x.health < y.health) == is_dip { x } else { y };
            if extremum.is_safe() != is_dip {
                roots.extend(self.bracketed(&low, &extremum));
                roots.extend(self.bracketed(&extremum, &high));
                return;
            }
            if [(a, x), (x, y), (y, b)]
                .iter()
                .all(|(low, high)| is_out_of_reach(low, high))
            {
                return;
            }
        }
    }

    /// Ratios between two at which health bends, ascending: kinks, and where lines meet zero or the end of a slice with the value of
    /// options, for which there is no closed form.
    fn bends_between(&mut self, low: f64, high: f64, kinks: &[f64]) -> Vec<f64> {
        let market = &self.engine.market;
        let mut found = Vec::new();
        for line in 0..self.held.rest.lines.len() {
            let asset = &market.assets[self.held.rest.lines[line].asset as usize];
            let has_options = self.rows.iter().any(|moving| {
                moving.instrument.spec.kind.is_option() && usize::from(self.held.rows[moving.row].line) == line
            });
            if asset.spec.haircuts.is_empty() || !has_options {
                continue;
            }
            let mut amount = |ratio| {
                self.at(ratio);
                self.amount(line)
            };
            let (at_low, at_high) = (amount(low), amount(high));
            for end in asset.spec.slice_ends() {
                if (at_low > end) != (at_high > end) {
                    found.extend(bracketed_root(|ratio| amount(ratio) - end, low, high));
                }
            }
        }
        found.extend(kinks);
        found.retain(|&ratio| low < ratio && ratio < high);
        sort_and_dedup(&mut found);
        found
    }
}
