//! Whatever SDKs send beside crash reports: from the request to the row.

use reqwest::Response;

use crate::harness::{Server, captures, signal};

const TRACE: &str = "4c4d8595b7a74eb698510d0e56465b92";

/// An envelope of items, given as their types and payloads.
fn envelope<'t>(items: impl IntoIterator<Item = (&'t str, String)>) -> String {
    let items = items.into_iter().map(|(kind, payload)| {
        let length = payload.len();
        format!("{{\"type\":\"{kind}\",\"length\":{length}}}\n{payload}\n")
    });
    items.fold("{}\n".to_owned(), |body, item| body + &item)
}

/// One item of each kind that has a table of its own, all naming `marker`.
pub fn one_of_each(marker: &str) -> Vec<(&'static str, String)> {
    let attributes = format!(r#"{{"release":"{marker}@1.0","environment":"prod"}}"#);
    vec![
        (
            "session",
            format!(r#"{{"sid":"{TRACE}","init":true,"status":"crashed","duration":2,"attrs":{attributes}}}"#),
        ),
        (
            "log",
            format!(r#"{{"items":[{{"level":"info","body":"{marker} one"}},{{"body":"{marker} two"}}]}}"#),
        ),
        (
            "transaction",
            format!(
                r#"{{"transaction":"{marker}","start_timestamp":1,"timestamp":2,"contexts":{{"trace":
                {{"trace_id":"{TRACE}","span_id":"aaaaaaaaaaaaaaaa","op":"task","status":"ok"}}}},"spans":[
                {{"trace_id":"{TRACE}","span_id":"bbbbbbbbbbbbbbbb","op":"db","description":"SELECT {marker}"}}]}}"#
            ),
        ),
        (
            "user_report",
            format!(r#"{{"event_id":"{TRACE}","comments":"{marker} is empty","email":"jane@example.org"}}"#),
        ),
        (
            "check_in",
            format!(r#"{{"monitor_slug":"{marker}","status":"ok","duration":1.5}}"#),
        ),
        (
            "client_report",
            r#"{"discarded_events":[{"reason":"sample_rate","category":"transaction","quantity":7}]}"#.to_owned(),
        ),
        (
            "security",
            format!(
                r#"{{"csp-report":{{"document-uri":"https://{marker}.example.org/","blocked-uri":"eval",
                "effective-directive":"script-src"}}}}"#
            ),
        ),
    ]
}

pub async fn send<'t>(
    server: &Server,
    items: impl IntoIterator<Item = (&'t str, String)>,
) -> Response {
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    let request = server.post(&path).body(envelope(items));
    request.send().await.unwrap()
}

async fn dropped(server: &Server, kind: &str, reason: &str) -> u64 {
    let name = format!("drops_total{{kind=\"{kind}\",reason=\"{reason}\"}}");
    server.metric(&name).await
}

