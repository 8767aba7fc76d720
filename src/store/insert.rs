//! From the spool into ClickHouse: each segment is one batch, inserted with its id as deduplication token, and
//! deleted only after ClickHouse has said yes. Whatever happens in between, the batch can be sent again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use bytes::BytesMut;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::{Store, StoreError};
use crate::engine;
use crate::limits::{INSERT_TIMEOUT, STORE_BACKOFF_MAX};
use crate::outcome::{Outcomes, Reason};
use crate::privacy::Subject;
use crate::spool::{PurgedRows, Record, Segment, Usage};
use crate::time::Timestamp;

/// Rows are sent in pieces of at most this size; a larger row is a piece of its own.
const PIECE_BYTES: usize = 256 * 1024;
/// How often waiting segments are searched for expired rows while ClickHouse is away.
const PURGE_INTERVAL: Duration = Duration::from_secs(60);
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
/// A batch that ClickHouse refuses this often is set aside, so that it does not hold up those behind it …
const REFUSALS_MAX: u32 = 5;
/// … and tried again after this.
const SET_ASIDE_INTERVAL: Duration = Duration::from_secs(10);

/// Erasures that wait for the inserter; a further one waits to wait.
const ERASURES_MAX: usize = 16;

/// Asks for somebody's rows to be taken out of every segment that waits. The answer is how many there were.
pub struct Erasure {
    pub subject: Subject,
    pub done: oneshot::Sender<io::Result<u64>>,
}

/// Moves segments from the spool into ClickHouse until told to stop.
pub struct Inserter {
    store: Store,
    segments: mpsc::UnboundedReceiver<Segment>,
    erasing: mpsc::Sender<Erasure>,
    erasures: mpsc::Receiver<Erasure>,
    waiting: VecDeque<Segment>,
    /// Refused batches, and when they are tried again.
    set_aside: VecDeque<(Instant, Segment)>,
    outcomes: Arc<Outcomes>,
    usage: Arc<Usage>,
    /// Whether the last attempt succeeded.
    reachable: Arc<AtomicBool>,
}

impl Inserter {
    /// Prepares to move `segments` over connections of its own; `usage` is told what leaves the spool. `is_reachable` says whether
    /// ClickHouse was there a moment ago.
    pub fn new(
        store: &Store,
        segments: mpsc::UnboundedReceiver<Segment>,
        outcomes: Arc<Outcomes>,
        usage: Arc<Usage>,
        is_reachable: bool,
    ) -> Self {
        let (erasing, erasures) = mpsc::channel(ERASURES_MAX);
        Self {
            store: store.apart(),
            segments,
            erasing,
            erasures,
            waiting: VecDeque::new(),
            set_aside: VecDeque::new(),
            outcomes,
            usage,
            reachable: Arc::new(AtomicBool::new(is_reachable)),
        }
    }

