//! How a place writes dates, numbers and money.
//!
//! The names and orders are those of Unicode's CLDR, for the countries that Clio
//! has regions in and the languages that clients there are written to.

/// A language and country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// English of the United States.
    #[default]
    EnUs,
    /// English of Canada.
    EnCa,
    /// English of the United Kingdom.
    EnGb,
    /// English of Ireland.
    EnIe,
    /// English of Australia.
    EnAu,
    /// French of Canada.
    FrCa,
    /// French of France.
    FrFr,
    /// German of Germany.
    DeDe,
    /// Spanish of the United States.
    EsUs,
    /// Spanish of Spain.
    EsEs,
}

/// Every locale, with its BCP 47 tag.
pub(crate) const LOCALES: [(&str, Locale); 10] = [
    ("en-US", Locale::EnUs),
    ("en-CA", Locale::EnCa),
    ("en-GB", Locale::EnGb),
    ("en-IE", Locale::EnIe),
    ("en-AU", Locale::EnAu),
    ("fr-CA", Locale::FrCa),
    ("fr-FR", Locale::FrFr),
    ("de-DE", Locale::DeDe),
    ("es-US", Locale::EsUs),
    ("es-ES", Locale::EsEs),
];

/// The words of a language.
pub(crate) struct Language {
    pub(crate) months: [&'static str; 12],
    pub(crate) days: [&'static str; 7],
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
}

/// The signs and orders of a country.
pub(crate) struct Customs {
    pub(crate) decimal: &'static str,
    pub(crate) group: &'static str,
    /// Whether `1234` stays together, as Spanish has it.
    pub(crate) four_together: bool,
    /// What a sum in this currency bears in place of its code.
    pub(crate) symbols: &'static [(&'static str, &'static str)],
    /// Whether the currency stands behind the number.
    pub(crate) behind: bool,
    pub(crate) short_date: &'static str,
    pub(crate) long_date: &'static str,
    pub(crate) full_date: &'static str,
    pub(crate) time: &'static str,
}

impl Locale {
    /// The locale of a BCP 47 tag (`en-US`), in any capitals.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let mut all = LOCALES.into_iter();
        all.find_map(|(own, locale)| own.eq_ignore_ascii_case(tag).then_some(locale))
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        let mut all = LOCALES.into_iter();
        all.find_map(|(tag, own)| (own == self).then_some(tag))
            .unwrap_or("en-US")
    }

    pub(crate) fn language(self) -> &'static Language {
        match self {
            Self::EnUs | Self::EnCa | Self::EnGb | Self::EnIe | Self::EnAu => &ENGLISH,
            Self::FrCa | Self::FrFr => &FRENCH,
            Self::DeDe => &GERMAN,
            Self::EsUs | Self::EsEs => &SPANISH,
        }
    }

    pub(crate) fn customs(self) -> &'static Customs {
        match self {
            Self::EnUs => &EN_US,
            Self::EnCa => &EN_CA,
            Self::EnGb => &EN_GB,
            Self::EnIe => &EN_IE,
            Self::EnAu => &EN_AU,
            Self::FrCa => &FR_CA,
            Self::FrFr => &FR_FR,
            Self::DeDe => &DE_DE,
            Self::EsUs => &ES_US,
            Self::EsEs => &ES_ES,
        }
    }

    /// `3rd`, and how others write it.
    pub(crate) fn ordinal_suffix(self, number: u32) -> &'static str {
        match self.language().yes {
            "Yes" => match (number % 10, number % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            },
            "Oui" if number == 1 => "er",
            "Oui" => "e",
            "Ja" => ".",
            _ => "º",
        }
    }
}

const ENGLISH: Language = Language {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    days: [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ],
    yes: "Yes",
    no: "No",
};

const FRENCH: Language = Language {
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    days: [
        "dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
    ],
    yes: "Oui",
    no: "Non",
};

const GERMAN: Language = Language {
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    days: [
        "Sonntag",
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
    ],
    yes: "Ja",
    no: "Nein",
};

