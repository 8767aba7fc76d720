//! What Mayfly takes when nothing happens: processor time and memory of server and engine over two minutes, after a little load.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::time::Duration;

use support::load::{self, Pace};
use support::program::Mayfly;
use support::{crashes, visits};

const CONNECTIONS: u64 = 16;
const LOAD: Duration = Duration::from_secs(4);
/// Merges of what was just stored come to their end.
const REST: Duration = Duration::from_secs(20);
const WATCHED: Duration = Duration::from_secs(120);
/// What /proc counts in, on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() {
    let data = tempfile::tempdir().unwrap();
    let mayfly = Mayfly::start(data.path());
    let address = &mayfly.program.address;
    let key = &mayfly.key();
    let events = crashes::all();
    let views = load::run(address, CONNECTIONS, LOAD, Pace::Closed, |number, out| {
        visits::write_request(address, number, out);
    });
    let crashes = load::run(address, CONNECTIONS, LOAD, Pace::Closed, |number, out| {
        events[number as usize % events.len()].write_request(address, key, number, out);
    });
    mayfly.settle("analytics", views.accepted);
    mayfly.settle("error", crashes.accepted);
    println!(
        "stored {} page views and {} crashes",
        views.accepted, crashes.accepted
    );
    std::thread::sleep(REST);

    let (server, engine) = (mayfly.program.id(), mayfly.engine_id().unwrap());
    let before = [server, engine].map(processor_seconds);
    std::thread::sleep(WATCHED);
    let after = [server, engine].map(processor_seconds);
    let percent = |at: usize| (after[at] - before[at]) / WATCHED.as_secs_f64() * 100.0;
    println!(
        "of a core: server {:.2} %, engine {:.2} %; resident: server {} MiB, engine {} MiB",
        percent(0),
        percent(1),
        mayfly.program.resident_mib(),
        mayfly.engine_resident_mib()
    );
}

/// Time that all threads of a process have spent on processors, of their own and in the kernel.
fn processor_seconds(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // The name, in brackets, may hold spaces. The 14th and 15th field, of which the state behind the name is the third.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / TICKS_PER_SECOND
}
