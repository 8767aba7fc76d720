//! The pages before somebody is signed in: sign-in, the one-time link to the first account, invitations.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::language::{Language, texts};
use super::layout::Layout;
use super::{came_from, page, refusal};
use crate::access::{
    self, Fields, OwnForm, Password, PasswordError, StrangersForm, accept_invitation,
    cookie_with_token, create_first_admin, no_cookie, open_session,
};
use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::limits::{ATTEMPTS_WINDOW, PASSWORD_CHARACTERS_MIN};
use crate::outcome::Reason;
use crate::privacy::Raw;
use crate::privacy::ip::MaskedIp;
use crate::registry::{Email, TokenHash, User};
use crate::server::reply::OUTCOME;
use crate::time::Timestamp;

texts! {
    SignInTexts {
        title = "Sign in" | "Anmelden";
        email = "E-mail address" | "E-Mail-Adresse";
        password = "Password" | "Passwort";
        new_password = "New password" | "Neues Passwort";
        password_hint = "At least 12 characters. A few unrelated words are good." | "Mindestens 12 Zeichen. Ein paar Wörter ohne Zusammenhang sind gut.";
        by_token = "Sign in with an access token" | "Mit einem Zugangs-Token anmelden";
        token = "Access token" | "Zugangs-Token";
        failed = "That did not work. Check address and password." | "Das hat nicht geklappt. Prüfen Sie Adresse und Passwort.";
        token_failed = "This token is not valid, or no longer." | "Dieses Token gilt nicht oder nicht mehr.";
        too_many = "Too many attempts. Wait a quarter of an hour, or ask an administrator for a new link." | "Zu viele Versuche. Warten Sie eine Viertelstunde, oder bitten Sie die Verwaltung um einen neuen Link.";
        busy = "Many people are signing in just now. Try again in a moment." | "Gerade melden sich viele an. Versuchen Sie es gleich noch einmal.";
        store_away = "ClickHouse does not answer. Try again in a moment." | "ClickHouse antwortet nicht. Versuchen Sie es gleich noch einmal.";
        no_email = "That is no e-mail address." | "Das ist keine E-Mail-Adresse.";
        email_taken = "There is an account with this address already." | "Mit dieser Adresse gibt es schon ein Konto.";
        too_short = "The password needs at least 12 characters." | "Das Passwort braucht mindestens 12 Zeichen.";
        too_long = "The password is too long." | "Das Passwort ist zu lang.";
        differs = "The two passwords differ." | "Die beiden Passwörter sind verschieden.";
        repeat = "Repeat the password" | "Passwort wiederholen";
        setup = "Welcome to Mayfly" | "Willkommen bei Mayfly";
        setup_hint = "This link works once: it makes the first account, which administers everything." | "Dieser Link gilt einmal: Er legt das erste Konto an, das alles verwaltet.";
        email_hint = "Stored here only, to sign in with. Mayfly sends no mail." | "Nur hier gespeichert, zum Anmelden. Mayfly verschickt keine E-Mails.";
        create = "Create account" | "Konto anlegen";
        invitation = "Choose a password" | "Passwort wählen";
        invitation_hint = "for the account" | "für das Konto";
        link_used = "This link was used or is too old. Ask an administrator for a new one." | "Dieser Link wurde benutzt oder ist zu alt. Bitten Sie die Verwaltung um einen neuen.";
        to_sign_in = "To the sign-in" | "Zur Anmeldung";
        accept = "Set password and sign in" | "Passwort setzen und anmelden";
    }
}

impl SignInTexts {
    /// Why it did not work.
    pub fn why(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::AttemptsExceeded => self.too_many,
            Reason::Busy => self.busy,
            Reason::StoreAway => self.store_away,
            Reason::EmailTaken => self.email_taken,
            Reason::TokenMissing => self.token_failed,
            Reason::LinkUsed => self.link_used,
            _ => self.failed,
        }
    }

    /// What is wrong with a password that somebody chose.
    pub fn why_not(&self, error: PasswordError) -> &'static str {
        match error {
            PasswordError::TooShort => self.too_short,
            PasswordError::TooLong => self.too_long,
        }
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in", get(show_sign_in).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/setup/{code}", get(show_setup).post(use_setup))
        .route(
            "/invitation/{token}",
            get(show_invitation).post(use_invitation),
        )
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    t: &'static SignInTexts,
    /// What was wrong, and whether it was a token.
    failed: Option<(&'static str, bool)>,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    layout: Layout,
    t: &'static SignInTexts,
    code: &'a str,
    failed: Option<&'static str>,
    password_characters_min: usize,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    layout: Layout,
    t: &'static SignInTexts,
    /// The link's secret and whom it is for; none if it does not work.
    link: Option<(&'a str, &'a str)>,
    failed: Option<&'static str>,
    password_characters_min: usize,
}

