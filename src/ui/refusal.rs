//! Pages that say no, and why.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode};

use super::language::{Language, texts};
use super::layout::Layout;
use super::page;
use crate::app::App;
use crate::outcome::Reason;
use crate::server::reply;

texts! {
    RefusalTexts {
        not_found = "There is nothing at this address." | "Unter dieser Adresse gibt es nichts.";
        foreign_page = "This form did not come from a page of this session. Go back, reload, and send it again." | "Dieses Formular kam nicht von einer Seite dieser Sitzung. Gehen Sie zurück, laden Sie neu und senden Sie es noch einmal.";
        role_insufficient = "Your role does not allow this. An administrator can change that." | "Ihre Rolle erlaubt das nicht. Die Verwaltung kann das ändern.";
        form_invalid = "The form could not be used. Go back and check what you entered." | "Das Formular war nicht verwendbar. Gehen Sie zurück und prüfen Sie Ihre Angaben.";
        link_used = "This link was used or is too old." | "Dieser Link wurde benutzt oder ist zu alt.";
        store_away = "ClickHouse does not answer. What has arrived is safe; try again in a moment." | "ClickHouse antwortet nicht. Was angekommen ist, ist sicher; versuchen Sie es gleich noch einmal.";
        back = "To the start page" | "Zur Startseite";
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    layout: Layout,
    t: &'static RefusalTexts,
    status: u16,
    words: &'static str,
}

/// Says no for a named reason, and counts it.
pub(crate) fn refusal(app: &App, language: Language, reason: Reason) -> Response {
    app.refuse_request(reason);
    let t = RefusalTexts::of(language);
    let (status, words) = match reason {
        Reason::UnknownRoute
        | Reason::ProjectUnknown
        | Reason::IssueUnknown
        | Reason::EventUnknown => (StatusCode::NOT_FOUND, t.not_found),
        Reason::ForeignPage => (StatusCode::FORBIDDEN, t.foreign_page),
        Reason::RoleInsufficient => (StatusCode::FORBIDDEN, t.role_insufficient),
        Reason::LinkUsed => (StatusCode::GONE, t.link_used),
        Reason::StoreAway => (StatusCode::SERVICE_UNAVAILABLE, t.store_away),
        _ => (StatusCode::BAD_REQUEST, t.form_invalid),
    };
    let mut answer = page(
        status,
        &RefusalPage {
            layout: Layout::stranger(language),
            t,
            status: status.as_u16(),
            words,
        },
    );
    answer
        .headers_mut()
        .insert(reply::OUTCOME, HeaderValue::from_static(reason.name()));
    answer
}

/// Any other address.
pub(crate) async fn not_found(State(app): State<Arc<App>>, language: Language) -> Response {
    refusal(&app, language, Reason::UnknownRoute)
}
