//! Sums against each other, one by one and four at once.

use super::*;
use crate::lane::{Lane, Wide};

/// SplitMix64, enough to draw test values.
struct Draws(u64);
impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn amount(&mut self) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        let scale = [1e-9, 1e-3, 1.0, 1e4, 4e9][(self.next() % 5) as usize];
        unit * scale
    }
}

#[test]
fn total_is_the_same_bits_in_any_order_and_split() {
    let mut draws = Draws(1);
    let amounts: Vec<f64> = (0..10_000).map(|_| draws.amount()).collect();
    let mut forward = ExactSum::ZERO;
    amounts.iter().for_each(|&a| forward.add(a));
    let mut backward = ExactSum::ZERO;
    amounts.iter().rev().for_each(|&a| backward.add(a));
    let mut halves = [ExactSum::ZERO; 2];
    for (i, &a) in amounts.iter().enumerate() {
        halves[i % 2].add(a);
    }
    let mut joined = halves[0];
    joined.add_sum(&halves[1]);
    assert_eq!(forward, backward);
    assert_eq!(forward, joined);
    assert_eq!(forward.value().to_bits(), joined.value().to_bits());
}

fn wide(contributions: &[f64; 4]) -> [Wide; 2] {
    [0, 2].map(|at| Wide::load(contributions, at))
}

#[test]
fn four_sums_at_once_are_the_four_sums() {
    let mut draws = Draws(5);
    let shifts = Shifts::veiled();
    let mut together = FourSums::ZERO;
    let mut apart = [ExactSum::ZERO; 4];
    for _ in 0..10_000 {
        let [before, after] = [(); 2].map(|()| [(); 4].map(|()| draws.amount() % 1e4));
        assert!(together.replace(wide(&before), wide(&after), &shifts));
        for (i, sum) in apart.iter_mut().enumerate() {
            sum.subtract(before[i]);
            sum.add(after[i]);
        }
    }
    assert_eq!([0, 1, 2, 3].map(|which| together.get(which)), apart);
    let held = together;
    for out_of_range in [3e9, f64::NAN, f64::NEG_INFINITY] {
        assert!(!together.replace([Wide::splat(1.0); 2], wide(&[1.0, 2.0, out_of_range, 4.0]), &shifts));
        assert_eq!(together, held);
    }
}

/// Bits of the values of four sums, `held` within the first, where they are in range.
fn values(sums: &FourSums, held: f64) -> Option<[u64; 4]> {
    let mut exact = ExactSum::ZERO;
    exact.add(held);
    let held = ExactSum::of_fixed_point(exact.fixed_point()).expect("in range");
    let [first, second] = sums.values(&held, &Shifts::veiled())?;
    Some([first.lane(0), first.lane(1), second.lane(0), second.lane(1)].map(f64::to_bits))
}

/// The same one by one.
fn values_apart(sums: &FourSums, held: f64) -> [u64; 4] {
    let mut apart = [0, 1, 2, 3].map(|which| sums.get(which));
    apart[0].add(held);
    apart.map(|sum| sum.value().to_bits())
}

fn sums_of(contributions: impl Iterator<Item = [f64; 4]>) -> FourSums {
    let mut sums = FourSums::ZERO;
    for contribution in contributions {
        assert!(sums.replace([Wide::splat(0.0); 2], wide(&contribution), &Shifts::veiled()));
    }
    sums
}

#[test]
fn values_of_four_sums_at_once_are_the_values_of_each() {
    let mut draws = Draws(7);
    for round in 0..1000 {
        let held = draws.amount() % 1e6;
        let sums = sums_of((0..round % 50).map(|_| [(); 4].map(|()| draws.amount() % 1e6)));
        assert_eq!(values(&sums, held), Some(values_apart(&sums, held)), "{round}");
    }
}

#[test]
fn values_are_right_where_as_many_rests_as_there_may_be_are_as_great_as_they_may_be() {
    // a rest of 2⁻²¹ is the greatest; the least beside it makes no tie of it
    for rest in [0.5, -0.5].map(|half| half * TWO_POW_MINUS_20 * (1.0 - f64::EPSILON)) {
        let sums = sums_of((0..4095).map(|_| [1024.0 + rest, rest, rest, 256.0 + rest]));
        for held in [0.0, rest, 1e6 + 0.4 * TWO_POW_MINUS_20] {
            assert_eq!(values(&sums, held), Some(values_apart(&sums, held)), "{rest} {held}");
        }
    }
}

