//! An erasure leaves nothing behind: on the disk, in what was counted, in the spool.

use std::time::Duration;

use super::*;
use crate::harness::{files, signal};

/// The pseudonyms are on the disk before, in what a part stores uncompressed, and nowhere afterwards: not in parts, nor in what
/// ClickHouse keeps of the deletion itself.
#[tokio::test]
async fn not_a_byte_of_a_pseudonym_is_left_on_the_disk() {
    let server = Server::start().await;
    for table in ["analytics_events", "error_events"] {
        server.engine_sql(&format!(
            "ALTER TABLE {table} MODIFY COLUMN user_key CODEC(NONE)"
        ));
    }
    server.engine_sql("ALTER TABLE analytics_events MODIFY COLUMN browser_key CODEC(NONE)");
    two_people(&server).await;
    server.settle().await;
    let keys = "SELECT DISTINCT arrayJoin([browser_key, user_key]) FROM analytics_events WHERE user_key != 0";
    let keys: Vec<u64> = server
        .sql(keys)
        .await
        .lines()
        .map(|key| key.parse().unwrap())
        .collect();
    assert_eq!(keys.len(), 2);
    let places = || -> Vec<String> {
        let holds = |bytes: &[u8], key: &u64| {
            let texts = [
                key.to_string().into_bytes(),
                format!("{key:016x}").into_bytes(),
                key.to_le_bytes().to_vec(),
            ];
            texts
                .iter()
                .any(|text| memchr::memmem::find(bytes, text).is_some())
        };
        let found = files(server.data()).into_iter();
        let found = found.filter(|(_, bytes)| keys.iter().any(|key| holds(bytes, key)));
        found.map(|(place, _)| place).collect()
    };
    assert!(!places().is_empty(), "the search can find");
    let erased = ask_json(&server, "erase", BROWSER).await;
    assert_eq!(erased["receipt"]["proof"]["proven"], true, "{erased}");
    assert_eq!(places(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_counted_from_erased_crashes_is_counted_anew() {
    let server = Server::start().await;
    server.engine_sql("ALTER TABLE issue_days MODIFY COLUMN latest CODEC(NONE)");
    let words = "quartermaster zephyrine";
    failure(&server, "4711", "another").await;
    server.settle().await;
    failure(&server, INSTALLATION, words).await;
    // An issue of nobody else.
    let alone = json!({ "message": format!("{words} alone"), "user": { "id": INSTALLATION } });
    assert_eq!(server.crash(&alone.to_string()).await.status(), 200);
    server.settle().await;
    assert_eq!(server.sql(ROLL_UPS).await, "3\t2\t0\t3\t0");
    let places = || -> Vec<String> {
        let holds = |bytes: &[u8]| memchr::memmem::find(bytes, words.as_bytes()).is_some();
        let found = files(server.data()).into_iter();
        let found = found.filter(|(_, bytes)| holds(bytes));
        found.map(|(place, _)| place).collect()
    };
    assert!(!places().is_empty(), "the search can find");

    let erased = ask_json(&server, "erase", INSTALLATION).await;
    assert_eq!(erased["receipt"]["proof"]["proven"], true, "{erased}");
    assert_eq!(erased["deleted"], 2);
    assert_eq!(server.sql(ROLL_UPS).await, "1\t1\t0\t1\t0");
    let latest = "SELECT argMaxMerge(latest).4 FROM issue_days";
    assert_eq!(server.sql(latest).await, "another");
    assert_eq!(places(), Vec::<String>::new());

    // Counting goes on.
    failure(&server, "4712", "a third").await;
    server.settle().await;
    assert_eq!(server.sql(ROLL_UPS).await, "2\t2\t0\t2\t0");
}

#[tokio::test]
async fn what_is_said_of_a_crash_goes_with_it() {
    let server = Server::start().await;
    let event = json!({ "message": "boom", "user": { "id": INSTALLATION } });
    let answer = server.crash(&event.to_string()).await;
    let id = answer.json::<Value>().await.unwrap()["id"].clone();
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    for (id, words) in [
        (id, "of mine"),
        (json!("4c4d8595b7a74eb698510d0e56465b92"), "of another"),
    ] {
        let report = json!({ "event_id": id, "comments": words });
        let body = format!("{{}}\n{{\"type\":\"user_report\"}}\n{report}\n");
        assert_eq!(
            server.post(&path).body(body).send().await.unwrap().status(),
            200
        );
    }
    server.settle().await;
    let held = ask_json(&server, "export", INSTALLATION).await;
    assert_eq!(
        held["tables"]["feedback"][0]["message"], "of mine",
        "{held}"
    );
    let erased = ask_json(&server, "erase", INSTALLATION).await;
    assert_eq!(
        (&erased["deleted"], &erased["receipt"]["proof"]["proven"]),
        (&json!(2), &json!(true)),
        "{erased}"
    );
    assert_eq!(
        server.sql("SELECT message FROM feedback").await,
        "of another"
    );
}

#[tokio::test]
async fn an_erasure_that_was_cut_off_is_counted_anew_later() {
    let server = Server::start().await;
    failure(&server, "4711", "one").await;
    failure(&server, "4712", "two").await;
    server.settle().await;
    server.engine_sql(
        "INSERT INTO roll_up_repairs SELECT DISTINCT generateUUIDv4(0), 1, project_id, group_id, expires_at FROM error_events",
    );
    server.engine_sql(
        "ALTER TABLE error_events DELETE WHERE exception_value = 'one' SETTINGS mutations_sync = 2",
    );
    for _ in 0..100 {
        if server.sql(ROLL_UPS).await == "1\t1\t0\t1\t0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{}", server.sql(ROLL_UPS).await);
}

#[tokio::test]
async fn rows_that_wait_in_the_spool_are_erased_there() {
    let server = Server::start().await;
    // A batch that ClickHouse refuses waits, and is tried again.
    server.engine_sql("RENAME TABLE analytics_events TO hidden");
    two_people(&server).await;
    let waiting = || async { server.metric("items_in_spool{kind=\"analytics\"}").await };
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(waiting().await, 4);
    let answer = ask(&server, "erase", json!({ "project": 1, "id": BROWSER })).await;
    // The tables cannot be asked; the spool is clear nevertheless.
    assert_eq!(answer.status(), 503);
    assert_eq!(waiting().await, 1);
    let erased = "drops_total{kind=\"analytics\",reason=\"erased\"}";
    assert_eq!(server.metric(erased).await, 3);
    server.engine_sql("RENAME TABLE hidden TO analytics_events");
    server.settle().await;
    assert_eq!(
        server.sql("SELECT title FROM analytics_events").await,
        "another"
    );
    assert_eq!(ask_json(&server, "erase", BROWSER).await["deleted"], 0);
}

#[tokio::test]
async fn while_clickhouse_is_away_nothing_is_promised() {
    let server = Server::start().await;
    let engine = server.engine_id();
    signal(engine, "STOP");
    two_people(&server).await;
    let answer = ask(&server, "erase", json!({ "project": 1, "id": BROWSER })).await;
    assert_eq!(answer.status(), 503);
    // If it was asked to delete, it has been silent for so long that it was replaced by now.
    signal(engine, "CONT");
    server.settle().await;
    ask_json(&server, "erase", BROWSER).await;
    assert_eq!(counts(&server).await, "1\t2\t1");
}
