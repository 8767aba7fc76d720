//! Policies by region: decided on the masked address, honoured for page views, crash reports and what comes beside them.

use reqwest::Response;
use serde_json::{Value, json};

use crate::geo_database::Database;
use crate::harness::{Server, Setup};

/// Networks for documentation, each said to be somewhere.
const GERMANY: &str = "192.0.2.77";
const CALIFORNIA: &str = "198.51.100.77";
const OREGON: &str = "203.0.113.77";
const LONDON: &str = "2001:db8:1::77";
const ZURICH: &str = "2001:db8:2::77";

const BROWSER: &str = "9f86d081884c7d65";

/// A server that knows these places, and the file that it knows them from.
async fn start() -> (Server, tempfile::NamedTempFile) {
    let place = |country, state, city| {
        json!({ "country": { "iso_code": country }, "subdivisions": [{ "names": { "en": state } }],
            "city": { "names": { "en": city } } })
    };
    let v6 = |subnet: u128| 0x2001_0db8 << 96 | subnet << 80;
    let bytes = Database::new(128)
        .with(0xc000_0200, 96 + 24, &place("DE", "Bavaria", "Munich"))
        .with(0xc633_6400, 96 + 24, &place("US", "California", "Fresno"))
        .with(0xcb00_7100, 96 + 24, &place("US", "Oregon", "Salem"))
        .with(v6(1), 48, &place("GB", "England", "London"))
        .with(v6(2), 48, &place("CH", "Zurich", "Zurich"))
        .bytes(1_700_000_000);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let setup = Setup::default().set("LISTS__GEO_DATABASES", file.path().display());
    let server = setup.start().await;
    let rules = [
        ("regions.eea.consent", "required_for_all"),
        ("regions.united_kingdom.retention_hours", "24"),
        ("regions.switzerland.errors", "coarse"),
        ("regions.california.analytics", "coarse"),
        ("regions.elsewhere.analytics", "nothing"),
        ("regions.elsewhere.errors", "nothing"),
    ];
    server.set_each(&rules).await;
    (server, file)
}

async fn hit(server: &Server, from: &str, more: &str) -> String {
    let path = format!("/matomo.php?idsite=1&rec=1&res=1366x768&_id={BROWSER}&{more}");
    let request = server.get(&path).header("x-forwarded-for", from);
    outcome(&request.send().await.unwrap())
}

async fn envelope(server: &Server, from: &str, kind: &str, item: Value) -> String {
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let body = format!("{{}}\n{{\"type\":\"{kind}\"}}\n{item}\n");
    let request = server.post(&path).header("x-forwarded-for", from);
    outcome(&request.body(body).send().await.unwrap())
}

