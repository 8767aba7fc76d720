//! Response bodies: whole, or fed piece by piece by a task.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use super::flush::Flushes;

/// What a task feeds into a body.
pub enum Piece {
    Data(Bytes),
    /// The text of a late exception. Once it has reached the kernel, the transfer is broken off.
    Exception(Bytes),
    /// Breaks the transfer off at once.
    Broken(io::Error),
}

/// The body of a response.
pub enum Answer {
    Whole(Option<Bytes>),
    Fed(Fed),
}

/// A body fed by a task. It holds one piece at most, so a slow reader slows the feeder.
pub struct Fed {
    feed: mpsc::Receiver<Piece>,
    flushes: Arc<Flushes>,
    /// Set with the exception's text: the flushes that were complete before it.
    breaking: Option<u64>,
}

impl Answer {
    /// A body and the sender that feeds it. `flushes` are those of its connection.
    pub fn fed(flushes: Arc<Flushes>) -> (mpsc::Sender<Piece>, Answer) {
        let (sender, feed) = mpsc::channel(1);
        let fed = Fed {
            feed,
            flushes,
            breaking: None,
        };
        (sender, Answer::Fed(fed))
    }
}

impl Fed {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(count) = self.breaking {
            return self
                .flushes
                .poll_beyond(count, context)
                .map(|()| Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        self.feed.poll_recv(context).map(|piece| match piece? {
            Piece::Data(bytes) => Some(Ok(bytes)),
            Piece::Exception(text) => {
                self.breaking = Some(self.flushes.count());
                Some(Ok(text))
            }
            Piece::Broken(error) => Some(Err(error)),
        })
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Answer::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Answer::Fed(fed) => fed
                .poll(context)
                .map(|next| next.map(|r| r.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Answer::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
            Answer::Fed(_) => SizeHint::default(),
        }
    }
}
