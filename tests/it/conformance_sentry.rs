//! Sentry's protocol, one line a case: what is sent, what is answered, how many rows it leaves.
//!
//! In requests `KEY`, `DSN`, `ID` and `DASHED` stand for the project's key and DSN and for an event id that no other case
//! uses; `|` stands for a line break.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, Response};
use serde_json::Value;

use crate::harness::Server;

/// What the body of an answer must be.
#[derive(Clone, Copy)]
enum Says {
    /// `{"id":"…"}` with the case's id.
    Id,
    /// `{"id":"…"}` with any id.
    SomeId,
    /// `{}`
    Nothing,
    /// `{"detail":"…","causes":["…"]}` with the outcome as cause.
    Why,
    Picture,
}
use Says::{Id, Nothing, Picture, SomeId, Why};

/// Name, method and address, headers, body → status, outcome, body of the answer, rows.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u16,
    &'static str,
    Says,
    u8,
);

const ENVELOPE: &str = "POST /api/1/envelope/?sentry_key=KEY";
const STORE: &str = "POST /api/1/store/?sentry_key=KEY";
const EVENT: &str = r#"{}|{"type":"event"}|{"event_id":"ID"}"#;
const AUTH: &str = "x-sentry-auth: Sentry sentry_version=7, sentry_key=KEY, sentry_client=x/1";
const OTHER: &str = "0123456789abcdef0123456789abcdef";

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Where the key stands
    ("key in the query", ENVELOPE, "", EVENT, 200, "accepted", Id, 1),
    ("key in X-Sentry-Auth", "POST /api/1/envelope/", AUTH, EVENT, 200, "accepted", Id, 1),
    ("key in Authorization", "POST /api/1/envelope/", "authorization: Sentry sentry_key=KEY", EVENT, 200, "accepted", Id, 1),
    ("key in Authorization: Basic", "POST /api/1/envelope/", "authorization: Basic BASIC", EVENT, 200, "accepted", Id, 1),
    ("key in the envelope's dsn", "POST /api/1/envelope/", "", r#"{"dsn":"DSN"}|{"type":"event"}|{"event_id":"ID"}"#, 200, "accepted", Id, 1),
    ("the same key everywhere", ENVELOPE, AUTH, r#"{"dsn":"DSN"}|{"type":"event"}|{"event_id":"ID"}"#, 200, "accepted", Id, 1),
    ("a password beside the key", ENVELOPE, "authorization: Basic amFuZTpzZWNyZXQ=", EVENT, 200, "accepted", Id, 1),
    ("old protocol version", "POST /api/1/envelope/?sentry_version=2.0&sentry_key=KEY", "", EVENT, 200, "accepted", Id, 1),
    ("no key", "POST /api/1/envelope/", "", EVENT, 401, "key_missing", Why, 0),
    ("no key in X-Sentry-Auth", "POST /api/1/envelope/", "x-sentry-auth: Sentry sentry_version=7", EVENT, 401, "key_missing", Why, 0),
    ("malformed key", "POST /api/1/envelope/?sentry_key=abc", "", EVENT, 400, "key_malformed", Why, 0),
    ("unknown key", "POST /api/1/envelope/?sentry_key=0123456789abcdef0123456789abcdef", "", EVENT, 403, "key_unknown", Why, 0),
    ("two different keys", "POST /api/1/envelope/?sentry_key=0123456789abcdef0123456789abcdef", AUTH, EVENT, 400, "key_mismatch", Why, 0),
    ("another key in the dsn", ENVELOPE, "", r#"{"dsn":"http://0123456789abcdef0123456789abcdef@example.org/1"}|{"type":"event"}|{}"#, 400, "key_mismatch", Why, 0),
    ("another project in the dsn", "POST /api/2/envelope/", "", r#"{"dsn":"DSN"}|{"type":"event"}|{}"#, 400, "key_mismatch", Why, 0),
    ("another project in the path", "POST /api/2/envelope/?sentry_key=KEY", "", EVENT, 403, "key_unknown", Why, 0),
    ("newer protocol version", "POST /api/1/envelope/?sentry_version=8&sentry_key=KEY", "", EVENT, 400, "protocol_unsupported", Why, 0),
    ("version that is no number", "POST /api/1/envelope/", "x-sentry-auth: Sentry sentry_version=x, sentry_key=KEY", EVENT, 400, "protocol_unsupported", Why, 0),
    ("no project in the path", "POST /api/shop/envelope/?sentry_key=KEY", "", EVENT, 400, "project_missing", Why, 0),

    // Envelopes
    ("no last slash", "POST /api/1/envelope?sentry_key=KEY", "", EVENT, 200, "accepted", Id, 1),
    ("length stated", ENVELOPE, "", r#"{}|{"type":"event","length":48}|{"event_id":"ID"} |"#, 200, "accepted", Id, 1),
    ("dashed id", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"DASHED"}"#, 200, "accepted", Id, 1),
    ("id in the envelope wins", ENVELOPE, "", r#"{"event_id":"ID"}|{"type":"event"}|{"event_id":"00000000000000000000000000000001"}"#, 200, "accepted", Id, 1),
    ("dashed id in the envelope", ENVELOPE, "", r#"{"event_id":"DASHED"}|{"type":"event"}|{}"#, 200, "accepted", Id, 1),
    ("no id", ENVELOPE, "", r#"{}|{"type":"event"}|{}"#, 200, "accepted", SomeId, 0),
    ("no items", ENVELOPE, "", r#"{"event_id":"ID"}"#, 200, "accepted", Id, 0),
    ("no items, no id", ENVELOPE, "", "{}", 200, "accepted", Nothing, 0),
    ("unknown item", ENVELOPE, "", r#"{}|{"type":"nonsense"}|xyz"#, 200, "accepted", Nothing, 0),
    ("trailing blank lines", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"ID"}|||"#, 200, "accepted", Id, 1),
    ("carriage returns", ENVELOPE, "", "{}\r|{\"type\":\"event\"}\r|{\"event_id\":\"ID\"}\r|", 200, "accepted", Id, 1),
    ("unknown item, then an event", ENVELOPE, "", r#"{}|{"type":"x"}|y|{"type":"event"}|{"event_id":"ID"}"#, 200, "accepted", Id, 1),
    ("an event, then an item that is cut", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"ID"}|{"type":"log","length":99}|{}"#, 200, "accepted", Id, 1),
    ("an event, then a broken header", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"ID"}|nonsense"#, 200, "accepted", Id, 1),
    ("an event, then a check-in that is too large", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"ID"}|{"type":"check_in"}|LARGE"#, 200, "accepted", Id, 1),
    ("only an item that is cut", ENVELOPE, "", r#"{}|{"type":"event","length":99}|{}"#, 400, "envelope_invalid", Why, 0),
    ("only an item that is too large", ENVELOPE, "", r#"{}|{"type":"client_report"}|LARGE"#, 413, "item_too_large", Why, 0),
    ("two events", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"ID"}|{"type":"event"}|{}"#, 413, "event_repeated", Why, 0),
    ("two logs containers keep the first", ENVELOPE, "", r#"{}|{"type":"log"}|{"items":[{"timestamp":1795319587,"level":"info","body":"a"}]}|{"type":"log"}|{}"#, 200, "accepted", Nothing, 0),
    ("only a logs container that says nothing", ENVELOPE, "", r#"{}|{"type":"log"}|{}"#, 400, "item_invalid", Why, 0),
    ("empty body", ENVELOPE, "", "", 400, "body_empty", Why, 0),
    ("no envelope", ENVELOPE, "", "nonsense", 400, "envelope_invalid", Why, 0),
    ("an event that is no JSON", ENVELOPE, "", r#"{}|{"type":"event"}|{broken"#, 400, "event_invalid", Why, 0),
    ("an event that is a list", ENVELOPE, "", r#"{}|{"type":"event"}|[]"#, 400, "event_invalid", Why, 0),
    ("NaN in an event", ENVELOPE, "", r#"{}|{"type":"event"}|{"event_id":"ID","extra":{"a":NaN}}"#, 200, "accepted", Id, 1),
    ("unknown encoding", ENVELOPE, "content-encoding: foo", EVENT, 415, "encoding_unsupported", Why, 0),
    ("broken gzip", ENVELOPE, "content-encoding: gzip", EVENT, 400, "encoding_broken", Why, 0),
    ("encoding that is none", ENVELOPE, "content-encoding: utf-8", EVENT, 200, "accepted", Id, 1),

    // Events of old clients
    ("store", STORE, "", r#"{"event_id":"ID"}"#, 200, "accepted", Id, 1),
    ("store without slash", "POST /api/1/store?sentry_key=KEY", "", r#"{"event_id":"DASHED"}"#, 200, "accepted", Id, 1),
    ("store without id", STORE, "", "{}", 200, "accepted", SomeId, 0),
    ("store without project", "POST /api/store/?sentry_key=KEY", "", r#"{"event_id":"ID"}"#, 200, "accepted", Id, 1),
    ("store without project or key", "POST /api/store/", "", "{}", 401, "key_missing", Why, 0),
    ("store without project, unknown key", "POST /api/store/?sentry_key=0123456789abcdef0123456789abcdef", "", "{}", 403, "key_unknown", Why, 0),
    ("store, broken JSON", STORE, "", r#"{"event_id""#, 400, "event_invalid", Why, 0),
    ("store, nothing", STORE, "", "", 400, "body_empty", Why, 0),
    ("store, no base64", STORE, "", "?!", 400, "encoding_broken", Why, 0),
    ("picture", r#"GET /api/1/store/?sentry_version=4&sentry_client=raven-js/1.0&sentry_key=KEY&sentry_data=%7B%22event_id%22%3A%22ID%22%7D"#, "", "", 200, "accepted", Picture, 1),
    ("picture without data", "GET /api/1/store/?sentry_key=KEY", "", "", 400, "body_empty", Why, 0),

    // Check-ins by URL
    ("check-in by GET", "GET /api/1/cron/nightly/?sentry_key=KEY&status=ok", "", "", 202, "accepted", Nothing, 0),
    ("check-in with the key in the path", "GET /api/1/cron/nightly/KEY/?status=in_progress", "", "", 202, "accepted", Nothing, 0),
    ("check-in without slash", "POST /api/1/cron/nightly/KEY?status=error&duration=1.5", "", "", 202, "accepted", Nothing, 0),
    ("check-in by POST", "POST /api/1/cron/nightly/KEY/", "content-type: application/json", r#"{"status":"ok"}"#, 202, "accepted", Nothing, 0),
    ("check-in without status", "GET /api/1/cron/nightly/KEY/", "", "", 400, "check_in_invalid", Why, 0),
    ("check-in of nothing", "GET /api/1/cron/a%20b/KEY/?status=ok", "", "", 400, "check_in_invalid", Why, 0),
    ("check-in with two keys", "GET /api/1/cron/nightly/0123456789abcdef0123456789abcdef/?status=ok&sentry_key=KEY", "", "", 400, "key_mismatch", Why, 0),
    ("check-in without key", "GET /api/1/cron/nightly/?status=ok", "", "", 401, "key_missing", Why, 0),

    // What is not taken
    ("minidump", "POST /api/1/minidump/?sentry_key=KEY", "", "MDMP", 403, "item_unsupported", Why, 0),
    ("minidump without slash", "POST /api/1/minidump?sentry_key=KEY", "", "MDMP", 403, "item_unsupported", Why, 0),
    ("unreal", "POST /api/1/unreal/KEY/", "", "x", 403, "item_unsupported", Why, 0),
    ("attachment to an event", "POST /api/1/events/ID/attachments/?sentry_key=KEY", "", "x", 403, "item_unsupported", Why, 0),
    ("feedback outside of an envelope", "POST /api/1/feedback/?sentry_key=KEY", "", "{}", 403, "item_unsupported", Why, 0),
    ("traces of OpenTelemetry", "POST /api/1/integration/otlp/v1/traces/?sentry_key=KEY", "", "{}", 403, "item_unsupported", Why, 0),
    ("upload", "POST /api/1/upload/?sentry_key=KEY", "", "x", 403, "item_unsupported", Why, 0),

    // Methods
    ("GET of an envelope", "GET /api/1/envelope/?sentry_key=KEY", "", "", 405, "method_not_allowed", Why, 0),
    ("PUT of an event", "PUT /api/1/store/?sentry_key=KEY", "", "{}", 405, "method_not_allowed", Why, 0),
    ("DELETE of a check-in", "DELETE /api/1/cron/nightly/KEY/", "", "", 405, "method_not_allowed", Why, 0),
];

/// A case's own event id.
fn id(index: usize) -> String {
    format!(
        "{:032x}",
        0x5e17_0000_0000_0000_0000_0000_0000_0000_u128 + index as u128
    )
}

fn dashed(id: &str) -> String {
    format!(
        "{}-{}-{}-{}-{}",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..]
    )
}

async fn send(server: &Server, index: usize, (_, request, headers, body, ..): &Case) -> Response {
    let basic = BASE64_STANDARD.encode(format!("{}:", server.key));
    let id = id(index);
    let fill = |text: &str| {
        let text = text.replace("BASIC", &basic).replace("KEY", &server.key);
        let text = text
            .replace("DSN", &server.dsn())
            .replace("DASHED", &dashed(&id));
        text.replace("ID", &id)
            .replace("LARGE", &"x".repeat(120_000))
    };
    let (method, path) = request.split_once(' ').unwrap();
    let url = server.url(&fill(path));
    let mut request = Client::new().request(method.parse().unwrap(), url);
    if let Some((name, value)) = headers.split_once(": ") {
        request = request.header(name, fill(value));
    }
    request
        .body(fill(body).replace('|', "\n"))
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn every_case_is_answered_as_the_table_says() {
    let server = Server::start().await;
    assert!(!server.key.contains(OTHER));
    for (index, case) in CASES.iter().enumerate() {
        let (name, _, _, _, status, outcome, says, _) = *case;
        let answer = send(&server, index, case).await;
        assert_eq!(answer.status(), status, "{name}");
        let headers = answer.headers().clone();
        assert_eq!(headers["x-mayfly-outcome"], outcome, "{name}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{name}");
        let exposed = headers["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("x-sentry-rate-limits"), "{name}");
        assert_eq!(headers.contains_key("allow"), status == 405, "{name}");
        let body = answer.bytes().await.unwrap();
        if matches!(says, Picture) {
            assert!(body.starts_with(b"GIF89a"), "{name}");
            continue;
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        match says {
            Id => assert_eq!(body, serde_json::json!({"id": id(index)}), "{name}"),
            SomeId => assert_eq!(body["id"].as_str().map(str::len), Some(32), "{name}"),
            Nothing => assert_eq!(body, serde_json::json!({}), "{name}"),
            Why => {
                assert_eq!(body["causes"], serde_json::json!([outcome]), "{name}");
                assert!(body["detail"].as_str().unwrap().len() > 10, "{name}");
                assert_eq!(headers["x-sentry-error"], outcome, "{name}");
            }
            Picture => unreachable!(),
        }
    }
    server.settle().await;
    for (index, (name, .., rows)) in CASES.iter().enumerate() {
        let count = format!(
            "SELECT count() FROM error_events WHERE event_id = '{}'",
            id(index)
        );
        assert_eq!(server.sql(&count).await, rows.to_string(), "{name}");
    }
}

#[tokio::test]
async fn every_route_answers_a_preflight() {
    let server = Server::start().await;
    for (path, methods) in [
        ("/api/1/envelope/", "POST, OPTIONS"),
        ("/api/1/store/", "GET, POST, OPTIONS"),
        ("/api/store/", "GET, POST, OPTIONS"),
        ("/api/1/security/", "POST, OPTIONS"),
        ("/api/1/csp-report", "POST, OPTIONS"),
        ("/api/1/nel/", "POST, OPTIONS"),
        ("/api/1/cron/nightly/", "GET, POST, OPTIONS"),
        ("/api/1/minidump/", "POST, OPTIONS"),
    ] {
        let request = Client::new().request(reqwest::Method::OPTIONS, server.url(path));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["access-control-allow-methods"], methods);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
    for path in ["/healthz", "/metrics", "/matomo.js"] {
        let answer = server.post(path).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], "GET, HEAD");
        let head = Client::new().head(server.url(path)).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
    }
}

const PAUSE: &str = "86400:attachment;profile;profile_chunk;profile_chunk_ui;replay;metric_bucket;metric;trace_metric:\
    project:not_stored";

#[tokio::test]
async fn what_is_refused_on_principle_is_asked_to_pause_and_costs_no_event() {
    let server = Server::start().await;
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    // Far beyond what a request may carry: the event stands before it and is kept.
    let file = vec![b'x'; 6_000_000];
    for length in [true, false] {
        let stated = match length {
            true => format!(",\"length\":{}", file.len()),
            false => String::new(),
        };
        let mut body =
            format!("{{}}\n{{\"type\":\"event\"}}\n{{}}\n{{\"type\":\"attachment\"{stated}}}\n")
                .into_bytes();
        body.extend(&file);
        let answer = server.post(&path).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    for kind in ["attachment", "profile", "replay_recording", "trace_metric"] {
        let body = format!("{{}}\n{{\"type\":\"event\"}}\n{{}}\n{{\"type\":\"{kind}\"}}\nx\n");
        let answer = server.post(&path).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-sentry-rate-limits"], PAUSE);
    }
    let plain = server.crash("{}").await;
    assert!(!plain.headers().contains_key("x-sentry-rate-limits"));
    // An event that is cut off itself is too large, and says so.
    let large = [
        b"{}\n{\"type\":\"event\"}\n{\"a\":\"".to_vec(),
        vec![b'x'; 6_000_000],
    ]
    .concat();
    let answer = server.post(&path).body(large).send().await.unwrap();
    assert_eq!(answer.status(), 413);
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "7");
}

/// However the bytes arrive, the same items come out.
#[tokio::test]
async fn any_split_into_chunks() {
    let server = Server::start().await;
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let mut seed = 7u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    for round in 0..40 {
        let id = id(round);
        let event = format!("{{\"event_id\":\"{id}\",\"message\":\"line\\nbreak\"}}");
        let mut items = [
            "{\"type\":\"session\"}\n{}\n".to_owned(),
            "{\"type\":\"client_report\",\"length\":5}\n{\n\n\n}\n".to_owned(),
            "{\"type\":\"nonsense\",\"length\":0}\n\n".to_owned(),
        ]
        .to_vec();
        items.insert(
            random(4) as usize,
            format!(
                "{{\"type\":\"event\",\"length\":{}}}\n{event}\n",
                event.len()
            ),
        );
        let mut rest = format!("{{}}\n{}", items.concat()).into_bytes();
        let mut pieces: Vec<Result<Vec<u8>, std::io::Error>> = Vec::new();
        while !rest.is_empty() {
            let at = (1 + random(30) as usize).min(rest.len());
            let tail = rest.split_off(at);
            pieces.push(Ok(std::mem::replace(&mut rest, tail)));
        }
        let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let answer = server.post(&path).body(chunked).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), format!("{{\"id\":\"{id}\"}}"));
    }
    server.settle().await;
    let messages = "SELECT count(), uniqExact(event_id), any(message) FROM error_events";
    assert_eq!(server.sql(messages).await, "40\t40\tline\\nbreak");
}

/// What raven sent ten years ago lands in today's columns.
#[tokio::test]
async fn an_event_of_an_old_client() {
    let server = Server::start().await;
    let event = r#"{"event_id":"ID","project":"1","timestamp":"2014-01-01T00:00:00","level":40,"platform":"Python",
        "culprit":"shop.cart in total","site":"shop","server_name":"web-1","release":7,"tags":[["plan","gold"],["environment","staging"]],
        "sentry.interfaces.Message":{"message":"cart %s of %s","params":[4711,"jane@example.org"]},
        "sentry.interfaces.Exception":{"value":"CartError: empty","module":"shop"},
        "sentry.interfaces.User":{"id":5,"email":"jane@example.org"},
        "sentry.interfaces.Http":{"url":"https://example.org/cart?mail=jane@example.org"}}"#;
    let request = server.post("/api/1/store/").header(
        "x-sentry-auth",
        format!(
            "Sentry sentry_version=3, sentry_client=raven-python/6.10.0, sentry_key={}",
            server.key
        ),
    );
    let answer = request
        .body(event.replace("ID", &id(1)))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    server.settle().await;
    let row = "SELECT level, platform, transaction, message, exception_type, exception_value, release, environment,
        sdk_name, sdk_version, tags, user_key != 0, occurred_at >= now() - INTERVAL 31 DAY FROM error_events";
    assert_eq!(
        server.sql(row).await,
        "error\tpython\tshop.cart in total\tcart 4711 of [email]\tCartError\tempty\t7\tstaging\t\
         raven-python\t6.10.0\t{'plan':'gold','site':'shop'}\t1\t1"
    );
    let leaks = "SELECT count() FROM error_events WHERE payload LIKE '%jane%' OR payload LIKE '%sentry.interfaces%'";
    assert_eq!(server.sql(leaks).await, "0");
}

#[tokio::test]
async fn a_clock_that_is_off_is_corrected() {
    let server = Server::start().await;
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    // The client's clock is a day ahead; it happened ten minutes before it sent.
    let (happened, sent) = (now + 86_400 - 600, now + 86_400);
    let body = format!(
        "{{\"sent_at\":\"{sent}\"}}\n{{\"type\":\"event\"}}\n{{\"timestamp\":{happened},\"message\":\"ahead\"}}"
    );
    assert_eq!(
        server.post(&path).body(body).send().await.unwrap().status(),
        200
    );
    let auth = format!(
        "Sentry sentry_timestamp={}, sentry_key={}",
        now - 7_200,
        server.key
    );
    let store = server.post("/api/1/store/").header("x-sentry-auth", auth);
    let body = format!("{{\"timestamp\":{},\"message\":\"behind\"}}", now - 7_800);
    assert_eq!(store.body(body).send().await.unwrap().status(), 200);
    server.settle().await;
    let off = "SELECT message, abs(dateDiff('second', occurred_at, received_at) - 600) < 60,
        JSONExtractString(payload, 'timestamp') LIKE '20%Z' FROM error_events ORDER BY message";
    assert_eq!(server.sql(off).await, "ahead\t1\t1\nbehind\t1\t1");
}

#[tokio::test]
async fn pages_of_other_origins_can_be_kept_out() {
    let server = Server::start().await;
    server.set("allowed_origins", "*.example.org").await;
    for (origin, status) in [
        (Some("https://shop.example.org"), 200),
        (Some("https://example.net"), 403),
        (None, 200),
    ] {
        let path = format!("/api/1/envelope/?sentry_key={}", server.key);
        let mut request = server.post(&path).body("{}\n{\"type\":\"event\"}\n{}");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
}
