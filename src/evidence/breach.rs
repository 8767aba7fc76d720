//! The breach report: what somebody who got in could have reached, which kinds of data, how many, since when. What the
//! controller must add (Art. 33 GDPR) is left open, by name.

use std::collections::BTreeMap;

use serde_json::json;

use super::checks::number;
use super::signed::{Report, ReportKind, Section};
use super::{Finding, Inventory, Subject, Words};
use crate::ledger::Line;
use crate::store::StoreError;
use crate::store::retention::expiring_tables;
use crate::store::shorten::age_of;
use crate::time::Timestamp;

/// The time in which somebody may have been in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    pub since: Timestamp,
    pub until: Timestamp,
}

/// What could be reached in one table.
struct Reachable {
    table: String,
    /// Rows that are there still.
    rows: u64,
    /// Of those that were deleted since, as the receipts say.
    deleted: u64,
    oldest: String,
}

/// Puts the report together. `findings` say what was not there to be reached; `lines` are the ledger's, the newest first.
///
/// # Errors
/// If ClickHouse does not answer.
pub async fn breach(
    subject: &Subject<'_>,
    breach: Breach,
    findings: &[Finding],
    lines: &[Line],
) -> Result<Report, StoreError> {
    let reachable = reachable(subject, breach).await?;
    let (visitors, pseudonyms) = people(subject, breach).await?;
    let rows: u64 = reachable
        .iter()
        .map(|table| table.rows + table.deleted)
        .sum();
    let (since, until) = (breach.since.to_rfc3339(), breach.until.to_rfc3339());
    let summary = Words::new(
        format!(
            "Between {since} and {until} at most {rows} rows could be reached, of {visitors} visitor numbers and {pseudonyms} pseudonyms."
        ),
        format!(
            "Zwischen {since} und {until} waren höchstens {rows} Zeilen erreichbar, zu {visitors} Besuchernummern und {pseudonyms} Pseudonymen."
        ),
    );
    let actions = actions(lines, breach);
    let mut report = Report::new(ReportKind::Breach, summary, subject.now);
    report.data = json!({
        "since": since,
        "until": until,
        "rows": rows,
        "visitors": visitors,
        "pseudonyms": pseudonyms,
        "tables": reachable.iter().map(|table| json!({
            "table": table.table, "rows": table.rows, "deleted_since": table.deleted, "oldest": table.oldest,
        })).collect::<Vec<_>>(),
        "actions": actions,
    });
    report.sections = vec![
        amounts(&reachable),
        kinds(subject, &reachable).await?,
        absent(findings),
        happened(&actions),
        to_be_added(),
    ];
    Ok(report)
}

async fn reachable(subject: &Subject<'_>, breach: Breach) -> Result<Vec<Reachable>, StoreError> {
    let until = breach.until.datetime();
    let parts = expiring_tables().map(|table| {
        let age = age_of(table);
        format!(
            "SELECT '{table}', count(), toString(min(toDateTime({age}))) FROM {table} WHERE {age} <= toDateTime({until}, 'UTC')"
        )
    });
    let statement = parts.collect::<Vec<_>>().join("\nUNION ALL\n");
    let gone = format!(
        "SELECT table_name, sum(rows) FROM deletion_receipts WHERE deleted_at >= toDateTime({}, 'UTC') GROUP BY table_name",
        breach.since.datetime()
    );
    let mut deleted = BTreeMap::new();
    for row in subject.store.evidence(&gone).await? {
        deleted.insert(row[0].clone(), number(&row, 1)?);
    }
    let mut reachable = Vec::new();
    for row in subject.store.evidence(&statement).await? {
        let rows = number(&row, 1)?;
        let table = row[0].clone();
        reachable.push(Reachable {
            rows,
            deleted: deleted.get(&table).copied().unwrap_or(0),
            oldest: match rows {
                0 => String::new(),
                _ => row.get(2).cloned().unwrap_or_default(),
            },
            table,
        });
    }
    reachable.retain(|table| table.rows + table.deleted > 0);
    reachable.sort_by(|one, other| one.table.cmp(&other.table));
    Ok(reachable)
}

/// How many visitor numbers and pseudonyms are stored.
async fn people(subject: &Subject<'_>, breach: Breach) -> Result<(u64, u64), StoreError> {
    let until = breach.until.datetime();
    let statement = format!(
        "SELECT (SELECT uniqExact(project_id, visitor_id) FROM analytics_events WHERE visitor_id != 0 AND received_at <= toDateTime({until}, 'UTC')), \
         (SELECT uniqExact(project_id, user_key) FROM (SELECT project_id, user_key FROM analytics_events WHERE received_at <= toDateTime({until}, 'UTC') \
         UNION ALL SELECT project_id, user_key FROM error_events WHERE received_at <= toDateTime({until}, 'UTC')) WHERE user_key != 0)"
    );
    let answer = subject.store.evidence(&statement).await?;
    let row = answer.first().ok_or(StoreError::Unexpected)?;
    Ok((number(row, 0)?, number(row, 1)?))
}

