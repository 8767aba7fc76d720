//! The way of a page view, from the request to the row.

use crate::harness::Server;

#[tokio::test]
async fn a_page_view_is_stored_masked_and_scrubbed() {
    let server = Server::start().await;
    let answer = server
        .get("/matomo.php")
        .query(&[
            ("idsite", "1"),
            ("rec", "1"),
            (
                "url",
                "https://shop.example.org/users/4711?gclid=x&email=jane@example.org&size=42#top",
            ),
            ("action_name", "Order of jane@example.org"),
            ("urlref", "https://search.example.com/find?q=jane+doe"),
            ("res", "1366x768"),
            ("uid", "jane@example.org"),
            ("_id", "2add282bfaa936d5"),
        ])
        .header("x-forwarded-for", "203.0.113.77")
        .header("accept-language", "de-AT,de;q=0.9")
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-mayfly-outcome"], "accepted");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.bytes().await.unwrap().len(), 43);
    server.settle().await;
    let row = server
        .sql(
            "SELECT kind, client_ip, host, path, query, title, referrer_host, referrer_path, screen, language,
                browser, browser_major, system, device, browser_key != 0, user_key != 0, visitor_id != 0
            FROM analytics_events",
        )
        .await;
    assert_eq!(
        row,
        "pageview\t203.0.113.0\tshop.example.org\t/users/[id]\tsize=42\tOrder of [email]\t\
         search.example.com\t/find\t1366x768\tde\tFirefox\t140\tLinux\tdesktop\t1\t1\t1"
    );
}

#[tokio::test]
async fn every_alias_method_and_place_of_parameters() {
    let server = Server::start().await;
    for path in ["/matomo.php", "/piwik.php", "/js/tracker.php"] {
        let answer = server
            .get(&format!("{path}?idsite=1&rec=1&send_image=0"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204, "{path}");
    }
    let in_query = server
        .post("/matomo.php?idsite=1&rec=1&action_name=query")
        .send()
        .await
        .unwrap();
    assert_eq!(in_query.status(), 200);
    let form = server
        .post("/matomo.php?action_name=wins")
        .body("idsite=1&rec=1&action_name=loses");
    assert_eq!(form.send().await.unwrap().status(), 200);
    let bulk = server
        .post("/matomo.php")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(r#"{"requests":["?idsite=1&rec=1&e_c=Video&e_a=play&e_v=42.5","?idsite=99&rec=1",{"idsite":1,"rec":1}]}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(
        bulk.text().await.unwrap(),
        r#"{"status":"success","tracked":2,"invalid":1}"#
    );
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "7"
    );
    assert_eq!(
        server
            .sql("SELECT count() FROM analytics_events WHERE title = 'wins'")
            .await,
        "1"
    );
    let event = "SELECT event_category, event_action, event_value FROM analytics_events WHERE kind = 'event'";
    assert_eq!(server.sql(event).await, "Video\tplay\t42.5");
}

#[tokio::test]
async fn what_is_not_recorded_is_answered_as_matomo_answers() {
    let server = Server::start().await;
    for (query, status, outcome) in [
        ("?idsite=1&rec=1", 200, "accepted"),
        ("?idsite=1&rec=0", 200, "recording_off"),
        ("?idsite=1&rec=0&send_image=0", 204, "recording_off"),
        ("?idsite=99&rec=1", 400, "project_unknown"),
        ("?rec=1", 400, "project_missing"),
        ("?idsite=1&rec=1&e_c=Video", 400, "parameters_invalid"),
        ("?idsite=1&rec=1&cip=203.0.113.9", 400, "token_required"),
    ] {
        let answer = server
            .get(&format!("/matomo.php{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{query}");
        assert_eq!(answer.headers()["x-mayfly-outcome"], outcome, "{query}");
    }
    let greeting = server.get("/matomo.php").send().await.unwrap();
    assert_eq!(greeting.status(), 200);
    assert!(greeting.text().await.unwrap().starts_with("This is Mayfly"));
    assert_eq!(
        server.post("/matomo.php").send().await.unwrap().status(),
        400
    );
    let objecting = server
        .get("/matomo.php?idsite=1&rec=1")
        .header("sec-gpc", "1");
    assert_eq!(
        objecting.send().await.unwrap().headers()["x-mayfly-outcome"],
        "objected"
    );
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
}

#[tokio::test]
async fn beacons_with_credentials_pass_cors() {
    let server = Server::start().await;
    let answer = server
        .post("/matomo.php?idsite=1&rec=1&send_image=0")
        .header("origin", "https://shop.example.org")
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["access-control-allow-origin"],
        "https://shop.example.org"
    );
    assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
    let asked = reqwest::Client::new()
        .request(
            reqwest::Method::OPTIONS,
            server.url("/matomo.php?idsite=1&rec=1"),
        )
        .header("access-control-request-method", "POST");
    assert_eq!(asked.send().await.unwrap().status(), 204);
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
}

