//! A project's settings: name, keys, origins and every other rule that its operator sets.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;

use super::regions::{self, Region, RegionTexts};
use super::scrubbing::ScrubbingForm;
use super::{Head, find, kept};
use crate::access::{Fields, OwnForm, SignedIn};
use crate::app::App;
use crate::ledger::Actor;
use crate::outcome::Reason;
use crate::registry::{Project, PublicKey};
use crate::settings::{Settings, is_origin};
use crate::snippets::Snippets;
use crate::store::registry::ListedProject;
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal};

texts! {
    SettingsTexts {
        name = "Name" | "Name";
        kept = "Rows are kept for" | "Zeilen werden aufbewahrt für";
        kept_hint = "Set when the project was created; nobody can lengthen it. Below, each kind of data can be given a shorter time." | "Beim Anlegen festgelegt; niemand kann es verlängern. Weiter unten lässt sich jede Art von Daten kürzer aufbewahren.";
        save = "Save" | "Speichern";
        read_only = "This is what holds for the project. Administrators can change it." | "Das gilt für das Projekt. Die Verwaltung kann es ändern.";
        saved = "Saved. Every server follows within seconds." | "Gespeichert. Alle Server folgen innerhalb von Sekunden.";
        general = "General" | "Allgemein";
        keys = "Keys" | "Schlüssel";
        keys_hint = "A key stands in every page and app that reports; it is no secret. Several let you change it without a gap: add one, roll it out, revoke the old one." | "Ein Schlüssel steht in jeder Seite und App, die berichtet; er ist kein Geheimnis. Mit mehreren lässt er sich lückenlos wechseln: einen hinzufügen, ausrollen, den alten zurückziehen.";
        key = "Key" | "Schlüssel";
        dsn = "DSN" | "DSN";
        action = "Action" | "Aktion";
        newest = "newest" | "neuester";
        add_key = "Add a key" | "Schlüssel hinzufügen";
        revoke = "Revoke…" | "Zurückziehen …";
        revoke_hint = "Reports with this key are refused within seconds. This cannot be undone." | "Berichte mit diesem Schlüssel werden nach wenigen Sekunden abgelehnt. Das lässt sich nicht rückgängig machen.";
        revoke_now = "Revoke key" | "Schlüssel zurückziehen";
        last_key = "the only one" | "der einzige";
        origins = "Allowed origins" | "Erlaubte Herkünfte";
        origins_hint = "One per line, e.g. https://shop.example.org or *.example.org. Empty: every page may send. Servers and apps name no origin and are not affected." | "Eine je Zeile, z. B. https://shop.example.org oder *.example.org. Leer: Jede Seite darf senden. Server und Apps nennen keine Herkunft und sind nicht betroffen.";
        origin_invalid = "One of the origins is none. Write it like https://shop.example.org or *.example.org." | "Eine der Herkünfte ist keine. Schreiben Sie sie wie https://shop.example.org oder *.example.org.";
        name_invalid = "A project needs a name of at most 200 bytes." | "Ein Projekt braucht einen Namen mit höchstens 200 Bytes.";
        policy = "Policy" | "Regeln";
        policy_hint = "What is kept of page views and crash reports. Lists have commas between their entries." | "Was von Seitenaufrufen und Fehlerberichten bleibt. Listen haben Kommas zwischen ihren Einträgen.";
        value_invalid = "This cannot be set:" | "Das lässt sich nicht einstellen:";
        yes = "yes" | "ja";
        no = "no" | "nein";
        time_zone = "Time zone in which days begin" | "Zeitzone, in der Tage beginnen";
        keep_device_model = "Keep the model of a device" | "Gerätemodell behalten";
        exclude_bots = "Leave known bots out of page views" | "Bekannte Bots nicht als Seitenaufrufe zählen";
        consent = "Consent" | "Einwilligung";
        consent_not_needed = "not needed" | "nicht nötig";
        consent_required = "required: without it no page view is stored" | "nötig: ohne sie wird kein Seitenaufruf gespeichert";
        consent_required_for_all = "required, for crash reports too: without it nothing is stored" | "nötig, auch für Fehlerberichte: ohne sie wird nichts gespeichert";
        self_service = "Visitors may see and erase what is held about an id of theirs" | "Besucher dürfen einsehen und löschen, was zu ihrer Kennung gespeichert ist";
        urls_mode = "The URL parameters named below" | "Die unten genannten URL-Parameter";
        urls_exclude = "go, as personal ones always do" | "werden entfernt, wie persönliche immer";
        urls_allow = "are the only ones that stay" | "bleiben als einzige";
        urls_parameters = "URL parameters" | "URL-Parameter";
        per_second = "Items per second, of each kind; 0 for no limit" | "Einträge je Sekunde und Art; 0 für keine Grenze";
        burst = "Items at once after a quiet while" | "Einträge auf einmal nach ruhiger Zeit";
        per_hour = "Items per hour" | "Einträge je Stunde";
        per_day = "Items per day" | "Einträge je Tag";
        key_per_minute = "Items per minute and key" | "Einträge je Minute und Schlüssel";
        retention_analytics = "Hours that page views are kept; 0 for as long as the project" | "Stunden, die Seitenaufrufe aufbewahrt werden; 0: so lange wie das Projekt";
        retention_errors = "Hours that crash reports are kept; 0 for as long as the project" | "Stunden, die Fehlerberichte aufbewahrt werden; 0: so lange wie das Projekt";
        retention_telemetry = "Hours that logs, spans, sessions, feedback and the like are kept; 0 for as long as the project" | "Stunden, die Protokolle, Spannen, Sitzungen, Rückmeldungen und Ähnliches aufbewahrt werden; 0: so lange wie das Projekt";
        urls_search = "URL parameters that hold a site search" | "URL-Parameter mit einer Suche auf der Seite";
    }
}

