//! A request that has arrived whole: sealed, measured, unpacked.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use http_body::Body as _;
use http_body_util::BodyExt;

use crate::app::App;
use crate::intake::encoding::Encoding;
use crate::limits::{
    BODY_DRAINED_BYTES_MAX, BODY_TIMEOUT, BODY_UNPACKED_BYTES_MAX, BODY_WIRE_BYTES_MAX,
    LARGE_BODY_BYTES,
};
use crate::outcome::Reason;
use crate::privacy::{Door, Raw, Sender};
use crate::server::connections::Connection;
use crate::server::memory::Share;
use crate::time::Timestamp;

/// A whole request. What a client wrote is in letterboxes.
pub struct Incoming {
    method: Method,
    uri: Raw<Uri>,
    headers: Raw<HeaderMap>,
    body: Raw<Bytes>,
    /// How the body is still packed.
    encoding: Encoding,
    cut: Option<Reason>,
    connection: Arc<Connection>,
    door: Arc<Door>,
    received_at: Timestamp,
    /// What the body takes of the memory for all.
    share: Option<Share>,
}

impl Incoming {
    /// A request that has no body: nothing to wait for.
    pub fn without_body(app: &App, head: Parts, connection: &Arc<Connection>) -> Self {
        Self::new(app, head, Received::default(), connection)
    }

    /// Reads the body within its limits of size and time, and unpacks it if that is quickly done. Of a body that is too large
    /// it keeps the start: what stands at the end of one may be a file that would be refused anyway.
    ///
    /// # Errors
    /// The reason why not even the start can be read.
    pub async fn receive(
        app: &App,
        head: Parts,
        body: hyper::body::Incoming,
        connection: &Arc<Connection>,
    ) -> Result<Self, Reason> {
        let encoding = match head.headers.get(CONTENT_ENCODING) {
            None => Encoding::Identity,
            Some(value) => Encoding::of(value.to_str().map_err(|_| Reason::EncodingUnsupported)?)?,
        };
        let body = Received::collect(app, body, connection).await?;
        let mut request = Self::new(app, head, body, connection);
        request.encoding = encoding;
        if encoding.starts_quickly() && !request.is_longer_than(LARGE_BODY_BYTES) {
            request.unpack_within(LARGE_BODY_BYTES)?;
        }
        Ok(request)
    }

    fn new(app: &App, head: Parts, body: Received, connection: &Arc<Connection>) -> Self {
        Self {
            method: head.method,
            uri: Raw::new(head.uri),
            headers: Raw::new(head.headers),
            body: Raw::new(body.bytes),
            encoding: Encoding::Identity,
            cut: body.cut,
            connection: Arc::clone(connection),
            door: app.door(),
            received_at: Timestamp::now(),
            share: body.share,
        }
    }

    /// Unpacks what takes longer to unpack.
    ///
    /// # Errors
    /// [`Reason::EncodingBroken`], or [`Reason::Overloaded`] if there is no memory for it.
    pub fn unpack(&mut self) -> Result<(), Reason> {
        if self.encoding == Encoding::Identity {
            return Ok(());
        }
        let packed = self.body.ask(Bytes::len);
        self.hold(packed + BODY_UNPACKED_BYTES_MAX)?;
        self.unpack_within(BODY_UNPACKED_BYTES_MAX)
    }

    /// Unpacks the body, if it is no larger than `bytes_max`; of one that is too large for anybody, the start.
    fn unpack_within(&mut self, bytes_max: usize) -> Result<(), Reason> {
        let encoding = self.encoding;
        let body = self.body.as_ref();
        let unpacked = body.map(|body| encoding.unpack_start(body, bytes_max));
        match unpacked.ask(|(_, cut)| *cut) {
            Some(Reason::BodyTooLarge) if bytes_max < BODY_UNPACKED_BYTES_MAX => return Ok(()),
            Some(broken @ Reason::EncodingBroken) => return Err(broken),
            cut => self.cut = self.cut.or(cut),
        }
        self.encoding = Encoding::Identity;
        self.body = unpacked.map(|(mut bytes, _)| {
            if bytes.len() > LARGE_BODY_BYTES {
                bytes.shrink_to_fit();
            }
            Bytes::from(bytes)
        });
        self.hold(self.body.ask(Bytes::len))
    }

