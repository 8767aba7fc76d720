//! A request that has arrived whole: sealed, measured, unpacked.
#![expect(
    clippy::disallowed_types,
    reason = "hands the peer's address on in its letterbox"
)]

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, Request, Uri};
use http_body::Body as _;
use http_body_util::BodyExt;

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
    uri: Raw<Uri>,
    headers: Raw<HeaderMap>,
    body: Raw<Bytes>,
    cut: Option<Reason>,
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
        let request = Self::receive_start(request, peer).await?;
        match request.cut {
            None => Ok(request),
            Some(reason) => Err(reason),
        }
    }

    /// Like [`Incoming::receive`], but keeps the start of a body that is too large: what stands at the end of one may be a
    /// file that would be refused anyway.
    ///
    /// # Errors
    /// The reason why not even the start can be read.
    pub async fn receive_start(
        request: Request<hyper::body::Incoming>,
        peer: &Arc<Raw<SocketAddr>>,
    ) -> Result<Self, Reason> {
        let (parts, body) = request.into_parts();
        let encoding = match parts.headers.get(CONTENT_ENCODING) {
            None => Encoding::Identity,
            Some(value) => Encoding::of(value.to_str().map_err(|_| Reason::EncodingUnsupported)?)?,
        };
        let (packed, too_large) = collect_start(body).await?;
        let (body, cut) = match encoding {
            Encoding::Identity => (packed, too_large),
            _ => {
                let (start, cut) = encoding.unpack_start(&packed, BODY_UNPACKED_BYTES_MAX);
                (Bytes::from(start), too_large.or(cut))
            }
        };
        if let Some(broken @ Reason::EncodingBroken) = cut {
            return Err(broken);
        }
        Ok(Self {
            method: parts.method,
            uri: Raw::new(parts.uri),
            headers: Raw::new(parts.headers),
            body: Raw::new(body),
            cut,
            peer: Arc::clone(peer),
            received_at: Timestamp::now(),
        })
    }

    /// The method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path.
    pub fn path(&self) -> Raw<&str> {
        self.uri.as_ref().map(Uri::path)
    }

    /// The query string, without `?`.
    pub fn query(&self) -> Raw<&str> {
        self.uri.as_ref().map(|uri| uri.query().unwrap_or_default())
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

    /// Why the body is not all that was sent.
    pub const fn cut(&self) -> Option<Reason> {
        self.cut
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
pub(super) async fn collect(body: hyper::body::Incoming) -> Result<Bytes, Reason> {
    match collect_start(body).await? {
        (body, None) => Ok(body),
        (_, Some(reason)) => Err(reason),
    }
}

/// Reads a body within its limits of size and time, or the start of it and why it is no more.
async fn collect_start(mut body: hyper::body::Incoming) -> Result<(Bytes, Option<Reason>), Reason> {
    if body.is_end_stream() {
        return Ok((Bytes::new(), None));
    }
    let reading = read_start(&mut body);
    let read = tokio::time::timeout(BODY_TIMEOUT, reading).await;
    read.unwrap_or(Err(Reason::BodyTimeout))
}

async fn read_start(body: &mut hyper::body::Incoming) -> Result<(Bytes, Option<Reason>), Reason> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Reason::BodyCut)?.into_data() else {
            continue; // Trailers.
        };
        let room = BODY_WIRE_BYTES_MAX - collected.len();
        if data.len() > room {
            collected.extend_from_slice(&data[..room]);
            drain(body).await;
            return Ok((collected.freeze(), Some(Reason::BodyTooLarge)));
        }
        // Most bodies are one piece, which is not copied.
        if collected.is_empty() && body.is_end_stream() {
            return Ok((data, None));
        }
        collected.extend_from_slice(&data);
    }
    Ok((collected.freeze(), None))
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
