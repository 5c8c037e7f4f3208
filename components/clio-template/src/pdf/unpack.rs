//! What streams are packed with (ISO 32000-1, 7.4).

use alloc::vec::Vec;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use miniz_oxide::inflate::{DecompressError, TINFLStatus, decompress_to_vec_with_limit};

/// Undoes the predictors of PNG. `get`: what the stream says of them.
pub(super) fn unpredicted(get: impl Fn(&str, usize) -> usize, bytes: &[u8]) -> Option<Vec<u8>> {
    let bits = get("Colors", 1).checked_mul(get("BitsPerComponent", 8))?;
    let columns = get("Columns", 1);
    let (step, width) = (bits.div_ceil(8), bits.checked_mul(columns)?.div_ceil(8));
    if width == 0 || width > 1 << 20 {
        return None;
    }
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    for row in bytes.chunks(width + 1) {
        let start = out.len();
        let (kind, row) = row.split_first()?;
        for (n, byte) in row.iter().enumerate() {
            let left = if n >= step { out[start + n - step] } else { 0 };
            let above = |back: usize| {
                let at = (start + n).checked_sub(width + back)?;
                (start >= width && n >= back).then(|| out[at])
            };
            let (up, corner) = (above(0).unwrap_or(0), above(step).unwrap_or(0));
            let guess = match kind {
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            out.push(byte.wrapping_add(guess));
        }
    }
    Some(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let guess = a + b - c;
    let [from_a, from_b, from_c] = [a, b, c].map(|it| (guess - it).abs());
    if from_a <= from_b && from_a <= from_c {
        left
    } else if from_b <= from_c {
        up
    } else {
        corner
    }
}

/// What inflating comes to.
pub(super) enum Inflated {
    Whole(Vec<u8>),
    /// It is longer than it may be.
    More,
    Damaged,
}

/// Inflates; of a stream that is cut off, what there is.
pub(super) fn inflated(bytes: &[u8], limit: usize) -> Inflated {
    let more = |error: &DecompressError| error.status == TINFLStatus::HasMoreOutput;
    match decompress_to_vec_zlib_with_limit(bytes, limit) {
        Ok(bytes) => Inflated::Whole(bytes),
        Err(error) if more(&error) => Inflated::More,
        Err(error) if !error.output.is_empty() => Inflated::Whole(error.output),
        Err(_) => match decompress_to_vec_with_limit(bytes, limit) {
            Ok(bytes) => Inflated::Whole(bytes),
            Err(error) if more(&error) => Inflated::More,
            Err(_) => Inflated::Damaged,
        },
    }
}

pub(super) fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = bytes.iter().take_while(|it| **it != b'>');
    let mut digits = bytes
        .filter_map(|it| digit(*it))
        .filter_map(|it| u8::try_from(it).ok());
    let mut out = Vec::new();
    while let Some(first) = digits.next() {
        out.push(first << 4 | digits.next().unwrap_or(0));
    }
    out
}

/// No more of it than `most`, and a little.
pub(super) fn ascii85(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group: Vec<u32> = Vec::new();
    let put = |group: &mut Vec<u32>, out: &mut Vec<u8>| {
        let length = group.len();
        if length > 1 {
            group.resize(5, 84);
            let sum = group
                .iter()
                .fold(0_u32, |sum, it| sum.wrapping_mul(85).wrapping_add(*it));
            out.extend(&sum.to_be_bytes()[..length - 1]);
        }
        group.clear();
    };
    for byte in bytes {
        match byte {
            // No more than is taken.
            _ if out.len() > most => break,
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => {
                group.push(u32::from(byte - b'!'));
                if group.len() == 5 {
                    put(&mut group, &mut out);
                }
            }
            _ => {}
        }
    }
    put(&mut group, &mut out);
    out
}