#[tokio::test]
async fn telemetry_of_every_kind_is_stored_beside_an_event() {
    let server = Server::start().await;
    let event = ("event", r#"{"message":"crash"}"#.to_owned());
    let refused = [
        "attachment",
        "profile",
        "replay_event",
        "statsd",
        "nonsense",
    ];
    let refused = refused.map(|kind| (kind, "{}".to_owned()));
    let items = one_of_each("zebra")
        .into_iter()
        .chain([event])
        .chain(refused);
    let answer = send(&server, items).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().starts_with(r#"{"id":""#));
    server.settle().await;
    for (question, expected) in [
        ("SELECT message FROM error_events", "crash"),
        (
            "SELECT release, environment, started, exited, errored, crashed, timed, duration_ms FROM sessions",
            "zebra@1.0\tprod\t1\t0\t1\t1\t1\t2000",
        ),
        (
            "SELECT level, body FROM logs ORDER BY body",
            "info\tzebra one\ninfo\tzebra two",
        ),
        (
            "SELECT is_transaction, name, op, description, status, duration_ms FROM spans ORDER BY span_id",
            "true\tzebra\ttask\t\tok\t1000\nfalse\t\tdb\tSELECT zebra\t\t0",
        ),
        (
            "SELECT event_id, message, user_key != 0 FROM feedback",
            &format!("{TRACE}\tzebra is empty\t1"),
        ),
        (
            "SELECT monitor_slug, status, duration_ms FROM check_ins",
            "zebra\tok\t1500",
        ),
        (
            "SELECT source, category, reason, quantity FROM outcomes WHERE source = 'client'",
            "client\ttransaction\tsample_rate\t7",
        ),
        (
            "SELECT kind, document_host, blocked, directive FROM security_reports",
            "csp-violation\tzebra.example.org\teval\tscript-src",
        ),
    ] {
        assert_eq!(server.sql(question).await, expected, "{question}");
    }
    assert_eq!(server.metric("items_stored_total{kind=\"log\"}").await, 2);
    for kind in [
        "attachment",
        "profile",
        "replay_event",
        "metric_buckets",
        "unknown_item",
    ] {
        assert_eq!(
            dropped(&server, kind, "item_unsupported").await,
            1,
            "{kind}"
        );
    }
}

/// Every kind in turn is broken: the others are stored all the same.
#[tokio::test]
async fn telemetry_with_one_bad_item_keeps_the_good_ones() {
    let server = Server::start().await;
    let kinds = one_of_each("a").len();
    let kinds_without_own_id = kinds - 1;
    for bad in 0..kinds {
        let mut items = one_of_each(&format!("round{bad}"));
        // The same session again would not count.
        items[0].1 = items[0].1.replace("4c4d", &format!("{bad}c4d"));
        let half = items[bad].1.len() / 2;
        items[bad].1.truncate(half);
        let kind = items[bad].0;
        assert_eq!(send(&server, items).await.status(), 200);
        assert_eq!(dropped(&server, kind, "item_invalid").await, 1, "{kind}");
    }
    server.settle().await;
    let rows = "SELECT (SELECT sum(started) FROM sessions), (SELECT count() FROM logs) / 2, (SELECT count() FROM spans) / 2,
        (SELECT count() FROM feedback), (SELECT count() FROM check_ins), (SELECT sum(quantity) FROM outcomes WHERE source = 'client') / 7,
        (SELECT count() FROM security_reports)";
    let expected = vec![kinds_without_own_id.to_string(); kinds];
    assert_eq!(server.sql(rows).await, expected.join("\t"));

    let alone = send(&server, [("log", "{broken".to_owned())]).await;
    assert_eq!(alone.status(), 400);
    assert_eq!(alone.headers()["x-mayfly-outcome"], "item_invalid");
    let beside_an_event = [
        ("event", "{broken".to_owned()),
        ("check_in", one_of_each("b")[4].1.clone()),
    ];
    let answer = send(&server, beside_an_event).await;
    assert_eq!(answer.headers()["x-mayfly-outcome"], "event_invalid");
    server.settle().await;
    assert_eq!(
        server
            .sql("SELECT count() FROM check_ins WHERE monitor_slug = 'b'")
            .await,
        "1"
    );
}

#[tokio::test]
async fn telemetry_that_clickhouse_did_not_take_survives_a_crash() {
    let server = Server::start().await;
    signal(server.engine_id(), "STOP");
    assert_eq!(send(&server, one_of_each("waiting")).await.status(), 200);
    for kind in [
        "session",
        "log",
        "transaction",
        "span",
        "check_in",
        "security",
    ] {
        let in_spool = format!("items_in_spool{{kind=\"{kind}\"}}");
        assert!(server.metric(&in_spool).await > 0, "{kind}");
    }
    let server = server.kill().await.start().await;
    server.settle().await;
    assert_eq!(
        server.metric("items_recovered_total{kind=\"log\"}").await,
        2
    );
    assert_eq!(server.sql("SELECT count() FROM logs").await, "2");
    assert_eq!(server.sql("SELECT sum(started) FROM sessions").await, "1");
    assert_eq!(server.sql("SELECT count() FROM spans").await, "2");
}

/// Sessions that arrive one by one become one row of their hour.
#[tokio::test]
async fn telemetry_of_sessions_is_summed_by_the_hour() {
    let server = Server::start().await;
    let attributes =
        r#""attrs":{"release":"web@3.1.0","environment":"prod","ip_address":"{{auto}}"}"#;
    for session in 0..5 {
        for state in [
            r#""init":true,"status":"ok""#,
            r#""init":true,"status":"ok","errors":1"#,
            r#""status":"exited","errors":1,"duration":1"#,
        ] {
            let payload = format!(r#"{{"sid":"s{session}","started":1,{state},{attributes}}}"#);
            assert_eq!(send(&server, [("session", payload)]).await.status(), 200);
        }
    }
    let counted = r#"{"aggregates":[{"started":1,"exited":3,"errored":1,"crashed":1}],"#.to_owned();
    send(&server, [("sessions", format!("{counted}{attributes}}}"))]).await;
    server.settle().await;
    let sums = "SELECT release, sum(started), sum(exited), sum(errored), sum(crashed), sum(timed), sum(duration_ms)
        FROM sessions GROUP BY ALL";
    assert_eq!(server.sql(sums).await, "web@3.1.0\t10\t9\t7\t1\t5\t5000");
    server.engine_sql("OPTIMIZE TABLE sessions FINAL");
    assert_eq!(server.sql("SELECT count() FROM sessions").await, "1");
    assert_eq!(server.sql(sums).await, "web@3.1.0\t10\t9\t7\t1\t5\t5000");
}

async fn report(server: &Server, route: &str, content_type: &str, body: &str) -> Response {
    let path = format!("/api/1/{route}/?sentry_key={}", server.key);
    let request = server.post(&path).header("content-type", content_type);
    let request = request.header(
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    );
    request.body(body.to_owned()).send().await.unwrap()
}

#[tokio::test]
async fn telemetry_of_browsers_about_policies_and_networks() {
    let server = Server::start().await;
    let csp = r#"{"csp-report":{"document-uri":"https://example.org/a?mail=jane@example.org","blocked-uri":
        "https://cdn.example.com/x.js?u=jane","violated-directive":"script-src 'self'","disposition":"enforce"}}"#;
    let nel = r#"[{"type":"network-error","age":1,"url":"https://example.org/api?u=jane","body":{"server_ip":"203.0.113.77",
        "type":"tcp.timed_out","phase":"connection","method":"GET","protocol":"h2","status_code":0}}]"#;
    for (route, content_type, body) in [
        ("security", "application/csp-report", csp),
        ("csp-report", "application/json; charset=utf-8", csp),
        ("nel", "application/reports+json", nel),
        (
            "security",
            "application/expect-ct-report+json",
            r#"{"expect-ct-report":{"hostname":"www.example.org"}}"#,
        ),
    ] {
        let answer = report(&server, route, content_type, body).await;
        assert_eq!(answer.status(), 200, "{route} {content_type}");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let answer = report(&server, "security", content_type, csp).await;
        assert_eq!(answer.status(), 415);
        assert_eq!(
            answer.headers()["x-mayfly-outcome"],
            "content_type_unsupported"
        );
    }
    server.settle().await;
    let rows = "SELECT kind, document_host, document_path, directive, blocked, reason, phase, browser, browser_major
        FROM security_reports ORDER BY kind";
    let csp = "csp-violation\texample.org\t/a\tscript-src\tcdn.example.com\t\t\tFirefox\t140";
    assert_eq!(
        server.sql(rows).await,
        [
            csp,
            csp,
            "expect-ct\twww.example.org\t/\t\t\t\t\tFirefox\t140",
            "network-error\texample.org\t/api\t\t\ttcp.timed_out\tconnection\tFirefox\t140",
        ]
        .join("\n")
    );
}