fn amounts(reachable: &[Reachable]) -> Section {
    let rows = reachable.iter().map(|table| {
        vec![
            Words::same(&table.table),
            Words::same(table.rows),
            Words::same(table.deleted),
            Words::same(&table.oldest),
        ]
    });
    Section {
        title: Words::new(
            "What was reachable, and how many",
            "Was erreichbar war, und wie viel",
        ),
        text: Words::new(
            "Everything that was stored in that time, also what was deleted since. Backups are none of Mayfly's.",
            "Alles, was in dieser Zeit gespeichert war, auch seither Gelöschtes. Mayfly legt keine Sicherungskopien an.",
        ),
        columns: vec![
            Words::new("Table", "Tabelle"),
            Words::new("Rows still stored", "Noch gespeicherte Zeilen"),
            Words::new("Rows deleted since", "Seither gelöschte Zeilen"),
            Words::new("Oldest (UTC)", "Älteste (UTC)"),
        ],
        rows: rows.collect(),
    }
}

async fn kinds(subject: &Subject<'_>, reachable: &[Reachable]) -> Result<Section, StoreError> {
    let inventory = Inventory::of(subject.store).await?;
    let concerned = |name: &str| reachable.iter().any(|table| table.table == name);
    let tables = inventory
        .tables
        .iter()
        .filter(|table| concerned(&table.name));
    let rows = tables.flat_map(|table| {
        table.columns.iter().map(|column| {
            vec![
                Words::same(format!("{}.{}", table.name, column.name)),
                Words::same(&column.comment),
            ]
        })
    });
    Ok(Section {
        title: Words::new("Kinds of data", "Arten von Daten"),
        text: Words::default(),
        columns: vec![
            Words::new("Column", "Spalte"),
            Words::new("What it holds", "Was sie enthält (englisch)"),
        ],
        rows: rows.collect(),
    })
}

fn absent(findings: &[Finding]) -> Section {
    Section {
        title: Words::new(
            "What was not there to be reached",
            "Was nicht zu erreichen war",
        ),
        text: Words::new(
            "As checked when this report was made.",
            "Wie bei der Erstellung dieses Berichts geprüft.",
        ),
        ..Section::of_findings(findings)
    }
}

/// How often each actor did what in that time.
fn actions(lines: &[Line], breach: Breach) -> BTreeMap<String, u64> {
    let (since, until) = (breach.since.to_rfc3339(), breach.until.to_rfc3339());
    let mut counts = BTreeMap::new();
    for line in lines {
        if line.at >= since && line.at <= until {
            *counts
                .entry(format!("{} {}", line.actor, line.action))
                .or_default() += 1;
        }
    }
    counts
}

fn happened(actions: &BTreeMap<String, u64>) -> Section {
    let row = |(what, count): (&String, &u64)| vec![Words::same(what), Words::same(count)];
    Section {
        title: Words::new(
            "What the ledger says of that time",
            "Was das Hauptbuch über diese Zeit sagt",
        ),
        text: Words::default(),
        columns: vec![
            Words::new("Who and what", "Wer und was"),
            Words::new("How often", "Wie oft"),
        ],
        rows: actions.iter().map(row).collect(),
    }
}

fn to_be_added() -> Section {
    let open = || {
        Words::new(
            "To be filled in by the controller.",
            "Vom Verantwortlichen einzutragen.",
        )
    };
    let rows = [
        (
            "When it became known; the authority is told within 72 hours",
            "Wann sie bekannt wurde; die Behörde erfährt es binnen 72 Stunden",
        ),
        ("What happened, and how", "Was geschah, und wie"),
        ("Likely consequences", "Wahrscheinliche Folgen"),
        (
            "Measures taken or proposed",
            "Ergriffene oder vorgeschlagene Maßnahmen",
        ),
        (
            "Data protection officer or other contact",
            "Datenschutzbeauftragter oder andere Anlaufstelle",
        ),
    ];
    Section {
        title: Words::new("To be added (Art. 33 GDPR)", "Zu ergänzen (Art. 33 DSGVO)"),
        text: Words::default(),
        columns: vec![Words::new("Part", "Teil"), Words::new("Content", "Inhalt")],
        rows: rows
            .iter()
            .map(|(english, german)| vec![Words::new(*english, *german), open()])
            .collect(),
    }
}
