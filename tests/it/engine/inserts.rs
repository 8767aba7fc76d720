//! Writing: formats, compression, and that an unfinished body never reaches a table.

use std::io::Write;

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use super::{Engine, encoded, raw, send};

const TABLE: &str = "CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a \
    SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1, fsync_part_directory = 1";

async fn with_table() -> Engine {
    let engine = Engine::start().await;
    engine.sql(TABLE).await;
    engine
}

async fn count(engine: &Engine) -> u64 {
    engine.sql("SELECT count() FROM t").await.parse().unwrap()
}

#[derive(Row, Serialize, Deserialize)]
struct Pair {
    a: u64,
    b: String,
}

#[tokio::test]
async fn the_clickhouse_crate_inserts() {
    let engine = with_table().await;
    let client = engine.clickhouse();
    let mut insert = client.insert::<Pair>("t").await.unwrap();
    for a in 0..50_000 {
        insert
            .write(&Pair {
                a,
                b: format!("row {a}"),
            })
            .await
            .unwrap();
    }
    insert.end().await.unwrap();
    assert_eq!(count(&engine).await, 50_000);

    for (a, compression) in
        (100..).zip([clickhouse::Compression::None, clickhouse::Compression::Lz4])
    {
        let client = client.clone().with_compression(compression);
        let mut insert = client
            .insert_formatted_with("INSERT INTO t (a, b) FORMAT JSONEachRow")
            .buffered();
        insert.write_buffered(
            format!("{{\"a\": {a}, \"b\": \"x\"}}\n{{\"a\": {a}, \"b\": \"y\"}}\n").as_bytes(),
        );
        insert.end().await.unwrap();
    }
    assert_eq!(count(&engine).await, 50_004);
}

#[tokio::test]
async fn a_dropped_insert_leaves_nothing() {
    let engine = with_table().await;
    let client = engine.clickhouse();
    let mut insert = client.insert::<Pair>("t").await.unwrap();
    for a in 0..200_000 {
        insert
            .write(&Pair {
                a,
                b: format!("row {a} with some more text in it"),
            })
            .await
            .unwrap();
    }
    drop(insert);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(count(&engine).await, 0);
}

#[tokio::test]
async fn a_token_stores_a_batch_once() {
    let engine = with_table().await;
    for token in ["one", "one", "two", "one"] {
        let target = format!(
            "/?query={}&insert_deduplication_token={token}",
            encoded("INSERT INTO t FORMAT CSV")
        );
        assert_eq!(engine.post(&target, "1,x\n2,y\n").await.status, 200);
    }
    assert_eq!(count(&engine).await, 4);
}

