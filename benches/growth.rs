//! What page views cost as the table grows to a million, ten million and a hundred million rows: how many are acknowledged in a
//! second, how long each waits, and until it can be queried, at idle and under full load. Takes about ten minutes and 5 GB of disk.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use support::load::{self, Pace};
use support::program::Mayfly;
use support::visits;

const SIZES: [u64; 3] = [1_000_000, 10_000_000, 100_000_000];
const DAYS: u64 = 29;
const CONNECTIONS: u64 = 64;
const FULL: Duration = Duration::from_secs(10);
const HALF: Duration = Duration::from_secs(10);
/// Page views whose way into the table is timed.
const TIMED: usize = 10;

fn main() {
    let data = tempfile::tempdir().unwrap();
    let mayfly = Mayfly::start(data.path());
    let sent = AtomicU64::new(0);
    let mut rows = 0;
    println!(
        "{:>12} {:>10} {:>9} {:>9} {:>9} {:>16} {:>16}",
        "rows", "full load", "p99", "p50 half", "p99 half", "queryable idle", "queryable full"
    );
    for size in SIZES {
        fill(&mayfly, rows, size);
        rows = size;
        let write = |_: u64, out: &mut Vec<u8>| {
            visits::write_request(&mayfly.program.address, sent.fetch_add(1, Relaxed), out);
        };
        let address = &mayfly.program.address;
        let idle = until_queryable(&mayfly, || true);
        let begun = Instant::now();
        let (mut full, busy) = std::thread::scope(|scope| {
            let timed = scope.spawn(|| until_queryable(&mayfly, || begun.elapsed() < FULL));
            let full = load::run(address, CONNECTIONS, FULL, Pace::Closed, write);
            (full, timed.join().unwrap())
        });
        assert_eq!(full.refused, 0);
        let pace = Pace::PerSecond(full.rate() / 2.0);
        let mut half = load::run(address, CONNECTIONS, HALF, pace, write);
        println!(
            "{size:>12} {:>8.0}/s {:>6.1} ms {:>6.1} ms {:>6.1} ms {:>14.2} s {:>14.2} s",
            full.rate(),
            full.millis(0.99),
            half.millis(0.5),
            half.millis(0.99),
            idle.as_secs_f64(),
            busy.as_secs_f64()
        );
    }
    println!(
        "memory: server {} MiB, engine {} MiB",
        mayfly.program.resident_mib(),
        mayfly.engine_resident_mib()
    );
}

/// Rows of earlier days, made inside the engine.
fn fill(mayfly: &Mayfly, from: u64, to: u64) {
    let of_a_day = (to - from) / DAYS;
    for day in 1..=DAYS {
        let first = from + (day - 1) * of_a_day;
        mayfly.engine(&format!(
            "INSERT INTO analytics_events (project_id, received_at, expires_at, kind, client_ip, country, visitor_id,
                browser_key, host, path, title, channel, referrer_host, pageview_id, browser, browser_major, system, device,
                screen, language, engine)
            SELECT 1, toStartOfDay(now()) - INTERVAL {day} DAY + toIntervalSecond(number % 86400) AS at,
                toStartOfDay(at + INTERVAL 30 DAY), 'pageview', concat('203.0.', toString(number % 200), '.0'),
                ['DE', 'AT', 'CH', 'US'][1 + number % 4], sipHash64(intDiv(number, 4)), sipHash64(intDiv(number, 4) + 1),
                'shop.example.org', concat('/garden/page-', toString(intHash32(number) % 2000)),
                concat('Garden page ', toString(intHash32(number) % 2000)), ['direct', 'internal', 'search'][1 + number % 3],
                ['', 'shop.example.org', 'www.google.com'][1 + number % 3], lower(hex(toUInt32(sipHash64(number) % 16777216))),
                ['Chrome', 'Firefox', 'Safari'][1 + intHash32(number) % 3], 141, ['Windows', 'Linux', 'iOS'][1 + intHash32(number) % 3],
                ['desktop', 'smartphone'][1 + number % 2], '1920x1080', 'de', 'Blink'
            FROM numbers({first}, {of_a_day})
            SETTINGS max_insert_threads = 1, max_threads = 1"
        ));
    }
}

/// The longest that one of some page views took from its acknowledgement until it could be queried.
fn until_queryable(mayfly: &Mayfly, goes_on: impl Fn() -> bool) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..TIMED {
        let title = format!("timed{:x}", fastrand::u64(..));
        mayfly.program.get(
            &format!("/matomo.php?idsite=1&rec=1&action_name={title}"),
            None,
        );
        let acknowledged = Instant::now();
        let count = format!(
            "SELECT count() FROM analytics_events WHERE received_at > now() - 60 AND title = '{title}'"
        );
        while mayfly.engine(&count) == "0" {
            std::thread::sleep(Duration::from_millis(10));
        }
        longest = longest.max(acknowledged.elapsed());
        if !goes_on() {
            break;
        }
    }
    longest
}
