//! Issues over the API: the contract, searching, deciding, merging, coming back.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Server, Setup};

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
async fn lists_are_paged_in_every_order() {
    let server = Server::start().await;
    let event = |n: usize| {
        crash(
            &format!("E{}", n % 7),
            &format!("f{}", n % 7),
            "1",
            &format!("u{n}"),
        )
    };
    send(&server, &(0..20).map(event).collect::<Vec<_>>()).await;
    for sort in ["last_seen", "first_seen", "count", "visitors"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/projects/1/issues?sort={sort}&limit=3&cursor={cursor}");
            let page = get(&server, &path).await;
            seen.extend(page["issues"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let mut ids: Vec<String> = seen.iter().map(|issue| text(issue, "id")).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((seen.len(), ids.len()), (7, 7), "{sort}");
        let key = |issue: &Value| match sort {
            "count" | "visitors" => format!("{:05}", issue[sort].as_u64().unwrap()),
            _ => text(issue, sort),
        };
        assert!(
            seen.is_sorted_by(|a, b| key(a) >= key(b)),
            "{sort}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn what_a_search_finds() {
    let server = Server::start().await;
    let other = json!({"message": "stock is 100% low_now", "level": "warning", "environment": "staging",
        "logger": "stock", "release": "shop@2.0", "tags": {"customer": "c2"}, "platform": "python",
        "sdk": {"name": "sentry.python", "version": "2"}});
    send(
        &server,
        &[
            crash("TypeError", "sum", "shop@1.2", "u1"),
            crash("TypeError", "sum", "shop@1.2", "u1"),
            crash("RangeError", "pay", "shop@1.3", "u1"),
            other.to_string(),
        ],
    )
    .await;
    let all = ["RangeError", "TypeError", "stock is 100% low_now"];
    let [range, kind, stock] = all;
    for (query, expected) in [
        ("", &all[..]),
        ("release:1.2", &[kind]),
        ("release:shop@1.2", &[kind]),
        ("release:1.*", &[range, kind]),
        ("release:[1.2,2.0]", &[kind, stock]),
        ("!release:1.*", &[stock]),
        ("environment:staging", &[stock]),
        ("browser:firefox", &[range, kind]),
        ("browser:\"Firefox 143\"", &[range, kind]),
        ("level:warning", &[stock]),
        ("level:[error,warning]", &all),
        ("platform:python", &[stock]),
        ("type:TypeError", &[kind]),
        ("!type:TypeError", &[range, stock]),
        ("transaction:/basket", &[range, kind]),
        ("logger:stock", &[stock]),
        ("sdk:sentry.python", &[stock]),
        ("customer:c1", &[range, kind]),
        ("shop.region:north", &[range, kind]),
        ("tag.customer:c2", &[stock]),
        ("has:shop.region", &[range, kind]),
        ("!has:logger", &[range, kind]),
        ("firstSeen:-24h", &all),
        ("firstSeen:+1h", &[]),
        ("lastSeen:>2020-01-01", &all),
        ("times_seen:>1", &[kind]),
        ("times_seen:1", &[range, stock]),
        ("undefined", &[range, kind]),
        ("\"100% low_now\"", &[stock]),
        ("\"100%low\"", &[]),
        ("100*now", &[stock]),
        ("is:unresolved", &all),
        ("is:resolved", &[]),
        ("is:assigned", &[]),
        ("!is:assigned", &all),
        ("release:1.2 type:RangeError", &[]),
        ("x' or 1=1 --", &[]),
        ("a\\", &[]),
        ("tags[it's ?]:'?'", &[]),
        ("?", &[]),
    ] {
        assert_eq!(titles(&server, query).await, expected, "{query}");
    }
    let wrong = server.get("/api/v1/projects/1/issues?query=is:solved%20x");
    let wrong = wrong.bearer_auth(&server.token).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    assert_eq!(wrong.headers()["x-mayfly-outcome"], "query_invalid");
    let problem: Value = serde_json::from_str(&wrong.text().await.unwrap()).unwrap();
    let expected =
        json!({"name": "query_invalid", "detail": "state_unknown", "position": 0, "length": 9});
    assert_eq!(problem, expected);
}

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
    let user = "0b2f6f6e-3a5d-4d43-9f8a-3c7f3f6f1d11";
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

/// What is counted by hour and issue is the same as what is stored, however the batches came.
#[tokio::test]
async fn counts_agree_with_the_events_after_a_crash() {
    let server = Server::start().await;
    let event = |n: usize| {
        crash(
            &format!("E{}", n % 3),
            &format!("f{}", n % 3),
            "1",
            &format!("u{n}"),
        )
    };
    send(&server, &(0..9).map(event).collect::<Vec<_>>()).await;
    let server = server.kill().await.start().await;
    send(&server, &(9..12).map(event).collect::<Vec<_>>()).await;
    let counted = "SELECT group_id, sum(events), uniqMerge(visitors) FROM issue_days GROUP BY group_id ORDER BY group_id";
    let stored = "SELECT group_id, count(), uniq(user_key) FROM error_events GROUP BY group_id ORDER BY group_id";
    assert_eq!(server.sql(counted).await, server.sql(stored).await);
}

/// A batch that reached the events and not what is derived from them, because the engine died in between, is sent again.
#[tokio::test]
async fn a_batch_that_was_cut_off_is_counted_once() {
    let server = Server::start().await;
    let insert = |token: &str| {
        let statement = format!(
            "INSERT INTO error_events (project_id, received_at, expires_at, occurred_at, event_id, group_id)
            SETTINGS insert_deduplicate = 1, insert_deduplication_token = '{token}',
                deduplicate_blocks_in_dependent_materialized_views = 1
            SELECT 1, now64(3), toStartOfDay(now()) + INTERVAL 20 DAY, now64(3), repeat('a', 32), 7 FROM numbers(5)"
        );
        server.engine_sql(&statement);
    };
    let events = "SELECT (SELECT count() FROM error_events), (SELECT sum(events) FROM issue_days)";
    insert("whole");
    insert("whole");
    assert_eq!(server.sql(events).await, "5\t5");
    server.engine_sql("DETACH TABLE issue_days_of_events");
    insert("cut off");
    assert_eq!(server.sql(events).await, "10\t5");
    server.engine_sql("ATTACH TABLE issue_days_of_events");
    insert("cut off");
    assert_eq!(server.sql(events).await, "10\t10");
}

/// An update groups by other rules: the bug is the same issue as before, and stays decided when the old events are gone.
#[tokio::test]
async fn an_issue_outlives_a_change_of_the_rules() {
    let server = Setup::default()
        .set("RETENTION__INTERVAL_SECONDS", 1)
        .start()
        .await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let groups = server
        .sql("SELECT group_id, group_previous FROM error_events")
        .await;
    let (new, old) = groups.split_once('\t').unwrap();
    server.engine_sql(&format!(
        "INSERT INTO error_events (project_id, received_at, expires_at, occurred_at, event_id, group_id, grouping_version)
        SELECT 1, now64(3) - 60, toDateTime(toStartOfDay(now()) + INTERVAL 20 DAY), now64(3), repeat('a', 32), {old}, 1"
    ));
    let issues = find(&server, "").await;
    let seen = issues
        .iter()
        .map(|issue| (text(issue, "id"), issue["count"].as_u64()));
    assert_eq!(seen.collect::<Vec<_>>(), [(old.to_owned(), Some(2))]);
    assert_eq!(issues[0]["merged"], json!([]), "nobody merged anything");
    put(&server, old, &json!({"status": "ignored"})).await;
    let handed_on = format!("SELECT count() > 0 FROM issue_states WHERE group_id = {new}");
    for _ in 0..100 {
        if server.sql(&handed_on).await == "1" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for table in ["error_events", "issue_days", "release_days"] {
        let partition =
            format!("SELECT toUnixTimestamp(expires_at) FROM {table} ORDER BY 1 LIMIT 1");
        let partition = server.sql(&partition).await;
        server.engine_sql(&format!(
            "ALTER TABLE {table} DROP PARTITION ID '{partition}'"
        ));
    }
    let issues = find(&server, "is:ignored").await;
    let seen = issues
        .iter()
        .map(|issue| (text(issue, "id"), issue["count"].as_u64()));
    assert_eq!(seen.collect::<Vec<_>>(), [(new.to_owned(), Some(1))]);
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