/// The form that everybody sees who is not signed in.
pub(crate) fn sign_in_page(language: Language, status: StatusCode) -> Response {
    page(
        status,
        &SignInPage {
            layout: Layout::stranger(language),
            t: SignInTexts::of(language),
            failed: None,
        },
    )
}

fn sign_in_failed(app: &App, language: Language, reason: Reason) -> Response {
    let t = SignInTexts::of(language);
    let template = SignInPage {
        layout: Layout::stranger(language),
        t,
        failed: Some((t.why(reason), reason == Reason::TokenMissing)),
    };
    failed(app, reason, &template)
}

/// A page with a form that did not do, under the status and name of the reason.
fn failed(app: &App, reason: Reason, template: &impl Template) -> Response {
    app.refuse_request(reason);
    let status = match reason {
        Reason::AttemptsExceeded => StatusCode::TOO_MANY_REQUESTS,
        Reason::Busy | Reason::StoreAway => StatusCode::SERVICE_UNAVAILABLE,
        Reason::LinkUsed => StatusCode::GONE,
        Reason::FormInvalid | Reason::EmailTaken => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::FORBIDDEN,
    };
    let mut answer = page(status, template);
    let headers = answer.headers_mut();
    headers.insert(OUTCOME, HeaderValue::from_static(reason.name()));
    if reason == Reason::AttemptsExceeded {
        headers.insert(http::header::RETRY_AFTER, ATTEMPTS_WINDOW.as_secs().into());
    }
    answer
}

async fn show_sign_in(language: Language) -> Response {
    sign_in_page(language, StatusCode::OK)
}

async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(address): Extension<MaskedIp>,
    headers: HeaderMap,
    StrangersForm(fields): StrangersForm,
) -> Response {
    let language = Language::of(&headers);
    let now = Timestamp::now();
    let back = match came_from(&headers) {
        "/sign-in" => "/",
        back => back,
    };
    let token = fields.text("token");
    let cookie = if token.is_empty() {
        let password = Password::typed(fields.verbatim("password"));
        match access::sign_in(&app, fields.text("email"), password, address, now).await {
            Ok(user) => open_session(&app, &user, device(&app, &headers), now).await,
            Err(reason) => Err(reason),
        }
    } else {
        match app.access(TokenHash::of(token), now).await {
            Ok(Some(access)) => {
                let actor = Actor::of(&access);
                app.record(actor, Action::SignedIn, String::new(), String::new())
                    .await;
                Ok(cookie_with_token(&app, token, access.expires_at, now))
            }
            Ok(None) => Err(Reason::TokenMissing),
            Err(reason) => Err(reason),
        }
    };
    match cookie {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to(back)).into_response(),
        Err(reason) => sign_in_failed(&app, language, reason),
    }
}

async fn sign_out(State(app): State<Arc<App>>, form: OwnForm) -> Response {
    let actor = Actor::of(&form.reader.access);
    app.record(actor, Action::SignedOut, String::new(), String::new())
        .await;
    // A program's token stays valid where it is used; here only the cookie goes. If ClickHouse is away the cookie still
    // goes, and the session ends by its expiry.
    if form.reader.user.is_some() {
        let revoked = app
            .store
            .revoke_token(&form.reader.access, Timestamp::now());
        let _ = revoked.await;
        let _ = app.refresh_registry().await;
    }
    ([(SET_COOKIE, no_cookie(&app))], Redirect::to("/")).into_response()
}

/// The link is only shown here and used by the form: programs that follow links must not use it up.
async fn show_setup(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    language: Language,
) -> Response {
    if !app.setup.matches(&code) {
        return Redirect::to("/").into_response();
    }
    page(StatusCode::OK, &setup_page(language, &code, None))
}

