//! ClickHouse hangs or is away: intake goes on until the bound, and recovers by itself.

use std::time::{Duration, Instant};

use crate::harness::{Server, Setup, signal};

#[tokio::test]
async fn intake_goes_on_while_clickhouse_hangs() {
    let server = Server::start().await;
    signal(server.engine_id(), "STOP");
    for number in 0..50 {
        assert_eq!(
            server.hit(&format!("action_name=n{number}")).await.status(),
            200
        );
        assert_eq!(
            server
                .crash(&format!(r#"{{"message":"n{number}"}}"#))
                .await
                .status(),
            200
        );
    }
    assert_eq!(
        server.metric("items_in_spool{kind=\"analytics\"}").await,
        50
    );
    server.assert_balance("analytics").await;
    server.assert_balance("error").await;
    signal(server.engine_id(), "CONT");
    server.settle().await;
    assert_eq!(
        server
            .sql("SELECT uniqExact(title), count() FROM analytics_events")
            .await,
        "50\t50"
    );
    assert_eq!(
        server
            .sql("SELECT uniqExact(message), count() FROM error_events")
            .await,
        "50\t50"
    );
}

/// It is noticed within seconds, and after half a minute the engine is killed and started again.
#[tokio::test]
async fn an_engine_that_hangs_is_started_again() {
    let server = Server::start().await;
    let hung = server.engine_id();
    assert_eq!(server.metric("engine_restarts_total").await, 0);
    assert_eq!(server.metric("engine_answering").await, 1);
    signal(hung, "STOP");
    assert_eq!(server.hit("action_name=meanwhile").await.status(), 200);
    let begun = Instant::now();
    let health = |part: &'static str| {
        let server = &server;
        async move {
            while !healthz(server).await.contains(part) {
                assert!(
                    begun.elapsed() < Duration::from_secs(60),
                    "{}",
                    server.log()
                );
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            begun.elapsed()
        }
    };
    let noticed = health(r#""store":"away","engine":"silent""#).await;
    assert!(noticed < Duration::from_secs(20), "{noticed:?}");
    let health = server.get("/healthz").send().await.unwrap();
    assert_eq!(health.status(), 200, "events are accepted all the same");
    while server.metric("engine_restarts_total").await == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(90),
            "{}",
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(
        begun.elapsed() > Duration::from_secs(20),
        "not for a short pause"
    );
    assert_ne!(server.engine_id(), hung);
    server.settle().await;
    assert_eq!(
        server.sql("SELECT title FROM analytics_events").await,
        "meanwhile"
    );
    assert!(healthz(&server).await.contains(r#""engine":"answering""#));
}

async fn healthz(server: &Server) -> String {
    let answer = server.get("/healthz").send().await.unwrap();
    answer.text().await.unwrap()
}

#[tokio::test]
async fn at_the_bound_requests_are_refused_until_there_is_room() {
    let server = Setup::default()
        .set("SPOOL__BYTES_MAX", 1 << 20)
        .start()
        .await;
    signal(server.engine_id(), "STOP");
    let event = format!(r#"{{"message":"{}"}}"#, "many words ".repeat(5_000));
    let mut accepted = 0;
    let refused = loop {
        let answer = server.crash(&event).await;
        if answer.status() != 200 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 100);
    };
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["x-mayfly-outcome"], "spool_full");
    assert!(refused.headers().contains_key("retry-after"));
    let hit = server.hit("action_name=small").await;
    assert!(hit.status() == 200 || hit.status() == 503);
    signal(server.engine_id(), "CONT");
    server.settle().await;
    assert_eq!(server.crash(&event).await.status(), 200);
    server.settle().await;
    let stored = server.sql("SELECT count() FROM error_events").await;
    assert_eq!(stored, (accepted + 1).to_string());
}

#[tokio::test]
async fn a_clickhouse_that_is_away_at_the_start_is_waited_for() {
    let server = Setup::default()
        .set("CLICKHOUSE__URL", "http://127.0.0.1:9")
        .set("RETENTION__INTERVAL_SECONDS", 1)
        .start_without_token()
        .await;
    let health = server.get("/healthz").send().await.unwrap();
    assert_eq!(health.status(), 503);
    assert!(health.text().await.unwrap().contains(r#""store":"away""#));
    let begun = Instant::now();
    let answer = server.hit("").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["x-mayfly-outcome"], "store_away");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_batch_that_clickhouse_refuses_does_not_hold_up_the_others() {
    let server = Server::start().await;
    server.engine_sql("ALTER TABLE error_events RENAME COLUMN logger TO renamed");
    assert_eq!(server.crash(r#"{"message":"refused"}"#).await.status(), 200);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(server.hit("action_name=behind").await.status(), 200);
    let begun = Instant::now();
    while server.sql("SELECT count() FROM analytics_events").await != "1" {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{}",
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.assert_balance("error").await;
    server.engine_sql("ALTER TABLE error_events RENAME COLUMN renamed TO logger");
    server.settle().await;
    assert_eq!(
        server.sql("SELECT message FROM error_events").await,
        "refused"
    );
}