#[tokio::test]
async fn statements_and_rows_may_be_split_anywhere() {
    let engine = with_table().await;
    engine.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')").await;
    engine
        .sql("INSERT INTO t (b, a) FORMAT JSONEachRow {\"a\": 3, \"b\": \"c\"}")
        .await;
    engine
        .sql("INSERT INTO t SELECT number + 4, 'd' FROM numbers(2)")
        .await;
    let reply = engine
        .post(
            &format!("/?query={}", encoded("INSERT INTO t VALUES (6, 'e')")),
            ", (7, 'f')",
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = engine
        .post(
            &format!("/?query={}", encoded("INSERT INTO t")),
            "FORMAT CSV\n8,g\n",
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let summary: serde_json::Value =
        serde_json::from_str(reply.header("x-clickhouse-summary")).unwrap();
    assert_eq!(summary["written_rows"], "1");
    engine
        .sql("INSERT INTO t FORMAT CSV SETTINGS format_csv_delimiter = ';'\n9;h\n")
        .await;
    let target = format!(
        "/?query={}&param_x=10",
        encoded("INSERT INTO t VALUES ({x:UInt64}, 'i')")
    );
    assert_eq!(engine.post(&target, "").await.status, 200);
    assert_eq!(
        engine
            .sql("SELECT groupArray(a) FROM (SELECT a FROM t ORDER BY a)")
            .await,
        "[1,2,3,4,5,6,7,8,9,10]"
    );

    let bad = engine.post("/", "INSERT INTO t FORMAT CSV\nx,y\n").await;
    assert_eq!(
        (bad.status, bad.header("x-clickhouse-exception-code")),
        (400, "27"),
        "{}",
        bad.text()
    );
    let unknown = engine.post("/", "INSERT INTO t (nope) VALUES (1)").await;
    assert!(
        unknown.text().starts_with("Code: 16."),
        "{}",
        unknown.text()
    );
    let two = engine
        .post("/", "INSERT INTO t VALUES (11, 'x'); DROP TABLE t")
        .await;
    assert_eq!(
        (two.status, two.header("x-clickhouse-exception-code")),
        (400, "62"),
        "{}",
        two.text()
    );
    assert_eq!(count(&engine).await, 10);
}

/// CSV of several MB, with settings that would make the engine write a part every thousand rows.
const SMALL_BLOCKS: &str =
    "max_insert_block_size=1000&min_insert_block_size_rows=1000&min_insert_block_size_bytes=1000";

fn rows(count: u64) -> Vec<u8> {
    (0..count)
        .flat_map(|a| format!("{a},\"some text {a}\"\n").into_bytes())
        .collect()
}

#[tokio::test]
async fn a_body_that_does_not_end_is_not_stored() {
    let engine = with_table().await;
    let rows = rows(300_000);
    assert!(rows.len() > 6 << 20, "larger than what stays in memory");
    let line = format!(
        "POST /?query={}&{SMALL_BLOCKS} HTTP/1.1\r\nHost: x\r\n",
        encoded("INSERT INTO t FORMAT CSV")
    );

    // Content-Length not reached, and chunks without the last one: the client closes its side.
    let short = [
        format!("{line}Content-Length: {}\r\n\r\n", rows.len() + 1).as_bytes(),
        &rows,
    ]
    .concat();
    let chunk = format!(
        "{line}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        rows.len()
    );
    let open = [chunk.as_bytes(), &rows, b"\r\n"].concat();
    let cut_chunk = [chunk.as_bytes(), &rows[..rows.len() - 5]].concat();
    for request in [&short, &open, &cut_chunk] {
        let mut stream = std::os::unix::net::UnixStream::connect(engine.socket()).unwrap();
        stream.write_all(request).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        drop(stream);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(count(&engine).await, 0);
    }

    // The same rows, ended: stored.
    let done = [
        chunk
            .replace("\r\nHost", "\r\nConnection: close\r\nHost")
            .as_bytes(),
        &rows,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    assert!(
        raw(engine.socket(), &done)
            .await
            .starts_with(b"HTTP/1.1 200")
    );
    assert_eq!(count(&engine).await, 300_000);
}

#[tokio::test]
async fn a_damaged_or_cut_compressed_body_is_not_stored() {
    let engine = with_table().await;
    // Frames as the engine itself packs them, of rows as it itself formats them.
    let packed = engine
        .post(
            "/?compress=1",
            "SELECT number, toString(number) FROM numbers(400000) FORMAT CSV",
        )
        .await
        .body;
    let target = format!(
        "/?query={}&decompress=1&{SMALL_BLOCKS}",
        encoded("INSERT INTO t FORMAT CSV")
    );
    let mut damaged = packed.to_vec();
    let late = damaged.len() - 20;
    damaged[late] ^= 1;
    for (body, code) in [
        (damaged, "40"),
        (packed[..packed.len() - 1].to_vec(), "33"),
        (b"nonsense of some length, not packed".to_vec(), "271"),
    ] {
        let reply = engine.post(&target, body).await;
        assert_eq!(
            reply.header("x-clickhouse-exception-code"),
            code,
            "{}",
            reply.text()
        );
        assert_eq!(count(&engine).await, 0);
    }
    assert_eq!(engine.post(&target, packed).await.status, 200);
    assert_eq!(count(&engine).await, 400_000);
}

#[tokio::test]
async fn content_encodings_are_undone_and_checked() {
    let engine = with_table().await;
    let rows = rows(100_000);
    let target = format!(
        "/?query={}&{SMALL_BLOCKS}",
        encoded("INSERT INTO t FORMAT CSV")
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&rows).unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&rows).unwrap();
    let bodies = [
        ("gzip", gzip.finish().unwrap()),
        ("deflate", zlib.finish().unwrap()),
        ("zstd", zstd::bulk::compress(&rows, 1).unwrap()),
    ];
    for (encoding, body) in bodies {
        let headers = [("content-encoding", encoding)];
        let cut = body[..body.len() - 3].to_vec();
        let reply = send(engine.socket(), "POST", &target, &headers, cut.into()).await;
        assert_eq!(
            (reply.status, count(&engine).await),
            (500, 0),
            "{encoding}: {}",
            reply.text()
        );
        let reply = send(engine.socket(), "POST", &target, &headers, body.into()).await;
        assert_eq!(
            (reply.status, count(&engine).await),
            (200, 100_000),
            "{encoding}: {}",
            reply.text()
        );
        engine.sql("TRUNCATE TABLE t").await;
    }
    let reply = send(
        engine.socket(),
        "POST",
        &target,
        &[("content-encoding", "br")],
        "x".into(),
    )
    .await;
    assert_eq!(reply.header("x-clickhouse-exception-code"), "89");
}