/// The decoded body of a captured request.
fn captured(name: &str) -> Option<String> {
    let path = captures()?
        .join("sentry")
        .join(format!("{name}.decoded.txt"));
    let text = std::fs::read_to_string(path).unwrap();
    text.split_once("\n\n").map(|(_, body)| body.to_owned())
}

#[tokio::test]
async fn telemetry_captured_from_real_clients() {
    let server = Server::start().await;
    let path = format!("/api/1/envelope/?sentry_key={}", server.key);
    for name in ["13-python-logs", "24-node-logs", "39-browser-exception"] {
        let Some(body) = captured(name) else { return };
        let answer = server.post(&path).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name}");
    }
    let csp = captured("49-browser-csp-report").unwrap();
    report(&server, "security", "application/csp-report", &csp).await;
    server.settle().await;
    let logs = "SELECT level, body, release, environment, sdk_name, sdk_version, trace_id,
        attributes['logger.name'], attributes['email'], attributes['ip'], attributes['sentry.message.template']
        FROM logs ORDER BY sdk_name DESC, level";
    let python = "shop@1.4.2\tproduction\tsentry.python.flask\t2.75.0\t4c4d8595b7a74eb698510d0e56465b92\tshop\t\t";
    let node =
        "api@2.0.0\tstaging\tsentry.javascript.node\t11.12.0\t67fcdd6b3b2c42fea2e5fa6e29cc0312";
    assert_eq!(
        server.sql(logs).await,
        [
            format!("error\tboom 3\t{python}\tboom %d"),
            format!("warn\tuser [email] failed\t{python}\tuser %s failed"),
            format!("error\tlogin failed\t{node}\t\t[email]\t203.0.113.0\t"),
            format!("info\tok\t{node}\t\t\t\t"),
        ]
        .join("\n")
    );
    let hosts = "SELECT count() FROM logs WHERE mapContains(attributes, 'server.address')";
    assert_eq!(server.sql(hosts).await, "0");
    assert_eq!(
        server
            .sql("SELECT release, environment, started, errored, unhandled FROM sessions")
            .await,
        "web@3.1.0\tprod\t1\t1\t1"
    );
    assert_eq!(
        server.sql("SELECT document_host, document_path, directive, blocked, source FROM security_reports").await,
        "127.0.0.1:8604\t/konto\tscript-src-elem\tinline\t127.0.0.1:8604/konto"
    );
}

