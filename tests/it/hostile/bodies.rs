//! Bodies: bombs, nesting, numbers, duplicates, bytes that are no text, and more of all of it than there is memory for.

use std::io::Write;
use std::time::{Duration, Instant};

use reqwest::Response;
use tokio::io::AsyncWriteExt;

use super::{assert_others_are_served, closed, connect, refused, resident_mib, rest, statuses};
use crate::harness::Server;

/// What stands in every body and must not stand in an answer.
const MARK: &str = "hostile";
const BOMB_BYTES: usize = 64 * 1024 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 1, 24);
    encoder.write_all(bytes).unwrap();
    drop(encoder);
    packed
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;
const ENCODINGS: [(&str, Pack); 4] = [
    ("gzip", gzip),
    ("deflate", deflate),
    ("br", brotli),
    ("zstd", zstd),
];

async fn post(server: &Server, path: &str, encoding: &str, body: Vec<u8>) -> Response {
    let path = path.replace("KEY", &server.key);
    let request = server.post(&path).header("content-encoding", encoding);
    request.body(body).send().await.unwrap()
}

/// Asserts status and outcome, and that nothing of what was sent comes back.
async fn assert_told(name: &str, answer: Response, status: u16, outcome: &str) {
    let told = answer.headers()["x-mayfly-outcome"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        (answer.status().as_u16(), told.as_str()),
        (status, outcome),
        "{name}"
    );
    assert!(!answer.text().await.unwrap().contains(MARK), "{name}");
}

#[tokio::test]
async fn bombs_in_every_encoding() {
    let server = Server::start().await;
    let start = format!("{{}}\n{{\"type\":\"event\"}}\n{{\"message\":\"{MARK}");
    let mut bomb = start.into_bytes();
    bomb.resize(BOMB_BYTES, b' ');
    for (encoding, pack) in ENCODINGS {
        let packed = pack(&bomb);
        assert!(
            packed.len() < 1024 * 1024,
            "{encoding} packs to {}",
            packed.len()
        );
        for (path, outcome) in [
            ("/api/1/envelope/?sentry_key=KEY", "body_too_large"),
            ("/api/1/store/?sentry_key=KEY", "body_too_large"),
            ("/matomo.php?idsite=1&rec=1", "body_too_large"),
        ] {
            let answer = post(&server, path, encoding, packed.clone()).await;
            assert_told(&format!("{path} {encoding}"), answer, 413, outcome).await;
        }
        let twice = post(
            &server,
            "/api/1/store/?sentry_key=KEY",
            encoding,
            pack(&packed),
        )
        .await;
        assert!([400, 413].contains(&twice.status().as_u16()), "{encoding}");
        let cut = packed[..packed.len() / 2].to_vec();
        let answer = post(&server, "/api/1/store/?sentry_key=KEY", encoding, cut).await;
        assert!([400, 413].contains(&answer.status().as_u16()), "{encoding}");
    }
    let list = post(
        &server,
        "/matomo.php?idsite=1&rec=1",
        "gzip, gzip",
        gzip(&gzip(b"")),
    )
    .await;
    assert_told("two encodings", list, 415, "encoding_unsupported").await;
    assert_others_are_served(&server).await;
    server.settle().await;
    let (_, most) = resident_mib(&server);
    assert!(most < 400, "{most} MiB");
}

