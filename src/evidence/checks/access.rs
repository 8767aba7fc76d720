//! Who has access, with which role, until when.

use super::{Subject, Verdict};
use crate::evidence::Words;
use crate::limits::{SESSION_SECONDS_MAX, TOKEN_DAYS_MAX};
use crate::registry::{Access, Role, TokenPurpose};
use crate::store::StoreError;

/// Nothing opens for those who were switched off, or for longer than is allowed.
pub(super) async fn accounts(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let query = "SELECT 'user' AS kind, toString(role) AS role, count() AS number FROM users FINAL WHERE NOT disabled GROUP BY role \
        UNION ALL SELECT purpose, role, count() FROM tokens FINAL WHERE NOT revoked AND expires_at > now() GROUP BY purpose, role";
    let users = subject.store.users().await?;
    let tokens = subject.store.tokens(subject.now).await?;
    let is_over = |token: &&Access| {
        let lifetime = i64::from(token.expires_at) - i64::from(token.created_at);
        let lifetime_max = match token.purpose {
            TokenPurpose::Session | TokenPurpose::Invitation => SESSION_SECONDS_MAX,
            TokenPurpose::Api => i64::from(TOKEN_DAYS_MAX) * 86_400,
        };
        let is_of_nobody = token.purpose != TokenPurpose::Api
            && token
                .user
                .is_some_and(|id| users.iter().all(|user| user.id != id || user.is_disabled));
        lifetime > lifetime_max || is_of_nobody
    };
    let over = tokens.iter().filter(is_over).count();
    let count = |role: Role| {
        let people = users
            .iter()
            .filter(|user| !user.is_disabled && user.grant.role == role);
        let programs = tokens
            .iter()
            .filter(|token| token.purpose == TokenPurpose::Api && token.grant.role == role);
        (people.count(), programs.count())
    };
    let [admins, developers, officers] = [Role::Admin, Role::Developer, Role::Officer].map(count);
    let sessions = tokens
        .iter()
        .filter(|token| token.purpose == TokenPurpose::Session)
        .count();
    let detail = Words::new(
        format!(
            "People / tokens: {} / {} admin, {} / {} developer, {} / {} officer; {sessions} open session(s). \
             {over} of them should not be valid any more.",
            admins.0, admins.1, developers.0, developers.1, officers.0, officers.1
        ),
        format!(
            "Personen / Token: {} / {} Administration, {} / {} Entwicklung, {} / {} Datenschutz; {sessions} offene Sitzung(en). \
             {over} davon dürfte(n) nicht mehr gelten.",
            admins.0, admins.1, developers.0, developers.1, officers.0, officers.1
        ),
    );
    Ok(Verdict::new(over == 0, query, detail))
}
