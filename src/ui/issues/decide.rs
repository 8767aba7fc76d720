//! The forms that change issues.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use http::HeaderMap;

use super::undecided;
use crate::access::OwnForm;
use crate::app::App;
use crate::issues::IssueId;
use crate::issues::decision::Decision;
use crate::limits::{COMMENT_BYTES_MAX, DECISION_ISSUES_MAX};
use crate::outcome::Reason;
use crate::privacy::Raw;
use crate::registry::{ProjectId, UserId};
use crate::time::Timestamp;
use crate::ui::{came_from, refusal};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/issues/decide", post(decide))
        .route("/issues/comment", post(comment))
}

/// A decision about one issue or several, by the name of the button; back to where it was pressed.
async fn decide(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: OwnForm,
) -> Result<Response, Response> {
    let invalid = || refusal(&app, form.reader.language, Reason::FormInvalid);
    let issues = form.fields.all("issue").take(DECISION_ISSUES_MAX);
    let issues: Vec<(ProjectId, IssueId)> = issues
        .map(named)
        .collect::<Option<_>>()
        .ok_or_else(invalid)?;
    let now = Timestamp::now();
    let mut projects: Vec<ProjectId> = issues.iter().map(|(project, _)| *project).collect();
    projects.sort_unstable();
    projects.dedup();
    for project in projects {
        if !form.reader.grant.may_handle_errors(project) {
            return Err(refusal(
                &app,
                form.reader.language,
                Reason::RoleInsufficient,
            ));
        }
        let of_project = issues.iter().filter(|(of, _)| *of == project);
        let of_project: Vec<IssueId> = of_project.map(|(_, issue)| *issue).collect();
        let decision = decision(&form, &of_project, now).ok_or_else(invalid)?;
        let access = &form.reader.access;
        let decided = app.decide_issues(project, &of_project, &decision, access, now);
        decided.await.map_err(undecided(&app, &form.reader))?;
    }
    Ok(Redirect::to(came_from(&headers)).into_response())
}

/// `1-4711`: project and issue.
fn named(value: &str) -> Option<(ProjectId, IssueId)> {
    let (project, issue) = value.split_once('-')?;
    Some((ProjectId::new(project.parse().ok()?), issue.parse().ok()?))
}

fn decision(form: &OwnForm, issues: &[IssueId], now: Timestamp) -> Option<Decision> {
    let ignore = |until, events| Decision::Ignore { until, events };
    Some(match form.fields.text("decision") {
        "resolve" => Decision::Resolve,
        "resolve_next" => Decision::ResolveInNextRelease,
        "ignore" => ignore(None, None),
        "ignore_day" => ignore(Some(now.plus(DAY)), None),
        "ignore_week" => ignore(Some(now.plus(DAY * 7)), None),
        "ignore_month" => ignore(Some(now.plus(DAY * 30)), None),
        "ignore_until" => {
            let midnight = format!("{}T00:00:00Z", form.fields.text("until"));
            let until = Timestamp::parse_rfc3339(&midnight).filter(|until| *until > now)?;
            ignore(Some(until), None)
        }
        "ignore_events" => {
            let events = form.fields.text("events").parse().ok();
            ignore(None, Some(events.filter(|events| *events > 0)?))
        }
        "ignore_10" => ignore(None, Some(10)),
        "ignore_100" => ignore(None, Some(100)),
        "ignore_1000" => ignore(None, Some(1_000)),
        "reopen" => Decision::Reopen,
        "merge" => Decision::MergeInto(*issues.first()?),
        "split" => Decision::Split,
        "assign" => match form.fields.text("assignee") {
            "" => Decision::Unassign,
            user => Decision::Assign(user.parse::<UserId>().ok()?.to_string()),
        },
        _ => return None,
    })
}

/// A comment on an issue, scrubbed like everything else.
async fn comment(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: OwnForm,
) -> Result<Response, Response> {
    let invalid = || refusal(&app, form.reader.language, Reason::FormInvalid);
    let (project, issue) = named(form.fields.text("issue")).ok_or_else(invalid)?;
    let text = form.fields.text("comment");
    if text.is_empty() || text.len() > COMMENT_BYTES_MAX {
        return Err(invalid());
    }
    if !form.reader.grant.may_handle_errors(project) {
        return Err(refusal(
            &app,
            form.reader.language,
            Reason::RoleInsufficient,
        ));
    }
    let (comment, access) = (Raw::new(text), &form.reader.access);
    let written = app.comment_on_issue(project, issue, &comment, access, Timestamp::now());
    written.await.map_err(undecided(&app, &form.reader))?;
    Ok(Redirect::to(came_from(&headers)).into_response())
}
