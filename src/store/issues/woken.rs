//! Which issues were put to sleep, until more events come or until the next release, and have been woken by their events.
//!
//! `issue_days` knows for every day but the one on which an issue was put to sleep, of which only a part counts. Where
//! that day matters, and where an issue has more releases in a day than are kept, the events themselves are asked.

use clickhouse::Row;
use serde::Deserialize;

use super::place::{Partitions, few_rows, of_projects};
use super::standing::Merges;
use crate::issues::IssueId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Releases of an issue and day that `issue_days` keeps.
const RELEASES_KEPT: u32 = 20;

#[derive(Row, Deserialize)]
struct AsleepRow {
    group_id: u64,
    /// In milliseconds since 1970.
    asleep_since: i64,
    /// After how many events it wakes; 0 if it waits for a release.
    waits_for: u64,
}

#[derive(Row, Deserialize)]
struct Candidate {
    issue: u64,
    is_woken: bool,
}

/// Version of a release: what follows its package, as in `shop@1.10`.
const VERSION: &str = "splitByChar('@', {release})[-1]";
/// What stands before the version. Packages are released one without the other.
const PACKAGE: &str = "substring({release}, 1, length({release}) - length({version}))";
/// Numbers of a version, so that 1.10 is newer than 1.9. Empty if it is none, but a name or the hash of a commit, which may begin
/// with a digit.
const NUMBERS: &str = "arrayMap(n -> toUInt64OrZero(n), splitByChar('.', if(match({version}, '^v{0,1}[0-9]+[.]'),
    extract({version}, '^v{0,1}([0-9]+([.][0-9]+)+)'), extract({version}, '^v{0,1}([0-9]+)($|[^0-9a-zA-Z.])'))))";
/// What no number stands in.
const NO_NUMBERS: &str = "[toUInt64(0)]";

fn package(release: &str) -> String {
    let version = VERSION.replace("{release}", release);
    let package = PACKAGE.replace("{release}", release);
    package.replace("{version}", &version)
}

fn version_numbers(release: &str) -> String {
    let version = VERSION.replace("{release}", release);
    NUMBERS.replace("{version}", &version)
}

/// Whether a release is one that an issue waits for: it was not known, and is no older version of the same package.
pub(super) fn is_next(release: &str) -> String {
    let (package, numbers) = (package(release), version_numbers(release));
    format!(
        "NOT has(w.known, {release}) AND NOT ({package} = w.old_package AND {numbers} != {NO_NUMBERS} AND {numbers} < w.old_numbers)"
    )
}

/// Releases that wake nobody: those that were known when the issue was put to sleep, those of which an event had come by then,
/// and none.
const KNOWN: &str = "arrayConcat(arrayMap(known -> toString(known), known_releases),
    arrayMap(seen -> seen.2, arrayFilter(seen -> seen.1 = project_id AND seen.3 <= changed_at, releases_seen)), [''])";

/// `WITH` the releases of some projects and when the first event of each came, as `releases_seen`.
fn with_releases_seen(projects: &[u32], now: Timestamp) -> Statement {
    Statement::new(
        "WITH (SELECT groupArray((project_id, release, first)) FROM (
            SELECT project_id, toString(d.release) AS release, min(d.first_seen) AS first FROM release_days AS d WHERE ",
    )
    .then(of_projects(projects))
    .sql(" AND d.expires_at > ")
    .bind(now.datetime())
    .sql(" GROUP BY project_id, release)) AS releases_seen")
}

impl Store {
    /// Issues that were ignored until more events came, or resolved in the next release, and whose events have
    /// brought them back: of all, or of `one`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub(super) async fn woken(
        &self,
        projects: &[u32],
        one: Option<IssueId>,
        merges: &Merges,
        partitions: &Partitions,
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError> {
        let asleep = restless(projects, one, now);
        let mut asleep = self
            .fetch_rows::<AsleepRow>(few_rows(&asleep, self))
            .await?;
        // No bug has more events than all together.
        asleep.retain(|row| {
            row.waits_for <= partitions.events_since(Timestamp::from_millis(row.asleep_since))
        });
        let Some(since) = asleep.iter().map(|row| row.asleep_since).min() else {
            return Ok(Vec::new());
        };
        let expiries = partitions.since(Timestamp::from_millis(since));
        if expiries.is_empty() {
            return Ok(Vec::new());
        }
        let pairs = merges.pairs(projects, now);
        let asleep = asleep.iter().map(|row| row.group_id).collect();
        let watched = |asleep| watched(projects, asleep, &pairs, now);
        let by_days = by_days(watched(asleep), &expiries);
        let candidates = self
            .fetch_rows::<Candidate>(few_rows(&by_days, self))
            .await?;
        let (woken, unsure): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|candidate| candidate.is_woken);
        let numbers = |candidates: Vec<Candidate>| -> Vec<u64> {
            candidates.iter().map(|candidate| candidate.issue).collect()
        };
        let (mut woken, unsure) = (numbers(woken), numbers(unsure));
        if !unsure.is_empty() {
            let by_events = by_events(watched(unsure), &expiries);
            let text = self.fetch_text(by_events.query(&self.client)).await?;
            for line in text.lines() {
                woken.push(line.parse().map_err(|_| StoreError::Unexpected)?);
            }
        }
        Ok(woken)
    }
}

