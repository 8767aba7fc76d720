//! A ClickHouse that is not inside: over TLS, and one that is too old.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::engine_process::{EngineProcess, Killed};
use crate::harness::Setup;

/// An engine of our own as the server, behind a TLS proxy whose certificate only the test trusts.
#[tokio::test]
async fn a_server_behind_tls() {
    let place = tempfile::tempdir().unwrap();
    let engine = EngineProcess::start(place.path());
    let certificate = place.path().join("certificate.pem");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .arg("-keyout")
        .arg(place.path().join("key.pem"))
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success());
    let mut proxy = Killed(
        Command::new("python3")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/it/tls_proxy.py"
            ))
            .args([
                &certificate,
                &place.path().join("key.pem"),
                &engine.socket(),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut port = String::new();
    BufReader::new(proxy.0.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();

    let url = format!("https://localhost:{}", port.trim());
    let server = Setup::default()
        .set("CLICKHOUSE__URL", &url)
        .environment("SSL_CERT_FILE", certificate.to_str().unwrap())
        .start()
        .await;
    server.hit("action_name=far").await;
    server.crash(r#"{"message":"away"}"#).await;
    server.settle().await;
    assert_eq!(
        server.sql("SELECT title FROM analytics_events").await,
        "far"
    );
    assert_eq!(server.sql("SELECT message FROM error_events").await, "away");
    let written = server
        .sql_as(&server.token, "DROP TABLE error_events")
        .await;
    assert!(written.status().is_client_error());
}

/// Debian's ClickHouse is from 2018.
#[tokio::test]
async fn a_server_that_is_too_old_is_refused_with_the_version_needed() {
    let place = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let path = place.path().display();
    std::fs::copy(
        "/etc/clickhouse-server/users.xml",
        place.path().join("users.xml"),
    )
    .unwrap();
    let config = format!(
        "<yandex><logger><level>error</level><log>{path}/log</log><errorlog>{path}/errors</errorlog></logger>
        <http_port>{port}</http_port><listen_host>127.0.0.1</listen_host><path>{path}/data/</path>
        <tmp_path>{path}/tmp/</tmp_path><users_config>users.xml</users_config><mark_cache_size>1000000</mark_cache_size>
        <default_profile>default</default_profile><default_database>default</default_database></yandex>"
    );
    let file = place.path().join("config.xml");
    std::fs::write(&file, config).unwrap();
    let _old = Killed(
        Command::new("clickhouse-server")
            .arg(format!("--config-file={}", file.display()))
            .current_dir(place.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(place.path().join("mayfly"))
        .env(
            "MAYFLY__CLICKHOUSE__URL",
            format!("http://127.0.0.1:{port}"),
        )
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("ClickHouse 18.16.1 is too old: Mayfly needs 24.8 or newer"),
        "{text}"
    );
}
