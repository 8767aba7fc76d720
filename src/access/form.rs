//! Forms that change something. Nobody else's page can send them: the browser's own headers are checked, and a signed-in
//! person's form must carry the token that only our pages know.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use bytes::Bytes;

use super::{SignedIn, is_same_origin};
use crate::app::App;
use crate::limits::FORM_FIELDS_MAX;
use crate::outcome::Reason;
use crate::ui::{self, Language};

/// Name of the field that holds [`SignedIn::form_token`].
const TOKEN_FIELD: &str = "form_token";

/// The fields of a form, in order.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body).into_owned();
        Self(pairs.take(FORM_FIELDS_MAX).collect())
    }

    /// The first field of this name without spaces around it, empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default().trim()
    }

    /// The first field of this name as it was typed.
    pub fn verbatim(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field of this name, as checkboxes send them.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(field, _)| field == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether there is a field of this name.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
}

/// A form of somebody who is signed in, sent from a page of ours.
pub(crate) struct OwnForm {
    pub reader: SignedIn,
    pub fields: Fields,
}

impl FromRequest<Arc<App>> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let reader = SignedIn::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let fields = Fields::parse(&body.unwrap_or_default());
        if is_same_origin(&headers) && reader.knows_form_token(fields.text(TOKEN_FIELD)) {
            Ok(Self { reader, fields })
        } else {
            Err(ui::refusal(app, reader.language, Reason::ForeignPage))
        }
    }
}

/// A form of somebody who is not signed in, sent from a page of ours.
pub(crate) struct StrangersForm(pub Fields);

impl FromRequest<Arc<App>> for StrangersForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        if !is_same_origin(request.headers()) {
            let language = Language::of(request.headers());
            return Err(ui::refusal(app, language, Reason::ForeignPage));
        }
        let body = Bytes::from_request(request, app).await;
        Ok(Self(Fields::parse(&body.unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name() {
        let fields = Fields::parse(b"name=+Help+desk+&project=1&project=2&password=+a");
        assert_eq!(fields.text("name"), "Help desk");
        assert_eq!(fields.all("project").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(
            (fields.verbatim("password"), fields.text("password")),
            (" a", "a")
        );
        assert!(fields.has("project") && !fields.has("other") && fields.text("other").is_empty());
    }

    #[test]
    fn there_is_an_end_to_fields() {
        let body = "a=1&".repeat(FORM_FIELDS_MAX + 1);
        assert_eq!(Fields::parse(body.as_bytes()).0.len(), FORM_FIELDS_MAX);
    }
}
