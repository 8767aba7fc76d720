//! Reads which crash events are stored already, so that one that is sent again after a restart is not stored again.

use std::time::Duration;

use crate::app::App;
use crate::intake::seen::Seen;
use crate::limits::{EVENT_IDS_REMEMBERED_MAX, RETENTION_HOURS_MAX, STORE_BACKOFF_MAX};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// What clients send again, they mostly send again soon: events of this age are known before intake opens …
const FIRST_HOURS: u32 = 24;
/// … unless reading them takes longer than this.
const FIRST_TIMEOUT: Duration = Duration::from_secs(2);
/// Steps into the past, newest first.
const STEPS_HOURS: [u32; 4] = [0, FIRST_HOURS, 7 * 24, RETENTION_HOURS_MAX];

/// Recalls the events of the last day. Returns whether that was done.
pub(super) async fn newest(store: &Store, seen: &Seen, now: Timestamp) -> bool {
    let reading = step(store, seen, (STEPS_HOURS[0], STEPS_HOURS[1]), now);
    let read = tokio::time::timeout(FIRST_TIMEOUT, reading).await;
    matches!(read, Ok(Ok(_)))
}

/// Recalls all others while events are accepted, newest first, as many as are remembered. Waits for ClickHouse if need be.
pub(super) async fn others(app: &App, newest_done: bool) {
    let now = app.started_at;
    for ages in STEPS_HOURS.windows(2).skip(usize::from(newest_done)) {
        let ages = (ages[0], ages[1]);
        loop {
            match step(&app.store, &app.seen, ages, now).await {
                Ok(true) => break,
                Ok(false) => return,
                Err(_) => tokio::time::sleep(STORE_BACKOFF_MAX).await,
            }
        }
    }
}

/// Recalls the events of an age between so many hours. Returns whether there is room for older ones.
async fn step(
    store: &Store,
    seen: &Seen,
    (younger, older): (u32, u32),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ago = |hours: u32| Timestamp::from_seconds(now.seconds() - i64::from(hours) * 3_600);
    // Rows of a run whose clock was ahead belong to the newest.
    let to = match younger {
        0 => Timestamp::from_millis(i64::from(u32::MAX) * 1_000),
        _ => ago(younger),
    };
    let mut ids = store.event_ids(ago(older), to, EVENT_IDS_REMEMBERED_MAX, now)?;
    let mut has_room = true;
    while has_room
        && ids
            .next(|project, digits| has_room &= seen.recall(project, digits))
            .await?
    {}
    Ok(has_room)
}