#[tokio::test]
async fn visitors_are_told_apart_without_cookies_and_visits_are_counted() {
    let server = Server::start().await;
    for (address, pages) in [("203.0.113.77", 3), ("198.51.100.4", 1)] {
        for page in 0..pages {
            let path = format!("/matomo.php?idsite=1&rec=1&url=https://example.org/{page}");
            let request = server.get(&path).header("x-forwarded-for", address);
            assert_eq!(request.send().await.unwrap().status(), 200);
        }
    }
    server.hit("ping=1&url=https://example.org/2").await;
    server.settle().await;
    let visits = "SELECT pageviews, entry_path, exit_path FROM visits ORDER BY pageviews";
    assert_eq!(server.sql(visits).await, "1\t/0\t/0\n3\t/0\t/2");
    assert_eq!(
        server
            .sql("SELECT uniq(visitor_id) FROM analytics_events")
            .await,
        "2"
    );
}

#[tokio::test]
async fn an_accepted_page_view_is_queryable_within_two_seconds() {
    let server = Server::start().await;
    server.hit("action_name=soon").await;
    let accepted = std::time::Instant::now();
    while server
        .sql("SELECT count() FROM analytics_events WHERE title = 'soon'")
        .await
        == "0"
    {
        assert!(accepted.elapsed().as_secs_f32() < 2.0);
    }
}

#[tokio::test]
async fn an_identifier_at_the_edge_of_what_is_kept_is_scrubbed_whole() {
    let server = Server::start().await;
    for filler in 1_000..1_030 {
        let title = format!("{} jane.doe@example.org", "x".repeat(filler));
        assert_eq!(
            server
                .hit(&format!(
                    "action_name={title}&url=https://example.org/?q={title}"
                ))
                .await
                .status(),
            200
        );
    }
    let endless = format!("{} jane.doe@example.org", "x".repeat(8_180));
    assert_eq!(
        server.hit(&format!("action_name={endless}")).await.status(),
        200
    );
    server.settle().await;
    let leaks =
        "SELECT count() FROM analytics_events WHERE title LIKE '%jane%' OR query LIKE '%jane%'";
    assert_eq!(server.sql(leaks).await, "0");
    assert_eq!(
        server
            .sql("SELECT count(), max(length(title)) <= 1024 FROM analytics_events")
            .await,
        "31\t1"
    );
}

#[tokio::test]
async fn clients_that_hang_up_are_counted_once() {
    use tokio::io::AsyncWriteExt;
    let server = Server::start().await;
    for _ in 0..100 {
        let mut stream = tokio::net::TcpStream::connect(&server.address)
            .await
            .unwrap();
        stream
            .write_all(b"GET /matomo.php?idsite=1&rec=1 HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
    }
    server.hit("").await;
    server.settle().await;
    assert_eq!(
        server
            .metric("drops_total{kind=\"analytics\",reason=\"forgotten\"}")
            .await,
        0
    );
    let received = server
        .metric("items_received_total{kind=\"analytics\"}")
        .await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        received.to_string()
    );
}