impl SettingsTexts {
    /// What people call a setting; those without a word of their own go by their path.
    fn setting<'a>(&self, path: &'a str) -> &'a str {
        match path {
            "time_zone" => self.time_zone,
            "keep_device_model" => self.keep_device_model,
            "exclude_bots" => self.exclude_bots,
            "consent" => self.consent,
            "self_service" => self.self_service,
            "limits.each.per_second" => self.per_second,
            "limits.each.burst" => self.burst,
            "limits.each.per_hour" => self.per_hour,
            "limits.each.per_day" => self.per_day,
            "limits.each.key_per_minute" => self.key_per_minute,
            "urls.mode" => self.urls_mode,
            "urls.parameters" => self.urls_parameters,
            "urls.search_parameters" => self.urls_search,
            "retention.analytics_hours" => self.retention_analytics,
            "retention.errors_hours" => self.retention_errors,
            "retention.telemetry_hours" => self.retention_telemetry,
            path => path,
        }
    }

    /// What a setting can be, where that is a closed set.
    fn choices(&self, path: &str, value: &str) -> Vec<(&'static str, &'static str)> {
        match (path, value) {
            ("urls.mode", _) => vec![("exclude", self.urls_exclude), ("allow", self.urls_allow)],
            ("consent", _) => vec![
                ("not_needed", self.consent_not_needed),
                ("required", self.consent_required),
                ("required_for_all", self.consent_required_for_all),
            ],
            (_, "true" | "false") => vec![("true", self.yes), ("false", self.no)],
            _ => Vec::new(),
        }
    }
}

const ORIGINS: &str = "allowed_origins";

/// Settings that are not among the others.
fn has_own_form(path: &str) -> bool {
    path == ORIGINS || path.starts_with("scrubbing.")
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/projects/{id}/settings", get(show))
        .route("/projects/{id}/settings/general", post(save_general))
        .route("/projects/{id}/settings/policy", post(save_policy))
        .route("/projects/{id}/keys", post(add_key))
        .route("/projects/{id}/keys/{key}/revoke", post(revoke_key))
}

#[derive(Template)]
#[template(path = "project_settings.html")]
struct SettingsPage {
    layout: Layout,
    head: Head,
    t: &'static SettingsTexts,
    form_token: String,
    kept: String,
    keys: Vec<Key>,
    origins: String,
    policy: Vec<Setting>,
    r: &'static RegionTexts,
    regions: Vec<Region>,
    scrubbing: ScrubbingForm,
    failed: Option<String>,
    saved: bool,
}

struct Key {
    key: String,
    dsn: String,
    is_newest: bool,
}

struct Setting {
    path: String,
    label: String,
    value: String,
    /// What can be chosen, with its words; empty where anything can be typed.
    choices: Vec<(&'static str, &'static str)>,
    is_number: bool,
}

fn settings_page(app: &App, reader: &SignedIn, project: &Project) -> SettingsPage {
    let t = SettingsTexts::of(reader.language);
    let key = |(index, key): (usize, &PublicKey)| Key {
        key: key.to_string(),
        dsn: Snippets::new(&app.public_url, project.id, *key).dsn,
        is_newest: index == 0,
    };
    let rules = project.settings.list().into_iter();
    let is_rule = |path: &str| !has_own_form(path) && !path.starts_with(regions::PREFIX);
    let rules = rules.filter(|(path, _)| is_rule(path));
    let r = RegionTexts::of(reader.language);
    SettingsPage {
        layout: Layout::signed_in(reader, Section::Projects),
        head: Head::of(project, reader, "settings"),
        t,
        form_token: reader.form_token(),
        kept: kept(project.retention, reader.language),
        keys: project.keys.iter().enumerate().map(key).collect(),
        origins: project.settings.allowed_origins.join("\n"),
        policy: rules
            .map(|(path, value)| Setting {
                label: t.setting(&path).to_owned(),
                choices: t.choices(&path, &value),
                is_number: value.parse::<u64>().is_ok(),
                path,
                value,
            })
            .collect(),
        r,
        regions: r.rows(&project.settings),
        scrubbing: ScrubbingForm::of(&project.settings.scrubbing, reader.language),
        failed: None,
        saved: false,
    }
}

