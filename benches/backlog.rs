//! A start behind a long absence of ClickHouse: how long until events are accepted with a spool of nearly half a gigabyte of page
//! views and as much of crashes left behind, how much memory that takes, and how long until all of it is stored.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use support::load::{self, Pace};
use support::program::Mayfly;
use support::{crashes, visits};

const CONNECTIONS: u64 = 32;
const SLICE: Duration = Duration::from_secs(1);
/// Of page views, and of crashes; together just below the spool's limit.
const BYTES: u64 = 480 * 1024 * 1024;
const HITS_IN_A_BODY: u64 = 200;

fn main() {
    let data = tempfile::tempdir().unwrap();
    let (views, crashes) = fill(data.path());
    let spool = std::fs::read_dir(data.path().join("spool"))
        .unwrap()
        .flatten();
    let files: Vec<u64> = spool.map(|entry| entry.metadata().unwrap().len()).collect();
    println!(
        "left behind: {views} page views and {crashes} crashes, {} MiB in {} segments",
        files.iter().sum::<u64>() / 1024 / 1024,
        files.len()
    );

    let begun = Instant::now();
    let mayfly = Mayfly::start(data.path());
    mayfly.program.get("/healthz", None);
    println!(
        "accepts events after {:.2} s; server at most {} MiB so far",
        begun.elapsed().as_secs_f64(),
        mayfly.program.most_resident_mib()
    );
    let stored = [
        mayfly.settle("analytics", views),
        mayfly.settle("error", crashes),
    ];
    println!(
        "all stored after {:.1} s: {} page views and {} crashes; server at most {} MiB",
        begun.elapsed().as_secs_f64(),
        stored[0],
        stored[1],
        mayfly.program.most_resident_mib()
    );
}

/// Sends while the engine stands still, and ends the server without a warning. Says how much was acknowledged.
fn fill(data: &Path) -> (u64, u64) {
    let mayfly = Mayfly::start(data);
    let address = &mayfly.program.address;
    let key = &mayfly.key();
    let events = crashes::all();
    let sent = AtomicU64::new(0);
    let write_views = |_: u64, out: &mut Vec<u8>| {
        let first = sent.fetch_add(HITS_IN_A_BODY, Relaxed);
        write_bulk(address, first, out);
    };
    let write_crash = |_: u64, out: &mut Vec<u8>| {
        let number = sent.fetch_add(1, Relaxed);
        events[number as usize % events.len()].write_request(address, key, number, out);
    };
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| hold_engine(&mayfly, &is_done));
        let mut bodies = 0;
        while spool_bytes(data) < BYTES {
            let report = load::run(address, CONNECTIONS, SLICE, Pace::Closed, write_views);
            assert_eq!(report.refused, 0);
            bodies += report.accepted;
        }
        let mut crashes = 0;
        while spool_bytes(data) < 2 * BYTES {
            let report = load::run(address, CONNECTIONS, SLICE, Pace::Closed, write_crash);
            assert_eq!(report.refused, 0);
            crashes += report.accepted;
        }
        is_done.store(true, Relaxed);
        (bodies * HITS_IN_A_BODY, crashes)
    })
}

/// An engine that stands still is replaced after half a minute; the next one is stopped as well.
fn hold_engine(mayfly: &Mayfly, is_done: &AtomicBool) {
    while !is_done.load(Relaxed) {
        if let Some(engine) = mayfly.engine_id() {
            let _ = kill_process(Pid::from_raw(engine as i32).unwrap(), Signal::STOP);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn spool_bytes(data: &Path) -> u64 {
    let files = std::fs::read_dir(data.join("spool")).unwrap().flatten();
    files
        .map(|entry| entry.metadata().map_or(0, |file| file.len()))
        .sum()
}

/// Appends a body of page views, each with the query of a request of its own.
fn write_bulk(address: &str, first: u64, out: &mut Vec<u8>) {
    let mut body = b"{\"requests\":[".to_vec();
    let mut request = Vec::new();
    for number in first..first + HITS_IN_A_BODY {
        request.clear();
        visits::write_request(address, number, &mut request);
        let query = request.iter().position(|&byte| byte == b'?').unwrap();
        let length = request[query..].iter().position(|&byte| byte == b' ');
        body.push(b'"');
        body.extend_from_slice(&request[query..query + length.unwrap()]);
        body.extend_from_slice(b"\",");
    }
    body.pop();
    body.extend_from_slice(b"]}");
    write!(
        out,
        "POST /matomo.php HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    out.extend_from_slice(&body);
}
