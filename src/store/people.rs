//! Users and tokens in ClickHouse, where several servers can share them.

use clickhouse::Row;
use ring::rand::SystemRandom;
use serde::Deserialize;

use super::{Store, StoreError};
use crate::limits::INVITATION_SECONDS_MAX;
use crate::outcome::Reason;
use crate::registry::{
    Access, Email, Grant, ProjectId, Role, Scope, Token, TokenHash, TokenPurpose, User, UserId,
};
use crate::time::Timestamp;

/// A token to be made.
pub struct NewToken {
    pub purpose: TokenPurpose,
    pub name: String,
    pub user: Option<UserId>,
    pub grant: Grant,
    /// When it stops working.
    pub ends: Timestamp,
}

#[derive(Row, Deserialize)]
struct TokenRow {
    token_hash: String,
    purpose: String,
    name: String,
    user_id: String,
    role: String,
    project_ids: Vec<u32>,
    created_at: u32,
    expires_at: u32,
}

#[derive(Row, Deserialize)]
struct UserRow {
    id: String,
    email: String,
    role: String,
    project_ids: Vec<u32>,
    password_hash: String,
    created_at: u32,
    disabled: bool,
}

impl Store {
    /// Every token that is valid at `now`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn tokens(&self, now: Timestamp) -> Result<Vec<Access>, StoreError> {
        let query = "SELECT toString(token_hash) AS token_hash, toString(purpose) AS purpose, name,
                ifNull(toString(user_id), '') AS user_id, toString(role) AS role, project_ids,
                toUnixTimestamp(created_at) AS created_at, toUnixTimestamp(expires_at) AS expires_at
            FROM tokens FINAL WHERE NOT revoked AND tokens.expires_at > ?
            ORDER BY created_at DESC, token_hash";
        let query = self.client.query(query).bind(now.datetime());
        let rows = self.fetch_rows::<TokenRow>(query).await?;
        let tokens = rows.into_iter().map(TokenRow::read);
        tokens.collect::<Option<_>>().ok_or(StoreError::Unexpected)
    }

    /// Everybody who was ever added, in that order.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let query =
            "SELECT toString(id) AS id, email, toString(role) AS role, project_ids, password_hash,
                toUnixTimestamp(created_at) AS created_at, disabled
            FROM users FINAL ORDER BY created_at, id";
        let rows = self.fetch_rows::<UserRow>(self.client.query(query)).await?;
        let users = rows.into_iter().map(UserRow::read);
        users.collect::<Option<_>>().ok_or(StoreError::Unexpected)
    }

    /// Adds a user, or writes a changed one.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn write_user(&self, user: &User, now: Timestamp) -> Result<(), StoreError> {
        // A change counts after what it changes, whatever the clocks of several servers say.
        let insert = "INSERT INTO users
            (id, email, role, project_ids, password_hash, created_at, disabled, version)
            SELECT toUUID(?), ?, ?, ?, ?, ?, ?, greatest(max(version) + 1, ?) FROM users WHERE id = toUUID(?)";
        let id = user.id.to_string();
        let query = self.client.query(insert).bind(&id);
        let query = query
            .bind(user.email.as_str())
            .bind(user.grant.role.name())
            .bind(user.grant.scope.numbers());
        let query = query
            .bind(user.password_hash.as_deref().unwrap_or_default())
            .bind(user.created_at)
            .bind(user.is_disabled);
        Ok(query.bind(now.millis()).bind(id).execute().await?)
    }

    /// Adds somebody who has no password yet.
    ///
    /// # Errors
    /// [`Reason::EmailTaken`] if there is an account with this address, or [`Reason::StoreAway`].
    pub async fn add_user(
        &self,
        email: Email,
        grant: Grant,
        now: Timestamp,
    ) -> Result<User, Reason> {
        let users = self.users().await.map_err(|_| Reason::StoreAway)?;
        if users.iter().any(|user| user.email.is(email.as_str())) {
            return Err(Reason::EmailTaken);
        }
        let user = User {
            id: UserId::random(),
            email,
            grant,
            password_hash: None,
            created_at: now.datetime(),
            is_disabled: false,
        };
        let written = self.write_user(&user, now).await;
        written.map_err(|_| Reason::StoreAway).map(|()| user)
    }

    /// A link's secret for somebody who is to choose a password. An earlier one no longer works.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn invite(&self, user: &User, now: Timestamp) -> Result<Token, StoreError> {
        let is_earlier = |token: &Access| {
            token.purpose == TokenPurpose::Invitation && token.user == Some(user.id)
        };
        self.revoke_where(is_earlier, now).await?;
        let new = NewToken {
            purpose: TokenPurpose::Invitation,
            name: String::new(),
            user: Some(user.id),
            grant: user.grant.clone(),
            ends: Timestamp::from_seconds(now.seconds() + INVITATION_SECONDS_MAX),
        };
        self.add_token(new, now).await
    }

    /// Keeps somebody out: sessions and invitations end, and do not come back when they are let in again.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn disable_user(&self, user: &User, now: Timestamp) -> Result<(), StoreError> {
        let disabled = User {
            is_disabled: true,
            ..user.clone()
        };
        self.write_user(&disabled, now).await?;
        let is_own =
            |token: &Access| token.purpose != TokenPurpose::Api && token.user == Some(user.id);
        self.revoke_where(is_own, now).await
    }

    /// Ends all sessions of a user but the one with the number `kept`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn end_sessions(
        &self,
        user: UserId,
        kept: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_other = |token: &Access| {
            token.purpose == TokenPurpose::Session
                && token.user == Some(user)
                && kept.is_none_or(|kept| token.id() != kept)
        };
        self.revoke_where(is_other, now).await
    }

    async fn revoke_where(
        &self,
        is_meant: impl Fn(&Access) -> bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for token in self
            .tokens(now)
            .await?
            .iter()
            .filter(|token| is_meant(token))
        {
            self.revoke_token(token, now).await?;
        }
        Ok(())
    }

    /// Creates a token and returns it; ClickHouse only gets its hash.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn add_token(&self, new: NewToken, now: Timestamp) -> Result<Token, StoreError> {
        let token = Token::random(&SystemRandom::new());
        let access = Access {
            hash: token.hash(),
            purpose: new.purpose,
            name: new.name,
            user: new.user,
            grant: new.grant,
            created_at: now.datetime(),
            expires_at: new.ends.datetime(),
        };
        self.write_token(&access, false, now).await?;
        Ok(token)
    }

    /// Withdraws a token.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn revoke_token(&self, token: &Access, now: Timestamp) -> Result<(), StoreError> {
        self.write_token(token, true, now).await
    }

    async fn write_token(
        &self,
        token: &Access,
        revoked: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO tokens
            (token_hash, role, project_ids, purpose, name, user_id, created_at, expires_at, revoked, version)
            SELECT ?, ?, ?, ?, ?, toUUID(?), ?, ?, ?, greatest(max(version) + 1, ?) FROM tokens WHERE token_hash = ?";
        let query = self
            .client
            .query(insert)
            .bind(token.hash.to_hex())
            .bind(token.grant.role.name())
            .bind(token.grant.scope.numbers());
        let query = query
            .bind(token.purpose.name())
            .bind(&token.name)
            .bind(token.user.map(|user| user.to_string()));
        let query = query
            .bind(token.created_at)
            .bind(token.expires_at)
            .bind(revoked);
        let query = query.bind(now.millis()).bind(token.hash.to_hex());
        Ok(query.execute().await?)
    }
}

impl TokenRow {
    fn read(self) -> Option<Access> {
        let purpose = TokenPurpose::ALL
            .iter()
            .find(|purpose| purpose.name() == self.purpose)?;
        Some(Access {
            hash: TokenHash::from_hex(&self.token_hash)?,
            purpose: *purpose,
            name: self.name,
            user: match self.user_id.as_str() {
                "" => None,
                id => Some(id.parse().ok()?),
            },
            grant: grant(&self.role, self.project_ids)?,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

impl UserRow {
    fn read(self) -> Option<User> {
        Some(User {
            id: self.id.parse().ok()?,
            email: self.email.parse::<Email>().ok()?,
            grant: grant(&self.role, self.project_ids)?,
            password_hash: Some(self.password_hash).filter(|hash| !hash.is_empty()),
            created_at: self.created_at,
            is_disabled: self.disabled,
        })
    }
}

fn grant(role: &str, projects: Vec<u32>) -> Option<Grant> {
    Some(Grant {
        role: Role::from_name(role)?,
        scope: Scope::of(projects.into_iter().map(ProjectId::new).collect()),
    })
}
