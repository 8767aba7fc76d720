//! What SQL cannot do here.

use std::path::Path;

use super::{Engine, encoded};

async fn judged(engine: &Engine, sql: &str) -> serde_json::Value {
    engine
        .post("/?mayfly_classify=1", sql.to_owned())
        .await
        .json()
}

#[tokio::test]
async fn the_engines_parser_judges_statements() {
    let engine = Engine::start().await;
    let reads = [
        "SELECT 1",
        "select 1;",
        "WITH 1 AS x SELECT x",
        "(SELECT 1) UNION ALL SELECT 2",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "DESCRIBE TABLE system.one",
        "EXISTS TABLE x",
        "-- note\nSELECT 'INSERT'",
        "SELECT 1 FORMAT JSON",
    ];
    for sql in reads {
        assert_eq!(judged(&engine, sql).await["reads_only"], true, "{sql}");
    }
    let others = [
        ("INSERT INTO t VALUES (1)", "mutating"),
        ("INSERT INTO t SELECT 1", "mutating"),
        ("ALTER TABLE t DELETE WHERE 1", "mutating"),
        ("DROP TABLE t", "mutating"),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", "mutating"),
        ("OPTIMIZE TABLE t", "mutating"),
        ("CREATE FUNCTION f AS a -> a", "mutating_global"),
        ("GRANT SELECT ON *.* TO x", "mutating_global"),
        ("SYSTEM FLUSH LOGS", "control"),
        ("SET a = 1", "control"),
        ("USE x", "control"),
        ("KILL QUERY WHERE 1", "control"),
        ("INSERT INTO FUNCTION file('x') SELECT 1", "control"),
        ("EXECUTE AS x SELECT 1", "control"),
        ("exit", "unknown"),
        ("\\i /etc/passwd", "unknown"),
        ("SELEC 1", "unknown"),
        ("", "unknown"),
        ("SELECT 1; DROP TABLE t", "mutating"),
    ];
    for (sql, class) in others {
        let told = judged(&engine, sql).await;
        assert_eq!(
            (&told["reads_only"], told["class"].as_str()),
            (&false.into(), Some(class)),
            "{sql}"
        );
    }
    let told = judged(&engine, "SELECT file('x')").await;
    assert_eq!(
        (&told["reads_only"], &told["reaches_outside"]),
        (&false.into(), &true.into())
    );
    let two = judged(&engine, "SELECT 1; SELECT 2").await;
    assert_eq!(
        (&two["reads_only"], &two["statements"]),
        (&false.into(), &2.into())
    );
}

