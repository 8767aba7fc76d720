//! What was refused and why: by project, SDK and reason, for whoever wonders where their events are.

use std::time::Duration;

use serde_json::Value;

use crate::harness::Server;

/// Waits until the counts are written: `project, category, reason, sdk, quantity` of each line.
async fn refusals(server: &Server, expected: &[&str]) {
    let statement = "SELECT project_id, category, reason, sdk, sum(quantity) FROM outcomes WHERE source = 'server'
        GROUP BY ALL ORDER BY ALL";
    let mut found = String::new();
    for _ in 0..200 {
        found = server.sql(statement).await;
        if found.lines().eq(expected.iter().copied()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{found}\n{}", server.log());
}

async fn send(server: &Server, path: &str, body: &str) {
    let answer = server
        .post(path)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    drop(answer.bytes().await);
}

#[tokio::test]
async fn refusals_are_counted_by_project_sdk_and_reason() {
    let server = Server::start().await;
    let key = server.key.clone();
    let wrong = "0".repeat(32);
    let client = "sentry_client=sentry.javascript.browser%2F11.12.0";
    send(
        &server,
        &format!("/api/1/store/?sentry_key={wrong}&{client}"),
        "{}",
    )
    .await;
    send(
        &server,
        &format!("/api/1/store/?sentry_key={wrong}&{client}"),
        "{}",
    )
    .await;
    send(
        &server,
        &format!("/api/1/store/?sentry_key={key}&sentry_client=jane%40example.org"),
        "{broken",
    )
    .await;
    send(
        &server,
        "/api/1/envelope/",
        "{}\n{\"type\":\"event\"}\n{}\n",
    )
    .await;
    send(&server, &format!("/api/4711/store/?sentry_key={key}"), "{}").await;
    let replay = "{}\n{\"type\":\"replay_video\"}\n{}\n";
    send(
        &server,
        &format!("/api/1/envelope/?sentry_key={key}"),
        replay,
    )
    .await;
    server.hit("cip=192.0.2.1").await;
    refusals(
        &server,
        &[
            "1\tanalytics\ttoken_required\tmatomo\t1",
            "1\terror\tevent_invalid\tother\t1",
            "1\treplay_video\titem_unsupported\tunnamed\t1",
            "1\trequest\tkey_missing\tunnamed\t1",
            "1\trequest\tkey_unknown\tsentry.javascript\t2",
        ],
    )
    .await;
    let page = server
        .get("/refused")
        .bearer_auth(&server.token)
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("key_unknown") && page.contains("Copy the DSN again"));
    assert!(!page.contains("jane"));
    let list = server
        .get("/api/v1/projects/1/refusals")
        .bearer_auth(&server.token);
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    let first = &list["refusals"][0];
    assert_eq!(
        (&first["reason"], &first["count"]),
        (&"key_unknown".into(), &2.into())
    );
}

#[tokio::test]
async fn counts_outlive_a_stop() {
    let server = Server::start().await;
    send(&server, "/api/1/envelope/", "{}\n").await;
    let server = server.stop().await.start().await;
    refusals(&server, &["1\trequest\tkey_missing\tunnamed\t1"]).await;
}

#[tokio::test]
async fn one_sees_ones_own_projects() {
    let server = Server::start().await;
    send(&server, "/api/1/envelope/", "{}\n").await;
    refusals(&server, &["1\trequest\tkey_missing\tunnamed\t1"]).await;
    server.command(&["project", "add", "Help desk", "--json"]);
    let made = [
        "token",
        "add",
        "--role",
        "developer",
        "--project",
        "2",
        "--json",
    ];
    let token = server.command(&made)["token"].as_str().unwrap().to_owned();
    let page = server
        .get("/refused")
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert!(!page.text().await.unwrap().contains("key_missing"));
    let list = server
        .get("/api/v1/projects/1/refusals")
        .bearer_auth(&token);
    assert_eq!(list.send().await.unwrap().status(), 404);
}
