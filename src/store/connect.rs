//! Where ClickHouse is: a private unix socket, or a URL.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use clickhouse::{Client, Compression};
use hyper::Uri;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::UnixStream;

use super::Store;

/// Where ClickHouse is and how to sign in.
#[derive(Clone)]
pub enum Endpoint {
    /// The embedded engine.
    Socket(PathBuf),
    /// A server, `http://` or `https://`.
    Url {
        url: String,
        user: String,
        password: String,
    },
}

impl Endpoint {
    /// Prepares a connection; nothing is sent yet.
    pub fn store(&self, database: &str) -> Store {
        let client = match self {
            // Compressing for a socket on the same machine costs more than it saves.
            Endpoint::Socket(path) => Client::with_http_client(
                hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(
                    SocketConnector {
                        path: path.as_path().into(),
                    },
                ),
            )
            .with_url("http://localhost")
            .with_compression(Compression::None),
            Endpoint::Url {
                url,
                user,
                password,
            } => Client::default()
                .with_url(url)
                .with_user(user)
                .with_password(password)
                .with_compression(Compression::Lz4),
        };
        let bare = client;
        let client = bare
            .clone()
            .with_database(database)
            // No log of queries: they may hold what officers search for.
            .with_setting("log_queries", "0")
            // A yes must mean that the rows are kept, and tokens must count: not so with deferred inserts.
            .with_setting("async_insert", "0");
        Store {
            client,
            bare,
            database: database.to_owned(),
            inserting: Arc::default(),
            deciding: Arc::default(),
            endpoint: self.clone(),
        }
    }
}

impl Store {
    /// The same ClickHouse over connections of its own, which live and end with the runtime that asks over them.
    pub(super) fn apart(&self) -> Self {
        Self {
            inserting: Arc::clone(&self.inserting),
            deciding: Arc::clone(&self.deciding),
            ..self.endpoint.store(&self.database)
        }
    }
}

/// Connects to a unix socket whatever the URL says.
#[derive(Clone)]
struct SocketConnector {
    path: Arc<Path>,
}

impl tower::Service<Uri> for SocketConnector {
    type Response = TokioIo<UnixStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<UnixStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = Arc::clone(&self.path);
        Box::pin(async move { Ok(TokioIo::new(UnixStream::connect(path).await?)) })
    }
}
