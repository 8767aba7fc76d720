//! The scrubber's rules in words.

use crate::privacy::scrub::Rule;
use crate::ui::Language;

/// What a rule is called.
pub(super) const fn name(rule: Rule, language: Language) -> &'static str {
    words(rule, language).0
}

/// What it looks for and what it leaves.
pub(super) const fn explained(rule: Rule, language: Language) -> &'static str {
    words(rule, language).1
}

#[rustfmt::skip]
const fn words(rule: Rule, language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => match rule {
            Rule::Email => ("E-mail address", "An e-mail address, in any encoding or written out"),
            Rule::Ipv4 => ("IPv4 address", "An IP address: its end is masked"),
            Rule::Ipv6 => ("IPv6 address", "An IP address: its end is masked"),
            Rule::Mac => ("Hardware address", "The address of a network card"),
            Rule::Phone => ("Telephone number", "International, or national behind a word for it"),
            Rule::Card => ("Payment card", "A card number whose check digit is right"),
            Rule::Iban => ("Account number", "An IBAN whose check digits are right"),
            Rule::Bic => ("Bank identifier", "A BIC beside an account number or a word for it"),
            Rule::NationalId => ("Identity number", "A tax, insurance or identity number whose check digit is right"),
            Rule::BirthDate => ("Date of birth", "A date behind a word for birth"),
            Rule::Coordinates => ("Position", "Coordinates: they are coarsened or removed"),
            Rule::Imei => ("Device number", "An IMEI whose check digit is right"),
            Rule::Plate => ("Number plate", "A number plate behind a word for it"),
            Rule::Token => ("Token", "A token or key, known by its look or its name"),
            Rule::Password => ("Password", "What stands behind a word for a password"),
            Rule::Credentials => ("Credentials", "User and password inside an address, or behind a word for them"),
            Rule::Cookie => ("Cookie", "Cookies and sessions"),
            Rule::PrivateKey => ("Private key", "A private key, whole"),
            Rule::Name => ("Name", "A person's name behind a word that announces one, or known from the same report"),
            Rule::User => ("User name", "A user name: in a path, behind its key, or known from the same report"),
            Rule::Device => ("Device name", "A device that somebody named after themselves"),
            Rule::Address => ("Postal address", "What stands behind a word for an address"),
            Rule::Pseudonym => ("Pseudonym", "The user's own id becomes a number that only this project has"),
            Rule::Id => ("Identifier", "A part of an address that looks like somebody's identifier"),
            Rule::Custom => ("Own rule", "Found by a rule of the project"),
            Rule::Dropped => ("Left out", "The policy keeps no such part"),
            Rule::Limit => ("Too large", "Too large or too often encoded to be looked at, so it is not kept"),
        },
        Language::German => match rule {
            Rule::Email => ("E-Mail-Adresse", "Eine E-Mail-Adresse, in jeder Kodierung oder ausgeschrieben"),
            Rule::Ipv4 => ("IPv4-Adresse", "Eine IP-Adresse: Ihr Ende wird maskiert"),
            Rule::Ipv6 => ("IPv6-Adresse", "Eine IP-Adresse: Ihr Ende wird maskiert"),
            Rule::Mac => ("Hardware-Adresse", "Die Adresse einer Netzwerkkarte"),
            Rule::Phone => ("Telefonnummer", "International, oder national hinter einem Wort dafür"),
            Rule::Card => ("Zahlungskarte", "Eine Kartennummer mit richtiger Prüfziffer"),
            Rule::Iban => ("Kontonummer", "Eine IBAN mit richtigen Prüfziffern"),
            Rule::Bic => ("Bankkennung", "Ein BIC neben einer Kontonummer oder einem Wort dafür"),
            Rule::NationalId => ("Ausweis- oder Steuernummer", "Eine Steuer-, Versicherungs- oder Ausweisnummer mit richtiger Prüfziffer"),
            Rule::BirthDate => ("Geburtsdatum", "Ein Datum hinter einem Wort für Geburt"),
            Rule::Coordinates => ("Position", "Koordinaten: Sie werden vergröbert oder entfernt"),
            Rule::Imei => ("Gerätenummer", "Eine IMEI mit richtiger Prüfziffer"),
            Rule::Plate => ("Kennzeichen", "Ein Autokennzeichen hinter einem Wort dafür"),
            Rule::Token => ("Token", "Ein Token oder Schlüssel, erkannt am Aussehen oder Namen"),
            Rule::Password => ("Passwort", "Was hinter einem Wort für ein Passwort steht"),
            Rule::Credentials => ("Zugangsdaten", "Benutzer und Passwort in einer Adresse oder hinter einem Wort dafür"),
            Rule::Cookie => ("Cookie", "Cookies und Sitzungen"),
            Rule::PrivateKey => ("Privater Schlüssel", "Ein privater Schlüssel, ganz"),
            Rule::Name => ("Name", "Der Name einer Person hinter einem Wort, das ihn ankündigt, oder aus demselben Bericht bekannt"),
            Rule::User => ("Benutzername", "Ein Benutzername: in einem Pfad, hinter seinem Schlüssel oder aus demselben Bericht bekannt"),
            Rule::Device => ("Gerätename", "Ein Gerät, das jemand nach sich benannt hat"),
            Rule::Address => ("Anschrift", "Was hinter einem Wort für eine Anschrift steht"),
            Rule::Pseudonym => ("Pseudonym", "Die Nummer der Person wird zu einer, die nur dieses Projekt kennt"),
            Rule::Id => ("Kennung", "Ein Teil einer Adresse, der wie eine Kennung von jemandem aussieht"),
            Rule::Custom => ("Eigene Regel", "Gefunden von einer Regel des Projekts"),
            Rule::Dropped => ("Weggelassen", "Die Regeln behalten solche Teile nicht"),
            Rule::Limit => ("Zu groß", "Zu groß oder zu oft kodiert zum Prüfen, daher nicht behalten"),
        },
    }
}
