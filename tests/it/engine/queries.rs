//! Reading: formats, parameters, settings, errors, streaming, cancellation.

use std::time::{Duration, Instant};

use clickhouse::Row;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::{Engine, encoded, send};

#[tokio::test]
async fn a_result_comes_with_the_headers_of_a_server() {
    let engine = Engine::start().await;
    let reply = engine
        .post("/?query_id=abc&default_format=JSON", "SELECT 1 AS a")
        .await;
    assert_eq!(
        (reply.status, reply.json()["data"][0]["a"].as_u64()),
        (200, Some(1))
    );
    assert_eq!(reply.header("x-clickhouse-query-id"), "abc");
    assert_eq!(reply.header("x-clickhouse-format"), "JSON");
    assert_eq!(reply.header("x-clickhouse-timezone"), "UTC");
    assert_eq!(
        reply.header("content-type"),
        "application/json; charset=UTF-8"
    );
    let summary: serde_json::Value =
        serde_json::from_str(reply.header("x-clickhouse-summary")).unwrap();
    assert_eq!(summary["read_rows"], "1");

    let reply = engine.post("/", "SELECT 1 AS a FORMAT CSVWithNames").await;
    assert_eq!(reply.text(), "\"a\"\n1\n");
    assert_eq!(
        reply.header("content-type"),
        "text/csv; charset=UTF-8; header=present"
    );
    let get = send(
        engine.socket(),
        "GET",
        "/?query=SELECT+2",
        &[("x-clickhouse-format", "Values")],
        "".into(),
    );
    assert_eq!(get.await.text(), "(2)");
    for target in ["/ping", "/replicas_status", "/"] {
        let reply = send(engine.socket(), "GET", target, &[], "".into()).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, "Ok.\n"));
    }
    assert_eq!(
        send(engine.socket(), "GET", "/nope", &[], "".into())
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn errors_have_code_name_version_and_status() {
    let engine = Engine::start().await;
    let cases = [
        ("/", "SELEC 1", 400, 62, "SYNTAX_ERROR"),
        ("/", "", 400, 62, "SYNTAX_ERROR"),
        ("/", "exit", 400, 62, "SYNTAX_ERROR"),
        ("/", "SELECT 1; SELECT 2", 400, 62, "SYNTAX_ERROR"),
        ("/", "SELECT * FROM nope", 404, 60, "UNKNOWN_TABLE"),
        ("/?database=nope", "SELECT 1", 404, 81, "UNKNOWN_DATABASE"),
        ("/?nope=1", "SELECT 1", 404, 115, "UNKNOWN_SETTING"),
        ("/?no%20pe=1", "SELECT 1", 400, 36, "BAD_ARGUMENTS"),
        ("/", "SELECT nope", 404, 47, "UNKNOWN_IDENTIFIER"),
        ("/", "SELECT 1 FORMAT Nope", 404, 73, "UNKNOWN_FORMAT"),
        (
            "/",
            "SELECT throwIf(1)",
            500,
            395,
            "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
        ),
        ("/", "CREATE USER x", 403, 497, "ACCESS_DENIED"),
        ("/?readonly=1", "CREATE DATABASE x", 403, 164, "READONLY"),
        (
            "/?max_execution_time=1",
            "SELECT count() FROM numbers(1e12) WHERE sipHash64(number) = 1",
            408,
            159,
            "TIMEOUT_EXCEEDED",
        ),
        ("/?session_id=a", "SELECT 1", 501, 48, "NOT_IMPLEMENTED"),
    ];
    for (target, sql, status, code, name) in cases {
        let reply = engine.post(target, sql).await;
        let text = reply.text();
        assert_eq!(
            (reply.status, reply.header("x-clickhouse-exception-code")),
            (status, code.to_string().as_str()),
            "{sql}: {text}"
        );
        assert!(
            text.starts_with(&format!("Code: {code}. DB::Exception: ")),
            "{text}"
        );
        assert!(
            text.contains(&format!("({name}) (version 2")) && text.ends_with(")\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn parameters_come_by_url_and_by_form() {
    let engine = Engine::start().await;
    let nasty = "'; DROP TABLE x; -- \\\\ ü";
    let target = format!("/?param_a={}&param_b=7", encoded(nasty));
    let reply = engine
        .post(
            &target,
            "SELECT {a:String}, {b:UInt8} + 1 FORMAT JSONCompact",
        )
        .await;
    assert_eq!(reply.json()["data"][0][0], "'; DROP TABLE x; -- \\ ü");
    assert_eq!(reply.json()["data"][0][1], 8);

    let form = "--X\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT {t:Identifier} FROM (SELECT {n:Int64} AS c)\r\n\
        --X\r\nContent-Disposition: form-data; name=\"param_n\"\r\n\r\n-5\r\n\
        --X\r\nContent-Disposition: form-data; name=\"param_t\"\r\n\r\nc\r\n--X--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=X")];
    let reply = send(
        engine.socket(),
        "POST",
        "/?default_format=CSV",
        &kind,
        form.into(),
    )
    .await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "-5\n"));
    let cut = form[..form.len() - 9].to_owned();
    assert_eq!(
        send(engine.socket(), "POST", "/", &kind, cut.into())
            .await
            .status,
        500
    );
    let missing = engine.post("/", "SELECT {a:String}").await;
    assert!(
        missing.text().starts_with("Code: 456."),
        "{}",
        missing.text()
    );
}

