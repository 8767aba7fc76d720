//! Acknowledged durable page views per second, beside a bare hyper server that answers 204, in one run.
//!
//! The load is the same for both: `wrk -t1 -c64` with the request of a real matomo.js, on the same two cores as the
//! servers. Mayfly masks, scrubs, seals, syncs and stores meanwhile; the bare server does nothing.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::convert::Infallible;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use support::load::{self, Pace};
use support::program::{Mayfly, Program};
use support::visits;

const ROUNDS: usize = 3;
const SECONDS: u32 = 8;
const CONNECTIONS: u64 = 64;
const FULL: Duration = Duration::from_secs(8);

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("--bare") => return serve_bare(),
        Some("--script") => return print!("{}", request_script()),
        _ => {}
    }
    let data = tempfile::tempdir().unwrap();
    let bare = Program::start(Command::new(std::env::current_exe().unwrap()).arg("--bare"));
    let mayfly = Mayfly::start(data.path());
    let script = data.path().join("request.lua");
    std::fs::write(&script, request_script()).unwrap();
    let mut ratios = Vec::new();
    println!(
        "{:>12} {:>12} {:>7}   p99 of Mayfly",
        "bare 204/s", "Mayfly/s", "ratio"
    );
    for _ in 0..ROUNDS {
        let (bare_rate, _) = wrk(&bare.address, &script);
        let (rate, p99) = wrk(&mayfly.program.address, &script);
        ratios.push(rate / bare_rate);
        println!(
            "{bare_rate:>12.0} {rate:>12.0} {:>7.3}   {p99}",
            rate / bare_rate
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.3}", ratios[ROUNDS / 2]);
    let received = mayfly.counter("items_received_total", "analytics");
    let stored = mayfly.settle("analytics", received);
    println!("received {received}, stored {stored}");
    println!(
        "resident: server {} MiB, engine {} MiB",
        mayfly.program.resident_mib(),
        mayfly.engine_resident_mib()
    );
    of_many_visitors();
}

/// Traffic in which no two page views are the same: how long each waits at half load, and what it takes on disk once ClickHouse
/// has merged it.
fn of_many_visitors() {
    let data = tempfile::tempdir().unwrap();
    let mayfly = Mayfly::start(data.path());
    let address = &mayfly.program.address;
    let sent = AtomicU64::new(0);
    let write = |_: u64, out: &mut Vec<u8>| {
        visits::write_request(address, sent.fetch_add(1, Relaxed), out);
    };
    let full = load::run(address, CONNECTIONS, FULL, Pace::Closed, write);
    println!("many visitors: {:.0}/s acknowledged", full.rate());
    let half = load::half(address, CONNECTIONS, full.rate(), write);
    let accepted = full.accepted + half;
    assert_eq!(mayfly.settle("analytics", accepted), accepted);
    mayfly.engine("OPTIMIZE TABLE analytics_events FINAL");
    let bytes = "SELECT round(sum(bytes_on_disk) / sum(rows), 1) FROM system.parts WHERE active AND table = 'analytics_events'";
    println!("on disk: {} bytes a page view", mayfly.engine(bytes));
}

/// What the comparison leaves out: everything but HTTP.
fn serve_bare() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("listens on {}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = stream.set_nodelay(true);
            tokio::spawn(http1::Builder::new().serve_connection(
                TokioIo::new(stream),
                service_fn(|_: Request<hyper::body::Incoming>| async {
                    let mut answer = Response::new(Empty::<Bytes>::new());
                    *answer.status_mut() = StatusCode::NO_CONTENT;
                    Ok::<_, Infallible>(answer)
                }),
            ));
        }
    });
}

/// Requests per second and the 99th percentile.
fn wrk(address: &str, script: &std::path::Path) -> (f64, String) {
    let output = Command::new("wrk")
        .args(["-t1", "-c64", &format!("-d{SECONDS}s"), "--latency", "-s"])
        .arg(script)
        .arg(format!("http://{address}/"))
        .output()
        .expect("wrk is installed (scripts/bench.sh does it)");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx"), "{text}");
    let field = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(name));
        line.and_then(|line| line.split_whitespace().last())
            .unwrap_or_default()
            .to_owned()
    };
    (field("Requests/sec:").parse().unwrap(), field("99%"))
}

/// A page view as matomo.js 5 sends it: everything in the query of a POST with an empty body.
fn request_script() -> String {
    let query = "action_name=Garden%20chairs%20%E2%80%93%20Shop&idsite=1&rec=1&r=586800&h=3&m=58&s=30\
        &url=https%3A%2F%2Fshop.example.org%2Fgarden%2Fchairs%3Fmtm_campaign%3Dspring%26mtm_kwd%3Dchairs\
        &urlref=https%3A%2F%2Fwww.example.com%2Fsearch%3Fq%3Dchairs&_id=2add282bfaa936d5&_idn=1&send_image=0\
        &_rcn=spring&_rck=chairs&_refts=1795319910&pv_id=XsKEqV&pf_net=0&pf_srv=11&pf_tfr=1&pf_dm1=28\
        &uadata=%7B%22formFactors%22%3A%5B%22Desktop%22%5D%2C%22mobile%22%3Afalse%2C%22model%22%3A%22%22%7D\
        &pdf=1&qt=0&realp=0&wma=0&fla=0&java=0&ag=0&cookie=1&res=1366x768";
    format!(
        "wrk.method = 'POST'\n\
        wrk.path = '/matomo.php?{query}'\n\
        wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=utf-8'\n\
        wrk.headers['User-Agent'] = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'\n\
        wrk.headers['Accept-Language'] = 'de-DE'\n\
        wrk.headers['Origin'] = 'https://shop.example.org'\n\
        wrk.headers['Referer'] = 'https://shop.example.org/garden/chairs'\n\
        wrk.headers['X-Forwarded-For'] = '203.0.113.77'\n"
    )
}
