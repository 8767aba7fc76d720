//! The words of the pages, in English and German.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// Every text of the pages in one language.
pub(super) struct Texts {
    pub code: &'static str,
    pub sign_in: &'static str,
    pub sign_in_hint: &'static str,
    pub sign_in_failed: &'static str,
    pub sign_out: &'static str,
    pub token: &'static str,
    pub setup: &'static str,
    pub setup_hint: &'static str,
    pub not_found: &'static str,
    pub back: &'static str,
    pub what_arrived: &'static str,
    pub live_hint: &'static str,
    pub page_views: &'static str,
    pub crash_reports: &'static str,
    pub received: &'static str,
    pub stored: &'static str,
    pub waiting: &'static str,
    pub refused: &'static str,
    pub since_start: &'static str,
    pub nothing_yet: &'static str,
    pub store_away: &'static str,
    pub server_away: &'static str,
    pub while_watching: &'static str,
    pub time: &'static str,
    pub project: &'static str,
    pub kind: &'static str,
    pub page_view: &'static str,
    pub event: &'static str,
    pub ping: &'static str,
    pub what: &'static str,
    pub address: &'static str,
    pub country: &'static str,
    pub browser: &'static str,
    pub level: &'static str,
    pub error: &'static str,
    pub place: &'static str,
    pub release: &'static str,
    pub removed: &'static str,
    pub removed_hint: &'static str,
    pub connect: &'static str,
    pub for_pages: &'static str,
    pub for_sdks: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub geo_credit: &'static str,
}

static ENGLISH: Texts = Texts {
    code: "en",
    sign_in: "Sign in",
    sign_in_hint: "Paste an access token. An administrator makes one with “mayfly token add”.",
    sign_in_failed: "This token is not valid, or no longer.",
    sign_out: "Sign out",
    token: "Access token",
    setup: "Welcome to Mayfly",
    setup_hint: "This link signs this browser in as administrator. It works once.",
    not_found: "There is nothing at this address.",
    back: "To the start page",
    what_arrived: "What arrived",
    live_hint: "The newest of the last 24 hours, as they are stored. Refreshes by itself.",
    page_views: "Page views",
    crash_reports: "Crash reports",
    received: "received",
    stored: "stored",
    waiting: "on the way",
    refused: "refused",
    since_start: "since the start of the server",
    nothing_yet: "Nothing yet. Paste a snippet from below into a page or an SDK.",
    store_away: "ClickHouse does not answer. Events wait safely in the spool.",
    server_away: "Mayfly does not answer. This page keeps asking.",
    while_watching: "new while you watch",
    time: "Time (UTC)",
    project: "Project",
    kind: "Kind",
    page_view: "Page view",
    event: "Event",
    ping: "Ping",
    what: "What",
    address: "Address",
    country: "Country",
    browser: "Browser, system",
    level: "Level",
    error: "Error",
    place: "Place",
    release: "Release",
    removed: "Removed",
    removed_hint: "personal data removed before storing",
    connect: "Connect a widget",
    for_pages: "For web pages (Matomo tracker)",
    for_sdks: "For Sentry SDKs (DSN)",
    copy: "Copy",
    copied: "Copied",
    geo_credit: "IP geolocation by DB-IP",
};

static GERMAN: Texts = Texts {
    code: "de",
    sign_in: "Anmelden",
    sign_in_hint: "Fügen Sie ein Zugangs-Token ein. Die Verwaltung erstellt es mit „mayfly token add“.",
    sign_in_failed: "Dieses Token gilt nicht oder nicht mehr.",
    sign_out: "Abmelden",
    token: "Zugangs-Token",
    setup: "Willkommen bei Mayfly",
    setup_hint: "Dieser Link meldet diesen Browser als Verwaltung an. Er gilt einmal.",
    not_found: "Unter dieser Adresse gibt es nichts.",
    back: "Zur Startseite",
    what_arrived: "Was ankam",
    live_hint: "Das Neueste der letzten 24 Stunden, so wie es gespeichert ist. Aktualisiert sich selbst.",
    page_views: "Seitenaufrufe",
    crash_reports: "Fehlerberichte",
    received: "empfangen",
    stored: "gespeichert",
    waiting: "unterwegs",
    refused: "abgelehnt",
    since_start: "seit dem Start des Servers",
    nothing_yet: "Noch nichts. Fügen Sie unten stehenden Code in eine Seite oder ein SDK ein.",
    store_away: "ClickHouse antwortet nicht. Ereignisse warten sicher in der Ablage.",
    server_away: "Mayfly antwortet nicht. Diese Seite fragt weiter.",
    while_watching: "neu, während Sie zusehen",
    time: "Zeit (UTC)",
    project: "Projekt",
    kind: "Art",
    page_view: "Seitenaufruf",
    event: "Ereignis",
    ping: "Ping",
    what: "Was",
    address: "Adresse",
    country: "Land",
    browser: "Browser, System",
    level: "Stufe",
    error: "Fehler",
    place: "Ort",
    release: "Version",
    removed: "Entfernt",
    removed_hint: "personenbezogene Angaben vor dem Speichern entfernt",
    connect: "Ein Widget verbinden",
    for_pages: "Für Webseiten (Matomo-Tracker)",
    for_sdks: "Für Sentry-SDKs (DSN)",
    copy: "Kopieren",
    copied: "Kopiert",
    geo_credit: "IP-Geolokalisierung von DB-IP",
};

impl Texts {
    /// The language that the browser prefers; English if it prefers neither.
    pub fn of(headers: &HeaderMap) -> &'static Self {
        let accepted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let first_known = accepted
            .split(',')
            .map(|range| range.trim().to_ascii_lowercase())
            .find(|range| range.starts_with("de") || range.starts_with("en"));
        match first_known {
            Some(range) if range.starts_with("de") => &GERMAN,
            _ => &ENGLISH,
        }
    }

    /// What people call a hit of this `kind`, as stored.
    pub fn kind<'a>(&self, kind: &'a str) -> &'a str {
        match kind {
            "pageview" => self.page_view,
            "event" => self.event,
            "ping" => self.ping,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_counts() {
        let code = |accepted: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, http::HeaderValue::from_static(accepted));
            Texts::of(&headers).code
        };
        assert_eq!(code("fr-FR, de-AT;q=0.8, en;q=0.5"), "de");
        assert_eq!(code("en-GB,de"), "en");
        assert_eq!(code("fr"), "en");
    }
}
