//! Signing in, the first account, invitations, a new password.

use std::sync::Arc;

use super::password::Password;
use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::outcome::Reason;
use crate::privacy::ip::MaskedIp;
use crate::registry::{Access, Email, Grant, Role, Scope, User, UserId};
use crate::time::Timestamp;

/// The account with this address and password.
///
/// # Errors
/// [`Reason::SignInRefused`] whatever is wrong with the two, after the same time whether the account exists or not;
/// [`Reason::AttemptsExceeded`] after too many attempts; [`Reason::StoreAway`] or [`Reason::Busy`].
pub(crate) async fn sign_in(
    app: &App,
    email: &str,
    password: Password,
    address: MaskedIp,
    now: Timestamp,
) -> Result<Arc<User>, Reason> {
    app.attempts.begin(email, address, now)?;
    // Asking ClickHouse only about unknown accounts would tell which ones are known.
    let asked = app.refresh_registry().await;
    asked.map_err(|_| Reason::StoreAway)?;
    let user = app.user_by_email(email).filter(|user| !user.is_disabled);
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let is_right = app.passwords.matches(password, hash).await?;
    match user {
        Some(user) if is_right => {
            app.attempts.succeeded(email, address);
            Ok(user)
        }
        _ => Err(Reason::SignInRefused),
    }
}

/// Makes the first account, an administrator of everything, for whoever holds the one-time link.
///
/// # Errors
/// [`Reason::LinkUsed`] if the link has another code or was used; [`Reason::StoreAway`] or [`Reason::Busy`], and the link
/// still works.
pub(crate) async fn create_first_admin(
    app: &App,
    code: &str,
    email: Email,
    password: Password,
    now: Timestamp,
) -> Result<User, Reason> {
    let link = app.setup.take(code).ok_or(Reason::LinkUsed)?;
    let created = async {
        let hash = app.passwords.hash(password).await?;
        let grant = Grant {
            role: Role::Admin,
            scope: Scope::All,
        };
        let mut user = app.add_user(email, grant, Actor::System).await?;
        user.password_hash = Some(hash);
        app.store
            .write_user(&user, now)
            .await
            .map_err(|_| Reason::StoreAway)?;
        Ok(user)
    };
    let created = created.await;
    if created.is_err() {
        app.setup.put_back(link);
    }
    created
}

/// Gives an invited person, or one who forgot it, the password they chose. The link has done its work, and whoever was
/// signed in with an earlier password is so no longer.
///
/// # Errors
/// [`Reason::LinkUsed`], [`Reason::StoreAway`] or [`Reason::Busy`].
pub(crate) async fn accept_invitation(
    app: &App,
    invitation: &Access,
    password: Password,
    now: Timestamp,
) -> Result<User, Reason> {
    let _one_at_a_time = app.accepting.lock().await;
    let known = app.refresh_registry().await;
    known.map_err(|_| Reason::StoreAway)?;
    let user = app.invited(invitation.hash, now).ok_or(Reason::LinkUsed)?;
    let hash = app.passwords.hash(password).await?;
    let user = User {
        password_hash: Some(hash),
        ..User::clone(&user)
    };
    let write = async {
        app.store.revoke_token(invitation, now).await?;
        app.store.end_sessions(user.id, None, now).await?;
        app.store.write_user(&user, now).await?;
        app.refresh_registry().await
    };
    write.await.map_err(|_| Reason::StoreAway)?;
    password_changed(app, user.id).await;
    Ok(user)
}

async fn password_changed(app: &App, user: UserId) {
    let actor = Actor::User(user);
    app.record(actor, Action::PasswordChanged, String::new(), String::new())
        .await;
}

/// Changes a signed-in person's password and ends all their other sessions.
///
/// # Errors
/// [`Reason::SignInRefused`] if `current` is wrong, [`Reason::AttemptsExceeded`], [`Reason::StoreAway`] or
/// [`Reason::Busy`].
pub(crate) async fn change_password(
    app: &App,
    user: &User,
    session: &Access,
    (current, new): (Password, Password),
    address: MaskedIp,
    now: Timestamp,
) -> Result<(), Reason> {
    let email = user.email.as_str();
    sign_in(app, email, current, address, now).await?;
    let user = User {
        password_hash: Some(app.passwords.hash(new).await?),
        ..user.clone()
    };
    let write = async {
        app.store.write_user(&user, now).await?;
        app.store
            .end_sessions(user.id, Some(&session.id()), now)
            .await?;
        app.refresh_registry().await
    };
    write.await.map_err(|_| Reason::StoreAway)?;
    password_changed(app, user.id).await;
    Ok(())
}
