//! Responses: headers as a ClickHouse server sends them, results as they are produced.
//!
//! The start of a result is held back a little (256 KiB or 100 ms), so that most failures still get
//! their own status. A failure after that is told the way a server does: the exception, between tags
//! announced in a header, closes the body, and the transfer is then broken off.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::body::{Answer, Piece};
use super::codes::{Code, Exception};
use super::content_type::content_type;
use super::flush::Flushes;
use super::frames;
use super::library::Counters;
use super::limits::{RESPONSE_HEAD_BYTES, RESPONSE_HEAD_WAIT, RESULT_CHUNK_BYTES};
use super::session::Engine;
use super::spool::Spool;
use super::ticket::Ticket;
use super::work::unreadable;

/// Stops the statement when dropped before the statement has ended.
pub struct Watch {
    pub engine: Arc<Engine>,
    pub ticket: Arc<Ticket>,
    /// Named, because a runtime that shuts down drops this where none is current.
    pub runtime: tokio::runtime::Handle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.ticket.has_finished() {
            let (engine, ticket) = (self.engine.clone(), self.ticket.clone());
            self.runtime.spawn_blocking(move || engine.abandon(&ticket));
        }
    }
}

/// A statement on its way: where its result comes out and how it ends.
pub struct Running {
    pub pipe: Receiver,
    pub job: JoinHandle<Result<Counters, Exception>>,
    pub watch: Watch,
}

/// What the response says beside the result.
pub struct Terms {
    pub query_id: String,
    /// None for statements without a result.
    pub format: Option<String>,
    pub compress: bool,
    pub wait_end_of_query: bool,
    /// For the exception tag.
    pub tag: String,
    /// Of the client's connection.
    pub flushes: Arc<Flushes>,
}

impl Running {
    async fn end(job: &mut JoinHandle<Result<Counters, Exception>>) -> Result<Counters, Exception> {
        job.await
            .unwrap_or_else(|_| Err(Exception::new(Code::Aborted, "the statement was aborted")))
    }

    /// Waits for the result's start or end and answers.
    pub async fn answer(mut self, terms: Terms, spool: Spool) -> Response<Answer> {
        if terms.wait_end_of_query {
            return self.answer_when_done(terms, spool).await;
        }
        let mut start = Vec::with_capacity(4096);
        let mut deadline = None;
        let is_whole = loop {
            let read = self.pipe.read_buf(&mut start);
            let read = match deadline {
                None => read.await,
                Some(deadline) => match timeout_at(deadline, read).await {
                    Ok(read) => read,
                    Err(_) => break false,
                },
            };
            match read {
                Ok(0) => break true,
                Ok(_) if start.len() >= RESPONSE_HEAD_BYTES => break false,
                Ok(_) => {
                    deadline.get_or_insert(Instant::now() + RESPONSE_HEAD_WAIT);
                    start.reserve(4096);
                }
                Err(error) => return self.failed(&terms, unreadable(error)),
            }
        };
        if is_whole {
            return match Self::end(&mut self.job).await {
                Ok(counters) => {
                    let body = if terms.compress && !start.is_empty() {
                        frames::pack(&start)
                    } else {
                        start
                    };
                    let mut response = self.head(&terms, StatusCode::OK);
                    self.add_summary(&mut response, counters);
                    *response.body_mut() = Answer::Whole(Some(body.into()));
                    response
                }
                Err(exception) => self.failed(&terms, exception),
            };
        }
        let mut response = self.head(&terms, StatusCode::OK);
        insert(&mut response, "x-clickhouse-exception-tag", &terms.tag);
        let (feed, body) = Answer::fed(terms.flushes.clone());
        *response.body_mut() = body;
        tokio::spawn(self.feed(start, terms, feed));
        response
    }

    async fn feed(mut self, start: Vec<u8>, terms: Terms, feed: Sender<Piece>) {
        let pack = |bytes: Vec<u8>| {
            if terms.compress {
                frames::pack(&bytes)
            } else {
                bytes
            }
        };
        let mut next = start;
        loop {
            if feed.send(Piece::Data(pack(next).into())).await.is_err() {
                return; // the client has left; dropping the watch stops the statement
            }
            next = Vec::with_capacity(RESULT_CHUNK_BYTES);
            // The statement may be silent for long: notice a leaving client meanwhile.
            let read = tokio::select! {
                read = self.pipe.read_buf(&mut next) => read,
                () = feed.closed() => return,
            };
            if !matches!(read, Ok(count) if count > 0) {
                break;
            }
        }
        if let Err(exception) = Self::end(&mut self.job).await {
            let message = exception.body(&self.watch.engine.version);
            let (tag, length) = (&terms.tag, message.len());
            let tail = format!(
                "\r\n__exception__\r\n{tag}\r\n{message}{length} {tag}\r\n__exception__\r\n"
            );
            let _ = feed.send(Piece::Exception(tail.into())).await;
        }
    }

