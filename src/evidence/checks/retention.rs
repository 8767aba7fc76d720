//! How old rows are, what should be gone, and the receipts of what is.

use super::{Subject, Verdict, number};
use crate::evidence::Words;
use crate::limits::RETENTION_HOURS_MAX;
use crate::privacy::Table;
use crate::spool::Survey;
use crate::store::StoreError;

/// Deletion takes this long after its turn has come.
const DELETION_SECONDS_MAX: u64 = 60;

/// Tables whose rows say when they were received; the others hold counts by the hour.
fn tables_with_receipt() -> impl Iterator<Item = &'static str> {
    let counts = |table: &Table| matches!(table, Table::Sessions | Table::Outcomes);
    let tables = Table::ALL.iter().filter(move |table| !counts(table));
    tables.map(|table| table.name())
}

/// The oldest row of each project is younger than the project's retention.
pub(super) async fn oldest_rows(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let now = format!("toDateTime({}, 'UTC')", subject.now.datetime());
    let aged = tables_with_receipt().map(|table| {
        format!(
            "SELECT '{table}' AS table, project_id, count() AS rows, \
             dateDiff('second', min(received_at), {now}) AS oldest_seconds, \
             countIf(expires_at > received_at + INTERVAL {RETENTION_HOURS_MAX} HOUR) AS too_long \
             FROM {table} GROUP BY project_id"
        )
    });
    let counted = [Table::Sessions, Table::Outcomes].map(|table| {
        let table = table.name();
        format!(
            "SELECT '{table}', project_id, count(), 0, \
             countIf(expires_at > {now} + INTERVAL {RETENTION_HOURS_MAX} HOUR) FROM {table} GROUP BY project_id"
        )
    });
    let query = aged
        .chain(counted)
        .collect::<Vec<_>>()
        .join("\nUNION ALL\n");
    let projects = subject.store.projects().await?;
    let retention_seconds = |id: u64| {
        let known = projects
            .iter()
            .find(|project| u64::from(project.id.get()) == id);
        u64::from(known.map_or(RETENTION_HOURS_MAX, |project| project.retention_hours)) * 3_600
    };
    let grace = subject.practice.retention_interval_seconds + DELETION_SECONDS_MAX;
    let (mut rows, mut oldest, mut late, mut too_long) = (0, 0, 0, 0);
    for row in subject.store.evidence(&query).await? {
        let project = number(&row, 1)?;
        rows += number(&row, 2)?;
        // A clock that is a moment behind makes a row of the future.
        let age = number(&row, 3).unwrap_or(0);
        oldest = oldest.max(age);
        late += u64::from(age > retention_seconds(project) + grace);
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
    let names: Vec<_> = Table::ALL
        .iter()
        .map(|table| format!("'{}'", table.name()))
        .collect();
    let names = names.join(", ");
    let rows = Table::ALL.iter().map(|table| {
        let table = table.name();
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
            "{rows} overdue row(s) in {} tables; {parts} overdue part(s), active, inactive or detached. \
             Mayfly makes no backups.",
            Table::ALL.len()
        ),
        format!(
            "{rows} überfällige Zeile(n) in {} Tabellen; {parts} überfällige(r) Teil(e), aktiv, inaktiv oder abgehängt. \
             Mayfly legt keine Sicherungskopien an.",
            Table::ALL.len()
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
