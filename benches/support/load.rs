//! A load over HTTP/1.1 on one thread: connections that stay open, one request at a time on each.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How fast requests follow one another.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each as soon as the one before is answered.
    Closed,
    /// So many a second over all connections. If an answer is so slow that the next request on its connection is overdue, that
    /// one's waiting counts from when it was due: a slow answer is not hidden by the requests that were not sent meanwhile.
    PerSecond(f64),
}

/// What came back.
#[derive(Default)]
pub struct Report {
    /// Answered with 2xx.
    pub accepted: u64,
    /// Answered with anything else.
    pub refused: u64,
    pub seconds: f64,
    micros: Vec<u32>,
}

impl Report {
    /// Accepted in a second.
    pub fn rate(&self) -> f64 {
        self.accepted as f64 / self.seconds
    }

    /// How long a share of the requests waited at most, in milliseconds.
    pub fn millis(&mut self, share: f64) -> f64 {
        self.micros.sort_unstable();
        let at = (self.micros.len() as f64 * share) as usize;
        let micros = self.micros.get(at.min(self.micros.len().saturating_sub(1)));
        f64::from(micros.copied().unwrap_or(0)) / 1_000.0
    }
}

const HALF_ROUNDS: usize = 5;
const HALF_ROUND: Duration = Duration::from_secs(8);

/// Sends half of `full` a second in several rounds, prints how long the requests waited in each, and says how many were accepted.
/// Other guests of the machine's host may make one round slow: the median tells of the server, the longest of both.
pub fn half(address: &str, connections: u64, full: f64, write: impl Fn(u64, &mut Vec<u8>)) -> u64 {
    let pace = Pace::PerSecond(full / 2.0);
    let (mut accepted, mut median, mut most) = (0, Vec::new(), Vec::new());
    for _ in 0..HALF_ROUNDS {
        let mut round = run(address, connections, HALF_ROUND, pace, &write);
        accepted += round.accepted;
        median.push(round.millis(0.5));
        most.push(round.millis(0.99));
    }
    let rounds = format!("{most:.1?}");
    median.sort_by(f64::total_cmp);
    most.sort_by(f64::total_cmp);
    println!(
        "half load: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms (median of {rounds})",
        full / 2.0,
        median[HALF_ROUNDS / 2],
        most[HALF_ROUNDS / 2],
    );
    accepted
}

/// Sends what `write` appends for each number, counted over all connections, for as long as `duration`.
pub fn run(
    address: &str,
    connections: u64,
    duration: Duration,
    pace: Pace,
    write: impl Fn(u64, &mut Vec<u8>),
) -> Report {
    // It would be on another machine: what it waits for is to be the server, not a core.
    mayfly::engine::take_short_turns();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let begun = Instant::now();
    let reports = runtime.block_on(futures_util::future::join_all((0..connections).map(
        |number| {
            let connection = Connection {
                address,
                number,
                connections,
                begun,
                until: begun + duration,
                pace,
            };
            connection.run(&write)
        },
    )));
    let mut all = Report {
        seconds: begun.elapsed().as_secs_f64(),
        ..Report::default()
    };
    for report in reports {
        all.accepted += report.accepted;
        all.refused += report.refused;
        all.micros.extend(report.micros);
    }
    all
}

struct Connection<'a> {
    address: &'a str,
    number: u64,
    connections: u64,
    begun: Instant,
    until: Instant,
    pace: Pace,
}

impl Connection<'_> {
    async fn run(self, write: &impl Fn(u64, &mut Vec<u8>)) -> Report {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut request, mut answer) = (Vec::new(), Vec::new());
        let mut report = Report::default();
        for count in 0.. {
            let number = count * self.connections + self.number;
            let due = match self.pace {
                Pace::Closed => Instant::now(),
                Pace::PerSecond(rate) => {
                    let due = self.begun + Duration::from_secs_f64(number as f64 / rate);
                    if due <= Instant::now() {
                        due
                    } else {
                        // The timer is up to a millisecond late, which is not the server's doing.
                        tokio::time::sleep_until(due.into()).await;
                        Instant::now()
                    }
                }
            };
            if due >= self.until {
                break;
            }
            request.clear();
            write(number, &mut request);
            stream.write_all(&request).await.unwrap();
            match status(&mut stream, &mut answer).await {
                200..300 => report.accepted += 1,
                _ => report.refused += 1,
            }
            report.micros.push(due.elapsed().as_micros() as u32);
        }
        report
    }
}

/// Reads one answer to its end.
async fn status(stream: &mut TcpStream, answer: &mut Vec<u8>) -> u16 {
    answer.clear();
    loop {
        assert!(stream.read_buf(answer).await.unwrap() > 0, "hung up");
        let Some(head) = memchr::memmem::find(answer, b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&answer[..head]).unwrap();
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().unwrap())
        });
        if answer.len() >= head + 4 + length.unwrap_or(0) {
            return text[9..12].parse().unwrap();
        }
    }
}