    async fn answer_when_done(mut self, terms: Terms, mut spool: Spool) -> Response<Answer> {
        let mut chunk = Vec::with_capacity(RESULT_CHUNK_BYTES);
        loop {
            chunk.clear();
            match self.pipe.read_buf(&mut chunk).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return self.failed(&terms, unreadable(error)),
            }
            let packed;
            let piece = if terms.compress {
                packed = frames::pack(&chunk);
                &packed
            } else {
                &chunk
            };
            if let Err(error) = io::Write::write_all(&mut spool, piece) {
                return self.failed(&terms, unreadable(error));
            }
        }
        let counters = match Self::end(&mut self.job).await {
            Ok(counters) => counters,
            Err(exception) => return self.failed(&terms, exception),
        };
        let mut response = self.head(&terms, StatusCode::OK);
        self.add_summary(&mut response, counters);
        insert(&mut response, "content-length", &spool.length().to_string());
        let (feed, body) = Answer::fed(terms.flushes.clone());
        *response.body_mut() = body;
        tokio::task::spawn_blocking(move || {
            let mut pieces = match spool.read_from(0) {
                Ok(pieces) => pieces,
                Err(error) => {
                    let _ = feed.blocking_send(Piece::Broken(error));
                    return;
                }
            };
            let mut chunk = vec![0; RESULT_CHUNK_BYTES];
            loop {
                let piece = match pieces.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(count) => Piece::Data(Bytes::copy_from_slice(&chunk[..count])),
                    Err(error) => Piece::Broken(error),
                };
                if feed.blocking_send(piece).is_err() {
                    return;
                }
            }
        });
        response
    }

    fn failed(&self, terms: &Terms, exception: Exception) -> Response<Answer> {
        let mut response = refusal(&self.watch.engine, &exception);
        insert(&mut response, "x-clickhouse-query-id", &terms.query_id);
        response
    }

    fn head(&self, terms: &Terms, status: StatusCode) -> Response<Answer> {
        let mut response = Response::new(Answer::Whole(None));
        *response.status_mut() = status;
        insert(&mut response, "x-clickhouse-query-id", &terms.query_id);
        if let Some(format) = &terms.format {
            insert(&mut response, "x-clickhouse-format", format);
        }
        let kind = terms
            .format
            .as_deref()
            .map_or("text/plain; charset=UTF-8", content_type);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        describe_engine(&mut response, &self.watch.engine);
        response
    }

    fn add_summary(&self, response: &mut Response<Answer>, counters: Counters) {
        let summary = serde_json::json!({
            "read_rows": counters.read_rows.to_string(),
            "read_bytes": counters.read_bytes.to_string(),
            "written_rows": counters.written_rows.to_string(),
            "written_bytes": counters.written_bytes.to_string(),
            "total_rows_to_read": "0",
            "result_rows": counters.result_rows.to_string(),
            "result_bytes": "0",
            "elapsed_ns": self.watch.ticket.elapsed_ns().to_string(),
        });
        insert(response, "x-clickhouse-summary", &summary.to_string());
    }
}

/// The answer to a request that failed before or while it ran.
pub fn refusal(engine: &Engine, exception: &Exception) -> Response<Answer> {
    let body = exception.body(&engine.version);
    let mut response = Response::new(Answer::Whole(Some(body.into())));
    *response.status_mut() = exception.status();
    insert(
        &mut response,
        "x-clickhouse-exception-code",
        &exception.code.to_string(),
    );
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=UTF-8"),
    );
    describe_engine(&mut response, engine);
    response
}

fn describe_engine(response: &mut Response<Answer>, engine: &Engine) {
    insert(response, "x-clickhouse-server-display-name", "mayfly");
    insert(response, "x-clickhouse-timezone", &engine.timezone);
}

/// Sets a header; a value that cannot be one (a format name with a line break) is left out.
fn insert(response: &mut Response<Answer>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