#[tokio::test]
async fn json_of_every_evil_shape() {
    let server = Server::start().await;
    let event = |value: String| {
        format!("{{\"message\":\"{MARK}\",\"extra\":{{\"x\":{value}}}}}").into_bytes()
    };
    let nested =
        |open: &str, close: &str, depth| format!("{}0{}", open.repeat(depth), close.repeat(depth));
    let list = |count| format!("[{}0]", "0,".repeat(count));
    let store = "/api/1/store/?sentry_key=KEY";
    let envelope = "/api/1/envelope/?sentry_key=KEY";
    let item = |kind: &str, payload: &str| {
        format!("{{}}\n{{\"type\":\"{kind}\"}}\n{payload}").into_bytes()
    };
    let bulk = "/matomo.php?idsite=1&rec=1";
    let cases = [
        (
            "deep lists",
            store,
            event(nested("[", "]", 200_000)),
            200,
            "accepted",
        ),
        (
            "deep objects",
            store,
            event(nested("{\"a\":", "}", 100_000)),
            200,
            "accepted",
        ),
        (
            "deep lists without an end",
            store,
            event("[".repeat(500_000)),
            400,
            "event_invalid",
        ),
        (
            "nothing but lists",
            store,
            nested("[", "]", 200_000).into_bytes(),
            400,
            "encoding_broken",
        ),
        (
            "half a million values",
            store,
            event(list(450_000)),
            413,
            "event_too_large",
        ),
        (
            "a third of a million values",
            store,
            event(list(330_000)),
            200,
            "accepted",
        ),
        (
            "one key many times",
            store,
            format!("{{{}\"message\":\"x\"}}", "\"message\":0,".repeat(80_000)).into_bytes(),
            200,
            "accepted",
        ),
        (
            "many keys",
            store,
            event(format!(
                "{{{}\"z\":0}}",
                (0..70_000)
                    .map(|n| format!("\"k{n}\":0,"))
                    .collect::<String>()
            )),
            200,
            "accepted",
        ),
        (
            "a string of a megabyte",
            store,
            event(format!("\"{}\"", "a b ".repeat(250_000))),
            200,
            "accepted",
        ),
        (
            "an event beyond its limit",
            store,
            event(format!("\"{}\"", "a b ".repeat(300_000))),
            413,
            "event_too_large",
        ),
        (
            "a number of many digits",
            store,
            event("9".repeat(500_000)),
            200,
            "accepted",
        ),
        (
            "a number beyond all",
            store,
            event("-1e99999".to_owned()),
            200,
            "accepted",
        ),
        (
            "lone surrogates",
            store,
            event(r#""\ud800 \udfff \ud800\ud800""#.to_owned()),
            200,
            "accepted",
        ),
        (
            "NUL",
            store,
            event("\"\\u0000 \0\"".to_owned()),
            200,
            "accepted",
        ),
        (
            "bytes that are no text",
            store,
            [
                &event(String::new())[..34],
                b"\"\xff\xfe\xc0\xaf\xed\xa0\x80\"}}",
            ]
            .concat(),
            200,
            "accepted",
        ),
        (
            "escapes that are none",
            store,
            event(r#""\x \u12 \u{1}""#.to_owned()),
            200,
            "accepted",
        ),
        (
            "six million values",
            envelope,
            item(
                "log",
                &format!("{{\"items\":[{}0]}}", "0,".repeat(6_000_000)),
            ),
            413,
            "body_too_large",
        ),
        (
            "a million items",
            envelope,
            [b"{}\n".to_vec(), b"{}\n\n".repeat(1_000_000)].concat(),
            413,
            "envelope_too_long",
        ),
        (
            "a million lines of a log",
            envelope,
            item(
                "log",
                &format!("{{\"items\":[{}{{}}]}}", "{},".repeat(1_000_000)),
            ),
            413,
            "item_too_large",
        ),
        (
            "a header that is a bomb",
            envelope,
            nested("{\"a\":", "}", 100_000).into_bytes(),
            200,
            "accepted",
        ),
        (
            "a length that lies",
            envelope,
            b"{}\n{\"type\":\"event\",\"length\":18446744073709551615}\n{}".to_vec(),
            400,
            "envelope_invalid",
        ),
        (
            "two thousand hits",
            bulk,
            format!("{{\"requests\":[{}0]}}", "0,".repeat(2_000)).into_bytes(),
            413,
            "bulk_too_long",
        ),
        (
            "two million hits",
            bulk,
            format!("{{\"requests\":[{}0]}}", "0,".repeat(1_900_000)).into_bytes(),
            413,
            "bulk_too_long",
        ),
        (
            "a million parameters",
            bulk,
            "a=1&".repeat(1_000_000).into_bytes(),
            200,
            "accepted",
        ),
        (
            "percent signs",
            bulk,
            format!("action_name={}", "%".repeat(3_000_000)).into_bytes(),
            200,
            "accepted",
        ),
        (
            "bytes that are no form",
            bulk,
            vec![0xff; 3_000_000],
            200,
            "accepted",
        ),
    ];
    for (name, path, body, status, outcome) in cases {
        let begun = Instant::now();
        let answer = post(&server, path, "identity", body).await;
        assert_told(name, answer, status, outcome).await;
        // Twenty times what it takes here in a build without optimisation.
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{name} {:?}",
            begun.elapsed()
        );
    }
    assert_others_are_served(&server).await;
    server.settle().await;
    let (_, most) = resident_mib(&server);
    assert!(most < 500, "{most} MiB");
}

/// Half bodies that take all memory: large ones are refused, small ones are not, and whoever stalls loses its memory.
#[tokio::test]
async fn memory_for_bodies_is_shared() {
    let server = Server::start().await;
    let path = format!("/api/1/store/?sentry_key={}", server.key);
    let whole = 4_000_000;
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {whole}\r\n\r\n");
    let half = vec![b' '; whole - 1];
    let mut stalled = Vec::new();
    let begun = Instant::now();
    while server.metric("body_bytes").await < 40_000_000 {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{}",
            server.metrics().await
        );
        let mut stream = connect(&server).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let _ = stream.write_all(&half).await;
        stalled.push(stream);
    }
    // Meanwhile the others …
    for _ in 0..20 {
        assert_others_are_served(&server).await;
    }
    // … and large bodies until the memory is free again.
    let mut told = Vec::new();
    while told.last() != Some(&200) {
        assert!(begun.elapsed() < Duration::from_secs(40), "{told:?}");
        let event = format!("{{\"message\":\"{}\"}}", " ".repeat(1_000_000));
        let mut large = event.into_bytes();
        large.resize(3_500_000, b' ');
        let answer = server.post(&path).body(large).send().await.unwrap();
        told.push(answer.status().as_u16());
        if answer.status() == 503 {
            assert_eq!(answer.headers()["x-mayfly-outcome"], "overloaded");
            assert!(answer.headers().contains_key("retry-after"));
            stalled.truncate(16);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if told.contains(&503) {
        assert!(closed(&server, "memory_full").await > 0);
        let first = statuses(&rest(&mut stalled[0]).await);
        assert!(first.is_empty() || first == "503", "{first}");
        assert!(refused(&server, "overloaded").await > 0);
    }
    drop(stalled);
    let begun = Instant::now();
    while server.metric("body_bytes").await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.settle().await;
}

/// Many at once, as fast as they can: memory stays below its bound, and everybody is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_large_bodies() {
    let server = Server::start().await;
    let (before, _) = resident_mib(&server);
    let mut bomb = vec![b' '; BOMB_BYTES];
    bomb[0] = b'{';
    let bomb = zstd(&bomb);
    let large = vec![b'{'; 4_000_000];
    let path = format!("/api/1/store/?sentry_key={}", server.key);
    let url = server.url(&path);
    let end = Instant::now() + Duration::from_secs(6);
    let attackers = (0..64).map(|number| {
        let url = url.clone();
        let (encoding, body) = match number % 2 {
            0 => ("zstd", bomb.clone()),
            _ => ("identity", large.clone()),
        };
        tokio::spawn(async move {
            let client = reqwest::Client::new();
            let mut told = std::collections::BTreeMap::<u16, u32>::new();
            while Instant::now() < end {
                let request = client.post(&url).header("content-encoding", encoding);
                if let Ok(answer) = request.body(body.clone()).send().await {
                    *told.entry(answer.status().as_u16()).or_default() += 1;
                }
            }
            told
        })
    });
    let attackers: Vec<_> = attackers.collect();
    while Instant::now() < end {
        assert_others_are_served(&server).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for attacker in attackers {
        for status in attacker.await.unwrap().into_keys() {
            assert!([400, 413, 503].contains(&status), "{status}");
        }
    }
    let (_, most) = resident_mib(&server);
    assert!(most < before + 300, "{before} MiB, then {most} MiB");
    server.settle().await;
}
