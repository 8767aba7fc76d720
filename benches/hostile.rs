//! What well-behaved clients notice while the server is attacked: their latency beside the same load without the attack,
//! and the memory of the server.
//!
//! Clients send page views and crashes at a fixed pace, far below what the server could take, so that waiting shows and not
//! saturation; it counts from when a request was due. They have a thread of their own. Attackers are on the same cores, where in
//! earnest they have their own, so they send no more than comes over a line of a gigabit, and no more than a thousand attacks a
//! second: beyond that clients would wait for the attackers' part of the processor instead of for the server.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use support::load::{self, Pace, Report};
use support::program::Mayfly;

const SECONDS: u64 = 16;
const CLIENTS: u64 = 8;
/// What they send together.
const PACE: Pace = Pace::PerSecond(400.0);
/// What attackers send together at most.
const ATTACKS_PER_SECOND_MAX: f64 = 1_000.0;
const ATTACK_BYTES_PER_SECOND_MAX: f64 = 125_000_000.0;

/// An attack: so many attackers, each of which does this again and again.
struct Attack {
    name: &'static str,
    attackers: usize,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Nothing,
    /// Connects and sends nothing.
    Idle,
    /// Connects, sends this, then a byte each second.
    Slow(Arc<Vec<u8>>),
    /// Connects, sends this, reads until the end.
    Sends(Arc<Vec<u8>>),
    /// Sends this without reading an answer.
    Floods(Arc<Vec<u8>>),
}

impl Kind {
    /// Nothing, slow and idle ones are limited by how many there are.
    fn per_second_max(&self) -> f64 {
        match self {
            Self::Sends(bytes) | Self::Floods(bytes) => {
                (ATTACK_BYTES_PER_SECOND_MAX / bytes.len() as f64).min(ATTACKS_PER_SECOND_MAX)
            }
            Self::Nothing | Self::Idle | Self::Slow(_) => f64::MAX,
        }
    }
}

fn main() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    // They would be on other machines: nobody is to wait for a core because of them.
    let attackers = tokio::runtime::Builder::new_multi_thread()
        .on_thread_start(mayfly::engine::take_short_turns)
        .enable_all()
        .build()
        .unwrap();
    println!(
        "{:<34} {:>9} {:>9} {:>7} {:>8} {:>9} {:>10}",
        "attack", "p99 calm", "p99 then", "ratio", "refused", "attacks/s", "memory MiB"
    );
    // `cargo bench --bench hostile -- bombs` runs only those.
    let wanted = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let wanted = wanted.unwrap_or_default();
    for attack in attacks()
        .into_iter()
        .filter(|attack| attack.name.contains(&wanted))
    {
        // A server of its own for each, so that the memory is this attack's.
        let server = Server::start();
        load(&server, Duration::from_secs(1));
        let mut calm = load(&server, Duration::from_secs(SECONDS));
        let stop = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicU64::new(0));
        let (sent, first) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let pace = attack.kind.per_second_max();
        let attacking: Vec<_> = (0..attack.attackers)
            .map(|_| {
                let (kind, address) = (attack.kind.clone(), server.address.clone());
                let key = server.key.clone();
                let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
                let sent = Arc::clone(&sent);
                attackers.spawn(async move {
                    while !stop.load(Relaxed) {
                        let number = sent.fetch_add(1, Relaxed) as f64;
                        let due = first + Duration::from_secs_f64(number / pace);
                        tokio::time::sleep_until(due.into()).await;
                        once(&kind, &address, &key, &stop).await;
                        done.fetch_add(1, Relaxed);
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_secs(1));
        let begun = Instant::now();
        let before = done.load(Relaxed);
        let mut then = load(&server, Duration::from_secs(SECONDS));
        let rate = (done.load(Relaxed) - before) as f64 / begun.elapsed().as_secs_f64();
        stop.store(true, Relaxed);
        for attacker in attacking {
            attacker.abort();
        }
        let (calm_p99, p99) = (calm.millis(0.99), then.millis(0.99));
        println!(
            "{:<34} {:>6.1} ms {:>6.1} ms {:>7.2} {:>8} {:>9.0} {:>10}",
            attack.name,
            calm_p99,
            p99,
            p99 / calm_p99,
            then.refused,
            rate,
            server.most_resident_mib()
        );
    }
}

fn attacks() -> Vec<Attack> {
    let request = |head: &str, body: &[u8], more: &str| {
        let head = format!(
            "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{more}\r\n",
            body.len()
        );
        Kind::Sends(Arc::new([head.as_bytes(), body].concat()))
    };
    let store = "POST /api/1/store/?sentry_key=KEY";
    let mut blank = vec![b' '; 64 * 1024 * 1024];
    blank[0] = b'{';
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&blank).unwrap();
        encoder.finish().unwrap()
    };
    let brotli = {
        let mut packed = Vec::new();
        let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 1, 24);
        encoder.write_all(&blank).unwrap();
        drop(encoder);
        packed
    };
    let zstd = zstd::encode_all(&blank[..], 1).unwrap();
    let nested = format!(
        "{{\"extra\":{}0{}}}",
        "[".repeat(250_000),
        "]".repeat(250_000)
    );
    let values = format!("{{\"extra\":[{}0]}}", "0,".repeat(450_000));
    let secrets = format!(
        "{{\"message\":\"{}\"}}",
        "jane@example.org 4111111111111111 ".repeat(29_000)
    );
    let hits = format!("{{\"requests\":[{}0]}}", "0,".repeat(900_000));
    let preface = [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8].repeat(10_000),
    ]
    .concat();
    let kind = |name, attackers, kind| Attack {
        name,
        attackers,
        kind,
    };
    vec![
        kind("nothing", 0, Kind::Nothing),
        kind("10,000 idle connections", 10_000, Kind::Idle),
        kind(
            "10,000 slow heads",
            10_000,
            Kind::Slow(Arc::new(b"GET /matomo.php?idsite=1&rec=1&slow=".to_vec())),
        ),
        kind(
            "5,000 slow bodies",
            5_000,
            Kind::Slow(Arc::new(
                format!("{store} HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n{{")
                    .into_bytes(),
            )),
        ),
        kind(
            "64 half bodies of 4 MB",
            64,
            Kind::Slow(Arc::new(
                [
                    format!("{store} HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n")
                        .as_bytes(),
                    &vec![b' '; 3_999_000],
                ]
                .concat(),
            )),
        ),
        kind(
            "heads beyond the limit",
            16,
            Kind::Sends(Arc::new(
                format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(60_000)).into_bytes(),
            )),
        ),
        kind("no HTTP at all", 16, Kind::Sends(Arc::new(vec![0; 512]))),
        kind("HTTP/2 and resets", 16, Kind::Sends(Arc::new(preface))),
        kind(
            "pipelines, unread",
            16,
            Kind::Floods(Arc::new(
                "GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n"
                    .repeat(2_000)
                    .into_bytes(),
            )),
        ),
        kind(
            "bombs, gzip",
            16,
            request(store, &gzip, "content-encoding: gzip\r\n"),
        ),
        kind(
            "bombs, brotli",
            16,
            request(store, &brotli, "content-encoding: br\r\n"),
        ),
        kind(
            "bombs, zstd",
            16,
            request(store, &zstd, "content-encoding: zstd\r\n"),
        ),
        kind(
            "bodies of 4 MB",
            16,
            request(store, &vec![b'{'; 4_000_000], ""),
        ),
        kind(
            "250,000 lists in each other",
            16,
            request(store, nested.as_bytes(), ""),
        ),
        kind("450,000 values", 16, request(store, values.as_bytes(), "")),
        kind(
            "a megabyte of secrets",
            16,
            request(store, secrets.as_bytes(), ""),
        ),
        kind(
            "900,000 hits",
            16,
            request("POST /matomo.php?idsite=1", hits.as_bytes(), ""),
        ),
    ]
}

