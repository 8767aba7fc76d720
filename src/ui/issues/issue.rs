//! One issue, with one of its events.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::chart::Chart;
use super::detail_words::DetailTexts;
use super::event::{EventPart, event_part};
use super::list::Asked;
use super::marked::Marked;
use super::standing::{self, standing};
use super::words::{self, IssueTexts};
use super::{away, handled, people};
use crate::access::SignedIn;
use crate::app::App;
use crate::issues::decision::ActivityKind;
use crate::issues::reading::Run;
use crate::issues::{IssueId, Status};
use crate::outcome::Reason;
use crate::privacy::EventId;
use crate::store::issues::{Activity, Facet, Issue, ReleaseUse};
use crate::time::Timestamp;
use crate::ui::layout::{Layout, Section};
use crate::ui::{Language, page, refusal};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/issues/{issue}", get(latest))
        .route("/issues/{issue}/events/{event}", get(with_event))
}

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage<'a> {
    layout: Layout,
    language: Language,
    now: Timestamp,
    t: &'static IssueTexts,
    d: &'static DetailTexts,
    form_token: String,
    /// What the address of the list had behind its path.
    from: String,
    issue: &'a Issue,
    title: String,
    project: String,
    status: String,
    counts: Counts,
    people: Vec<people::Person>,
    chart: Chart,
    facets: Vec<Distribution>,
    releases: Vec<Release>,
    trail: Vec<Entry>,
    event: Option<EventPart>,
}

struct Counts {
    events: String,
    visitors: String,
    first: (String, String),
    last: (String, String),
}

/// How the values of a field or tag are spread.
struct Distribution {
    name: String,
    values: Vec<Share>,
}

struct Share {
    value: String,
    events: String,
    /// Of the values shown, in percent.
    percent: u64,
    /// The list of issues that have it.
    query: String,
}

struct Release {
    name: String,
    events: String,
    first: (String, String),
    last: (String, String),
}

struct Entry {
    words: &'static str,
    detail: String,
    /// The issue that it was merged into.
    link: Option<String>,
    is_comment: bool,
    who: String,
    at: (String, String),
}

impl IssuePage<'_> {
    fn mark<'t>(&self, text: &'t str) -> Marked<'t> {
        Marked::new(text, self.language)
    }

    fn removed_by<'t>(&self, rule: &'t str) -> &'t str {
        words::removed_by(rule, self.language)
    }

    /// What forms call the issue.
    fn value(&self) -> String {
        self.value_of(&self.issue.id)
    }

    fn value_of(&self, group: &IssueId) -> String {
        format!("{}-{group}", self.issue.project)
    }

    fn is_open(&self) -> bool {
        self.issue.status == Status::Unresolved
    }

    /// The first day that something can be ignored until.
    fn tomorrow(&self) -> String {
        const DAY_SECONDS: u64 = 86_400;
        let tomorrow = self.now.plus(Duration::from_secs(DAY_SECONDS));
        crate::ui::when::day(tomorrow.datetime())
    }
}

async fn latest(
    State(app): State<Arc<App>>,
    Path(issue): Path<String>,
    Query(from): Query<Asked>,
    reader: SignedIn,
) -> Result<Response, Response> {
    show(&app, &reader, &issue, None, &from).await
}

async fn with_event(
    State(app): State<Arc<App>>,
    Path((issue, event)): Path<(String, String)>,
    Query(from): Query<Asked>,
    reader: SignedIn,
) -> Result<Response, Response> {
    let not_there = || refusal(&app, reader.language, Reason::EventUnknown);
    let event = EventId::parse(&event).ok_or_else(not_there)?;
    show(&app, &reader, &issue, Some(event), &from).await
}

/// Finds an issue that somebody may see.
pub(super) async fn find(
    app: &App,
    reader: &SignedIn,
    id: &str,
    now: Timestamp,
) -> Result<Issue, Response> {
    let projects = handled(app, reader)?;
    let projects: Vec<u32> = projects.iter().map(|project| project.id.get()).collect();
    let not_there = || refusal(app, reader.language, Reason::IssueUnknown);
    let id: IssueId = id.parse().map_err(|_| not_there())?;
    let found = app.store.issue(&projects, id, now).await;
    found.map_err(away(app, reader))?.ok_or_else(not_there)
}

