//! The front door: listens, limits, times out, drains. Every route is in `routes`.
//!
//! Enters: connections. Leaves: answers. The peer's address goes into its letterbox in the accept loop and is masked by
//! the first function that opens it. There is no access log.

pub mod incoming;
pub mod metrics;
pub mod reply;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;
use crate::limits::{CONNECTIONS_MAX, DRAIN_TIMEOUT, HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADERS_MAX};
use crate::privacy::Raw;
pub use incoming::Incoming;
pub use reply::Reply;

/// A pause after `accept` fails for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` resolves, then lets open requests finish for [`DRAIN_TIMEOUT`].
pub async fn run(listener: TcpListener, app: Arc<App>, shutdown: impl Future<Output = ()>) {
    let pages = Arc::new(routes::pages(&app));
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        // Pipelined answers wait for their commit together.
        .pipeline_flush(true);
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut shutdown => break,
        };
        let Ok((permit, stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Answers are small; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let peer = Arc::new(Raw::new(peer));
        let (app, pages) = (Arc::clone(&app), Arc::clone(&pages));
        let service = service_fn(move |request| {
            let (app, pages, peer) = (Arc::clone(&app), Arc::clone(&pages), Arc::clone(&peer));
            async move {
                Ok::<_, std::convert::Infallible>(
                    routes::answer(&app, &pages, &peer, request).await,
                )
            }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that hangs up is no event worth telling.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

/// The next connection, once one of the permitted number is free.
#[expect(
    clippy::disallowed_types,
    reason = "the address goes into its letterbox at once"
)]
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> std::io::Result<(OwnedSemaphorePermit, TcpStream, std::net::SocketAddr)> {
    let permit = Arc::clone(connections)
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((permit, stream, peer))
}