/// Sleeping issues that anything can have woken: those that wait for events, and those for whose next release there is a
/// release that was not known. All, or `one` if it is such.
fn restless(projects: &[u32], one: Option<IssueId>, now: Timestamp) -> Statement {
    let all = with_releases_seen(projects, now)
        .sql(
            " SELECT group_id, toUnixTimestamp64Milli(s.changed_at) AS asleep_since,
                if(status = 'ignored', ignored_events, 0) AS waits_for
            FROM issue_states AS s FINAL WHERE merged_into = 0 AND (status = 'ignored' AND ignored_events > 0
                OR status = 'resolved_in_next_release' AND NOT hasAll(",
        )
        .sql(KNOWN)
        .sql(", arrayMap(seen -> seen.2, releases_seen))) AND ")
        .then(of_projects(projects));
    match one {
        None => all,
        Some(issue) => all.sql(" AND group_id = ").bind(issue.get()),
    }
}

/// Begins with every group of these `issues`, and what each issue waits for. No release is a known one.
pub(super) fn watched(
    projects: &[u32],
    issues: Vec<u64>,
    pairs: &Statement,
    now: Timestamp,
) -> Statement {
    with_releases_seen(projects, now)
        .sql(
            ", sleeping AS (
            SELECT project_id, group_id AS issue, status, changed_at, ignored_events, ",
        )
        .sql(KNOWN)
        .sql(" AS known, ")
        .sql(&package("toString(release)"))
        .sql(" AS old_package, ")
        .sql(&version_numbers("toString(release)"))
        .sql(" AS old_numbers FROM issue_states FINAL WHERE ")
        .then(of_projects(projects))
        .sql(" AND group_id IN ")
        .bind(issues)
        .sql(
            "), members AS (SELECT project_id, issue AS group_id, issue FROM sleeping
        UNION ALL SELECT project_id, group_id, merged_into AS issue FROM (",
        )
        .then(pairs.clone())
        .sql(
            ")), watched AS (
            SELECT m.project_id AS project_id, m.group_id AS group_id, s.issue AS issue, s.status AS status,
                s.changed_at AS changed_at, s.ignored_events AS ignored_events, s.old_package AS old_package,
                s.old_numbers AS old_numbers, s.known AS known
            FROM members AS m INNER JOIN sleeping AS s ON s.project_id = m.project_id AND s.issue = m.issue
        ) ",
        )
}

/// Issues that are woken for certain, by days that lie wholly after they were put to sleep, and those that may be.
fn by_days(watched: Statement, expiries: &[u32]) -> Statement {
    let has_next = format!("arrayExists(r -> {}, d.releases)", is_next("r"));
    let is_woken = format!(
        "any(w.status = 'ignored') AND sumIf(d.events, d.first_seen > w.changed_at) >= any(w.ignored_events)
        OR any(w.status = 'resolved_in_next_release') AND countIf(d.first_seen > w.changed_at AND {has_next}) > 0"
    );
    let may_be = format!(
        "any(w.status = 'ignored') AND sum(d.events) >= any(w.ignored_events)
        OR any(w.status = 'resolved_in_next_release') AND countIf(length(d.releases) >= {RELEASES_KEPT} OR {has_next}) > 0"
    );
    watched
        .sql("SELECT w.issue AS issue, ")
        .sql(&is_woken)
        .sql(
            " AS is_woken FROM issue_days AS d
            INNER JOIN watched AS w ON w.project_id = d.project_id AND w.group_id = d.group_id
            WHERE (d.project_id, d.group_id) IN (SELECT project_id, group_id FROM watched)
                AND d.last_seen > w.changed_at AND d.expires_at IN ",
        )
        .bind(expiries)
        // Most have only known releases, which costs less to see than which of them are newer.
        .sql(" AND (w.status = 'ignored' OR NOT hasAll(w.known, d.releases) OR length(d.releases) >= ")
        .bind(RELEASES_KEPT)
        .sql(") GROUP BY w.issue HAVING ")
        .sql(&may_be)
}

/// Issues that are woken, by their events.
fn by_events(watched: Statement, expiries: &[u32]) -> Statement {
    watched
        .sql(
            "SELECT w.issue FROM error_events AS e
            INNER JOIN watched AS w ON w.project_id = e.project_id AND w.group_id = e.group_id
            WHERE (e.project_id, e.group_id) IN (SELECT project_id, group_id FROM watched)
                AND e.received_at > w.changed_at AND e.expires_at IN ",
        )
        .bind(expiries)
        .sql(
            " GROUP BY w.issue HAVING
                any(w.status = 'ignored') AND count() >= any(w.ignored_events)
                OR any(w.status = 'resolved_in_next_release') AND countIf(",
        )
        .sql(&is_next("toString(e.release)"))
        .sql(") > 0")
}
