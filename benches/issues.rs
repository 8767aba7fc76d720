//! Ten million crashes in 100,000 issues, and how long a developer waits for a page of them.
//!
//! The rows are made inside the engine, one day after the other: as many events for each issue, spread over thirty
//! days, which is the worst case for a roll-up by day. Takes about ten minutes and 4 GB of disk.
//!
//! `cargo bench --bench issues -- DIRECTORY` keeps the data there, and the next time only asks.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod support;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use support::program::Mayfly;

const DAYS: u64 = 30;
const ISSUES: u64 = 100_000;
const EVENTS: u64 = 10_000_000;
const ROUNDS: usize = 15;

fn main() {
    let kept = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let temporary = tempfile::tempdir().unwrap();
    let data = kept.as_deref().map_or(temporary.path(), Path::new);
    let mayfly = Mayfly::start(data);
    if mayfly.engine("SELECT count() FROM error_events") == "0" {
        fill(&mayfly);
    }
    let token = mayfly.token();
    Reader { mayfly, token }.ask_all();
}

fn fill(mayfly: &Mayfly) {
    let begun = Instant::now();
    for day in 0..DAYS {
        mayfly.engine(&day_of_crashes(day));
    }
    let counts =
        "SELECT count(), uniqExact(group_id), (SELECT count() FROM issue_days) FROM error_events";
    let counts = mayfly.engine(counts);
    println!(
        "events, issues, rows of the roll-up: {}",
        counts.replace('\t', ", ")
    );
    println!("made in {:.0} s", begun.elapsed().as_secs_f64());
    mayfly.engine(&decisions());
}

/// What people decided: 20,000 resolved, 1,000 in the next release, 1,000 ignored until more events, 500
/// merged.
fn decisions() -> String {
    format!(
        "INSERT INTO issue_states (project_id, group_id, status, changed_at, ignored_events, release, known_releases,
            merged_into, version)
        SELECT 1, sipHash64(number % {ISSUES}), multiIf(number < 20000, 'resolved', number < 21000, 'resolved_in_next_release',
            number < 22000, 'ignored', 'unresolved'), now64(3) - INTERVAL 1 DAY, if(number < 21000, 0, 1000000),
            'shop@1.19.0', if(number < 20000 OR number >= 21000, [],
                arrayMap(minor -> concat('shop@1.', toString(minor), '.0'), range(20))),
            if(number < 22000, 0, sipHash64((number + 1000) % {ISSUES})), toUnixTimestamp64Milli(now64(3))
        FROM numbers(22500)"
    )
}

/// A thirtieth of the events, on one day.
fn day_of_crashes(day: u64) -> String {
    let count = EVENTS / DAYS;
    let first = day * count;
    format!(
        "INSERT INTO error_events (project_id, received_at, expires_at, occurred_at, client_ip, country, event_id,
            group_id, user_key, level, platform, exception_type, exception_value, culprit, unhandled, release,
            environment, transaction, sdk_name, sdk_version, browser, browser_major, system, device, tags, payload)
        SELECT 1, toStartOfDay(now()) - INTERVAL {day} DAY + toIntervalSecond(intHash32(number) % greatest(60,
                if({day} = 0, toUnixTimestamp(now()) - toUnixTimestamp(toStartOfDay(now())), 86400))) AS at,
            toStartOfDay(at + INTERVAL 30 DAY), at, '203.0.113.0', ['DE', 'AT', 'CH', 'US'][1 + number % 4],
            lower(hex(MD5(toString(number)))) AS id, sipHash64(number % {ISSUES}), sipHash64(number % 777777),
            ['error', 'error', 'fatal', 'warning'][1 + number % {ISSUES} % 4], 'javascript',
            concat('Type', toString(number % 300), 'Error'), concat('value ', toString(number % {ISSUES}), ' is undefined'),
            concat('app/', toString(number % 1000), '.js in run'), 1, concat('shop@1.', toString(intHash32(number) % 20), '.0'),
            ['production', 'staging'][1 + (number % 10 = 0)], concat('/shop/', toString(number % 500)),
            'sentry.javascript.browser', '11.12.0', ['Firefox', 'Chrome', 'Safari'][1 + intHash32(number + 1) % 3],
            120 + number % 10, ['Windows', 'Linux', 'iOS'][1 + intHash32(number + 2) % 3], 'desktop',
            map('customer', concat('c', toString(number % 50)), 'feature', 'checkout'),
            concat('{{\"event_id\":\"', id, '\",\"platform\":\"javascript\",\"exception\":{{\"values\":[{{\"type\":\"Type',
                toString(number % 300), 'Error\",\"value\":\"value ', toString(number % {ISSUES}),
                ' is undefined\",\"stacktrace\":{{\"frames\":[',
                repeat('{{\"filename\":\"app.js\",\"function\":\"run\",\"lineno\":10,\"in_app\":true}},', 6),
                '{{\"filename\":\"main.js\",\"function\":\"main\",\"lineno\":1,\"in_app\":true}}]}}}}]}}}}')
        FROM numbers({first}, {count})
        SETTINGS max_insert_threads = 1, max_threads = 1, max_block_size = 400000,
            min_insert_block_size_rows = 400000, min_insert_block_size_bytes = 0"
    )
}

