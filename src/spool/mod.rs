//! The spool: a write-ahead log of sealed rows between the front door and ClickHouse.
//!
//! Enters: [`Sealed`] rows. Leaves: [`Segment`] files for the store, each inserted as one batch and then deleted.
//! Many requests share one write and one `fdatasync` (group commit); all of them are answered after it.
//! Nothing raw is ever here, and nothing is read back but by the store.
//!
//! ```text
//! segment = head, head, frames    one file, one batch, one deduplication token
//! frame   = head, rows            one commit; checksummed, so that a torn or damaged one is recognised
//! ```

pub mod at_rest;
mod frame;
mod head;
mod open;
mod preparation;
mod recovery;
mod segment;
mod survey;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::engine;
use crate::limits::SPOOL_PENDING_BYTES_MAX;
use crate::outcome::{Item, Kind, Outcomes, Reason};
use crate::privacy::{Sealed, Subject};
use crate::time::Timestamp;
pub use frame::Record;
pub use segment::Segment;
pub use survey::Survey;
use writer::{Pending, Shared};

/// An opening for the fuzz targets in `fuzz/`: rows, and bytes of rows, that are read from a file of any content.
#[cfg(feature = "fuzzing")]
pub fn read_back(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut reading = segment::Reading::of(bytes).ok()?;
    let (mut rows, mut row_bytes) = (0, 0);
    reading
        .each_row(|record| {
            rows += 1;
            row_bytes += record.row.len();
        })
        .ok()?;
    assert!(reading.position() <= bytes.len() as u64);
    Some((rows, row_bytes))
}

/// When an event counts as durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// After `fdatasync`: survives a power cut.
    Fsync,
    /// After the write: survives a crash of the program, not of the machine.
    Os,
}

/// Where and how to spool.
#[derive(Clone, Debug)]
pub struct SpoolSettings {
    pub directory: PathBuf,
    /// All segments together; past it requests are refused with 503.
    pub bytes_max: u64,
    pub durability: Durability,
}

/// The spool could not be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "the spool directory {path} cannot be used: {kind}; check that it exists, is writable and has space"
)]
pub struct SpoolError {
    path: PathBuf,
    kind: std::io::ErrorKind,
}

/// The way in. Cheap to share.
pub struct Spool {
    shared: Arc<Shared>,
    usage: Arc<Usage>,
    directory: PathBuf,
    bytes_max: u64,
    writer: std::sync::Mutex<Option<thread::JoinHandle<()>>>,
}

/// Told by the threads that bring rows when they have run out of work: what has gathered by then is committed, in one step
/// instead of several small ones.
#[derive(Clone, Default)]
pub struct Lull(Arc<Shared>);

impl Lull {
    /// This thread has nothing left to do.
    pub fn begins(&self) {
        self.0.lull();
    }
}

/// What the spool holds, and what went wrong with it.
#[derive(Default)]
pub struct Usage {
    bytes: AtomicU64,
    commits: AtomicU64,
    failures: AtomicU64,
    damaged_frames: AtomicU64,
}

impl Usage {
    /// Bytes of all segments on disk.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// `bytes` were deleted from disk.
    pub fn left(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Relaxed);
    }

    /// Group commits so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Relaxed)
    }

    /// Commits that failed; their requests were refused.
    pub fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    /// Frames whose checksum was wrong; they lie in the quarantine.
    pub fn damaged_frames(&self) -> u64 {
        self.damaged_frames.load(Relaxed)
    }
}

/// Rows that left the spool because their time was up.
pub struct PurgedRows(frame::Counts);

impl PurgedRows {
    /// How many of all kinds.
    pub fn total(&self) -> u64 {
        self.0.total()
    }

    /// How many of each kind.
    pub fn each(&self) -> impl Iterator<Item = (Kind, u64)> + use<> {
        self.0.each()
    }
}

/// Is shown a row of an earlier run: the name and the columns of its table, and its bytes.
pub type See<'a> = &'a mut dyn FnMut(&str, &[String], &[u8]);

