//! What the codes of a simple font mean, where it has no table of its own (ISO
//! 32000-1, annex D).

/// The upper half of Windows' Latin, from 0x80.
const WINDOWS: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

/// The upper half of the Macintosh's, from 0x80.
const MACINTOSH: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// What Adobe's own has where it differs from ASCII and is letters or marks.
const STANDARD: [(u8, char); 38] = [
    (0x27, '’'),
    (0x60, '‘'),
    (0xa1, '¡'),
    (0xa2, '¢'),
    (0xa3, '£'),
    (0xa4, '⁄'),
    (0xa5, '¥'),
    (0xa6, 'ƒ'),
    (0xa7, '§'),
    (0xa8, '¤'),
    (0xa9, '\''),
    (0xaa, '“'),
    (0xab, '«'),
    (0xac, '‹'),
    (0xad, '›'),
    (0xae, 'ﬁ'),
    (0xaf, 'ﬂ'),
    (0xb1, '–'),
    (0xb2, '†'),
    (0xb3, '‡'),
    (0xb4, '·'),
    (0xb6, '¶'),
    (0xb7, '•'),
    (0xb8, '‚'),
    (0xb9, '„'),
    (0xba, '”'),
    (0xbb, '»'),
    (0xbc, '…'),
    (0xbd, '‰'),
    (0xbf, '¿'),
    (0xd0, '—'),
    (0xe1, 'Æ'),
    (0xe9, 'Ø'),
    (0xea, 'Œ'),
    (0xf1, 'æ'),
    (0xf9, 'ø'),
    (0xfa, 'œ'),
    (0xfb, 'ß'),
];

/// Names of glyphs beside those of letters.
const GLYPHS: [(&str, char); 73] = [
    ("ampersand", '&'),
    ("apostrophe", '\''),
    ("asciicircum", '^'),
    ("asciitilde", '~'),
    ("asterisk", '*'),
    ("at", '@'),
    ("backslash", '\\'),
    ("bar", '|'),
    ("braceleft", '{'),
    ("braceright", '}'),
    ("bracketleft", '['),
    ("bracketright", ']'),
    ("bullet", '•'),
    ("cent", '¢'),
    ("colon", ':'),
    ("comma", ','),
    ("copyright", '©'),
    ("dagger", '†'),
    ("daggerdbl", '‡'),
    ("degree", '°'),
    ("dollar", '$'),
    ("dotlessi", 'ı'),
    ("eight", '8'),
    ("ellipsis", '…'),
    ("emdash", '—'),
    ("endash", '–'),
    ("equal", '='),
    ("Euro", '€'),
    ("exclam", '!'),
    ("ff", 'ﬀ'),
    ("ffi", 'ﬃ'),
    ("ffl", 'ﬄ'),
    ("fi", 'ﬁ'),
    ("five", '5'),
    ("fl", 'ﬂ'),
    ("four", '4'),
    ("germandbls", 'ß'),
    ("grave", '`'),
    ("greater", '>'),
    ("guillemotleft", '«'),
    ("guillemotright", '»'),
    ("hyphen", '-'),
    ("less", '<'),
    ("minus", '−'),
    ("nine", '9'),
    ("numbersign", '#'),
    ("one", '1'),
    ("paragraph", '¶'),
    ("parenleft", '('),
    ("parenright", ')'),
    ("percent", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("question", '?'),
    ("quotedbl", '"'),
    ("quotedblbase", '„'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("quoteleft", '‘'),
    ("quoteright", '’'),
    ("quotesingle", '\''),
    ("registered", '®'),
    ("section", '§'),
    ("semicolon", ';'),
    ("seven", '7'),
    ("six", '6'),
    ("slash", '/'),
    ("space", ' '),
    ("sterling", '£'),
    ("three", '3'),
    ("trademark", '™'),
    ("two", '2'),
    ("zero", '0'),
];

/// Accents of letters: `eacute`.
const ACCENTS: [(&str, &str); 7] = [
    ("acute", "ÁáÉéÍíÓóÚúÝýŃńŚśŹź"),
    ("grave", "ÀàÈèÌìÒòÙù"),
    ("circumflex", "ÂâÊêÎîÔôÛû"),
    ("dieresis", "ÄäËëÏïÖöÜüŸÿ"),
    ("tilde", "ÃãÑñÕõ"),
    ("cedilla", "Çç"),
    ("caron", "ČčĎďĚěŇňŘřŠšŤťŽž"),
];

/// Which code means what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Standard,
    Windows,
    Macintosh,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "WinAnsiEncoding" => Some(Self::Windows),
            "MacRomanEncoding" => Some(Self::Macintosh),
            "StandardEncoding" => Some(Self::Standard),
            _ => None,
        }
    }

    pub(super) fn meaning(self, code: u8) -> Option<char> {
        let upper = |table: &str| table.chars().nth(usize::from(code.wrapping_sub(0x80)));
        let found = match (self, code) {
            (Self::Standard, _) if STANDARD.iter().any(|it| it.0 == code) => STANDARD
                .iter()
                .find_map(|it| (it.0 == code).then_some(it.1)),
            (_, 0x20..0x7f) => Some(char::from(code)),
            (_, ..0x80) | (Self::Standard, _) => None,
            (Self::Windows, 0xa0..) => Some(char::from(code)),
            (Self::Windows, _) => upper(WINDOWS),
            (Self::Macintosh, _) => upper(MACINTOSH),
        };
        found.filter(|it| *it != '\u{fffd}')
    }
}