    /// Whether the last attempt to insert succeeded.
    pub fn reachable(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.reachable)
    }

    /// Where erasures are asked for. Each is carried out between two attempts to insert.
    pub fn erasures(&self) -> mpsc::Sender<Erasure> {
        self.erasing.clone()
    }

    /// Runs on a thread of its own, of lower priority: reading a segment, copying its rows and deleting its file take milliseconds at
    /// a stretch, for which no request should wait. Ends when the spool is closed and empty, or when `stop` becomes true or is
    /// dropped; then what is left stays in the spool.
    ///
    /// # Errors
    /// If the system has no thread to give.
    pub fn start(self, stop: watch::Receiver<bool>) -> io::Result<oneshot::Receiver<()>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (ended, ending) = oneshot::channel();
        thread::Builder::new()
            .name("inserter".into())
            .spawn(move || {
                // Behind those that answer, and before the engine, which it feeds.
                engine::stand_back();
                runtime.block_on(self.run(stop));
                // Whoever started it may have ended.
                let _ = ended.send(());
            })?;
        Ok(ending)
    }

    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while let Some(segment) = self.next().await {
            tokio::select! {
                () = self.deliver(segment) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn next(&mut self) -> Option<Segment> {
        loop {
            while let Ok(erasure) = self.erasures.try_recv() {
                self.erase(erasure, None);
            }
            if let Some(segment) = self.waiting.pop_front() {
                return Some(segment);
            }
            let due = self.set_aside.front().map(|(due, _)| *due);
            let refused_is_due = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(erasure) = self.erasures.recv() => self.erase(erasure, None),
                () = refused_is_due => {
                    let (_, mut refused) = self.set_aside.pop_front()?;
                    self.purge(&mut refused);
                    return Some(refused);
                }
                fresh = self.segments.recv() => return fresh,
            }
        }
    }

    /// Sends one segment until ClickHouse has it, or has refused it often enough.
    async fn deliver(&mut self, mut segment: Segment) {
        let mut backoff = BACKOFF_FIRST;
        let mut refusals = 0;
        let mut purged_at = Instant::now();
        loop {
            match self.send(&segment).await {
                Ok(()) => {
                    if !self.reachable.swap(true, Relaxed) {
                        info!("ClickHouse takes batches again; the spool empties");
                    }
                    return;
                }
                Err(cause) => {
                    if self.reachable.swap(false, Relaxed) {
                        warn!(%cause, "ClickHouse does not take batches; events wait in the spool");
                    }
                    refusals += u32::from(matches!(cause, StoreError::Refused(_)));
                    if refusals >= REFUSALS_MAX {
                        warn!(%cause, "ClickHouse refuses a batch; it is set aside and tried again later");
                        let due = Instant::now() + SET_ASIDE_INTERVAL;
                        return self.set_aside.push_back((due, segment));
                    }
                }
            }
            let again = Instant::now() + backoff;
            loop {
                tokio::select! {
                    () = tokio::time::sleep_until(again) => break,
                    Some(erasure) = self.erasures.recv() => self.erase(erasure, Some(&mut segment)),
                }
            }
            backoff = (backoff * 2).min(STORE_BACKOFF_MAX);
            if purged_at.elapsed() >= PURGE_INTERVAL {
                purged_at = Instant::now();
                self.purge(&mut segment);
                self.purge_waiting();
            }
        }
    }

    /// Takes expired rows out of every segment that waits.
    fn purge_waiting(&mut self) {
        self.take_waiting();
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.iter_mut().for_each(|segment| self.purge(segment));
        self.waiting = waiting;
    }

    fn take_waiting(&mut self) {
        while let Ok(more) = self.segments.try_recv() {
            self.waiting.push_back(more);
        }
    }

    /// Takes somebody's rows out of every segment that waits; `current` is the one being delivered.
    fn erase(&mut self, erasure: Erasure, current: Option<&mut Segment>) {
        self.take_waiting();
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut set_aside = std::mem::take(&mut self.set_aside);
        let refused = set_aside.iter_mut().map(|(_, segment)| segment);
        let mut result = Ok(0);
        for segment in waiting.iter_mut().chain(refused).chain(current) {
            let before = segment.bytes();
            match segment.erase(&erasure.subject) {
                Ok(purged) => {
                    result = result.map(|count| count + purged.total());
                    self.purged(before, segment, &purged, Reason::Erased);
                }
                // The others are erased nevertheless.
                Err(cause) => result = Err(cause),
            }
        }
        self.waiting = waiting;
        self.set_aside = set_aside;
        // Whoever asked may have given up waiting.
        let _ = erasure.done.send(result);
    }

    fn purged(&self, bytes_before: u64, segment: &Segment, purged: &PurgedRows, reason: Reason) {
        self.usage
            .left(bytes_before.saturating_sub(segment.bytes()));
        for (kind, count) in purged.each() {
            self.outcomes.dropped_from_spool(kind, reason, count);
        }
    }

    fn purge(&self, segment: &mut Segment) {
        let before = segment.bytes();
        match segment.purge_expired(Timestamp::now()) {
            Ok(purged) => self.purged(before, segment, &purged, Reason::Expired),
            Err(cause) => {
                warn!(kind = %cause.kind(), "expired rows cannot be removed from the spool")
            }
        }
    }

    /// One attempt: every table of the segment, then the file goes.
    async fn send(&self, segment: &Segment) -> Result<(), StoreError> {
        let now = Timestamp::now().datetime();
        let mut tables = BTreeSet::new();
        let mut counts = BTreeMap::new();
        let mut count = |record: Record<'_>| {
            let (stored, expired) = counts.entry(record.kind).or_insert((0, 0));
            if record.expires_at > now {
                tables.insert(usize::from(record.table));
                *stored += 1
            } else {
                *expired += 1
            }
        };
        let mut reading = segment.read().map_err(unreadable)?;
        reading.each_row(&mut count).map_err(unreadable)?;
        let _inserting = self.store.inserting.lock().await;
        for index in tables {
            self.send_table(segment, index, now).await?;
        }
        match segment.delete() {
            Ok(space) => space.give_back(),
            Err(cause) => {
                warn!(kind = %cause.kind(), "a spool segment cannot be deleted; it will be sent again");
                return Err(StoreError::Unexpected);
            }
        }
        self.usage.left(segment.bytes());
        for (kind, (stored, expired)) in counts {
            self.outcomes.stored(kind, stored);
            self.outcomes
                .dropped_from_spool(kind, Reason::Expired, expired);
        }
        Ok(())
    }

    /// The rows of one table that have time left, in pieces of at most [`PIECE_BYTES`]. A segment is read again for each, which is
    /// less than holding it in memory.
    async fn send_table(
        &self,
        segment: &Segment,
        index: usize,
        now: u32,
    ) -> Result<(), StoreError> {
        let mut reading = segment.read().map_err(unreadable)?;
        let Some((table, columns)) = reading.tables().get(index) else {
            return Ok(()); // No table of that number: nothing that was ever written.
        };
        let statement = format!(
            "INSERT INTO {table} ({}) FORMAT RowBinary",
            columns.join(", ")
        );
        let mut insert = self
            .store
            .client()
            .insert_formatted_with(statement)
            .with_timeouts(Some(INSERT_TIMEOUT), Some(INSERT_TIMEOUT))
            .with_setting("insert_deduplicate", "1")
            .with_setting("insert_deduplication_token", reading.token(index))
            // A batch that is sent again because it was cut off may have reached the table and not what is derived from it.
            .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
            // One batch may hold rows of projects with many different retentions.
            .with_setting("max_partitions_per_insert_block", "0");
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        while let Some(rows) = reading.next_rows().map_err(unreadable)? {
            for record in rows {
                if usize::from(record.table) != index || record.expires_at <= now {
                    continue;
                }
                // A row that does not fit would move all before it into a buffer of twice the size.
                if !piece.is_empty() && piece.len() + record.row.len() > PIECE_BYTES {
                    insert.send(piece.freeze()).await?;
                    piece = BytesMut::with_capacity(PIECE_BYTES);
                }
                piece.extend_from_slice(record.row);
            }
        }
        insert.send(piece.freeze()).await?;
        Ok(insert.end().await?)
    }
}

fn unreadable(cause: io::Error) -> StoreError {
    error!(kind = %cause.kind(), "a spool segment cannot be read");
    StoreError::Unexpected
}
