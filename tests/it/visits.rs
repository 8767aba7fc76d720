//! Visits as Matomo defines them, computed from stored actions.

use mayfly::time::Timestamp;

use crate::harness::Server;

/// Sends actions as minutes after ten o'clock of yesterday, in one bulk request.
async fn send(server: &Server, actions: &[(i64, &str)]) {
    let now = Timestamp::now().seconds();
    let start = now - now % 86_400 - 86_400 + 36_000;
    let requests: Vec<String> = actions
        .iter()
        .map(|(minute, query)| {
            format!(
                "?idsite=1&rec=1&cid=0123456789abcdef&cdt={}&{query}",
                start + minute * 60
            )
        })
        .collect();
    let body = serde_json::json!({"requests": requests, "token_auth": server.token});
    let answer = server
        .post("/matomo.php")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.text().await.unwrap().contains("\"invalid\":0"));
    server.settle().await;
}

async fn visits(server: &Server, columns: &str) -> String {
    server
        .sql(&format!(
            "SELECT {columns} FROM visits ORDER BY visit_number"
        ))
        .await
}

#[tokio::test]
async fn thirty_minutes_end_a_visit_and_a_ping_prolongs_it() {
    let server = Server::start().await;
    // Out of order, as bulk requests and slow networks deliver them.
    send(
        &server,
        &[
            (100, "url=https://example.org/c"),
            (0, "url=https://example.org/a"),
            (45, "url=https://example.org/b"),
            (25, "ping=1"),
            (200, "ping=1"),
        ],
    )
    .await;
    let columns = "pageviews, actions, bounced, entry_path, exit_path, seconds";
    assert_eq!(
        visits(&server, columns).await,
        "2\t2\tfalse\t/a\t/b\t2700\n1\t1\ttrue\t/c\t/c\t0"
    );
    let times = "SELECT path, seconds FROM page_times ORDER BY path";
    assert_eq!(server.sql(times).await, "/a\t1500\n/b\t\\N\n/c\t\\N");
}

#[tokio::test]
async fn a_new_campaign_begins_a_visit_and_the_same_one_does_not() {
    let server = Server::start().await;
    send(
        &server,
        &[
            (0, "url=https://example.org/a?mtm_campaign=Spring"),
            (1, "url=https://example.org/b"),
            (2, "url=https://example.org/c?mtm_campaign=Spring"),
            (3, "url=https://example.org/d?mtm_campaign=Summer"),
            (4, "url=https://example.org/e&urlref=https://example.com/"),
            (5, "url=https://example.org/f&new_visit=1"),
        ],
    )
    .await;
    assert_eq!(
        visits(&server, "entry_path, pageviews, campaign_name").await,
        "/a\t3\tSpring\n/d\t2\tSummer\n/f\t1\t"
    );
}

#[tokio::test]
async fn midnight_of_the_projects_zone_begins_a_visit() {
    let server = Server::start().await;
    server.set("time_zone", "Pacific/Kiritimati").await;
    // Fourteen hours ahead: midnight there is 10:00 UTC.
    send(
        &server,
        &[
            (-5, "url=https://example.org/a"),
            (5, "url=https://example.org/b"),
        ],
    )
    .await;
    assert_eq!(visits(&server, "entry_path").await, "/a\n/b");
}

#[tokio::test]
async fn every_kind_of_action_counts_in_its_visit() {
    let server = Server::start().await;
    send(
        &server,
        &[
            (
                0,
                "url=https://example.org/a&urlref=https://duckduckgo.com/",
            ),
            (1, "e_c=a&e_a=b"),
            (2, "link=https://example.com/"),
            (3, "download=https://example.org/x.pdf"),
            (4, "search=x"),
            (5, "idgoal=1&revenue=5"),
            (6, "idgoal=0&ec_id=7&revenue=20"),
        ],
    )
    .await;
    let columns = "pageviews, events, outlinks, downloads, searches, conversions, revenue, actions, channel, referrer_name";
    assert_eq!(
        visits(&server, columns).await,
        "1\t1\t1\t1\t1\t2\t25\t7\tsearch\tDuckDuckGo"
    );
}
