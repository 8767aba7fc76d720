//! Made-up people of several countries. Half of the countries is for developing, half is held out.

use super::blind;
use super::fresh;
use super::random::Random;

/// Names, domains and telephone prefixes of one country.
pub struct Locale {
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
    pub domains: &'static [&'static str],
    /// Country code of telephone numbers.
    pub calling_code: &'static str,
    pub area_codes: &'static [&'static str],
}

const DEVELOPMENT: &[Locale] = &[
    Locale {
        first: &[
            "Anna",
            "Jürgen",
            "Sabine",
            "Karl-Heinz",
            "Mia",
            "Jörg",
            "Greta",
            "Lukas",
        ],
        last: &[
            "Müller",
            "Schmidt",
            "von Bergen",
            "Groß",
            "Krämer",
            "Meyer-Lansky",
            "Vogel",
            "Huber",
        ],
        domains: &[
            "example.org",
            "mail.example.com",
            "firma.example",
            "bücher.example",
        ],
        calling_code: "49",
        area_codes: &["30", "89", "40", "221", "7071", "171", "160"],
    },
    Locale {
        first: &[
            "Jane", "Oliver", "Priya", "Tom", "Siobhan", "Marcus", "Ella", "Derek",
        ],
        last: &[
            "Doe",
            "O'Brien",
            "McDonald",
            "Whitfield",
            "Hargreaves",
            "Nolan",
            "Patel",
            "Ashdown",
        ],
        domains: &["example.com", "corp.example.co.uk", "example.net"],
        calling_code: "44",
        area_codes: &["20", "161", "1865", "7911", "7400"],
    },
    Locale {
        first: &[
            "Chloé",
            "Étienne",
            "Margaux",
            "Luc",
            "Amélie",
            "Jean-Pierre",
            "Noé",
            "Inès",
        ],
        last: &[
            "Lefèvre",
            "Dupont",
            "de La Tour",
            "Moreau",
            "Garnier",
            "Bélanger",
            "Roux",
            "Faure",
        ],
        domains: &["exemple.example", "poste.example.fr", "example.org"],
        calling_code: "33",
        area_codes: &["1", "4", "6", "7"],
    },
    Locale {
        first: &[
            "Zofia",
            "Łukasz",
            "Agnieszka",
            "Piotr",
            "Małgorzata",
            "Tomasz",
        ],
        last: &[
            "Kowalska",
            "Wójcik",
            "Zieliński",
            "Nowak",
            "Dąbrowska",
            "Szymański",
        ],
        domains: &["poczta.example.pl", "example.com"],
        calling_code: "48",
        area_codes: &["22", "12", "61", "501", "602"],
    },
];

const HELD_OUT: &[Locale] = &[
    Locale {
        first: &[
            "Giulia",
            "Niccolò",
            "Francesca",
            "Matteo",
            "Chiara",
            "Luca",
            "Beatrice",
        ],
        last: &[
            "Rossi",
            "D'Angelo",
            "Esposito",
            "Bianchi",
            "della Rovere",
            "Colombo",
            "Ferrari",
        ],
        domains: &["posta.example.it", "example.org", "ditta.example"],
        calling_code: "39",
        area_codes: &["06", "02", "055", "333", "347"],
    },
    Locale {
        first: &[
            "Sanne", "Daan", "Femke", "Bram", "Lotte", "Jeroen", "Maartje",
        ],
        last: &[
            "de Vries",
            "van den Berg",
            "Jansen",
            "Bakker",
            "Visser",
            "Smit",
            "Hoekstra",
        ],
        domains: &["post.example.nl", "bedrijf.example", "example.net"],
        calling_code: "31",
        area_codes: &["20", "10", "70", "6"],
    },
    Locale {
        first: &["Åsa", "Björn", "Linnéa", "Håkan", "Freja", "Göran", "Elsa"],
        last: &[
            "Lindqvist",
            "Öberg",
            "Nyström",
            "Ek",
            "Sjögren",
            "Hallström",
            "Bergqvist",
        ],
        domains: &["post.example.se", "räksmörgås.example", "example.com"],
        calling_code: "46",
        area_codes: &["8", "31", "40", "70", "73"],
    },
    Locale {
        first: &[
            "Lucía", "Iñigo", "Begoña", "Álvaro", "Ximena", "Pablo", "Nuria",
        ],
        last: &[
            "García",
            "Núñez",
            "de la Fuente",
            "Ibáñez",
            "Ortega",
            "Peña",
            "Zamora",
        ],
        domains: &["correo.example.es", "example.org", "empresa.example"],
        calling_code: "34",
        area_codes: &["91", "93", "954", "612", "689"],
    },
];

/// One part of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Development,
    HeldOut,
    /// Countries and carriers of its own; cues of both halves.
    Blind,
    /// Countries, carriers and cues of its own.
    Fresh,
}

impl Half {
    pub fn locale(self, random: &mut Random) -> &'static Locale {
        let locales = match self {
            Half::Development => DEVELOPMENT,
            Half::HeldOut => HELD_OUT,
            Half::Blind => blind::LOCALES,
            Half::Fresh => fresh::LOCALES,
        };
        &locales[random.below(locales.len())]
    }

    /// True if this half uses the entry of a list that both share.
    pub fn owns(self, index: usize) -> bool {
        match self {
            Half::Development => index.is_multiple_of(2),
            Half::HeldOut => !index.is_multiple_of(2),
            Half::Blind | Half::Fresh => true,
        }
    }
}

/// A name as it stands in an address: no spaces, no apostrophes, marks kept or spelled out.
pub fn slug(name: &str, keep_marks: bool) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            ' ' | '\'' => {}
            'ä' if !keep_marks => slug.push_str("ae"),
            'ö' if !keep_marks => slug.push_str("oe"),
            'ü' if !keep_marks => slug.push_str("ue"),
            'ß' if !keep_marks => slug.push_str("ss"),
            'é' | 'è' | 'ê' if !keep_marks => slug.push('e'),
            'ł' if !keep_marks => slug.push('l'),
            c if c.is_ascii() || keep_marks => slug.push(c),
            _ => slug.push('x'),
        }
    }
    slug
}
