//! The writer thread: takes what has gathered, writes it as one frame, syncs, answers all waiters.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, oneshot};

use super::Usage;
use super::frame::{self, Counts};
use super::open::OpenSegment;
use super::preparation::Preparation;
use super::segment::Segment;
use crate::limits::{
    BACKLOG_BYTES, BACKLOG_BYTES_A_MILLISECOND, COMMIT_GATHERED_TIME_MAX, COMMIT_ROWS_GATHERED_MAX,
    HELD_BACK_MAX,
};
use crate::outcome::{Outcomes, Reason};
use crate::privacy::Sealed;

/// A frame's buffer that grew beyond this in a burst is given back.
const BUFFER_BYTES_KEPT: usize = 4 * 1024 * 1024;

/// What requests and the writer share.
#[derive(Default)]
pub(super) struct Shared {
    pending: Mutex<Pending>,
    arrived: Condvar,
    /// Whether rows wait for the threads that bring them to run out of work.
    gathers: AtomicBool,
}

/// Rows that wait for the next commit.
pub(super) struct Pending {
    frame: Vec<u8>,
    counts: Counts,
    commit: Arc<Commit>,
    /// When the first of them came.
    since: Option<Instant>,
    /// Whether they have waited for others long enough.
    is_due: bool,
    /// Who waits for the open segment to be handed over.
    asked: Vec<oneshot::Sender<()>>,
    writer_waits: bool,
    closed: bool,
}

/// One group commit, as its waiters see it.
#[derive(Default)]
pub(super) struct Commit {
    state: AtomicU8,
    finished: Notify,
}

const COMMITTED: u8 = 1;
const FAILED: u8 = 2;

impl Commit {
    /// Waits until the commit is durable or has failed.
    pub async fn done(&self) -> Result<(), Reason> {
        loop {
            let finished = self.finished.notified();
            match self.state.load(Ordering::Acquire) {
                COMMITTED => return Ok(()),
                FAILED => return Err(Reason::SpoolFailed),
                _ => finished.await,
            }
        }
    }

    /// Ends the commit; the first end counts.
    fn finish(&self, state: u8) {
        if self.state.load(Ordering::Acquire) != 0 {
            return;
        }
        self.state.store(state, Ordering::Release);
        self.finished.notify_waiters();
    }
}

impl Drop for Writer {
    /// A writer that dies takes nobody with it: whoever waits is told, and nobody new is let in.
    fn drop(&mut self) {
        let mut pending = self.shared.lock();
        pending.closed = true;
        pending.commit.finish(FAILED);
    }
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            frame: vec![0; frame::HEAD_BYTES],
            counts: Counts::default(),
            commit: Arc::default(),
            since: None,
            is_due: false,
            asked: Vec::new(),
            writer_waits: false,
            closed: false,
        }
    }
}

impl Pending {
    /// Asks for the segment with everything so far to be handed over, and for a word when it is.
    pub fn ask(&mut self, asked: oneshot::Sender<()>) {
        self.asked.push(asked);
    }

    pub fn push(&mut self, sealed: &Sealed) {
        frame::push_record(&mut self.frame, sealed);
        self.counts.add(sealed.kind());
    }

    pub fn bytes(&self) -> usize {
        self.frame.len() - frame::HEAD_BYTES
    }

    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    pub const fn commit(&self) -> &Arc<Commit> {
        &self.commit
    }
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn wake_writer(&self, pending: &Pending) {
        if pending.writer_waits {
            self.arrived.notify_one();
        }
    }

    /// Rows have come. Others may be about to, and shall share their commit. With the first of them the writer begins to watch the
    /// time: threads that are busy otherwise may bring none for long, and not rest either.
    pub fn gather(&self, pending: &mut Pending) {
        let is_first = pending.since.is_none();
        if is_first {
            pending.since = Some(Instant::now());
        }
        pending.is_due |= pending.counts.total() >= COMMIT_ROWS_GATHERED_MAX;
        self.gathers.store(!pending.is_due, Ordering::Relaxed);
        if pending.is_due || is_first {
            self.wake_writer(pending);
        }
    }

    /// No more rows are about to come from the thread that says so.
    pub fn lull(&self) {
        if self.gathers.load(Ordering::Relaxed) && self.gathers.swap(false, Ordering::Relaxed) {
            let mut pending = self.lock();
            // They may have gone with others by now.
            pending.is_due = pending.bytes() > 0;
            self.wake_writer(&pending);
        }
    }

    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
    }
}

/// A commit in the writer's hands. Dropped without an end, it has failed.
struct InFlight(Arc<Commit>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.finish(FAILED);
    }
}

/// What the writer found to do.
enum Work {
    Commit {
        frame: Vec<u8>,
        counts: Counts,
        commit: InFlight,
        asked: Vec<oneshot::Sender<()>>,
    },
    SegmentDue {
        asked: Vec<oneshot::Sender<()>>,
    },
    Close,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    usage: Arc<Usage>,
    outcomes: Arc<Outcomes>,
    ready: mpsc::UnboundedSender<Segment>,
    open: Option<OpenSegment>,
    preparation: Preparation,
    spare: Vec<u8>,
}

impl Writer {
    pub fn new(
        preparation: Preparation,
        shared: Arc<Shared>,
        usage: Arc<Usage>,
        outcomes: Arc<Outcomes>,
        ready: mpsc::UnboundedSender<Segment>,
    ) -> Self {
        Self {
            shared,
            usage,
            outcomes,
            ready,
            open: None,
            preparation,
            spare: Vec::new(),
        }
    }

