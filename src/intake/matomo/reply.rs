//! Answers in Matomo's words: a picture, nothing, or a count.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE,
    VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::intake::{Origin, PIXEL};
use crate::outcome::Reason;
use crate::privacy::Sender;
use crate::server::{Incoming, Reply, reply};

/// The outcome of what is stored.
const ACCEPTED: &str = "accepted";

static GREETING: &str =
    "This is Mayfly, which collects page views and crash reports and forgets who sent them.";

/// What became of the hits of a bulk body.
#[derive(Default)]
pub struct BulkResult {
    /// Recorded, or left out on purpose.
    pub tracked: usize,
    /// Positions of those that were refused.
    pub invalid: Vec<usize>,
    /// Whether the positions are told.
    pub names_invalid: bool,
}

impl BulkResult {
    fn to_json(&self) -> String {
        let (tracked, invalid) = (self.tracked, self.invalid.len());
        let indices = match self.names_invalid {
            true => format!(r#","invalid_indices":{}"#, serde_json::json!(self.invalid)),
            false => String::new(),
        };
        format!(r#"{{"status":"success","tracked":{tracked},"invalid":{invalid}{indices}}}"#)
    }
}

/// How a request wants to be answered.
pub struct Answer {
    is_get: bool,
    without_image: bool,
    origin: Option<Origin>,
}

impl Answer {
    /// Reads method and origin of a request.
    pub fn to(request: &Incoming, sender: &Sender<'_>) -> Self {
        Self {
            is_get: request.method() == Method::GET,
            without_image: false,
            origin: sender.headers.ask(Origin::of),
        }
    }

    /// Whether the request was a GET.
    pub const fn is_get(&self) -> bool {
        self.is_get
    }

    /// Notes that the client sent `send_image=0`.
    pub const fn wants_no_image(&mut self, yes: bool) {
        self.without_image = yes;
    }

    /// The hit is durable.
    pub fn accepted(self) -> Reply {
        self.image(ACCEPTED)
    }

    /// The hit was left out on purpose; the client need not know, the header says why.
    pub fn excluded(self, reason: Reason) -> Reply {
        self.image(reason.name())
    }

    /// The hit or the whole request is refused.
    pub fn refused(self, reason: Reason) -> Reply {
        self.refused_until(reason, None)
    }

    /// The hit is refused, and may be sent again after so many seconds.
    pub fn refused_until(self, reason: Reason, seconds: Option<u32>) -> Reply {
        let status = reply::status(reason, StatusCode::BAD_REQUEST);
        let mut answer = reply::refusal(status, reason, reason.name());
        if let Some(seconds) = seconds {
            reply::retry_after(&mut answer, seconds);
        }
        self.finish(answer)
    }

    /// A GET without parameters.
    pub fn greeting(self) -> Reply {
        self.finish(reply::text(StatusCode::OK, GREETING))
    }

    /// A bulk body was worked through.
    pub fn bulk_accepted(self, result: &BulkResult, without_body: bool) -> Reply {
        let mut answer = if without_body {
            reply::empty(StatusCode::NO_CONTENT)
        } else {
            reply::json(StatusCode::OK, result.to_json())
        };
        reply::name_outcome(&mut answer, ACCEPTED);
        self.finish(answer)
    }

    fn image(mut self, outcome: &'static str) -> Reply {
        if self.without_image
            && !self.is_get
            && let Some(origin) = self.origin.take()
        {
            return to_a_page(origin, outcome);
        }
        let mut answer = if self.without_image {
            reply::empty(StatusCode::NO_CONTENT)
        } else {
            let mut answer = reply::bytes(StatusCode::OK, Bytes::from_static(PIXEL));
            answer
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
            answer
        };
        reply::name_outcome(&mut answer, outcome);
        self.finish(answer)
    }

    fn finish(self, mut answer: Reply) -> Reply {
        let headers = answer.headers_mut();
        if self.is_get {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        match self.origin {
            Some(origin) => name_origin(headers, origin.into_header()),
            None => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
        }
        answer
    }
}

/// sendBeacon always sends credentials, so the origin must be named: `*` fails in browsers.
fn name_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.insert(VARY, HeaderValue::from_static("Origin"));
}

/// What most page views are answered with. Putting the headers together takes three times as long as copying them.
fn to_a_page(origin: Origin, outcome: &'static str) -> Reply {
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
        let mut headers = HeaderMap::with_capacity(4);
        name_origin(&mut headers, HeaderValue::from_static("null"));
        headers.insert(reply::OUTCOME, HeaderValue::from_static(ACCEPTED));
        headers
    });
    let mut answer = reply::empty(StatusCode::NO_CONTENT);
    *answer.headers_mut() = HEADERS.clone();
    if let Some(named) = answer.headers_mut().get_mut(ACCESS_CONTROL_ALLOW_ORIGIN) {
        *named = origin.into_header();
    }
    if outcome != ACCEPTED {
        reply::name_outcome(&mut answer, outcome);
    }
    answer
}
