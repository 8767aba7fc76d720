//! Answers. A refusal has a fixed name and nothing of what was sent.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{Either, Full};

use super::connections::Streamed;
use crate::outcome::Reason;

/// An answer: bytes that are there already, or a stream of the read side.
pub type Reply = Response<Either<Full<Bytes>, Streamed>>;

/// Names what became of a request.
pub const OUTCOME: HeaderName = HeaderName::from_static("x-mayfly-outcome");

/// Seconds after which a client may try again when the spool or the memory is full.
const RETRY_SECONDS: u32 = 10;
/// Hits of a visitor are counted by the minute.
const FLOODING_RETRY_SECONDS: u32 = 60;

/// An answer with these bytes.
pub fn bytes(status: StatusCode, body: Bytes) -> Reply {
    let mut answer = Response::new(Either::Left(Full::new(body)));
    *answer.status_mut() = status;
    answer
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Reply {
    bytes(status, Bytes::new())
}

/// Plain text.
pub fn text(status: StatusCode, body: &'static str) -> Reply {
    typed(
        bytes(status, Bytes::from_static(body.as_bytes())),
        "text/plain; charset=utf-8",
    )
}

/// A JSON document.
pub fn json(status: StatusCode, body: String) -> Reply {
    typed(bytes(status, Bytes::from(body)), "application/json")
}

/// A refusal in plain text.
pub fn refusal(status: StatusCode, reason: Reason, body: &'static str) -> Reply {
    mark_refused(text(status, body), reason)
}

/// A refusal as JSON.
pub fn refusal_json(status: StatusCode, reason: Reason, body: String) -> Reply {
    mark_refused(json(status, body), reason)
}

/// States the outcome in its header.
pub fn name_outcome(answer: &mut Reply, outcome: &'static str) {
    answer
        .headers_mut()
        .insert(OUTCOME, HeaderValue::from_static(outcome));
}

/// The status for a reason; `otherwise` where the protocol has none of its own.
pub const fn status(reason: Reason, otherwise: StatusCode) -> StatusCode {
    match reason {
        Reason::UnknownRoute => StatusCode::NOT_FOUND,
        Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Reason::BodyTooLarge | Reason::EventTooLarge | Reason::EnvelopeTooLong => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Reason::BulkTooLong
        | Reason::EventRepeated
        | Reason::ItemTooLarge
        | Reason::ItemsTooMany => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        Reason::EncodingUnsupported | Reason::ContentTypeUnsupported => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        Reason::RateLimited | Reason::Flooding => StatusCode::TOO_MANY_REQUESTS,
        Reason::KeyMissing => StatusCode::UNAUTHORIZED,
        Reason::KeyUnknown | Reason::OriginForbidden | Reason::ItemUnsupported => {
            StatusCode::FORBIDDEN
        }
        Reason::SpoolFull
        | Reason::SpoolFailed
        | Reason::Draining
        | Reason::StoreAway
        | Reason::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        _ => otherwise,
    }
}

/// Says when to try again.
pub fn retry_after(answer: &mut Reply, seconds: u32) {
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
}

fn mark_refused(mut answer: Reply, reason: Reason) -> Reply {
    name_outcome(&mut answer, reason.name());
    match answer.status() {
        StatusCode::SERVICE_UNAVAILABLE => retry_after(&mut answer, RETRY_SECONDS),
        StatusCode::TOO_MANY_REQUESTS => retry_after(&mut answer, FLOODING_RETRY_SECONDS),
        _ => {}
    }
    answer
}

fn typed(mut answer: Reply, content_type: &'static str) -> Reply {
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