#[tokio::test]
async fn a_readonly_request_cannot_write() {
    let engine = Engine::start().await;
    engine
        .sql("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
        .await;
    let writes = [
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t SELECT 1",
        "DROP TABLE t",
        "ALTER TABLE t DELETE WHERE 1",
        "TRUNCATE TABLE t",
        "CREATE TABLE u (a Int8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE u (a Int8)",
        "OPTIMIZE TABLE t",
        "SYSTEM FLUSH LOGS",
        "KILL QUERY WHERE 1",
        "SET max_threads = 1",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 SETTINGS max_threads = 3",
        "SELECT 1; DROP TABLE t",
    ];
    for readonly in ["1", "2"] {
        for sql in writes {
            if readonly == "2" && sql.ends_with("max_threads = 3") {
                continue;
            }
            let reply = engine.post(&format!("/?readonly={readonly}"), sql).await;
            assert!(
                matches!(reply.status, 400 | 403),
                "readonly={readonly} {sql}: {} {}",
                reply.status,
                reply.text()
            );
        }
    }
    let reply = engine
        .post("/?readonly=1&max_result_rows=10", "SELECT count() FROM t")
        .await;
    assert_eq!(reply.text(), "0\n");
}

#[tokio::test]
async fn no_statement_reaches_files_addresses_or_programs() {
    let engine = Engine::start().await;
    let secret = engine.directory.path().join("secret.csv");
    std::fs::write(&secret, "canary\n").unwrap();
    let secret = secret.to_str().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    engine
        .sql("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")
        .await;

    let refused = [
        format!("SELECT * FROM file('{secret}', 'LineAsString')"),
        format!("SELECT file('{secret}')"),
        format!("SELECT `fi\\x6ce`('{secret}')"),
        format!("SELECT * FROM `{secret}`"),
        format!("SELECT 1 INTO OUTFILE '{secret}2'"),
        format!("SELECT 1 INTO/**/OUTFILE '{secret}2' TRUNCATE FORMAT CSV"),
        format!("INSERT INTO t FROM INFILE '{secret}' FORMAT LineAsString"),
        format!("INSERT INTO FUNCTION file('{secret}2') SELECT 1"),
        format!("SELECT * FROM url('http://127.0.0.1:{port}/', 'LineAsString', 'a String')"),
        format!(
            "INSERT INTO FUNCTION url('http://127.0.0.1:{port}/', 'CSV', 'a String') VALUES ('x')"
        ),
        format!("SELECT * FROM remote('127.0.0.1:{port}', system.one)"),
        format!("SELECT * FROM s3('http://127.0.0.1:{port}/bucket/key.csv', 'CSV', 'a String')"),
        format!("SELECT * FROM mysql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')"),
        format!("CREATE DATABASE m ENGINE = MySQL('127.0.0.1:{port}', 'a', 'b', 'c')"),
        format!("\\i {secret}"),
        "SELECT * FROM executable('id', 'TSV', 'a String', '')".to_owned(),
        "BACKUP TABLE t TO File('/tmp/b')".to_owned(),
        "CREATE USER x".to_owned(),
        "SYSTEM SHUTDOWN".to_owned(),
    ];
    for sql in &refused {
        for target in ["/", "/?readonly=1"] {
            let reply = engine.post(target, sql.clone()).await;
            assert!(reply.status >= 400, "{sql} was run");
            assert!(!reply.text().contains("canary"), "{sql} read a file");
        }
    }
    // Objects that can be made but lead nowhere: the kernel refuses what the grants do not cover.
    let made = [
        (
            format!(
                "CREATE TABLE u (a String) ENGINE = URL('http://127.0.0.1:{port}/', 'LineAsString')"
            ),
            "SELECT * FROM u SETTINGS http_max_tries = 1",
        ),
        (
            format!(
                "CREATE DICTIONARY d (a UInt64, b String) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1:{port}/' format 'TSV')) LAYOUT(FLAT()) LIFETIME(1)"
            ),
            "SELECT * FROM d",
        ),
        (
            format!(
                "CREATE DICTIONARY f (a UInt64, b String) PRIMARY KEY a SOURCE(FILE(path '{secret}' format 'TSV')) LAYOUT(FLAT()) LIFETIME(1)"
            ),
            "SELECT * FROM f",
        ),
        (
            format!(
                "CREATE DATABASE fs ENGINE = Filesystem('{}')",
                engine.directory.path().display()
            ),
            "SELECT * FROM fs.`secret.csv`",
        ),
        (
            "CREATE TABLE e (a String) ENGINE = Executable('id', 'TSV')".to_owned(),
            "SELECT * FROM e",
        ),
    ];
    for (create, read) in &made {
        if engine.post("/", create.clone()).await.status == 200 {
            let reply = engine.post("/?max_execution_time=10", *read).await;
            assert!(
                reply.status >= 400 && !reply.text().contains("canary"),
                "{read}: {}",
                reply.text()
            );
        }
    }
    assert!(listener.accept().is_err(), "somebody connected");
    assert!(!Path::new(&format!("{secret}2")).exists());
}

/// The sandbox itself: the engine process has no network socket and cannot get one.
#[tokio::test]
async fn the_process_is_sandboxed_by_the_kernel() {
    let engine = Engine::start().await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.process_id())).unwrap();
    assert!(
        status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"),
        "{status}"
    );
    // Secrets of the parent's environment are not in reach of SQL.
    let environment = std::fs::read(format!("/proc/{}/environ", engine.process_id())).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    assert!(
        environment.contains("TZ=UTC\0") && !environment.contains("CARGO_"),
        "{environment}"
    );
}

#[tokio::test]
async fn no_statement_text_is_kept() {
    let engine = Engine::start().await;
    engine
        .sql("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
        .await;
    let canary = format!("canary-{}", 0x5eed_1234_u32);
    engine.sql(&format!("SELECT '{canary}'")).await;
    engine.post("/", format!("SELECT nope('{canary}')")).await;
    engine
        .post(
            &format!("/?log_comment={canary}&param_a={canary}"),
            "SELECT {a:String}",
        )
        .await;
    engine
        .post(
            &format!("/?query={}", encoded("INSERT INTO t FORMAT CSV")),
            format!("1\n{canary}\n"),
        )
        .await;
    engine.sql("SYSTEM FLUSH LOGS").await;
    assert_eq!(engine.sql("SELECT count() FROM system.tables WHERE database = 'system' AND engine LIKE '%MergeTree'").await, "0");
    let directory = engine.directory.path().to_owned();
    engine.supervisor.stop().await;
    let found = search(&directory, canary.as_bytes());
    assert!(found.is_empty(), "{found:?}");
}

fn search(directory: &Path, needle: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(search(&path, needle));
        } else if kind.is_file()
            && std::fs::read(&path)
                .unwrap()
                .windows(needle.len())
                .any(|part| part == needle)
        {
            found.push(path);
        }
    }
    found
}
