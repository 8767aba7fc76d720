//! Crash events received, scrubbed, grouped and stored for a minute, with the load on the same cores; then at half that rate, how
//! long each waits for its answer and until it can be queried.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use support::crashes;
use support::load::{self, Pace};
use support::program::Mayfly;

const CONNECTIONS: u64 = 64;
const FULL: Duration = Duration::from_secs(60);

fn main() {
    let data = tempfile::tempdir().unwrap();
    let mayfly = Mayfly::start(data.path());
    let address = &mayfly.program.address;
    let key = &mayfly.key();
    let events = crashes::all();
    println!(
        "{} events, mean size {} bytes",
        events.len(),
        events.iter().map(|event| event.bytes).sum::<usize>() / events.len()
    );
    let sent = AtomicU64::new(0);
    let write = |_: u64, out: &mut Vec<u8>| {
        let number = sent.fetch_add(1, Relaxed);
        let event = &events[number as usize % events.len()];
        event.write_request(address, key, number, out);
    };

    let memory = Memory::default();
    let mut full = std::thread::scope(|scope| {
        scope.spawn(|| memory.watch(&mayfly));
        let report = load::run(address, CONNECTIONS, FULL, Pace::Closed, write);
        memory.done.store(true, Relaxed);
        report
    });
    let stored_meanwhile = mayfly.counter("items_stored_total", "error");
    let drained = Instant::now();
    let stored = mayfly.settle("error", full.accepted);
    println!(
        "full load: {:.0}/s acknowledged, p99 {:.1} ms; {:.0}/s stored while it lasted, the rest after {:.1} s",
        full.rate(),
        full.millis(0.99),
        stored_meanwhile as f64 / full.seconds,
        drained.elapsed().as_secs_f64()
    );
    println!(
        "accepted {}, refused {}, stored {stored}",
        full.accepted, full.refused
    );
    println!(
        "resident at most: server {} MiB, engine {} MiB",
        memory.server.load(Relaxed),
        memory.engine.load(Relaxed)
    );

    let half = load::half(address, CONNECTIONS, full.rate(), write);
    mayfly.settle("error", full.accepted + half);
    mayfly.engine("OPTIMIZE TABLE error_events FINAL");
    let bytes = "SELECT round(sum(bytes_on_disk) / sum(rows)) FROM system.parts WHERE active AND table = 'error_events'";
    println!("on disk: {} bytes a crash", mayfly.engine(bytes));
}

/// The most that was held at a time, in MiB.
#[derive(Default)]
struct Memory {
    server: AtomicU64,
    engine: AtomicU64,
    done: AtomicBool,
}

impl Memory {
    fn watch(&self, mayfly: &Mayfly) {
        while !self.done.load(Relaxed) {
            self.server
                .fetch_max(mayfly.program.resident_mib(), Relaxed);
            self.engine.fetch_max(mayfly.engine_resident_mib(), Relaxed);
            std::thread::sleep(Duration::from_millis(250));
        }
    }
}