async fn once(kind: &Kind, address: &str, key: &str, stop: &AtomicBool) {
    let with_key = |bytes: &[u8]| {
        let end = bytes.len().min(200);
        let head = String::from_utf8_lossy(&bytes[..end]).replace("KEY", key);
        match bytes[..end].is_ascii() {
            true => [head.as_bytes(), &bytes[end..]].concat(),
            false => replaced(bytes, key),
        }
    };
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let mut nothing = [0; 4096];
    match kind {
        Kind::Nothing => {}
        Kind::Idle => {
            let _ = stream.read(&mut nothing).await;
        }
        Kind::Slow(start) => {
            if stream.write_all(&with_key(start)).await.is_err() {
                return;
            }
            while !stop.load(Relaxed) {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if stream.write_all(b"a").await.is_err() || stream.try_read(&mut nothing).is_ok() {
                    return;
                }
            }
        }
        Kind::Sends(bytes) => {
            let _ = stream.write_all(&with_key(bytes)).await;
            let _ = stream.shutdown().await;
            while matches!(stream.read(&mut nothing).await, Ok(1..)) {}
        }
        Kind::Floods(bytes) => {
            let sending = stream.write_all(bytes);
            let _ = tokio::time::timeout(Duration::from_secs(2), sending).await;
        }
    }
}

/// The key in a request whose first bytes are not all text.
fn replaced(bytes: &[u8], key: &str) -> Vec<u8> {
    match bytes.windows(3).position(|part| part == b"KEY") {
        Some(at) => [&bytes[..at], key.as_bytes(), &bytes[at + 3..]].concat(),
        None => bytes.to_vec(),
    }
}

/// Page views and crashes in turns, on connections that stay open, at a fixed pace.
fn load(server: &Server, time: Duration) -> Report {
    let page_view = "POST /matomo.php?idsite=1&rec=1&action_name=calm&url=https%3A%2F%2Fexample.org%2F \
        HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    let event = r#"{"message":"calm","exception":{"values":[{"type":"Error","value":"calm"}]}}"#;
    let crash = format!(
        "POST /api/1/store/?sentry_key={} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{event}",
        server.key,
        event.len()
    );
    load::run(&server.address, CLIENTS, time, PACE, |number, request| {
        let bytes = match number % 2 {
            0 => page_view,
            _ => &crash,
        };
        request.extend_from_slice(bytes.as_bytes());
    })
}

/// A Mayfly for one attack.
struct Server {
    mayfly: Mayfly,
    address: String,
    key: String,
    _data: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mayfly = Mayfly::start(data.path());
        Self {
            address: mayfly.program.address.clone(),
            key: mayfly.key(),
            mayfly,
            _data: data,
        }
    }

    fn most_resident_mib(&self) -> u64 {
        self.mayfly.program.most_resident_mib()
    }
}
