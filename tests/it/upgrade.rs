//! What an earlier release left behind.

use std::path::Path;

use crate::harness::{Setup, fresh_data};

/// A segment as release 0.1.0 wrote it on 2026-11-23, with made-up people: rows of every table. Never to be written anew:
/// what is acknowledged before an update must be stored after it.
const SEGMENT: &str =
    "tests/data/spool/0.1.0/1795399640441-53ba7ee3-548e-4a88-8f6a-b668546867fc.segment";
const ROWS: &[(&str, u64)] = &[
    ("analytics", 3),
    ("error", 1),
    ("transaction", 1),
    ("session", 1),
    ("sessions", 1),
    ("user_report", 1),
    ("client_report", 1),
    ("check_in", 1),
    ("log", 1),
    ("span", 1),
    ("security", 1),
];

#[tokio::test]
async fn the_spool_of_an_earlier_release_is_stored() {
    let data = fresh_data();
    let spool = data.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    let segment = Path::new(env!("CARGO_MANIFEST_DIR")).join(SEGMENT);
    std::fs::copy(&segment, spool.join(segment.file_name().unwrap())).unwrap();
    // On the day after: its rows expire, and then nobody stores them any more.
    let server = Setup::default()
        .clock("@2026-11-24 12:00:00")
        .start_on(data)
        .await;
    server.settle().await;
    for (kind, rows) in ROWS {
        for counter in ["recovered", "stored"] {
            let name = format!("items_{counter}_total{{kind=\"{kind}\"}}");
            assert_eq!(
                server.metric(&name).await,
                *rows,
                "{name}\n{}",
                server.log()
            );
        }
    }
    assert_eq!(server.metric("spool_damaged_frames_total").await, 0);
}
