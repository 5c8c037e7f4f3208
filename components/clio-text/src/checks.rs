//! What a text may hold, and what it is without what nobody sees.

use alloc::string::String;
use alloc::vec::Vec;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCompositionBorrowed;
use icu_properties::props::{CanonicalCombiningClass, FullCompositionExclusion};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::folding::{decomposed, is_hidden, is_variation_selector};

/// Why a text is refused. Holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub(crate) &'static str);

impl Refused {
    /// The reason, as a sentence.
    pub fn message(self) -> &'static str {
        self.0
    }
}

/// Whether a text holds a character that shows nothing by itself: it turns the
/// text around, joins it, or only makes it another one. Variation selectors do
/// none of that.
pub fn has_format_char(text: &str) -> bool {
    text.chars()
        .any(|c| is_hidden(c) && !is_variation_selector(c))
}

/// A text without the characters that show nothing by themselves.
pub fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.into();
    }
    text.chars().filter(|c| !is_hidden(*c)).collect()
}

/// A text in Unicode's composed form, NFC.
pub fn composed(text: &str) -> String {
    if text.is_ascii() {
        return text.into();
    }
    ComposingNormalizerBorrowed::new_nfc()
        .normalize_iter(text.chars())
        .collect()
}

/// Checks a caller's identifier. Clio compares identifiers byte for byte, so
/// what makes a difference that nobody sees is refused.
///
/// # Errors
/// When it is blank or longer than 255 characters, begins or ends with space,
/// holds other space than the space bar's, a control or format character, or is
/// not composed.
pub fn source_id(source_id: &str) -> Result<(), Refused> {
    if is_blank_or_long(source_id) {
        return Err(Refused(
            "The source id is blank or longer than 255 characters.",
        ));
    }
    if source_id.trim() != source_id {
        return Err(Refused(
            "The source id begins or ends with space, which nobody sees. Leave it out.",
        ));
    }
    if source_id.chars().any(char::is_control) {
        return Err(Refused("The source id holds a control character."));
    }
    let odd = |c: char| is_hidden(c) || (c.is_whitespace() && c != ' ');
    if source_id.contains(odd) {
        return Err(Refused(
            "The source id holds a format character or a special space, which nobody sees. Leave \
             it out.",
        ));
    }
    if !is_composed(source_id) {
        return Err(Refused(
            "The source id is not in Unicode's composed form (NFC), so another id looks the same. \
             Compose it.",
        ));
    }
    Ok(())
}

fn is_blank_or_long(source_id: &str) -> bool {
    crate::is_blank(source_id) || source_id.chars().count() > 255
}

/// Whether a text is in NFC: no character that it never holds, no starter that
/// composes with the one before it, and each starter with its marks as
/// composition leaves them. So it takes no table but those that keys need.
fn is_composed(text: &str) -> bool {
    if text.is_ascii() {
        return true;
    }
    let excluded = CodePointSetData::new::<FullCompositionExclusion>();
    let mut cluster: Vec<char> = Vec::new();
    for c in text.chars() {
        if excluded.contains(c) {
            return false;
        }
        if class(c) == 0 {
            let composes = matches!(cluster.as_slice(), [one] if pair(*one, c).is_some());
            if composes || !is_cluster_composed(&cluster) {
                return false;
            }
            cluster.clear();
        }
        cluster.push(c);
    }
    is_cluster_composed(&cluster)
}

/// Whether a starter and its marks are what their parts compose to.
fn is_cluster_composed(cluster: &[char]) -> bool {
    let [first, marks @ ..] = cluster else {
        return true;
    };
    if marks.is_empty() {
        return true;
    }
    let parts: Vec<char> = decomposed(&String::from(*first)).chars().collect();
    // A compatibility form is not made of its parts, and stays whole.
    let parts = if recomposed(&parts) == [*first] {
        let whole: String = cluster.iter().collect();
        decomposed(&whole).chars().collect()
    } else if marks.is_sorted_by_key(|c| class(*c)) {
        cluster.to_vec()
    } else {
        return false;
    };
    recomposed(&parts) == cluster
}

/// Composes characters that stand in canonical order.
fn recomposed(parts: &[char]) -> Vec<char> {
    let mut whole: Vec<char> = Vec::with_capacity(parts.len());
    let mut last = 0;
    for c in parts.iter().copied() {
        let class = class(c);
        // A mark of the same class, or a starter, stands between.
        let blocked = whole.len() > 1 && last >= class;
        if !blocked
            && let Some(starter) = whole.first_mut()
            && let Some(one) = pair(*starter, c)
        {
            *starter = one;
        } else {
            whole.push(c);
            last = class;
        }
    }
    whole
}

fn class(c: char) -> u8 {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c).0
}

fn pair(starter: char, c: char) -> Option<char> {
    CanonicalCompositionBorrowed::new().compose(starter, c)
}