/// Somebody who reads pages.
struct Reader {
    mayfly: Mayfly,
    token: String,
}

impl Reader {
    fn ask_all(&self) {
        let issue = self
            .mayfly
            .engine(&format!("SELECT sipHash64(toUInt32({}))", ISSUES / 2));
        let event = self.mayfly.engine(&format!(
            "SELECT event_id FROM error_events WHERE group_id = {issue} LIMIT 1"
        ));
        let list = "/api/v1/projects/1/issues";
        let first: serde_json::Value = serde_json::from_str(
            &self
                .mayfly
                .program
                .get(&format!("{list}?limit=25"), Some(&self.token)),
        )
        .unwrap();
        let cursor = first["next"].as_str().unwrap();
        println!(
            "{:<44} {:>9} {:>9} {:>9}",
            "", "median", "slowest", "processor"
        );
        for (name, path) in [
            ("issue list, first page", "/issues".to_owned()),
            (
                "issue list over the API",
                format!("{list}?query=is%3Aunresolved"),
            ),
            (
                "next page by cursor",
                format!("{list}?limit=25&cursor={cursor}"),
            ),
            ("list by first event", "/issues?sort=first_seen".to_owned()),
            ("list by number of events", "/issues?sort=count".to_owned()),
            (
                "list by affected visitors",
                "/issues?sort=visitors".to_owned(),
            ),
            ("filter: release", "/issues?release=shop%401.7.0".to_owned()),
            (
                "filter: environment",
                "/issues?environment=staging".to_owned(),
            ),
            (
                "filter: seen in the last day",
                "/issues?seen=24h".to_owned(),
            ),
            (
                "search: release and browser",
                "/issues?query=release%3A1.7.0+browser%3AFirefox".to_owned(),
            ),
            (
                "search: level",
                "/issues?query=is%3Aunresolved+level%3Afatal".to_owned(),
            ),
            ("search: tag", "/issues?query=customer%3Ac7".to_owned()),
            (
                "search: free text",
                "/issues?query=%224711+is+undefined%22".to_owned(),
            ),
            (
                "search: first seen in the last day",
                "/issues?query=firstSeen%3A-24h".to_owned(),
            ),
            ("search: resolved", "/issues?query=is%3Aresolved".to_owned()),
            (
                "issue page with its newest event",
                format!("/issues/{issue}"),
            ),
            (
                "issue page with an older event",
                format!("/issues/{issue}/events/{}", event),
            ),
            (
                "similar issues and pages",
                format!("/issues/{issue}/around"),
            ),
            ("issue over the API", format!("/api/v1/issues/{issue}")),
            (
                "events of an issue",
                format!("/api/v1/issues/{issue}/events"),
            ),
            ("event over the API", format!("/api/v1/events/{}", event)),
        ] {
            self.ask(name, &path);
        }
    }

    /// Prints how long an answer takes, from request to last byte, and how long server and engine work for it.
    fn ask(&self, name: &str, path: &str) {
        let before = self.processor_seconds();
        let mut seconds: Vec<f64> = (0..ROUNDS).map(|_| self.time(path)).collect();
        let processor = (self.processor_seconds() - before) / ROUNDS as f64;
        seconds.sort_by(f64::total_cmp);
        let milliseconds = |at: usize| seconds[at] * 1_000.0;
        println!(
            "{name:<44} {:>6.0} ms {:>6.0} ms {:>6.0} ms",
            milliseconds(ROUNDS / 2),
            milliseconds(ROUNDS - 1),
            processor * 1_000.0
        );
    }

    /// Of the server and its engine so far.
    fn processor_seconds(&self) -> f64 {
        const TICKS_PER_SECOND: f64 = 100.0;
        let server = self.mayfly.program.id();
        let mut ticks = 0;
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
                continue;
            };
            // The name of a process may hold anything; behind it stand state, parent …, user and system time.
            let Some((pid, rest)) = stat.split_once(" (") else {
                continue;
            };
            let fields: Vec<&str> = rest.rsplit(") ").next().unwrap().split(' ').collect();
            if pid.parse() == Ok(server) || fields[1].parse() == Ok(server) {
                ticks += fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
            }
        }
        ticks as f64 / TICKS_PER_SECOND
    }

    fn time(&self, path: &str) -> f64 {
        let output = Command::new("curl")
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code} %{time_total}",
                "-H",
            ])
            .arg(format!("Authorization: Bearer {}", self.token))
            .arg(format!("http://{}{path}", self.mayfly.program.address))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (status, seconds) = text.split_once(' ').unwrap();
        assert_eq!(status, "200", "{path}");
        seconds.parse().unwrap()
    }
}
