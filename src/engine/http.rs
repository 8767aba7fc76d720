//! The HTTP side of the engine: the accept loop and the routes.

use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::UnixListener;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::Semaphore;

use super::answer::{Running, Terms, Watch, refusal};
use super::body::Answer;
use super::codes::{Code, Exception};
use super::flush::{Counted, Flushes};
use super::limits::{DRAIN, HEAD_BYTES_MAX, HEAD_WAIT, SOCKETS_MAX};
use super::request::{Request, form_boundary};
use super::session::Engine;
use super::spool::Spool;
use super::work::{Work, plan, unreadable};

/// Where the parent asks whether the engine still answers.
pub const PULSE_PATH: &str = "/mayfly/pulse";

/// What every request needs.
pub struct Server {
    engine: Arc<Engine>,
    /// Large bodies wait here, in files without names.
    spool: Arc<PathBuf>,
    numbers: AtomicU64,
    seed: RandomState,
}

impl Server {
    pub fn new(engine: Arc<Engine>, spool: PathBuf) -> Server {
        Server {
            engine,
            spool: Arc::new(spool),
            numbers: AtomicU64::new(0),
            seed: RandomState::new(),
        }
    }

    /// Serves until `stop` completes, then lets running requests end for [`DRAIN`].
    pub async fn serve(self, listener: UnixListener, stop: impl Future<Output = ()>) {
        let server = Arc::new(self);
        let sockets = Arc::new(Semaphore::new(SOCKETS_MAX));
        let connections = GracefulShutdown::new();
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD_WAIT)
            .max_buf_size(HEAD_BYTES_MAX);
        tokio::pin!(stop);
        loop {
            let permit = tokio::select! {
                () = &mut stop => break,
                Ok(permit) = sockets.clone().acquire_owned() => permit,
            };
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((socket, _)) = accepted else {
                // Out of file descriptors: let some close.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let server = server.clone();
            let flushes = Arc::new(Flushes::default());
            let io = Counted::new(TokioIo::new(socket), flushes.clone());
            let service = service_fn(move |request| {
                let (server, flushes) = (server.clone(), flushes.clone());
                async move { Ok::<_, Infallible>(server.answer(request, flushes).await) }
            });
            let connection = connections.watch(http.serve_connection(io, service));
            tokio::spawn(async move {
                // A client that breaks off is its own business.
                let _ = connection.await;
                drop(permit);
            });
        }
        drop(listener);
        if tokio::time::timeout(DRAIN, connections.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("statements were still running after the drain time and are stopped");
        }
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        flushes: Arc<Flushes>,
    ) -> Response<Answer> {
        let origin = request.headers().contains_key("origin");
        let mut response = match (request.method(), request.uri().path()) {
            (&Method::OPTIONS, _) => preflight(),
            (&Method::GET | &Method::HEAD, "/ping" | "/replicas_status") => ok(),
            (&Method::GET, PULSE_PATH) => self.pulse().await,
            (&Method::GET | &Method::HEAD, "/") if request.uri().query().is_none() => ok(),
            (&Method::GET | &Method::HEAD | &Method::POST, "/" | "/query") => {
                let (response, cors) = self.statement(request, flushes).await;
                return if cors { with_cors(response) } else { response };
            }
            (_, "/" | "/query" | "/ping" | "/replicas_status") => {
                text(StatusCode::METHOD_NOT_ALLOWED, "Use GET or POST.\n")
            }
            _ => text(
                StatusCode::NOT_FOUND,
                "There is no handle here. Use / or /ping.\n",
            ),
        };
        if origin && response.status() == StatusCode::NO_CONTENT {
            response = with_cors(response);
        }
        response
    }

    /// Unlike `/ping`, which every ClickHouse answers by itself, this asks the engine. It needs no free slot, so that
    /// long statements do not look like a hang.
    async fn pulse(&self) -> Response<Answer> {
        let engine = self.engine.clone();
        match tokio::task::spawn_blocking(move || engine.has_pulse()).await {
            Ok(true) => ok(),
            _ => text(StatusCode::SERVICE_UNAVAILABLE, "The engine fails.\n"),
        }
    }

