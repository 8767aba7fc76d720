//! Answers in Sentry's words: `{"id":"…"}` or `{"detail":"…","causes":[]}`.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
};
use http::{HeaderValue, StatusCode};

use crate::outcome::Reason;
use crate::privacy::EventId;
use crate::server::{Reply, reply};

/// The event is durable, or there was none to store.
pub fn accepted(id: Option<EventId>) -> Reply {
    let body = id.map_or_else(|| "{}".to_owned(), |id| format!(r#"{{"id":"{id}"}}"#));
    let mut answer = reply::json(StatusCode::OK, body);
    reply::name_outcome(&mut answer, "accepted");
    allow_any_origin(answer)
}

/// The request or its event is refused.
pub fn refused(reason: Reason) -> Reply {
    let status = reply::status(reason, StatusCode::BAD_REQUEST);
    let body = format!(r#"{{"detail":"{reason}","causes":[]}}"#);
    let mut answer = reply::refusal_json(status, reason, body);
    answer
        .headers_mut()
        .insert("x-sentry-error", HeaderValue::from_static(reason.name()));
    allow_any_origin(answer)
}

/// The answer to a browser's question before it sends.
pub fn preflight() -> Reply {
    let mut answer = reply::empty(StatusCode::OK);
    let headers = answer.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
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
