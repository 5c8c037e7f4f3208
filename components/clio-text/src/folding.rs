//! The folding that all keys of text share.

use alloc::string::String;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::{Dash, DefaultIgnorableCodePoint};
use unicase::UniCase;

/// A text in the form in which it is compared: compatibility forms decomposed,
/// cases folded in full, punctuation as a typewriter has it, and nothing that
/// cannot be seen. Accents and spaces are kept.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text
            .chars()
            .map(|c| punctuation(c.to_ascii_lowercase()))
            .collect();
    }
    let once = decomposed(&seen(text.chars()));
    let cases = UniCase::unicode(once.as_str()).to_folded_case();
    let twice = decomposed(&cases);
    let mut key = String::with_capacity(twice.len());
    for c in seen(twice.chars()).chars() {
        match c {
            // The i's of Turkish: a capital of one language is a small letter
            // of the other, and each has lost its dot somewhere.
            '\u{307}' if key.ends_with('i') => {}
            'ı' => key.push('i'),
            c => key.push(leading(c)),
        }
    }
    key
}

/// NFKD.
pub(crate) fn decomposed(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfkd()
        .normalize_iter(text.chars())
        .collect()
}

fn seen(text: impl Iterator<Item = char>) -> String {
    text.filter(|c| !is_hidden(*c) && *c != TATWEEL)
        .map(punctuation)
        .collect()
}

/// Stretches an Arabic word, as a dash that is part of it.
const TATWEEL: char = '\u{640}';

/// Whether a character shows nothing by itself: Unicode's format characters,
/// which turn text around or join it, and those that are ignored by default.
/// Variation selectors are among the latter.
pub(crate) fn is_hidden(c: char) -> bool {
    // Format characters that show something, such as the sign before a year.
    let shown = matches!(c,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}');
    !c.is_ascii() && (shown || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// Whether a character only picks a form of the one before it.
pub(crate) fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// What a typewriter has for a mark of punctuation.
pub(crate) fn punctuation(c: char) -> char {
    match c {
        '`' | '´' | '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '‵' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʾ'
        | 'ʿ' | 'ˈ' | 'ˊ' | 'ˋ' | '\u{55a}' | '\u{5f3}' | '\u{1ffd}' | 'ꞌ' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '‶' | 'ʺ' | '˝' | '\u{5f4}' | '〝' | '〞'
        | '〟' => '"',
        '⁃' => '-',
        c if !c.is_ascii() && CodePointSetData::new::<Dash>().contains(c) => '-',
        c => c,
    }
}

/// A final consonant of Hangul as the leading one. Half width has only one form
/// of each, and no two words become one by it.
fn leading(c: char) -> char {
    /// Finals from U+11A8 that are no clusters, with their leading form.
    const LEADING: [(char, char); 16] = [
        ('\u{11a8}', '\u{1100}'),
        ('\u{11a9}', '\u{1101}'),
        ('\u{11ab}', '\u{1102}'),
        ('\u{11ae}', '\u{1103}'),
        ('\u{11af}', '\u{1105}'),
        ('\u{11b7}', '\u{1106}'),
        ('\u{11b8}', '\u{1107}'),
        ('\u{11ba}', '\u{1109}'),
        ('\u{11bb}', '\u{110a}'),
        ('\u{11bc}', '\u{110b}'),
        ('\u{11bd}', '\u{110c}'),
        ('\u{11be}', '\u{110e}'),
        ('\u{11bf}', '\u{110f}'),
        ('\u{11c0}', '\u{1110}'),
        ('\u{11c1}', '\u{1111}'),
        ('\u{11c2}', '\u{1112}'),
    ];
    LEADING
        .iter()
        .find(|(last, _)| *last == c)
        .map_or(c, |(_, first)| *first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_general_category::{GeneralCategory, get_general_category};
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn every_format_character_of_unicode_is_hidden() {
        for c in '\0'..=char::MAX {
            if get_general_category(c) == GeneralCategory::Format {
                assert!(is_hidden(c), "U+{:04X}", u32::from(c));
            }
            if is_variation_selector(c) {
                assert!(is_hidden(c), "U+{:04X}", u32::from(c));
            }
            if !c.is_ascii() && is_hidden(c) {
                assert!(!c.is_alphanumeric() || filler(c), "U+{:04X}", u32::from(c));
            }
        }
    }

    /// Letters of Hangul that stand for a missing one.
    fn filler(c: char) -> bool {
        matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
    }

    #[test]
    fn what_is_canonically_equivalent_is_folded_alike() {
        for c in '\0'..=char::MAX {
            let (composed, decomposed): (String, String) = (
                core::iter::once(c).nfc().collect(),
                core::iter::once(c).nfd().collect(),
            );
            let text = String::from(c);
            assert_eq!(folded(&text), folded(&composed), "U+{:04X}", u32::from(c));
            assert_eq!(folded(&text), folded(&decomposed), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn capitals_of_every_letter_are_folded_alike() {
        for c in '\0'..=char::MAX {
            let upper: String = c.to_uppercase().collect();
            let lower: String = c.to_lowercase().collect();
            let text = String::from(c);
            assert_eq!(folded(&text), folded(&upper), "U+{:04X}", u32::from(c));
            assert_eq!(folded(&text), folded(&lower), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for c in '\0'..=char::MAX {
            let once = folded(&String::from(c));
            assert_eq!(folded(&once), once, "U+{:04X}", u32::from(c));
        }
    }
}
