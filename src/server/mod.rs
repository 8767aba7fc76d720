//! The front door: listens, limits, times out, drains. Every route is in `routes`.
//!
//! Enters: connections. Leaves: answers. The peer's address goes into its letterbox in the accept loop and is masked by
//! the first function that opens it. There is no access log. Deliberately not here: TLS and HTTP/2, which a proxy in front
//! speaks, and limits by address.

pub mod connections;
pub mod incoming;
mod memory;
pub mod metrics;
pub mod reply;
mod routes;
mod slow_lane;

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::HeaderValue;
use http::header::CONNECTION;
use http_body_util::Either;
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::app::App;
use crate::limits::{
    ANSWER_STALLED_MAX, ANSWERS_IN_A_ROW_MAX, CONNECTIONS_MAX, CONNECTIONS_QUEUED_MAX,
    DRAIN_TIMEOUT, FILES_FOR_OTHERS, HEAD_BYTES_MAX, HEADERS_MAX, LINGER_BYTES_MAX, LINGER_TIMEOUT,
    TICK,
};
use crate::outcome::Reason;
use crate::privacy::Raw;
pub use connections::Connections;
use connections::{Closed, Connection, Forget};
pub use incoming::Incoming;
pub use memory::BodyMemory;
pub use reply::Reply;
pub use slow_lane::SlowLane;

/// A pause after `accept` fails for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How an HTTP/2 connection begins, and what one that does so unasked is told.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0";
const HTTP2_REFUSED: &[u8] =
    b"HTTP/1.1 505 HTTP Version Not Supported\r\nx-mayfly-outcome: http2\r\n\
    connection: close\r\ncontent-length: 0\r\n\r\n";

/// Serves until `shutdown` resolves, then lets open requests finish for [`DRAIN_TIMEOUT`].
pub async fn run(listener: TcpListener, app: Arc<App>, shutdown: impl Future<Output = ()>) {
    let pages = Arc::new(routes::pages(&app));
    let connections = Arc::clone(&app.connections);
    let ticking = tokio::spawn(keep_time(Arc::clone(&connections)));
    let connections_max = connections_max();
    let (stop, stopping) = watch::channel(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        // `Connections` does that for all of them, without a timer for each request.
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES_MAX)
        // Not `pipeline_flush`: with it the last answer on a connection stays unsent if bytes follow its request.
        .max_headers(HEADERS_MAX);
    let http = Arc::new(http);
    prepare(&listener);
    tokio::pin!(shutdown);
    let is_stopping = || app.draining.load(Relaxed);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, connection)) = accepted else {
            connections.make_room();
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // If everybody is being served, newcomers wait until somebody has been.
        while connections.count() >= connections_max && !connections.make_room() && !is_stopping() {
            tokio::time::sleep(TICK).await;
        }
        let serving = serve(
            Arc::clone(&http),
            Arc::clone(&app),
            Arc::clone(&pages),
            stream,
            Arc::clone(&connection),
            stopping.clone(),
        );
        connections.watch(connection, || tokio::spawn(serving).abort_handle());
    }
    drop(listener);
    connections.close_idle();
    drop(stopping);
    let _ = stop.send(());
    // Each connection holds a receiver until it has answered.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, stop.closed()).await;
    ticking.abort();
}

