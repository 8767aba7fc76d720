//! Paths of pages: segments that look like identifiers are what tells people apart, and what splits
//! reports into useless rows. They become `[id]`.

use std::borrow::Cow;

use super::findings::{Findings, Path};
use super::rule::Rule;

/// Segments behind which comes the name or number of somebody or something.
#[rustfmt::skip]
const COLLECTIONS: [&str; 58] = [
    "user", "users", "u", "profile", "profiles", "member", "members", "account", "accounts",
    "customer", "customers", "client", "clients", "people", "person", "persons", "author",
    "authors", "patient", "patients", "employee", "employees", "contact", "contacts", "student",
    "students", "candidate", "candidates", "agent", "agents", "order", "orders", "invoice",
    "invoices", "ticket", "tickets", "booking", "bookings", "message", "messages", "chat", "chats",
    "nutzer", "benutzer", "kunde", "kunden", "mitglied", "mitglieder", "profil", "konto",
    "patienten", "mitarbeiter", "bestellung", "bestellungen", "rechnung", "rechnungen", "kontakt",
    "kontakte",
];

/// Pages that stand where an identifier could: `/users/new`, `/account/settings`.
#[rustfmt::skip]
const PAGES: [&str; 70] = [
    "new", "edit", "list", "index", "search", "settings", "login", "logout", "register", "signup", "signin", "me", "all",
    "overview", "create", "update", "delete", "profile", "password", "security", "notifications", "preferences", "billing",
    "invoices", "orders", "export", "import", "active", "inactive", "home", "dashboard", "details", "history", "status",
    "confirm", "verify", "reset", "forgot", "activate", "invite", "groups", "roles", "permissions", "help", "about", "add",
    "neu", "bearbeiten", "suche", "einstellungen", "anmelden", "abmelden", "registrieren", "uebersicht", "passwort",
    "sicherheit", "bestellungen", "rechnungen", "liste", "anlegen", "loeschen", "archive", "archiv", "open", "closed",
    "offen", "stats", "reports", "api", "data",
];

/// The path with its identifier-like segments replaced. A query or fragment is left as it is.
pub(super) fn template<'a>(path: &'a str, findings: &mut Findings) -> Cow<'a, str> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let (segments, rest) = path.split_at(end);
    let mut out = String::new();
    let mut count = 0;
    let mut previous = "";
    for (index, segment) in segments.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        if is_identifier(segment, previous) {
            out.push_str(Rule::Id.placeholder());
            count += 1;
        } else {
            out.push_str(segment);
        }
        previous = segment;
    }
    if count == 0 {
        return Cow::Borrowed(path);
    }
    findings.add(&Path::Root, Rule::Id, count);
    out.push_str(rest);
    Cow::Owned(out)
}

fn is_identifier(segment: &str, previous: &str) -> bool {
    let bytes = segment.as_bytes();
    if bytes.is_empty()
        || bytes[0] == b'['
        || segment.contains('.') && !segment.contains('@') && !behind_collection(previous)
    {
        return false;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if behind_collection(previous) {
        let page = PAGES.iter().any(|page| page.eq_ignore_ascii_case(segment));
        return !page && !is_collection(segment);
    }
    if digits == bytes.len() {
        let year = bytes.len() == 4 && (segment.starts_with("19") || segment.starts_with("20"));
        return bytes.len() >= 4 && !year;
    }
    let hex = bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    if hex && digits >= 2 && bytes.len() >= 8 && !is_date(bytes) {
        return true;
    }
    // Random tokens: long, with digits among the letters, not words joined by hyphens.
    let word = bytes
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mixed =
        bytes.iter().any(u8::is_ascii_uppercase) && bytes.iter().any(u8::is_ascii_lowercase);
    word && (bytes.len() >= 16 && digits >= 3 || bytes.len() >= 8 && digits >= 2 && mixed)
}

fn behind_collection(previous: &str) -> bool {
    is_collection(previous)
}

fn is_collection(segment: &str) -> bool {
    COLLECTIONS
        .iter()
        .any(|name| name.eq_ignore_ascii_case(segment))
}

/// `2026-11-22` says when, not who.
fn is_date(bytes: &[u8]) -> bool {
    bytes.len() == 10
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes.iter().filter(|b| b.is_ascii_digit()).count() == 8
}