#[tokio::test]
async fn settings_and_database_end_with_their_request() {
    let engine = Engine::start_with(|options| options.connections_max = 1).await;
    let ask = "SELECT getSetting('max_block_size'), currentDatabase(), getSetting('readonly')";
    let before = engine.sql(ask).await;
    for _ in 0..3 {
        let reply = engine
            .post("/?max_block_size=77&database=system&readonly=2", ask)
            .await;
        assert_eq!(reply.text(), "77\tsystem\t2\n");
        assert_eq!(
            engine
                .post("/?max_block_size=5", "SELECT nope")
                .await
                .status,
            404
        );
        engine.sql("SET max_block_size = 99").await;
        engine.sql("USE system").await;
        engine.sql("CREATE TEMPORARY TABLE t (a Int8)").await;
        assert_eq!(engine.sql(ask).await, before);
        assert_eq!(engine.post("/", "SELECT * FROM t").await.status, 404);
    }
    let value = "it's \\ \"quoted\"";
    let reply = engine
        .post(
            &format!(
                "/?log_comment=x&format_csv_null_representation={}",
                encoded(value)
            ),
            "SELECT getSetting('format_csv_null_representation') FORMAT TSVRaw",
        )
        .await;
    assert_eq!(reply.text().trim_end(), value);
}

