//! What a project wishes of the scrubber, from the setting to the row; and the page on which it can be tried.

use serde_json::{Value, json};

use crate::harness::{Server, files};
use crate::person::Person;

const ADMIN: &str = "admin@example.org";

/// A crash of a customer `K-471100` with an address, under a project's rules.
const EVENT: &str = r#"{"platform":"python","message":"customer K-471100 is anna@example.org",
    "request":{"data":{"cart":"for K-471100"}},"tags":{"plan":"Herr Huber"},
    "extra":{"hint":"K-471100 anna@example.org"},"contexts":{"order":{"note":"a gift"},"deal":{"contract_no":"c-17"}},
    "exception":{"values":[{"type":"CartError","value":"no cart for K-471100"}]}}"#;

async fn patch(server: &Server, change: Value) -> (u16, Value) {
    let request = server.request(reqwest::Method::PATCH, "/api/v1/projects/1");
    let request = request.bearer_auth(&server.token).json(&change);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn payload(server: &Server) -> Value {
    server.settle().await;
    let text = server
        .sql("SELECT base64Encode(payload) FROM error_events ORDER BY received_at DESC LIMIT 1")
        .await;
    use base64::Engine as _;
    let bytes = base64::prelude::BASE64_STANDARD
        .decode(text.trim())
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_projects_rules_hold_at_once_for_everything_that_it_sends() {
    let server = Server::start().await;
    server.crash(EVENT).await;
    let before = payload(&server).await;
    assert_eq!(before["message"], "customer K-471100 is [email]");
    assert_eq!(before["tags"]["plan"], "Herr [name]");
    assert!(before["request"].get("data").is_none(), "strict: {before}");

    let change = json!({"scrubbing": {
        "level": "balanced",
        "rules": [{"name": "customer", "pattern": "K-\\d{6}"}],
        "keys": ["contract_no"],
        "remove": ["contexts.order.*"],
        "keep": {"paths": ["tags.plan", "extra.**"]},
    }});
    let (status, changed) = patch(&server, change.clone()).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["scrubbing"]["rules"], change["scrubbing"]["rules"]);

    // No pause: whoever changed it may count on it.
    server.crash(EVENT).await;
    server
        .hit("action_name=Order+of+K-471100&url=https%3A%2F%2Fexample.org%2F%3Fc%3DK-471100")
        .await;
    let span = json!({"spans": [], "transaction": "GET /orders/K-471100 by anna@example.org", "type": "transaction",
        "contexts": {"trace": {"trace_id": "4c4d8595b7a74eb698510d0e56465b92", "span_id": "aaaaaaaaaaaaaaaa", "op": "task"}},
        "start_timestamp": 1, "timestamp": 2});
    let security = json!({"csp-report": {"document-uri": "https://example.org/K-471100/a", "effective-directive": "img-src"}});
    let feedback = json!({"contexts": {"feedback": {"message": "I am K-471100", "url": "https://example.org/K-471100"}}});
    let key = &server.key;
    for (kind, item) in [
        ("transaction", span),
        ("raw_security", security),
        ("feedback", feedback),
    ] {
        let body = format!("{{}}\n{{\"type\":\"{kind}\"}}\n{item}\n");
        let path = format!("/api/1/envelope/?sentry_key={key}");
        assert_eq!(
            server.post(&path).body(body).send().await.unwrap().status(),
            200
        );
    }
    let after = payload(&server).await;
    assert_eq!(after["message"], "customer [customer] is [email]");
    let hint = &after["extra"]["hint"];
    assert_eq!(hint, "K-471100 [email]", "kept, but for the floor");
    assert_eq!(after["contexts"]["order"]["note"], "[custom]");
    assert_eq!(after["contexts"]["deal"]["contract_no"], "[custom]");
    assert_eq!(after["tags"]["plan"], "Herr Huber");
    assert_eq!(after["request"]["data"]["cart"], "for [customer]");
    assert_eq!(
        after["exception"]["values"][0]["value"],
        "no cart for [customer]"
    );
    let titles = server
        .sql("SELECT title, query FROM analytics_events")
        .await;
    assert_eq!(titles, "Order of [customer]\tc=[customer]");
    for (table, columns) in [
        ("spans", "concat(name, description)"),
        ("security_reports", "document_path"),
        ("feedback", "concat(message, page_path)"),
    ] {
        let text = server.sql(&format!("SELECT {columns} FROM {table}")).await;
        assert!(
            text.contains("[customer]") && !text.contains("K-4711"),
            "{table}: {text}"
        );
    }

    let ledger = std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    let detail = "scrubbing.level=balanced,scrubbing.rules=1,scrubbing.keys=1,scrubbing.remove=1,scrubbing.keep.paths=2";
    assert!(
        ledger.contains(&format!("\"detail\":\"{detail}\"")),
        "{ledger}"
    );
    assert!(!ledger.contains("K-") && !ledger.contains("tags.plan"));
}

#[tokio::test]
async fn rules_that_cannot_be_used_are_refused_by_name_everywhere() {
    let server = Server::start().await;
    let arguments = [
        "project",
        "set",
        "1",
        "scrubbing.rules",
        "customer = K-(\\d{6}",
    ];
    let (succeeded, text) = server.command_with_input(&arguments, "");
    assert!(!succeeded);
    let expected = "the pattern of rule `customer` is no regular expression";
    assert!(text.contains(expected), "{text}");

    let (status, answer) = patch(
        &server,
        json!({"scrubbing": {"rules": [{"name": "customer", "pattern": "K-("}]}}),
    )
    .await;
    assert_eq!((status, &answer["name"]), (422, &json!("policy_invalid")));
    assert_eq!(answer["detail"], expected);
    let (status, answer) = patch(
        &server,
        json!({"scrubbing": {"keep": {"texts": ["anna@example.org"]}}}),
    )
    .await;
    assert_eq!((status, &answer["name"]), (422, &json!("policy_invalid")));
    assert!(!answer.to_string().contains("anna"));
    for unknown in [
        json!({"floor": false}),
        json!({"level": "none"}),
        json!({"keep": {"email": true}}),
    ] {
        let (status, answer) = patch(&server, json!({ "scrubbing": unknown })).await;
        assert_eq!((status, &answer["name"]), (422, &json!("form_invalid")));
    }

    let admin = Person::first_admin(&server, ADMIN).await;
    let form = [
        ("scrubbing.level", "strict"),
        ("scrubbing.rules", "order = ORD-\\d+\r\ncustomer = K-("),
        ("scrubbing.keep.paths", "tags.plan"),
    ];
    let answer = admin.send("/projects/1/settings/scrubbing", &form).await;
    assert_eq!(answer.status(), 422);
    let html = answer.text().await.unwrap();
    assert!(
        html.contains("the pattern of rule") && html.contains("order = ORD-"),
        "what was typed is there"
    );
    let set = server.command(&["project", "show", "1", "--json"]);
    assert_eq!(set["settings"]["scrubbing"]["level"], "server");

    let form = [
        ("scrubbing.level", "strict"),
        ("scrubbing.rules", "order = ORD-\\d{2,9}\r\n\r\n"),
        (
            "scrubbing.keep.texts",
            "+49 30 901820\r\nHerr Huber, Berlin",
        ),
    ];
    let answer = admin.send("/projects/1/settings/scrubbing", &form).await;
    assert_eq!(answer.status(), 200);
    let set = server.command(&["project", "show", "1", "--json"]);
    let scrubbing = &set["settings"]["scrubbing"];
    assert_eq!(scrubbing["rules"][0]["pattern"], "ORD-\\d{2,9}");
    assert_eq!(
        scrubbing["keep"]["texts"],
        json!(["+49 30 901820", "Herr Huber, Berlin"])
    );
    let html = admin.page("/projects/1/settings").await;
    assert!(html.contains("order = ORD-\\d{2,9}") && html.contains("Herr Huber, Berlin"));
    let strangers = Person::new(&server);
    assert_eq!(
        strangers
            .post("/projects/1/settings/scrubbing", &form)
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn the_scrubber_on_trial() {
    let server = Server::start().await;
    server.command(&["project", "add", "Elsewhere", "--json"]);
    let (status, _) = patch(
        &server,
        json!({"scrubbing": {"rules": [{"name": "customer", "pattern": "K-\\d{6}"}]}}),
    )
    .await;
    assert_eq!(status, 200);
    let officer = Person::with_account(
        &server,
        "officer@example.org",
        &["--role", "officer", "--project", "1"],
    )
    .await;
    let form = officer.page("/scrub?policy=1").await;
    assert!(form.contains("value=\"1\" selected") && !form.contains("Elsewhere"));

    let pasted = "mail trialperson@example.org from 203.0.113.213, <b>customer</b> K-471100, password=trialsecret8d21";
    let sent = officer
        .send("/scrub", &[("text", pasted), ("policy", "1")])
        .await;
    assert_eq!(sent.status(), 200);
    assert_eq!(sent.headers()["cache-control"], "no-store");
    let html = sent.text().await.unwrap();
    assert!(
        html.contains(">email</mark>")
            && html.contains(">203.0.113.0</mark>")
            && html.contains(">customer</mark>")
    );
    assert!(
        html.contains("&lt;b&gt;") && html.contains("E-mail address") && html.contains("Own rule")
    );
    for gone in ["trialperson", "203.0.113.213", "K-4711", "trialsecret"] {
        assert!(!html.contains(gone), "{gone}");
    }
    let event = r#"{"message":"trialperson@example.org","request":{"data":"a=trialperson"},"user":{"id":"trialperson"}}"#;
    let strict = officer
        .send("/scrub", &[("text", event), ("policy", "strict")])
        .await
        .text()
        .await
        .unwrap();
    assert!(
        strict.contains("request.data")
            && strict.contains("Left out")
            && !strict.contains("trialperson")
    );
    let clean = officer
        .send("/scrub", &[("text", "all well"), ("policy", "balanced")])
        .await
        .text()
        .await
        .unwrap();
    assert!(clean.contains("Nothing personal was found"));

    let long = "a ".repeat(150_000);
    let refused = officer
        .send("/scrub", &[("text", &long), ("policy", "strict")])
        .await;
    assert_eq!(refused.status(), 413);
    for policy in ["2", "lax", ""] {
        let refused = officer
            .send("/scrub", &[("text", "a"), ("policy", policy)])
            .await;
        assert_eq!(refused.status(), 400, "{policy}");
    }
    let foreign = officer
        .post("/scrub", &[("text", pasted), ("policy", "strict")])
        .await;
    assert_eq!(foreign.status(), 403, "without the token of our forms");
    assert!(!foreign.text().await.unwrap().contains("trialperson"));
    let stranger = Person::new(&server).get("/scrub").await;
    assert_eq!(stranger.status(), 401);

    server.settle().await;
    let mut written = files(server.data());
    written.push(("log".to_owned(), server.log().into_bytes()));
    written.push(("metrics".to_owned(), server.metrics().await.into_bytes()));
    for (name, bytes) in written {
        for gone in ["trialperson", "203.0.113.213", "trialsecret"] {
            let found = bytes
                .windows(gone.len())
                .any(|part| part == gone.as_bytes());
            assert!(!found, "{gone} in {name}");
        }
    }
}
