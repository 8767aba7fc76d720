//! Evidence: true on a server that works, and false as soon as anybody plants what a check looks for. Then the live probe,
//! which can fail too.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Server, Setup};
use crate::telemetry;

/// A row that may be there, with room for what is planted.
const HIT: &str = "INSERT INTO analytics_events (project_id, received_at, expires_at, kind, client_ip, title, visitor_id)";

async fn evidence(server: &Server) -> Value {
    let request = server.get("/api/v1/evidence").bearer_auth(&server.token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// Names of the checks that fail, with their details.
async fn failing(server: &Server) -> Vec<(String, String)> {
    let evidence = evidence(server).await;
    let checks = evidence["checks"].as_array().unwrap().clone();
    assert_eq!(checks.len(), 15);
    let failed = checks.iter().filter(|check| check["ok"] == false);
    let text = |check: &Value, member: &str| check[member].as_str().unwrap().to_owned();
    failed
        .map(|check| (text(check, "name"), text(check, "detail")))
        .collect()
}

/// A server with some of everything, none of it personal any more.
async fn populated(setup: Setup) -> Server {
    let server = setup.start().await;
    server
        .hit("url=https://example.org/a?mail=jane@example.org&action_name=Hello")
        .await;
    server
        .crash(r#"{"message":"mail to jane.doe@example.org from 203.0.113.77"}"#)
        .await;
    telemetry::send(&server, telemetry::one_of_each("evidence")).await;
    server.settle().await;
    server
}

#[tokio::test]
async fn every_claim_is_true_and_can_be_run_again() {
    let server = populated(Setup::default()).await;
    assert_eq!(failing(&server).await, []);
    let evidence = evidence(&server).await;
    assert_eq!(evidence["ok"], true);
    for check in evidence["checks"].as_array().unwrap() {
        for member in [
            "name",
            "claim",
            "claim_de",
            "detail",
            "detail_de",
            "query",
            "checked_at",
        ] {
            assert!(
                !check[member].as_str().unwrap().is_empty(),
                "{member} of {check}"
            );
        }
        let query = check["query"].as_str().unwrap();
        if query.starts_with("SELECT") {
            server.sql(query).await;
        }
    }
}

#[tokio::test]
async fn evidence_is_for_officers_and_admins() {
    let server = Server::start().await;
    let token = |role: &str| {
        server.command(&["token", "add", "--role", role, "--json"])["token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (role, status) in [("officer", 200), ("developer", 403)] {
        let answer = server
            .get("/api/v1/evidence/inventory")
            .bearer_auth(token(role))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{role}");
        let answer = server
            .get("/api/v1/evidence/deletions")
            .bearer_auth(token(role))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{role}");
    }
    let developer = token("developer");
    let probe = server
        .post("/api/v1/evidence/probe")
        .bearer_auth(&developer)
        .send()
        .await
        .unwrap();
    assert_eq!(probe.status(), 403);
    let checks = server
        .get("/api/v1/evidence")
        .bearer_auth(&developer)
        .send()
        .await
        .unwrap();
    assert_eq!(checks.status(), 403);
    assert_eq!(
        server
            .get("/api/v1/evidence")
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
}

/// Plants by SQL, and expects exactly these checks to fail; then takes it away again.
async fn plant(server: &Server, name: &[&str], statements: &[&str], undo: &str) {
    for statement in statements {
        server.engine_sql(statement);
    }
    let failed = failing(server).await;
    let names: Vec<_> = failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, name, "{statements:?}: {failed:?}");
    server.engine_sql(undo);
}

/// A server on which nothing is deleted by itself while something is planted.
async fn quiet() -> Server {
    populated(Setup::default().set("RETENTION__INTERVAL_SECONDS", 3_600)).await
}

/// When a row came and when it goes, both as they should be.
const IN_TIME: &str =
    "now64(3), toDateTime(intDiv(toUnixTimestamp(now()) + 864000, 86400) * 86400)";
const UNDO_HIT: &str =
    "ALTER TABLE analytics_events DELETE WHERE visitor_id = 7 SETTINGS mutations_sync = 2";
const UNDO_LOG: &str =
    "ALTER TABLE logs DELETE WHERE span_id = 'planted' SETTINGS mutations_sync = 2";

fn log(body: &str) -> String {
    format!(
        "INSERT INTO logs (project_id, received_at, expires_at, body, span_id) VALUES (1, {IN_TIME}, '{body}', 'planted')"
    )
}

#[tokio::test]
async fn planted_addresses_are_found() {
    let server = quiet().await;
    let row = |address: &str, title: &str| {
        format!("{HIT} VALUES (1, {IN_TIME}, 'pageview', '{address}', '{title}', 7)")
    };
    for address in ["2001:db8::1", "jane"] {
        plant(&server, &["addresses"], &[&row(address, "")], UNDO_HIT).await;
    }
    let both = ["addresses", "address_texts"];
    plant(&server, &both, &[&row("203.0.113.77", "")], UNDO_HIT).await;
    let title = row("", "from 198.51.100.23 today");
    plant(&server, &["address_texts"], &[&title], UNDO_HIT).await;
    // Only in the middle of a computation, as issues keep the newest event of each.
    let crash = format!(
        "INSERT INTO error_events (project_id, received_at, expires_at, message, group_id) VALUES (1, {IN_TIME}, 'from 198.51.100.23', 7)"
    );
    let gone = "ALTER TABLE error_events DELETE WHERE group_id = 7 SETTINGS mutations_sync = 2";
    let undo = "ALTER TABLE issue_days DELETE WHERE group_id = 7 SETTINGS mutations_sync = 2";
    plant(&server, &["address_texts"], &[&crash, gone], undo).await;
}

#[tokio::test]
async fn planted_identifiers_are_found() {
    let server = quiet().await;
    for text in [
        "write to jane.doe@example.org",
        "call +49 30 901820 today",
        "paid with 4111 1111 1111 1111",
        "to DE89 3704 0044 0532 0130 00",
        "-----BEGIN PRIVATE KEY-----",
        "https://jane:geheim7@example.org/",
    ] {
        plant(&server, &["identifiers"], &[&log(text)], UNDO_LOG).await;
    }
    // The check digit is wrong: a number, nobody's card.
    plant(&server, &[], &[&log("order 4111 1111 1111 1112")], UNDO_LOG).await;
    let tag = format!(
        "INSERT INTO error_events (project_id, received_at, expires_at, tags, logger) VALUES (1, {IN_TIME}, map('mail', 'jane@example.org'), 'planted')"
    );
    let undo =
        "ALTER TABLE error_events DELETE WHERE logger = 'planted' SETTINGS mutations_sync = 2";
    plant(&server, &["identifiers"], &[&tag], undo).await;
}

#[tokio::test]
async fn what_should_be_gone_is_found() {
    let server = quiet().await;
    let old = "INSERT INTO logs (project_id, received_at, expires_at, span_id) VALUES (1, now64(3) - INTERVAL 31 DAY, now() + INTERVAL 1 DAY, 'planted')";
    plant(&server, &["oldest_rows"], &[old], UNDO_LOG).await;
    let lasting = "INSERT INTO logs (project_id, received_at, expires_at, span_id) VALUES (1, now64(3), now() + INTERVAL 31 DAY, 'planted')";
    plant(&server, &["oldest_rows"], &[lasting], UNDO_LOG).await;
    let stop = "SYSTEM STOP TTL MERGES logs";
    let overdue = "INSERT INTO logs (project_id, received_at, expires_at, span_id) VALUES (1, now64(3) - INTERVAL 1 DAY, now() - INTERVAL 2 HOUR, 'planted')";
    plant(&server, &["overdue_rows"], &[stop, overdue], UNDO_LOG).await;
}

#[tokio::test]
async fn receipts_that_prove_nothing_and_visitors_that_come_back_are_found() {
    let server = quiet().await;
    let receipt = "INSERT INTO deletion_receipts VALUES (now(), 'logs', '1800000000', 5, 50, 0, 2)";
    let undo =
        "ALTER TABLE deletion_receipts DELETE WHERE rows_left > 0 SETTINGS mutations_sync = 2";
    plant(&server, &["deletion_receipts"], &[receipt], undo).await;
    let again = format!(
        "{HIT} SELECT 1, now64(3) - INTERVAL number * 3 DAY, now() + INTERVAL 1 DAY, 'pageview', '', '', 7 FROM numbers(2)"
    );
    plant(&server, &["visitor_ids"], &[&again], UNDO_HIT).await;
}

#[tokio::test]
async fn tables_that_do_not_say_what_they_are_for_are_found() {
    let server = quiet().await;
    for (planted, undo) in [
        (
            "ALTER TABLE logs MODIFY COLUMN body COMMENT ''",
            "ALTER TABLE logs MODIFY COLUMN body COMMENT 'What was logged, scrubbed.'",
        ),
        (
            "ALTER TABLE spans REMOVE TTL",
            "ALTER TABLE spans MODIFY TTL expires_at",
        ),
        (
            "CREATE TABLE notes (a UInt8 COMMENT 'A number.') ENGINE = MergeTree ORDER BY a",
            "DROP TABLE notes",
        ),
        (
            "CREATE TABLE copies (received_at DateTime COMMENT 'A time.') ENGINE = MergeTree ORDER BY received_at COMMENT 'A copy.'",
            "DROP TABLE copies",
        ),
    ] {
        plant(&server, &["schema"], &[planted], undo).await;
    }
    let log = "CREATE TABLE system.query_log (a UInt8) ENGINE = MergeTree ORDER BY a";
    plant(
        &server,
        &["engine_logs"],
        &[log],
        "DROP TABLE system.query_log",
    )
    .await;
}

#[tokio::test]
async fn access_and_files_that_should_not_be_are_found() {
    let server = quiet().await;
    let session = "INSERT INTO tokens (token_hash, role, purpose, created_at, expires_at, version) VALUES (repeat('a', 64), 'admin', 'session', now(), now() + INTERVAL 60 DAY, 1)";
    let undo =
        "ALTER TABLE tokens DELETE WHERE token_hash = repeat('a', 64) SETTINGS mutations_sync = 2";
    plant(&server, &["access"], &[session], undo).await;
    let file = server.data().join("spool/copy-of-requests.txt");
    fs::write(&file, "somebody's copy").unwrap();
    plant(&server, &["spool"], &[], "SELECT 1").await;
    fs::remove_file(file).unwrap();
    let mode = |mode| fs::set_permissions(server.data(), Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    plant(&server, &["data_directory"], &[], "SELECT 1").await;
    mode(0o700);
    let ledger = server.data().join("ledger.jsonl");
    let genuine = fs::read_to_string(&ledger).unwrap();
    fs::write(
        &ledger,
        genuine.replacen("server_started", "project_added", 1),
    )
    .unwrap();
    plant(&server, &["ledger"], &[], "SELECT 1").await;
    let bent = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, bent.replacen("project_added", "server_started", 1)).unwrap();
    plant(&server, &[], &[], "SELECT 1").await;
}

#[tokio::test]
async fn a_looser_configuration_is_found() {
    let server = Setup::default()
        .set("PRIVACY__HONOUR_OBJECTIONS", "false")
        .start()
        .await;
    let failed = failing(&server).await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0, "configuration");
    assert!(failed[0].1.contains("honour_objections"));
    server.set("keep_device_model", "true").await;
    let detail = &failing(&server).await[0].1;
    assert!(
        detail.contains("keep_device_model = false (project 1)"),
        "{detail}"
    );
}

async fn probe(server: &Server) -> Value {
    let request = server
        .post("/api/v1/evidence/probe")
        .bearer_auth(&server.token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_probe_finds_nothing_and_leaves_nothing() {
    let server = populated(Setup::default()).await;
    let before = server.sql("SELECT count() FROM analytics_events").await;
    let report = probe(&server).await;
    // One at a time, and not one after the other without a pause.
    let again = server
        .post("/api/v1/evidence/probe")
        .bearer_auth(&server.token)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 429);
    assert_eq!(report["ok"], true, "{report:#}");
    assert_eq!(report["found"], Value::Array(Vec::new()));
    assert!(report["markers"].as_u64().unwrap() >= 14);
    assert_eq!(report["deleted"]["left"], 0);
    let fields = report["fields"].as_array().unwrap();
    let kept = |name: &str| {
        fields.iter().find(|field| field["name"] == name).unwrap()["kept"]
            .as_str()
            .unwrap()
    };
    assert_eq!(kept("Visitor's address"), "203.0.113.0");
    assert!(
        kept("Page title").starts_with("Probelauf ") && kept("Page title").ends_with("[email]")
    );
    assert_eq!(kept("Crash: local variables"), "");
    assert!(
        kept("Crash: message").contains("[name]") && kept("Crash: message").contains("[password]")
    );
    // Its rows are gone, nobody else's are.
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        before
    );
    let partitions = "SELECT count() FROM system.parts WHERE database = 'mayfly' AND rows > 0 AND toUInt32OrZero(partition_id) % 600 = 599";
    assert_eq!(server.sql(partitions).await, "0");
    let receipts = "SELECT count() >= 6, sum(rows_left + parts_left) FROM deletion_receipts";
    assert_eq!(server.sql(receipts).await, "1\t0");
    assert_eq!(failing(&server).await, []);
}

#[tokio::test]
async fn a_probe_fails_when_an_address_lies_about() {
    let server = Server::start().await;
    let addresses: Vec<_> = (100..255)
        .map(|octet| format!("203.0.113.{octet}"))
        .collect();
    let file = server.data().join("clickhouse/tmp/access.log");
    fs::write(&file, addresses.join("\n")).unwrap();
    let report = probe(&server).await;
    assert_eq!(report["ok"], false);
    let found = serde_json::json!([{"marker": "address", "place": "files"}]);
    assert_eq!(report["found"], found);
}

#[tokio::test]
async fn a_probe_fails_when_it_is_not_stored() {
    let server = Server::start().await;
    server.engine_sql("RENAME TABLE spans TO spans_away");
    server.engine_sql("CREATE TABLE spans AS spans_away ENGINE = Null");
    let request = server
        .post("/api/v1/evidence/probe")
        .bearer_auth(&server.token);
    let report: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(report["ok"], false);
    assert_eq!(report["stored"], false);
}

#[tokio::test]
async fn the_audit_says_the_same_with_the_server_running_and_stopped() {
    let server = populated(Setup::default()).await;
    let running = server.command(&["audit", "--json"]);
    assert_eq!(running["ok"], true, "{running:#}");
    server.engine_sql("ALTER TABLE logs MODIFY COLUMN body COMMENT ''");
    let stopped = server.stop().await;
    let page = stopped.data().join("audit.html");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
    command
        .args(["audit", "--lang", "de", "--html"])
        .arg(&page)
        .arg("--data")
        .arg(stopped.data());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let failed: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    assert!(
        failed.len() == 1 && failed[0].starts_with("FAIL schema"),
        "{text}"
    );
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("Stimmt nicht") && page.contains("logs.body: COMMENT"));
}

#[tokio::test]
async fn the_notice_is_printed_in_both_languages() {
    let server = Server::start().await;
    for (language, part) in [
        ("de", "spätestens nach 30 Tagen"),
        ("en", "after 30 days at the latest"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        command
            .args(["notice", "--lang", language, "--data"])
            .arg(server.data());
        let output = command.output().unwrap();
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(part),
            "{output:?}"
        );
    }
}
