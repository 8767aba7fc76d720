//! `mayfly subject`, beside a running server and without one.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

#[tokio::test]
async fn operators_take_objections_and_take_them_back() {
    let server = Server::start().await;
    let outcome = || async {
        let answer = server.hit(&format!("_id={BROWSER}")).await;
        answer.headers()["x-mayfly-outcome"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(outcome().await, "accepted");
    let objected = command(server.data(), "object", BROWSER).await;
    assert_eq!(objected["receipt"]["kind"], "object", "{objected}");
    server.follow().await;
    assert_eq!(outcome().await, "objected");
    assert_eq!(server.sql("SELECT count() FROM objections").await, "4");
    let withdrawn = command(server.data(), "withdraw", BROWSER).await;
    assert_eq!(withdrawn["until"], Value::Null);
    server.follow().await;
    assert_eq!(outcome().await, "accepted");
    let ledger = std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    for action in ["subject_objected", "objection_withdrawn"] {
        let entry = format!(
            r#""actor":"command","action":"{action}","object":"project:1","detail":"analytics,errors""#
        );
        assert!(ledger.contains(&entry), "{ledger}");
    }
}

/// Runs `mayfly subject …` with the id on standard input, while connections to the server live on.
async fn command(data: &Path, what: &'static str, id: &'static str) -> Value {
    let data = data.to_owned();
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        command.args([
            "subject",
            what,
            "--project",
            "1",
            "--id-from-stdin",
            "--data",
        ]);
        let command = command.arg(data).stdin(Stdio::piped());
        let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
        writeln!(running.stdin.take().unwrap(), "{id}").unwrap();
        let output = running.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn operators_answer_from_the_command_line_whether_the_server_runs_or_not() {
    let server = Server::start().await;
    two_people(&server).await;
    let held = command(server.data(), "export", "4711").await;
    assert_eq!(
        held["tables"]["error_events"][0]["message"], "yours",
        "{held}"
    );
    let erased = command(server.data(), "erase", "jane").await;
    assert_eq!(
        (&erased["deleted"], &erased["receipt"]["proof"]["proven"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(counts(&server).await, "1\t2\t1");
    // The server counts issues anew; the command waits for it.
    assert_eq!(server.sql(ROLL_UPS).await, "2\t2\t0\t2\t0");
    let erased = command(server.data(), "erase", INSTALLATION).await;
    assert_eq!(erased["receipt"]["proof"]["proven"], true, "{erased}");
    assert_eq!(server.sql(ROLL_UPS).await, "1\t1\t0\t1\t0");

    server.engine_sql("RENAME TABLE error_events TO hidden");
    let event = json!({ "message": "waits", "user": { "id": "4711" } });
    assert_eq!(server.crash(&event.to_string()).await.status(), 200);
    server.engine_sql("RENAME TABLE hidden TO error_events");
    let stopped = server.kill().await;
    let erased = command(stopped.data(), "erase", "4711").await;
    assert_eq!(erased["receipt"]["proof"]["proven"], true, "{erased}");
    let server = stopped.start().await;
    server.settle().await;
    assert_eq!(counts(&server).await, "1\t0\t0");
    assert_eq!(server.sql(ROLL_UPS).await, "0\t0\t0\t0\t0");
}