const SPANISH: Language = Language {
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    days: [
        "domingo",
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
    ],
    yes: "Sí",
    no: "No",
};

const EN_US: Customs = Customs {
    decimal: ".",
    group: ",",
    four_together: false,
    symbols: &[
        ("USD", "$"),
        ("CAD", "CA$"),
        ("GBP", "£"),
        ("EUR", "€"),
        ("AUD", "A$"),
    ],
    behind: false,
    short_date: "M/d/yyyy",
    long_date: "MMMM d, yyyy",
    full_date: "dddd, MMMM d, yyyy",
    time: "h:mm AM/PM",
};

const EN_CA: Customs = Customs {
    symbols: &[
        ("CAD", "$"),
        ("USD", "US$"),
        ("GBP", "£"),
        ("EUR", "€"),
        ("AUD", "A$"),
    ],
    short_date: "yyyy-MM-dd",
    ..EN_US
};

const EN_GB: Customs = Customs {
    symbols: &[
        ("GBP", "£"),
        ("EUR", "€"),
        ("USD", "US$"),
        ("CAD", "CA$"),
        ("AUD", "A$"),
    ],
    short_date: "dd/MM/yyyy",
    long_date: "d MMMM yyyy",
    full_date: "dddd, d MMMM yyyy",
    time: "HH:mm",
    ..EN_US
};

const EN_IE: Customs = Customs {
    short_date: "dd/MM/yyyy",
    full_date: "dddd d MMMM yyyy",
    ..EN_GB
};

const EN_AU: Customs = Customs {
    symbols: &[
        ("AUD", "$"),
        ("GBP", "£"),
        ("EUR", "€"),
        ("USD", "US$"),
        ("CAD", "CA$"),
    ],
    time: "h:mm AM/PM",
    ..EN_GB
};

const FR_FR: Customs = Customs {
    decimal: ",",
    // A narrow blank that does not break.
    group: "\u{202f}",
    four_together: false,
    symbols: &[
        ("EUR", "€"),
        ("USD", "$US"),
        ("CAD", "$CA"),
        ("GBP", "£GB"),
        ("AUD", "$AU"),
    ],
    behind: true,
    short_date: "dd/MM/yyyy",
    long_date: "d MMMM yyyy",
    full_date: "dddd d MMMM yyyy",
    time: "HH:mm",
};

const FR_CA: Customs = Customs {
    // One that is as wide as any.
    group: "\u{a0}",
    symbols: &[
        ("CAD", "$"),
        ("USD", "$ US"),
        ("EUR", "€"),
        ("GBP", "£"),
        ("AUD", "$ AU"),
    ],
    short_date: "yyyy-MM-dd",
    time: "HH 'h' mm",
    ..FR_FR
};

const DE_DE: Customs = Customs {
    decimal: ",",
    group: ".",
    four_together: false,
    symbols: &[
        ("EUR", "€"),
        ("USD", "$"),
        ("CAD", "CA$"),
        ("GBP", "£"),
        ("AUD", "AU$"),
    ],
    behind: true,
    short_date: "dd.MM.yyyy",
    long_date: "d. MMMM yyyy",
    full_date: "dddd, d. MMMM yyyy",
    time: "HH:mm",
};

const ES_ES: Customs = Customs {
    four_together: true,
    symbols: &[
        ("EUR", "€"),
        ("USD", "US$"),
        ("CAD", "CAD"),
        ("GBP", "GBP"),
        ("AUD", "AUD"),
    ],
    short_date: "d/M/yyyy",
    long_date: "d 'de' MMMM 'de' yyyy",
    full_date: "dddd, d 'de' MMMM 'de' yyyy",
    ..DE_DE
};

const ES_US: Customs = Customs {
    symbols: EN_US.symbols,
    short_date: "d/M/yyyy",
    long_date: ES_ES.long_date,
    full_date: ES_ES.full_date,
    ..EN_US
};
