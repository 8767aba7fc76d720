//! Issues over the API: the contract, and who may what.

mod decisions;
mod lists;
mod pages;
mod returning;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::Server;

/// A crash of `kind` in `function`, from the user `user`.
fn crash(kind: &str, function: &str, release: &str, user: &str) -> String {
    json!({
        "platform": "javascript",
        "release": release,
        "user": {"id": user},
        "transaction": "/basket",
        "tags": {"customer": "c1", "shop.region": "north"},
        "contexts": {"browser": {"name": "Firefox", "version": "143.0"}},
        "exception": {"values": [{"type": kind, "value": "x is undefined for jane@example.org",
            "stacktrace": {"frames": [{"filename": "app.js", "function": function, "lineno": 7, "in_app": true}]}}]},
    })
    .to_string()
}

/// What the API says, as an administrator.
async fn get(server: &Server, path: &str) -> Value {
    let answer = server
        .get(path)
        .bearer_auth(&server.token)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(
        status.is_success(),
        "{path}: {status} {text} {}",
        server.log()
    );
    serde_json::from_str(&text).unwrap()
}

async fn put(server: &Server, id: &str, change: &Value) -> Value {
    let request = server.request(Method::PUT, &format!("/api/v1/issues/{id}"));
    let answer = request
        .bearer_auth(&server.token)
        .body(change.to_string())
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{change}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// The issues that a query finds, in order.
async fn find(server: &Server, query: &str) -> Vec<Value> {
    let query = url::form_urlencoded::byte_serialize(query.as_bytes()).collect::<String>();
    let found = get(server, &format!("/api/v1/projects/1/issues?query={query}")).await;
    found["issues"].as_array().unwrap().clone()
}

async fn titles(server: &Server, query: &str) -> Vec<String> {
    let mut titles: Vec<String> = find(server, query)
        .await
        .iter()
        .map(|issue| {
            issue["title"]
                .as_str()
                .unwrap()
                .split(':')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    titles.sort();
    titles
}

async fn send(server: &Server, events: &[String]) {
    for event in events {
        assert_eq!(server.crash(event).await.status(), StatusCode::OK);
    }
    server.settle().await;
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
        .to_owned()
}

#[tokio::test]
async fn the_contract() {
    let server = Server::start().await;
    send(
        &server,
        &[
            crash("TypeError", "sum", "shop@1.2", "u1"),
            crash("TypeError", "sum", "shop@1.2", "u2"),
            crash("TypeError", "sum", "shop@1.3", "u2"),
            crash("RangeError", "pay", "shop@1.2", "u1"),
        ],
    )
    .await;
    let issues = find(&server, "").await;
    assert_eq!(issues.len(), 2, "{issues:?}");
    let issue = find(&server, "type:TypeError").await.remove(0);
    assert_eq!(issue["title"], "TypeError: x is undefined for [email]");
    assert_eq!(
        (&issue["culprit"], &issue["level"]),
        (&json!("/basket"), &json!("error"))
    );
    assert_eq!(
        (&issue["count"], &issue["visitors"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(
        (&issue["status"], &issue["release"]),
        (&json!("unresolved"), &json!("shop@1.3"))
    );
    assert!(text(&issue, "first_seen") < text(&issue, "last_seen"));
    assert!(text(&issue, "last_seen").ends_with('Z'));

    let id = text(&issue, "id");
    let whole = get(&server, &format!("/api/v1/issues/{id}")).await;
    assert_eq!(whole["count"], 3);
    assert_eq!(
        whole["distribution"]["tag.customer"],
        json!([{"value": "c1", "count": 3}])
    );
    assert_eq!(whole["releases"][0]["release"], "shop@1.3");
    let events = get(&server, &format!("/api/v1/issues/{id}/events?limit=2")).await;
    let next = text(&events, "next");
    assert_eq!(events["events"].as_array().unwrap().len(), 2);
    let rest = get(
        &server,
        &format!("/api/v1/issues/{id}/events?limit=2&cursor={next}"),
    )
    .await;
    assert_eq!(
        (rest["events"].as_array().unwrap().len(), &rest["next"]),
        (1, &Value::Null)
    );
    let event_id = text(&rest["events"][0], "event_id");
    let event = get(&server, &format!("/api/v1/events/{event_id}")).await;
    assert_eq!(event["event_id"], event_id);
    assert_eq!(
        event["exception"]["values"][0]["value"],
        "x is undefined for [email]"
    );
    assert_eq!(event["mayfly"]["issue"], id);
    assert!(event["mayfly"]["remarks"].to_string().contains("email"));
    for status in ["resolved", "ignored", "unresolved"] {
        assert_eq!(
            put(&server, &id, &json!({ "status": status })).await["status"],
            status
        );
    }
}

#[tokio::test]
async fn who_may_and_who_may_not() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    server.command(&["project", "add", "Help desk", "--json"]);
    let token = |arguments: &[&str]| {
        let made = server.command(&[&["token", "add", "--json"], arguments].concat());
        text(&made, "token")
    };
    let id = text(&find(&server, "").await[0], "id");
    let events = get(&server, &format!("/api/v1/issues/{id}/events")).await;
    let event = text(&events["events"][0], "event_id");
    let paths = [
        "/api/v1/projects/1/issues".to_owned(),
        format!("/api/v1/issues/{id}"),
        format!("/api/v1/issues/{id}/events"),
        format!("/api/v1/events/{event}"),
    ];
    let officer = token(&["--role", "officer"]);
    let developer = token(&["--role", "developer", "--project", "1"]);
    let stranger = token(&["--role", "developer", "--project", "2"]);
    for (who, status) in [(&officer, 403), (&developer, 200), (&stranger, 404)] {
        for path in &paths {
            let answer = server.get(path).bearer_auth(who).send().await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
        }
        let request = server.request(Method::PUT, &paths[1]).bearer_auth(who);
        let answer = request
            .body(r#"{"status":"resolved"}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
    }
    for path in &paths {
        assert_eq!(server.get(path).send().await.unwrap().status(), 401);
        let wrong = server
            .post(path)
            .bearer_auth(&developer)
            .send()
            .await
            .unwrap();
        assert_eq!(
            (wrong.status(), &wrong.headers()["x-mayfly-outcome"]),
            (
                StatusCode::METHOD_NOT_ALLOWED,
                &"method_not_allowed".parse().unwrap()
            )
        );
    }
    for (path, name) in [
        ("/api/v1/projects/99/issues", "project_unknown"),
        ("/api/v1/projects/x/issues", "project_unknown"),
        ("/api/v1/issues/1", "issue_unknown"),
        ("/api/v1/issues/-1", "issue_unknown"),
        (
            "/api/v1/events/0041ab982cb94566912b6befc573088d",
            "event_unknown",
        ),
        ("/api/v1/events/x", "event_unknown"),
    ] {
        let answer = server
            .get(path)
            .bearer_auth(&server.token)
            .send()
            .await
            .unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["x-mayfly-outcome"]),
            (StatusCode::NOT_FOUND, &name.parse().unwrap()),
            "{path}"
        );
        assert!(answer.text().await.unwrap().contains(name));
    }
}