/// A document's or folder's name as it is sent: without space around it, and
/// without variation selectors.
///
/// # Errors
/// When it is blank or longer than 255 bytes, holds a slash, a backslash, a
/// control or format character or a line end, or names a folder by dots.
pub fn document_name(name: &str) -> Result<String, Refused> {
    let kept: String = name
        .trim()
        .chars()
        .filter(|c| !is_variation_selector(*c))
        .collect();
    if crate::is_blank(&kept) {
        return Err(Refused("The name is blank."));
    }
    if name.len() > 255 {
        return Err(Refused("The name is longer than 255 bytes."));
    }
    let control = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{2028}' | '\u{2029}');
    if kept.contains(control) {
        return Err(Refused(
            "The name holds a slash, a backslash or a control character.",
        ));
    }
    // It can show `fdp.exe` as `exe.pdf`.
    if has_format_char(&kept) {
        return Err(Refused(
            "The name holds a format character, which nobody sees and which can show the name as \
             another. Leave it out.",
        ));
    }
    if kept.chars().all(|c| c == '.' || c.is_whitespace()) {
        return Err(Refused("The name names a folder."));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    // CASES I11
    #[test]
    fn source_ids_that_look_alike_are_refused() {
        for taken in [
            "intake:case-17",
            "a b",
            "fall:Müller",
            "案件-17",
            "पत्र",
            "한글",
            "שלום",
        ] {
            assert_eq!(source_id(taken), Ok(()), "{taken}");
        }
        assert_eq!(source_id(&"ü".repeat(255)), Ok(()));
        let long = "x".repeat(256);
        for refused in [
            "",
            " ",
            "\u{200b}",
            &long,
            "intake:17 ",
            " intake:17",
            "intake:17\u{a0}",
            "intake\u{a0}17",
            "intake\u{3000}17",
            "a\nb",
            "a\u{2028}b",
            "intake:\u{200b}17",
            "intake:17\u{feff}",
            "intake:\u{202e}17",
            "intake:1\u{fe0f}7",
            "fall:Mu\u{308}ller",
            "\u{212b}ngstrom",
            "\u{1112}\u{1161}\u{11ab}",
        ] {
            assert!(source_id(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn the_composed_form_is_the_librarys() {
        let marks = [
            '\u{300}', '\u{327}', '\u{345}', '\u{5b4}', '\u{3099}', '\u{1161}', '\u{11a8}',
        ];
        for c in '\u{80}'..=char::MAX {
            let mut texts = vec![String::from(c)];
            if u32::from(c) < 0x2_0000 {
                for mark in marks {
                    texts.push([c, mark].iter().collect());
                    texts.push([c, '\u{323}', mark].iter().collect());
                    texts.push(['a', mark, c].iter().collect());
                }
            }
            for text in texts {
                let nfc: String = text.nfc().collect();
                assert_eq!(is_composed(&text), nfc == text, "{text:?}");
                assert!(is_composed(&nfc), "{text:?}");
                assert_eq!(composed(&text), nfc, "{text:?}");
            }
        }
    }

    // CASES T3
    #[test]
    fn names_of_documents_show_what_they_are() {
        for (name, sent) in [
            ("Engagement letter.pdf", "Engagement letter.pdf"),
            (" a.pdf\u{a0}", "a.pdf"),
            ("Foto ❤\u{fe0f}.jpg", "Foto ❤.jpg"),
            ("Smith & Co.", "Smith & Co."),
            ("Re\u{301}sume\u{301}.pdf", "Re\u{301}sume\u{301}.pdf"),
            ("Shot 9.00\u{202f}AM.png", "Shot 9.00\u{202f}AM.png"),
            (".bashrc", ".bashrc"),
        ] {
            assert_eq!(document_name(name).as_deref(), Ok(sent), "{name:?}");
        }
        let long = "ü".repeat(128);
        for refused in [
            "",
            " \u{3000}",
            "\u{200b}",
            "\u{fe0f}",
            ".",
            "..",
            " .. ",
            "...",
            ". .",
            "a/b.pdf",
            "a\\b.pdf",
            "a\tb.pdf",
            "a\u{2028}b.pdf",
            "invoice\u{202e}fdp.exe",
            "invoice\u{200b}.pdf",
            "in\u{ad}voice.pdf",
            "\u{feff}invoice.pdf",
            "invoice\u{2066}.pdf",
            "invoice\u{61c}.pdf",
            "invoice\u{3164}.pdf",
            "invoice\u{e0041}.pdf",
            &long,
        ] {
            assert!(document_name(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn what_nobody_sees_is_taken_out() {
        assert_eq!(plain("\u{feff}Lee\u{202e} \u{200d}A\nB"), "Lee A\nB");
        assert!(has_format_char("a\u{200b}"));
        assert!(!has_format_char("❤\u{fe0f} a\u{301} \u{a0}"));
    }
}
