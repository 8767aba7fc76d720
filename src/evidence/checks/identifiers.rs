//! Every text of every table, searched by the engine for what the scrubber should have taken out.
//!
//! All columns of a row are searched as one text, so that a table is read once however many rules there are. A pattern
//! cannot see check digits; what it finds is therefore judged again by the scrubber itself, in memory.

use std::fmt::Write as _;

use super::{Subject, Verdict, literal, number};
use crate::evidence::Words;
use crate::limits::EVIDENCE_CANDIDATES_MAX;
use crate::privacy::scrub::{Findings, Rule};
use crate::store::StoreError;
use crate::store::evidence::StoredColumn;

/// A table's texts, as an expression.
struct Texts {
    table: String,
    columns: usize,
    expression: String,
}

/// Rows of one table that match one rule.
struct Hit {
    table: usize,
    rule: Rule,
    rows: u64,
}

/// No text holds a complete address.
pub(super) async fn addresses(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    search(subject, &[Rule::Ipv4, Rule::Ipv6]).await
}

/// No text matches any other rule that has a pattern.
pub(super) async fn others(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let is_other = |rule: &Rule| !matches!(rule, Rule::Ipv4 | Rule::Ipv6);
    let rules: Vec<_> = Rule::ALL.into_iter().filter(is_other).collect();
    search(subject, &rules).await
}

async fn search(subject: &Subject<'_>, rules: &[Rule]) -> Result<Verdict, StoreError> {
    let columns = subject.store.stored_columns().await?;
    let rules: Vec<(Rule, &str)> = rules
        .iter()
        .filter_map(|rule| Some((*rule, rule.engine_pattern()?)))
        .collect();
    let tables = texts_of(&columns);
    let query = statement(&tables, &rules);
    let mut searched = 0;
    let mut hits = Vec::new();
    for row in subject.store.evidence(&query).await? {
        let table = tables
            .iter()
            .position(|texts| Some(&texts.table) == row.first())
            .ok_or(StoreError::Unexpected)?;
        searched += number(&row, 1)?;
        for (index, (rule, _)) in rules.iter().enumerate() {
            let rows = number(&row, index + 2)?;
            if rows > 0 {
                hits.push(Hit {
                    table,
                    rule: *rule,
                    rows,
                });
            }
        }
    }
    let stored: u64 = subject
        .store
        .stored_tables()
        .await?
        .iter()
        .filter(|table| tables.iter().any(|texts| texts.table == table.name))
        .map(|table| table.rows)
        .sum();
    let mut found = Words::default();
    let mut look_alikes = 0;
    for hit in &hits {
        let texts = &tables[hit.table];
        if is_look_alike(subject, texts, hit).await? {
            look_alikes += hit.rows;
            continue;
        }
        let (table, rule, rows) = (&texts.table, hit.rule.name(), hit.rows);
        found = found.and(&Words::new(
            format!("{rows} row(s) of {table} match {rule}."),
            format!("{rows} Zeile(n) in {table} passen auf {rule}."),
        ));
    }
    let is_clean = found == Words::default();
    // Rows arrive while we count: a few more may be searched than were stored, never fewer.
    let is_complete = searched >= stored;
    let columns: usize = tables.iter().map(|texts| texts.columns).sum();
    let mut detail = Words::new(
        format!(
            "{searched} rows, {columns} text columns of {} tables, {} rules.",
            tables.len(),
            rules.len()
        ),
        format!(
            "{searched} Zeilen, {columns} Textspalten in {} Tabellen, {} Regeln.",
            tables.len(),
            rules.len()
        ),
    );
    if is_clean {
        detail = detail.and(&Words::new("No match.", "Kein Treffer."));
    }
    detail = detail.and(&found).and(&remarks(
        look_alikes,
        is_complete,
        stored,
        &columns_left_out(subject).await?,
    ));
    Ok(Verdict::new(is_clean && is_complete, query, detail))
}

