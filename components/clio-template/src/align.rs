//! Which parts of one row stand in another as well, in the same order.
//!
//! What is compared is foreign and may be long, and no clock tells when to stop.
//! So it is the patience method, whose cost has a bound whatever the rows are:
//! first what stands in both once, then the short pieces between exactly.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// A piece of this size is compared exactly: of each row's length, the product.
const EXACT: usize = 250_000;

/// How often a piece is divided.
const DIVISIONS: usize = 12;

/// The pairs of places that are the same, from the first to the last.
pub(crate) fn align(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut pieces = vec![(0..old.len(), 0..new.len(), 0)];
    while let Some((mut a, mut b, depth)) = pieces.pop() {
        while !a.is_empty() && !b.is_empty() && old[a.start] == new[b.start] {
            pairs.push((a.start, b.start));
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && old[a.end - 1] == new[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            pairs.push((a.end, b.end));
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        if a.len() * b.len() <= EXACT {
            exact(old, &a, new, &b, &mut pairs);
            continue;
        }
        let anchors = anchors(old, &a, new, &b);
        if anchors.is_empty() && depth < DIVISIONS {
            // The same again and again: it is taken to go along evenly.
            let middle = |it: &Range<usize>| it.start + it.len() / 2;
            let (a_half, b_half) = (middle(&a), middle(&b));
            pieces.push((a.start..a_half, b.start..b_half, depth + 1));
            pieces.push((a_half..a.end, b_half..b.end, depth + 1));
            continue;
        }
        if depth >= DIVISIONS {
            pairs.extend(anchors);
            continue;
        }
        let (mut from_a, mut from_b) = (a.start, b.start);
        for (at_a, at_b) in anchors {
            pieces.push((from_a..at_a, from_b..at_b, depth + 1));
            pairs.push((at_a, at_b));
            (from_a, from_b) = (at_a + 1, at_b + 1);
        }
        pieces.push((from_a..a.end, from_b..b.end, depth + 1));
    }
    pairs.sort_unstable();
    pairs
}

/// What stands in both pieces once: the longest row of it in one order.
fn anchors(old: &[u32], a: &Range<usize>, new: &[u32], b: &Range<usize>) -> Vec<(usize, usize)> {
    let mut seen: BTreeMap<u32, [(usize, usize); 2]> = BTreeMap::new();
    for (row, range, side) in [(old, a, 0), (new, b, 1)] {
        for at in range.clone() {
            let counted = &mut seen.entry(row[at]).or_default()[side];
            *counted = (counted.0 + 1, at);
        }
    }
    let once = seen.into_values().filter(|it| it[0].0 == 1 && it[1].0 == 1);
    let mut once: Vec<(usize, usize)> = once.map(|it| (it[0].1, it[1].1)).collect();
    once.sort_unstable();
    // The longest increasing row: the last of the best one of each length, and
    // what each came after.
    let mut best: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; once.len()];
    for (n, (_, at)) in once.iter().enumerate() {
        let length = best.partition_point(|it| once[*it].1 < *at);
        before[n] = length.checked_sub(1).map(|it| best[it]);
        match best.get_mut(length) {
            Some(last) => *last = n,
            None => best.push(n),
        }
    }
    let last = best.last().copied();
    let mut row: Vec<_> = core::iter::successors(last, |it| before[*it])
        .map(|it| once[it])
        .collect();
    row.reverse();
    row
}

/// The longest common row of two short pieces.
fn exact(
    old: &[u32],
    a: &Range<usize>,
    new: &[u32],
    b: &Range<usize>,
    pairs: &mut Vec<(usize, usize)>,
) {
    let width = b.len() + 1;
    // How long the longest is from here on. Neither side is longer than what a
    // number of 32 bits holds.
    let mut lengths = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = match old[a.start + i] == new[b.start + j] {
                true => lengths[(i + 1) * width + j + 1] + 1,
                false => lengths[(i + 1) * width + j].max(lengths[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if old[a.start + i] == new[b.start + j] {
            pairs.push((a.start + i, b.start + j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The longest common row by its definition.
    fn longest(old: &[u32], new: &[u32]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for a in old {
            let mut corner = 0;
            for (j, b) in new.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = if a == b {
                    corner + 1
                } else {
                    above.max(row[j])
                };
                corner = above;
            }
        }
        row[new.len()]
    }

    proptest! {
        #[test]
        fn pairs_are_the_same_and_in_order_and_as_many_as_there_can_be(
            old in prop::collection::vec(0_u32..6, 0..40),
            new in prop::collection::vec(0_u32..6, 0..40),
        ) {
            let pairs = align(&old, &new);
            prop_assert!(pairs.iter().all(|(a, b)| old[*a] == new[*b]));
            prop_assert!(pairs.windows(2).all(|it| it[0].0 < it[1].0 && it[0].1 < it[1].1));
            prop_assert_eq!(pairs.len(), longest(&old, &new));
        }
    }

    #[test]
    fn long_rows_are_compared_in_time() {
        let old: Vec<u32> = (0..200_000).collect();
        let mut new: Vec<u32> = old
            .iter()
            .map(|it| if it % 50 == 0 { it + 1_000_000 } else { *it })
            .collect();
        let pairs = align(&old, &new);
        assert_eq!(pairs.len(), 196_000);
        new.reverse();
        assert!(!align(&old, &new).is_empty());
        let same = vec![7; 100_000];
        assert_eq!(align(&same, &same[..60_000]).len(), 60_000);
        let none: Vec<u32> = (500_000..700_000).collect();
        assert_eq!(align(&old, &none), []);
        let again: Vec<u32> = (0..100_000).map(|it| it % 40).collect();
        assert!(align(&again, &again[1..]).len() > 95_000);
    }
}
