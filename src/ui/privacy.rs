//! What is held about a browser, for whoever uses it: to see, to download, to delete, to object. A widget links here with the
//! id that it holds behind `#id=`, which browsers do not send; nobody signs in.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::language::{Language, texts};
use super::layout::Layout;
use super::{page, refusal};
use crate::app::App;
use crate::outcome::Reason;
use crate::registry::ProjectId;

texts! {
    PrivacyTexts {
        title = "What is held about you" | "Was über Sie gespeichert ist";
        intro = "Page views and crash reports are kept without your name and without your whole address, for 30 days at most. If your browser or app has an id of its own, you can see and delete here what belongs to it." | "Seitenaufrufe und Fehlerberichte werden ohne Ihren Namen und ohne Ihre ganze Adresse gespeichert, höchstens 30 Tage lang. Wenn Ihr Browser oder Ihre App eine eigene Kennung hat, können Sie hier einsehen und löschen, was dazu gehört.";
        off = "Here the operator of the site or app answers such requests. Please ask there." | "Solche Anfragen beantwortet hier der Betreiber der Seite oder App. Bitte fragen Sie dort.";
        id = "Id of your browser or app" | "Kennung Ihres Browsers oder Ihrer App";
        id_hint = "It is used for this request only, and not kept." | "Sie wird nur für diese Anfrage verwendet und nicht behalten.";
        see = "Show" | "Anzeigen";
        download = "Download" | "Herunterladen";
        delete = "Delete…" | "Löschen …";
        delete_hint = "Everything that belongs to this id is deleted at once. This cannot be undone." | "Alles, was zu dieser Kennung gehört, wird sofort gelöscht. Das lässt sich nicht rückgängig machen.";
        delete_now = "Delete everything" | "Alles löschen";
        choice = "From now on" | "Ab jetzt";
        analytics = "My visits may be counted" | "Meine Besuche dürfen gezählt werden";
        errors = "Crash reports about me may be kept" | "Fehlerberichte zu mir dürfen gespeichert werden";
        choice_hint = "An objection is kept for 13 months as a number from which nobody gets back to the id." | "Ein Widerspruch wird 13 Monate lang als Zahl behalten, aus der niemand auf die Kennung zurückschließen kann.";
        none = "Nothing is held about this id." | "Zu dieser Kennung ist nichts gespeichert.";
        found = "Rows found:" | "Gefundene Zeilen:";
        incomplete = "There is more than is shown here." | "Es gibt mehr, als hier gezeigt wird.";
        deleted = "Rows deleted:" | "Gelöschte Zeilen:";
        proven = "A search afterwards found nothing." | "Eine anschließende Suche fand nichts mehr.";
        unproven = "The proof is not complete yet; please delete once more." | "Der Nachweis ist noch nicht vollständig; bitte löschen Sie noch einmal.";
        receipt = "Receipt:" | "Beleg:";
        saved = "Saved." | "Gespeichert.";
        guessable = "Others could guess this id, so it does not show that it is yours. Please ask the operator of the site or app." | "Diese Kennung könnten andere erraten; sie zeigt nicht, dass sie Ihre ist. Bitte fragen Sie den Betreiber der Seite oder App.";
        too_many = "Too many requests from your network. Try again in a quarter of an hour." | "Zu viele Anfragen aus Ihrem Netz. Versuchen Sie es in einer Viertelstunde noch einmal.";
        failed = "This did not work. Try again in a moment." | "Das hat nicht geklappt. Versuchen Sie es gleich noch einmal.";
        views = "Page views" | "Seitenaufrufe";
        crashes = "Crash reports" | "Fehlerberichte";
        feedback = "Feedback" | "Rückmeldungen";
        without_script = "This page needs JavaScript to keep the id out of addresses. The same can be asked for by POST to /api/v1/subjects/export and /erase." | "Diese Seite braucht JavaScript, damit die Kennung nicht in Adressen steht. Dasselbe geht per POST an /api/v1/subjects/export und /erase.";
    }
}

impl PrivacyTexts {
    /// What the script says, by the names under which it asks; refusals by their reasons.
    const fn spoken(&self) -> [(&'static str, &'static str); 14] {
        [
            ("none", self.none),
            ("found", self.found),
            ("incomplete", self.incomplete),
            ("deleted", self.deleted),
            ("proven", self.proven),
            ("unproven", self.unproven),
            ("receipt", self.receipt),
            ("saved", self.saved),
            ("id_guessable", self.guessable),
            ("attempts_exceeded", self.too_many),
            ("failed", self.failed),
            ("analytics_events", self.views),
            ("error_events", self.crashes),
            ("feedback", self.feedback),
        ]
    }
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    layout: Layout,
    t: &'static PrivacyTexts,
    project: ProjectId,
    is_self_service: bool,
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/privacy/{project}", get(show))
}

async fn show(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    language: Language,
) -> Response {
    let project = match project.parse() {
        Ok(number) => app.project(ProjectId::new(number)).await,
        Err(_) => Err(Reason::ProjectUnknown),
    };
    match project {
        Ok(project) => {
            let template = PrivacyPage {
                layout: Layout::stranger(language),
                t: PrivacyTexts::of(language),
                project: project.id,
                is_self_service: project.settings.self_service.0,
            };
            page(StatusCode::OK, &template)
        }
        Err(reason) => refusal(&app, language, reason),
    }
}
