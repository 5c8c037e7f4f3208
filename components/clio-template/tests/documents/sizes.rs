//! Templates as large as they get, and how long they take.

use std::time::{Duration, Instant};

use crate::support::large::{Shape, document};
use crate::support::values;
use clio_template::{Format, Kind, Locale, fill, inspect};

/// Fills it, and tells how long that took and how large the document is.
fn filled(shape: &Shape) -> (usize, usize, Duration) {
    let template = document(shape);
    let began = Instant::now();
    let filled = fill(Kind::Docx, &template, &values(), Locale::EnUs).unwrap();
    let took = began.elapsed();
    assert_eq!(filled.unfilled, []);
    let text = inspect(Format::Docx, &filled.bytes).unwrap();
    assert_eq!(text.marks, []);
    let names = text.text.matches("Ada Sample").count();
    assert_eq!(names, shape.placeholders);
    println!(
        "{} bytes, {took:?}, {} bytes of text",
        template.len(),
        text.text.len()
    );
    (template.len(), text.text.len(), took)
}

#[test]
fn five_megabytes_with_two_thousand_placeholders_are_filled() {
    let (size, _, took) = filled(&Shape {
        paragraphs: 6_000,
        placeholders: 2_000,
        picture: 4 << 20,
    });
    assert!(size > 5_000_000, "{size}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn five_megabytes_of_text_are_filled() {
    let (size, text, took) = filled(&Shape {
        paragraphs: 25_500,
        placeholders: 2_000,
        picture: 0,
    });
    assert!(size > 4_500_000, "{size}");
    assert!(text > 5_000_000, "{text}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn three_hundred_pages_are_filled() {
    // Ten paragraphs a page.
    let (_, _, took) = filled(&Shape {
        paragraphs: 3_000,
        placeholders: 900,
        picture: 200_000,
    });
    assert!(took < Duration::from_secs(2), "{took:?}");
}
