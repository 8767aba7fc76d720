//! Which fields a probe's requests have, and where each would be kept.

use super::markers::{MarkerKind, Markers};
use super::shipment::{Field, Texts};
use crate::evidence::Words;
use crate::privacy::Table;

/// Every field with what is sent in it.
pub(super) fn fields(markers: &Markers, texts: &Texts) -> Vec<Field> {
    let field = |english: &str, german: &str, sent: &str, table, kept, condition| Field {
        name: Words::new(english, german),
        sent: sent.to_owned(),
        table,
        kept,
        condition,
    };
    let view = |english, german, sent, kept| {
        field(
            english,
            german,
            sent,
            Table::AnalyticsEvents,
            kept,
            "kind = 'pageview'",
        )
    };
    let event = |english, german, sent, kept| {
        field(
            english,
            german,
            sent,
            Table::AnalyticsEvents,
            kept,
            "kind = 'event'",
        )
    };
    let crash = |english, german, sent: &str, kept| {
        field(english, german, sent, Table::ErrorEvents, kept, "1")
    };
    let other = |english, german, sent, table, kept| field(english, german, sent, table, kept, "1");
    let page = "concat(host, path, if(query = '', '', concat('?', query)))";
    vec![
        view(
            "Visitor's address",
            "Adresse des Besuchers",
            markers.text(MarkerKind::Address),
            "client_ip",
        ),
        event(
            "Visitor's address (IPv6)",
            "Adresse des Besuchers (IPv6)",
            markers.text(MarkerKind::Address6),
            "client_ip",
        ),
        view("Page address", "Seitenadresse", &texts.page, page),
        view("Page title", "Seitentitel", &texts.title, "title"),
        view(
            "Referrer",
            "Verweisende Seite",
            &texts.referrer,
            "concat(referrer_host, referrer_path)",
        ),
        view(
            "User id",
            "Benutzerkennung",
            markers.text(MarkerKind::UserId),
            "concat('#', toString(user_key))",
        ),
        event(
            "Event action",
            "Ereignis-Aktion",
            &texts.event_action,
            "event_action",
        ),
        event(
            "Event name",
            "Ereignis-Name",
            &texts.event_name,
            "event_name",
        ),
        crash(
            "Crash: message",
            "Fehler: Nachricht",
            &texts.message,
            "message",
        ),
        crash(
            "Crash: exception",
            "Fehler: Ausnahme",
            &texts.exception,
            "exception_value",
        ),
        crash(
            "Crash: file",
            "Fehler: Datei",
            &texts.file,
            "JSONExtractString(payload, 'exception', 'values', 1, 'stacktrace', 'frames', 1, 'filename')",
        ),
        crash(
            "Crash: local variables",
            "Fehler: lokale Variablen",
            &texts.variables.to_string(),
            "JSONExtractRaw(payload, 'exception', 'values', 1, 'stacktrace', 'frames', 1, 'vars')",
        ),
        crash(
            "Crash: request address",
            "Fehler: Adresse des Aufrufs",
            &texts.url,
            "JSONExtractString(payload, 'request', 'url')",
        ),
        crash(
            "Crash: cookies",
            "Fehler: Cookies",
            &texts.cookies,
            "JSONExtractRaw(payload, 'request', 'cookies')",
        ),
        crash(
            "Crash: headers",
            "Fehler: Header",
            &texts.headers.to_string(),
            "JSONExtractRaw(payload, 'request', 'headers')",
        ),
        crash(
            "Crash: user",
            "Fehler: Benutzer",
            &texts.user.to_string(),
            "JSONExtractRaw(payload, 'user')",
        ),
        crash(
            "Crash: breadcrumb",
            "Fehler: Spur",
            &texts.breadcrumb,
            "JSONExtractString(payload, 'breadcrumbs', 'values', 1, 'message')",
        ),
        other(
            "Log line",
            "Protokollzeile",
            &texts.log,
            Table::Logs,
            "body",
        ),
        field(
            "Database query",
            "Datenbankabfrage",
            &texts.span,
            Table::Spans,
            "description",
            "description != ''",
        ),
        other(
            "Feedback",
            "Rückmeldung",
            &texts.feedback,
            Table::Feedback,
            "message",
        ),
        other(
            "Scheduled job: name",
            "Geplante Aufgabe: Name",
            &texts.monitor,
            Table::CheckIns,
            "monitor_slug",
        ),
        other(
            "Session: user",
            "Sitzung: Benutzer",
            markers.text(MarkerKind::UserId),
            Table::Sessions,
            // There is no column that could hold it.
            "''",
        ),
        other(
            "Client's report: reason",
            "Bericht des Clients: Grund",
            &texts.breadcrumb,
            Table::Outcomes,
            "reason",
        ),
        other(
            "Policy violation: page",
            "Richtlinienverstoß: Seite",
            &texts.document,
            Table::SecurityReports,
            "concat(document_host, document_path)",
        ),
    ]
}