/// One connection, from its first byte to its end.
async fn serve(
    http: Arc<http1::Builder>,
    app: Arc<App>,
    pages: Arc<axum::Router>,
    mut stream: TcpStream,
    connection: Arc<Connection>,
    mut stopping: watch::Receiver<()>,
) {
    let _forget = Forget(Arc::clone(&connection));
    // A connection that sends nothing costs a few hundred bytes, without the buffers of its first request.
    if stream.readable().await.is_err() {
        return;
    }
    let mut start = [0; HTTP2_PREFACE.len()];
    if matches!(stream.peek(&mut start).await, Ok(length) if start[..length] == *HTTP2_PREFACE) {
        app.connections.note(Closed::Http2, 1);
        // Whether it hears that is its own affair.
        let _ = stream.write_all(HTTP2_REFUSED).await;
    } else {
        connection.awaits_head();
        let in_a_row = AtomicU32::new(0);
        let service = service_fn(|request| {
            let others_first = in_a_row.fetch_add(1, Relaxed) >= ANSWERS_IN_A_ROW_MAX;
            answer(&app, &pages, &connection, request, others_first)
        });
        let serving = http.serve_connection(TokioIo::new(&mut stream), service);
        tokio::pin!(serving);
        let mut notice = Some(Box::pin(stopping.changed()));
        let mut is_listening = false;
        let ended = std::future::poll_fn(|context| {
            in_a_row.store(0, Relaxed);
            // Asked for once, the notice wakes this task; asking at each turn takes a third as long as reading a head.
            if (!is_listening || app.draining.load(Relaxed))
                && let Some(asked) = &mut notice
            {
                is_listening = true;
                if asked.as_mut().poll(context).is_ready() {
                    notice = None;
                    serving.as_mut().graceful_shutdown();
                }
            }
            serving.as_mut().poll(context)
        })
        .await;
        drop(notice);
        drop(stopping);
        match ended {
            Err(error) if error.is_parse_too_large() => app.refuse_request(Reason::HeadTooLarge),
            Err(error) if error.is_parse() => app.refuse_request(Reason::HeadInvalid),
            // A client that hangs up is no event worth telling.
            _ => {}
        }
    }
    linger(&mut stream).await;
}

async fn answer(
    app: &Arc<App>,
    pages: &axum::Router,
    connection: &Arc<Connection>,
    request: http::Request<hyper::body::Incoming>,
    others_first: bool,
) -> Result<Reply, std::convert::Infallible> {
    if !connection.is_served() {
        // This task is being ended.
        std::future::pending::<()>().await;
    }
    // A pipeline of thousands must not keep a thread to itself.
    if others_first {
        tokio::task::yield_now().await;
    }
    // A length that is not known means chunks. RFC 9112, 6.1: a message with a Content-Length as well may be
    // meant to smuggle another one in, and its connection must not be used further.
    let is_chunked = request.body().size_hint().exact().is_none();
    let mut answer = routes::answer(app, pages, connection, request).await;
    if is_chunked {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
    }
    if matches!(answer.body(), Either::Left(_)) {
        connection.awaits_next();
    }
    Ok(answer)
}

/// Reads on for a moment after the last answer. The kernel would take it back from a client that has sent more than was
/// read.
async fn linger(stream: &mut TcpStream) {
    let reading = async {
        stream.shutdown().await?;
        let mut left = LINGER_BYTES_MAX;
        while left > 0 {
            stream.readable().await?;
            match stream.try_read(&mut [0; 8 * 1024]) {
                Ok(0) => break,
                Ok(length) => left = left.saturating_sub(length),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let _ = tokio::time::timeout(LINGER_TIMEOUT, reading).await;
}

/// The next connection.
#[expect(
    clippy::disallowed_types,
    reason = "the address goes into its letterbox at once"
)]
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Connections>,
) -> std::io::Result<(TcpStream, Arc<Connection>)> {
    let (stream, peer): (_, std::net::SocketAddr) = listener.accept().await?;
    Ok((stream, connections.accepted(Raw::new(peer))))
}

/// Sets what every accepted connection inherits.
fn prepare(listener: &TcpListener) {
    use rustix::net::sockopt::{set_tcp_nodelay, set_tcp_user_timeout};
    let socket = listener.as_fd();
    // Answers are small; waiting to fill a packet only delays them.
    let _ = set_tcp_nodelay(socket, true);
    let _ = set_tcp_user_timeout(socket, ANSWER_STALLED_MAX.as_millis() as u32);
    // Whoever finds the kernel's queue full tries again a second later, and one who attacks can fill a short one.
    let _ = rustix::net::listen(socket, CONNECTIONS_QUEUED_MAX);
}

/// As many connections as are allowed, and as the process has file descriptors for.
fn connections_max() -> usize {
    use rustix::process::{Resource, getrlimit};
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    CONNECTIONS_MAX.min(files.saturating_sub(FILES_FOR_OTHERS).max(1))
}

async fn keep_time(connections: Arc<Connections>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        connections.tick_on();
        connections.close_overdue();
    }
}
