//! The people who may sign in: invite, change role and projects, disable.

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
use crate::outcome::Reason;
use crate::registry::{Email, User, UserId};
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal, when};

texts! {
    UserTexts {
        title = "People" | "Personen";
        hint = "Who may sign in. Addresses are kept for that alone." | "Wer sich anmelden darf. Adressen werden nur dafür gespeichert.";
        email = "E-mail address" | "E-Mail-Adresse";
        state = "State" | "Stand";
        active = "active" | "aktiv";
        invited = "invited" | "eingeladen";
        disabled = "disabled" | "gesperrt";
        you = "you" | "Sie";
        nobody = "Nobody has an account yet." | "Noch hat niemand ein Konto.";
        invite = "Invite somebody" | "Jemanden einladen";
        invite_hint = "You get a link to hand over. It works once, for seven days." | "Sie erhalten einen Link zum Weitergeben. Er gilt einmal, sieben Tage lang.";
        make_link = "Make invitation link" | "Einladungslink erstellen";
        no_email = "That is no e-mail address." | "Das ist keine E-Mail-Adresse.";
        email_taken = "There is an account with this address already." | "Mit dieser Adresse gibt es schon ein Konto.";
        link_title = "Invitation" | "Einladung";
        link_for = "Hand this link to" | "Geben Sie diesen Link weiter an";
        link_hint = "It is shown this once, works once, and for seven days. Whoever opens it chooses a password." | "Er wird nur jetzt gezeigt, gilt einmal und sieben Tage lang. Wer ihn öffnet, wählt ein Passwort.";
        link = "Link" | "Link";
        back = "Back to people" | "Zurück zu den Personen";
        rights = "Role and projects" | "Rolle und Projekte";
        save = "Save" | "Speichern";
        new_link = "New link" | "Neuer Link";
        new_link_hint = "For a lost invitation or a forgotten password. Earlier links stop working." | "Für eine verlorene Einladung oder ein vergessenes Passwort. Frühere Links gelten nicht mehr.";
        sessions = "Sessions" | "Sitzungen";
        open_sessions = "Open sessions:" | "Offene Sitzungen:";
        end_sessions = "Sign out everywhere" | "Überall abmelden";
        disable = "Disable…" | "Sperren …";
        disable_hint = "They are signed out at once and cannot sign in any more. It can be undone." | "Die Person wird sofort abgemeldet und kann sich nicht mehr anmelden. Das lässt sich rückgängig machen.";
        disable_now = "Disable account" | "Konto sperren";
        enable = "Enable account" | "Konto entsperren";
        own = "This is your own account; another administrator can change its role." | "Das ist Ihr eigenes Konto; seine Rolle kann eine andere Person der Verwaltung ändern.";
        account = "Account" | "Konto";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/people", get(list).post(invite))
        .route("/people/{id}", get(show).post(change))
        .route("/people/{id}/invite", post(invite_again))
        .route("/people/{id}/sign-out", post(sign_out))
        .route("/people/{id}/disable", post(disable))
        .route("/people/{id}/enable", post(enable))
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    layout: Layout,
    t: &'static UserTexts,
    form_token: String,
    rows: Vec<Row>,
    choice: GrantChoice,
    failed: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    layout: Layout,
    t: &'static UserTexts,
    form_token: String,
    person: Row,
    is_disabled: bool,
    sessions: usize,
    choice: GrantChoice,
    failed: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "invited.html")]
struct InvitedPage {
    layout: Layout,
    t: &'static UserTexts,
    email: String,
    link: String,
}

struct Row {
    id: UserId,
    email: String,
    role: &'static str,
    projects: String,
    state: &'static str,
    badge: &'static str,
    since: String,
    is_reader: bool,
}

impl Row {
    fn of(app: &App, user: &User, reader: &SignedIn) -> Self {
        let t = UserTexts::of(reader.language);
        let may = describe(app, &user.grant, reader.language);
        let (state, badge) = match user {
            user if user.is_disabled => (t.disabled, "error"),
            user if user.password_hash.is_none() => (t.invited, "warning"),
            _ => (t.active, "good"),
        };
        Self {
            id: user.id,
            email: user.email.as_str().to_owned(),
            role: may.role,
            projects: may.projects,
            state,
            badge,
            since: when::day(user.created_at),
            is_reader: reader.user.as_ref().is_some_and(|own| own.id == user.id),
        }
    }
}

async fn list(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    match reader.grant.may_manage_people() {
        true => page(StatusCode::OK, &people_page(&app, &reader, None)),
        false => refusal(&app, reader.language, Reason::RoleInsufficient),
    }
}

fn people_page(app: &App, reader: &SignedIn, failed: Option<&'static str>) -> PeoplePage {
    let users = app.users().into_iter();
    PeoplePage {
        layout: Layout::signed_in(reader, Section::People),
        t: UserTexts::of(reader.language),
        form_token: reader.form_token(),
        rows: users.map(|user| Row::of(app, &user, reader)).collect(),
        choice: GrantChoice::of(app, &LEAST, reader.language),
        failed,
    }
}

