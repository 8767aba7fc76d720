//! What visitors may ask of their own data: shown, erased with bytes and proof, objected to.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mayfly::app::REGISTRY_AGE_MAX;
use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::{Server, files, signal};

const BROWSER: &str = "9f86d081884c7d65";
const OTHER_BROWSER: &str = "3a7bd3e2360a3d29";
const INSTALLATION: &str = "6fa459ea-ee8a-4ca4-894e-db77e160355e";

/// Asks without a token: the id is the proof.
async fn ask(server: &Server, what: &str, body: Value) -> Response {
    let request = server.post(&format!("/api/v1/subjects/{what}"));
    request.json(&body).send().await.unwrap()
}

async fn ask_json(server: &Server, what: &str, id: &str) -> Value {
    let answer = ask(server, what, json!({ "project": 1, "id": id })).await;
    assert_eq!(answer.status(), 200, "{what}");
    answer.json().await.unwrap()
}

/// A visitor with a browser id and an account, another one, and crashes of an installation and of somebody else.
async fn two_people(server: &Server) {
    for number in 0..3 {
        let query = format!("_id={BROWSER}&uid=jane&action_name=first{number}");
        assert_eq!(server.hit(&query).await.status(), 200);
    }
    server
        .hit(&format!("cid={OTHER_BROWSER}&action_name=another"))
        .await;
    for (user, message) in [(INSTALLATION, "mine"), ("4711", "yours")] {
        let event = json!({ "message": message, "user": { "id": user } });
        assert_eq!(server.crash(&event.to_string()).await.status(), 200);
    }
    let feedback = json!({ "user": { "id": INSTALLATION },
        "contexts": { "feedback": { "message": "it broke" } } });
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let body = format!("{{}}\n{{\"type\":\"feedback\"}}\n{feedback}\n");
    assert_eq!(
        server.post(&path).body(body).send().await.unwrap().status(),
        200
    );
}

async fn counts(server: &Server) -> String {
    let counts = ["analytics_events", "error_events", "feedback"]
        .map(|table| format!("(SELECT count() FROM {table})"));
    server.sql(&format!("SELECT {}", counts.join(", "))).await
}

#[tokio::test]
async fn the_holder_of_an_id_sees_and_erases_what_belongs_to_it() {
    let server = Server::start().await;
    two_people(&server).await;

    // Without waiting: what was acknowledged is shown.
    let held = ask_json(&server, "export", BROWSER).await;
    let views = held["tables"]["analytics_events"].as_array().unwrap();
    assert_eq!(
        (views.len(), &held["complete"]),
        (3, &json!(true)),
        "{held}"
    );
    assert_eq!(views[0]["title"], "first0");
    assert_eq!(held["tables"].as_object().unwrap().len(), 1);
    let held = ask_json(&server, "export", INSTALLATION).await;
    assert_eq!(held["tables"]["error_events"][0]["message"], "mine");
    assert_eq!(held["tables"]["feedback"][0]["message"], "it broke");

    server.settle().await;
    assert_eq!(counts(&server).await, "4\t2\t1");
    let erased = ask_json(&server, "erase", BROWSER).await;
    assert_eq!(erased["deleted"], 3);
    assert_eq!(erased["receipt"]["proof"]["proven"], true, "{erased}");
    assert_eq!(counts(&server).await, "1\t2\t1");
    let erased = ask_json(&server, "erase", INSTALLATION).await;
    assert_eq!(
        (&erased["deleted"], &erased["receipt"]["tables"]),
        (&json!(2), &json!(["error_events", "feedback"]))
    );
    assert_eq!(erased["receipt"]["proof"]["proven"], true, "{erased}");
    assert_eq!(counts(&server).await, "1\t1\t0");
    assert_eq!(
        server.sql("SELECT message FROM error_events").await,
        "yours"
    );
    for id in [BROWSER, INSTALLATION] {
        assert_eq!(ask_json(&server, "export", id).await["rows"], 0);
        assert_eq!(ask_json(&server, "erase", id).await["deleted"], 0);
    }

    let receipts = "SELECT kind, sum(rows), sum(rows_left + parts_left + spool_files_left) FROM subject_receipts GROUP BY kind ORDER BY kind";
    assert_eq!(server.sql(receipts).await, "erase\t5\t0\nexport\t5\t0");
    assert_eq!(server.sql("SELECT count() FROM subject_keys").await, "0");
    let ledger = std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    let erasure =
        r#""actor":"visitor","action":"subject_erased","object":"project:1","detail":"3""#;
    assert!(
        ledger.contains(erasure) && !ledger.contains(BROWSER),
        "{ledger}"
    );
}

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

/// A failure of the same place in the same release, so one issue, in words of its own.
async fn failure(server: &Server, user: &str, words: &str) {
    let frame = json!({ "function": "pay", "filename": "shop/pay.py", "in_app": true });
    let exception = json!({ "type": "PaymentError", "value": words,
        "stacktrace": { "frames": [frame] } });
    let event = json!({ "platform": "python", "release": "shop@1", "user": { "id": user },
        "exception": { "values": [exception] } });
    assert_eq!(server.crash(&event.to_string()).await.status(), 200);
}

