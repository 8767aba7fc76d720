//! The list of issues: search, filters, order, pages, and what to do with several at once.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;

use super::chart::Chart;
use super::marked::Marked;
use super::words::{self, IssueTexts};
use super::{away, handled};
use crate::access::SignedIn;
use crate::app::App;
use crate::issues::search::{
    Condition, Field, Pattern, Period, Search, Seen, Subject, Term, parse,
};
use crate::issues::{Sort, Status};
use crate::limits::PAGE_ROWS_DEFAULT;
use crate::registry::{Project, UserId};
use crate::store::issues::{Cursor, Issue, Listed, Request};
use crate::time::Timestamp;
use crate::ui::layout::{Layout, Section};
use crate::ui::{Language, page};

/// What is searched for until somebody says otherwise.
const FIRST_QUERY: &str = "is:unresolved";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/issues", get(list))
}

/// What the address says; the same names as in the form.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    query: Option<String>,
    project: String,
    environment: String,
    release: String,
    seen: String,
    sort: String,
    cursor: String,
}

#[derive(Template)]
#[template(path = "issues.html")]
struct IssuesPage<'a> {
    layout: Layout,
    t: &'static IssueTexts,
    form_token: String,
    query: &'a str,
    /// What the addresses of issues carry of this list's.
    from: String,
    problem: Option<&'static str>,
    /// The part of the query that was not understood.
    problem_place: String,
    projects: Vec<Choice>,
    environments: Vec<Choice>,
    releases: Vec<Choice>,
    times: Vec<Choice>,
    sorts: Vec<Choice>,
    shows_project: bool,
    rows: Vec<Row<'a>>,
    /// Address of the next page.
    next: Option<String>,
    /// Address of the first page, from any other.
    first: Option<String>,
}

/// An entry of a list to choose from.
struct Choice {
    value: String,
    name: String,
    is_chosen: bool,
}

struct Row<'a> {
    issue: &'a Issue,
    title: String,
    language: Language,
    project: String,
    status: &'static str,
    chart: Chart,
    events: String,
    visitors: String,
    first_ago: String,
    last_ago: String,
    assignee: Option<String>,
}

impl Row<'_> {
    fn title(&self) -> Marked<'_> {
        Marked::new(&self.title, self.language)
    }

    fn culprit(&self) -> Marked<'_> {
        Marked::new(&self.issue.latest.culprit, self.language)
    }

    /// What the form of decisions calls it.
    fn value(&self) -> String {
        format!("{}-{}", self.issue.project, self.issue.id)
    }

    fn is_open(&self) -> bool {
        self.issue.status == Status::Unresolved
    }
}

async fn list(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
    reader: SignedIn,
) -> Result<Response, Response> {
    let projects = handled(&app, &reader)?;
    let now = Timestamp::now();
    let chosen = projects.iter().map(|project| project.id.get());
    let chosen: Vec<u32> = match asked.project.parse::<u32>() {
        Ok(one) => chosen.filter(|id| *id == one).collect(),
        Err(_) => chosen.collect(),
    };
    let query = asked.query.as_deref().unwrap_or(FIRST_QUERY);
    let sort = Sort::from_name(&asked.sort).unwrap_or(Sort::LastSeen);
    let me = reader
        .user
        .as_ref()
        .map_or_else(String::new, |user| user.id.to_string());
    let parsed = parse(query, now);
    let listing = async {
        let Ok(search) = &parsed else {
            return Ok(Listed::default());
        };
        let search = narrowed(search, &asked, now);
        let request = Request {
            projects: &chosen,
            search: &search,
            me: &me,
            sort,
            after: Cursor::parse(&asked.cursor),
            rows_max: PAGE_ROWS_DEFAULT,
        };
        app.store.issues(&request, now).await
    };
    let (listed, environments, releases) = tokio::try_join!(
        listing,
        app.store.environments(&chosen, now),
        app.store.releases(&chosen, now)
    )
    .map_err(away(&app, &reader))?;
    let t = IssueTexts::of(reader.language);
    let place = parsed.as_ref().err().map_or_else(String::new, |problem| {
        query
            .chars()
            .skip(problem.position)
            .take(problem.length)
            .collect()
    });
    let rows = listed
        .issues
        .iter()
        .map(|issue| row(issue, &app, &projects, reader.language, now));
    let template = IssuesPage {
        layout: Layout::signed_in(&reader, Section::Issues),
        t,
        form_token: reader.form_token(),
        query,
        from: asked.suffix(),
        problem: parsed
            .as_ref()
            .err()
            .map(|problem| words::problem(problem.kind, reader.language)),
        problem_place: place,
        projects: project_choices(&projects, &asked, t),
        environments: choices(environments, &asked.environment, t.all_environments),
        releases: choices(releases, &asked.release, t.all_releases),
        times: time_choices(&asked, t),
        sorts: sort_choices(sort, reader.language),
        shows_project: chosen.len() > 1,
        rows: rows.collect(),
        next: listed
            .next
            .map(|cursor| address(&asked, cursor.to_string())),
        first: (!asked.cursor.is_empty()).then(|| address(&asked, String::new())),
    };
    Ok(page(StatusCode::OK, &template))
}

