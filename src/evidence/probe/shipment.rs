//! What a probe sends: requests as widgets send them, full of markers, and where each field would be kept.

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, COOKIE, REFERER, USER_AGENT};
use http_body_util::Full;
use serde_json::json;
use uuid::Uuid;

use super::fields::fields;
use super::markers::{MarkerKind, Markers};
use crate::evidence::Words;
use crate::privacy::Table;
use crate::registry::{ProjectId, PublicKey};

/// An ordinary browser's; bots would not be stored.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// One request.
pub(super) struct Parcel {
    pub path: String,
    pub request: Result<Request<Full<Bytes>>, http::Error>,
}

/// A field that is sent.
pub(super) struct Field {
    pub name: Words,
    pub sent: String,
    pub table: Table,
    /// An expression of SQL that is what was kept of it.
    pub kept: &'static str,
    /// Which of the rows it is in.
    pub condition: &'static str,
}

/// Rows that must arrive before anything can be judged.
pub(super) const EXPECTED: [(Table, u64); 9] = [
    (Table::AnalyticsEvents, 2),
    (Table::ErrorEvents, 1),
    (Table::Logs, 1),
    (Table::Spans, 1),
    (Table::Feedback, 1),
    (Table::SecurityReports, 1),
    (Table::Sessions, 1),
    (Table::CheckIns, 1),
    (Table::Outcomes, 1),
];

/// The texts that are sent, each in one or several fields.
pub(super) struct Texts {
    pub page: String,
    pub title: String,
    pub referrer: String,
    pub event_action: String,
    pub event_name: String,
    pub message: String,
    pub exception: String,
    pub file: String,
    pub variables: serde_json::Value,
    pub url: String,
    pub cookies: String,
    pub headers: serde_json::Value,
    pub user: serde_json::Value,
    pub breadcrumb: String,
    pub log: String,
    pub span: String,
    pub feedback: String,
    pub monitor: String,
    pub document: String,
}

impl Texts {
    fn of(markers: &Markers) -> Self {
        let m = |kind| markers.text(kind);
        let (address, phone) = (m(MarkerKind::Address), m(MarkerKind::Phone));
        let (german, english) = (m(MarkerKind::EmailGerman), m(MarkerKind::EmailEnglish));
        let (token, cookie) = (m(MarkerKind::UrlToken), m(MarkerKind::Cookie));
        let (login, password) = (m(MarkerKind::Login), m(MarkerKind::Password));
        let (jana, john) = (m(MarkerKind::NameGerman), m(MarkerKind::NameEnglish));
        Self {
            page: format!(
                "https://shop.example.org/konto/{german}/bestellung?token={token}&mail={english}&sid={cookie}"
            ),
            title: format!("Probelauf {}: Bestellung von {german}", markers.control),
            referrer: format!("https://example.com/home/{login}/suche?q={german}"),
            event_action: format!("call {phone}"),
            event_name: format!("Customer: {john}, e-mail {english}"),
            message: format!(
                "Kunde: {jana}, E-Mail {german}, Tel. {phone}, Zugriff von {address}, Passwort={password}"
            ),
            exception: format!(
                "Customer: {john}, login of {english} from {address} failed, password={password}"
            ),
            file: format!("/home/{login}/shop/app.py"),
            variables: json!({"password": m(MarkerKind::Variable), "email": english, "phone": phone}),
            url: format!("https://shop.example.org/login?access_token={token}&email={english}"),
            cookies: format!("sid={cookie}; lang=de"),
            headers: json!({"Authorization": format!("Bearer {}", m(MarkerKind::Header)), "Cookie": format!("sid={cookie}"),
                "X-Forwarded-For": address}),
            user: json!({"id": m(MarkerKind::UserId), "username": login, "email": german, "ip_address": address}),
            breadcrumb: format!("GET https://shop.example.org/?sid={cookie}&mail={german}"),
            log: format!("Anmeldung: E-Mail {german}, von {address}, Passwort: {password}"),
            span: format!("SELECT * FROM users WHERE mail = '{english}'"),
            feedback: format!("Please call {phone} or write to {english}, says {john}"),
            monitor: format!("nightly mail to {german}"),
            document: format!("https://shop.example.org/konto/{german}?token={token}"),
        }
    }
}

/// Everything that is sent, and the fields in it.
pub(super) fn pack(
    markers: &Markers,
    project: ProjectId,
    key: PublicKey,
) -> (Vec<Parcel>, Vec<Field>) {
    let texts = Texts::of(markers);
    let parcels = vec![
        page_view(markers, &texts, project),
        event(markers, &texts, project),
        envelope(markers, &texts, project, key),
        report(markers, &texts, project, key),
    ];
    (parcels, fields(markers, &texts))
}

