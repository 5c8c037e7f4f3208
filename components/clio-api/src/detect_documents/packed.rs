//! Ids with their times, in as few bytes as they take.
//!
//! Ids ascend, and with them the times, so each pair is written as its distance
//! from the one before it, and each number in seven bits a byte, the lowest
//! first (LEB128). A pair is then 2 to 5 bytes, where it is 24 as JSON.

use crate::prelude::*;
use alloc::collections::BTreeMap;

/// Writes how many there are, and then each.
pub(super) fn write(pairs: &BTreeMap<u64, i64>, into: &mut Vec<u8>) {
    number(pairs.len() as u64, into);
    let mut last = (0, 0);
    for (&id, &time) in pairs {
        number(id - last.0, into);
        let by = time.wrapping_sub(last.1);
        // The sign goes to the lowest bit: a short step back stays short.
        number((by.cast_unsigned() << 1) ^ (by >> 63).cast_unsigned(), into);
        last = (id, time);
    }
}

/// Reads them back, and leaves what follows. `None` for what was not written
/// here. Nothing is made room for before it is read.
pub(super) fn read(bytes: &mut &[u8]) -> Option<BTreeMap<u64, i64>> {
    let mut pairs = BTreeMap::new();
    let (mut id, mut time) = (0_u64, 0_i64);
    for _ in 0..take(bytes)? {
        id = id.checked_add(take(bytes)?)?;
        let by = take(bytes)?;
        time = time.wrapping_add((by >> 1).cast_signed() ^ -(by & 1).cast_signed());
        pairs.insert(id, time);
    }
    Some(pairs)
}

fn number(mut number: u64, into: &mut Vec<u8>) {
    while number > 0x7f {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_written_is_read(
            pairs in prop::collection::btree_map(any::<u64>(), any::<i64>(), 0..40),
            rest in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let mut bytes = Vec::new();
            write(&pairs, &mut bytes);
            let whole = bytes.clone();
            bytes.extend(&rest);
            let mut left = bytes.as_slice();
            prop_assert_eq!(read(&mut left), Some(pairs));
            prop_assert_eq!(left, rest);
            // Cut short it is nothing.
            for end in 0..whole.len() {
                prop_assert_eq!(read(&mut &whole[..end]), None);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&mut bytes.as_slice());
        }
    }

    #[test]
    fn what_ascends_is_short() {
        // As in a busy region: other firms' documents lie between.
        let pairs =
            (0..10_000).map(|n: u64| (2_000_000_000 + n * 900, 1_772_000_000 + n as i64 * 250));
        let mut bytes = Vec::new();
        write(&pairs.collect(), &mut bytes);
        assert!(bytes.len() < 40_020, "{}", bytes.len());
    }

    #[test]
    fn what_counts_beyond_its_bytes_is_refused() {
        let endless = [0xff; 12];
        assert_eq!(read(&mut endless.as_slice()), None);
        let mut bytes = Vec::new();
        number(u64::MAX, &mut bytes);
        bytes.extend([1, 0]);
        assert_eq!(read(&mut bytes.as_slice()), None);
        // Ids that add up to more than there are.
        let mut bytes = vec![2];
        for by in [u64::MAX, 0, 1, 0] {
            number(by, &mut bytes);
        }
        assert_eq!(read(&mut bytes.as_slice()), None);
    }
}
