//! Issues: the list, one issue with one of its events, and the forms that change them.

mod around;
mod chart;
mod decide;
mod detail_words;
mod event;
mod issue;
mod list;
mod marked;
mod people;
mod standing;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;

use super::refusal;
use crate::access::SignedIn;
use crate::app::{App, Undecided};
use crate::outcome::Reason;
use crate::registry::{Project, ProjectId};
use crate::store::StoreError;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(list::routes())
        .merge(issue::routes())
        .merge(around::routes())
        .merge(decide::routes())
}

/// The projects whose errors somebody may handle, in order.
fn handled(app: &App, reader: &SignedIn) -> Result<Vec<Arc<Project>>, Response> {
    let may = |id: ProjectId| reader.grant.may_handle_errors(id);
    let projects = app.projects().into_iter().filter(|project| may(project.id));
    let projects: Vec<_> = projects.collect();
    match projects.is_empty() {
        true => Err(refusal(app, reader.language, Reason::RoleInsufficient)),
        false => Ok(projects),
    }
}

/// Why a decision was not carried out, as a page.
fn undecided(app: &App, reader: &SignedIn) -> impl Fn(Undecided) -> Response {
    |why| {
        let reason = match why {
            Undecided::IssueUnknown => Reason::IssueUnknown,
            Undecided::AssigneeUnknown => Reason::FormInvalid,
            Undecided::Store(_) => Reason::StoreAway,
        };
        refusal(app, reader.language, reason)
    }
}

fn away(app: &App, reader: &SignedIn) -> impl Fn(StoreError) -> Response {
    |_| refusal(app, reader.language, Reason::StoreAway)
}
