//! What administrators do, on pages and over the API alike: written to ClickHouse, into the ledger, and known here at once;
//! other servers follow within seconds.

use super::App;
use crate::ledger::{Action, Actor};
use crate::outcome::Reason;
use crate::registry::{Access, Email, Grant, ProjectId, PublicKey, Token, User, UserId};
use crate::retention::Retention;
use crate::store::StoreError;
use crate::store::people::NewToken;
use crate::time::Timestamp;

impl App {
    /// Creates a project with one key.
    ///
    /// # Errors
    /// [`Reason::StoreAway`], here and below, if ClickHouse does not answer.
    pub async fn add_project(
        &self,
        name: &str,
        retention: Retention,
        actor: Actor,
    ) -> Result<ProjectId, Reason> {
        let added = self.store.add_project(name, retention, Timestamp::now());
        let id = added.await.map_err(|_| Reason::StoreAway)?.id;
        self.done(actor, Action::ProjectAdded, project(id), "")
            .await?;
        Ok(id)
    }

    /// Gives a project one more key.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn add_key(&self, id: ProjectId, actor: Actor) -> Result<PublicKey, Reason> {
        let added = self.store.add_key(id, Timestamp::now()).await;
        let key = added.map_err(|_| Reason::StoreAway)?;
        self.done(actor, Action::KeyAdded, project(id), "").await?;
        Ok(key)
    }

    /// Withdraws a key: who presents it is refused within seconds.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn revoke_key(
        &self,
        id: ProjectId,
        key: PublicKey,
        actor: Actor,
    ) -> Result<(), Reason> {
        let revoked = self.store.revoke_key(id, key, Timestamp::now()).await;
        self.after(revoked, actor, Action::KeyRevoked, project(id), "")
            .await
    }

    /// Adds somebody who has no password yet.
    ///
    /// # Errors
    /// [`Reason::EmailTaken`], or see [`App::add_project`].
    pub async fn add_user(&self, email: Email, grant: Grant, actor: Actor) -> Result<User, Reason> {
        let user = self.store.add_user(email, grant, Timestamp::now()).await?;
        let role = user.grant.role.name();
        self.done(actor, Action::UserAdded, person(user.id), role)
            .await?;
        Ok(user)
    }

    /// The address of a page on which somebody chooses a password. Earlier ones no longer work.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn invite(&self, user: &User, actor: Actor) -> Result<String, Reason> {
        let invited = self.store.invite(user, Timestamp::now()).await;
        let token = invited.map_err(|_| Reason::StoreAway)?;
        self.done(actor, Action::UserInvited, person(user.id), "")
            .await?;
        Ok(super::invitation_link(&self.public_url, &token))
    }

    /// Writes a user's role, projects, and whether they are kept out. Who is kept out is signed out as well.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn change_user(&self, user: &User, actor: Actor) -> Result<(), Reason> {
        let now = Timestamp::now();
        let (written, action) = match user.is_disabled {
            true => (
                self.store.disable_user(user, now).await,
                Action::UserDisabled,
            ),
            false => (self.store.write_user(user, now).await, Action::UserChanged),
        };
        let role = user.grant.role.name();
        self.after(written, actor, action, person(user.id), role)
            .await
    }

    /// Ends all sessions of a user but the one with the number `kept`.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn end_sessions(
        &self,
        user: UserId,
        kept: Option<&str>,
        actor: Actor,
    ) -> Result<(), Reason> {
        let ended = self.store.end_sessions(user, kept, Timestamp::now()).await;
        self.after(ended, actor, Action::SessionsEnded, person(user), "")
            .await
    }

    /// Creates a program's token.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn add_token(&self, new: NewToken, actor: Actor) -> Result<Token, Reason> {
        let role = new.grant.role.name();
        let added = self.store.add_token(new, Timestamp::now()).await;
        let token = added.map_err(|_| Reason::StoreAway)?;
        let object = Actor::Token(token.hash()).to_string();
        self.done(actor, Action::TokenAdded, object, role).await?;
        Ok(token)
    }

    /// Withdraws a program's token.
    ///
    /// # Errors
    /// See [`App::add_project`].
    pub async fn revoke_token(&self, token: &Access, actor: Actor) -> Result<(), Reason> {
        let revoked = self.store.revoke_token(token, Timestamp::now()).await;
        let object = Actor::Token(token.hash).to_string();
        self.after(revoked, actor, Action::TokenRevoked, object, "")
            .await
    }

    /// What follows upon a change that may have failed.
    async fn after(
        &self,
        written: Result<(), StoreError>,
        actor: Actor,
        action: Action,
        object: String,
        detail: &str,
    ) -> Result<(), Reason> {
        written.map_err(|_| Reason::StoreAway)?;
        self.done(actor, action, object, detail).await
    }

    /// What follows upon a change.
    async fn done(
        &self,
        actor: Actor,
        action: Action,
        object: String,
        detail: &str,
    ) -> Result<(), Reason> {
        self.record(actor, action, object, detail.to_owned()).await;
        let known = self.refresh_registry().await;
        known.map_err(|_| Reason::StoreAway)
    }
}

fn project(id: ProjectId) -> String {
    format!("project:{id}")
}

fn person(id: UserId) -> String {
    Actor::User(id).to_string()
}