fn remarks(look_alikes: u64, is_complete: bool, stored: u64, left_out: &str) -> Words {
    let mut words = Words::default();
    if look_alikes > 0 {
        words = words.and(&Words::new(
            format!("{look_alikes} look-alike(s) whose check digits are wrong."),
            format!("{look_alikes} ähnliche Zeichenfolge(n) mit falschen Prüfziffern."),
        ));
    }
    if !is_complete {
        words = words.and(&Words::new(
            format!("The time allowed was not enough for all {stored} rows."),
            format!("Die Zeit reichte nicht für alle {stored} Zeilen."),
        ));
    }
    if !left_out.is_empty() {
        words = words.and(&Words::new(
            format!("Left out, as they belong to operators: {left_out}."),
            format!("Ausgenommen, weil von Betreibern: {left_out}."),
        ));
    }
    words
}

async fn columns_left_out(subject: &Subject<'_>) -> Result<String, StoreError> {
    let columns = subject.store.stored_columns().await?;
    let of_operators = columns.iter().filter(|column| column.is_of_operators());
    let names = of_operators.map(|column| format!("{}.{}", column.table, column.name));
    Ok(names.collect::<Vec<_>>().join(", "))
}

/// Each table with the expression that joins its text columns. A line break between them belongs to no pattern.
fn texts_of(columns: &[StoredColumn]) -> Vec<Texts> {
    let mut tables: Vec<Texts> = Vec::new();
    for column in columns {
        if !column.is_text() || column.is_of_operators() {
            continue;
        }
        match tables.last_mut() {
            Some(texts) if texts.table == column.table => {
                texts.columns += 1;
                let _ = write!(texts.expression, ", {}", column.as_text());
            }
            _ => tables.push(Texts {
                table: column.table.clone(),
                columns: 1,
                expression: column.as_text(),
            }),
        }
    }
    for texts in &mut tables {
        texts.expression = format!("concatWithSeparator('\\n', '', {})", texts.expression);
    }
    tables
}

fn statement(tables: &[Texts], rules: &[(Rule, &str)]) -> String {
    let counts: Vec<_> = rules
        .iter()
        .map(|(rule, pattern)| {
            format!(
                "countIf(match(text, {})) AS {}",
                literal(pattern),
                rule.name()
            )
        })
        .collect();
    let counts = counts.join(",\n  ");
    let parts: Vec<_> = tables
        .iter()
        .map(|Texts { table, expression, .. }| {
            format!("SELECT '{table}' AS table, count() AS rows,\n  {counts}\nFROM (SELECT {expression} AS text FROM {table})")
        })
        .collect();
    parts.join("\nUNION ALL\n")
}

/// Whether everything that the pattern found is nothing to the scrubber, which also knows check digits.
async fn is_look_alike(
    subject: &Subject<'_>,
    texts: &Texts,
    hit: &Hit,
) -> Result<bool, StoreError> {
    let pattern = hit.rule.engine_pattern().unwrap_or_default();
    // With what stands around it: some rules need a cue.
    let around = literal(&format!(".{{0,40}}(?:{pattern}).{{0,40}}"));
    let (table, expression) = (&texts.table, &texts.expression);
    let query = format!(
        "SELECT arrayJoin(extractAll(text, {around})) FROM (SELECT {expression} AS text FROM {table}) \
         WHERE match(text, {}) LIMIT {EVIDENCE_CANDIDATES_MAX}",
        literal(pattern)
    );
    let candidates = subject.store.evidence(&query).await?;
    let is_clean = |row: &Vec<String>| {
        let mut findings = Findings::default();
        let text = row.first().map_or("", String::as_str);
        subject.practice.scrubber.text(text, &mut findings);
        findings.count(hit.rule) == 0
    };
    let all_seen = !candidates.is_empty() && candidates.len() < EVIDENCE_CANDIDATES_MAX;
    Ok(all_seen && candidates.iter().all(is_clean))
}
