//! Unchanged clients through the real server into the real engine and back.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio::process::Command;

use self::matrix::{add_up_client_reports, assert_nothing_personal, assert_stored};
use crate::harness::{Server, captures, tables};

#[path = "clients/matrix.rs"]
mod matrix;

/// Runs a sender of `scripts/clients.sh` with all its scenarios and returns its report.
async fn run(server: &Server, sender: &str, marker: &str) -> Value {
    run_scenario(server, sender, marker, "all").await
}

async fn run_scenario(server: &Server, sender: &str, marker: &str, scenario: &str) -> Value {
    let (ended_well, report) = run_to_its_end(server, sender, marker, scenario).await;
    assert!(ended_well, "{sender}: {report}\n{}", server.log());
    report
}

/// A sender whose requests are partly refused.
async fn run_refused(server: &Server, sender: &str, marker: &str, scenario: &str) -> Value {
    let (ended_well, report) = run_to_its_end(server, sender, marker, scenario).await;
    assert!(!ended_well, "{sender}: nothing was refused");
    report
}

/// Whether every reply was a good one, and the report.
async fn run_to_its_end(
    server: &Server,
    sender: &str,
    marker: &str,
    scenario: &str,
) -> (bool, Value) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/clients.sh");
    let (dsn, url) = (server.dsn(), server.url(""));
    let mut arguments = vec!["run", sender, "--marker", marker, "--scenario", scenario];
    // One for each sender: sessions are stored as sums for each release.
    let release = format!("{sender}@1.4.2");
    if sender.contains("matomo") || sender.contains("piwik") {
        arguments.extend(["--server", &url, "--site", "1"]);
    } else {
        arguments.extend(["--dsn", &dsn, "--release", &release]);
    }
    let output = Command::new(script).args(&arguments).output();
    let output = output.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = text
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok());
    let report = report.unwrap_or_else(|| panic!("{sender}: no report\n{text}{errors}"));
    if !output.status.success() {
        // Nextest shows it beside a failure; not every failure of a sender is one of the test.
        std::io::Write::write_all(&mut std::io::stderr(), errors.as_bytes()).unwrap();
    }
    (output.status.success(), report)
}

