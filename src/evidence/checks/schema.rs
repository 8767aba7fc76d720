//! What the tables say of themselves, and what the engine keeps beside them.

use std::collections::BTreeSet;

use super::{Subject, Verdict, number};
use crate::evidence::Words;
use crate::store::StoreError;
use crate::store::retention::expiring_tables;

/// The partition key of tables whose rows expire together.
const PARTITION_KEY: &str = "toUnixTimestamp(expires_at)";

/// A table with one of these columns holds what was received, whoever made it.
const RECEIVED: [&str; 2] = ["received_at", "client_ip"];

/// Every table of events has its TTL and partition key; every table and column has a purpose.
pub(super) async fn tables(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let store = subject.store;
    let database = store.database();
    let query = format!(
        "SELECT name, partition_key, extract(create_table_query, ' TTL (\\\\S+)') AS ttl, comment, \
         (SELECT count() FROM system.columns AS c WHERE c.database = '{database}' AND c.table = t.name AND empty(c.comment)) \
         AS columns_without_comment FROM system.tables AS t \
         WHERE database = '{database}' AND engine NOT LIKE '%View' ORDER BY name"
    );
    let tables = store.stored_tables().await?;
    let columns = store.stored_columns().await?;
    let received = columns
        .iter()
        .filter(|column| RECEIVED.contains(&column.name.as_str()));
    let mut events: BTreeSet<&str> = expiring_tables().collect();
    events.extend(received.map(|column| column.table.as_str()));
    let mut missing = Vec::new();
    for &table in &events {
        let found = tables.iter().find(|found| found.name == table);
        if !found.is_some_and(|found| found.has_ttl) {
            missing.push(format!("{table}: TTL"));
        }
        if found.is_none_or(|found| found.partition_key != PARTITION_KEY) {
            missing.push(format!("{table}: PARTITION BY"));
        }
    }
    let silent = tables.iter().filter(|table| table.comment.is_empty());
    missing.extend(silent.map(|table| format!("{}: COMMENT", table.name)));
    let silent = columns.iter().filter(|column| column.comment.is_empty());
    missing.extend(silent.map(|column| format!("{}.{}: COMMENT", column.table, column.name)));
    let (tables, columns, events) = (tables.len(), columns.len(), events.len());
    let missed = match missing.as_slice() {
        [] => Words::new("Nothing is missing.", "Nichts fehlt."),
        names => {
            let names = names.join(", ");
            Words::new(format!("Missing: {names}."), format!("Es fehlt: {names}."))
        }
    };
    let detail = Words::new(
        format!("{tables} tables with {columns} columns, {events} of them with events."),
        format!("{tables} Tabellen mit {columns} Spalten, {events} davon mit Ereignissen."),
    );
    Ok(Verdict::new(missing.is_empty(), query, detail.and(&missed)))
}

/// The engine keeps no log. On a ClickHouse server of somebody's own an empty one is harmless.
pub(super) async fn engine_logs(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let query = "SELECT name, ifNull(total_rows, 0) FROM system.tables WHERE database = 'system' \
        AND match(name, '_log(_[0-9]+)?$') AND engine LIKE '%MergeTree' ORDER BY name";
    let mut kept = Vec::new();
    for row in subject.store.evidence(query).await? {
        let rows = number(&row, 1)?;
        if subject.store.is_embedded() || rows > 0 {
            kept.push(format!("{} ({rows})", row[0]));
        }
    }
    let detail = match kept.as_slice() {
        [] => Words::new(
            "No log table holds anything; statements are not recorded.",
            "Keine Protokolltabelle enthält etwas; Anweisungen werden nicht aufgezeichnet.",
        ),
        names => {
            let names = names.join(", ");
            Words::new(
                format!(
                    "Log tables with their rows: {names}. Switch them off, they may hold statements."
                ),
                format!(
                    "Protokolltabellen mit Zeilen: {names}. Schalten Sie sie ab, sie können Anweisungen enthalten."
                ),
            )
        }
    };
    Ok(Verdict::new(kept.is_empty(), query, detail))
}
