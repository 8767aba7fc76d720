//! How old rows are, what should be gone, and the receipts of what is.

use super::{Subject, Verdict, number};
use crate::evidence::Words;
use crate::limits::RETENTION_HOURS_MAX;
use crate::spool::Survey;
use crate::store::StoreError;
use crate::store::retention::expiring_tables;

/// Deletion takes this long after its turn has come.
const DELETION_SECONDS_MAX: u64 = 60;

/// Columns that say when a row's oldest content was received. Tables without one hold counts by the hour.
const AGES: [&str; 2] = ["received_at", "first_seen"];

/// The oldest row of each project is younger than the project's retention.
pub(super) async fn oldest_rows(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let now = format!("toDateTime({}, 'UTC')", subject.now.datetime());
    let columns = subject.store.stored_columns().await?;
    let age_of = |table: &str| {
        let mut found = columns
            .iter()
            .filter(|column| column.table == table && AGES.contains(&column.name.as_str()));
        found.next().map(|column| column.name.as_str())
    };
    let parts = expiring_tables().map(|table| match age_of(table) {
        Some(age) => format!(
            "SELECT '{table}' AS table, project_id, count() AS rows, dateDiff('second', min({age}), {now}) AS oldest_seconds, \
             countIf(expires_at > {age} + INTERVAL {RETENTION_HOURS_MAX} HOUR) AS too_long FROM {table} GROUP BY project_id"
        ),
        None => format!(
            "SELECT '{table}' AS table, project_id, count() AS rows, 0 AS oldest_seconds, \
             countIf(expires_at > {now} + INTERVAL {RETENTION_HOURS_MAX} HOUR) AS too_long FROM {table} GROUP BY project_id"
        ),
    });
    let query = parts.collect::<Vec<_>>().join("\nUNION ALL\n");
    let projects = subject.store.projects().await?;
    let retention_seconds = |table: &str, id: u64| {
        let project = projects
            .iter()
            .find(|project| u64::from(project.id.get()) == id);
        let hours = project.map(|project| project.hours_in(table));
        u64::from(hours.unwrap_or(RETENTION_HOURS_MAX)) * 3_600
    };
    let grace = subject.practice.retention_interval_seconds + DELETION_SECONDS_MAX;
    let (mut rows, mut oldest, mut late, mut too_long) = (0, 0, 0, 0);
    for row in subject.store.evidence(&query).await? {
        let project = number(&row, 1)?;
        rows += number(&row, 2)?;
        // A clock that is a moment behind makes a row of the future.
        let age = number(&row, 3).unwrap_or(0);
        oldest = oldest.max(age);
        let table = row.first().map_or("", String::as_str);
        late += u64::from(age > retention_seconds(table, project) + grace);
        too_long += number(&row, 4)?;
    }
    let hours = oldest / 3_600;
    let detail = Words::new(
        format!(
            "{rows} rows; the oldest is {hours} hours old. {late} project(s) hold rows older than their retention, \
             {too_long} row(s) would live longer than 30 days."
        ),
        format!(
            "{rows} Zeilen; die älteste ist {hours} Stunden alt. {late} Projekt(e) mit Zeilen, die älter als ihre Frist sind; \
             {too_long} Zeile(n) würden länger als 30 Tage leben."
        ),
    );
    Ok(Verdict::new(late == 0 && too_long == 0, query, detail))
}

