//! A request that has arrived whole: sealed, measured, unpacked.
#![expect(
    clippy::disallowed_types,
    reason = "hands the peer's address on in its letterbox"
)]

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, Request};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::app::App;
use crate::intake::encoding::Encoding;
use crate::limits::{
    BODY_DRAINED_BYTES_MAX, BODY_TIMEOUT, BODY_UNPACKED_BYTES_MAX, BODY_WIRE_BYTES_MAX,
};
use crate::outcome::Reason;
use crate::privacy::{Raw, Sender};
use crate::time::Timestamp;

/// A whole request. What a client wrote is in letterboxes.
pub struct Incoming {
    method: Method,
    query: Raw<String>,
    headers: Raw<HeaderMap>,
    body: Raw<Bytes>,
    peer: Arc<Raw<SocketAddr>>,
    received_at: Timestamp,
}

impl Incoming {
    /// Reads the body within its limits of size and time, and unpacks it.
    ///
    /// # Errors
    /// The reason why the request cannot be read.
    pub async fn receive(
        request: Request<hyper::body::Incoming>,
        peer: &Arc<Raw<SocketAddr>>,
    ) -> Result<Self, Reason> {
        let (parts, body) = request.into_parts();
        let encoding = match parts.headers.get(CONTENT_ENCODING) {
            None => Encoding::Identity,
            Some(value) => Encoding::of(value.to_str().map_err(|_| Reason::EncodingUnsupported)?)?,
        };
        let packed = collect(body).await?;
        let body = match encoding {
            Encoding::Identity => packed,
            _ => Bytes::from(encoding.unpack(&packed, BODY_UNPACKED_BYTES_MAX)?),
        };
        Ok(Self {
            method: parts.method,
            query: Raw::new(parts.uri.query().unwrap_or_default().to_owned()),
            headers: Raw::new(parts.headers),
            body: Raw::new(body),
            peer: Arc::clone(peer),
            received_at: Timestamp::now(),
        })
    }

    /// The method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The query string, without `?`.
    pub fn query(&self) -> Raw<&str> {
        self.query.as_ref().map(String::as_str)
    }

    /// The headers.
    pub const fn headers(&self) -> &Raw<HeaderMap> {
        &self.headers
    }

    /// The unpacked body.
    pub fn body(&self) -> Raw<&[u8]> {
        self.body.as_ref().map(|body| body.as_ref())
    }

    /// The unpacked body as text; what is no UTF-8 is replaced.
    pub fn body_text(&self) -> Raw<Cow<'_, str>> {
        self.body().map(String::from_utf8_lossy)
    }

    /// Who sent it, masked.
    pub fn sender(&self, app: &App) -> Sender<'_> {
        app.door.sender(&self.peer, &self.headers)
    }

    /// When it had arrived whole.
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }
}

/// Reads a body within its limits of size and time.
///
/// # Errors
/// The reason why it cannot be read.
pub(super) async fn collect(mut body: hyper::body::Incoming) -> Result<Bytes, Reason> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let reading = async {
        match Limited::new(&mut body, BODY_WIRE_BYTES_MAX).collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                drain(&mut body).await;
                Err(Reason::BodyTooLarge)
            }
            Err(_) => Err(Reason::BodyCut),
        }
    };
    let read = tokio::time::timeout(BODY_TIMEOUT, reading).await;
    read.unwrap_or(Err(Reason::BodyTimeout))
}

/// A client that is still sending does not listen: its body is read on for a while, so that it hears why it is refused.
async fn drain(body: &mut hyper::body::Incoming) {
    let mut left = BODY_DRAINED_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(length) else {
            return;
        };
        left = rest;
    }
}