/// Each format that the engine both writes and reads: a result of several blocks is one document.
#[tokio::test]
async fn every_format_streams_one_document() {
    let engine = Engine::start().await;
    engine
        .sql("CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
        .await;
    let formats = engine
        .sql("SELECT name FROM system.formats WHERE is_output AND is_input AND name NOT IN \
            ('Template', 'AvroConfluent', 'CustomSeparatedIgnoreSpaces', 'CapnProto', 'RawBLOB', 'LineAsString', 'LineAsStringWithNames', \
             'LineAsStringWithNamesAndTypes', 'Npy', 'Protobuf', 'ProtobufSingle', 'JSONAsString', 'JSONAsObject', 'Hash', 'MySQLWire', 'GeoJSON', 'Buffers', 'PNG') ORDER BY name")
        .await;
    let formats: Vec<&str> = formats.lines().collect();
    assert!(formats.len() > 40, "{formats:?}");
    for format in formats {
        let query = format!(
            "SELECT number AS a, toString(number) AS b FROM numbers(100000) FORMAT {format}"
        );
        let reply = engine
            .post(
                "/?max_block_size=20000&output_format_parquet_row_group_size=30000",
                query,
            )
            .await;
        assert_eq!(reply.status, 200, "{format}: {}", reply.text());
        let target = format!(
            "/?query={}",
            encoded(&format!("INSERT INTO t FORMAT {format}"))
        );
        let reply = engine.post(&target, reply.body).await;
        assert_eq!(reply.status, 200, "{format}: {}", reply.text());
        let sum = engine
            .sql("SELECT count(), sum(a), uniqExact(b) FROM t")
            .await;
        assert_eq!(sum, "100000\t4999950000\t100000", "{format}");
        engine.sql("TRUNCATE TABLE t").await;
    }
}

#[derive(Row, Deserialize)]
struct Number {
    number: u64,
}

#[tokio::test]
async fn the_clickhouse_crate_reads_streams_and_sees_late_errors() {
    let engine = Engine::start().await;
    let client = engine.clickhouse();
    let one: u64 = client
        .query("SELECT {n:UInt64} + ?")
        .param("n", 40)
        .bind(2)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(one, 42);

    let mut cursor = client
        .query("SELECT ?fields FROM numbers(3000000)")
        .fetch::<Number>()
        .unwrap();
    let mut sum = 0;
    while let Some(row) = cursor.next().await.unwrap() {
        sum += row.number;
    }
    assert_eq!(sum, 3_000_000 * 2_999_999 / 2);

    let failing =
        "SELECT number + throwIf(number = 2000000)::UInt64 AS number FROM numbers(3000000)";
    let mut cursor = client
        .query(failing)
        .with_setting("max_block_size", "10000")
        .fetch::<Number>()
        .unwrap();
    let mut rows = 0;
    let error = loop {
        match cursor.next().await {
            Ok(Some(_)) => rows += 1,
            Ok(None) => panic!("the end came without an error"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("Code: 395"), "{error}");
    assert!(
        rows > 0 && rows <= 2_000_000,
        "{rows} rows came before the error"
    );
    let missing = client
        .query("SELECT * FROM nope")
        .execute()
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("Code: 60"), "{missing}");
}

#[tokio::test]
async fn a_late_error_ends_the_body_with_the_exception_and_breaks_the_transfer() {
    let engine = Engine::start().await;
    let sql = "SELECT number, throwIf(number = 2000000) FROM numbers(3000000) FORMAT CSV SETTINGS max_block_size=10000";
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{sql}",
        sql.len()
    );
    // A reader that is behind still gets the text.
    let mut stream = UnixStream::connect(engine.socket()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = vec![0; 1 << 20];
    stream.read_exact(&mut reply).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _ = stream.read_to_end(&mut reply).await;
    let text = String::from_utf8_lossy(&reply);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"));
    let tag = text
        .lines()
        .find_map(|line| line.strip_prefix("x-clickhouse-exception-tag: "))
        .unwrap();
    assert!(text.contains(&format!("\r\n__exception__\r\n{tag}\r\nCode: 395. ")));
    assert!(
        !text.ends_with("\r\n0\r\n\r\n"),
        "the chunked body must not look complete"
    );

    let reply = engine.post("/?wait_end_of_query=1", sql).await;
    assert_eq!(
        (reply.status, reply.header("x-clickhouse-exception-code")),
        (500, "395")
    );
    let whole = engine
        .post(
            "/?wait_end_of_query=1",
            "SELECT number FROM numbers(2000000)",
        )
        .await;
    assert_eq!(whole.text().lines().count(), 2_000_000);
    assert_eq!(whole.header("content-length"), whole.body.len().to_string());
}

/// Waits until nothing runs any more, and says how long it took.
async fn until_idle(engine: &Engine) -> Duration {
    let begun = Instant::now();
    while engine.running().await > 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "a statement runs on"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_leaving_client_stops_its_query() {
    let engine = Engine::start_with(|options| options.connections_max = 2).await;
    let silent = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1";
    let sleeping = "SELECT sleepEachRow(1), number FROM numbers(200) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0";
    let endless = "SELECT number FROM system.numbers";
    let own_comment = "SELECT count() FROM system.numbers WHERE sipHash64(number) = 1 SETTINGS log_comment = 'mine'";
    for sql in [silent, sleeping, endless, own_comment] {
        let mut stream = UnixStream::connect(engine.socket()).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{sql}",
            sql.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(engine.running().await, 1, "{sql}");
        drop(stream);
        let took = until_idle(&engine).await;
        assert!(took < Duration::from_secs(3), "{sql}: {took:?}");
    }
}

#[tokio::test]
async fn a_slow_reader_slows_the_engine_instead_of_filling_memory() {
    let engine = Engine::start().await;
    let resident = || {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", engine.process_id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            / 1024
    };
    let mut stream = UnixStream::connect(engine.socket()).await.unwrap();
    let sql = "SELECT repeat('x', 1000) FROM system.numbers";
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{sql}",
        sql.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut some = vec![0; 1 << 20];
    stream.read_exact(&mut some).await.unwrap();
    // The pipeline fills its own buffers first (blocks of 65 MB here); then it must stand still.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = resident();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = resident();
    assert!(after < before + 64, "{before} MiB grew to {after} MiB");
    stream.read_exact(&mut some).await.unwrap();
    drop(stream);
    until_idle(&engine).await;
}

#[tokio::test]
async fn several_queries_run_at_once_and_more_wait() {
    let engine = Engine::start_with(|options| options.connections_max = 2).await;
    let sleep = || engine.sql("SELECT sleep(2)");
    let begun = Instant::now();
    tokio::join!(sleep(), sleep());
    let two = begun.elapsed();
    assert!(
        two < Duration::from_millis(3800),
        "one after the other: {two:?}"
    );
    let begun = Instant::now();
    tokio::join!(sleep(), sleep(), sleep());
    assert!(
        begun.elapsed() >= Duration::from_millis(3900),
        "the third did not wait"
    );
}

#[tokio::test]
async fn a_grafana_data_source_is_served() {
    let engine = Engine::start().await;
    let target = "/?default_format=JSON&add_http_cors_header=1&max_result_rows=1000&database=system&user=default&password=";
    let headers = [
        ("origin", "http://localhost:3000"),
        ("content-type", "text/plain"),
    ];
    let sql = "SELECT toUInt64(1700000000) * 1000 AS t, 3 AS v FROM one";
    let reply = send(engine.socket(), "POST", target, &headers, sql.into()).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (200, "*")
    );
    assert_eq!(reply.json()["data"][0]["t"], 1_700_000_000_000_u64);
    assert_eq!(reply.json()["rows"], 1);
    let reply = send(engine.socket(), "OPTIONS", "/", &headers, "".into()).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-methods")),
        (204, "POST, GET, OPTIONS")
    );
}

#[tokio::test]
async fn curl_reads_and_writes() {
    let engine = Engine::start().await;
    let curl = |arguments: &[&str]| {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--fail-with-body", "--unix-socket"])
            .arg(engine.socket())
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let create = "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a";
    assert_eq!(curl(&["http://x/", "-d", create]), (true, String::new()));
    let rows = [
        "http://x/?query=INSERT+INTO+t+FORMAT+CSV",
        "--data-binary",
        "1\n2\n",
    ];
    assert!(curl(&rows).0);
    assert_eq!(
        curl(&["http://x/?query=SELECT+sum(a)+FROM+t"]),
        (true, "3\n".to_owned())
    );
    let (ok, text) = curl(&["http://x/", "-d", "SELECT"]);
    assert!(!ok && text.starts_with("Code: 62."), "{text}");
    // GET only reads, as on a server.
    let (ok, text) = curl(&["-G", "http://x/", "--data-urlencode", "query=DROP TABLE t"]);
    assert!(!ok && text.starts_with("Code: 164."), "{text}");
}
