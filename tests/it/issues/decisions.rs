//! What becomes of an issue: resolved, back, ignored, merged, split, commented on.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{crash, find, get, put, send, text, titles};
use crate::harness::Server;
use crate::person::Person;

#[tokio::test]
async fn a_resolved_issue_comes_back() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    put(&server, &id, &json!({"status": "resolved"})).await;
    assert_eq!(titles(&server, "is:resolved").await, ["TypeError"]);
    let server = server.kill().await.start().await;
    assert_eq!(
        titles(&server, "is:resolved").await,
        ["TypeError"],
        "after a restart"
    );
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    assert_eq!(
        titles(&server, "is:regressed is:unresolved").await,
        ["TypeError"]
    );
    let issue = get(&server, &format!("/api/v1/issues/{id}")).await;
    assert_eq!(
        (&issue["status"], &issue["regressed"]),
        (&json!("unresolved"), &json!(true))
    );
    get(&server, &format!("/api/v1/issues/{id}")).await;
    let noted = "SELECT count() FROM issue_activity WHERE kind = 'regressed'";
    assert_eq!(server.sql(noted).await, "1", "noted once");
    put(&server, &id, &json!({"status": "unresolved"})).await;
    assert_eq!(find(&server, "is:regressed").await.len(), 0);
}

#[tokio::test]
async fn in_the_next_release_older_ones_do_not_count() {
    let server = Server::start().await;
    send(
        &server,
        &[
            crash("TypeError", "sum", "shop@1.9", "u1"),
            crash("TypeError", "sum", "shop@1.10", "u1"),
        ],
    )
    .await;
    let id = text(&find(&server, "").await[0], "id");
    let resolved = put(
        &server,
        &id,
        &json!({"status": "resolved", "in_next_release": true}),
    )
    .await;
    assert_eq!(
        (&resolved["status"], &resolved["in_next_release"]),
        (&json!("resolved"), &json!(true))
    );
    for old in ["shop@1.9", "shop@1.10", "shop@1.8", ""] {
        send(&server, &[crash("TypeError", "sum", old, "u1")]).await;
        assert_eq!(find(&server, "is:resolved").await.len(), 1, "{old}");
    }
    send(&server, &[crash("TypeError", "sum", "shop@1.11", "u1")]).await;
    assert_eq!(find(&server, "is:regressed").await.len(), 1);
}

#[tokio::test]
async fn ignored_until_more_events_or_a_time() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    put(&server, &id, &json!({"status": "ignored", "events": 2})).await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    assert_eq!(find(&server, "is:ignored").await.len(), 1, "one more");
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let back = find(&server, "is:unresolved").await;
    assert_eq!(
        (back.len(), &back[0]["regressed"]),
        (1, &json!(false)),
        "two more"
    );
    put(
        &server,
        &id,
        &json!({"status": "ignored", "until": "2100-01-01T00:00:00Z"}),
    )
    .await;
    assert_eq!(find(&server, "is:ignored").await.len(), 1);
    put(
        &server,
        &id,
        &json!({"status": "ignored", "until": "2020-01-01T00:00:00Z"}),
    )
    .await;
    assert_eq!(find(&server, "is:ignored").await.len(), 0);
}

#[tokio::test]
async fn merged_issues_are_one_until_they_are_split() {
    let server = Server::start().await;
    send(
        &server,
        &[
            crash("TypeError", "sum", "shop@1.2", "u1"),
            crash("RangeError", "pay", "shop@1.3", "u1"),
            crash("SyntaxError", "load", "shop@1.3", "u2"),
        ],
    )
    .await;
    let id = async |query: &str| text(&find(&server, query).await[0], "id");
    let (a, b, c) = (
        id("type:TypeError").await,
        id("type:RangeError").await,
        id("type:SyntaxError").await,
    );
    put(&server, &c, &json!({ "merge_into": b })).await;
    put(&server, &b, &json!({ "merge_into": a })).await;
    let all = find(&server, "").await;
    assert_eq!(
        (
            all.len(),
            &all[0]["id"],
            &all[0]["count"],
            &all[0]["visitors"]
        ),
        (1, &json!(a), &json!(3), &json!(2))
    );
    assert_eq!(all[0]["merged"].as_array().unwrap().len(), 2);
    assert_eq!(id("release:1.2").await, a, "found by any of its groups");
    assert_eq!(id("type:SyntaxError times_seen:3").await, a);
    assert_eq!(
        get(&server, &format!("/api/v1/issues/{c}")).await["id"],
        json!(a)
    );
    let events = get(&server, &format!("/api/v1/issues/{a}/events")).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 3);
    put(&server, &a, &json!({"status": "resolved"})).await;
    assert_eq!(find(&server, "is:resolved").await.len(), 1);
    put(&server, &a, &json!({ "split": c })).await;
    assert_eq!(find(&server, "").await.len(), 2);
    assert_eq!(id("type:SyntaxError times_seen:1").await, c);
}

