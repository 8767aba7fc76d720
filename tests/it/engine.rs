//! The embedded engine, through its socket: every test starts a real engine process on a data
//! directory of its own.

mod inserts;
mod lifecycle;
mod queries;
mod safety;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mayfly::config::ENGINE_LIBRARY;
use mayfly::engine::{EngineOptions, Supervisor};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

#[expect(
    clippy::disallowed_methods,
    reason = "the environment tells the tests where the engine is"
)]
pub fn library() -> PathBuf {
    match std::env::var_os("MAYFLY_ENGINE") {
        Some(path) => path.into(),
        None => Path::new(&std::env::var_os("HOME").expect("HOME is set"))
            .join(".cache/mayfly")
            .join(ENGINE_LIBRARY),
    }
}

pub fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_mayfly").into()
}

pub fn options(directory: &Path) -> EngineOptions {
    EngineOptions {
        library: library(),
        data: directory.join("data"),
        socket: directory.join("engine.sock"),
        memory_bytes_max: 2 << 30,
        connections_max: 4,
        keeps_to_idle_cores: true,
    }
}

/// A running engine; its directory goes with it.
pub struct Engine {
    pub supervisor: Supervisor,
    pub directory: TempDir,
}

impl Engine {
    pub async fn start() -> Engine {
        Engine::start_with(|_| {}).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut EngineOptions)) -> Engine {
        let directory = tempfile::tempdir().unwrap();
        let mut options = options(directory.path());
        adjust(&mut options);
        let supervisor = Supervisor::start(program(), options).await.unwrap();
        Engine {
            supervisor,
            directory,
        }
    }

    pub fn socket(&self) -> &Path {
        self.supervisor.socket()
    }

    /// POST with the statement as body.
    pub async fn post(&self, target: &str, body: impl Into<Bytes>) -> Reply {
        send(self.socket(), "POST", target, &[], body.into()).await
    }

    /// A statement that must succeed; its result without the last line break.
    pub async fn sql(&self, sql: &str) -> String {
        let reply = self.post("/", sql.to_owned()).await;
        assert_eq!(reply.status, 200, "{sql}: {}", reply.text());
        reply.text().trim_end().to_owned()
    }

    /// Statements running now, but for the one that asks.
    pub async fn running(&self) -> u64 {
        self.sql("SELECT count() - 1 FROM system.processes")
            .await
            .parse()
            .unwrap()
    }

    pub fn clickhouse(&self) -> clickhouse::Client {
        let socket = UnixSocket(self.socket().to_owned());
        let http = Client::builder(TokioExecutor::new()).build(socket);
        clickhouse::Client::with_http_client(http).with_url("http://localhost")
    }

    /// The engine's process id, read from the lock on its socket.
    pub fn process_id(&self) -> i32 {
        child_of(std::process::id(), self.socket()).expect("the engine runs")
    }
}

/// The child process that was given `socket`.
pub fn child_of(parent: u32, socket: &Path) -> Option<i32> {
    let wanted = socket.to_str().unwrap();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .find_map(|entry| {
            let id: i32 = entry.file_name().to_str()?.parse().ok()?;
            let line = std::fs::read_to_string(entry.path().join("cmdline")).ok()?;
            let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
            let is_child = status
                .lines()
                .any(|line| line == format!("PPid:\t{parent}"));
            (is_child && line.split('\0').any(|word| word == wanted)).then_some(id)
        })
}

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A request of which nothing is expected but an answer.
pub async fn send(
    socket: &Path,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Reply {
    try_send(socket, method, target, headers, body)
        .await
        .unwrap()
}

type SendError = Box<dyn std::error::Error + Send + Sync>;

/// A request that may meet an engine that is just going down.
pub async fn try_send(
    socket: &Path,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Reply, SendError> {
    let client = Client::builder(TokioExecutor::new()).build(UnixSocket(socket.to_owned()));
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://localhost{target}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = client.request(request.body(Full::new(body))?).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    })
}

/// Sends raw bytes, and returns all that comes back until the engine closes or `end` of the reply.
pub async fn raw(socket: &Path, request: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    reply
}

/// Percent-encodes a query value.
pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A hyper connector to one unix socket, whatever the URL says.
#[derive(Clone)]
pub struct UnixSocket(PathBuf);

impl tower::Service<Uri> for UnixSocket {
    type Response = UnixConnection;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<UnixConnection>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = self.0.clone();
        Box::pin(async move {
            Ok(UnixConnection(TokioIo::new(
                UnixStream::connect(path).await?,
            )))
        })
    }
}

pub struct UnixConnection(TokioIo<UnixStream>);

impl Connection for UnixConnection {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for UnixConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for UnixConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
