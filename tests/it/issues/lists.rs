//! Which issues a list has, in which order, with which counts.

use serde_json::{Value, json};

use super::{crash, find, get, put, send, text, titles};
use crate::harness::{Server, Setup};

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
        let elsewhere = if sort == "count" { "visitors" } else { "count" };
        let path = format!("/api/v1/projects/1/issues?sort={elsewhere}&cursor={cursor}");
        let answer = server.get(&path).bearer_auth(&server.token).send().await;
        assert_eq!(answer.unwrap().status(), 400, "{sort}");
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
        "logger": "stock", "release": "shop@2.0", "tags": {"customer": "c2", "shop: room": "a b"}, "platform": "python",
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
        ("sdk:\"sentry.python 2\"", &[stock]),
        ("\"tag.shop: room\":\"a b\"", &[stock]),
        ("firstRelease:1.2", &[kind]),
        ("!firstRelease:shop@1.*", &[stock]),
        ("\"TypeError: x is\"", &[kind]),
        ("TypeError: x is", &[kind]),
        ("Type*undefined", &[kind]),
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
    let counted = "SELECT group_id, sum(events), uniqCombinedMerge(14)(visitors) FROM issue_days GROUP BY group_id ORDER BY group_id";
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

#[tokio::test]
async fn what_is_near_an_issue() {
    let server = Server::start().await;
    let bugs = ["sum", "pay", "pay"].map(|function| crash("TypeError", function, "shop@1.2", "u1"));
    send(&server, &bugs).await;
    let id = text(&find(&server, "times_seen:1").await[0], "id");
    let other = text(&find(&server, "times_seen:2").await[0], "id");
    let around = get(&server, &format!("/api/v1/issues/{id}/around")).await;
    let similar = &around["similar"];
    assert_eq!(
        (&similar[0]["id"], &similar[0]["count"]),
        (&json!(other), &json!(2))
    );
    assert!(text(&similar[0], "title").ends_with("x is undefined for [email]"));
    assert_eq!(similar.as_array().map(Vec::len), Some(1));
    assert!(around["pages"].is_array());
}

/// Adds an event of every group as the rules of an earlier version grouped it. Returns the new and the old group of each, by type.
async fn grouped_by_old_rules(server: &Server) -> Vec<(String, String)> {
    server.engine_sql(
        "INSERT INTO error_events (project_id, received_at, expires_at, occurred_at, event_id, group_id, grouping_version)
        SELECT 1, now64(3) - 60, toDateTime(toStartOfDay(now()) + INTERVAL 20 DAY), now64(3), repeat('a', 32), group_previous, 1
        FROM error_events",
    );
    let groups = "SELECT group_id, group_previous FROM error_events WHERE group_previous != 0 ORDER BY exception_type DESC";
    let groups = server.sql(groups).await;
    let pair = |line: &str| {
        line.split_once('\t')
            .map(|(new, old)| (new.to_owned(), old.to_owned()))
    };
    groups.lines().filter_map(pair).collect()
}

async fn until_handed_on(server: &Server, state: &str) {
    let handed_on = format!("SELECT count() > 0 FROM issue_states WHERE {state}");
    for _ in 0..100 {
        if server.sql(&handed_on).await == "1" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("not handed on");
}

async fn old_events_expire(server: &Server) {
    for table in ["error_events", "issue_days", "release_days"] {
        let partition =
            format!("SELECT toUnixTimestamp(expires_at) FROM {table} ORDER BY 1 LIMIT 1");
        let partition = server.sql(&partition).await;
        server.engine_sql(&format!(
            "ALTER TABLE {table} DROP PARTITION ID '{partition}'"
        ));
    }
}

/// An update groups by other rules: the bug is the same issue as before, and stays decided when the old events are gone.
#[tokio::test]
async fn an_issue_outlives_a_change_of_the_rules() {
    let server = Setup::default()
        .set("RETENTION__INTERVAL_SECONDS", 1)
        .start()
        .await;
    send(&server, &[crash("TypeError", "sum", "shop@1.2", "u1")]).await;
    let [(new, old)] = &grouped_by_old_rules(&server).await[..] else {
        panic!("one bug")
    };
    let issues = find(&server, "").await;
    let seen = issues
        .iter()
        .map(|issue| (text(issue, "id"), issue["count"].as_u64()));
    assert_eq!(seen.collect::<Vec<_>>(), [(old.clone(), Some(2))]);
    assert_eq!(issues[0]["merged"], json!([]), "nobody merged anything");
    put(&server, old, &json!({"status": "ignored"})).await;
    until_handed_on(&server, &format!("group_id = {new}")).await;
    old_events_expire(&server).await;
    let issues = find(&server, "is:ignored").await;
    let seen = issues
        .iter()
        .map(|issue| (text(issue, "id"), issue["count"].as_u64()));
    assert_eq!(seen.collect::<Vec<_>>(), [(new.clone(), Some(1))]);
}

/// What somebody merged under the old rules stays one issue, while the old events are kept and when they are gone.
#[tokio::test]
async fn a_merge_outlives_a_change_of_the_rules() {
    let server = Setup::default()
        .set("RETENTION__INTERVAL_SECONDS", 1)
        .start()
        .await;
    let bugs = [
        crash("TypeError", "sum", "shop@1.2", "u1"),
        crash("RangeError", "pay", "shop@1.2", "u1"),
    ];
    send(&server, &bugs).await;
    let [(new_a, old_a), (new_b, old_b)] = &grouped_by_old_rules(&server).await[..] else {
        panic!("two bugs")
    };
    put(&server, old_b, &json!({ "merge_into": old_a })).await;
    let all = async || {
        let issues = find(&server, "").await;
        let seen = issues
            .iter()
            .map(|issue| (text(issue, "id"), issue["count"].as_u64().unwrap()));
        seen.collect::<Vec<_>>()
    };
    assert_eq!(all().await, [(old_a.clone(), 4)]);
    until_handed_on(
        &server,
        &format!("group_id = {new_b} AND merged_into = {new_a}"),
    )
    .await;
    assert_eq!(all().await, [(old_a.clone(), 4)], "still the old one");
    old_events_expire(&server).await;
    assert_eq!(all().await, [(new_a.clone(), 2)]);
}
