//! What is claimed, in plain words.

use super::Words;
use crate::outcome::names;

names! {
    /// A claim with a check behind it. The names are fixed: programs ask for them.
    Claim {
        Addresses = "addresses",
        AddressTexts = "address_texts",
        Identifiers = "identifiers",
        OldestRows = "oldest_rows",
        OverdueRows = "overdue_rows",
        Spool = "spool",
        Receipts = "deletion_receipts",
        Schema = "schema",
        EngineLogs = "engine_logs",
        VisitorIds = "visitor_ids",
        Connections = "connections",
        DataDirectory = "data_directory",
        Configuration = "configuration",
        Access = "access",
        Ledger = "ledger",
    }
}

impl Claim {
    /// The claim itself.
    pub fn words(self) -> Words {
        let (english, german) = match self {
            Self::Addresses => (
                "Every stored address has lost at least its last octet (IPv6: its last 64 bits).",
                "Jeder gespeicherten Adresse fehlt mindestens das letzte Oktett (IPv6: die letzten 64 Bit).",
            ),
            Self::AddressTexts => (
                "No stored text contains a complete address.",
                "Kein gespeicherter Text enthält eine vollständige Adresse.",
            ),
            Self::Identifiers => (
                "No stored text contains an e-mail address, phone, card or account number, access token, password or private key.",
                "Kein gespeicherter Text enthält E-Mail-Adressen, Telefon-, Karten- oder Kontonummern, Zugangs-Token, Passwörter oder private Schlüssel.",
            ),
            Self::OldestRows => (
                "The oldest row of every project is younger than the project's retention, and no row may live longer than 30 days.",
                "Die älteste Zeile jedes Projekts ist jünger als dessen Aufbewahrungsfrist, und keine Zeile darf länger als 30 Tage leben.",
            ),
            Self::OverdueRows => (
                "No row whose time is up is left, neither in tables nor in inactive or detached parts.",
                "Keine Zeile, deren Zeit abgelaufen ist, ist noch da, weder in Tabellen noch in inaktiven oder abgehängten Teilen.",
            ),
            Self::Spool => (
                "The spool holds only rows that wait for ClickHouse, none of them overdue, and no file that does not belong there.",
                "Im Zwischenspeicher liegen nur Zeilen, die auf ClickHouse warten, keine davon überfällig, und keine fremde Datei.",
            ),
            Self::Receipts => (
                "Every deletion has a receipt, and after every deletion nothing was left.",
                "Jede Löschung hat einen Beleg, und nach jeder Löschung war nichts mehr übrig.",
            ),
            Self::Schema => (
                "Every table that holds events deletes them by itself, and every column says what it holds.",
                "Jede Tabelle mit Ereignissen löscht sie von selbst, und jede Spalte sagt, was sie enthält.",
            ),
            Self::EngineLogs => (
                "ClickHouse keeps no log of statements or of data.",
                "ClickHouse führt kein Protokoll über Anweisungen oder Daten.",
            ),
            Self::VisitorIds => (
                "Visitor numbers cannot be computed again: their salt lives in memory for some hours and is never written.",
                "Besuchernummern lassen sich nicht erneut berechnen: Ihr Salt lebt einige Stunden im Speicher und wird nie geschrieben.",
            ),
            Self::Connections => (
                "The server opens no connection to anybody but ClickHouse.",
                "Der Server baut zu niemandem außer ClickHouse eine Verbindung auf.",
            ),
            Self::DataDirectory => (
                "Only the server's own user can read the data directory.",
                "Nur der Benutzer des Servers kann das Datenverzeichnis lesen.",
            ),
            Self::Configuration => (
                "The configuration protects at least as much as the preset “standard”.",
                "Die Konfiguration schützt mindestens so gut wie die Vorlage „Standard“.",
            ),
            Self::Access => (
                "Everybody with access has a role and an end: no account that was switched off still opens anything.",
                "Jeder Zugang hat eine Rolle und ein Ende: Kein abgeschaltetes Konto öffnet noch etwas.",
            ),
            Self::Ledger => (
                "Nothing in the ledger was changed, moved or removed since it was begun.",
                "Im Hauptbuch wurde seit seinem Beginn nichts geändert, verschoben oder entfernt.",
            ),
        };
        Words::new(english, german)
    }

    /// The claim with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|claim| claim.name() == name)
    }
}
