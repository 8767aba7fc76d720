//! What is acknowledged is on disk, and stays. `torture` adds faults at random instants.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::harness::{Server, Setup, signal};
use crate::load::{Load, assert_stored_once};

#[tokio::test]
async fn stopped_under_load_it_drains_and_exits_zero() {
    let server = Server::start().await;
    let load = Load::start(&server, 0);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let stopped = server.stop().await;
    assert!(stopped.status.success());
    let told = load.finish().await;
    let segments = std::fs::read_dir(stopped.data().join("spool"))
        .unwrap()
        .count();
    assert_eq!(
        segments, 0,
        "a stop with ClickHouse there leaves nothing behind"
    );
    let server = stopped.start().await;
    assert_stored_once(&server, 0, &told, &BTreeSet::new()).await;
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
async fn a_schema_of_a_newer_program_is_refused() {
    let server = Server::start().await;
    let sum = "0".repeat(64);
    server.engine_sql(&format!(
        "INSERT INTO schema_migrations (number, checksum) VALUES (9999, '{sum}')"
    ));
    let stopped = server.stop().await;
    let older = std::process::Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(stopped.data())
        .output()
        .unwrap();
    assert!(!older.status.success());
    let told = String::from_utf8_lossy(&older.stderr);
    assert!(
        told.contains("has schema 9999") && told.contains("start the newer Mayfly that wrote it"),
        "{told}"
    );
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
