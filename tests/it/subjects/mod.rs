//! What visitors may ask of their own data: shown, erased with bytes and proof, objected to.

mod command;
mod erasure;

use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::Server;

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
    "SELECT (SELECT sum(events) FROM issue_days), (SELECT uniqCombinedMerge(14)(visitors) FROM issue_days),
    (SELECT count() FROM issue_days WHERE events = 0), (SELECT sum(events) FROM release_days WHERE grouping_version > 0),
    (SELECT count() FROM roll_up_repairs)";

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
