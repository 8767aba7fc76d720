//! Answers in Sentry's words: `{"id":"…"}` or `{"detail":"…","causes":["…"]}`.
//!
//! Every answer may be read by a page of any origin. Its texts are fixed: they help the developer who sees them in a
//! browser's console or an SDK's debug log, and repeat nothing of what was sent.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE,
};
use http::{HeaderName, HeaderValue, StatusCode};

use super::items::REFUSED_CATEGORIES;
use crate::intake::PIXEL;
use crate::limits::REFUSED_KINDS_PAUSE_SECONDS;
use crate::outcome::Reason;
use crate::privacy::EventId;
use crate::quota::{Category, Refused};
use crate::server::{Reply, reply};

const RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");

/// The methods of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    Post,
    /// Of old clients and of shell scripts.
    GetOrPost,
}

impl Methods {
    const fn names(self) -> &'static str {
        match self {
            Methods::Post => "POST, OPTIONS",
            Methods::GetOrPost => "GET, POST, OPTIONS",
        }
    }
}

/// The event is durable, or there was none to store, or it was left out for a reason that the client need not know.
pub fn accepted(id: Option<EventId>, left_out: Option<Reason>) -> Reply {
    let body = id.map_or_else(|| "{}".to_owned(), |id| format!(r#"{{"id":"{id}"}}"#));
    let mut answer = reply::json(StatusCode::OK, body);
    let outcome = left_out.map_or("accepted", Reason::name);
    reply::name_outcome(&mut answer, outcome);
    allow_any_origin(answer)
}

/// The event of an old client's picture is durable.
pub fn pixel() -> Reply {
    let mut answer = reply::bytes(StatusCode::OK, Bytes::from_static(PIXEL));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply::name_outcome(&mut answer, "accepted");
    allow_any_origin(answer)
}

/// The request or its event is refused.
pub fn refused(reason: Reason) -> Reply {
    let status = reply::status(reason, StatusCode::BAD_REQUEST);
    let body = format!(r#"{{"detail":"{}","causes":["{reason}"]}}"#, advice(reason));
    let mut answer = reply::refusal_json(status, reason, body);
    answer
        .headers_mut()
        .insert("x-sentry-error", HeaderValue::from_static(reason.name()));
    allow_any_origin(answer)
}

/// The route is not for this method.
pub fn method_not_allowed(allowed: Methods) -> Reply {
    let mut answer = refused(Reason::MethodNotAllowed);
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed.names()));
    answer
}

/// Asks SDKs not to send again what is refused on principle.
pub fn pause_refused_kinds(answer: &mut Reply) {
    let limit = format!("{REFUSED_KINDS_PAUSE_SECONDS}:{REFUSED_CATEGORIES}:project:not_stored");
    add_rate_limit(answer, &limit);
}

/// Says which categories are over a limit, and for how long.
pub fn state_limits(answer: &mut Reply, limited: &BTreeMap<Category, Refused>) {
    for (category, refused) in limited {
        add_rate_limit(answer, &refused.sentry_rate_limit(*category));
    }
    let longest = limited.values().map(|refused| refused.retry_after_seconds);
    if let Some(seconds) = longest.max()
        && answer.status() == StatusCode::TOO_MANY_REQUESTS
    {
        reply::retry_after(answer, seconds);
    }
}

/// Appends to a list that SDKs read as one header.
fn add_rate_limit(answer: &mut Reply, limit: &str) {
    let known = answer
        .headers()
        .get(RATE_LIMITS)
        .and_then(|value| value.to_str().ok());
    let limits = match known {
        Some(known) => format!("{known}, {limit}"),
        None => limit.to_owned(),
    };
    if let Ok(limits) = HeaderValue::try_from(limits) {
        answer.headers_mut().insert(RATE_LIMITS, limits);
    }
}

/// The answer to a browser's question before it sends.
pub fn preflight(allowed: Methods) -> Reply {
    let mut answer = reply::empty(StatusCode::OK);
    let headers = answer.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(allowed.names()),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, \
             authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage",
        ),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    allow_any_origin(answer)
}

/// Browser SDKs read answers of every status, and never send credentials.
fn allow_any_origin(mut answer: Reply) -> Reply {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "x-sentry-error, x-sentry-rate-limits, retry-after, x-mayfly-outcome",
        ),
    );
    answer
}

/// What a developer can do about a refusal.
const fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::MethodNotAllowed => "this address does not answer to this method, see Allow",
        Reason::BodyEmpty => "the request has no body",
        Reason::BodyTooLarge => "the body exceeds 4 MiB as sent or 16 MiB unpacked",
        Reason::BodyTimeout => "the body did not arrive in time",
        Reason::BodyCut => "the body ended early",
        Reason::EncodingUnsupported => {
            "the content encoding is none of gzip, deflate, br, zstd, identity"
        }
        Reason::EncodingBroken => "the body cannot be unpacked as its content encoding says",
        Reason::ProjectMissing => "the address names no project; it is the number at the DSN's end",
        Reason::RateLimited => {
            "the project or key is over its limit, see Retry-After and X-Sentry-Rate-Limits"
        }
        Reason::KeyMissing => {
            "no key: send sentry_key in X-Sentry-Auth or the query, or the dsn in the envelope's header"
        }
        Reason::KeyMalformed => "a key has 32 hexadecimal digits; it is the user name in the DSN",
        Reason::KeyUnknown => "the key does not open this project; compare the DSN",
        Reason::OriginForbidden => "the project's settings do not admit pages of this origin",
        Reason::KeyMismatch => {
            "the request names two different keys or projects (headers, query, path, dsn of the envelope)"
        }
        Reason::ProtocolUnsupported => "sentry_version is no number or above 7",
        Reason::EnvelopeInvalid => "the envelope, or one of its items, is not framed as documented",
        Reason::EnvelopeTooLong => "the envelope has more than 500 items",
        Reason::EventInvalid => "the event is no JSON object",
        Reason::EventTooLarge => "the event exceeds 1 MiB, or 350,000 values",
        Reason::EventRepeated => "an envelope holds one event at most",
        Reason::ItemTooLarge => "an item exceeds the limit of its type",
        Reason::ItemsTooMany => "the envelope holds too many items of one type",
        Reason::ItemUnsupported => {
            "this kind of data is not taken here; the documentation says why"
        }
        Reason::ItemInvalid => "an item says nothing that can be stored",
        Reason::ContentTypeUnsupported => {
            "reports come as application/csp-report, application/reports+json or application/json"
        }
        Reason::CheckInInvalid => {
            "a check-in needs a status of ok, error or in_progress and a short slug"
        }
        Reason::SpoolFull | Reason::SpoolFailed => "nothing can be stored at the moment, try again",
        Reason::Draining => "the server is stopping, try again",
        Reason::StoreAway => "the project cannot be looked up at the moment, try again",
        _ => "the request is refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_plain_json_text() {
        for &reason in Reason::ALL {
            assert!(!advice(reason).contains(['"', '\\']));
        }
    }
}