/// A real SDK's sessions, logs and transactions.
#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the SDK's log macro reads the clock"
)]
async fn telemetry_of_the_rust_sdk() {
    let server = Server::start().await;
    let dsn = server.dsn();
    let sent = tokio::task::spawn_blocking(move || {
        let options = sentry::ClientOptions::new()
            .dsn(&dsn)
            .traces_sample_rate(1.0);
        let options = options.session_mode(sentry_core::SessionMode::Application);
        let client = sentry::init(options.release("shop@1.4.2").environment("test"));
        sentry_core::start_session();
        let transaction = sentry::start_transaction(sentry::TransactionContext::new(
            "/users/4711",
            "http.server",
        ));
        transaction
            .start_child(
                "db.query",
                "SELECT 1 FROM t WHERE mail = 'jane@example.org'",
            )
            .finish();
        transaction.finish();
        sentry_core::logger_warn!(plan = "gold", "no cart for {}", "jane@example.org");
        sentry_core::end_session();
        assert!(client.flush(Some(std::time::Duration::from_secs(10))));
    });
    sent.await.unwrap();
    server.settle().await;
    let spans =
        "SELECT is_transaction, name, op, description, release, environment, sdk_name FROM spans
        ORDER BY is_transaction DESC";
    let end = "shop@1.4.2\ttest\tsentry.rust";
    assert_eq!(
        server.sql(spans).await,
        format!(
            "true\t/users/[id]\thttp.server\t\t{end}\nfalse\t\tdb.query\tSELECT ? FROM t WHERE mail = ?\t{end}"
        )
    );
    let logs = "SELECT level, body, release, environment, attributes['plan'] FROM logs";
    assert_eq!(
        server.sql(logs).await,
        "warn\tno cart for [email]\tshop@1.4.2\ttest\tgold"
    );
    let sessions = "SELECT release, environment, sum(started), sum(exited), sum(errored) FROM sessions GROUP BY ALL";
    assert_eq!(server.sql(sessions).await, "shop@1.4.2\ttest\t1\t1\t0");
}
