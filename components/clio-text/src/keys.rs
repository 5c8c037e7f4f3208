//! The keys under which names, labels and file names are compared.

use alloc::string::String;

use icu_properties::CodePointMapData;
use icu_properties::props::{CanonicalCombiningClass, GeneralCategory};

use crate::checks::composed;
use crate::folding::folded;

/// The key of a name of a person or a company: without case, accents, space and
/// punctuation, which differ from day to day. All else tells people apart. A
/// name of nothing but punctuation keeps it: what shows something has a key.
pub fn name_key(name: &str) -> String {
    let folded = folded(name);
    let key = key_without(&folded, |c| is_aside(c) || is_mark(c));
    match key.is_empty() {
        true => key_without(&folded, is_aside),
        false => key,
    }
}

fn key_without(folded: &str, left_out: fn(char) -> bool) -> String {
    let mut key = String::with_capacity(folded.len());
    for c in folded.chars() {
        match c {
            // Letters whose stroke or joint is part of them: Unicode has no
            // decomposition, and people type these.
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'þ' => key.push_str("th"),
            'ø' => key.push('o'),
            'ł' => key.push('l'),
            'đ' | 'ð' => key.push('d'),
            'ħ' => key.push('h'),
            'ŧ' => key.push('t'),
            c if left_out(c) => {}
            c => key.push(c),
        }
    }
    key
}

fn is_aside(c: char) -> bool {
    c.is_whitespace() || is_accent(c)
}

/// Whether a character is punctuation of a name: a hyphen, a full stop, an
/// apostrophe. Signs that are read as a word are none.
fn is_mark(c: char) -> bool {
    use GeneralCategory::{
        ClosePunctuation, ConnectorPunctuation, DashPunctuation, FinalPunctuation,
        InitialPunctuation, OpenPunctuation, OtherPunctuation,
    };
    !c.is_alphanumeric()
        && !matches!(c, '&' | '@' | '#' | '%' | '*')
        && matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            ClosePunctuation
                | ConnectorPunctuation
                | DashPunctuation
                | FinalPunctuation
                | InitialPunctuation
                | OpenPunctuation
                | OtherPunctuation
        )
}

/// The key of a label that a firm gives: practice areas, stages, folders,
/// categories, fields, options. Without case, and with one space between words.
/// Accents are kept: labels are picked, not remembered.
pub fn label_key(label: &str) -> String {
    let folded = folded(label);
    let mut key = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    }
    key
}

/// The key of a file's name in a folder: canonical equivalents are one name,
/// and so are the kinds of space, of which some systems put a narrow one before
/// AM and PM. Case is kept.
pub fn file_key(name: &str) -> String {
    composed(name)
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect()
}

/// Whether a text shows nothing.
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || crate::folding::is_hidden(c))
}

