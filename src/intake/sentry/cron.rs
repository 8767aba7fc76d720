//! Check-ins by URL, for shell scripts: `/api/{project}/cron/{slug}/[{key}/]?status=ok`, or the same as a JSON body.
//!
//! Enters: path, query and body. Leaves: the payload of a `check_in` item, as an envelope would carry it.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::intake::form;
use crate::intake::sentry::auth;
use crate::json::{self, Value};
use crate::limits::MONITOR_SLUG_BYTES_MAX;
use crate::outcome::Reason;
use crate::privacy::EventId;
use crate::registry::PublicKey;

/// What a script may report. The others (`missed`, `timeout`) are for the server to find out.
const STATUSES: [&str; 3] = ["ok", "error", "in_progress"];

/// What a job said.
pub struct CheckIn {
    /// The key, if it stands in the path.
    pub key: Option<PublicKey>,
    /// JSON, of the form of a `check_in` item.
    pub payload: Vec<u8>,
}

impl CheckIn {
    /// Reads a check-in. What the body says wins over the query.
    ///
    /// # Errors
    /// [`Reason::CheckInInvalid`] without a status or with a slug that is none, [`Reason::KeyMalformed`] for a key in the
    /// path that is none.
    pub fn read(path: &str, query: &str, body: &[u8]) -> Result<Self, Reason> {
        let (slug, key) = slug_and_key(path).ok_or(Reason::CheckInInvalid)?;
        let key = key.map(auth::parse_key).transpose()?;
        let mut scratch = Vec::new();
        let mut check_in = match body.trim_ascii() {
            [] => Value::Object(Vec::new()),
            body => json::parse(body, &mut scratch).map_err(|_| Reason::CheckInInvalid)?,
        };
        let _ = form::each_pair(query, |pair| {
            add_parameter(&mut check_in, pair.name(), pair.value().plain_text());
            ControlFlow::<()>::Continue(())
        });
        let status = check_in.str_at("status").unwrap_or_default();
        if !STATUSES.contains(&status) {
            return Err(Reason::CheckInInvalid);
        }
        check_in.set("monitor_slug", Value::String(slug));
        if check_in.get("check_in_id").is_none() {
            // Sentry's word for "the one that is running".
            check_in.set(
                "check_in_id",
                Value::from("00000000000000000000000000000000"),
            );
        }
        let mut payload = Vec::with_capacity(256);
        check_in.write(&mut payload);
        Ok(Self { key, payload })
    }
}

/// The parts behind `/api/{project}/cron/`.
fn slug_and_key(path: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut parts = path.trim_matches('/').split('/').skip(3);
    let slug = form::decode(parts.next()?);
    let is_slug = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let valid =
        !slug.is_empty() && slug.len() <= MONITOR_SLUG_BYTES_MAX && slug.chars().all(is_slug);
    let key = parts.next();
    (valid && parts.next().is_none()).then_some((slug, key))
}

fn add_parameter<'a>(check_in: &mut Value<'a>, name: &str, value: Cow<'a, str>) {
    let (name, value) = match name {
        "status" => ("status", Value::String(value)),
        "environment" => ("environment", Value::String(value)),
        "check_in_id" => match EventId::parse(&value) {
            Some(id) => ("check_in_id", Value::from(id.to_string())),
            None => return,
        },
        "duration" => match value.parse().ok().and_then(serde_json::Number::from_f64) {
            Some(seconds) => ("duration", Value::Number(seconds)),
            None => return,
        },
        _ => return,
    };
    if check_in.get(name).is_none() {
        check_in.set(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn payload(path: &str, query: &str, body: &str) -> Result<String, Reason> {
        let read = CheckIn::read(path, query, body.as_bytes())?;
        Ok(String::from_utf8(read.payload).unwrap())
    }

    #[test]
    fn by_query() {
        let query = "status=in_progress&check_in_id=0041AB98-2cb9-4566-912b-6befc573088d&environment=night+shift&duration=1.5";
        assert_eq!(
            payload("/api/1/cron/nightly-backup/", query, "").as_deref(),
            Ok(
                r#"{"status":"in_progress","check_in_id":"0041ab982cb94566912b6befc573088d","environment":"night shift","duration":1.5,"monitor_slug":"nightly-backup"}"#
            )
        );
        let path = format!("/api/1/cron/backup/{KEY}");
        let read = CheckIn::read(&path, "status=ok", b"").ok();
        assert_eq!(read.and_then(|read| read.key), KEY.parse().ok());
    }

    #[test]
    fn by_body() {
        let body = r#"{"status":"error","monitor_slug":"other","monitor_config":{"schedule":{"type":"crontab","value":"0 * * * *"}}}"#;
        let payload = payload("/api/1/cron/backup", "status=ok", body).unwrap();
        assert!(payload.contains(r#""status":"error""#) && payload.contains("crontab"));
        assert!(payload.contains(r#""monitor_slug":"backup""#) && !payload.contains("other"));
        assert!(payload.contains(r#""check_in_id":"00000000000000000000000000000000""#));
    }

    #[test]
    fn refusals() {
        for (path, query, body) in [
            ("/api/1/cron/", "status=ok", ""),
            ("/api/1/cron/a%20b/", "status=ok", ""),
            ("/api/1/cron/a/", "", ""),
            ("/api/1/cron/a/", "status=missed", ""),
            ("/api/1/cron/a/", "status=ok", "[1]"),
            ("/api/1/cron/a/", "status=ok", "{broken"),
        ] {
            assert_eq!(
                payload(path, query, body),
                Err(Reason::CheckInInvalid),
                "{path} {query} {body}"
            );
        }
        assert_eq!(
            payload("/api/1/cron/a/abc/", "status=ok", ""),
            Err(Reason::KeyMalformed)
        );
    }
}