fn page_view(markers: &Markers, texts: &Texts, project: ProjectId) -> Parcel {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("idsite", &project.to_string())
        .append_pair("rec", "1")
        .append_pair("url", &texts.page)
        .append_pair("action_name", &texts.title)
        .append_pair("urlref", &texts.referrer)
        .append_pair("uid", markers.text(MarkerKind::UserId))
        .finish();
    Parcel {
        path: format!("/matomo.php?{query}"),
        request: Request::get("/")
            .header(USER_AGENT, BROWSER)
            .header("x-forwarded-for", markers.text(MarkerKind::Address))
            .header(COOKIE, &texts.cookies)
            .header(REFERER, &texts.page)
            .body(Full::default()),
    }
}

fn event(markers: &Markers, texts: &Texts, project: ProjectId) -> Parcel {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("idsite", &project.to_string())
        .append_pair("rec", "1")
        .append_pair("url", &texts.url)
        .append_pair("e_c", "contact")
        .append_pair("e_a", &texts.event_action)
        .append_pair("e_n", &texts.event_name)
        .finish();
    Parcel {
        path: "/matomo.php".to_owned(),
        request: Request::post("/")
            .header(USER_AGENT, BROWSER)
            .header("x-forwarded-for", markers.text(MarkerKind::Address6))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body))),
    }
}

fn envelope(markers: &Markers, texts: &Texts, project: ProjectId, key: PublicKey) -> Parcel {
    let id = || Uuid::new_v4().simple().to_string();
    let (event_id, trace_id) = (id(), id());
    let span_id = &trace_id[..16];
    let crash = json!({
        "event_id": event_id,
        "platform": "python",
        "level": "error",
        "message": texts.message,
        "user": texts.user,
        "request": {"url": texts.url, "cookies": texts.cookies, "headers": texts.headers},
        "breadcrumbs": {"values": [{"message": texts.breadcrumb}]},
        "exception": {"values": [{
            "type": "LoginError",
            "value": texts.exception,
            "stacktrace": {"frames": [
                {"function": "login", "filename": texts.file, "lineno": 7, "in_app": true, "vars": texts.variables}
            ]},
        }]},
    });
    let log = json!({"items": [{"level": "info", "body": texts.log,
        "attributes": {"user.email": {"value": markers.text(MarkerKind::EmailGerman), "type": "string"}}}]});
    let trace = json!({"trace_id": trace_id, "span_id": span_id, "op": "db.query", "status": "ok"});
    let transaction = json!({"type": "transaction", "transaction": "/login", "start_timestamp": 1, "timestamp": 2,
        "contexts": {"trace": trace}, "user": texts.user, "spans": [{"trace_id": trace_id, "span_id": &event_id[..16],
        "op": "db.query", "description": texts.span, "start_timestamp": 1, "timestamp": 2}]});
    let feedback = json!({"contexts": {"feedback": {"message": texts.feedback,
        "contact_email": markers.text(MarkerKind::EmailEnglish), "name": markers.text(MarkerKind::NameEnglish),
        "url": texts.document}}});
    let address = markers.text(MarkerKind::Address);
    let session = json!({"sid": Uuid::new_v4().to_string(), "init": true, "status": "ok", "did": markers.text(MarkerKind::UserId),
        "attrs": {"release": "probe@1.0", "environment": "production", "ip_address": address}});
    let check_in = json!({"monitor_slug": texts.monitor, "status": "ok", "duration": 1.5});
    let client_report = json!({"discarded_events":
        [{"reason": texts.breadcrumb, "category": markers.text(MarkerKind::Login), "quantity": 7}]});
    let items = [
        ("event", crash),
        ("log", log),
        ("transaction", transaction),
        ("feedback", feedback),
        ("session", session),
        ("check_in", check_in),
        ("client_report", client_report),
    ];
    let mut body = String::from("{}\n");
    for (kind, payload) in items {
        body.push_str(&format!("{}\n{payload}\n", json!({"type": kind})));
    }
    Parcel {
        path: format!("/api/{project}/envelope/?sentry_key={key}"),
        request: Request::post("/")
            .header(USER_AGENT, "sentry.python/2.0")
            .header("x-forwarded-for", markers.text(MarkerKind::Address))
            .header(CONTENT_TYPE, "application/x-sentry-envelope")
            .body(Full::new(Bytes::from(body))),
    }
}

fn report(markers: &Markers, texts: &Texts, project: ProjectId, key: PublicKey) -> Parcel {
    let body = json!({"csp-report": {"document-uri": texts.document, "referrer": texts.referrer, "blocked-uri": texts.url,
        "effective-directive": "script-src", "violated-directive": "script-src"}});
    Parcel {
        path: format!("/api/{project}/security/?sentry_key={key}"),
        request: Request::post("/")
            .header(USER_AGENT, BROWSER)
            .header("x-forwarded-for", markers.text(MarkerKind::Address6))
            .header(CONTENT_TYPE, "application/csp-report")
            .body(Full::new(Bytes::from(body.to_string()))),
    }
}