/// Nothing is left whose time is up, but for what the job of this minute is about to delete.
pub(super) async fn overdue_rows(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let grace = subject.practice.retention_interval_seconds + DELETION_SECONDS_MAX;
    let due = u64::from(subject.now.datetime()).saturating_sub(grace);
    let database = subject.store.database();
    let names: Vec<_> = expiring_tables()
        .map(|table| format!("'{table}'"))
        .collect();
    let (tables, names) = (names.len(), names.join(", "));
    let rows = expiring_tables().map(|table| {
        format!("SELECT '{table}' AS place, count() AS overdue FROM {table} WHERE expires_at <= toDateTime({due})")
    });
    let parts = [
        ("system.parts", "AND rows > 0"),
        ("system.detached_parts", "AND partition_id IS NOT NULL"),
    ];
    let parts = parts.map(|(place, also)| {
        format!(
            "SELECT '{place}', count() FROM {place} WHERE database = '{database}' AND table IN ({names}) {also} \
             AND toUInt32OrZero(ifNull(partition_id, '')) <= {due}"
        )
    });
    let query = rows.chain(parts).collect::<Vec<_>>().join("\nUNION ALL\n");
    let (mut rows, mut parts) = (0, 0);
    for row in subject.store.evidence(&query).await? {
        let count = number(&row, 1)?;
        match row
            .first()
            .is_some_and(|place| place.starts_with("system."))
        {
            true => parts += count,
            false => rows += count,
        }
    }
    let detail = Words::new(
        format!(
            "{rows} overdue row(s) in {tables} tables; {parts} overdue part(s), active, inactive or detached. \
             Mayfly makes no backups."
        ),
        format!(
            "{rows} überfällige Zeile(n) in {tables} Tabellen; {parts} überfällige(r) Teil(e), aktiv, inaktiv oder abgehängt. \
             Mayfly legt keine Sicherungskopien an."
        ),
    );
    Ok(Verdict::new(rows == 0 && parts == 0, query, detail))
}

/// The spool holds what waits, and nothing else.
pub(super) fn spool(subject: &Subject<'_>) -> Verdict {
    let directory = subject.practice.spool();
    let command = format!("ls -lR '{}'", directory.display());
    let Ok(survey) = Survey::of(&directory, subject.now) else {
        let detail = Words::new(
            "The spool cannot be read.",
            "Der Zwischenspeicher ist nicht lesbar.",
        );
        return Verdict::new(false, command, detail);
    };
    let Survey {
        segments,
        quarantined,
        strangers,
        bytes,
        oldest_seconds,
        overdue_rows,
    } = survey;
    let is_in_time = oldest_seconds <= u64::from(RETENTION_HOURS_MAX) * 3_600;
    let detail = Words::new(
        format!(
            "{segments} segment(s) wait, {quarantined} damaged piece(s) are set aside, {strangers} file(s) do not belong there; \
             {bytes} bytes, the oldest {oldest_seconds} s old, {overdue_rows} overdue row(s)."
        ),
        format!(
            "{segments} Segment(e) warten, {quarantined} beschädigte(s) Stück(e) beiseitegelegt, {strangers} fremde Datei(en); \
             {bytes} Byte, das Älteste {oldest_seconds} s alt, {overdue_rows} überfällige Zeile(n)."
        ),
    );
    Verdict::new(
        strangers == 0 && overdue_rows == 0 && is_in_time,
        command,
        detail,
    )
}

/// The last receipt of each partition says that nothing was left.
pub(super) async fn receipts(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let query = "SELECT count() AS partitions, sum(deleted) AS rows, countIf(remaining > 0) AS unproven FROM \
        (SELECT table_name, partition_id, sum(rows) AS deleted, argMax(parts_left + rows_left, deleted_at) AS remaining \
        FROM deletion_receipts GROUP BY table_name, partition_id)";
    let answer = subject.store.evidence(query).await?;
    let row = answer.first().ok_or(StoreError::Unexpected)?;
    let (partitions, rows, unproven) = (number(row, 0)?, number(row, 1)?, number(row, 2)?);
    let detail = Words::new(
        format!(
            "{rows} rows in {partitions} partitions were deleted; {unproven} deletion(s) left something behind."
        ),
        format!(
            "{rows} Zeilen in {partitions} Partitionen wurden gelöscht; {unproven} Löschung(en) ließen etwas zurück."
        ),
    );
    Ok(Verdict::new(unproven == 0, query, detail))
}
