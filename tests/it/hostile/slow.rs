//! Clients that keep the server waiting.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{assert_others_are_served, closed, connect, refused, resident_mib, rest, statuses};
use crate::harness::{Server, Setup};

/// A byte each so often, for as long as the server takes them. Returns how long that was, and what it answered.
async fn drip(mut stream: TcpStream, start: &str, pause: Duration) -> (Duration, String) {
    let begun = Instant::now();
    stream.write_all(start.as_bytes()).await.unwrap();
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let dripping = async {
        loop {
            tokio::time::sleep(pause).await;
            if to.write_all(b"a").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = from.read_to_end(&mut answer) => {}
        () = dripping => {}
        () = tokio::time::sleep(super::PATIENCE) => panic!("nobody cuts it"),
    }
    (begun.elapsed(), String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn slow_heads_are_cut_off() {
    let server = Server::start().await;
    let slow = (0..50).map(|_| async {
        let start = "GET /matomo.php?idsite=1&rec=1&slow=";
        drip(connect(&server).await, start, Duration::from_millis(200)).await
    });
    let slow = futures_util::future::join_all(slow);
    let others = async {
        for _ in 0..40 {
            assert_others_are_served(&server).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let (slow, ()) = tokio::join!(slow, others);
    for (lasted, answer) in slow {
        assert!((9.0..15.0).contains(&lasted.as_secs_f64()), "{lasted:?}");
        assert_eq!(answer, "");
    }
    assert!(closed(&server, "head_timeout").await >= 50);
    server.settle().await;
}

#[tokio::test]
async fn slow_bodies_are_cut_off() {
    let server = Server::start().await;
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let start = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{{}}\n");
    let chunked =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3;");
    let slow = [start.as_str(); 20]
        .into_iter()
        .chain([chunked.as_str(); 5]);
    let slow = slow.map(|start| async {
        drip(connect(&server).await, start, Duration::from_millis(500)).await
    });
    let slow = futures_util::future::join_all(slow);
    let others = async {
        for _ in 0..40 {
            assert_others_are_served(&server).await;
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
    };
    let (slow, ()) = tokio::join!(slow, others);
    for (lasted, answer) in slow {
        assert!((29.0..36.0).contains(&lasted.as_secs_f64()), "{lasted:?}");
        assert_eq!(statuses(&answer), "408");
        assert!(
            answer.contains("x-mayfly-outcome: body_timeout"),
            "{answer}"
        );
    }
    assert_eq!(refused(&server, "body_timeout").await, 25);
    server.settle().await;
}

#[tokio::test]
async fn ten_thousand_idle_connections() {
    raise_file_limit();
    let server = Server::start().await;
    assert_others_are_served(&server).await;
    let (before, _) = resident_mib(&server);
    let idle = connect_many(&server, 10_000).await;
    let held = server.metric("connections").await + closed(&server, "head_timeout").await;
    assert!(held >= 10_000, "{held}");
    let (with_all, _) = resident_mib(&server);
    assert!(with_all < before + 40, "{before} MiB, {with_all} MiB");
    assert_others_are_served(&server).await;
    let begun = Instant::now();
    // Those of the last tick may be gone before they are counted, or counted before they are gone.
    while server.metric("connections").await > 20 || closed(&server, "head_timeout").await < 10_000
    {
        assert!(begun.elapsed() < super::PATIENCE);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(idle);
    server.settle().await;
}

/// Of more than the server holds, those that waited longest go.
#[tokio::test]
async fn idle_connections_make_room() {
    let server = Setup::default().files_max(1_256).start().await;
    assert_others_are_served(&server).await;
    let mut idle = connect_many(&server, 1_500).await;
    // They may still wait in the kernel's queue.
    let begun = Instant::now();
    while closed(&server, "connections_full").await < 400 {
        assert!(
            begun.elapsed() < super::PATIENCE,
            "{}",
            server.metrics().await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.metric("connections").await <= 1_001);
    assert_others_are_served(&server).await;
    let mut last = idle.pop().unwrap();
    let asked = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    last.write_all(asked).await.unwrap();
    assert_eq!(statuses(&rest(&mut last).await), "200");
    assert_eq!(rest(&mut idle[0]).await, "");
    server.settle().await;
}

/// Opens so many connections before the first of them is cut off.
async fn connect_many(server: &Server, count: usize) -> Vec<TcpStream> {
    let address = server.address.clone();
    let opening = move || {
        let open = |_| {
            let stream = std::net::TcpStream::connect(&address).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        };
        (0..count).map(open).collect::<Vec<_>>()
    };
    let streams = tokio::task::spawn_blocking(opening).await.unwrap();
    let streams = streams.into_iter().map(TcpStream::from_std);
    streams.collect::<Result<_, _>>().unwrap()
}

/// Whoever asks for a page and does not read it is let go by the kernel; the server is not held up.
#[tokio::test]
async fn answers_that_nobody_reads() {
    let server = Server::start().await;
    let mut deaf = Vec::new();
    for _ in 0..20 {
        let mut stream = connect(&server).await;
        let asked = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
        stream.write_all(asked.as_bytes()).await.unwrap();
        deaf.push(stream);
    }
    for _ in 0..10 {
        assert_others_are_served(&server).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let begun = Instant::now();
    while server.metric("connections").await > 10 {
        assert!(begun.elapsed() < super::PATIENCE);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    server.settle().await;
}

fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
