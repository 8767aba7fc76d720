//! What is no visitor is counted by its class and not stored; what is too much is told when to come back.

use crate::harness::{Server, Setup};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// Sends a hit and returns the status and what became of it.
async fn hit(server: &Server, query: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = server.get(&format!("/matomo.php?idsite=1&rec=1&{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let outcome = answer.headers()["x-mayfly-outcome"].to_str().unwrap();
    (answer.status().as_u16(), outcome.to_owned())
}

#[tokio::test]
async fn what_is_no_visitor_is_answered_like_one_and_counted() {
    let data_centers = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(data_centers.path(), "198.51.100.0/24 # a host\n").unwrap();
    let server = Setup::default()
        .set(
            "TRAFFIC__DATA_CENTER_FILE",
            data_centers.path().to_str().unwrap(),
        )
        .start()
        .await;
    let agent = |text| [("user-agent", text)];
    for (query, headers, outcome) in [
        ("", agent(BROWSER), "accepted"),
        ("", agent(CRAWLER), "bot_search_engine"),
        ("send_image=1", agent("GPTBot/1.2"), "bot_ai_crawler"),
        ("bots=1", agent(CRAWLER), "accepted"),
        ("", agent("python-requests/2.32"), "accepted"),
        ("ua=Googlebot/2.1", agent(BROWSER), "bot_search_engine"),
        ("", [("sec-purpose", "prefetch;prerender")], "prefetch"),
        (
            "urlref=https://semalt.com/",
            agent(BROWSER),
            "referrer_spam",
        ),
        ("", [("x-forwarded-for", "198.51.100.7")], "data_center"),
    ] {
        let (status, found) = hit(&server, query, &headers).await;
        assert_eq!(
            (status, found.as_str()),
            (200, outcome),
            "{query} {headers:?}"
        );
    }
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "3"
    );
    let metrics = server.metrics().await;
    assert!(metrics.contains(r#"drops_total{kind="analytics",reason="bot_search_engine"} 2"#));

    server.set("exclude_bots", "false").await;
    assert_eq!(hit(&server, "", &agent(CRAWLER)).await.1, "accepted");
}

#[tokio::test]
async fn a_project_over_its_limit_is_told_when_to_come_back() {
    let server = Server::start().await;
    server
        .set(
            "limits.only",
            r#"{"pageview":{"per_hour":2},"error":{"per_hour":1},"session":{"per_hour":1}}"#,
        )
        .await;
    for expected in [200, 200, 429] {
        let answer = server.hit("").await;
        assert_eq!(answer.status(), expected);
        if expected == 429 {
            assert_eq!(answer.headers()["x-mayfly-outcome"], "rate_limited");
            let seconds: u32 = answer.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((1..=3_600).contains(&seconds));
        }
    }
    assert_eq!(server.crash(r#"{"message":"one"}"#).await.status(), 200);
    let refused = server.crash(r#"{"message":"two"}"#).await;
    assert_eq!(refused.status(), 429);
    let limits = refused.headers()["x-sentry-rate-limits"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(limits.ends_with(":error:project"), "{limits}");
    assert_eq!(
        refused.headers()["retry-after"].to_str().unwrap(),
        limits.split(':').next().unwrap()
    );

    // Other categories go on, and the answer names those that shall pause.
    let log = r#"{"items":[{"timestamp":1795319587,"level":"info","body":"still here"}]}"#;
    let envelope = format!("{{}}\n{{\"type\":\"event\"}}\n{{}}\n{{\"type\":\"log\"}}\n{log}\n");
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let mixed = server.post(&path).body(envelope).send().await.unwrap();
    assert_eq!(mixed.status(), 429);
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "2"
    );
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "1");
    assert_eq!(server.sql("SELECT body FROM logs").await, "still here");
}

#[tokio::test]
async fn one_visitor_cannot_flood_a_project() {
    let server = Setup::default()
        .set("TRAFFIC__VISITOR_HITS_PER_MINUTE", "5")
        .start()
        .await;
    let mut outcomes = Vec::new();
    for _ in 0..12 {
        outcomes.push(hit(&server, "", &[("user-agent", BROWSER)]).await);
    }
    assert!(
        outcomes.contains(&(429, "flooding".to_owned())),
        "{outcomes:?}"
    );
    let other = hit(
        &server,
        "",
        &[("user-agent", "Mozilla/5.0 (X11) Gecko Firefox/141.0")],
    )
    .await;
    assert_eq!(other, (200, "accepted".to_owned()));
}

#[tokio::test]
async fn crash_reports_of_other_origins_can_be_kept_out() {
    let server = Server::start().await;
    server.set("allowed_origins", "*.example.org").await;
    for (origin, status) in [
        ("https://app.example.org", 200),
        ("https://example.net", 403),
    ] {
        let path = format!("/api/1/store/?sentry_key={}", server.key);
        let request = server.post(&path).header("origin", origin);
        let answer = request.body(r#"{"message":"hi"}"#).send().await.unwrap();
        assert_eq!(answer.status(), status, "{origin}");
    }
}
