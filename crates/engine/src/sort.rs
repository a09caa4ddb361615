//! Sorting of what is sorted seldom: by a heap, since each instance of the library's faster sort is several kilobytes.

use alloc::vec::Vec;

/// Sorts by a key; items with the same key keep their order.
pub(crate) fn by_key<T: Clone>(items: &mut Vec<T>, key: impl Fn(&T) -> u64) {
    let mut order: Vec<(u64, usize)> = items.iter().map(key).zip(0..).collect();
    sort_pairs(&mut order);
    *items = order.into_iter().map(|(_, at)| items[at].clone()).collect();
}

/// One piece of code for items of every type.
#[inline(never)]
fn sort_pairs(order: &mut [(u64, usize)]) {
    in_place(order, |&pair| pair);
}

/// Sorts by keys of which no two are the same, without memory of its own.
pub(crate) fn in_place<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    if !items.is_sorted_by_key(&key) {
        sort_heap(&mut Keyed { items, key });
    }
}

/// Items as the heap sees them, so that it is one piece of code for all of them.
trait Items {
    fn len(&self) -> usize;
    fn is_less(&self, a: usize, b: usize) -> bool;
    fn swap(&mut self, a: usize, b: usize);
}

struct Keyed<'a, T, F> {
    items: &'a mut [T],
    key: F,
}

impl<T, K: Ord, F: Fn(&T) -> K> Items for Keyed<'_, T, F> {
    fn len(&self) -> usize {
        self.items.len()
    }
    fn is_less(&self, a: usize, b: usize) -> bool {
        (self.key)(&self.items[a]) < (self.key)(&self.items[b])
    }
    fn swap(&mut self, a: usize, b: usize) {
        self.items.swap(a, b);
    }
}

fn sort_heap(items: &mut dyn Items) {
    let len = items.len();
    for root in (0..len / 2).rev() {
        sink(items, root, len);
    }
    for end in (1..len).rev() {
        items.swap(0, end);
        sink(items, 0, end);
    }
}

/// Sinks the item at the root of a heap of the items before `end` until no child is greater.
fn sink(items: &mut dyn Items, mut root: usize, end: usize) {
    loop {
        let (left, right) = (2 * root + 1, 2 * root + 2);
        if left >= end {
            return;
        }
        let greater = if right < end && items.is_less(left, right) {
            right
        } else {
            left
        };
        if !items.is_less(root, greater) {
            return;
        }
        items.swap(root, greater);
        root = greater;
    }
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
        super::by_key(&mut by_key, |&x| key_of(x));
        by_comparison.sort_by(f64::total_cmp);
        assert_eq!(
            by_key.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            by_comparison.map(f64::to_bits)
        );
    }

    #[test]
    fn a_heap_of_every_small_size_is_sorted() {
        for len in 0..70_u64 {
            let mut items: Vec<u64> = (0..len).map(|i| (i * 48_271 + 7) % 71).collect();
            in_place(&mut items, |&item| item);
            assert!(items.is_sorted(), "{items:?}");
        }
    }

    #[test]
    fn items_with_the_same_key_keep_their_order() {
        let mut items: Vec<(u64, usize)> = (0..100).map(|i| (i as u64 % 3, i)).collect();
        by_key(&mut items, |item| item.0);
        assert!(items.is_sorted());
    }
}
