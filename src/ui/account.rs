//! One's own account: what one may do, password, sessions.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};

use super::language::texts;
use super::layout::{Layout, Section};
use super::people::{GrantWords, describe};
use super::sign_in::{SignInTexts, chosen_password};
use super::{page, refusal, when};
use crate::access::{OwnForm, Password, SignedIn, change_password, no_cookie};
use crate::app::App;
use crate::ledger::Actor;
use crate::limits::PASSWORD_CHARACTERS_MIN;
use crate::outcome::Reason;
use crate::privacy::ip::MaskedIp;
use crate::registry::Access;
use crate::server::reply::OUTCOME;
use crate::time::Timestamp;

texts! {
    AccountTexts {
        title = "Account" | "Konto";
        email = "E-mail address" | "E-Mail-Adresse";
        role = "Role" | "Rolle";
        projects = "Projects" | "Projekte";
        change_password = "Change password" | "Passwort ändern";
        change_hint = "Your other sessions end with it." | "Ihre anderen Sitzungen enden damit.";
        current_password = "Current password" | "Bisheriges Passwort";
        current_wrong = "The current password is not right." | "Das bisherige Passwort stimmt nicht.";
        changed = "The password is changed. Your other sessions have ended." | "Das Passwort ist geändert. Ihre anderen Sitzungen sind beendet.";
        sessions = "Sessions" | "Sitzungen";
        sessions_hint = "Browsers that are signed in to your account. A session ends after 30 days at the latest." | "Browser, die an Ihrem Konto angemeldet sind. Eine Sitzung endet nach spätestens 30 Tagen.";
        browser = "Browser" | "Browser";
        unknown = "unknown browser" | "unbekannter Browser";
        signed_in_at = "Signed in (UTC)" | "Angemeldet (UTC)";
        ends = "Ends" | "Endet";
        this_one = "this one" | "diese";
        end = "End" | "Beenden";
        action = "Action" | "Aktion";
        sign_out_everywhere = "Sign out everywhere" | "Überall abmelden";
        program = "You are signed in with an access token. It has no password and no sessions of its own." | "Sie sind mit einem Zugangs-Token angemeldet. Es hat kein Passwort und keine eigenen Sitzungen.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(set_password))
        .route("/account/sessions/{id}/end", post(end_session))
        .route("/account/sign-out-everywhere", post(sign_out_everywhere))
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    layout: Layout,
    a: &'static AccountTexts,
    t: &'static SignInTexts,
    form_token: String,
    email: Option<String>,
    may: GrantWords,
    sessions: Vec<Session>,
    failed: Option<&'static str>,
    done: bool,
    password_characters_min: usize,
}

struct Session {
    id: String,
    browser: String,
    since: String,
    until: String,
    is_this: bool,
}

fn account_page(app: &App, reader: &SignedIn) -> AccountPage {
    let a = AccountTexts::of(reader.language);
    let session = |token: Arc<Access>| Session {
        id: token.id(),
        browser: match token.name.as_str() {
            "" => a.unknown.to_owned(),
            name => name.to_owned(),
        },
        since: when::minute(token.created_at),
        until: when::day(token.expires_at),
        is_this: token.hash == reader.access.hash,
    };
    let own = reader.user.as_ref().map(|user| app.sessions_of(user.id));
    AccountPage {
        layout: Layout::signed_in(reader, Section::Account),
        a,
        t: SignInTexts::of(reader.language),
        form_token: reader.form_token(),
        email: reader
            .user
            .as_ref()
            .map(|user| user.email.as_str().to_owned()),
        may: describe(app, &reader.grant, reader.language),
        sessions: own.into_iter().flatten().map(session).collect(),
        failed: None,
        done: false,
        password_characters_min: PASSWORD_CHARACTERS_MIN,
    }
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    page(StatusCode::OK, &account_page(&app, &reader))
}

async fn set_password(
    State(app): State<Arc<App>>,
    Extension(address): Extension<MaskedIp>,
    OwnForm { reader, fields }: OwnForm,
) -> Response {
    let Some(user) = &reader.user else {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    };
    let t = SignInTexts::of(reader.language);
    let changed = match chosen_password(&fields, t) {
        Ok(new) => {
            let passwords = (Password::typed(fields.verbatim("current_password")), new);
            let now = Timestamp::now();
            change_password(&app, user, &reader.access, passwords, address, now)
                .await
                .map_err(|reason| match reason {
                    Reason::SignInRefused => {
                        (reason, AccountTexts::of(reader.language).current_wrong)
                    }
                    reason => (reason, t.why(reason)),
                })
        }
        Err(words) => Err((Reason::FormInvalid, words)),
    };
    let mut template = account_page(&app, &reader);
    let Err((reason, words)) = changed else {
        template.done = true;
        return page(StatusCode::OK, &template);
    };
    app.refuse_request(reason);
    template.failed = Some(words);
    let status = match reason {
        Reason::AttemptsExceeded => StatusCode::TOO_MANY_REQUESTS,
        Reason::StoreAway | Reason::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut answer = page(status, &template);
    let name = HeaderValue::from_static(reason.name());
    answer.headers_mut().insert(OUTCOME, name);
    answer
}

async fn end_session(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let own = reader.user.as_ref().map(|user| app.sessions_of(user.id));
    let session = own.into_iter().flatten().find(|session| session.id() == id);
    if let Some(session) = session {
        let ended = app.store.revoke_token(&session, Timestamp::now()).await;
        if ended.and(app.refresh_registry().await).is_err() {
            return refusal(&app, reader.language, Reason::StoreAway);
        }
    }
    Redirect::to("/account").into_response()
}

async fn sign_out_everywhere(
    State(app): State<Arc<App>>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let Some(user) = &reader.user else {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    };
    let actor = Actor::of(&reader.access);
    match app.end_sessions(user.id, None, actor).await {
        Ok(()) => ([(SET_COOKIE, no_cookie(&app))], Redirect::to("/")).into_response(),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}
