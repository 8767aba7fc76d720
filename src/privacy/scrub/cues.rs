//! Words of running text that announce what follows them, in English, German and a little French.

use std::sync::LazyLock;

use super::credential;
use super::lexicon::Lexicon;

/// What a word announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    Phone,
    /// Of telephoning and of other things.
    Call,
    Card,
    BirthDate,
    Coordinates,
    Imei,
    Plate,
    NationalId,
    Bic,
    Mac,
    Email,
    Name,
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
    /// `Hi`, before a name and a comma.
    Greeting,
    /// Somebody did something: `assigned to Anna Schmidt`.
    Deed,
    /// Kind of device that people name after themselves.
    Device,
    /// Secret that a command line or a sentence tells.
    Secret,
    /// Of `IDENTIFIED BY 'password'` in SQL.
    Identified,
    /// `user`, before a name in quotes.
    User,
    /// Of `logged in as`.
    Logged,
}

#[rustfmt::skip]
const WORDS: &[(Word, &str)] = &[
    (Word::Cue(Cue::Phone), "phone telephone tel telefon telefonnummer telefonnr handy handynummer mobilnummer fax faxnummer \
        festnetz rückruf rueckruf rufnummer whatsapp msisdn durchwahl hotline téléphone tél telephonenumber phonenumber \
        zurückrufen móvil teléfono telefono cellulare telefoon telefonisch rückrufnummer tlf fon"),
    (Word::Cue(Cue::Call), "call called caller calling callback dial dialed dialled sms mobil mobile cell anruf ruf erreichbar anrufen \
        ring text texted reach"),
    (Word::Cue(Cue::Card), "card cards karte kreditkarte kartennummer visa mastercard amex maestro pan"),
    (Word::Cue(Cue::BirthDate), "born birth birthday birthdate dob geboren geburtsdatum geburtstag geb naissance née né nacimiento \
        nascita geboortedatum gebdat"),
    (Word::Cue(Cue::Coordinates), "lat latitude lon lng longitude coords coordinates koordinaten location position standort gps geo \
        latlng breitengrad längengrad geolocation"),
    (Word::Cue(Cue::Imei), "imei meid"),
    (Word::Cue(Cue::Plate), "kennzeichen plate plates licenseplate numberplate kfz registration nummernschild"),
    (Word::Cue(Cue::NationalId), "steuer steuerid steuernummer identifikationsnummer steueridentifikationsnummer ssn \
        sozialversicherungsnummer rentenversicherungsnummer svnr ahv bsn burgerservicenummer nir dni nie nif pesel nino \
        codice fiscale sofinummer versicherungsnummer ausweisnummer personalausweis passport reisepass insurance taxpayer \
        tin citizen identity personnummer sozialversicherung tax national"),
    (Word::Cue(Cue::Bic), "bic swift"),
    (Word::Cue(Cue::Mac), "mac hwaddr ether"),
    (Word::Cue(Cue::Email), "email mail kontakt contact schreiben mailto"),
    (Word::Cue(Cue::Version), "version versions ver fileversion assemblyversion productversion release build oid rev firmware section sec \
        chapter clause appendix versionadded versionchanged rfc"),
    (Word::Cue(Cue::Thing), "order orders bestellung bestellnummer invoice rechnung rechnungsnummer ticket auftrag auftragsnummer \
        pid tid port line row offset size bytes count timestamp ts seconds epoch index seq sequence transaction \
        trace span commit thread sku artikel artikelnummer product produkt paket tracking serial checksum crc hash byte \
        length width height memory heap duration elapsed batch job task id"),
    (Word::Cue(Cue::Name), "customer patient patientin kunde kundin employee mitarbeiter mitarbeiterin ansprechpartner \
        ansprechpartnerin sachbearbeiter sachbearbeiterin"),
    (Word::At, "at ät"),
    (Word::Home, "home users"),
    (Word::Scheme, "bearer basic"),
    (Word::Begin, "begin"),
    (Word::Title, "herr herrn frau mr mrs ms mister dear liebe lieber geehrte geehrter monsieur madame señor señora \
        signor signora mme prof professor dr"),
    (Word::Greeting, "hi hello hallo hey moin servus"),
    (Word::Deed, "assigned zugewiesen assignee invited reported signed approved requested submitted reviewed booked ordered \
        created eingeladen gemeldet unterschrieben genehmigt bestellt eingereicht angelegt erstellt bearbeitet geprüft"),
    (Word::Identified, "identified"),
    (Word::Logged, "logged"),
    (Word::Device, "iphone ipad ipod macbook imac laptop galaxy pixel airpods watch notebook pc tablet mbp"),
    (Word::Secret, "password passwort kennwort passwd pwd token secret key passphrase cookie"),
    (Word::User, "user username login benutzer nutzer account"),
];

static DICTIONARY: LazyLock<Lexicon<Word>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::new();
    for &(meaning, words) in WORDS {
        lexicon.add(words, meaning);
    }
    for prefix in credential::prefixes() {
        lexicon.admit_prefix(prefix.as_bytes());
    }
    lexicon
});

/// The dictionary, fetched once for a scan. Its filter lets the words through that tokens start with.
pub(super) fn dictionary() -> &'static Lexicon<Word> {
    &DICTIONARY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_in_any_case() {
        let cues = dictionary();
        assert_eq!(cues.find(b"Telefon"), Some(Word::Cue(Cue::Phone)));
        assert_eq!(cues.find(b"BEARER"), Some(Word::Scheme));
        assert_eq!(cues.find(b"telefonist"), None);
        assert_eq!(cues.find(b"x"), None);
    }
}
