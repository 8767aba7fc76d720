//! Several hits in one JSON body: `{"requests":["?idsite=1&…", {"idsite":1}], "send_image":0}`.

use crate::intake::matomo::Hit;
use crate::json::{self, Unread, Value};
use crate::limits::{BULK_HITS_MAX, BULK_VALUES_MAX};
use crate::outcome::Reason;
use crate::registry::TokenHash;

/// A bulk body.
pub struct Bulk {
    /// The hits in the order they were sent; an empty one could not be read.
    pub hits: Vec<Hit<'static>>,
    /// The client wants no body in return.
    pub wants_no_body: bool,
    /// The token that counts for every hit without one of its own.
    pub token: Option<TokenHash>,
}

/// Matomo's own test: the word `requests` in quotes anywhere but at the start, whatever the content type.
pub fn is_bulk(body: &[u8]) -> bool {
    body.len() > 1
        && (memchr::memmem::find(&body[1..], b"\"requests\"").is_some()
            || memchr::memmem::find(&body[1..], b"'requests'").is_some())
}

impl Bulk {
    /// Reads a bulk body.
    ///
    /// # Errors
    /// [`Reason::BulkInvalid`] if it is no such JSON, [`Reason::BulkTooLong`] if it holds too many hits or parameters.
    pub fn read(body: &[u8]) -> Result<Self, Reason> {
        let mut scratch = Vec::new();
        let document = json::parse_within(BULK_VALUES_MAX, body, &mut scratch);
        let document = document.map_err(|unread| match unread {
            Unread::TooManyValues => Reason::BulkTooLong,
            Unread::NotJson => Reason::BulkInvalid,
        })?;
        let requests = document
            .get("requests")
            .and_then(Value::as_array)
            .ok_or(Reason::BulkInvalid)?;
        if requests.len() > BULK_HITS_MAX {
            return Err(Reason::BulkTooLong);
        }
        let wants_no_body = match document.get("send_image") {
            Some(Value::Number(number)) => number.as_i64() == Some(0),
            Some(Value::String(text)) => text == "0",
            _ => false,
        };
        let token = document.str_at("token_auth").filter(|t| !t.is_empty());
        Ok(Self {
            hits: requests.iter().map(read_hit).collect(),
            wants_no_body,
            token: token.map(TokenHash::of),
        })
    }
}

/// Only the query part of a string counts.
fn read_hit(request: &Value<'_>) -> Hit<'static> {
    match request {
        Value::String(url) => {
            let query = url.split_once('?').map_or("", |(_, query)| query);
            let query = query.split('#').next().unwrap_or_default();
            Hit::read(query, "").into_owned()
        }
        Value::Object(members) => Hit::from_object(members),
        _ => Hit::read("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::matomo::Param;

    #[test]
    fn strings_and_objects() {
        let body = br#"{"requests":["?idsite=1&url=a","https://example.org/?idsite=2",{"idsite":3,"url":"c"},7],
            "send_image":0}"#;
        let bulk = Bulk::read(body).unwrap();
        let sites: Vec<_> = bulk
            .hits
            .iter()
            .map(|h| h.project().map_or(0, |p| p.get()))
            .collect();
        assert_eq!(sites, [1, 2, 3, 0]);
        assert_eq!(bulk.hits[2].get(Param::Url), Some("c"));
        assert!(bulk.wants_no_body && bulk.hits[3].is_empty());
    }

    #[test]
    fn recognised_by_content() {
        assert!(is_bulk(br#"{"requests":[]}"#) && is_bulk(b"{'requests':[]}"));
        assert!(!is_bulk(b"") && !is_bulk(b"idsite=1&requests=2"));
        assert_eq!(Bulk::read(b"{}").err(), Some(Reason::BulkInvalid));
        let long = format!(
            r#"{{"requests":[{}"?a"]}}"#,
            r#""?a","#.repeat(BULK_HITS_MAX)
        );
        assert_eq!(Bulk::read(long.as_bytes()).err(), Some(Reason::BulkTooLong));
    }
}