    pub fn run(mut self) {
        loop {
            match self.next_work() {
                Work::Commit {
                    mut frame,
                    counts,
                    commit,
                    asked,
                } => {
                    frame::seal(&mut frame, counts);
                    let result = self.commit(&frame, counts);
                    self.usage.commits.fetch_add(1, Ordering::Relaxed);
                    if result.is_err() {
                        self.usage.failures.fetch_add(1, Ordering::Relaxed);
                        for (kind, count) in counts.each() {
                            self.outcomes
                                .dropped_from_spool(kind, Reason::SpoolFailed, count);
                        }
                        // After a failed sync the state of the file is unknown; it is never written again.
                        self.hand_over();
                    }
                    commit
                        .0
                        .finish(if result.is_ok() { COMMITTED } else { FAILED });
                    self.spare = frame;
                    if !asked.is_empty() || self.open.as_ref().is_some_and(OpenSegment::is_due) {
                        self.hand_over();
                    }
                    answer(asked);
                }
                Work::SegmentDue { asked } => {
                    self.hand_over();
                    answer(asked);
                }
                Work::Close => return self.hand_over(),
            }
        }
    }

    /// Waits for rows, for the open segment's age, or for the end.
    fn next_work(&mut self) -> Work {
        let mut pending = self.shared.lock();
        loop {
            let gathered = pending
                .since
                .map_or(Duration::ZERO, |since| since.elapsed());
            let held_back = held_back(self.backlog_bytes());
            let due_after = match pending.is_due {
                true => held_back,
                false => held_back.max(COMMIT_GATHERED_TIME_MAX),
            };
            let is_due = pending.closed || !pending.asked.is_empty() || gathered >= due_after;
            if pending.bytes() > 0 && is_due {
                pending.is_due = false;
                pending.since = None;
                self.spare.clear();
                self.spare.shrink_to(BUFFER_BYTES_KEPT);
                self.spare.resize(frame::HEAD_BYTES, 0);
                return Work::Commit {
                    frame: std::mem::replace(&mut pending.frame, std::mem::take(&mut self.spare)),
                    counts: std::mem::take(&mut pending.counts),
                    commit: InFlight(std::mem::take(&mut pending.commit)),
                    asked: std::mem::take(&mut pending.asked),
                };
            }
            if !pending.asked.is_empty() {
                return Work::SegmentDue {
                    asked: std::mem::take(&mut pending.asked),
                };
            }
            if pending.closed {
                return Work::Close;
            }
            let until_segment_is_due = self.open.as_ref().map(OpenSegment::until_due);
            if until_segment_is_due.is_some_and(|left| left.is_zero()) {
                return Work::SegmentDue { asked: Vec::new() };
            }
            let until_commit_is_due = pending.since.map(|_| due_after.saturating_sub(gathered));
            let left = until_segment_is_due
                .into_iter()
                .chain(until_commit_is_due)
                .min();
            pending.writer_waits = true;
            let arrived = &self.shared.arrived;
            pending = match left {
                Some(left) => {
                    let waited = arrived.wait_timeout(pending, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => arrived
                    .wait(pending)
                    .unwrap_or_else(PoisonError::into_inner),
            };
            pending.writer_waits = false;
        }
    }

    /// Bytes that were handed over and are not stored yet.
    fn backlog_bytes(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, OpenSegment::bytes);
        self.usage.bytes().saturating_sub(open)
    }

    fn commit(&mut self, frame: &[u8], counts: Counts) -> io::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let open = self.preparation.next()?;
                self.usage.bytes.fetch_add(open.bytes(), Ordering::Relaxed);
                self.open.insert(open)
            }
        };
        open.append(frame, counts.total())?;
        if open.is_under_load() {
            self.preparation.order();
        }
        self.usage
            .bytes
            .fetch_add(frame.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Closes the open segment and hands it to the store.
    fn hand_over(&mut self) {
        if let Some(open) = self.open.take() {
            // Without a store (it has shut down) the segment waits on disk for the next start.
            let (segment, file) = open.close();
            self.preparation.cut(file, segment.committed_bytes);
            let _ = self.ready.send(segment);
        }
    }
}

/// How long rows wait at least because ClickHouse is behind. Clients that wait for an answer before they send more then send no
/// more than is stored, and leave the cores to whoever stores it.
fn held_back(backlog_bytes: u64) -> Duration {
    let excess = backlog_bytes.saturating_sub(BACKLOG_BYTES);
    Duration::from_millis(excess / BACKLOG_BYTES_A_MILLISECOND).min(HELD_BACK_MAX)
}

fn answer(asked: Vec<oneshot::Sender<()>>) {
    for waiting in asked {
        // Whoever no longer waits need not know.
        let _ = waiting.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SEGMENT_BYTES_MAX;

    #[test]
    fn a_backlog_holds_answers_back_but_not_for_long() {
        assert_eq!(held_back(0), Duration::ZERO);
        // The open segment's predecessor is being stored, and another one waits: nothing unusual.
        assert_eq!(held_back(2 * SEGMENT_BYTES_MAX), Duration::ZERO);
        assert_eq!(held_back(4 * SEGMENT_BYTES_MAX), Duration::from_millis(6));
        assert_eq!(held_back(u64::MAX), HELD_BACK_MAX);
    }
}
