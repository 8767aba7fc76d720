//! What is near an issue. A page of its own; the issue's page fetches it and shows its content.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::away;
use super::detail_words::DetailTexts;
use super::issue::find;
use super::marked::Marked;
use super::words::{self, IssueTexts};
use crate::access::SignedIn;
use crate::app::App;
use crate::issues::IssueId;
use crate::store::issues::{PageUse, Similar};
use crate::time::Timestamp;
use crate::ui::layout::{Layout, Section};
use crate::ui::{Language, page};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/issues/{issue}/around", get(around))
}

#[derive(Template)]
#[template(path = "around.html")]
struct AroundPage {
    layout: Layout,
    language: Language,
    t: &'static IssueTexts,
    d: &'static DetailTexts,
    issue: IssueId,
    title: String,
    similar: Vec<Similar>,
    pages: Vec<PageUse>,
}

impl AroundPage {
    fn mark<'t>(&self, text: &'t str) -> Marked<'t> {
        Marked::new(text, self.language)
    }

    fn title(&self, other: &Similar) -> String {
        words::titled(other.latest.title(), self.language)
    }

    fn count(&self, number: &u64) -> String {
        words::grouped(*number, self.language)
    }
}

async fn around(
    State(app): State<Arc<App>>,
    Path(issue): Path<String>,
    reader: SignedIn,
) -> Result<Response, Response> {
    let now = Timestamp::now();
    let issue = find(&app, &reader, &issue, now).await?;
    let around = app.store.around(&issue, now).await;
    let (similar, pages) = around.map_err(away(&app, &reader))?;
    let template = AroundPage {
        layout: Layout::signed_in(&reader, Section::Issues),
        language: reader.language,
        t: IssueTexts::of(reader.language),
        d: DetailTexts::of(reader.language),
        issue: issue.id,
        title: words::titled(issue.latest.title(), reader.language),
        similar,
        pages,
    };
    Ok(page(StatusCode::OK, &template))
}
