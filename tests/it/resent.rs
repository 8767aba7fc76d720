//! A crash event that is sent again is answered, and stored once: at the same time, after a restart, after a failure.

use crate::harness::{Server, Setup, signal};

const DUPLICATES: &str = "drops_total{kind=\"error\",reason=\"duplicate\"}";

fn event(number: u32) -> String {
    format!(
        r#"{{"event_id":"{:032x}","message":"n{number}"}}"#,
        0xabc0_0000 + number
    )
}

async fn send(server: &Server, number: u32) {
    let answer = server.crash(&event(number)).await;
    assert_eq!(answer.status(), 200);
    let id = format!(r#"{{"id":"{:032x}"}}"#, 0xabc0_0000 + number);
    assert_eq!(answer.text().await.unwrap(), id);
}

#[tokio::test]
async fn twenty_times_at_once_and_once_more() {
    let server = Server::start().await;
    let all = (0..20).map(|_| send(&server, 1));
    futures_util::future::join_all(all).await;
    send(&server, 1).await;
    send(&server, 2).await;
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "2");
    assert_eq!(server.metric(DUPLICATES).await, 20);
    assert_eq!(server.metric("event_ids_remembered").await, 2);
}

#[tokio::test]
async fn after_a_restart() {
    let server = Server::start().await;
    for number in 0..50 {
        send(&server, number).await;
    }
    server.settle().await;
    let server = server.stop().await.start().await;
    for number in 0..60 {
        send(&server, number).await;
    }
    server.settle().await;
    assert_eq!(
        server
            .sql("SELECT count(), uniqExact(event_id) FROM error_events")
            .await,
        "60\t60"
    );
    assert_eq!(server.metric(DUPLICATES).await, 50);
}

/// The rows are in no table yet when the server comes back.
#[tokio::test]
async fn after_a_crash_with_clickhouse_away() {
    let server = Server::start().await;
    send(&server, 0).await;
    server.settle().await;
    signal(server.engine_id(), "STOP");
    for number in 1..30 {
        send(&server, number).await;
    }
    let server = server.kill().await.start().await;
    for number in 0..30 {
        send(&server, number).await;
    }
    server.settle().await;
    assert_eq!(
        server
            .sql("SELECT count(), uniqExact(event_id) FROM error_events")
            .await,
        "30\t30"
    );
    assert_eq!(server.metric(DUPLICATES).await, 30);
}

/// What could not be stored is not remembered: the client's next attempt counts.
#[tokio::test]
async fn after_a_refusal() {
    let server = Setup::default()
        .set("SPOOL__BYTES_MAX", 1 << 20)
        .start()
        .await;
    signal(server.engine_id(), "STOP");
    let filler = format!(r#"{{"message":"{}"}}"#, "many words ".repeat(5_000));
    while server.crash(&filler).await.status() == 200 {}
    let large = format!(
        r#"{{"event_id":"{:032x}","message":"again","extra":{{"a":"{}"}}}}"#,
        0xabc,
        "many words ".repeat(5_000)
    );
    assert_eq!(server.crash(&large).await.status(), 503);
    signal(server.engine_id(), "CONT");
    server.settle().await;
    assert_eq!(server.crash(&large).await.status(), 200);
    assert_eq!(server.crash(&large).await.status(), 200);
    server.settle().await;
    let again = "SELECT count() FROM error_events WHERE message = 'again'";
    assert_eq!(server.sql(again).await, "1");
}
