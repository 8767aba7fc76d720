//! Which releases bring an issue back, what its trail says of it, and decisions that meet.

use reqwest::Method;
use serde_json::{Value, json};

use super::{crash, find, get, put, send, text};
use crate::harness::Server;
use crate::person::Person;

/// The trail of an issue, oldest first: what happened, and its detail.
fn trail(issue: &Value) -> Vec<(String, String)> {
    let mut entries: Vec<&Value> = issue["activity"].as_array().unwrap().iter().collect();
    entries.sort_by_key(|entry| entry["at"].as_str());
    let said = |entry: &&Value| (text(entry, "kind"), text(entry, "detail"));
    entries.iter().map(said).collect()
}

/// One after the other, each alone in its issue: known before, then resolved in the next release, then what comes.
#[tokio::test]
async fn releases_that_are_no_numbers_and_other_packages() {
    let server = Server::start().await;
    for (function, known, after, is_back) in [
        ("hash", &["96d780d1c2"][..], "a0d0290ffe", true),
        ("word", &["nightly"], "0612ab77cd", true),
        ("old", &["shop@1.9"], "shop@1.8.3", false),
        ("scoped", &["@shop/web@2.0.0"], "@shop/web@2.0.1", true),
        // Another package of the project is ahead of this one.
        ("other", &["cart@1.2.0", "admin@5.0.0"], "cart@1.3.0", true),
        ("older", &["till@1.2.0", "desk@0.1.0"], "till@1.1.9", false),
    ] {
        let id = {
            send(&server, &[crash("TypeError", function, known[0], "u1")]).await;
            for release in &known[1..] {
                send(&server, &[crash("RangeError", "elsewhere", release, "u1")]).await;
            }
            text(
                &find(&server, &format!("type:TypeError release:\"{}\"", known[0])).await[0],
                "id",
            )
        };
        let resolved = put(
            &server,
            &id,
            &json!({"status": "resolved", "in_next_release": true}),
        )
        .await;
        let said = trail(&resolved);
        assert_eq!(said.last().unwrap().1, known[0], "its own package");
        send(&server, &[crash("TypeError", function, after, "u1")]).await;
        let issue = get(&server, &format!("/api/v1/issues/{id}")).await;
        assert_eq!(issue["regressed"], is_back, "{known:?} {after}");
    }
}

#[tokio::test]
async fn the_trail_names_the_release_that_brought_an_issue_back() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@2.1", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    put(
        &server,
        &id,
        &json!({"status": "resolved", "in_next_release": true}),
    )
    .await;
    for release in ["shop@2.0", "shop@2.2", "shop@2.3", "shop@2.0"] {
        send(&server, &[crash("TypeError", "sum", release, "u1")]).await;
    }
    assert_eq!(find(&server, "is:regressed").await.len(), 1);
    // Decided again by somebody who has only seen the list.
    let issue = put(&server, &id, &json!({"status": "resolved"})).await;
    let said = trail(&issue);
    let kinds: Vec<&str> = said.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["resolved_in_next_release", "regressed", "resolved"]);
    assert_eq!(said[1].1, "shop@2.2");
    let ledger = std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    let line = format!(
        r#""actor":"system","action":"issue_changed","object":"issue:{id}","detail":"regressed""#
    );
    assert_eq!(ledger.matches(&line).count(), 1, "{ledger}");
}

#[tokio::test]
async fn decisions_of_the_same_moment_are_both_kept() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    let admin = Person::first_admin(&server, "kim@example.org").await;
    let me = get(&server, "/api/v1/projects/1/assignees").await["assignees"][0].clone();
    assert_eq!(me["email"], "kim@example.org");
    drop(admin);
    for _ in 0..4 {
        put(
            &server,
            &id,
            &json!({"status": "unresolved", "assignee": ""}),
        )
        .await;
        let (resolved, assigned) = (json!({"status": "resolved"}), json!({"assignee": me["id"]}));
        tokio::join!(put(&server, &id, &resolved), put(&server, &id, &assigned));
        let issue = get(&server, &format!("/api/v1/issues/{id}")).await;
        assert_eq!(
            (&issue["status"], &issue["assignee"]),
            (&json!("resolved"), &me["id"])
        );
    }
    for nobody in ["00000000-0000-4000-8000-000000000000", "jane"] {
        let request = server.request(Method::PUT, &format!("/api/v1/issues/{id}"));
        let change = json!({ "assignee": nobody }).to_string();
        let answer = request
            .bearer_auth(&server.token)
            .body(change)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400);
    }
}

#[tokio::test]
async fn merging_from_a_list_that_is_no_longer_true() {
    let server = Server::start().await;
    send(
        &server,
        &[
            crash("TypeError", "sum", "shop@1.2", "u1"),
            crash("RangeError", "pay", "shop@1.2", "u1"),
        ],
    )
    .await;
    let id = async |query: &str| text(&find(&server, query).await[0], "id");
    let (a, b) = (id("type:TypeError").await, id("type:RangeError").await);
    let admin = Person::first_admin(&server, "kim@example.org").await;
    let (named_a, named_b) = (format!("1-{a}"), format!("1-{b}"));
    for (first, second) in [(&named_a, &named_b), (&named_b, &named_a)] {
        let fields = [
            ("issue", first.as_str()),
            ("issue", second),
            ("decision", "merge"),
        ];
        assert_eq!(admin.send("/issues/decide", &fields).await.status(), 303);
        let all = find(&server, "").await;
        assert_eq!((all.len(), &all[0]["merged"]), (1, &json!([b])), "{all:?}");
    }
    // And a decision about what is part of another issue by now is one about that.
    let fields = [("issue", named_b.as_str()), ("decision", "resolve")];
    assert_eq!(admin.send("/issues/decide", &fields).await.status(), 303);
    assert_eq!(find(&server, "is:resolved").await.len(), 1);
}

/// An issue's number says nothing about its project: whoever may handle one project decides nothing about another.
#[tokio::test]
async fn issues_of_other_projects_are_out_of_reach() {
    let server = Server::start().await;
    server.command(&["project", "add", "Elsewhere", "--json"]);
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    let arguments = ["--role", "developer", "--project", "2"];
    let stranger = Person::with_account(&server, "jo@example.com", &arguments).await;
    let named = format!("2-{id}");
    for decision in ["resolve", "merge", "split"] {
        let fields = [
            ("issue", named.as_str()),
            ("issue", "2-12345"),
            ("decision", decision),
        ];
        let answer = stranger.send("/issues/decide", &fields).await;
        assert_eq!(answer.status(), 404, "{decision}");
    }
    let fields = [("issue", named.as_str()), ("comment", "mine")];
    assert_eq!(
        stranger.send("/issues/comment", &fields).await.status(),
        404
    );
    let rows = "SELECT (SELECT count() FROM issue_states) + (SELECT count() FROM issue_activity)";
    assert_eq!(server.sql(rows).await, "0");
}