/// The search with what was chosen beside it.
fn narrowed(search: &Search, asked: &Asked, now: Timestamp) -> Search {
    let is = |field, value: &str| {
        let patterns = vec![Pattern::Exact(value.to_owned())];
        (!value.is_empty()).then_some(Condition::Matches(Subject::Field(field), patterns))
    };
    let days = match asked.seen.as_str() {
        "24h" => Some(1),
        "7d" => Some(7),
        _ => None,
    };
    let seen = days.map(|days| {
        let from = Timestamp::from_seconds(now.seconds() - days * 86_400);
        let period = Period {
            from: Some(from),
            until: None,
        };
        Condition::Seen(Seen::Last, period)
    });
    let chosen = [
        is(Field::Environment, &asked.environment),
        is(Field::Release, &asked.release),
        seen,
    ];
    let mut search = search.clone();
    let term = |condition| Term {
        negated: false,
        condition,
    };
    search.terms.extend(chosen.into_iter().flatten().map(term));
    search
}

fn row<'a>(
    issue: &'a Issue,
    app: &App,
    projects: &[Arc<Project>],
    language: Language,
    now: Timestamp,
) -> Row<'a> {
    let project = projects.iter().find(|project| project.id == issue.project);
    let assignee = issue.state.assignee.parse::<UserId>().ok();
    Row {
        issue,
        title: words::titled(issue.latest.title(), language),
        language,
        project: project.map_or_else(String::new, |project| project.name.clone()),
        status: words::status(issue.status, language),
        chart: Chart::of_days(&issue.buckets, now),
        events: words::grouped(issue.events, language),
        visitors: words::grouped(issue.visitors, language),
        first_ago: words::ago(issue.first_seen, now, language),
        last_ago: words::ago(issue.last_seen, now, language),
        assignee: assignee
            .and_then(|id| app.user(id))
            .map(|user| user.email.as_str().to_owned()),
    }
}

impl Asked {
    /// What stands behind the path of the list; addresses of its issues carry it, so that they lead back.
    pub fn suffix(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let named = [
            ("project", &self.project),
            ("environment", &self.environment),
            ("release", &self.release),
            ("seen", &self.seen),
            ("sort", &self.sort),
            ("cursor", &self.cursor),
        ];
        if let Some(query) = &self.query {
            pairs.append_pair("query", query);
        }
        for (name, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
            pairs.append_pair(name, value);
        }
        match pairs.finish() {
            none if none.is_empty() => none,
            some => format!("?{some}"),
        }
    }
}

/// This list with another cursor.
fn address(asked: &Asked, cursor: String) -> String {
    let asked = Asked {
        cursor,
        ..asked.clone()
    };
    format!("/issues{}", asked.suffix())
}

fn choice(value: &str, name: &str, chosen: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        name: name.to_owned(),
        is_chosen: value == chosen,
    }
}

fn choices(values: Vec<String>, chosen: &str, all: &str) -> Vec<Choice> {
    let values = values.iter().map(|value| choice(value, value, chosen));
    std::iter::once(choice("", all, chosen))
        .chain(values)
        .collect()
}

fn project_choices(projects: &[Arc<Project>], asked: &Asked, t: &IssueTexts) -> Vec<Choice> {
    let named = projects
        .iter()
        .map(|project| choice(&project.id.to_string(), &project.name, &asked.project));
    std::iter::once(choice("", t.all_projects, &asked.project))
        .chain(named)
        .collect()
}

fn time_choices(asked: &Asked, t: &IssueTexts) -> Vec<Choice> {
    let times = [("", t.any_time), ("24h", t.last_day), ("7d", t.last_week)];
    times
        .map(|(value, name)| choice(value, name, &asked.seen))
        .into()
}

fn sort_choices(sort: Sort, language: Language) -> Vec<Choice> {
    let named = |each: &Sort| choice(each.name(), words::sort(*each, language), sort.name());
    Sort::ALL.iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_what_was_asked() {
        let asked = Asked {
            query: Some("a&b".to_owned()),
            sort: "count".to_owned(),
            ..Asked::default()
        };
        assert_eq!(
            address(&asked, "7.9".to_owned()),
            "/issues?query=a%26b&sort=count&cursor=7.9"
        );
        assert_eq!(address(&Asked::default(), String::new()), "/issues");
    }
}
