//! Objections in ClickHouse, where several servers can share them.

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;

use super::subjects::HeldKeys;
use super::{Store, StoreError};
use crate::limits::{OBJECTION_SECONDS_MAX, OBJECTIONS_MAX};
use crate::outcome::Reason;
use crate::registry::{ObjectionScope, Objections, ProjectId};
use crate::time::Timestamp;

/// No request takes this long.
const CUT_OFF_SECONDS: u32 = 3_600;

#[derive(Row, Deserialize)]
struct ObjectionRow {
    project_id: u32,
    key: u64,
    scope: String,
}

impl Store {
    /// The objections that hold at `now`, by project; at most [`OBJECTIONS_MAX`], the newest.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn objections(
        &self,
        now: Timestamp,
    ) -> Result<HashMap<ProjectId, Objections>, StoreError> {
        let query = "SELECT project_id, key, toString(scope) AS scope FROM objections
            WHERE expires_at > ? GROUP BY project_id, key, scope ORDER BY max(version) DESC LIMIT ?";
        let query = self.client.query(query).bind(now.datetime());
        let rows = self
            .fetch_rows::<ObjectionRow>(query.bind(OBJECTIONS_MAX))
            .await?;
        let mut found: HashMap<_, Objections> = HashMap::new();
        for row in rows {
            let scope = ObjectionScope::from_name(&row.scope).ok_or(StoreError::Unexpected)?;
            let project = ProjectId::new(row.project_id);
            found.entry(project).or_default().add(scope, row.key);
        }
        Ok(found)
    }

    /// Remembers that whoever holds `keys` objects to `scopes`. Returns when that is forgotten, in seconds since 1970.
    ///
    /// # Errors
    /// [`Reason::RateLimited`] if there are [`OBJECTIONS_MAX`], or [`Reason::StoreAway`].
    pub async fn object(
        &self,
        keys: &HeldKeys<'_>,
        scopes: &[ObjectionScope],
        now: Timestamp,
    ) -> Result<u32, Reason> {
        let away = |_| Reason::StoreAway;
        let count = self.client.query("SELECT count() FROM objections");
        let count = self.fetch_text(count).await.map_err(away)?;
        let count: usize = count.trim().parse().map_err(|_| Reason::StoreAway)?;
        if count + scopes.len() * 2 > OBJECTIONS_MAX {
            return Err(Reason::RateLimited);
        }
        let expires_at = Timestamp::from_seconds(now.seconds() + OBJECTION_SECONDS_MAX).datetime();
        let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        let insert = format!(
            "INSERT INTO objections (project_id, key, scope, expires_at, version)
            SELECT ?, key, arrayJoin(?), ?, ? FROM {}",
            keys.source()
        );
        let query = self.client.query(&insert).bind(keys.project().get());
        let query = query.bind(names).bind(expires_at).bind(now.millis());
        query
            .execute()
            .await
            .map_err(|_| Reason::StoreAway)
            .map(|()| expires_at)
    }

    /// Forgets the objections of whoever holds `keys`, at once.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn withdraw_objections(
        &self,
        keys: &HeldKeys<'_>,
        scopes: &[ObjectionScope],
    ) -> Result<(), StoreError> {
        let names: Vec<_> = scopes
            .iter()
            .map(|scope| format!("'{}'", scope.name()))
            .collect();
        self.change(&format!(
            "ALTER TABLE objections DELETE WHERE project_id = {} AND scope IN ({}) AND key IN (SELECT key FROM {})",
            keys.project(),
            names.join(", "),
            keys.source()
        ))
        .await
    }

    /// Deletes objections whose time is up, and what is left of requests that were cut off.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn forget_subjects(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = now.datetime();
        let cut_off = now.saturating_sub(CUT_OFF_SECONDS);
        for (table, over) in [
            ("objections", format!("expires_at <= {now}")),
            ("subject_keys", format!("held_at <= {cut_off}")),
        ] {
            let count = format!("SELECT count() FROM {table} WHERE {over}");
            if self.fetch_text(self.client.query(&count)).await?.trim() != "0" {
                self.change(&format!("ALTER TABLE {table} DELETE WHERE {over}"))
                    .await?;
            }
        }
        Ok(())
    }
}