/// What a glyph of this name is.
pub(super) fn glyph(name: &str) -> Option<char> {
    let name = name.split('.').next().unwrap_or(name);
    let mut chars = name.chars();
    if let (Some(letter), None) = (chars.next(), chars.next()) {
        return letter.is_ascii_alphabetic().then_some(letter);
    }
    if let Some((_, c)) = GLYPHS.iter().find(|it| it.0 == name) {
        return Some(*c);
    }
    let code = name.strip_prefix("uni").or_else(|| name.strip_prefix('u'));
    if let Some(c) = code
        .filter(|it| (4..=6).contains(&it.len()))
        .and_then(|it| u32::from_str_radix(it, 16).ok())
        .and_then(char::from_u32)
    {
        return Some(c);
    }
    let letter = name.chars().next()?;
    let accent = &name[letter.len_utf8()..];
    let with = ACCENTS.iter().find(|it| it.0 == accent)?.1;
    // Each letter without its accent is in the name.
    with.chars().find(|it| plain(*it) == letter)
}

/// A letter without its accent.
fn plain(letter: char) -> char {
    const FORMS: [(char, &str); 30] = [
        ('A', "ÁÀÂÄÃ"),
        ('a', "áàâäã"),
        ('C', "ÇČ"),
        ('c', "çč"),
        ('D', "Ď"),
        ('d', "ď"),
        ('E', "ÉÈÊËĚ"),
        ('e', "éèêëě"),
        ('I', "ÍÌÎÏ"),
        ('i', "íìîï"),
        ('N', "ÑŃŇ"),
        ('n', "ñńň"),
        ('O', "ÓÒÔÖÕ"),
        ('o', "óòôöõ"),
        ('R', "Ř"),
        ('r', "ř"),
        ('S', "ŚŠ"),
        ('s', "śš"),
        ('T', "Ť"),
        ('t', "ť"),
        ('U', "ÚÙÛÜ"),
        ('u', "úùûü"),
        ('Y', "ÝŸ"),
        ('y', "ýÿ"),
        ('Z', "ŹŽ"),
        ('z', "źž"),
        ('L', "Ł"),
        ('l', "ł"),
        ('G', "Ğ"),
        ('g', "ğ"),
    ];
    let found = FORMS.iter().find(|it| it.1.contains(letter));
    found.map_or(letter, |it| it.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_mean_letters() {
        assert_eq!(Encoding::Windows.meaning(0x93), Some('“'));
        assert_eq!(Encoding::Windows.meaning(0x9f), Some('Ÿ'));
        assert_eq!(Encoding::Windows.meaning(0xe9), Some('é'));
        assert_eq!(Encoding::Windows.meaning(0x81), None);
        assert_eq!(Encoding::Macintosh.meaning(0x8e), Some('é'));
        assert_eq!(Encoding::Macintosh.meaning(0xff), Some('ˇ'));
        assert_eq!(Encoding::Standard.meaning(0x27), Some('’'));
        assert_eq!(Encoding::Standard.meaning(0x41), Some('A'));
        assert_eq!(glyph("eacute"), Some('é'));
        assert_eq!(glyph("Odieresis"), Some('Ö'));
        assert_eq!(glyph("A.sc"), Some('A'));
        assert_eq!(glyph("uni20AC"), Some('€'));
        assert_eq!(glyph("quotedblleft"), Some('“'));
        assert_eq!(glyph("g123"), None);
        assert_eq!(glyph(""), None);
    }
}
