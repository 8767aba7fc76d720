//! A load of numbered hits and crashes that remembers what it was told about each.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::harness::Server;

const SENDERS: usize = 8;
/// An answer that takes longer does not come.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Between attempts while nobody listens.
const PAUSE: Duration = Duration::from_millis(20);

/// What became of each request, by the name that it carries.
#[derive(Default)]
pub struct Told {
    pub acknowledged: BTreeSet<String>,
    /// With the outcome that the answer named.
    pub refused: BTreeMap<String, String>,
    /// The connection broke before an answer: stored once or not at all.
    pub unanswered: BTreeSet<String>,
    /// Cut off by the client in the middle of a body.
    pub cut: BTreeSet<String>,
}

impl Told {
    fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.unanswered.extend(other.unanswered);
        self.cut.extend(other.cut);
    }
}

/// Where a load goes at the moment.
#[derive(Clone)]
struct Target {
    address: String,
    key: String,
}

impl Target {
    fn of(server: &Server) -> Self {
        Self {
            address: server.address.clone(),
            key: server.key.clone(),
        }
    }
}

/// Eight senders, each with one request at a time.
pub struct Load {
    target: Arc<Mutex<Target>>,
    stop: Arc<AtomicBool>,
    senders: Vec<JoinHandle<Told>>,
}

impl Load {
    /// Sends until [`Load::finish`]; `round` makes the names unique, and is read back from them by [`stored`].
    pub fn start(server: &Server, round: usize) -> Self {
        let target = Arc::new(Mutex::new(Target::of(server)));
        let stop = Arc::new(AtomicBool::new(false));
        let senders = (0..SENDERS)
            .map(|number| {
                let sender = Sender {
                    number,
                    round,
                    client: Client::builder().timeout(ANSWER_TIMEOUT).build().unwrap(),
                    told: Told::default(),
                };
                tokio::spawn(sender.run(Arc::clone(&target), Arc::clone(&stop)))
            })
            .collect();
        Self {
            target,
            stop,
            senders,
        }
    }

    /// Follows a server that was started again.
    pub fn follow(&self, server: &Server) {
        *self.target.lock().unwrap() = Target::of(server);
    }

    /// Waits until every sender has its last answer.
    pub async fn finish(self) -> Told {
        self.stop.store(true, Relaxed);
        let mut told = Told::default();
        for sender in self.senders {
            told.add(sender.await.unwrap());
        }
        told
    }
}

struct Sender {
    number: usize,
    round: usize,
    client: Client,
    told: Told,
}

impl Sender {
    async fn run(mut self, target: Arc<Mutex<Target>>, stop: Arc<AtomicBool>) -> Told {
        for count in 0u64.. {
            if stop.load(Relaxed) {
                break;
            }
            let target = target.lock().unwrap().clone();
            let name = format!("n{}s{}x{count}", self.round, self.number);
            if self.number == 0 && count % 4 == 0 {
                cut_off(&target, &name).await;
                self.told.cut.insert(name);
            } else {
                self.send(&target, name).await;
            }
        }
        self.told
    }

    async fn send(&mut self, target: &Target, name: String) {
        match self.request(target, &name).send().await {
            Ok(answer) if answer.status().is_success() => {
                self.told.acknowledged.insert(name);
            }
            Ok(answer) => {
                let outcome = answer.headers().get("x-mayfly-outcome");
                let outcome = outcome.map_or("", |value| value.to_str().unwrap());
                self.told.refused.insert(name, outcome.to_owned());
                tokio::time::sleep(PAUSE).await;
            }
            Err(_) => {
                self.told.unanswered.insert(name);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Page views and crashes in turns, each in two ways.
    fn request(&self, Target { address, key }: &Target, name: &str) -> RequestBuilder {
        let hit = format!("idsite=1&rec=1&action_name={name}");
        let envelope = format!("{{}}\n{{\"type\":\"event\"}}\n{{\"message\":\"{name}\"}}");
        let crash = format!("http://{address}/api/1/envelope/?sentry_key={key}");
        match self.number % 4 {
            0 => self
                .client
                .get(format!("http://{address}/matomo.php?{hit}")),
            1 => self.client.post(crash).body(envelope),
            2 => self
                .client
                .post(format!("http://{address}/matomo.php?{hit}")),
            _ => {
                let packed = self.client.post(crash).header("content-encoding", "gzip");
                packed.body(gzip(envelope.as_bytes()))
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Sends a hit but for the last byte of its body, and leaves.
async fn cut_off(target: &Target, name: &str) {
    let body = format!("idsite=1&rec=1&action_name={name}");
    let head = format!(
        "POST /matomo.php HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        target.address,
        body.len() + 1
    );
    match TcpStream::connect(&target.address).await {
        // Should the server be gone meanwhile, nothing was cut off.
        Ok(mut connection) => {
            let _ = connection
                .write_all(format!("{head}{body}").as_bytes())
                .await;
        }
        Err(_) => tokio::time::sleep(PAUSE).await,
    }
}

/// How often each name of a round is stored.
pub async fn stored(server: &Server, round: usize) -> BTreeMap<String, u64> {
    let rows = server
        .sql(&format!(
            "SELECT name, count() FROM (
                SELECT title AS name FROM analytics_events UNION ALL SELECT message FROM error_events
            ) WHERE startsWith(name, 'n{round}s') GROUP BY name"
        ))
        .await;
    rows.lines()
        .map(|row| {
            let (name, count) = row.split_once('\t').unwrap();
            (name.to_owned(), count.parse().unwrap())
        })
        .collect()
}

/// Asserts that what was acknowledged is stored exactly once, and that nothing else is but what got no answer. `damaged`
/// names rows that a fault has destroyed on disk: they may be missing.
pub async fn assert_stored_once(
    server: &Server,
    round: usize,
    told: &Told,
    damaged: &BTreeSet<String>,
) {
    let stored = stored(server, round).await;
    let twice: Vec<_> = stored.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "stored more than once: {twice:?}");
    let lost: Vec<_> = told
        .acknowledged
        .iter()
        .filter(|name| !stored.contains_key(*name) && !damaged.contains(*name))
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let refused = told
        .refused
        .iter()
        .filter(|(name, _)| stored.contains_key(*name));
    let refused: Vec<_> = refused.collect();
    assert!(refused.is_empty(), "refused and stored: {refused:?}");
    let cut: Vec<_> = told
        .cut
        .iter()
        .filter(|name| stored.contains_key(*name))
        .collect();
    assert!(cut.is_empty(), "half sent and stored: {cut:?}");
}
