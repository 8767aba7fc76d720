//! Projects: what widgets report to. The list and new ones here; how to connect, settings and test events beside it.

mod connect;
mod regions;
mod scrubbing;
mod settings;
mod test_event;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;

use super::language::{Language, texts};
use super::layout::{Layout, Section};
use super::{page, refusal};
use crate::access::{OwnForm, SignedIn};
use crate::app::App;
use crate::ledger::Actor;
use crate::limits::{RETENTION_HOURS_MAX, RETENTION_HOURS_MIN};
use crate::outcome::Reason;
use crate::registry::{Project, ProjectId};
use crate::retention::Retention;

texts! {
    /// What the pages of projects have in common.
    ProjectTexts {
        title = "Projects" | "Projekte";
        hint = "A project is one website, app or service. Each has its own keys, settings and pseudonyms." | "Ein Projekt ist eine Website, App oder ein Dienst. Jedes hat eigene Schlüssel, Einstellungen und Pseudonyme.";
        number = "Number" | "Nummer";
        name = "Name" | "Name";
        kept = "Kept for" | "Aufbewahrt";
        days = "days" | "Tage";
        hours = "hours" | "Stunden";
        keys = "Keys" | "Schlüssel";
        none = "There is no project that you may connect." | "Es gibt kein Projekt, das Sie verbinden dürfen.";
        new = "New project" | "Neues Projekt";
        keep_hours = "Hours that rows are kept" | "Stunden, die Zeilen aufbewahrt werden";
        keep_hint = "At most 720, which is 30 days. It cannot be changed later, so that nobody can lengthen it." | "Höchstens 720, das sind 30 Tage. Später nicht änderbar, damit niemand sie verlängert.";
        create = "Create project" | "Projekt anlegen";
        invalid = "A project needs a name, and is kept for 1 to 720 hours." | "Ein Projekt braucht einen Namen und wird 1 bis 720 Stunden aufbewahrt.";
        connect = "Connect" | "Verbinden";
        settings = "Settings" | "Einstellungen";
        sections = "Parts of the project" | "Teile des Projekts";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/projects", get(list).post(create))
        .merge(connect::routes())
        .merge(scrubbing::routes())
        .merge(settings::routes())
        .merge(test_event::routes())
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage {
    layout: Layout,
    t: &'static ProjectTexts,
    form_token: String,
    rows: Vec<Row>,
    may_create: bool,
    failed: Option<&'static str>,
    default_hours: u32,
    hours_min: u32,
    hours_max: u32,
}

struct Row {
    id: ProjectId,
    name: String,
    kept: String,
    keys: usize,
}

/// `30 days`, or hours where days would not be whole.
fn kept(retention: Retention, language: Language) -> String {
    let t = ProjectTexts::of(language);
    let hours = retention.hours();
    match hours % 24 {
        0 if hours > 24 => format!("{} {}", hours / 24, t.days),
        _ => format!("{hours} {}", t.hours),
    }
}

async fn list(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    page(StatusCode::OK, &projects_page(&app, &reader, None))
}

fn projects_page(app: &App, reader: &SignedIn, failed: Option<&'static str>) -> ProjectsPage {
    let projects = app.projects().into_iter();
    let connectable = projects.filter(|project| reader.grant.may_connect(project.id));
    let row = |project: Arc<Project>| Row {
        id: project.id,
        name: project.name.clone(),
        kept: kept(project.retention, reader.language),
        keys: project.keys.len(),
    };
    ProjectsPage {
        layout: Layout::signed_in(reader, Section::Projects),
        t: ProjectTexts::of(reader.language),
        form_token: reader.form_token(),
        rows: connectable.map(row).collect(),
        may_create: reader.grant.may_create_projects(),
        failed,
        default_hours: app.default_retention.hours(),
        hours_min: RETENTION_HOURS_MIN,
        hours_max: RETENTION_HOURS_MAX,
    }
}

async fn create(State(app): State<Arc<App>>, OwnForm { reader, fields }: OwnForm) -> Response {
    if !reader.grant.may_create_projects() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let hours = fields.text("retention_hours").parse::<u32>().ok();
    let retention = hours.and_then(|hours| Retention::try_from(hours).ok());
    let name = fields.text("name");
    let Some(retention) = retention.filter(|_| Project::is_name(name)) else {
        app.refuse_request(Reason::FormInvalid);
        let words = ProjectTexts::of(reader.language).invalid;
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &projects_page(&app, &reader, Some(words)),
        );
    };
    let actor = Actor::of(&reader.access);
    match app.add_project(name, retention, actor).await {
        Ok(id) => Redirect::to(&format!("/projects/{id}")).into_response(),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

/// The project that a page is about, if `may` says so; else what its reader is told.
async fn find(
    app: &App,
    id: &str,
    may: impl FnOnce(ProjectId) -> bool,
) -> Result<Arc<Project>, Reason> {
    let id = id.parse().map(ProjectId::new);
    let id = id.map_err(|_| Reason::UnknownRoute)?;
    // Whoever may not see a project does not learn whether it exists.
    if !may(id) {
        return Err(Reason::RoleInsufficient);
    }
    app.project(id).await
}

/// What stands above every page of a project.
struct Head {
    t: &'static ProjectTexts,
    id: ProjectId,
    name: String,
    may_manage: bool,
    here: &'static str,
}

impl Head {
    fn of(project: &Project, reader: &SignedIn, here: &'static str) -> Self {
        Self {
            t: ProjectTexts::of(reader.language),
            id: project.id,
            name: project.name.clone(),
            may_manage: reader.grant.may_manage_project(project.id),
            here,
        }
    }
}
