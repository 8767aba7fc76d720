//! Who may read what: SQL, tokens, the pages.

use reqwest::StatusCode;

use crate::harness::Server;
use crate::person::Person;

#[tokio::test]
async fn sql_reads_and_nothing_else() {
    let server = Server::start().await;
    server.hit("action_name=x").await;
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
    assert_eq!(server.sql("WITH 1 AS x SELECT x ? 2 : 3 -- ;").await, "2");
    assert!(server.sql("SHOW TABLES").await.contains("analytics_events"));
    assert!(!server.sql("EXPLAIN SELECT 1").await.is_empty());
    for statement in [
        "INSERT INTO analytics_events (project_id) VALUES (1)",
        "ALTER TABLE analytics_events DELETE WHERE 1",
        "TRUNCATE TABLE analytics_events",
        "DROP TABLE analytics_events",
        "CREATE TABLE t (a UInt8) ENGINE = Memory",
        "SET readonly = 0",
        "SYSTEM FLUSH LOGS",
        "OPTIMIZE TABLE analytics_events FINAL",
        "SELECT 1; DROP TABLE analytics_events",
        "SELECT 1 INTO OUTFILE '/tmp/mayfly-outfile'",
        "INSERT INTO FUNCTION file('x.csv') SELECT 1",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT * FROM url('http://127.0.0.1:9/', CSV, 'a String')",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM executable('id', TSV, 'a String')",
        "not even SQL",
    ] {
        let answer = server.sql_as(&server.token, statement).await;
        let status = answer.status();
        assert!(
            status.is_client_error(),
            "{statement}: {status} {}",
            answer.text().await.unwrap()
        );
    }
    assert!(!std::path::Path::new("/tmp/mayfly-outfile").exists());
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
}

#[tokio::test]
async fn sql_is_limited_in_rows_and_time_and_streams_any_format() {
    let server = Server::start().await;
    let many = server
        .sql_as(&server.token, "SELECT number FROM numbers(200000)")
        .await;
    assert!(many.status().is_client_error() || many.bytes().await.is_err());
    for format in ["JSON", "CSV", "Parquet", "PrettyCompact", "JSONEachRow"] {
        let request = server.post(&format!("/api/v1/sql?default_format={format}"));
        let answer = request
            .bearer_auth(&server.token)
            .body("SELECT 1 AS one")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{format}");
        assert!(!answer.bytes().await.unwrap().is_empty());
    }
}

/// What officers search for is kept nowhere: the engine has no log tables.
#[tokio::test]
async fn no_system_log_keeps_queries() {
    let server = Server::start().await;
    server.sql("SELECT 'searched for'").await;
    let logs =
        "SELECT count() FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'";
    assert_eq!(server.sql(logs).await, "0");
}

#[tokio::test]
async fn tokens_open_what_their_role_allows() {
    let server = Server::start().await;
    let token = |arguments: &[&str]| {
        let command = [&["token", "add", "--json"], arguments].concat();
        server.command(&command)["token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let officer = token(&["--role", "officer"]);
    let developer = token(&["--role", "developer"]);
    let limited = token(&["--role", "admin", "--project", "1"]);
    let status = async |token: &str| server.sql_as(token, "SELECT 1").await.status();
    assert_eq!(status(&officer).await, StatusCode::OK);
    assert_eq!(status(&developer).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&limited).await, StatusCode::FORBIDDEN);
    assert_eq!(
        status("mfly_00000000000000000000000000000000").await,
        StatusCode::UNAUTHORIZED
    );
    let stranger = server
        .post("/api/v1/sql")
        .body("SELECT 1")
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 401);
    assert_eq!(stranger.headers()["x-mayfly-outcome"], "token_missing");
    let stored = server
        .sql("SELECT count() FROM tokens WHERE token_hash LIKE '%mfly%'")
        .await;
    assert_eq!(stored, "0", "only hashes are stored");
}

#[tokio::test]
async fn the_start_page_shows_what_arrives() {
    let server = Server::start().await;
    let person = Person::first_admin(&server, "kim@example.org").await;
    server
        .hit("url=https://shop.example.org/basket&action_name=Basket")
        .await;
    server
        .crash(r#"{"exception":[{"type":"CartError","value":"<b>empty</b>"}]}"#)
        .await;
    server.settle().await;
    let home = person.get("/").await;
    let policy = home.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"));
    let html = home.text().await.unwrap();
    for part in [
        "shop.example.org/basket",
        "203.0.113.0",
        "CartError: &#60;b&#62;empty",
        &server.dsn(),
    ] {
        assert!(html.contains(part), "{part}");
    }
    let german = server
        .get("/live")
        .header("cookie", &person.cookie)
        .header("accept-language", "de");
    let german = german.send().await.unwrap().text().await.unwrap();
    assert!(german.contains("Seitenaufrufe"));
}

#[tokio::test]
async fn the_language_switch_is_remembered_and_leads_back() {
    let server = Server::start().await;
    let person = Person::new(&server);
    let answer = person.post("/language", &[("language", "de")]).await;
    assert_eq!(answer.headers()["location"], "/");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("mayfly_language=de; ") && cookie.contains("Max-Age=2592000"));
    let german = server
        .get("/")
        .header("cookie", "mayfly_language=de")
        .header("accept-language", "en");
    let german = german.send().await.unwrap().text().await.unwrap();
    assert!(german.contains("<html lang=\"de\">") && german.contains("Anmelden"));
}

#[tokio::test]
async fn the_page_asks_strangers_to_sign_in() {
    let server = Server::start().await;
    let html = server.get("/").send().await.unwrap().text().await.unwrap();
    assert!(html.contains("name=\"password\"") && html.contains("name=\"token\""));
    assert!(!html.contains(&server.key));
    let mut person = Person::new(&server);
    let wrong = person.post("/sign-in", &[("token", "guess")]).await;
    assert_eq!(wrong.status(), 403);
    let right = person.post("/sign-in", &[("token", &server.token)]).await;
    person.keep_cookie(&right);
    assert_eq!(person.get("/live").await.status(), 200);
    let lost = server.get("/nothing/here").send().await.unwrap();
    assert_eq!(
        (lost.status(), &lost.headers()["x-mayfly-outcome"]),
        (StatusCode::NOT_FOUND, &"unknown_route".parse().unwrap())
    );
}
