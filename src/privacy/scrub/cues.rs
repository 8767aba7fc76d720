//! Words of running text that announce what follows them, in English, German and a little French.

use std::sync::LazyLock;

/// What a word announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    Phone,
    Card,
    BirthDate,
    Coordinates,
    Imei,
    Plate,
    NationalId,
    Bic,
    Mac,
    Email,
    /// Four numbers with dots are a version.
    Version,
    /// A number here counts or names a thing: an order, a port, a duration.
    Thing,
}

/// What the scanner does at a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Cue(Cue),
    /// `at`, of an address that is written out.
    At,
    /// Directory that holds home directories.
    Home,
    /// `Bearer`, `Basic`: what follows are credentials.
    Scheme,
    /// Of `-----BEGIN ... PRIVATE KEY-----`.
    Begin,
    /// Form of address before a name.
    Title,
    /// Somebody did something: `assigned to Anna Schmidt`.
    Deed,
    /// Kind of device that people name after themselves.
    Device,
}

#[rustfmt::skip]
const WORDS: &[(Word, &str)] = &[
    (Word::Cue(Cue::Phone), "phone telephone tel telefon telefonnummer telefonnr handy handynummer mobil mobilnummer mobile \
        cell fax faxnummer festnetz rückruf rueckruf rufnummer anruf call called caller calling dial dialed dialled sms \
        whatsapp msisdn durchwahl hotline téléphone telephonenumber phonenumber erreichbar zurückrufen"),
    (Word::Cue(Cue::Card), "card cards karte kreditkarte kartennummer visa mastercard amex maestro pan"),
    (Word::Cue(Cue::BirthDate), "born birth birthday birthdate dob geboren geburtsdatum geburtstag geb naissance née né"),
    (Word::Cue(Cue::Coordinates), "lat latitude lon lng longitude coords coordinates koordinaten location position standort gps geo"),
    (Word::Cue(Cue::Imei), "imei meid"),
    (Word::Cue(Cue::Plate), "kennzeichen plate plates licenseplate numberplate kfz"),
    (Word::Cue(Cue::NationalId), "steuer steuerid steuernummer identifikationsnummer steueridentifikationsnummer ssn \
        sozialversicherungsnummer rentenversicherungsnummer svnr ahv bsn burgerservicenummer nir dni nie nif pesel nino \
        codice fiscale sofinummer versicherungsnummer ausweisnummer personalausweis passport reisepass insurance taxpayer \
        tin citizen identity personnummer"),
    (Word::Cue(Cue::Bic), "bic swift iban"),
    (Word::Cue(Cue::Mac), "mac hwaddr ether"),
    (Word::Cue(Cue::Email), "email mail kontakt contact schreiben reach"),
    (Word::Cue(Cue::Version), "version versions ver fileversion assemblyversion productversion release build oid rev firmware"),
    (Word::Cue(Cue::Thing), "order orders bestellung bestellnummer invoice rechnung rechnungsnummer ticket auftrag auftragsnummer \
        pid tid port line row offset size bytes count time timestamp ts took ms seconds epoch index seq sequence transaction \
        trace span block commit thread address addr sku artikel artikelnummer product produkt paket tracking serial \
        checksum crc hash byte length width height memory heap duration elapsed batch job task process id"),
    (Word::At, "at ät"),
    (Word::Home, "home users"),
    (Word::Scheme, "bearer basic"),
    (Word::Begin, "begin"),
    (Word::Title, "herr herrn frau mr mrs ms miss mister dear liebe lieber geehrte geehrter monsieur madame señor señora \
        sehr signor signora mme"),
    (Word::Deed, "assigned zugewiesen assignee"),
    (Word::Device, "iphone ipad ipod macbook imac laptop galaxy pixel airpods watch phone notebook pc handy tablet"),
];

const SLOTS: usize = 1024;

struct Dictionary {
    slots: Vec<Option<(&'static str, Word)>>,
    /// By the first two letters and the length.
    filter: [u64; FILTER_BITS / 64],
}

const FILTER_BITS: usize = 32 * 32 * 16;

/// Longest word of the dictionary, in bytes.
const WORD_BYTES_MAX: usize = 31;

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let mut dictionary = Dictionary {
        slots: vec![None; SLOTS],
        filter: [0; FILTER_BITS / 64],
    };
    for &(meaning, words) in WORDS {
        for word in words.split_ascii_whitespace() {
            let bit = filter_bit(word.as_bytes());
            dictionary.filter[bit / 64] |= 1 << (bit % 64);
            let mut slot = hash(word.as_bytes());
            while dictionary.slots[slot].is_some_and(|(known, _)| known != word) {
                slot = (slot + 1) % SLOTS;
            }
            // A word with two meanings keeps the first.
            dictionary.slots[slot].get_or_insert((word, meaning));
        }
    }
    dictionary
});

fn filter_bit(word: &[u8]) -> usize {
    let letter = |i: usize| usize::from(word[i] & 31);
    (letter(0) * 32 + letter(1)) * 16 + word.len() % 16
}

fn hash(word: &[u8]) -> usize {
    let fnv = word.iter().fold(0x811c_9dc5_u32, |hash, b| {
        (hash ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    (fnv ^ fnv >> 15) as usize % SLOTS
}

/// The dictionary, fetched once for a scan.
#[derive(Clone, Copy)]
pub(super) struct Cues(&'static Dictionary);

impl Cues {
    pub fn new() -> Self {
        Self(&DICTIONARY)
    }

    /// What `word` announces, whatever its case.
    pub fn find(self, word: &[u8]) -> Option<Word> {
        if word.len() < 2 || word.len() > WORD_BYTES_MAX {
            return None;
        }
        let bit = filter_bit(word);
        if self.0.filter[bit / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        let mut slot = hash(word);
        while let Some((known, meaning)) = self.0.slots[slot] {
            if known.as_bytes().eq_ignore_ascii_case(word) {
                return Some(meaning);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_in_any_case() {
        let cues = Cues::new();
        assert_eq!(cues.find(b"Telefon"), Some(Word::Cue(Cue::Phone)));
        assert_eq!(cues.find(b"BEARER"), Some(Word::Scheme));
        assert_eq!(cues.find(b"telefonist"), None);
        assert_eq!(cues.find(b"x"), None);
    }
}
