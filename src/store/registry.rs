//! Projects and keys in ClickHouse, where several servers can share them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ring::rand::SystemRandom;
use serde::Serialize;

use super::{Store, StoreError};
use crate::privacy::{MasterSecret, ProjectPolicy};
use crate::registry::{
    Access, Project, ProjectId, PublicKey, TokenHash, TokenPurpose, User, UserId,
};
use crate::retention::Retention;
use crate::settings::Settings;
use crate::time::Timestamp;

/// Every project, every user and every valid token at one moment.
#[derive(Default)]
pub struct Snapshot {
    /// How the tables stood before they were read; nothing if they never were.
    pub standing: Option<Standing>,
    pub projects: BTreeMap<ProjectId, Arc<Project>>,
    pub users: HashMap<UserId, Arc<User>>,
    /// What programs and signed-in browsers present. A session may what its user may now.
    pub tokens: HashMap<TokenHash, Arc<Access>>,
    /// What opens the page on which an invited person chooses a password.
    pub invitations: HashMap<TokenHash, Arc<Access>>,
}

/// How the tables of the registry stand. Equal if nobody wrote to them in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing(u64);

/// A project as administration shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ListedProject {
    pub id: ProjectId,
    pub name: String,
    pub keys: Vec<String>,
    pub retention_hours: u32,
    pub settings: Settings,
}

impl ListedProject {
    /// Names of what differs from an earlier state, for the ledger.
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.name != earlier.name {
            changes.push("name".to_owned());
        }
        if self.retention_hours != earlier.retention_hours {
            changes.push("retention_hours".to_owned());
        }
        let settings = self.settings.list().into_iter();
        let known = earlier.settings.list();
        let differs = |(name, value): &(String, String)| {
            !name.starts_with("scrubbing.") && !known.iter().any(|(n, v)| (n, v) == (name, value))
        };
        changes.extend(settings.filter(differs).map(|(name, _)| name));
        let scrubbing = &self.settings.scrubbing;
        changes.extend(scrubbing.changes_since(&earlier.settings.scrubbing));
        changes
    }
}

impl From<&Project> for ListedProject {
    fn from(project: &Project) -> Self {
        Self {
            id: project.id,
            name: project.name.clone(),
            keys: project.keys.iter().map(ToString::to_string).collect(),
            retention_hours: project.retention.hours(),
            settings: project.settings.clone(),
        }
    }
}

impl Snapshot {
    /// A session or invitation of somebody who is gone or disabled opens nothing.
    fn add(&mut self, mut token: Access) {
        if token.purpose != TokenPurpose::Api
            && let Some(id) = token.user
        {
            match self.users.get(&id) {
                Some(user) if !user.is_disabled => token.grant.clone_from(&user.grant),
                _ => return,
            }
        }
        let tokens = match token.purpose {
            TokenPurpose::Api | TokenPurpose::Session => &mut self.tokens,
            TokenPurpose::Invitation => &mut self.invitations,
        };
        tokens.insert(token.hash, Arc::new(token));
    }
}

