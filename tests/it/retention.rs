//! Thirty days later: nothing of day 1 is left, in tables, parts, spool or on disk.

use std::path::Path;

use mayfly::store::retention::expiring_tables;

use crate::harness::{Server, Setup, files, signal, tables};
use crate::telemetry;

/// Bytes of every file below a directory.
fn every_byte(directory: &Path) -> Vec<u8> {
    files(directory)
        .into_iter()
        .flat_map(|(_, bytes)| bytes)
        .collect()
}

fn contains(bytes: &[u8], part: &str) -> bool {
    memchr::memmem::find(bytes, part.as_bytes()).is_some()
}

async fn comment_on_every_issue(server: &Server, comment: &str) {
    let list = server
        .get("/api/v1/projects/1/issues")
        .bearer_auth(&server.token);
    let list: serde_json::Value = list.send().await.unwrap().json().await.unwrap();
    for issue in list["issues"].as_array().unwrap() {
        let path = format!("/api/v1/issues/{}", issue["id"].as_str().unwrap());
        let change = serde_json::json!({ "comment": comment });
        let request = server
            .request(reqwest::Method::PUT, &path)
            .bearer_auth(&server.token);
        assert_eq!(request.json(&change).send().await.unwrap().status(), 200);
    }
}

/// Parts of every table with an expiry.
const PARTS: &str = "SELECT count() FROM system.parts WHERE database = 'mayfly' AND rows > 0
    AND table IN (SELECT table FROM system.columns WHERE database = 'mayfly' AND name = 'expires_at' AND table != 'tokens')";

#[tokio::test]
async fn on_day_31_nothing_of_day_1_is_left() {
    let server = Server::start().await;
    server.hit("action_name=dayoneview").await;
    server.crash(r#"{"message":"dayonecrash"}"#).await;
    telemetry::send(&server, telemetry::one_of_each("dayonetelemetry")).await;
    server.settle().await;
    comment_on_every_issue(&server, "dayonecomment").await;
    assert_eq!(
        server.sql(PARTS).await,
        expiring_tables().count().to_string()
    );
    // Also in the spool: acknowledged while ClickHouse hangs, found again a month later.
    signal(server.engine_id(), "STOP");
    server.hit("action_name=dayonespool").await;
    telemetry::send(&server, telemetry::one_of_each("dayonewaiting")).await;
    let stopped = server.kill().await;
    for marker in ["dayonespool", "dayonewaiting"] {
        assert!(contains(&every_byte(stopped.data()), marker));
    }

    let server = stopped.start_with(Setup::default().clock("+31d")).await;
    assert_eq!(
        server.sql(PARTS).await,
        "0",
        "before anything else was done"
    );
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "0"
    );
    let receipts = "SELECT table_name, rows > 0, parts_left, rows_left FROM deletion_receipts ORDER BY table_name";
    let mut proofs: Vec<_> = expiring_tables()
        .map(|table| format!("{table}\t1\t0\t0"))
        .collect();
    proofs.sort();
    assert_eq!(server.sql(receipts).await, proofs.join("\n"));
    assert_eq!(
        server
            .metric("drops_total{kind=\"analytics\",reason=\"expired\"}")
            .await,
        1
    );
    assert_eq!(
        server
            .metric("drops_total{kind=\"log\",reason=\"expired\"}")
            .await,
        2
    );
    server.hit("action_name=day31view").await;
    server.settle().await;
    let left = every_byte(server.data());
    for marker in [
        "dayoneview",
        "dayonecrash",
        "dayonecomment",
        "dayonespool",
        "dayonetelemetry",
        "dayonewaiting",
    ] {
        assert!(!contains(&left, marker), "{marker} is still on disk");
    }
}

#[tokio::test]
async fn on_day_29_everything_is_still_there() {
    let server = Server::start().await;
    server.hit("action_name=dayoneview").await;
    server.settle().await;
    let server = server
        .stop()
        .await
        .start_with(Setup::default().clock("+28d"))
        .await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
    assert_eq!(
        server.sql("SELECT count() FROM deletion_receipts").await,
        "0"
    );
}