fn setup_page<'a>(
    language: Language,
    code: &'a str,
    failed: Option<&'static str>,
) -> SetupPage<'a> {
    SetupPage {
        layout: Layout::stranger(language),
        t: SignInTexts::of(language),
        code,
        failed,
        password_characters_min: PASSWORD_CHARACTERS_MIN,
    }
}

async fn use_setup(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    headers: HeaderMap,
    StrangersForm(fields): StrangersForm,
) -> Response {
    let language = Language::of(&headers);
    let t = SignInTexts::of(language);
    if !app.setup.matches(&code) {
        return refusal(&app, language, Reason::LinkUsed);
    }
    let again = |reason, words| failed(&app, reason, &setup_page(language, &code, Some(words)));
    let Ok(email) = fields.text("email").parse::<Email>() else {
        return again(Reason::FormInvalid, t.no_email);
    };
    let password = match chosen_password(&fields, t) {
        Ok(password) => password,
        Err(words) => return again(Reason::FormInvalid, words),
    };
    let now = Timestamp::now();
    match create_first_admin(&app, &code, email, password, now).await {
        Ok(user) => welcome(&app, language, &user, &headers, now).await,
        Err(reason) => again(reason, t.why(reason)),
    }
}

async fn show_invitation(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    language: Language,
) -> Response {
    let now = Timestamp::now();
    match app.invitation(TokenHash::of(&token), now).await {
        Ok(Some(invitation)) => match app.invited(invitation.hash, now) {
            Some(user) => {
                let link = Some((token.as_str(), user.email.as_str()));
                page(StatusCode::OK, &invitation_page(language, link, None))
            }
            None => void_invitation(&app, language),
        },
        Ok(None) => void_invitation(&app, language),
        Err(reason) => refusal(&app, language, reason),
    }
}

fn invitation_page<'a>(
    language: Language,
    link: Option<(&'a str, &'a str)>,
    failed: Option<&'static str>,
) -> InvitationPage<'a> {
    InvitationPage {
        layout: Layout::stranger(language),
        t: SignInTexts::of(language),
        link,
        failed,
        password_characters_min: PASSWORD_CHARACTERS_MIN,
    }
}

fn void_invitation(app: &App, language: Language) -> Response {
    failed(
        app,
        Reason::LinkUsed,
        &invitation_page(language, None, None),
    )
}

async fn use_invitation(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    StrangersForm(fields): StrangersForm,
) -> Response {
    let language = Language::of(&headers);
    let t = SignInTexts::of(language);
    let now = Timestamp::now();
    let invitation = match app.invitation(TokenHash::of(&token), now).await {
        Ok(Some(invitation)) => invitation,
        Ok(None) => return void_invitation(&app, language),
        Err(reason) => return refusal(&app, language, reason),
    };
    let Some(invited) = app.invited(invitation.hash, now) else {
        return void_invitation(&app, language);
    };
    let again = |reason, words| {
        let link = Some((token.as_str(), invited.email.as_str()));
        failed(&app, reason, &invitation_page(language, link, Some(words)))
    };
    let password = match chosen_password(&fields, t) {
        Ok(password) => password,
        Err(words) => return again(Reason::FormInvalid, words),
    };
    match accept_invitation(&app, &invitation, password, now).await {
        Ok(user) => welcome(&app, language, &user, &headers, now).await,
        Err(Reason::LinkUsed) => void_invitation(&app, language),
        Err(reason) => again(reason, t.why(reason)),
    }
}

/// The password that somebody typed twice.
pub(super) fn chosen_password(
    fields: &Fields,
    t: &'static SignInTexts,
) -> Result<Password, &'static str> {
    let typed = fields.verbatim("new_password");
    if typed != fields.verbatim("repeated") {
        return Err(t.differs);
    }
    Password::chosen(typed).map_err(|error| t.why_not(error))
}

/// Signs somebody in who has just got a password.
async fn welcome(
    app: &App,
    language: Language,
    user: &User,
    headers: &HeaderMap,
    now: Timestamp,
) -> Response {
    match open_session(app, user, device(app, headers), now).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        Err(reason) => refusal(app, language, reason),
    }
}

fn device(app: &App, headers: &HeaderMap) -> String {
    app.door().device_name(&Raw::new(headers.clone()))
}
