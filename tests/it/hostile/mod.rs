//! What an attacker sends. Each is refused by a fixed name, counted once, echoes nothing, and leaves everybody else served.

mod bodies;
mod heads;
mod slow;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::Server;

/// Longer than any limit of the server.
const PATIENCE: Duration = Duration::from_secs(45);

/// Sends bytes as they are, and returns all that comes back until the server closes.
async fn raw(server: &Server, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = connect(server).await;
    // The server may have closed before everything was sent.
    let _ = stream.write_all(bytes.as_ref()).await;
    rest(&mut stream).await
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(&server.address).await.unwrap()
}

/// All that comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    // A reset tells as much as an end.
    let _ = tokio::time::timeout(PATIENCE, reading).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The statuses of all answers, e.g. `200 400`.
fn statuses(answers: &str) -> String {
    let statuses = answers
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3]);
    statuses.collect::<Vec<_>>().join(" ")
}

/// Requests that were refused as a whole so far, for one reason.
async fn refused(server: &Server, reason: &str) -> u64 {
    let name = format!("drops_total{{kind=\"request\",reason=\"{reason}\"}}");
    server.metric(&name).await
}

async fn closed(server: &Server, reason: &str) -> u64 {
    let name = format!("connections_closed_total{{reason=\"{reason}\"}}");
    server.metric(&name).await
}

/// A page view and a crash, sent as they should be.
async fn assert_others_are_served(server: &Server) {
    assert_eq!(server.hit("action_name=served").await.status(), 200);
    assert_eq!(server.crash(r#"{"message":"served"}"#).await.status(), 200);
}

/// Memory of the server process in MiB: now, and at most so far.
fn resident_mib(server: &Server) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let field = |name: &str| -> u64 {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}
