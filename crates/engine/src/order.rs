//! Sorting of what is sorted seldom: by a heap, and one instance of it for all, since each of the library's faster sort is
//! several kilobytes.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// Sorts by a key; items with the same key keep their order.
pub(crate) fn sort_by_key<T: Clone>(items: &mut Vec<T>, key: impl Fn(&T) -> u64) {
    let order: BinaryHeap<(u64, usize)> = items.iter().map(key).zip(0..).collect();
    let order = order.into_sorted_vec();
    *items = order.into_iter().map(|(_, at)| items[at].clone()).collect();
}

/// A double as a key, in the order of [`f64::total_cmp`].
pub(crate) fn key_of(x: f64) -> u64 {
    let bits = x.to_bits();
    if x.is_sign_negative() {
        !bits
    } else {
        bits | 1 << 63
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_sort_as_by_total_order() {
        let unsorted = [
            0.0,
            -0.0,
            1.5,
            f64::NEG_INFINITY,
            f64::NAN,
            -2.0,
            f64::INFINITY,
            1e-300,
            -1e-300,
        ];
        let (mut by_key, mut by_comparison) = (unsorted.to_vec(), unsorted);
        sort_by_key(&mut by_key, |&x| key_of(x));
        by_comparison.sort_by(f64::total_cmp);
        assert_eq!(
            by_key.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            by_comparison.map(f64::to_bits)
        );
    }

    #[test]
    fn items_with_the_same_key_keep_their_order() {
        let mut items: Vec<(u64, usize)> = (0..100).map(|i| (i as u64 % 3, i)).collect();
        sort_by_key(&mut items, |item| item.0);
        assert!(items.is_sorted());
    }
}