/// Whether a mark is one that people leave out: accents, and the vowel points
/// of Hebrew and Arabic. Marks that make another letter stay: the voicing of
/// kana, and the vowels and viramas of Indic scripts.
fn is_accent(c: char) -> bool {
    !c.is_ascii()
        && matches!(
            CodePointMapData::<CanonicalCombiningClass>::new()
                .get(c)
                .0,
            1 | 10..=36 | 200..=234
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: fn(&str) -> String, same: &[&[&str]]) {
        for (index, alike) in same.iter().enumerate() {
            for one in *alike {
                for other in *alike {
                    assert_eq!(key(one), key(other), "{one:?} and {other:?}");
                }
                for other in same.iter().skip(index + 1).flat_map(|others| *others) {
                    assert_ne!(key(one), key(other), "{one:?} and {other:?}");
                }
            }
        }
    }

    // CASES T1, T4
    #[test]
    fn names_are_the_same_however_they_are_typed() {
        check(
            name_key,
            &[
                &["José Núñez", "JOSE NUNEZ", "Jose\u{301} Nun\u{303}ez"],
                &[
                    "Müller-Lüdenscheidt",
                    "muller‑ludenscheidt",
                    "MULLER–LUDENSCHEIDT",
                    "Müller Lüdenscheidt",
                ],
                &["Øre Łukasz", "ore lukasz", "ØRE ŁUKASZ"],
                &["Weiß", "WEISS", "weiss", "WEIẞ"],
                &["İpek", "ipek", "IPEK", "I\u{307}pek", "ıpek"],
                &[
                    "Anne  Marie",
                    "AnneMarie",
                    "Anne\u{a0}Marie",
                    "Anne\u{200b}Marie",
                ],
                &[
                    "Ann Lee",
                    "\u{feff}Ann\u{2003}Lee\u{200e}",
                    "Ａｎｎ　Ｌｅｅ",
                ],
                &["Anna Lee"],
                &[
                    "O'Brien",
                    "O’Brien",
                    "O‘Brien",
                    "OʼBrien",
                    "O`Brien",
                    "O´Brien",
                    "Oʹbrien",
                    "O＇BRIEN",
                    "OBrien",
                ],
                &["D’Angelo", "D'Angelo", "DAngelo", "D Angelo"],
                &["Acme Inc.", "Acme, Inc.", "ACME INC", "“Acme” (Inc.)"],
                &["Acme Ink"],
                &["St. John", "St John"],
                &["J.R.", "JR", "J. R.", "Ｊ．Ｒ．"],
                &["Smith & Sons", "smith&sons"],
                &["Smith Sons", "Smith, Sons"],
                &["ジョン・スミス", "ジョン スミス", "ｼﾞｮﾝ･ｽﾐｽ"],
                &["C+", "C+."],
                &["C"],
                // Nothing but punctuation is still something.
                &["-", "–", " - "],
                &["."],
                &["?"],
                &[
                    "Smith-Jones",
                    "Smith‑Jones",
                    "Smith–Jones",
                    "Smith−Jones",
                    "Smith－Jones",
                    "Smith Jones",
                    "Smith\u{ad}Jones",
                    "SmithJones",
                ],
                &[
                    "김민준",
                    "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}",
                    "ﾡￜﾱﾱￜﾤﾸￓﾤ",
                ],
                &["김민주"],
                &["陳大文"],
                &["陳小文"],
                &["ヤマダ", "ﾔﾏﾀﾞ", "ヤマタ\u{3099}"],
                &["ヤマタ"],
                &["やまだ"],
                &["Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ", "οδυσσευσ"],
                &["Андрей", "АНДРЕИ\u{306}"],
                &["शर्मा"],
                &["शरमा"],
                &["กุล"],
                &["กูล"],
                &["שָׁלוֹם", "שלום"],
                &["مُحَمَّد", "محمد", "محـمد"],
                &["葛城", "葛\u{e0100}城"],
                &["Nguyễn", "Nguye\u{302}\u{303}n", "NGUYEN"],
                &["ﬁtz", "FITZ"],
            ],
        );
    }

    // CASES T1, T4, T5
    #[test]
    fn labels_keep_their_accents_and_their_words() {
        check(
            label_key,
            &[
                &[
                    "  Family   Law ",
                    "family law",
                    "Family\u{a0}Law",
                    "FAMILY\tLAW",
                    "Ｆａｍｉｌｙ　Law",
                ],
                &["FamilyLaw"],
                &["Verträge", "VERTRÄGE", "Vertra\u{308}ge"],
                &["Vertrage"],
                &["Workers' Comp", "WORKERS’ COMP", "Workersʼ Comp"],
                &["Straße", "STRASSE", "STRAẞE"],
                &["İcra", "icra", "ICRA"],
                &["ΟΔΟΣ", "οδος", "οδοσ"],
                &["To be done…", "to be done..."],
                &["“Closed”", "\"closed\"", "„Closed“", "«closed»"],
                &["Intake – new", "Intake - new", "intake — NEW"],
                &["Phase Ⅱ", "phase II", "Phase ii"],
                &["Phase I"],
                &["", " ", "\u{200b}"],
            ],
        );
    }

    // CASES T8
    #[test]
    fn files_are_the_same_in_canonical_equivalents() {
        check(
            file_key,
            &[
                &["Résumé.pdf", "Re\u{301}sume\u{301}.pdf"],
                &["Resume.pdf"],
                &["résumé.pdf"],
                &["Shot 9.00\u{202f}AM.png", "Shot 9.00 AM.png"],
                &[
                    "한글.pdf",
                    "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}.pdf",
                ],
                &["ﬁle.pdf"],
                &["file.pdf"],
            ],
        );
    }
}