#[tokio::test]
async fn odd_changes_are_refused_by_name() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    let own = json!({ "merge_into": id }).to_string();
    let long = json!({"comment": "x".repeat(5_000)}).to_string();
    let huge = json!({"comment": "x".repeat(100_000)}).to_string();
    for (body, status) in [
        ("", 400),
        ("[]", 400),
        (r#"{"status":"solved"}"#, 400),
        (r#"{"status":7}"#, 400),
        (r#"{"status":"resolved","inNextRelease":true}"#, 400),
        (r#"{"status":"ignored","until":"soon"}"#, 400),
        (r#"{"assignee":"jane"}"#, 400),
        (r#"{"merge_into":"1"}"#, 404),
        (&own, 400),
        (r#"{"split":"1"}"#, 400),
        (&long, 400),
        (&huge, 413),
        (r#"{"comment":""}"#, 400),
    ] {
        let request = server
            .request(Method::PUT, &format!("/api/v1/issues/{id}"))
            .bearer_auth(&server.token);
        let answer = request.body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), status, "{}", &body[..body.len().min(50)]);
        assert!(answer.headers().contains_key("x-mayfly-outcome"));
    }
    assert_eq!(server.sql("SELECT count() FROM issue_states").await, "0");
}

#[tokio::test]
async fn comments_are_scrubbed_and_changes_leave_a_trail() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let id = text(&find(&server, "").await[0], "id");
    Person::first_admin(&server, "kim@example.org").await;
    let people = get(&server, "/api/v1/projects/1/assignees").await;
    let user = text(&people["assignees"][0], "id");
    put(
        &server,
        &id,
        &json!({"assignee": user, "comment": "ask jane@example.org about it"}),
    )
    .await;
    assert_eq!(
        find(&server, &format!("is:assigned assigned:{user}"))
            .await
            .len(),
        1
    );
    let issue = put(&server, &id, &json!({"assignee": "", "status": "resolved"})).await;
    let kinds: Vec<&str> = issue["activity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    for kind in ["assigned", "commented", "unassigned", "resolved"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let trail = issue["activity"].to_string();
    assert!(trail.contains("ask [email] about it") && !trail.contains("jane@"));
    assert!(!issue["activity"][0]["actor"].as_str().unwrap().is_empty());
}

/// Who was shown which event, and who decided what, stands in the ledger: as numbers and fixed names.
#[tokio::test]
async fn views_of_events_and_decisions_stand_in_the_ledger() {
    let server = Server::start().await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let issue = find(&server, "").await.remove(0);
    let (id, event) = (text(&issue, "id"), text(&issue, "latest_event"));
    put(
        &server,
        &id,
        &json!({"status": "resolved", "comment": "ask jane@example.org"}),
    )
    .await;
    let ledger = || std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    let shown = format!(r#""action":"event_shown","object":"event:{event}","detail":"project:1""#);
    assert!(
        !ledger().contains("event_shown"),
        "lists are no view of an event"
    );
    for (path, times) in [
        (format!("/api/v1/events/{event}"), 1),
        (format!("/issues/{id}"), 2),
        (format!("/issues/{id}/events/{event}"), 3),
    ] {
        let answer = server.get(&path).bearer_auth(&server.token).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
        let ledger = ledger();
        let is_it = |line: &&str| line.contains(&shown) && line.contains(r#""actor":"token:"#);
        assert_eq!(
            ledger.lines().filter(is_it).count(),
            times,
            "{path}\n{ledger}"
        );
    }
    for kind in ["resolved", "commented"] {
        let line = format!(r#""action":"issue_changed","object":"issue:{id}","detail":"{kind}""#);
        assert!(ledger().contains(&line), "{line}");
    }
    assert!(!ledger().contains("jane"));
    assert_eq!(server.command(&["ledger", "verify", "--json"])["ok"], true);
}