async fn show(
    app: &App,
    reader: &SignedIn,
    id: &str,
    wanted: Option<EventId>,
    from: &Asked,
) -> Result<Response, Response> {
    let now = Timestamp::now();
    let issue = find(app, reader, id, now).await?;
    let event = async {
        match app.store.event_of(&issue, wanted, now).await? {
            Some(event) => event_part(app, reader, &issue, event, now).await.map(Some),
            None => Ok(None),
        }
    };
    let trail = async {
        app.notice_regression(&issue, now).await?;
        app.store.trail(issue.project, &issue.members, now).await
    };
    let spread = app.store.spread(&issue, now);
    let (spread, event, trail) =
        tokio::try_join!(spread, event, trail).map_err(away(app, reader))?;
    if event.is_none() && wanted.is_some() {
        return Err(refusal(app, reader.language, Reason::EventUnknown));
    }
    let language = reader.language;
    let template = IssuePage {
        layout: Layout::signed_in(reader, Section::Issues),
        language,
        now,
        t: IssueTexts::of(language),
        d: DetailTexts::of(language),
        form_token: reader.form_token(),
        from: from.suffix(),
        title: words::titled(issue.latest.title(), language),
        project: app
            .known_project(issue.project)
            .map_or_else(String::new, |project| project.name.clone()),
        status: standing(&issue, language),
        counts: Counts {
            events: words::grouped(issue.events, language),
            visitors: words::grouped(issue.visitors, language),
            first: when(issue.first_seen, now, language),
            last: when(issue.last_seen, now, language),
        },
        people: people::who_may_care(app, &issue),
        chart: Chart::of_days(&issue.buckets, now),
        facets: distributions(spread.facets, language),
        releases: spread
            .releases
            .into_iter()
            .map(|used| release(used, now, language))
            .collect(),
        trail: trail
            .into_iter()
            .map(|entry| trace(entry, app, now, language))
            .collect(),
        issue: &issue,
        event,
    };
    Ok(page(StatusCode::OK, &template))
}

/// In a few words, and exactly.
pub(super) fn when(time: Timestamp, now: Timestamp, language: Language) -> (String, String) {
    (words::ago(time, now, language), time.rfc3339())
}

fn distributions(facets: Vec<Facet>, language: Language) -> Vec<Distribution> {
    let mut all: Vec<(String, Vec<Facet>)> = Vec::new();
    for facet in facets {
        match all.last_mut() {
            Some((name, values)) if *name == facet.name => values.push(facet),
            _ => all.push((facet.name.clone(), vec![facet])),
        }
    }
    // Fields first, tags behind them, each in the order of their names.
    all.sort_by_key(|(name, _)| name.starts_with("tag."));
    let distribution = |(name, values): (String, Vec<Facet>)| {
        let total: u64 = values.iter().map(|facet| facet.events).sum();
        let share = |facet: Facet| Share {
            events: words::grouped(facet.events, language),
            percent: facet.events * 100 / total.max(1),
            query: search_for(&facet),
            value: facet.value,
        };
        Distribution {
            name: super::detail_words::facet(&name, language).to_owned(),
            values: values.into_iter().map(share).collect(),
        }
    };
    all.into_iter().map(distribution).collect()
}

fn search_for(facet: &Facet) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let is_plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '_' | '-');
    let name = match facet.name.chars().all(is_plain) {
        true => facet.name.clone(),
        false => quoted(&facet.name),
    };
    let query = format!("{name}:{}", quoted(&facet.value));
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    format!("/issues?{}", pairs.append_pair("query", &query).finish())
}

fn release(used: ReleaseUse, now: Timestamp, language: Language) -> Release {
    Release {
        name: used.release,
        events: words::grouped(used.events, language),
        first: when(Timestamp::from_millis(used.first_seen), now, language),
        last: when(Timestamp::from_millis(used.last_seen), now, language),
    }
}

fn trace(entry: Activity, app: &App, now: Timestamp, language: Language) -> Entry {
    let d = DetailTexts::of(language);
    let is_merge = entry.kind == ActivityKind::Merged;
    let detail = match entry.kind {
        ActivityKind::Assigned => people::name(app, &entry.detail, language),
        ActivityKind::Merged => String::new(),
        kind => standing::detail(kind, &entry.detail, language),
    };
    Entry {
        words: super::detail_words::activity(entry.kind, &entry.detail, language),
        link: is_merge.then_some(entry.detail),
        detail,
        is_comment: entry.kind == ActivityKind::Commented,
        who: match entry.actor.as_str() {
            "" => d.mayfly.to_owned(),
            actor => people::name(app, actor, language),
        },
        at: when(entry.at, now, language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_leads_to_the_issues_that_have_it() {
        let search = |name: &str, value: &str| {
            search_for(&Facet {
                name: name.to_owned(),
                value: value.to_owned(),
                events: 1,
            })
        };
        assert_eq!(
            search("tag.a", "b \"c\""),
            "/issues?query=tag.a%3A%22b+%5C%22c%5C%22%22"
        );
        assert_eq!(
            search("tag.a: b", "c"),
            "/issues?query=%22tag.a%3A+b%22%3A%22c%22"
        );
    }
}
