//! What was refused and why, so that a developer whose events do not arrive finds out alone.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::language::{Language, texts};
use super::layout::{Layout, Section};
use super::{page, refusal, when};
use crate::access::SignedIn;
use crate::app::App;
use crate::outcome::Reason;
use crate::store::refusals::RefusalCount;
use crate::time::Timestamp;

texts! {
    RefusedTexts {
        title = "What was refused" | "Was abgelehnt wurde";
        hint = "Of the last 30 days, by project, SDK and reason. Counts only: what was refused is kept nowhere. New ones appear within seconds." | "Der letzten 30 Tage, nach Projekt, SDK und Grund. Nur Zahlen: Was abgelehnt wurde, ist nirgends aufbewahrt. Neues erscheint in Sekunden.";
        none = "Nothing was refused." | "Nichts wurde abgelehnt.";
        by_server = "Refused by Mayfly" | "Von Mayfly abgelehnt";
        by_clients = "Discarded by the SDKs themselves" | "Von den SDKs selbst verworfen";
        by_clients_hint = "As the SDKs count it: sampled away, dropped by a callback, lost on a bad connection." | "Wie die SDKs es zählen: durch Stichproben, eigene Filter oder schlechte Verbindung verloren.";
        project = "Project" | "Projekt";
        what = "What" | "Was";
        sdk = "SDK" | "SDK";
        reason = "Reason" | "Grund";
        count = "Count" | "Anzahl";
        last = "Last (UTC)" | "Zuletzt (UTC)";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/refused", get(refused))
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    layout: Layout,
    t: &'static RefusedTexts,
    parts: Vec<Part>,
}

struct Part {
    id: &'static str,
    title: &'static str,
    hint: &'static str,
    rows: Vec<Row>,
}

struct Row {
    project: String,
    what: String,
    sdk: String,
    reason: String,
    advice: &'static str,
    count: u64,
    last: String,
}

async fn refused(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    let projects = app.projects().into_iter();
    let visible = projects.filter(|project| reader.grant.may_see_arrivals(project.id));
    let visible: Vec<u32> = visible.map(|project| project.id.get()).collect();
    let Ok(counts) = app.store.refusals(&visible, Timestamp::now()).await else {
        return refusal(&app, reader.language, Reason::StoreAway);
    };
    let t = RefusedTexts::of(reader.language);
    let (ours, theirs): (Vec<_>, Vec<_>) = counts
        .into_iter()
        .partition(|count| count.source == "server");
    let rows = |counts: Vec<RefusalCount>| {
        let counts = counts.into_iter();
        counts
            .map(|count| row(count, &app, reader.language))
            .collect()
    };
    let parts = [
        Part {
            id: "server",
            title: t.by_server,
            hint: "",
            rows: rows(ours),
        },
        Part {
            id: "clients",
            title: t.by_clients,
            hint: t.by_clients_hint,
            rows: rows(theirs),
        },
    ];
    let template = RefusedPage {
        layout: Layout::signed_in(&reader, Section::Refused),
        t,
        parts: parts.into(),
    };
    page(StatusCode::OK, &template)
}

fn row(count: RefusalCount, app: &App, language: Language) -> Row {
    let id = crate::registry::ProjectId::new(count.project_id);
    let reason = Reason::ALL
        .iter()
        .find(|reason| reason.name() == count.reason);
    Row {
        project: app
            .known_project(id)
            .map_or_else(|| id.to_string(), |project| project.name.clone()),
        what: count.category,
        sdk: count.sdk,
        advice: reason.map_or("", |reason| advice(*reason, language)),
        reason: count.reason,
        count: count.quantity,
        last: when::minute(count.last_hour),
    }
}

/// What a developer can do about a refusal; nothing where the name says it all.
const fn advice(reason: Reason, language: Language) -> &'static str {
    let (english, german) = match reason {
        Reason::KeyMissing => (
            "The request names no key. Check that the SDK got the whole DSN.",
            "Die Anfrage nennt keinen Schlüssel. Prüfen Sie, ob das SDK die ganze DSN bekommen hat.",
        ),
        Reason::KeyUnknown | Reason::KeyMalformed => (
            "The key is not one of this project's, or was revoked. Copy the DSN again from the project.",
            "Der Schlüssel gehört nicht zu diesem Projekt oder wurde zurückgezogen. Kopieren Sie die DSN neu aus dem Projekt.",
        ),
        Reason::KeyMismatch => (
            "The request names two different keys or projects.",
            "Die Anfrage nennt zwei verschiedene Schlüssel oder Projekte.",
        ),
        Reason::OriginForbidden => (
            "The page's origin is not among those that the project allows. An administrator can add it in the project's settings.",
            "Die Herkunft der Seite ist im Projekt nicht erlaubt. Die Verwaltung kann sie in den Einstellungen des Projekts ergänzen.",
        ),
        Reason::RateLimited | Reason::Flooding => (
            "More came than the limits allow. An administrator can raise them.",
            "Es kam mehr, als die Grenzen erlauben. Die Verwaltung kann sie anheben.",
        ),
        Reason::BodyTooLarge | Reason::EventTooLarge | Reason::ItemTooLarge => (
            "It is too large. Send less: fewer breadcrumbs, shorter extra data.",
            "Es ist zu groß. Senden Sie weniger: weniger Breadcrumbs, kürzere Zusatzdaten.",
        ),
        Reason::EnvelopeInvalid
        | Reason::EventInvalid
        | Reason::ItemInvalid
        | Reason::EncodingBroken => (
            "It does not have the form that SDKs send. A proxy on the way may have changed it.",
            "Es hat nicht die Form, die SDKs senden. Ein Proxy unterwegs könnte es verändert haben.",
        ),
        Reason::ItemUnsupported => (
            "Mayfly does not take this kind: it cannot be scrubbed, or concerns no error.",
            "Diese Art nimmt Mayfly nicht an: Sie lässt sich nicht bereinigen oder betrifft keinen Fehler.",
        ),
        Reason::TimeTooOld => (
            "Its time is older than the project keeps.",
            "Seine Zeit liegt weiter zurück, als das Projekt aufbewahrt.",
        ),
        Reason::TokenRequired => (
            "Other people's addresses and old times need a token.",
            "Fremde Adressen und alte Zeiten brauchen ein Token.",
        ),
        Reason::Objected => (
            "The visitor's browser objects to being counted. This is respected.",
            "Der Browser widerspricht der Zählung. Das wird respektiert.",
        ),
        Reason::Duplicate => (
            "It was stored already: the client sent it again.",
            "Es war schon gespeichert: Der Client hat es noch einmal gesendet.",
        ),
        Reason::SpoolFull | Reason::SpoolFailed => (
            "The server's disk is full or fails. Clients try again.",
            "Der Datenträger des Servers ist voll oder fällt aus. Clients versuchen es wieder.",
        ),
        Reason::Overloaded => (
            "The server had more to read at once than there is memory for. Clients try again.",
            "Der Server hatte auf einmal mehr zu lesen, als Speicher dafür da ist. Clients versuchen es wieder.",
        ),
        Reason::StoreAway | Reason::Draining => (
            "The server was starting or stopping. Clients try again.",
            "Der Server startete oder hielt an. Clients versuchen es wieder.",
        ),
        _ => ("", ""),
    };
    match language {
        Language::English => english,
        Language::German => german,
    }
}
