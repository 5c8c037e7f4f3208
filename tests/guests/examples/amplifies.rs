//! Hands over one megabyte ten thousand times: the list holds the same bytes
//! again and again, which the host would copy.
#![cfg(target_family = "wasm")]

use std::mem::ManuallyDrop;

use hostile_guests::wasip2::http::types::Fields;
use hostile_guests::{End, guest, refused};

guest!(run);

fn run(_target: &str) -> End {
    let value = vec![b'='; 1 << 20];
    let (at, length) = (value.as_ptr().cast_mut(), value.len());
    let values: Vec<ManuallyDrop<Vec<u8>>> = (0..10_000)
        // SAFETY: the bytes live as long as `value`, are only read, and none of
        // these copies is ever dropped.
        .map(|_| ManuallyDrop::new(unsafe { Vec::from_raw_parts(at, length, length) }))
        .collect();
    // SAFETY: `ManuallyDrop` has the layout of what it holds.
    let values: &[Vec<u8>] = unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), 10_000) };
    Fields::new()
        .set("x-much", values)
        .map_err(|error| refused(format!("{error:?}")))?;
    Ok("ten gigabytes".to_owned())
}