impl Spool {
    /// Opens the spool: finds what an earlier run left, starts the writer. The receiver gets every segment that is
    /// ready for the store, the recovered ones first, oldest first. `see` is shown every row
    /// that an earlier run left.
    ///
    /// # Errors
    /// [`SpoolError`] if the directory cannot be used.
    pub fn open(
        settings: &SpoolSettings,
        outcomes: &Arc<Outcomes>,
        now: Timestamp,
        lull: Lull,
        see: See<'_>,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Segment>), SpoolError> {
        let failed = |error: std::io::Error| SpoolError {
            path: settings.directory.clone(),
            kind: error.kind(),
        };
        std::fs::create_dir_all(&settings.directory).map_err(failed)?;
        let usage = Arc::new(Usage::default());
        let (ready, segments) = mpsc::unbounded_channel();
        let recovered = recovery::recover(&settings.directory, outcomes, &usage, now, see);
        for segment in recovered.map_err(failed)? {
            // The receiver is alive: it is in this function's hands.
            let _ = ready.send(segment);
        }
        let Lull(shared) = lull;
        let writer = writer::Writer::new(
            preparation::Preparation::start(settings).map_err(failed)?,
            Arc::clone(&shared),
            Arc::clone(&usage),
            Arc::clone(outcomes),
            ready,
        );
        let thread = thread::Builder::new()
            .name("spool".into())
            .spawn(|| {
                // Everybody waits for it.
                engine::take_short_turns();
                writer.run();
            })
            .map_err(failed)?;
        let spool = Self {
            shared,
            usage,
            directory: settings.directory.clone(),
            bytes_max: settings.bytes_max,
            writer: std::sync::Mutex::new(Some(thread)),
        };
        Ok((spool, segments))
    }

    /// Deletes damaged frames that were set aside and have reached the retention ceiling.
    ///
    /// # Errors
    /// If the quarantine cannot be read or changed.
    pub fn expire_quarantine(directory: &std::path::Path, now: Timestamp) -> std::io::Result<()> {
        recovery::expire_quarantine(directory, now)
    }

    /// Hands the open segment, with every row that was acknowledged so far, to the store.
    ///
    /// # Errors
    /// [`Reason::Draining`] if the spool is closed.
    pub async fn hand_over(&self) -> Result<(), Reason> {
        let (asked, handed_over) = oneshot::channel();
        {
            let mut pending = self.shared.lock();
            if pending.is_closed() {
                return Err(Reason::Draining);
            }
            pending.ask(asked);
            self.shared.wake_writer(&pending);
        }
        handed_over.await.map_err(|_| Reason::Draining)
    }

    /// How many files of the spool that were begun by `until` hold a pseudonym of `subject`, those set aside as damaged
    /// included.
    ///
    /// # Errors
    /// If the directory or a file cannot be read.
    pub fn files_with(&self, subject: &Subject, until: Timestamp) -> std::io::Result<u64> {
        at_rest::files_with(&self.directory, subject, until)
    }

    /// Deletes what was set aside as damaged and holds a pseudonym of `subject`: such bytes cannot be told into rows.
    ///
    /// # Errors
    /// If the quarantine cannot be read or changed.
    pub fn erase_quarantined(&self, subject: &Subject) -> std::io::Result<()> {
        at_rest::erase_quarantined(&self.directory, subject)
    }

    /// What the spool holds.
    pub const fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }

    /// Whether the spool is below its size limit.
    pub fn has_room(&self) -> bool {
        self.usage.bytes() < self.bytes_max
    }

    /// Makes rows durable, all of them in one commit, and settles their items: from here on the spool answers for them, even
    /// if the client does not wait for the answer.
    ///
    /// # Errors
    /// [`Reason::SpoolFull`] at the size limit, [`Reason::SpoolFailed`] if the disk refused the write or the
    /// sync, [`Reason::Draining`] after [`Spool::close`]. None of the rows is stored then.
    pub async fn append(
        &self,
        rows: impl IntoIterator<Item = (Item, Sealed)> + AsRef<[(Item, Sealed)]>,
    ) -> Result<(), Reason> {
        if rows.as_ref().is_empty() {
            return Ok(());
        }
        let commit = {
            let mut pending = self.shared.lock();
            if let Err(reason) = self.admit(&pending, rows.as_ref()) {
                rows.into_iter().for_each(|(item, _)| item.drop_for(reason));
                return Err(reason);
            }
            for (item, row) in rows {
                pending.push(&row);
                item.spooled();
            }
            self.shared.gather(&mut pending);
            Arc::clone(pending.commit())
        };
        commit.done().await
    }

    fn admit(&self, pending: &Pending, rows: &[(Item, Sealed)]) -> Result<(), Reason> {
        let added: usize = rows.iter().map(|(_, row)| frame::record_bytes(row)).sum();
        if pending.is_closed() {
            Err(Reason::Draining)
        } else if pending.bytes() + added > SPOOL_PENDING_BYTES_MAX
            || self.usage.bytes() + (pending.bytes() + added) as u64 > self.bytes_max
        {
            Err(Reason::SpoolFull)
        } else {
            Ok(())
        }
    }

    /// Commits what is pending, hands over the last segment and ends the writer. Later appends are refused.
    pub fn close(&self) {
        self.shared.close();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(thread) = writer {
            // A writer that panicked has already failed its waiters.
            let _ = thread.join();
        }
    }
}