#[test]
fn values_out_of_range_are_told() {
    for which in 0..4 {
        // 2³¹ is the limit, of which 1 is left out; beyond it parts wrap
        for (each, count, is_in_range) in [
            (2_147_483_646.5, 1, true),
            (2_147_483_647.5, 1, false),
            (2_147_483_647.5, 2, false),
            (2_147_483_647.5, 1500, false),
            (2_147_483_647.5, 4095, false),
        ] {
            for sign in [1.0, -1.0] {
                let sums = sums_of((0..count).map(|_| {
                    let mut contribution = [0.0; 4];
                    contribution[which] = sign * each;
                    contribution
                }));
                let expected = is_in_range.then(|| values_apart(&sums, 0.0));
                assert_eq!(values(&sums, 0.0), expected, "{which} {each} {count} {sign}");
            }
        }
    }
}

#[test]
fn running_sums_have_the_totals_of_the_four_sums() {
    let mut draws = Draws(6);
    for round in 0..1000 {
        let mut running = RunningSums::zero();
        let mut apart = [ExactSum::ZERO; 4];
        for i in 0..round {
            let value = draws.amount() % 1e5;
            // ties between two multiples of 2⁻²⁰ among them
            let tie = (2 * i + 1) as f64 * 0.5 * TWO_POW_MINUS_20;
            let contributions = [value, value.abs(), draws.amount().abs() % 1e5, tie];
            running.add(wide(&contributions));
            for (sum, contribution) in apart.iter_mut().zip(contributions) {
                sum.add(contribution);
            }
        }
        let sums = running.sums().expect("in range");
        let totals = [0, 1, 2, 3].map(|which| sums.get(which).fixed_point());
        assert_eq!(totals, apart.map(|sum| sum.fixed_point()));
    }
}

#[test]
fn running_sums_out_of_range_are_told() {
    let contributions = |which: usize, size: f64| {
        let mut contributions = [0.0; 4];
        contributions[which] = size;
        contributions
    };
    for out_of_range in [
        contributions(1, 1.1e9),
        contributions(2, 2.2e9),
        contributions(3, 2.2e9),
        contributions(1, f64::INFINITY),
        contributions(2, f64::NAN),
        [f64::NAN; 4],
    ] {
        let mut running = RunningSums::zero();
        running.add(wide(&[-1e9, 1e9, 1e9, 1e9]));
        assert!(running.sums().is_some());
        running.add(wide(&out_of_range));
        assert!(running.sums().is_none(), "{out_of_range:?}");
    }
}

#[test]
fn each_contribution_is_rounded_once_to_two_pow_minus_60() {
    let mut draws = Draws(2);
    for _ in 0..10_000 {
        let amount = draws.amount();
        let mut sum = ExactSum::ZERO;
        sum.add(amount);
        // amount / 2⁻⁶⁰ is exact in a double; the fixed point is its nearest integer.
        let exact = amount * (1_u64 << 60) as f64;
        assert!((sum.fixed_point() as f64 - exact).abs() <= 0.5, "{amount}");
    }
}

#[test]
fn any_history_of_replacements_equals_a_fresh_sum() {
    let mut draws = Draws(3);
    let mut held: Vec<f64> = (0..64).map(|_| draws.amount()).collect();
    let mut kept = ExactSum::ZERO;
    held.iter().for_each(|&a| kept.add(a));
    for _ in 0..100_000 {
        let i = (draws.next() % 64) as usize;
        let next = draws.amount();
        kept.subtract(held[i]);
        kept.add(next);
        held[i] = next;
    }
    let mut fresh = ExactSum::ZERO;
    held.iter().for_each(|&a| fresh.add(a));
    assert_eq!(kept, fresh);
}

#[test]
fn value_and_fixed_point_value_are_the_same_rounding() {
    let mut draws = Draws(4);
    for _ in 0..10_000 {
        let mut sum = ExactSum::ZERO;
        for _ in 0..7 {
            sum.add(draws.amount());
        }
        assert_eq!(sum.value().to_bits(), fixed_point_value(sum.fixed_point()).to_bits());
        // below 2³³ the double is the nearest one to the exact total
        if sum.value().abs() < 8e9 {
            assert_eq!(sum.value(), sum.fixed_point() as f64 / (1_u64 << 60) as f64);
        }
    }
}

#[test]
fn a_contribution_out_of_range_is_told() {
    assert!(is_in_range(2_147_483_647.9));
    assert!(!is_in_range(2_147_483_648.0));
    assert!(!is_in_range(f64::NAN));
    assert!(!is_in_range(f64::NEG_INFINITY));
}
