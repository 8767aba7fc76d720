//! Whoever calls the API, what they sent, and how they are told no.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use super::problem;
use crate::access::{access, is_same_origin};
use crate::app::App;
use crate::outcome::Reason;
use crate::registry::{Access, Grant, ProjectId, Role, Scope};
use crate::store::StoreError;

/// Somebody with a valid token or session. As an argument of a handler it refuses everybody else, and changes that a
/// foreign page asks for.
pub(super) struct Caller {
    pub grant: Grant,
    pub access: Arc<Access>,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let access = match access(app, &parts.headers).await {
            Ok(Some(access)) => access,
            Ok(None) => return Err(refused(app, Reason::TokenMissing)),
            Err(reason) => return Err(refused(app, reason)),
        };
        if parts.method != Method::GET && !is_same_origin(&parts.headers) {
            return Err(refused(app, Reason::ForeignPage));
        }
        Ok(Self {
            grant: access.grant.clone(),
            access,
        })
    }
}

/// A body in JSON. Its mistakes are not repeated to its sender.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        let body = Bytes::from_request(request, app).await;
        let read = serde_json::from_slice(&body.unwrap_or_default());
        read.map(Self)
            .map_err(|_| refused(app, Reason::FormInvalid))
    }
}

/// A no: counted, with its fixed name and a fixed text.
pub(super) struct Refusal(Box<Response>);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Response> for Refusal {
    fn from(answer: Response) -> Self {
        Self(Box::new(answer))
    }
}

/// The answer to a call that is refused for this reason.
pub(super) fn refused(app: &App, reason: Reason) -> Refusal {
    let (status, detail) = match reason {
        Reason::TokenMissing => (StatusCode::UNAUTHORIZED, "a valid token is needed"),
        Reason::RoleInsufficient => (
            StatusCode::FORBIDDEN,
            "the token's role does not allow this",
        ),
        Reason::ForeignPage => (StatusCode::FORBIDDEN, "another site's page cannot do this"),
        Reason::ProjectUnknown => (StatusCode::NOT_FOUND, "there is no such project"),
        Reason::KeyUnknown => (StatusCode::NOT_FOUND, "the project has no such key"),
        Reason::UnknownRoute => (StatusCode::NOT_FOUND, "there is nothing of this number"),
        Reason::IdGuessable => (
            StatusCode::FORBIDDEN,
            "others could guess this id, so it proves nothing; ask the operator of the site or app",
        ),
        Reason::AttemptsExceeded => (
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests from your network; try again in a quarter of an hour",
        ),
        Reason::RateLimited => (
            StatusCode::TOO_MANY_REQUESTS,
            "no further objections can be remembered; ask the operator of the site or app",
        ),
        Reason::EmailTaken => (
            StatusCode::CONFLICT,
            "there is an account with this address",
        ),
        Reason::FormInvalid => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "the body does not fit its description in openapi.json",
        ),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer"),
    };
    problem(app, status, reason, detail).into()
}

/// Refuses a caller who may not do something.
pub(super) fn require(app: &App, is_allowed: bool) -> Result<(), Refusal> {
    match is_allowed {
        true => Ok(()),
        false => Err(refused(app, Reason::RoleInsufficient)),
    }
}

/// What was written is known here at once, and to other servers within seconds.
pub(super) async fn written<T>(app: &App, write: Result<T, StoreError>) -> Result<T, Refusal> {
    let away = |_| refused(app, Reason::StoreAway);
    let written = write.map_err(away)?;
    app.refresh_registry().await.map_err(away)?;
    Ok(written)
}

/// The grant that a body asks for: a role by its name, and known projects (none for all).
pub(super) fn read_grant(app: &App, role: &str, projects: &[u32]) -> Result<Grant, Refusal> {
    let ids = projects.iter().copied().map(ProjectId::new);
    let are_known = ids.clone().all(|id| app.known_project(id).is_some());
    let role = Role::from_name(role).filter(|_| are_known);
    let role = role.ok_or_else(|| refused(app, Reason::FormInvalid))?;
    Ok(Grant {
        role,
        scope: Scope::of(ids.collect()),
    })
}