async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, reader: SignedIn) -> Response {
    match find(&app, &id, |id| reader.grant.may_connect(id)).await {
        Ok(project) => page(StatusCode::OK, &settings_page(&app, &reader, &project)),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

async fn save_general(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, fields }: OwnForm,
) -> Response {
    let t = SettingsTexts::of(reader.language);
    let change = |project: &mut ListedProject| {
        let name = fields.text("name");
        if !Project::is_name(name) {
            return Err(t.name_invalid.to_owned());
        }
        name.clone_into(&mut project.name);
        let lines = fields.text("origins").split([',', '\n', '\r']);
        let origins = lines.map(str::trim).filter(|line| !line.is_empty());
        let origins: Vec<_> = origins.map(str::to_ascii_lowercase).collect();
        if !origins.iter().all(|origin| is_origin(origin)) {
            return Err(t.origin_invalid.to_owned());
        }
        let settings = project.settings.with(ORIGINS, &origins.join(","));
        project.settings = settings.map_err(|error| error.to_string())?;
        Ok(())
    };
    save(&app, &reader, &id, change, None).await
}

async fn save_policy(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, fields }: OwnForm,
) -> Response {
    let t = SettingsTexts::of(reader.language);
    let change = |project: &mut ListedProject| match with_fields(&project.settings, &fields) {
        Ok(settings) => {
            project.settings = settings;
            Ok(())
        }
        Err(path) => {
            let label = regions::label(&path, reader.language);
            let label = label.unwrap_or_else(|| t.setting(&path).to_owned());
            Err(format!("{} {label}", t.value_invalid))
        }
    };
    save(&app, &reader, &id, change, None).await
}

/// The settings with every one that the form states; else the path of the first that cannot be set.
fn with_fields(settings: &Settings, fields: &Fields) -> Result<Settings, String> {
    let mut changed = settings.clone();
    for (path, value) in settings.list() {
        if !has_own_form(&path) && fields.has(&path) && fields.text(&path) != value {
            changed = changed.with(&path, fields.text(&path)).map_err(|_| path)?;
        }
    }
    Ok(changed)
}

/// Changes a project. If that is refused the page says why, and shows again what was typed.
pub(super) async fn save(
    app: &App,
    reader: &SignedIn,
    id: &str,
    change: impl FnOnce(&mut ListedProject) -> Result<(), String>,
    typed: Option<ScrubbingForm>,
) -> Response {
    let project = match find(app, id, |id| reader.grant.may_manage_project(id)).await {
        Ok(project) => project,
        Err(reason) => return refusal(app, reader.language, reason),
    };
    let mut listed = ListedProject::from(&*project);
    if let Err(words) = change(&mut listed) {
        app.refuse_request(Reason::FormInvalid);
        let mut template = settings_page(app, reader, &project);
        template.failed = Some(words);
        if let Some(typed) = typed {
            template.scrubbing = typed;
        }
        return page(StatusCode::UNPROCESSABLE_ENTITY, &template);
    }
    let actor = Actor::of(&reader.access);
    let written = app.change_project(&listed, actor).await;
    if written.and(app.refresh_registry().await).is_err() {
        return refusal(app, reader.language, Reason::StoreAway);
    }
    let Some(project) = app.known_project(project.id) else {
        return refusal(app, reader.language, Reason::StoreAway);
    };
    let mut template = settings_page(app, reader, &project);
    template.saved = true;
    page(StatusCode::OK, &template)
}

async fn add_key(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let project = match find(&app, &id, |id| reader.grant.may_manage_project(id)).await {
        Ok(project) => project,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    match app.add_key(project.id, Actor::of(&reader.access)).await {
        Ok(_) => back(&project),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

async fn revoke_key(
    State(app): State<Arc<App>>,
    Path((id, key)): Path<(String, String)>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let project = match find(&app, &id, |id| reader.grant.may_manage_project(id)).await {
        Ok(project) => project,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let key = key.parse().ok().filter(|key| project.keys.contains(key));
    // The last key stays: a project without one cannot report, and its pages have nothing to show.
    let Some(key) = key.filter(|_| project.keys.len() > 1) else {
        return refusal(&app, reader.language, Reason::FormInvalid);
    };
    let actor = Actor::of(&reader.access);
    match app.revoke_key(project.id, key, actor).await {
        Ok(()) => back(&project),
        Err(reason) => refusal(&app, reader.language, reason),
    }
}

fn back(project: &Project) -> Response {
    Redirect::to(&format!("/projects/{}/settings#keys", project.id)).into_response()
}