    fn hold(&mut self, bytes: usize) -> Result<(), Reason> {
        self.share
            .as_mut()
            .map_or(Ok(()), |share| share.resize(bytes))
    }

    fn is_longer_than(&self, bytes: usize) -> bool {
        self.body.ask(Bytes::len) > bytes
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
        self.body().map(|body| match body {
            [] => Cow::Borrowed(""),
            body => String::from_utf8_lossy(body),
        })
    }

    /// Whether the body takes so long to read that others should not wait for it.
    pub fn is_large(&self) -> bool {
        self.encoding != Encoding::Identity || self.is_longer_than(LARGE_BODY_BYTES)
    }

    /// Why the body is not all that was sent.
    pub const fn cut(&self) -> Option<Reason> {
        self.cut
    }

    /// Who sent it, masked.
    pub fn sender(&self) -> Sender<'_> {
        self.door.sender(&self.connection.peer, &self.headers)
    }

    /// What seals its items.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// When it had arrived whole.
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }
}

/// A body, or the start of it and why it is no more.
#[derive(Default)]
pub(super) struct Received {
    pub bytes: Bytes,
    pub cut: Option<Reason>,
    pub share: Option<Share>,
}

impl Received {
    /// Reads a body within its limits of size and time.
    ///
    /// # Errors
    /// The reason why not even the start can be read.
    pub async fn collect(
        app: &App,
        mut body: hyper::body::Incoming,
        connection: &Connection,
    ) -> Result<Self, Reason> {
        if body.is_end_stream() {
            return Ok(Self::default());
        }
        connection.awaits_body();
        let reading = async {
            tokio::select! {
                biased;
                read = Self::read(app, &mut body) => read,
                () = connection.given_up() => Err(Reason::Overloaded),
            }
        };
        let read = tokio::time::timeout(BODY_TIMEOUT, reading).await;
        let is_in_time = connection.is_served();
        let read = read.unwrap_or(Err(Reason::BodyTimeout))?;
        is_in_time.then_some(read).ok_or(Reason::Overloaded)
    }

    async fn read(app: &App, body: &mut hyper::body::Incoming) -> Result<Self, Reason> {
        let mut share = app.body_memory.share();
        let mut collected = BytesMut::new();
        let mut cut = None;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Reason::BodyCut)?.into_data() else {
                continue; // Trailers.
            };
            // Most bodies are one piece, which is not copied.
            if collected.is_empty() && body.is_end_stream() && data.len() <= BODY_WIRE_BYTES_MAX {
                if let Err(reason) = share.resize(data.len()) {
                    app.connections.free_memory();
                    return Err(reason);
                }
                let (bytes, share) = (data, Some(share));
                return Ok(Self { bytes, cut, share });
            }
            // A body that keeps coming must not keep a thread to itself.
            if collected.len() > LARGE_BODY_BYTES {
                tokio::task::yield_now().await;
            }
            let room = BODY_WIRE_BYTES_MAX - collected.len();
            collected.extend_from_slice(&data[..data.len().min(room)]);
            if let Err(reason) = share.resize(collected.capacity()) {
                drop(collected);
                drop(share);
                app.connections.free_memory();
                drain(body, BODY_WIRE_BYTES_MAX).await;
                return Err(reason);
            }
            if data.len() > room {
                cut = Some(Reason::BodyTooLarge);
                drain(body, BODY_DRAINED_BYTES_MAX).await;
                break;
            }
        }
        Ok(Self {
            bytes: collected.freeze(),
            cut,
            share: Some(share),
        })
    }
}

/// A client that is still sending does not listen: its body is read on for a while, so that it hears why it is refused.
async fn drain(body: &mut hyper::body::Incoming, bytes_max: usize) {
    let mut left = bytes_max;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(length) else {
            return;
        };
        left = rest;
    }
}