/// What a sender must have reported: its client's version and the kinds of items, in alphabetical order.
struct Sends(&'static str, &'static str, &'static str);

/// Runs senders against one server and compares what they report with what is stored.
async fn compare(senders: &[Sends]) {
    let server = Server::start().await;
    let mut reports = Vec::new();
    for (number, Sends(sender, ..)) in senders.iter().enumerate() {
        // A leak names its sender by the marker.
        let marker = format!("zebra{}", 71 + number);
        reports.push(run(&server, sender, &marker).await);
    }
    server.settle().await;
    add_up_client_reports(&mut reports);
    for (Sends(sender, version, kinds), report) in senders.iter().zip(&reports) {
        assert_eq!(report["version"], *version, "{sender}");
        let items = report["sent"].as_array().unwrap().iter();
        let sent: BTreeSet<_> = items.map(|item| item["kind"].as_str().unwrap()).collect();
        let sent = sent.into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(sent, *kinds, "{sender}");
        assert_stored(&server, sender, report).await;
    }
}

#[tokio::test]
async fn clients_in_python_for_sentry() {
    let current = "check_in client_report exception log message session span";
    compare(&[
        Sends("python-sentry-br", "2.75.0", current),
        Sends("python-sentry-gzip", "2.75.0", current),
        Sends("python-sentry-plain", "2.75.0", current),
        Sends(
            "python-sentry-1.0",
            "1.0.0",
            "exception message session span",
        ),
        Sends("python-sentry-oldest", "0.5.5", "exception message"),
        Sends("python-raven", "6.10.0", "exception message"),
    ])
    .await;
}

#[tokio::test]
async fn clients_in_node_for_sentry() {
    let current = "check_in client_report exception feedback log message session span";
    let seven = "check_in exception message session span";
    compare(&[
        Sends("node-sentry", "11.12.0", current),
        Sends("node-sentry-7", "7.120.4", seven),
        Sends("node-sentry-5", "5.0.0", "exception message"),
        Sends("node-sentry-4", "4.0.0", "exception message"),
        Sends("node-raven", "2.6.4", "exception message"),
    ])
    .await;
}

#[tokio::test]
async fn clients_in_browsers_for_sentry() {
    let current = "client_report exception feedback log message security session span";
    let seven = "client_report exception message security session span user_report";
    let oldest = "exception message security";
    compare(&[
        Sends("browser-sentry", "11.12.0", current),
        Sends("browser-sentry-7", "7.120.4", seven),
        Sends("browser-sentry-5", "5.0.0", oldest),
        Sends("browser-sentry-4", "4.6.6", oldest),
        Sends("browser-raven", "3.27.2", oldest),
    ])
    .await;
}

#[tokio::test]
async fn clients_in_ruby_and_shell_for_sentry() {
    let ruby = "client_report exception message session span";
    compare(&[
        Sends("ruby-sentry", "5.3.0", ruby),
        Sends("ruby-raven", "3.1.2", "exception message"),
        Sends("sentry-cli", "3.8.0", "check_in message"),
        Sends("sentry-cli-1", "1.77.2", "check_in message"),
    ])
    .await;
}

const ALL_ACTIONS: &str = "cart content_impression content_interaction download event goal order outlink pageview ping search";

#[tokio::test]
async fn clients_on_servers_for_matomo() {
    compare(&[
        Sends("python-matomopy", "0.1.0", ALL_ACTIONS),
        Sends(
            "python-piwikapi",
            "0.3",
            "cart download goal order outlink pageview",
        ),
        Sends("node-matomo", "2.2.4", ALL_ACTIONS),
    ])
    .await;
}

#[tokio::test]
async fn clients_in_browsers_for_matomo() {
    compare(&[Sends("browser-matomo", "1.65.1", ALL_ACTIONS)]).await;
}

/// What this server refuses on principle an SDK sends once; what it takes goes on, errors above all.
#[tokio::test]
async fn sdks_stop_sending_what_is_refused_and_nothing_else() {
    // sentry-python samples transactions down to a thousandth while any limit holds: it is not asked.
    for (sender, times) in [("node-sentry", 1), ("python-sentry-gzip", 3)] {
        let server = Server::start().await;
        let report = run_scenario(&server, sender, "zebra77", "refused-kinds").await;
        server.settle().await;
        let sent = report["sent"].as_array().unwrap().iter();
        // But for its sessions, which it is not asked to keep to itself.
        assert_eq!(sent.filter(|item| item["kind"] != "session").count(), 3);
        assert_eq!(server.sql("SELECT count() FROM error_events").await, "3");
        let received = |kind: &str| format!("items_received_total{{kind=\"{kind}\"}}");
        for kind in [
            "transaction",
            "log",
            "span",
            "feedback",
            "check_in",
            "user_report",
        ] {
            assert_eq!(server.metric(&received(kind)).await, 3, "{sender}: {kind}");
        }
        for kind in [
            "attachment",
            "profile",
            "profile_chunk",
            "replay_event",
            "trace_metric",
        ] {
            let count = server.metric(&received(kind)).await;
            // One category may stand for two kinds, and the first answer already names all.
            assert!(
                count <= times && (times == 1 || count == times),
                "{sender}: {kind} {count}"
            );
        }
        assert_nothing_personal(&server, sender, &report).await;
    }
}

/// Over its limit an SDK keeps errors to itself and goes on with the rest.
#[tokio::test]
async fn sdks_obey_the_limit_of_a_category() {
    for sender in ["python-sentry-gzip", "node-sentry"] {
        let server = Server::start().await;
        let errors = r#"{"error":{"per_hour":3}}"#;
        server.set("limits.only", errors).await;
        let report = run_refused(&server, sender, "zebra77", "quota").await;
        server.settle().await;
        let count = async |table: &str| server.sql(&format!("SELECT count() FROM {table}")).await;
        assert_eq!(count("error_events").await, "3", "{sender}");
        // Ten were captured; the fourth was refused, and no other was sent after it.
        assert_eq!(
            server.metric("items_received_total{kind=\"error\"}").await,
            4,
            "{sender}"
        );
        let statuses = report["statuses"].as_array().unwrap();
        let refused = statuses.iter().filter(|status| **status == 429).count();
        assert_eq!(refused, 1, "{sender}: {statuses:?}");
        assert_eq!(count("logs").await, "1", "{sender}");
        let sessions =
            format!("SELECT sum(exited) > 0 FROM sessions WHERE release = '{sender}@1.4.2'");
        assert_eq!(server.sql(&sessions).await, "1", "{sender}");
        assert_nothing_personal(&server, sender, &report).await;
    }
}

#[tokio::test]
async fn the_rust_sdk() {
    let server = Server::start().await;
    let dsn = server.dsn();
    let id = tokio::task::spawn_blocking(move || {
        let options = sentry::ClientOptions::new().dsn(&dsn);
        let client = sentry::init(options.release("shop@1.4.2"));
        sentry::configure_scope(|scope| {
            scope.set_user(Some(sentry::User {
                email: Some("zebra77@example.org".into()),
                ..Default::default()
            }));
        });
        let id = sentry::integrations::anyhow::capture_anyhow(&anyhow::anyhow!(
            "no cart for zebra77@example.org"
        ));
        assert!(client.flush(Some(std::time::Duration::from_secs(10))));
        id
    });
    let id = id.await.unwrap().simple().to_string();
    server.settle().await;
    let row =
        "SELECT event_id, exception_value, release, sdk_name, user_key != 0 FROM error_events";
    assert_eq!(
        server.sql(row).await,
        format!("{id}\tno cart for [email]\tshop@1.4.2\tsentry.rust\t1")
    );
    assert_eq!(
        server
            .sql("SELECT count() FROM error_events WHERE payload LIKE '%zebra77%'")
            .await,
        "0"
    );
}

/// The byte-exact requests of real clients, sent as they were.
#[tokio::test]
async fn captured_requests() {
    let Some(captures) = captures() else { return };
    let server = Server::start().await;
    for protocol in ["matomo", "sentry"] {
        for entry in std::fs::read_dir(captures.join(protocol)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "http")
            {
                let status = replay(&server, &std::fs::read(&path).unwrap()).await;
                let expected = if path.to_string_lossy().contains("sourcemaps") {
                    "404"
                } else {
                    "20"
                };
                assert!(
                    status.contains(&format!(" {expected}")),
                    "{}: {status}",
                    path.display()
                );
            }
        }
    }
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "3");
    let kinds = "SELECT kind, count() FROM analytics_events GROUP BY kind ORDER BY kind";
    assert_eq!(
        server.sql(kinds).await,
        "content_impression\t1\nevent\t3\npageview\t3\nping\t1"
    );
    for table in tables() {
        let rows = server
            .sql(&format!("SELECT * FROM {table} FORMAT JSONEachRow"))
            .await;
        for personal in [
            "jane",
            "203.0.113.77",
            "4111111111111111",
            "DE89370400440532013000",
            "hunter2",
        ] {
            assert!(!rows.contains(personal), "{personal} in {table}");
        }
    }
}

/// Sends a captured request to project 1 of this server and returns the status line.
async fn replay(server: &Server, captured: &[u8]) -> String {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let end = memchr::memmem::find(captured, b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&captured[..end]).into_owned();
    let project = regex::Regex::new(r"idsite=\d+")
        .unwrap()
        .replace_all(&head, "idsite=1");
    let project = regex::Regex::new(r"/api/\d{1,3}/")
        .unwrap()
        .replace(&project, "/api/1/");
    let key = regex::Regex::new(r"sentry_key=[0-9a-f]{32}").unwrap();
    let head = key
        .replace(&project, format!("sentry_key={}", server.key))
        .into_owned();
    let body = regex::bytes::Regex::new(r"idsite=\d").unwrap();
    let body = body
        .replace_all(&captured[end..], &b"idsite=1"[..])
        .into_owned();
    let stream = tokio::net::TcpStream::connect(&server.address)
        .await
        .unwrap();
    let (reader, mut writer) = stream.into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    writer.write_all(&body).await.unwrap();
    let mut status = String::new();
    BufReader::new(reader).read_line(&mut status).await.unwrap();
    status
}
