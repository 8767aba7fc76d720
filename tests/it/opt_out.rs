//! The visitor's choice: opt-out, consent, and the addresses that Matomo's embeds ask for.

use reqwest::Response;
use serde_json::json;

use crate::harness::{Server, Setup};

fn outcome(answer: &Response) -> &str {
    answer.headers()["x-mayfly-outcome"].to_str().unwrap()
}

async fn hit_with_cookie(server: &Server, cookie: &str) -> Response {
    let request = server.get("/matomo.php?idsite=1&rec=1&action_name=x");
    request.header("cookie", cookie).send().await.unwrap()
}

#[tokio::test]
async fn a_browser_that_opted_out_is_left_out() {
    let server = Server::start().await;
    for cookie in [
        "mayfly_opt_out=analytics",
        "matomo_ignore=ignore%3D%2A",
        "a=b; piwik_ignore=ignore=*",
    ] {
        let answer = hit_with_cookie(&server, cookie).await;
        assert_eq!(
            (answer.status().as_u16(), outcome(&answer)),
            (200, "objected"),
            "{cookie}"
        );
    }
    assert_eq!(outcome(&server.hit("consent=0").await), "objected");
    assert_eq!(
        outcome(&hit_with_cookie(&server, "mayfly_opt_out=errors").await),
        "accepted"
    );

    let crash = json!({ "message": "boom" }).to_string();
    let store = format!("/api/1/store/?sentry_key={}", server.key);
    for (cookie, expected) in [
        ("mayfly_opt_out=errors", "objected"),
        ("mayfly_opt_out=analytics", "accepted"),
    ] {
        let request = server
            .post(&store)
            .header("cookie", cookie)
            .body(crash.clone());
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), outcome(&answer)),
            (200, expected),
            "{cookie}"
        );
    }
    server.settle().await;
    let counts =
        "SELECT (SELECT count() FROM analytics_events), (SELECT count() FROM error_events)";
    assert_eq!(server.sql(counts).await, "1\t1");
}

#[tokio::test]
async fn where_consent_is_required_it_must_be_stated() {
    let server = Server::start().await;
    server.set("consent", "required").await;
    assert_eq!(
        outcome(&server.hit("action_name=silent").await),
        "consent_missing"
    );
    assert_eq!(
        outcome(&server.hit("action_name=no&consent=0").await),
        "objected"
    );
    assert_eq!(
        outcome(&server.hit("action_name=yes&consent=1").await),
        "accepted"
    );
    server.settle().await;
    assert_eq!(
        server.sql("SELECT title FROM analytics_events").await,
        "yes"
    );
}

#[tokio::test]
async fn matomos_addresses_answer() {
    let server = Server::start().await;
    let module = "/index.php?module=CoreAdminHome";
    let script = format!("{module}&action=optOutJS&divId=matomo-opt-out&language=auto&showIntro=1");
    for path in [script.as_str(), "/opt-out.js"] {
        let answer = server.get(path).send().await.unwrap();
        assert_eq!(
            answer.headers()["content-type"],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert!(answer.text().await.unwrap().contains("MayflyOptOut"));
    }
    for (path, words) in [
        (
            format!("{module}&action=optOut&language=de"),
            "Ihre Besuche werden anonym gezählt.",
        ),
        (
            "/opt-out?language=en".to_owned(),
            "Your visits are counted, anonymously.",
        ),
    ] {
        let answer = server.get(&path).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors *") && policy.contains("default-src 'none'"));
        assert!(answer.text().await.unwrap().contains(words), "{path}");
    }
    let other = server
        .get(&format!("{module}&action=home"))
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 404);
}

#[tokio::test]
async fn the_page_remembers_for_thirty_days() {
    let server = Setup::default()
        .set("SERVER__PUBLIC_URL", "https://stats.example.org")
        .start()
        .await;
    let form = [("language", "de"), ("scope", "errors"), ("choice", "out")];
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let choose = |origin: &'static str| {
        let request = client.post(server.url("/opt-out")).form(&form);
        request
            .header("sec-fetch-site", origin)
            .header("cookie", "mayfly_opt_out=analytics")
            .send()
    };
    let answer = choose("same-origin").await.unwrap();
    assert_eq!(
        answer.headers()["location"],
        "/opt-out?language=de&scope=errors&choice=out"
    );
    assert_eq!(
        answer.headers()["set-cookie"],
        "mayfly_opt_out=analytics.errors; Path=/; Max-Age=2592000; HttpOnly; SameSite=None; Secure; Partitioned"
    );
    assert_eq!(
        choose("cross-site").await.unwrap().status(),
        403,
        "nobody else's page chooses"
    );
}

#[tokio::test]
async fn everybody_may_open_the_page_about_their_data() {
    let server = Server::start().await;
    for (language, words) in [
        ("en", "What is held about you"),
        ("de", "Was über Sie gespeichert ist"),
    ] {
        let answer = server
            .get("/privacy/1")
            .header("accept-language", language)
            .send()
            .await
            .unwrap();
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("script-src 'self'")
        );
        assert!(answer.text().await.unwrap().contains(words));
    }
    for nobody in ["77", "jane.doe"] {
        let answer = server.get(&format!("/privacy/{nobody}")).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 404);
        assert!(!answer.text().await.unwrap().contains("jane"));
    }
    server.set("self_service", "false").await;
    let page = server
        .get("/privacy/1")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!page.contains("id=\"privacy\""));
    let asked = json!({ "project": 1, "id": "9f86d081884c7d65" });
    let answer = server
        .post("/api/v1/subjects/export")
        .json(&asked)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}
