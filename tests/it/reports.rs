//! Reports to hand out: signed, verified by the program alone, and any edit is found. The ledger as a file to take along.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::Server;
use crate::telemetry;

/// Runs `mayfly … verify FILE`; whether it says yes, and what it says.
fn verify(what: &str, file: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
    let output = command.args([what, "verify"]).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

fn kept(server: &Server, name: &str, text: &str) -> PathBuf {
    let file = server.data().join(name);
    fs::write(&file, text).unwrap();
    file
}

async fn report(server: &Server, path: &str, body: Value) -> String {
    let request = server
        .post(&format!("/api/v1/evidence/{path}"))
        .bearer_auth(&server.token);
    let answer = request.json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

#[tokio::test]
async fn the_self_assessment_is_signed_and_an_edit_is_found() {
    let server = Server::start().await;
    server.hit("action_name=Hello").await;
    server.settle().await;
    let text = report(&server, "assessment", json!({})).await;
    let signed: Value = serde_json::from_str(&text).unwrap();
    let report_of = &signed["report"];
    assert_eq!(report_of["kind"], "self_assessment");
    assert_eq!(report_of["data"]["ok"], true, "{text}");
    assert_eq!(report_of["data"]["checks"].as_array().unwrap().len(), 15);
    let file = kept(&server, "assessment.json", &text);
    let (genuine, said) = verify("report", &file);
    let fingerprint = server.command(&["ledger", "verify", "--json"])["fingerprint"].clone();
    assert!(
        genuine && said.contains(fingerprint.as_str().unwrap()),
        "{said}"
    );
    let bent = text.replace("\"ok\": true", "\"ok\": false");
    assert_ne!(bent, text);
    assert!(!verify("report", &kept(&server, "assessment.json", &bent)).0);

    let page = report(&server, "assessment?format=html&lang=de", json!({})).await;
    assert!(page.contains("Selbsteinschätzung") && page.contains("Stimmt"));
    assert!(verify("report", &kept(&server, "assessment.html", &page)).0);
    let bent = page.replacen("Stimmt", "Stimmt nicht", 1);
    let (genuine, said) = verify("report", &kept(&server, "assessment.html", &bent));
    assert!(!genuine && said.contains("page was changed"), "{said}");
    let ledger = fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    let beginning = &signed["sha256"].as_str().unwrap()[..16];
    let line =
        format!(r#""action":"report_signed","object":"self_assessment","detail":"{beginning}""#);
    assert!(ledger.contains(&line), "{ledger}");
}

#[tokio::test]
async fn the_breach_report_counts_what_could_be_reached() {
    let server = Server::start().await;
    server.hit("action_name=Hello").await;
    server.hit("action_name=Again").await;
    server.crash(r#"{"message":"boom"}"#).await;
    telemetry::send(&server, telemetry::one_of_each("breach")).await;
    server.settle().await;
    server.sql("SELECT 1").await;
    server.engine_sql(
        "INSERT INTO deletion_receipts VALUES (now(), 'logs', '1800000000', 5, 50, 0, 0)",
    );
    let text = report(&server, "breach", json!({"since": "2000-01-01T00:00:00Z"})).await;
    assert!(verify("report", &kept(&server, "breach.json", &text)).0);
    let signed: Value = serde_json::from_str(&text).unwrap();
    let data = &signed["report"]["data"];
    let tables = data["tables"].as_array().unwrap();
    let table = |name: &str| tables.iter().find(|table| table["table"] == name).unwrap();
    let rows = server.sql("SELECT count() FROM analytics_events").await;
    assert_eq!(table("analytics_events")["rows"].to_string(), rows);
    assert_eq!(table("logs")["deleted_since"], 5);
    assert!(data["visitors"].as_u64().unwrap() >= 1);
    let actions = data["actions"].as_object().unwrap();
    assert!(actions.keys().any(|what| what.ends_with(" sql_run")));
    // Before anything was received, nothing could be reached.
    let early = json!({"since": "2000-01-01T00:00:00Z", "until": "2000-01-02T00:00:00Z"});
    let early: Value = serde_json::from_str(&report(&server, "breach", early).await).unwrap();
    assert_eq!(early["report"]["data"]["visitors"], 0);
    let request = server
        .post("/api/v1/evidence/breach")
        .bearer_auth(&server.token);
    let wrong = request.json(&json!({"since": "yesterday"}));
    assert_eq!(wrong.send().await.unwrap().status(), 422);
}

#[tokio::test]
async fn reports_and_ledger_from_the_terminal() {
    let server = Server::start().await;
    let page = server.data().join("assessment.html");
    let ledger = server.data().join("copy.jsonl");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        let command = command.args(arguments).arg("--data").arg(server.data());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run(&["report", "assessment", "--html", page.to_str().unwrap()]);
    assert!(verify("report", &page).0);
    run(&["ledger", "export", ledger.to_str().unwrap()]);
    assert!(verify("ledger", &ledger).0);
}

#[tokio::test]
async fn the_ledger_is_taken_along_and_says_what_was_done() {
    let server = Server::start().await;
    let get = async |path: &str| {
        let request = server.get(path).bearer_auth(&server.token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    for path in ["/api/v1/evidence", "/api/v1/evidence/deletions"] {
        get(path).await;
    }
    let probe = server
        .post("/api/v1/evidence/probe")
        .bearer_auth(&server.token);
    probe.send().await.unwrap();
    let text = get("/api/v1/ledger").await;
    for part in [
        "mask_octets=1 scrubbing=strict",
        r#""action":"evidence_run","object":"","detail":"0""#,
        r#""action":"exported","object":"deletions""#,
        r#""action":"probe_sent","object":"","detail":"ok""#,
        r#""action":"exported","object":"ledger""#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let file = kept(&server, "copy.jsonl", &text);
    assert!(verify("ledger", &file).0);
    let without_end: Vec<_> = text.lines().collect();
    let cut = without_end[..without_end.len() - 2].join("\n") + "\n";
    assert!(!verify("ledger", &kept(&server, "copy.jsonl", &cut)).0);
    let verified: Value = serde_json::from_str(&get("/api/v1/ledger/verification").await).unwrap();
    assert_eq!(verified["ok"], true);
    // For officers and administrators only.
    let developer = server.command(&["token", "add", "--role", "developer", "--json"]);
    for path in ["/api/v1/ledger", "/api/v1/ledger/verification"] {
        let request = server
            .get(path)
            .bearer_auth(developer["token"].as_str().unwrap());
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
}