#[tokio::test]
async fn a_running_server_deletes_by_itself() {
    let setup = Setup::default()
        .set("RETENTION__DEFAULT_HOURS", 1)
        .set("RETENTION__INTERVAL_SECONDS", 1)
        // Time passes 600 times as fast, for server and engine.
        .clock("+0 x600");
    let server = setup.start().await;
    server.hit("action_name=shortlived").await;
    for _ in 0..120 {
        if server
            .sql("SELECT count() FROM deletion_receipts WHERE parts_left = 0")
            .await
            != "0"
        {
            let bytes = every_byte(server.data());
            assert!(!contains(&bytes, "shortlived"));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    panic!("not deleted\n{}", server.log());
}

#[tokio::test]
async fn no_row_can_outlive_thirty_days() {
    let server = Server::start().await;
    server.hit("").await;
    server.crash(r#"{"timestamp":9999999999}"#).await;
    telemetry::send(&server, telemetry::one_of_each("a")).await;
    server.settle().await;
    for table in tables() {
        // Counts by the hour do not keep when they arrived; these just did.
        let late =
            format!("SELECT count(), countIf(expires_at > now() + INTERVAL 30 DAY) FROM {table}");
        let answer = server.sql(&late).await;
        assert!(
            answer.ends_with("\t0") && !answer.starts_with("0\t"),
            "{table}: {answer}"
        );
    }
    assert_eq!(
        server
            .sql("SELECT count() FROM error_events WHERE occurred_at > received_at")
            .await,
        "0"
    );
}

/// Two hours old, with days to go.
const OLD: &str = "now64(3) - INTERVAL 2 HOUR, now() + INTERVAL 5 DAY";
const RECEIPTS: &str = "SELECT table_name, partition_id, rows, parts_left, rows_left FROM deletion_receipts ORDER BY table_name";

fn plant_old_rows(server: &Server) {
    server.engine_sql(&format!(
        "INSERT INTO analytics_events (project_id, received_at, expires_at, kind, title) SELECT 1, {OLD}, 'pageview', 'oldshortview'"
    ));
    server.engine_sql(&format!(
        "INSERT INTO error_events (project_id, received_at, expires_at, message, release) SELECT 1, {OLD}, 'oldcrash', 'oldcrash'"
    ));
}

#[tokio::test]
async fn a_shorter_retention_holds_for_what_is_stored() {
    let setup = Setup::default().set("RETENTION__INTERVAL_SECONDS", 1);
    let server = setup.start().await;
    server.hit("action_name=shortview").await;
    server.crash(r#"{"message":"youngcrash"}"#).await;
    plant_old_rows(&server);
    server.settle().await;
    let change = serde_json::json!({"settings": {"retention.analytics_hours": 1}});
    let request = server
        .request(reqwest::Method::PATCH, "/api/v1/projects/1")
        .bearer_auth(&server.token);
    let answer = request.json(&change).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    for _ in 0..120 {
        if !server.sql(RECEIPTS).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    assert_eq!(
        server.sql(RECEIPTS).await,
        "analytics_events\tproject 1, older than 1 h\t1\t0\t0"
    );
    let left = every_byte(server.data());
    assert!(!contains(&left, "oldshortview"));
    // What is younger stays, and so does the other kind; what comes now expires in time.
    server.hit("action_name=newview").await;
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "2");
    assert_eq!(
        server
            .sql("SELECT title, expires_at <= received_at + INTERVAL 1 HOUR FROM analytics_events ORDER BY title")
            .await,
        "newview\t1\nshortview\t0"
    );
    let ledger = std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    assert!(ledger.contains(r#""object":"project:1","detail":"retention.analytics_hours""#));
    assert!(
        ledger
            .contains(r#""action":"rows_expired","object":"table:analytics_events","detail":"1""#)
    );
}

#[tokio::test]
async fn what_became_too_old_meanwhile_is_gone_before_intake_opens() {
    let never = Setup::default().set("RETENTION__INTERVAL_SECONDS", 3_600);
    let server = never.clone().start().await;
    server.crash(r#"{"message":"youngcrash"}"#).await;
    plant_old_rows(&server);
    server.settle().await;
    server.set("retention.errors_hours", "1").await;
    let server = server.stop().await.start_with(never).await;
    let kept = "\tproject 1, older than 1 h\t1\t0\t0";
    let proofs =
        ["error_events", "issue_days", "release_days"].map(|table| format!("{table}{kept}"));
    assert_eq!(server.sql(RECEIPTS).await, proofs.join("\n"));
    assert!(!contains(&every_byte(server.data()), "oldcrash"));
    assert_eq!(
        server.sql("SELECT message FROM error_events").await,
        "youngcrash"
    );
}
