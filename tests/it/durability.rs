//! Nothing acknowledged is lost, nothing is stored twice: kills at any instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::harness::{Server, Setup, signal};

/// Sends numbered hits and crashes until the server is gone; returns how many were acknowledged.
struct Load {
    acknowledged: Arc<AtomicU64>,
    senders: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(server: &Server, round: u64) -> Self {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let senders = (0..8u64).map(|sender| {
            let (url, key) = (server.url(""), server.key.clone());
            let acknowledged = Arc::clone(&acknowledged);
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                for number in 0u64.. {
                    let name = format!("n{round}-{sender}-{number}");
                    let request = if sender % 2 == 0 {
                        client.get(format!(
                            "{url}/matomo.php?idsite=1&rec=1&action_name={name}"
                        ))
                    } else {
                        let event =
                            format!("{{}}\n{{\"type\":\"event\"}}\n{{\"message\":\"{name}\"}}");
                        client
                            .post(format!("{url}/api/1/envelope/?sentry_key={key}"))
                            .body(event)
                    };
                    match request.send().await {
                        Ok(answer) if answer.status().is_success() => {
                            acknowledged.fetch_add(1, Relaxed)
                        }
                        Ok(_) => continue,
                        Err(_) => return,
                    };
                }
            })
        });
        let senders = senders.collect();
        Self {
            acknowledged,
            senders,
        }
    }

    /// Waits until every sender has noticed; what was in flight at the kill may or may not be stored.
    async fn finish(self) -> u64 {
        for sender in self.senders {
            sender.await.unwrap();
        }
        self.acknowledged.load(Relaxed)
    }
}

const STORED: &str = "SELECT sum(rows), sum(names) FROM (
    SELECT count() AS rows, uniqExact(title) AS names FROM analytics_events
    UNION ALL SELECT count(), uniqExact(message) FROM error_events)";

async fn stored(server: &Server) -> (u64, u64) {
    let text = server.sql(STORED).await;
    let (rows, names) = text.split_once('\t').unwrap();
    (rows.parse().unwrap(), names.parse().unwrap())
}

#[tokio::test]
async fn killed_under_load_everything_acknowledged_is_stored_once() {
    let mut server = Server::start().await;
    let mut acknowledged = 0;
    for round in 0..3 {
        let load = Load::start(&server, round);
        tokio::time::sleep(Duration::from_millis(700 + 300 * round)).await;
        let stopped = server.kill().await;
        acknowledged += load.finish().await;
        server = stopped.start().await;
    }
    server.settle().await;
    let (rows, names) = stored(&server).await;
    assert_eq!(rows, names, "nothing is stored twice");
    // Eight senders had at most one unanswered request in flight at each of three kills.
    assert!(
        rows >= acknowledged && rows <= acknowledged + 24,
        "{rows} rows, {acknowledged} acknowledged"
    );
    assert!(acknowledged > 100);
}

#[tokio::test]
async fn the_engine_killed_under_load_comes_back_and_nothing_is_lost() {
    let server = Server::start().await;
    let load = Load::start(&server, 0);
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        signal(server.engine_id(), "KILL");
    }
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    load.senders.iter().for_each(tokio::task::JoinHandle::abort);
    server.settle().await;
    let (rows, names) = stored(&server).await;
    let acknowledged = load.acknowledged.load(Relaxed);
    assert_eq!(rows, names);
    assert!(
        rows >= acknowledged && rows <= acknowledged + 8,
        "{rows} rows, {acknowledged} acknowledged"
    );
}

#[tokio::test]
async fn stopped_under_load_it_drains_and_exits_zero() {
    let server = Server::start().await;
    let load = Load::start(&server, 0);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let stopped = server.stop().await;
    assert!(stopped.status.success());
    let acknowledged = load.finish().await;
    let segments = std::fs::read_dir(stopped.data().join("spool"))
        .unwrap()
        .count();
    assert_eq!(
        segments, 0,
        "a stop with ClickHouse there leaves nothing behind"
    );
    let server = stopped.start().await;
    let (rows, names) = stored(&server).await;
    assert_eq!(rows, names);
    assert!(rows >= acknowledged && rows <= acknowledged + 8);
}

#[tokio::test]
async fn a_damaged_spool_costs_only_what_is_damaged() {
    // With an engine that cannot start, what is acknowledged stays in the spool.
    let server = Server::start().await;
    signal(server.engine_id(), "STOP");
    for number in 0..20 {
        assert_eq!(
            server.hit(&format!("action_name=n{number}")).await.status(),
            200
        );
    }
    let stopped = server.kill().await;
    let spool = stopped.data().join("spool");
    let mut segments: Vec<_> = std::fs::read_dir(&spool)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    segments.sort();
    let path = segments.last().unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let last = bytes.windows(3).rposition(|part| part == b"n19").unwrap();
    bytes[last] ^= 1;
    bytes.extend(b"MFR1 and a torn tail");
    std::fs::write(path, bytes).unwrap();

    let server = stopped.start().await;
    server.settle().await;
    let titles: u64 = server
        .sql("SELECT uniqExact(title) FROM analytics_events")
        .await
        .parse()
        .unwrap();
    assert!((19..=20).contains(&titles), "{titles}");
    assert_eq!(
        server
            .sql("SELECT count() FROM analytics_events WHERE title = 'n18'")
            .await,
        "1"
    );
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start().await;
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another mayfly"));
}

#[tokio::test]
async fn durability_os_acknowledges_without_a_sync() {
    let server = Setup::default()
        .set("SPOOL__DURABILITY", "os")
        .start()
        .await;
    assert_eq!(server.hit("action_name=x").await.status(), 200);
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
}