fn outcome(answer: &Response) -> String {
    assert_eq!(answer.status().as_u16() / 100, 2);
    answer.headers()["x-mayfly-outcome"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn each_region_has_its_rules() {
    let (server, _file) = start().await;
    for (from, more, expected) in [
        (GERMANY, "action_name=silent", "consent_missing"),
        (GERMANY, "action_name=Germany&consent=1", "accepted"),
        (LONDON, "action_name=London", "accepted"),
        (CALIFORNIA, "action_name=California", "accepted"),
        (OREGON, "action_name=Oregon&consent=1", "region_excluded"),
        // Nobody knows where this is.
        ("127.0.0.1", "action_name=unknown", "consent_missing"),
    ] {
        assert_eq!(hit(&server, from, more).await, expected, "{from} {more}");
    }
    let crash = |words: &str, consents: bool| {
        json!({ "message": words, "user": { "id": "4711", "username": "evelyn" },
            "contexts": { "mayfly": { "consent": consents } } })
    };
    for (from, words, consents, expected) in [
        (GERMANY, "silent", false, "consent_missing"),
        (GERMANY, "Germany", true, "accepted"),
        (LONDON, "London", false, "accepted"),
        (ZURICH, "Zurich says evelyn", false, "accepted"),
        (OREGON, "Oregon", true, "region_excluded"),
    ] {
        let item = crash(words, consents);
        assert_eq!(
            envelope(&server, from, "event", item).await,
            expected,
            "{words}"
        );
    }
    server.settle().await;

    let views = "SELECT title, client_ip, region, city, screen, browser_key != 0,
        dateDiff('hour', received_at, expires_at) <= 24 FROM analytics_events ORDER BY title";
    assert_eq!(
        server.sql(views).await,
        "California\t198.51.0.0\t\t\t\t0\t0\n\
         Germany\t192.0.2.0\tBavaria\tMunich\t1366x768\t1\t0\n\
         London\t2001:db8:1::\tEngland\tLondon\t1366x768\t1\t1"
    );
    let crashes = "SELECT message, client_ip, country, user_key != 0, JSONHas(payload, 'user'), JSONHas(payload, 'contexts', 'mayfly'),
        dateDiff('hour', received_at, expires_at) <= 24 FROM error_events ORDER BY message";
    assert_eq!(
        server.sql(crashes).await,
        "Germany\t192.0.2.0\tDE\t1\t1\t0\t0\n\
         London\t2001:db8:1::\tGB\t1\t1\t0\t1\n\
         Zurich says [user]\t2001:db8:2::\tCH\t0\t0\t0\t0"
    );
}

#[tokio::test]
async fn what_comes_beside_crashes_follows_the_same_rules() {
    let (server, _file) = start().await;
    let line = |words: &str, more: Value| json!({ "items": [{ "level": "info", "body": words, "attributes": more }] });
    let consent = json!({ "mayfly.consent": { "value": true, "type": "boolean" } });
    let session = json!({ "sid": "4c4d8595-b7a7-4eb6-9851-0d0e56465b92", "init": true, "status": "ok",
        "started": "2026-11-22T10:00:00Z", "attrs": { "release": "shop@1" } });
    let feedback = |words: &str, consents: bool| {
        json!({ "user": { "id": "4711" }, "contexts": { "feedback": { "message": words },
            "mayfly": { "consent": consents } } })
    };
    let (missing, excluded) = ("consent_missing", "region_excluded");
    for (from, kind, item, expected) in [
        (GERMANY, "log", line("silent", json!({})), missing),
        (GERMANY, "log", line("stated", consent), "accepted"),
        (OREGON, "log", line("Oregon", json!({})), excluded),
        (GERMANY, "session", session, missing),
        (GERMANY, "feedback", feedback("silent", false), missing),
        (GERMANY, "feedback", feedback("stated", true), "accepted"),
        (ZURICH, "feedback", feedback("Zurich", false), "accepted"),
    ] {
        let got = envelope(&server, from, kind, item).await;
        assert_eq!(got, expected, "{from} {kind}");
    }
    server.settle().await;
    assert_eq!(
        server
            .sql("SELECT body, mapKeys(attributes) FROM logs")
            .await,
        "stated\t[]"
    );
    assert_eq!(
        server
            .sql("SELECT message, user_key != 0 FROM feedback ORDER BY message")
            .await,
        "Zurich\t0\nstated\t1"
    );
    assert_eq!(server.sql("SELECT count() FROM sessions").await, "0");
    for (kind, reason) in [
        ("log", "consent_missing"),
        ("log", "region_excluded"),
        ("session", "consent_missing"),
        ("feedback", "consent_missing"),
    ] {
        let dropped = format!("drops_total{{kind=\"{kind}\",reason=\"{reason}\"}}");
        assert_eq!(server.metric(&dropped).await, 1, "{dropped}");
    }
}

#[tokio::test]
async fn an_objection_reaches_every_line_and_the_errors_of_scripts() {
    let server = Server::start().await;
    let object = json!({ "project": 1, "id": BROWSER });
    let answer = server
        .post("/api/v1/subjects/object")
        .json(&object)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let error = format!("/matomo.php?idsite=1&rec=1&_id={BROWSER}&cra=boom&cra_tp=TypeError");
    let answer = server.get(&error).send().await.unwrap();
    assert_eq!(outcome(&answer), "objected");
    let user = |id: &str| json!({ "user.id": { "value": id, "type": "string" } });
    let items = ["4711", BROWSER]
        .map(|id| json!({ "level": "info", "body": "line", "attributes": user(id) }));
    envelope(&server, "192.0.2.1", "log", json!({ "items": items })).await;
    let span = |id: &str| {
        json!({ "trace_id": "4c4d8595b7a74eb698510d0e56465b92", "span_id": "4c4d8595b7a74eb6",
        "start_timestamp": 1, "end_timestamp": 2, "name": "load", "attributes": user(id) })
    };
    envelope(
        &server,
        "192.0.2.1",
        "span",
        json!({ "items": [span("4711"), span(BROWSER)] }),
    )
    .await;
    server.settle().await;
    let counts = "SELECT (SELECT count() FROM error_events), (SELECT count() FROM logs), (SELECT count() FROM spans)";
    assert_eq!(server.sql(counts).await, "0\t1\t1");

    // Taken back, the report is kept, and its holder finds it by the browser's id.
    let back = json!({ "project": 1, "id": BROWSER, "withdraw": true });
    server
        .post("/api/v1/subjects/object")
        .json(&back)
        .send()
        .await
        .unwrap();
    assert_eq!(
        outcome(&server.get(&error).send().await.unwrap()),
        "accepted"
    );
    let body = json!({ "project": 1, "id": BROWSER });
    let held = server
        .post("/api/v1/subjects/export")
        .json(&body)
        .send()
        .await
        .unwrap();
    let held: Value = held.json().await.unwrap();
    assert_eq!(
        held["tables"]["error_events"][0]["exception_type"], "TypeError",
        "{held}"
    );
}
