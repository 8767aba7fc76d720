//! Somebody who is signed in: what a page's handler asks for as an argument.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use ring::hmac;

use super::presented;
use crate::app::App;
use crate::registry::{Access, Grant, TokenHash, TokenPurpose, User};
use crate::time::Timestamp;
use crate::ui::{self, Language};

/// Somebody with a valid session or token. As an argument of a page's handler it shows everybody else the sign-in form.
pub(crate) struct SignedIn {
    pub grant: Grant,
    /// The account, unless it is a program's token.
    pub user: Option<Arc<User>>,
    pub language: Language,
    /// The session or token itself.
    pub access: Arc<Access>,
    /// The secret of the session; what forms must carry is derived from it.
    secret: String,
}

impl SignedIn {
    /// What a form of this person must carry. Other pages cannot know it, since they cannot read ours.
    pub fn form_token(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = hmac::sign(&key, b"form");
        tag.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Whether a form carries it.
    pub fn knows_form_token(&self, sent: &str) -> bool {
        // Comparing hashes tells nothing about the token, however long it takes.
        TokenHash::of(sent) == TokenHash::of(&self.form_token())
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let language = Language::of(&parts.headers);
        // The start page is the sign-in page to strangers; anywhere else a script must learn that its session is over.
        let status = match parts.uri.path() {
            "/" => StatusCode::OK,
            _ => StatusCode::UNAUTHORIZED,
        };
        let Some(secret) = presented(&parts.headers) else {
            return Err(ui::sign_in_page(language, status));
        };
        match app.access(TokenHash::of(secret), Timestamp::now()).await {
            Ok(Some(access)) => Ok(Self {
                grant: access.grant.clone(),
                user: access
                    .user
                    .filter(|_| access.purpose == TokenPurpose::Session)
                    .and_then(|id| app.user(id)),
                language,
                access,
                secret: secret.to_owned(),
            }),
            Ok(None) => Err(ui::sign_in_page(language, status)),
            Err(reason) => Err(ui::refusal(app, language, reason)),
        }
    }
}
