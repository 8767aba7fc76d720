//! The way of a crash report, from the request to the row.

use std::io::Write;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Body;

use crate::harness::Server;

const EVENT: &str = r#"{"event_id":"0041ab982cb94566912b6befc573088d","platform":"python","level":"error",
    "release":"shop@1.4.2","user":{"id":"4711","email":"jane@example.org","ip_address":"198.51.100.77"},
    "tags":{"plan":"gold"},"exception":{"values":[{"type":"CartError","value":"no cart for jane@example.org",
    "mechanism":{"handled":false},"stacktrace":{"frames":[
        {"filename":"app.py","module":"shop.cart","function":"total","in_app":true,"lineno":7,
         "vars":{"email":"jane@example.org"}}]}}]}}"#;

fn envelope(event: &str) -> String {
    let event = event.replace('\n', " ");
    format!("{{}}\n{{\"type\":\"event\"}}\n{event}\n")
}

#[tokio::test]
async fn a_crash_is_stored_scrubbed_and_grouped() {
    let server = Server::start().await;
    let answer = server.crash(EVENT).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"id":"0041ab982cb94566912b6befc573088d"}"#
    );
    server.settle().await;
    let row = server
        .sql(
            "SELECT event_id, client_ip, exception_type, exception_value, culprit, unhandled, release, level,
                tags['plan'], user_key != 0, group_id != 0, scrubbed['email'] > 0,
                grouping_version, grouping_basis, grouping_key, group_previous NOT IN (0, group_id)
            FROM error_events",
        )
        .await;
    assert_eq!(
        row,
        "0041ab982cb94566912b6befc573088d\t198.51.100.0\tCartError\tno cart for [email]\t\
         shop.cart in total\ttrue\tshop@1.4.2\terror\tgold\t1\t1\t1\t\
         2\tstack\tCartError in total (shop.cart)\t1"
    );
    let payload = server.sql("SELECT payload FROM error_events").await;
    let payload: serde_json::Value = serde_json::from_str(&payload.replace("\\\\", "\\")).unwrap();
    assert_eq!(
        payload["user"].as_object().unwrap().len(),
        1,
        "only the pseudonym is left"
    );
    assert!(!payload.to_string().contains("jane"));
}

#[tokio::test]
async fn every_way_to_present_the_key() {
    let server = Server::start().await;
    let key = &server.key;
    let sentry = format!("Sentry sentry_version=7, sentry_key={key}, sentry_client=test/1");
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:")));
    let plain = server.post("/api/1/envelope/").body(envelope("{}"));
    let dsn = format!(
        "{{\"dsn\":\"{}\"}}\n{{\"type\":\"event\"}}\n{{}}\n",
        server.dsn()
    );
    for (name, request) in [
        (
            "x-sentry-auth",
            plain.try_clone().unwrap().header("x-sentry-auth", &sentry),
        ),
        (
            "authorization",
            plain.try_clone().unwrap().header("authorization", &sentry),
        ),
        (
            "basic",
            plain.try_clone().unwrap().header("authorization", basic),
        ),
        (
            "query",
            plain.try_clone().unwrap().query(&[("sentry_key", key)]),
        ),
        (
            "dsn in the envelope",
            server.post("/api/1/envelope/").body(dsn),
        ),
        (
            "no last slash",
            server
                .post("/api/1/envelope")
                .query(&[("sentry_key", key)])
                .body(envelope("{}")),
        ),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 200, "{name}");
    }
    let unknown = "0123456789abcdef0123456789abcdef";
    for (query, status, outcome) in [
        ("", 401, "key_missing"),
        ("?sentry_key=abc", 400, "key_malformed"),
        (&*format!("?sentry_key={unknown}"), 403, "key_unknown"),
    ] {
        let request = server
            .post(&format!("/api/1/envelope/{query}"))
            .body(envelope("{}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["x-sentry-error"], outcome);
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["causes"], serde_json::json!([outcome]));
    }
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "6");
}

fn packed(encoding: &str, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match encoding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(&mut out, Default::default());
            encoder.write_all(data).unwrap();
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(&mut out, Default::default());
            encoder.write_all(data).unwrap();
        }
        "br" => brotli::CompressorWriter::new(&mut out, 4096, 5, 22)
            .write_all(data)
            .unwrap(),
        "zstd" => out = zstd::encode_all(data, 3).unwrap(),
        _ => out = data.to_vec(),
    }
    out
}