impl Store {
    /// Reads everything that intake and the read side need to know. Policies of `known` are taken over where nothing
    /// changed: making one ready compiles patterns.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn registry(
        &self,
        secret: &MasterSecret,
        known: &Snapshot,
        now: Timestamp,
    ) -> Result<Snapshot, StoreError> {
        let (standing, _) = self.standing().await?;
        let mut objections = self.objections(now).await?;
        let projects = self.projects().await?.into_iter().map(|listed| {
            let unchanged = known
                .projects
                .get(&listed.id)
                .filter(|project| project.settings == listed.settings);
            let project = Project {
                id: listed.id,
                policy: match unchanged {
                    Some(project) => Arc::clone(&project.policy),
                    None => Arc::new(ProjectPolicy::new(&listed.settings)),
                },
                settings: listed.settings,
                keys: listed
                    .keys
                    .iter()
                    .filter_map(|key| key.parse().ok())
                    .collect(),
                retention: Retention::try_from(listed.retention_hours).unwrap_or_default(),
                secret: secret.for_project(listed.id),
                name: listed.name,
                objections: Arc::new(objections.remove(&listed.id).unwrap_or_default()),
            };
            (project.id, Arc::new(project))
        });
        let projects = projects.collect();
        let users = self.users().await?.into_iter();
        let users: HashMap<_, _> = users.map(|user| (user.id, Arc::new(user))).collect();
        let mut snapshot = Snapshot {
            standing: Some(standing),
            projects,
            users,
            ..Snapshot::default()
        };
        for token in self.tokens(now).await? {
            snapshot.add(token);
        }
        Ok(snapshot)
    }

    /// How the tables of the registry stand, and whether roll-ups wait to be counted anew. One question that reads no table:
    /// whatever is written to one gives it another part, as ClickHouse never changes those it has.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn standing(&self) -> Result<(Standing, bool), StoreError> {
        let query = "SELECT groupBitXor(sipHash64(table, name, modification_time)), countIf(table = 'roll_up_repairs')
            FROM system.parts WHERE database = ? AND active
                AND table IN ('projects', 'project_keys', 'users', 'tokens', 'objections', 'roll_up_repairs')";
        let query = self.client.query(query).bind(&self.database);
        let text = self.fetch_text(query).await?;
        let mut fields = text.trim_end().split('\t').map(str::parse);
        match (fields.next(), fields.next()) {
            (Some(Ok(parts)), Some(Ok(repairs))) => Ok((Standing(parts), repairs > 0)),
            _ => Err(StoreError::Unexpected),
        }
    }

    /// Every project, by number.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn projects(&self) -> Result<Vec<ListedProject>, StoreError> {
        let query = "SELECT id, hex(name), retention_hours, arrayStringConcat(keys, ','), hex(settings)
            FROM (SELECT id, name, retention_hours, settings FROM projects FINAL) AS p
            LEFT JOIN
            (
                SELECT project_id, groupArray(toString(public_key)) AS keys
                FROM (SELECT * FROM project_keys FINAL WHERE NOT revoked ORDER BY created_at DESC, public_key)
                GROUP BY project_id
            ) AS k ON k.project_id = p.id
            ORDER BY id";
        let text = self.fetch_text(self.client.query(query)).await?;
        text.lines()
            .map(parse_project)
            .collect::<Option<_>>()
            .ok_or(StoreError::Unexpected)
    }

    /// Creates a project with one key, under the next free number.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn add_project(
        &self,
        name: &str,
        retention: Retention,
        now: Timestamp,
    ) -> Result<ListedProject, StoreError> {
        let taken = self
            .projects()
            .await?
            .last()
            .map_or(0, |project| project.id.get());
        let id = ProjectId::new(taken + 1);
        let insert = "INSERT INTO projects (id, name, retention_hours, created_at, version) VALUES (?, ?, ?, ?, ?)";
        let query = self.client.query(insert).bind(id.get()).bind(name);
        query
            .bind(retention.hours())
            .bind(now.datetime())
            .bind(now.millis())
            .execute()
            .await?;
        let key = self.add_key(id, now).await?;
        let keys = vec![key.to_string()];
        Ok(ListedProject {
            id,
            name: name.to_owned(),
            keys,
            retention_hours: retention.hours(),
            settings: Settings::default(),
        })
    }

    /// Gives a project one more key.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn add_key(
        &self,
        project: ProjectId,
        now: Timestamp,
    ) -> Result<PublicKey, StoreError> {
        let key = PublicKey::random(&SystemRandom::new());
        self.write_key(project, key, false, now).await?;
        Ok(key)
    }

    /// Withdraws a key: who presents it is refused within seconds.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn revoke_key(
        &self,
        project: ProjectId,
        key: PublicKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write_key(project, key, true, now).await
    }

    async fn write_key(
        &self,
        project: ProjectId,
        key: PublicKey,
        revoked: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO project_keys (public_key, project_id, revoked, created_at, version)
            SELECT ?, ?, ?, ?, greatest(max(version) + 1, ?) FROM project_keys WHERE public_key = ?";
        let query = self.client.query(insert).bind(key.as_str());
        let query = query.bind(project.get()).bind(revoked);
        let query = query.bind(now.datetime()).bind(now.millis());
        Ok(query.bind(key.as_str()).execute().await?)
    }

    /// Writes a project's name, retention and settings as they are in `project`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn change_project(
        &self,
        project: &ListedProject,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO projects (id, name, retention_hours, settings, created_at, version)
            SELECT ?, ?, ?, ?, any(created_at), greatest(max(version) + 1, ?) FROM projects WHERE id = ?";
        let id = project.id.get();
        let query = self.client.query(insert).bind(id).bind(&project.name);
        let query = query
            .bind(project.retention_hours)
            .bind(project.settings.to_json());
        Ok(query.bind(now.millis()).bind(id).execute().await?)
    }
}

fn parse_project(line: &str) -> Option<ListedProject> {
    let mut fields = line.split('\t');
    let id = ProjectId::new(fields.next()?.parse().ok()?);
    let name = from_hex(fields.next()?)?;
    let retention_hours = fields.next()?.parse().ok()?;
    let keys = fields
        .next()?
        .split(',')
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    let settings = Settings::from_json(&from_hex(fields.next()?)?);
    Some(ListedProject {
        id,
        name,
        keys,
        retention_hours,
        settings,
    })
}

/// Names are fetched as hexadecimal digits: whatever is in them, a line stays a line.
fn from_hex(digits: &str) -> Option<String> {
    let bytes = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back() {
        let project = parse_project("3\t5368C3B670\t720\taa,bb\t").unwrap();
        assert_eq!((project.id.get(), project.name.as_str()), (3, "Shöp"));
        assert_eq!(project.keys, ["aa", "bb"]);
        assert!(parse_project("3\tzz\t720\t\t").is_none());
    }
}
