//! Access tokens: what programs read with. Made, listed and withdrawn here; shown once.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;

use super::{GrantChoice, GrantTexts, LEAST, describe};
use crate::access::{OwnForm, SignedIn};
use crate::app::App;
use crate::ledger::Actor;
use crate::limits::{NAME_BYTES_MAX, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX};
use crate::outcome::Reason;
use crate::registry::{Access, TokenPurpose};
use crate::store::people::NewToken;
use crate::time::Timestamp;
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal, when};

texts! {
    TokenTexts {
        title = "Access tokens" | "Zugangs-Tokens";
        hint = "What programs read with, over the API. Only a hash is stored." | "Womit Programme über die Schnittstelle lesen. Gespeichert wird nur ein Hash.";
        name = "Name" | "Name";
        name_hint = "What it is for, e.g. “nightly report”." | "Wofür es ist, z. B. „nächtlicher Bericht“.";
        unnamed = "unnamed" | "ohne Namen";
        made_by = "Made by" | "Erstellt von";
        command = "command line" | "Kommandozeile";
        ends = "Ends" | "Endet";
        none = "No token yet." | "Noch kein Token.";
        make = "Make a token" | "Ein Token erstellen";
        days = "Days until it ends" | "Tage bis zum Ende";
        make_now = "Make token" | "Token erstellen";
        made = "The new token" | "Das neue Token";
        made_hint = "It is shown this once. Only its hash is stored." | "Es wird nur jetzt gezeigt. Gespeichert ist nur sein Hash.";
        back = "Back to the tokens" | "Zurück zu den Tokens";
        revoke = "Revoke…" | "Zurückziehen …";
        revoke_hint = "Programs that use it are refused from now on. This cannot be undone." | "Programme, die es benutzen, werden ab jetzt abgewiesen. Das lässt sich nicht rückgängig machen.";
        revoke_now = "Revoke token" | "Token zurückziehen";
        invalid = "A token needs a name, and an end within ten years." | "Ein Token braucht einen Namen und ein Ende innerhalb von zehn Jahren.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/tokens", get(list).post(make))
        .route("/tokens/{id}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    layout: Layout,
    t: &'static TokenTexts,
    form_token: String,
    rows: Vec<Row>,
    choice: GrantChoice,
    failed: Option<&'static str>,
    days: u32,
    days_max: u32,
}

#[derive(Template)]
#[template(path = "token_made.html")]
struct MadePage {
    layout: Layout,
    t: &'static TokenTexts,
    token: String,
}

struct Row {
    id: String,
    name: String,
    role: &'static str,
    projects: String,
    made_by: String,
    since: String,
    until: String,
}

impl Row {
    fn of(app: &App, token: &Access, reader: &SignedIn) -> Self {
        let t = TokenTexts::of(reader.language);
        let may = describe(app, &token.grant, reader.language);
        let maker = token.user.and_then(|id| app.user(id));
        Self {
            id: token.id(),
            name: match token.name.as_str() {
                "" => t.unnamed.to_owned(),
                name => name.to_owned(),
            },
            role: may.role,
            projects: may.projects,
            made_by: maker.map_or_else(
                || t.command.to_owned(),
                |user| user.email.as_str().to_owned(),
            ),
            since: when::day(token.created_at),
            until: when::day(token.expires_at),
        }
    }
}

fn tokens_page(app: &App, reader: &SignedIn, failed: Option<&'static str>) -> TokensPage {
    TokensPage {
        layout: Layout::signed_in(reader, Section::People),
        t: TokenTexts::of(reader.language),
        form_token: reader.form_token(),
        rows: app
            .api_tokens()
            .iter()
            .map(|token| Row::of(app, token, reader))
            .collect(),
        choice: GrantChoice::of(app, &LEAST, reader.language),
        failed,
        days: TOKEN_DAYS_DEFAULT,
        days_max: TOKEN_DAYS_MAX,
    }
}

async fn list(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    match reader.grant.may_manage_people() {
        true => page(StatusCode::OK, &tokens_page(&app, &reader, None)),
        false => refusal(&app, reader.language, Reason::RoleInsufficient),
    }
}

async fn make(State(app): State<Arc<App>>, OwnForm { reader, fields }: OwnForm) -> Response {
    if !reader.grant.may_manage_people() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let again = |words| {
        app.refuse_request(Reason::FormInvalid);
        let template = tokens_page(&app, &reader, Some(words));
        page(StatusCode::UNPROCESSABLE_ENTITY, &template)
    };
    let Some(grant) = GrantChoice::read(&app, &fields) else {
        return again(GrantTexts::of(reader.language).none_chosen);
    };
    let t = TokenTexts::of(reader.language);
    let name = fields.text("name");
    let days = fields.text("days").parse().ok();
    let days: Option<u32> = days.filter(|days| (1..=TOKEN_DAYS_MAX).contains(days));
    let Some(days) = days.filter(|_| !name.is_empty() && name.len() <= NAME_BYTES_MAX) else {
        return again(t.invalid);
    };
    let now = Timestamp::now();
    let new = NewToken {
        purpose: TokenPurpose::Api,
        name: name.to_owned(),
        user: reader.user.as_ref().map(|user| user.id),
        grant,
        ends: Timestamp::from_seconds(now.seconds() + i64::from(days) * 86_400),
    };
    let token = match app.add_token(new, Actor::of(&reader.access)).await {
        Ok(token) => token,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let template = MadePage {
        layout: Layout::signed_in(&reader, Section::People),
        t,
        token: token.reveal().to_owned(),
    };
    page(StatusCode::OK, &template)
}

async fn revoke(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    if !reader.grant.may_manage_people() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let tokens = app.api_tokens();
    if let Some(token) = tokens.iter().find(|token| token.id() == id)
        && let Err(reason) = app.revoke_token(token, Actor::of(&reader.access)).await
    {
        return refusal(&app, reader.language, reason);
    }
    Redirect::to("/tokens").into_response()
}