#[tokio::test]
async fn every_encoding_and_chunked() {
    let server = Server::start().await;
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    for encoding in ["identity", "gzip", "deflate", "br", "zstd", "utf-8", ""] {
        let body = packed(encoding, envelope("{}").as_bytes());
        let answer = server
            .post(&path)
            .header("content-encoding", encoding)
            .body(body);
        assert_eq!(answer.send().await.unwrap().status(), 200, "{encoding}");
    }
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> = envelope("{}")
        .as_bytes()
        .chunks(7)
        .map(|piece| Ok(piece.to_vec()))
        .collect();
    let chunked = Body::wrap_stream(futures_util::stream::iter(pieces));
    assert_eq!(
        server
            .post(&path)
            .body(chunked)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );

    let store = format!("/api/1/store/?sentry_key={}", server.key);
    let zlib = BASE64_STANDARD.encode(packed("deflate", EVENT.as_bytes()));
    for body in [EVENT.to_owned(), BASE64_STANDARD.encode(EVENT), zlib] {
        let answer = server.post(&store).body(body).send().await.unwrap();
        assert_eq!(
            answer.text().await.unwrap(),
            r#"{"id":"0041ab982cb94566912b6befc573088d"}"#
        );
    }
    server.settle().await;
    // Seven envelopes, one chunked, and one event three times.
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "9");
}

#[tokio::test]
async fn bad_input_gets_a_named_refusal_and_costs_nothing_else() {
    let server = Server::start().await;
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let bomb = packed("gzip", &vec![b' '; 20_000_000]);
    let large = envelope(&format!("{{\"extra\":\"{}\"}}", "a".repeat(1_100_000)));
    for (encoding, body, status, outcome) in [
        ("identity", b"".to_vec(), 400, "body_empty"),
        ("identity", b"garbage".to_vec(), 400, "envelope_invalid"),
        (
            "identity",
            envelope("{broken").into_bytes(),
            400,
            "event_invalid",
        ),
        ("identity", large.into_bytes(), 413, "event_too_large"),
        ("identity", vec![b'a'; 5_000_000], 413, "body_too_large"),
        ("gzip", b"not gzip".to_vec(), 400, "encoding_broken"),
        ("gzip", bomb, 413, "body_too_large"),
        ("foo", b"{}".to_vec(), 415, "encoding_unsupported"),
    ] {
        let answer = server
            .post(&path)
            .header("content-encoding", encoding)
            .body(body)
            .send()
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer.headers()["x-mayfly-outcome"], outcome);
        assert_eq!(answer.status(), status, "{outcome}");
    }
    assert_eq!(server.get(&path).send().await.unwrap().status(), 405);
    // A malformed value never costs the event, nor an unknown item the envelope.
    let odd = "{\"type\":\"nonsense\"}\nxyz\n{\"type\":\"session\"}\n{}\n{\"type\":\"event\"}\n\
        {\"message\":\"\\ud800\",\"tags\":7,\"exception\":[null,{\"type\":5}],\"timestamp\":NaN,\"user\":[]}\n";
    let answer = server
        .post(&path)
        .body(format!("{{}}\n{odd}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "1");
    let unsupported = "drops_total{kind=\"unknown_item\",reason=\"item_unsupported\"}";
    assert_eq!(server.metric(unsupported).await, 1);
    assert_eq!(
        server
            .metric("drops_total{kind=\"session\",reason=\"session_unchanged\"}")
            .await,
        1
    );
}

#[tokio::test]
async fn the_affected_address_is_masked_wherever_it_comes_from() {
    let server = Server::start().await;
    for (user, settings) in [
        (r#"{"ip_address":"{{auto}}"}"#, "{}"),
        ("null", r#"{"settings":{"infer_ip":"auto"}}"#),
        (r#"{"ip_address":"2001:db8:1:2:3:4:5:6"}"#, "{}"),
        ("{}", r#"{"settings":{"infer_ip":"never"}}"#),
    ] {
        let event = format!(
            r#"{{"platform":"javascript","user":{user},"sdk":{settings},
            "request":{{"env":{{"REMOTE_ADDR":"203.0.113.77"}},"headers":{{"X-Forwarded-For":"203.0.113.77"}}}}}}"#
        );
        assert_eq!(server.crash(&event.replace('\n', "")).await.status(), 200);
    }
    server.settle().await;
    let addresses =
        "SELECT client_ip, count() FROM error_events GROUP BY client_ip ORDER BY client_ip";
    assert_eq!(
        server.sql(addresses).await,
        "\t1\n2001:db8:1:2::\t1\n203.0.113.0\t2"
    );
    let leaks = "SELECT count() FROM error_events WHERE payload LIKE '%203.0.113.77%' OR payload LIKE '%:3:4:5:6%'";
    assert_eq!(server.sql(leaks).await, "0");
}

#[tokio::test]
async fn browsers_may_ask_first() {
    let server = Server::start().await;
    let asked =
        reqwest::Client::new().request(reqwest::Method::OPTIONS, server.url("/api/1/envelope/"));
    let answer = asked
        .header("origin", "https://shop.example.org")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("x-sentry-auth")
    );
}
