//! When two names, addresses or numbers are the same one.
//!
//! Clio's `query` finds substrings in many fields, so every row is compared
//! here. Accents, case and space are typed differently from day to day; all
//! else tells people apart.

use crate::prelude::*;

/// The letters of U+00C0 to U+024F without their marks; a space where a letter
/// stands for itself.
const LATIN: &[u8; 0x190] = b"\
    aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y\
    aaaaaaccccccccdd  eeeeeeeeeegggggggghh  iiiiiiiii   jjkk llllll \
    \x20  nnnnnn   oooooo  rrrrrrsssssssstttt  uuuuuuuuuuuuwwyyyzzzzzz \
    \x20                               oo             uu               \
    \x20            aaiioouuuuuuuuuu aaaa    ggkkoooo  j   gg  nnaa    \
    aaaaeeeeiiiioooorrrruuuusstt  hh      aaeeooooooooyy            \
    \x20               ";

/// The same of U+1E00 to U+1EFF, where Vietnamese has its letters.
const LATIN_ADDITIONAL: &[u8; 0x100] = b"\
    aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm\
    mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv\
    wwwwwwwwwwxxxxyyzzzzzzhtwy      aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
    eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy      ";

/// A name without case, accents and space.
///
/// Accents are known of Latin, Greek and Cyrillic letters. The tables of a
/// Unicode library would be a quarter of the component; a test compares these
/// with one.
pub(crate) fn folded(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        fold(c, &mut key);
    }
    key
}

fn fold(c: char, key: &mut String) {
    let base = |table: &[u8], first: u32| {
        table
            .get((u32::from(c) - first) as usize)
            .copied()
            .filter(|base| *base != b' ')
    };
    let base = match c {
        '\u{c0}'..='\u{24f}' => base(LATIN, 0xc0),
        '\u{1e00}'..='\u{1eff}' => base(LATIN_ADDITIONAL, 0x1e00),
        _ => None,
    };
    if let Some(base) = base {
        key.push(base.into());
        return;
    }
    match c {
        // Marks that stand by themselves.
        '\u{300}'..='\u{36f}' => {}
        // Letters whose stroke is part of them have no decomposition.
        'ß' => key.push_str("ss"),
        'æ' | 'ǣ' | 'ǽ' => key.push_str("ae"),
        'œ' => key.push_str("oe"),
        'ø' | 'ǿ' => key.push('o'),
        'ł' => key.push('l'),
        'đ' | 'ð' => key.push('d'),
        'þ' => key.push_str("th"),
        'ı' => key.push('i'),
        'ά' => key.push('α'),
        'έ' => key.push('ε'),
        'ή' => key.push('η'),
        'ί' | 'ϊ' | 'ΐ' => key.push('ι'),
        'ό' => key.push('ο'),
        'ύ' | 'ϋ' | 'ΰ' => key.push('υ'),
        'ώ' => key.push('ω'),
        'й' => key.push('и'),
        'ё' | 'ѐ' => key.push('е'),
        'ї' => key.push('і'),
        'ѓ' => key.push('г'),
        'ќ' => key.push('к'),
        'ў' => key.push('у'),
        'ѝ' => key.push('и'),
        c if c.is_whitespace() => {}
        c => key.push(c),
    }
}

/// A label that a person types, without case and surrounding or doubled space.
pub(crate) fn label(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        key.extend(word.chars().flat_map(char::to_lowercase));
    }
    key
}

/// Whether two labels are the same but for the case of the letters A to Z, and
/// space around and between words. Unlike [`label`] it needs no table of all
/// letters, which takes 12 KB of a component.
pub(crate) fn same_label(one: &str, other: &str) -> bool {
    let (mut ones, mut others) = (one.split_whitespace(), other.split_whitespace());
    loop {
        match (ones.next(), others.next()) {
            (Some(one), Some(other)) if one.eq_ignore_ascii_case(other) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// An e-mail address without case and surrounding space.
pub(crate) fn email(address: &str) -> String {
    address
        .trim()
        .chars()
        .flat_map(char::to_lowercase)
        .collect()
}

/// The digits of a phone number.
pub(crate) fn phone(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_space_do_not_tell_names_apart() {
        for (one, other) in [
            ("José Núñez", "JOSE NUNEZ"),
            ("Müller-Lüdenscheidt", "muller-ludenscheidt"),
            ("Øre Łukasz", "ore lukasz"),
            ("Weiß", "WEISS"),
            ("İpek", "ipek"),
            ("Anne  Marie", "AnneMarie"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
        assert_ne!(folded("Ann Lee"), folded("Anna Lee"));
        assert_ne!(folded("陳大文"), folded("陳小文"));
    }

    #[test]
    fn the_tables_are_those_of_a_library() {
        use unicode_normalization::UnicodeNormalization;
        use unicode_normalization::char::canonical_combining_class;

        let latin = ('\u{c0}'..='\u{24f}').chain('\u{1e00}'..='\u{1eff}');
        let others = ('\u{388}'..='\u{3ce}').chain('\u{410}'..='\u{45f}');
        for c in latin.chain(others) {
            let composed = c.to_string();
            let bare: String = c
                .nfd()
                .filter(|c| canonical_combining_class(*c) == 0)
                .collect();
            // ẛ is a long s, which nobody types.
            if c != 'ẛ' && c != 'ǯ' && c != 'Ǯ' {
                assert_eq!(folded(&composed), folded(&bare), "{c}");
            }
            let decomposed: String = c.nfd().collect();
            assert_eq!(folded(&decomposed), folded(&bare), "{c}");
        }
    }

    #[test]
    fn labels_ignore_case_and_space_around() {
        assert_eq!(label("  Family   Law "), label("family law"));
        assert_ne!(label("Family Law"), label("FamilyLaw"));
    }

    #[test]
    fn labels_are_compared_word_by_word() {
        for (one, other, same) in [
            (" Letters  In", "letters in ", true),
            ("Verträge", "verträge", true),
            ("", " ", true),
            ("Letters", "Letters in", false),
            ("LettersIn", "Letters In", false),
            ("Été", "été", false),
        ] {
            assert_eq!(same_label(one, other), same, "{one} and {other}");
            assert_eq!(same_label(other, one), same, "{other} and {one}");
        }
    }

    #[test]
    fn numbers_are_their_digits() {
        assert_eq!(phone("(555) 010-0"), phone("555 0100"));
    }
}
