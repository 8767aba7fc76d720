//! Brings the schema of the database up to the program's: `schemas/*.sql`, in order, each once.

use std::time::Duration;

use ring::digest::{SHA256, digest};

use super::{Store, StoreError};

/// Older servers lack what the schema needs (deduplication tokens without replication, `DROP DETACHED PARTITION`,
/// refreshed TTL settings). 24.8 is the oldest release with long-term support that has all of it.
pub const CLICKHOUSE_MIN: (u32, u32) = (24, 8);

/// How long a statement of a migration may take: counting ten million events anew takes three minutes.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(3_600);

struct Migration {
    number: u32,
    name: &'static str,
    text: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            text: include_str!(concat!("../../schemas/", $name, ".sql")),
        },)*]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_control",
    2 "0002_analytics_events",
    3 "0003_error_events",
    4 "0004_project_settings",
    5 "0005_analytics_actions",
    6 "0006_telemetry",
    7 "0007_grouping",
    8 "0008_people",
    9 "0009_issues",
    10 "0010_refusals",
    11 "0011_issues_of_earlier_rules",
    12 "0012_subjects",
    13 "0013_shorter_retention",
    14 "0014_finer_issue_days",
];

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error("ClickHouse {version} is too old: Mayfly needs {}.{} or newer", CLICKHOUSE_MIN.0, CLICKHOUSE_MIN.1)]
    ServerTooOld { version: String },
    #[error(
        "the database has schema {found}, this program knows up to {known}: start the newer Mayfly that wrote it"
    )]
    SchemaTooNew { found: u32, known: u32 },
    #[error(
        "schema {name} was applied with another text than this program's: the database belongs to a modified Mayfly"
    )]
    TextChanged { name: &'static str },
    #[error("schema {name} could not be applied: {source}")]
    Statement {
        name: &'static str,
        source: StoreError,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Checks the server's version and applies every migration that is missing. Returns how many were.
    ///
    /// # Errors
    /// [`MigrationError`] if the server is too old, or the schema is newer than or differs from this program's.
    pub async fn migrate(&self) -> Result<usize, MigrationError> {
        self.require_version().await?;
        let create = format!("CREATE DATABASE IF NOT EXISTS `{}`", self.database);
        self.bare
            .query(&create)
            .execute()
            .await
            .map_err(StoreError::from)?;
        self.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                number UInt32 COMMENT 'Number of the file in schemas/. Not personal.',
                checksum FixedString(64) COMMENT 'SHA-256 of its text. Not personal.',
                applied_at DateTime('UTC') DEFAULT now() COMMENT 'When it was applied. Not personal.'
            ) ENGINE = MergeTree ORDER BY number SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
            COMMENT 'Versions of this schema.'",
        )
        .await?;
        let applied = self.applied().await?;
        if let Some(&(found, _)) = applied.last().filter(|(number, _)| *number > known()) {
            return Err(MigrationError::SchemaTooNew {
                found,
                known: known(),
            });
        }
        let mut count = 0;
        for migration in MIGRATIONS {
            match applied
                .iter()
                .find(|(number, _)| *number == migration.number)
            {
                Some((_, checksum)) if *checksum == migration.checksum() => {}
                Some(_) => {
                    return Err(MigrationError::TextChanged {
                        name: migration.name,
                    });
                }
                None => {
                    self.apply(migration).await?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// The number of the newest migration in the database, and of the newest that this program knows.
    ///
    /// # Errors
    /// If ClickHouse does not answer or has no such database.
    pub async fn schema_versions(&self) -> Result<(u32, u32), StoreError> {
        let applied = self.applied().await?;
        Ok((applied.last().map_or(0, |(number, _)| *number), known()))
    }

    /// Asks for the version before anything else: old servers do not even know the formats of later questions.
    ///
    /// # Errors
    /// [`MigrationError::ServerTooOld`], or if ClickHouse does not answer.
    pub async fn require_version(&self) -> Result<(), MigrationError> {
        let version = self.version().await?;
        let mut numbers = version
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if found < CLICKHOUSE_MIN {
            Err(MigrationError::ServerTooOld { version })
        } else {
            Ok(())
        }
    }

    async fn applied(&self) -> Result<Vec<(u32, String)>, StoreError> {
        let query =
            "SELECT number, any(checksum) FROM schema_migrations GROUP BY number ORDER BY number";
        let text = self.fetch_text(self.client.query(query)).await?;
        let row = |line: &str| {
            let (number, checksum) = line.split_once('\t')?;
            Some((number.parse().ok()?, checksum.to_owned()))
        };
        text.lines()
            .map(|line| row(line).ok_or(StoreError::Unexpected))
            .collect()
    }

    async fn apply(&self, migration: &Migration) -> Result<(), MigrationError> {
        for statement in statements(migration.text) {
            // An earlier start may have been cut off between two statements.
            let repeatable = statement.replacen("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1);
            let repeatable = repeatable.replacen("CREATE VIEW ", "CREATE OR REPLACE VIEW ", 1);
            let repeatable = repeatable.replacen(
                "CREATE MATERIALIZED VIEW ",
                "CREATE MATERIALIZED VIEW IF NOT EXISTS ",
                1,
            );
            let applying = self.client.query(&repeatable).execute();
            let applied = tokio::time::timeout(STATEMENT_TIMEOUT, applying).await;
            let applied = applied
                .map_err(|_| StoreError::TimedOut)
                .and_then(|answer| answer.map_err(StoreError::from));
            applied.map_err(|source| MigrationError::Statement {
                name: migration.name,
                source,
            })?;
        }
        let record = format!(
            "INSERT INTO schema_migrations (number, checksum) VALUES ({}, '{}')",
            migration.number,
            migration.checksum()
        );
        self.execute(&record).await?;
        Ok(())
    }
}

impl Migration {
    fn checksum(&self) -> String {
        let hash = digest(&SHA256, self.text.as_bytes());
        hash.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// Statements end with a semicolon at the end of a line.
fn statements(text: &str) -> impl Iterator<Item = String> {
    let without_comments = text
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n");
    let statements: Vec<String> = without_comments
        .split(";\n")
        .map(|statement| statement.trim().trim_end_matches(';').to_owned())
        .filter(|statement| !statement.is_empty())
        .collect();
    statements.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps_and_named_after_their_number() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number as usize, index + 1);
            assert!(
                migration
                    .name
                    .starts_with(&format!("{:04}_", migration.number))
            );
        }
    }

    #[test]
    fn every_column_states_its_purpose() {
        for migration in MIGRATIONS {
            for statement in statements(migration.text) {
                let columns: Vec<&str> = match statement.starts_with("CREATE TABLE") {
                    true => statement
                        .lines()
                        .skip(2)
                        .take_while(|line| !line.starts_with(')'))
                        .collect(),
                    false => statement
                        .lines()
                        .filter(|line| line.contains("ADD COLUMN"))
                        .collect(),
                };
                let is_column = |line: &&&str| !line.trim_start().starts_with("INDEX ");
                for column in columns.iter().filter(is_column) {
                    assert!(column.contains("COMMENT '"), "no COMMENT: {column}");
                }
            }
        }
    }
}
