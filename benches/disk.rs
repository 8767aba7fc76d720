//! What a crash takes on disk once ClickHouse has merged it, of traffic in which no two events are the same.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use support::crashes;
use support::load::{self, Pace};
use support::program::Mayfly;

const CONNECTIONS: u64 = 16;
const EVENTS: u64 = 100_000;
const SLICE: Duration = Duration::from_secs(2);

fn main() {
    let data = tempfile::tempdir().unwrap();
    let mayfly = Mayfly::start(data.path());
    let address = &mayfly.program.address;
    let key = &mayfly.key();
    let (sent, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let write = |_: u64, out: &mut Vec<u8>| {
        let number = sent.fetch_add(1, Relaxed);
        let event = crashes::varied(number);
        bytes.fetch_add(event.bytes as u64, Relaxed);
        event.write_request(address, key, number, out);
    };
    let mut accepted = 0;
    while accepted < EVENTS {
        let report = load::run(address, CONNECTIONS, SLICE, Pace::Closed, write);
        assert_eq!(report.refused, 0);
        accepted += report.accepted;
    }
    mayfly.settle("error", accepted);
    mayfly.engine("OPTIMIZE TABLE error_events FINAL");
    println!(
        "{accepted} crashes in {} groups, {} bytes each as sent",
        mayfly.engine("SELECT uniqExact(group_id) FROM error_events"),
        bytes.load(Relaxed) / accepted
    );
    println!(
        "on disk: {} bytes a crash, and what counts issues by day and release {}",
        mayfly.engine(&of_tables(&["error_events"], accepted)),
        mayfly.engine(&of_tables(&["issue_days", "release_days"], accepted))
    );
    println!("columns by bytes a crash, packed and not:");
    println!(
        "{}",
        mayfly.engine(&format!(
            "SELECT column, round(sum(column_data_compressed_bytes) / {accepted}, 1) AS bytes,
                round(sum(column_data_uncompressed_bytes) / {accepted}, 1)
            FROM system.parts_columns WHERE active AND table = 'error_events' GROUP BY column ORDER BY bytes DESC LIMIT 12"
        ))
    );
}

fn of_tables(tables: &[&str], events: u64) -> String {
    format!(
        "SELECT round(sum(bytes_on_disk) / {events}, 1) FROM system.parts WHERE active AND table IN ('{}')",
        tables.join("', '")
    )
}