const ROLL_UPS: &str =
    "SELECT (SELECT sum(events) FROM issue_days), (SELECT uniqMerge(visitors) FROM issue_days),
    (SELECT count() FROM issue_days WHERE events = 0), (SELECT sum(events) FROM release_days WHERE grouping_version > 0),
    (SELECT count() FROM roll_up_repairs)";

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
    signal(server.engine_id(), "STOP");
    two_people(&server).await;
    let answer = ask(&server, "erase", json!({ "project": 1, "id": BROWSER })).await;
    assert_eq!(answer.status(), 503);
    signal(server.engine_id(), "CONT");
    server.settle().await;
    ask_json(&server, "erase", BROWSER).await;
    assert_eq!(counts(&server).await, "1\t2\t1");
}

#[tokio::test]
async fn what_others_could_guess_is_no_proof() {
    let server = Server::start().await;
    two_people(&server).await;
    server.settle().await;
    for id in ["jane", "4711", "jane@example.org"] {
        for what in ["export", "erase", "object"] {
            let answer = ask(&server, what, json!({ "project": 1, "id": id })).await;
            assert_eq!(
                (
                    answer.status().as_u16(),
                    answer.headers()["x-mayfly-outcome"].to_str().unwrap()
                ),
                (403, "id_guessable")
            );
        }
    }
    assert_eq!(
        ask(&server, "erase", json!({ "project": 1, "id": "" }))
            .await
            .status(),
        422
    );
    assert_eq!(
        ask(&server, "erase", json!({ "project": 77, "id": BROWSER }))
            .await
            .status(),
        404
    );
    assert_eq!(counts(&server).await, "4\t2\t1");
    // Whoever answers requests for others may name them.
    let answer = server
        .post("/api/v1/subjects/erase")
        .bearer_auth(&server.token)
        .json(&json!({ "project": 1, "id": "jane" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["deleted"], 3);
    let developer = server.command(&["token", "add", "--role", "developer", "--json"]);
    let answer = server
        .post("/api/v1/subjects/erase")
        .bearer_auth(developer["token"].as_str().unwrap())
        .json(&json!({ "project": 1, "id": BROWSER }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn a_network_may_ask_so_often() {
    let server = Server::start().await;
    let body = json!({ "project": 1, "id": "guess" });
    for _ in 0..mayfly::limits::SUBJECT_REQUESTS_PER_ADDRESS_MAX {
        assert_eq!(ask(&server, "export", body.clone()).await.status(), 403);
    }
    let answer = ask(&server, "export", json!({ "project": 1, "id": BROWSER })).await;
    assert_eq!(answer.status(), 429);
    let answer = server
        .post("/api/v1/subjects/export")
        .bearer_auth(&server.token);
    let answer = answer
        .json(&json!({ "project": 1, "id": BROWSER }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_objection_is_honoured_until_it_is_withdrawn() {
    let server = Server::start().await;
    let object = |id: &'static str, scopes: Value, withdraw: bool| {
        let body = json!({ "project": 1, "id": id, "scopes": scopes, "withdraw": withdraw });
        let server = &server;
        async move {
            let answer = ask(server, "object", body).await;
            assert_eq!(answer.status(), 200);
            answer.json::<Value>().await.unwrap()["objections"].clone()
        }
    };
    assert_eq!(
        object(BROWSER, json!(["analytics"]), false).await,
        json!(["analytics"])
    );
    assert_eq!(
        object(INSTALLATION, json!([]), false).await,
        json!(["analytics", "errors"])
    );
    two_people(&server).await;
    server.settle().await;
    assert_eq!(counts(&server).await, "1\t1\t0");
    let objected = server.hit(&format!("_id={BROWSER}")).await;
    assert_eq!(objected.headers()["x-mayfly-outcome"], "objected");
    assert_eq!(object(BROWSER, json!(["analytics"]), true).await, json!([]));
    assert_eq!(
        object(INSTALLATION, json!(["errors"]), true).await,
        json!(["analytics"])
    );
    assert_eq!(server.sql("SELECT count() FROM objections").await, "2");
    two_people(&server).await;
    server.settle().await;
    assert_eq!(counts(&server).await, "5\t3\t1");
}

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
    tokio::time::sleep(REGISTRY_AGE_MAX + Duration::from_millis(500)).await;
    assert_eq!(outcome().await, "objected");
    assert_eq!(server.sql("SELECT count() FROM objections").await, "4");
    let withdrawn = command(server.data(), "withdraw", BROWSER).await;
    assert_eq!(withdrawn["until"], Value::Null);
    tokio::time::sleep(REGISTRY_AGE_MAX + Duration::from_millis(500)).await;
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

#[tokio::test]
async fn pages_of_other_origins_may_ask() {
    let server = Server::start().await;
    let client = reqwest::Client::new();
    let request = client.request(
        reqwest::Method::OPTIONS,
        server.url("/api/v1/subjects/export"),
    );
    let answer = request
        .header("origin", "https://example.org")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let answer = server
        .post("/api/v1/subjects/export")
        .header("origin", "https://example.org")
        .header("sec-fetch-site", "cross-site")
        .json(&json!({ "project": 1, "id": BROWSER }))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["access-control-allow-origin"]
                .to_str()
                .unwrap()
        ),
        (200, "*")
    );
}
