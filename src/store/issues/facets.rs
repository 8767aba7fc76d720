//! How an issue's events are spread: over releases, environments, browsers, tags, pages and hours. Asked of its newest
//! events, so that an issue with millions opens as fast as one with ten.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::events::{expiries, of_issue};
use super::place::few_rows;
use crate::limits::FACET_EVENTS_MAX;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// A value of a field or tag, and how often it occurs.
pub struct Facet {
    /// A field by its search name, or a tag with `tag.` before it.
    pub name: String,
    pub value: String,
    pub events: u64,
}

/// A release in which an issue occurs.
pub struct ReleaseUse {
    pub release: String,
    pub events: u64,
    /// Milliseconds since 1970.
    pub first_seen: i64,
    /// Milliseconds since 1970.
    pub last_seen: i64,
}

const FIELDS: &str = "[('release', toString(release)), ('environment', toString(environment)),
    ('level', toString(level)), ('browser', if(browser = '', '', concat(browser, ' ', toString(browser_major)))),
    ('os', toString(system)), ('device', toString(device)), ('country', toString(country)),
    ('transaction', transaction), ('logger', toString(logger)),
    ('sdk', if(sdk_name = '', '', concat(sdk_name, ' ', sdk_version)))]";

/// Values of each field or tag that are shown.
const VALUES_MAX: u32 = 5;
/// Values that are shown of all of them.
const FACETS_MAX: usize = 200;
/// Releases that are shown.
const RELEASES_MAX: u32 = 20;
/// Enough for all of them, though up to [`RELEASES_MAX`] values of a field or tag come for [`VALUES_MAX`] that are shown.
const ROWS_MAX: u32 = RELEASES_MAX + FACETS_MAX as u32 * RELEASES_MAX / VALUES_MAX;

/// How the newest events of an issue are spread.
#[derive(Default)]
pub struct Spread {
    /// The commonest values of each field and tag: by name, the commonest first.
    pub facets: Vec<Facet>,
    /// The newest first.
    pub releases: Vec<ReleaseUse>,
}

#[derive(Row, Deserialize)]
struct ValueRow {
    /// A field, a tag, or empty for releases by age.
    name: String,
    value: String,
    events: u64,
    first_seen: i64,
    last_seen: i64,
}

impl Store {
    /// How the newest events of an issue are spread, in one reading of them: their columns are many small files.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn spread(&self, issue: &Issue, now: Timestamp) -> Result<Spread, StoreError> {
        let statement = Statement::new(
            "SELECT pair.1 AS name, pair.2 AS value, count() AS events,
                toUnixTimestamp64Milli(min(received_at)) AS first_seen,
                toUnixTimestamp64Milli(max(received_at)) AS last_seen FROM (
                SELECT received_at, arrayJoin(arrayConcat([('', toString(release))], fields, arrayMap(
                    (name, value) -> (concat('tag.', name), value), mapKeys(tags), mapValues(tags)))) AS pair
                FROM (SELECT received_at, release, tags, ",
        )
        .sql(FIELDS)
        .sql(" AS fields FROM error_events WHERE ")
        .then(newest(issue, FACET_EVENTS_MAX, now))
        .sql(
            ")) WHERE value != '' GROUP BY name, value
            ORDER BY name, if(name = '', first_seen, toInt64(events)) DESC, value LIMIT ",
        )
        .bind(RELEASES_MAX)
        .sql(" BY name LIMIT ")
        .bind(ROWS_MAX);
        let rows = self
            .fetch_rows::<ValueRow>(few_rows(&statement, self))
            .await?;
        Ok(Spread::new(rows))
    }
}

impl Spread {
    fn new(rows: Vec<ValueRow>) -> Self {
        let mut spread = Self::default();
        let mut of_name = 0;
        for row in rows {
            if row.name.is_empty() {
                spread.releases.push(ReleaseUse {
                    release: row.value,
                    events: row.events,
                    first_seen: row.first_seen,
                    last_seen: row.last_seen,
                });
                continue;
            }
            let last = spread.facets.last();
            of_name = match last.is_some_and(|last| last.name == row.name) {
                true => of_name + 1,
                false => 1,
            };
            if of_name <= VALUES_MAX && spread.facets.len() < FACETS_MAX {
                spread.facets.push(Facet {
                    name: row.name,
                    value: row.value,
                    events: row.events,
                });
            }
        }
        spread
    }
}

/// The newest events of an issue.
pub(super) fn newest(issue: &Issue, rows_max: u32, now: Timestamp) -> Statement {
    let expiries = expiries(issue, None, rows_max, now);
    of_issue(issue)
        .sql(" AND expires_at IN ")
        .bind(expiries.as_slice())
        .sql(" ORDER BY received_at DESC LIMIT ")
        .bind(rows_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_field_five_values_are_shown() {
        let row = |name: &str, number: u64| ValueRow {
            name: name.to_owned(),
            value: number.to_string(),
            events: 100 - number,
            first_seen: 1,
            last_seen: 2,
        };
        let of = |name: &'static str, count| (0..count).map(move |number| row(name, number));
        let rows = of("", 20).chain(of("browser", 7)).chain(of("os", 2));
        let spread = Spread::new(rows.collect());
        let names: Vec<_> = spread.facets.iter().map(|facet| &*facet.name).collect();
        assert_eq!(names[..5], ["browser"; 5]);
        assert_eq!(names[5..], ["os"; 2]);
        assert_eq!(spread.facets[4].value, "4");
        assert_eq!(spread.releases.len(), 20);
        let many = (0..900).map(|number| row(&format!("tag.{number:03}"), 1));
        assert_eq!(Spread::new(many.collect()).facets.len(), FACETS_MAX);
    }
}
