//! From a search to SQL: conditions on events, and conditions on issues.

use super::place::of_projects;
use crate::issues::search::{
    Comparison, Condition, Field, Is, Pattern, Period, Search, Seen, Subject, Term,
};
use crate::store::statement::Statement;
use crate::time::Timestamp;

/// The two halves of a search.
pub(super) struct Filter {
    /// One event of the issue must fulfil this: columns of `error_events`.
    pub events: Option<Statement>,
    /// The issue must fulfil this: `status`, `regressed`, `assignee`, `events`, `first_seen`, `last_seen`.
    pub issues: Option<Statement>,
    /// Whether it must be known how many events there are and when the first was.
    pub needs_totals: bool,
}

impl Filter {
    /// `me` is the number of the user who asks.
    pub fn new(search: &Search, projects: &[u32], me: &str) -> Self {
        let mut filter = Self {
            events: None,
            issues: None,
            needs_totals: false,
        };
        let (mut events, mut issues) = (Vec::new(), Vec::new());
        for Term { negated, condition } in &search.terms {
            filter.needs_totals |= matches!(
                condition,
                Condition::Count(..) | Condition::Seen(Seen::First, _)
            );
            let (target, statement) = match on_issues(condition, me) {
                Some(statement) => (&mut issues, statement),
                None => (&mut events, on_events(condition, projects)),
            };
            target.push(match negated {
                true => Statement::new("NOT (").then(statement).sql(")"),
                false => statement,
            });
        }
        filter.events = Statement::joined(events, " AND ");
        filter.issues = Statement::joined(issues, " AND ");
        filter
    }
}

fn on_issues(condition: &Condition, me: &str) -> Option<Statement> {
    Some(match condition {
        Condition::Is(Is::Unhandled) => return None,
        Condition::Is(Is::Regressed) => Statement::new("regressed"),
        Condition::Is(Is::Assigned) => Statement::new("assignee != ''"),
        Condition::Is(Is::Unassigned) => Statement::new("assignee = ''"),
        Condition::Is(status) => Statement::new("status = ").bind(status.name()),
        Condition::Assigned(users) => {
            let number = |user: &String| match user.as_str() {
                "me" => me.to_owned(),
                "none" => String::new(),
                other => other.to_owned(),
            };
            let users: Vec<String> = users.iter().map(number).collect();
            Statement::new("assignee IN ").bind(users)
        }
        Condition::Seen(Seen::First, period) => during("first_seen", *period),
        Condition::Seen(Seen::Last, period) => during("last_seen", *period),
        Condition::Count(comparison, number) => {
            let sign = match comparison {
                Comparison::Equal => "=",
                Comparison::Less => "<",
                Comparison::LessOrEqual => "<=",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => ">=",
            };
            Statement::new("events ").sql(sign).sql(" ").bind(*number)
        }
        Condition::Matches(..)
        | Condition::Has(_)
        | Condition::Text(_)
        | Condition::FirstRelease(_) => return None,
    })
}

fn during(column: &str, period: Period) -> Statement {
    let bound = |sign: &str, time: Timestamp| Statement::new(column).sql(sign).bind(time.millis());
    let bounds = [
        period.from.map(|from| bound(" >= ", from)),
        period.until.map(|until| bound(" < ", until)),
    ];
    Statement::joined(bounds.into_iter().flatten(), " AND ").unwrap_or_else(|| Statement::new("1"))
}

fn on_events(condition: &Condition, projects: &[u32]) -> Statement {
    match condition {
        Condition::Has(subject) => has(subject),
        Condition::Matches(subject, patterns) => any(patterns.iter().map(|p| matches(subject, p))),
        Condition::Text(pattern) => {
            let columns = [
                "exception_type",
                "exception_value",
                "message",
                "culprit",
                "transaction",
            ];
            let title = spans_title(pattern).then_some(TITLE);
            let columns = columns.into_iter().chain(title);
            any(columns.map(|column| like(Statement::new(column), pattern)))
        }
        Condition::FirstRelease(patterns) => {
            let first = patterns.iter().map(|pattern| of_release("first", pattern));
            Statement::new("group_id IN (SELECT group_id FROM (")
                .sql("SELECT group_id, argMin(toString(release), received_at) AS first FROM error_events WHERE ")
                .then(of_projects(projects))
                .sql(" GROUP BY group_id) WHERE ")
                .then(any(first))
                .sql(")")
        }
        // All others are asked of the issue; only this one is left.
        _ => Statement::new("unhandled"),
    }
}

/// What titles show of an exception.
const TITLE: &str = "concat(exception_type, ': ', exception_value)";

/// Whether a text can begin in the type and end in the value. Most cannot, and are not compared with both once more.
fn spans_title(pattern: &Pattern) -> bool {
    let (Pattern::Exact(text) | Pattern::Like(text)) = pattern;
    text.trim_matches('%').contains([':', '%'])
}

/// `shop@1.2` is also found as `1.2`.
fn of_release(release: &str, pattern: &Pattern) -> Statement {
    let version = Statement::new("extract(").sql(release).sql(", '@(.*)')");
    any([
        like(Statement::new(release), pattern),
        like(version, pattern),
    ])
}

fn any(conditions: impl IntoIterator<Item = Statement>) -> Statement {
    Statement::joined(conditions, " OR ").unwrap_or_else(|| Statement::new("0"))
}

fn has(subject: &Subject) -> Statement {
    match subject {
        Subject::Field(field) => Statement::new(column(*field)).sql(" != ''"),
        Subject::Tag(name) => Statement::new("mapContains(tags, ")
            .bind(name.as_str())
            .sql(")"),
    }
}

fn matches(subject: &Subject, pattern: &Pattern) -> Statement {
    let field = match subject {
        Subject::Tag(name) => {
            return like(
                Statement::new("tags[").bind(name.as_str()).sql("]"),
                pattern,
            );
        }
        Subject::Field(field) => *field,
    };
    let whole = like(Statement::new(column(field)), pattern);
    // Firefox 143 is also found by its version. A release is asked for once instead of for each event, this only if there
    // can be a version in the pattern.
    let part = match (field, pattern) {
        (Field::Release, _) => return of_release("release", pattern),
        (Field::Browser | Field::Sdk, Pattern::Exact(text)) if !text.contains(' ') => return whole,
        (Field::Browser, _) => "concat(browser, ' ', toString(browser_major))",
        (Field::Sdk, _) => "concat(sdk_name, ' ', sdk_version)",
        _ => return whole,
    };
    any([whole, like(Statement::new(part), pattern)])
}

fn like(subject: Statement, pattern: &Pattern) -> Statement {
    match pattern {
        Pattern::Exact(text) => Statement::new("lowerUTF8(")
            .then(subject)
            .sql(") = ")
            .bind(text.to_lowercase()),
        Pattern::Like(text) => subject.sql(" ILIKE ").bind(text.as_str()),
    }
}

const fn column(field: Field) -> &'static str {
    match field {
        Field::Release => "release",
        Field::Environment => "environment",
        Field::Browser => "browser",
        Field::System => "system",
        Field::Device => "device",
        Field::Level => "level",
        Field::Platform => "platform",
        Field::Country => "country",
        Field::Type => "exception_type",
        Field::Value => "exception_value",
        Field::Message => "message",
        Field::Culprit => "culprit",
        Field::Transaction => "transaction",
        Field::Logger => "logger",
        Field::Sdk => "sdk_name",
        Field::Event => "toString(event_id)",
    }
}