    async fn statement(
        &self,
        request: hyper::Request<Incoming>,
        flushes: Arc<Flushes>,
    ) -> (Response<Answer>, bool) {
        let (parts, body) = request.into_parts();
        let parsed = match Request::from_parts(&parts) {
            Ok(parsed) => parsed,
            Err(exception) => return (refusal(&self.engine, &exception), false),
        };
        let cors = parsed.cors;
        let boundary = form_boundary(&parts.headers);
        let response = match self.run(parsed, body, boundary, flushes).await {
            Ok(response) => response,
            Err(exception) => refusal(&self.engine, &exception),
        };
        (response, cors)
    }

    async fn run(
        &self,
        mut request: Request,
        body: Incoming,
        boundary: Option<String>,
        flushes: Arc<Flushes>,
    ) -> Result<Response<Answer>, Exception> {
        let mut spool = Spool::new(self.spool.clone());
        match boundary {
            Some(boundary) => request.take_form(body, boundary).await?,
            None => receive(body, &mut spool).await?,
        }
        let results = spool.sibling();
        let planned = tokio::task::spawn_blocking(move || {
            let work = plan(&request, spool)?;
            Ok((request, work))
        });
        let (request, work) = planned.await.map_err(aborted)??;
        let terms = Terms {
            query_id: request.query_id.clone().unwrap_or_else(|| self.new_id()),
            format: match &work {
                Work::Classify { .. } => Some("JSON".to_owned()),
                Work::Insert { .. } => None,
                Work::Statement { format, .. } => Some(format.clone()),
            },
            compress: request.compress,
            wait_end_of_query: request.wait_end_of_query,
            tag: self.new_tag(),
            flushes,
        };
        let slot = self.engine.slot().await?;
        let (reader, writer) = std::io::pipe().map_err(unreadable)?;
        let pipe = Receiver::from_owned_fd(reader.into()).map_err(unreadable)?;
        let writer = writer.into();
        let ticket = Arc::new(self.engine.ticket(&writer));
        let watch = Watch {
            engine: self.engine.clone(),
            ticket: ticket.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        let engine = self.engine.clone();
        let job = tokio::task::spawn_blocking(move || {
            let outcome = engine.run(&request, work, &ticket, writer);
            drop(slot);
            outcome
        });
        Ok(Running { pipe, job, watch }.answer(terms, results).await)
    }

    /// 128 bits that do not repeat within the process; not secret.
    fn new_bits(&self) -> u128 {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let half = |salt: u8| {
            let mut hasher = self.seed.build_hasher();
            hasher.write_u64(number);
            hasher.write_u8(salt);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }

    /// A query id in the form of a version 4 UUID.
    fn new_id(&self) -> String {
        let bits = self.new_bits() & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{bits:032x}");
        [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-")
    }

    /// 16 lower-case letters.
    fn new_tag(&self) -> String {
        let bits = self.new_bits();
        (0..16)
            .map(|at| char::from(b'a' + (bits >> (at * 8)) as u8 % 26))
            .collect()
    }
}

/// Keeps the whole body. An end that is not the body's own end is an error: nothing of it is used.
async fn receive(mut body: Incoming, spool: &mut Spool) -> Result<(), Exception> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Exception::new(
                Code::CannotReadAllData,
                "the request body ended before it was complete",
            )
        })?;
        if let Some(data) = frame.data_ref() {
            spool.write_all(data).map_err(unreadable)?;
        }
    }
    Ok(())
}

fn aborted<E>(_: E) -> Exception {
    Exception::new(Code::Aborted, "the request was aborted")
}

fn text(status: StatusCode, text: &'static str) -> Response<Answer> {
    let mut response = Response::new(Answer::Whole(Some(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=UTF-8");
    response.headers_mut().insert("content-type", kind);
    response
}

fn ok() -> Response<Answer> {
    text(StatusCode::OK, "Ok.\n")
}

fn preflight() -> Response<Answer> {
    let mut response = Response::new(Answer::Whole(None));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn with_cors(mut response: Response<Answer>) -> Response<Answer> {
    let headers = response.headers_mut();
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    headers.insert(
        "access-control-allow-methods",
        HeaderValue::from_static("POST, GET, OPTIONS"),
    );
    headers.insert(
        "access-control-allow-headers",
        HeaderValue::from_static(
            "origin, x-requested-with, content-type, x-clickhouse-database, x-clickhouse-format",
        ),
    );
    headers.insert("access-control-max-age", HeaderValue::from_static("86400"));
    response
}