async fn invite(State(app): State<Arc<App>>, OwnForm { reader, fields }: OwnForm) -> Response {
    if !reader.grant.may_manage_people() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let t = UserTexts::of(reader.language);
    let again = |reason, words| {
        app.refuse_request(reason);
        page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &people_page(&app, &reader, Some(words)),
        )
    };
    let Ok(email) = fields.text("email").parse::<Email>() else {
        return again(Reason::FormInvalid, t.no_email);
    };
    let Some(grant) = GrantChoice::read(&app, &fields) else {
        let words = GrantTexts::of(reader.language).none_chosen;
        return again(Reason::FormInvalid, words);
    };
    let added = app.add_user(email, grant, Actor::of(&reader.access));
    match added.await {
        Ok(user) => hand_out_link(&app, &reader, &user).await,
        Err(Reason::EmailTaken) => again(Reason::EmailTaken, t.email_taken),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

/// A new link for `user`, on the only page that ever shows it.
async fn hand_out_link(app: &App, reader: &SignedIn, user: &User) -> Response {
    let link = match app.invite(user, Actor::of(&reader.access)).await {
        Ok(link) => link,
        Err(reason) => return refusal(app, reader.language, reason),
    };
    let template = InvitedPage {
        layout: Layout::signed_in(reader, Section::People),
        t: UserTexts::of(reader.language),
        email: user.email.as_str().to_owned(),
        link,
    };
    page(StatusCode::OK, &template)
}

/// The user that a page or form is about, if the reader may manage people.
fn find(app: &App, reader: &SignedIn, id: &str) -> Result<Arc<User>, Reason> {
    if !reader.grant.may_manage_people() {
        return Err(Reason::RoleInsufficient);
    }
    let user = id.parse().ok().and_then(|id| app.user(id));
    user.ok_or(Reason::UnknownRoute)
}

async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, reader: SignedIn) -> Response {
    match find(&app, &reader, &id) {
        Ok(user) => page(StatusCode::OK, &person_page(&app, &reader, &user, None)),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

fn person_page(
    app: &App,
    reader: &SignedIn,
    user: &User,
    failed: Option<&'static str>,
) -> PersonPage {
    PersonPage {
        layout: Layout::signed_in(reader, Section::People),
        t: UserTexts::of(reader.language),
        form_token: reader.form_token(),
        person: Row::of(app, user, reader),
        is_disabled: user.is_disabled,
        sessions: app.sessions_of(user.id).len(),
        choice: GrantChoice::of(app, &user.grant, reader.language),
        failed,
    }
}

async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, fields }: OwnForm,
) -> Response {
    let user = match find_other(&app, &reader, &id) {
        Ok(user) => user,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let Some(grant) = GrantChoice::read(&app, &fields) else {
        app.refuse_request(Reason::FormInvalid);
        let words = GrantTexts::of(reader.language).none_chosen;
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &person_page(&app, &reader, &user, Some(words)),
        );
    };
    let changed = User {
        grant,
        ..User::clone(&user)
    };
    save(&app, &reader, &changed).await
}

/// The user, unless it is the reader: nobody locks themselves out.
fn find_other(app: &App, reader: &SignedIn, id: &str) -> Result<Arc<User>, Reason> {
    let user = find(app, reader, id)?;
    match &reader.user {
        Some(own) if own.id == user.id => Err(Reason::RoleInsufficient),
        _ => Ok(user),
    }
}

async fn save(app: &App, reader: &SignedIn, user: &User) -> Response {
    let changed = app.change_user(user, Actor::of(&reader.access)).await;
    back_to(app, reader, user, changed)
}

fn back_to(app: &App, reader: &SignedIn, user: &User, done: Result<(), Reason>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/people/{}", user.id)).into_response(),
        Err(reason) => refusal(app, reader.language, reason),
    }
}

async fn invite_again(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    match find(&app, &reader, &id) {
        Ok(user) => hand_out_link(&app, &reader, &user).await,
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

async fn sign_out(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let user = match find(&app, &reader, &id) {
        Ok(user) => user,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let actor = Actor::of(&reader.access);
    let ended = app.end_sessions(user.id, None, actor).await;
    back_to(&app, &reader, &user, ended)
}

async fn disable(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let user = match find_other(&app, &reader, &id) {
        Ok(user) => user,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let changed = User {
        is_disabled: true,
        ..User::clone(&user)
    };
    save(&app, &reader, &changed).await
}

async fn enable(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    match find(&app, &reader, &id) {
        Ok(user) => {
            let changed = User {
                is_disabled: false,
                ..User::clone(&user)
            };
            save(&app, &reader, &changed).await
        }
        Err(reason) => refusal(&app, reader.language, reason),
    }
}
