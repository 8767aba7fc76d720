//! What is done for segments beside their commits: under load the next one is created and filled with zeros while one is
//! written, and the space that a closed one did not need is given back. A commit would wait for either, and everybody for it.

use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use super::SpoolSettings;
use super::open::OpenSegment;
use crate::engine;

/// A segment that was created so long ago is no longer needed: the load has passed.
const READY_TIME_MAX: Duration = Duration::from_secs(5);

/// The writer's end of it.
pub(super) struct Preparation {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    settings: SpoolSettings,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next: Next,
    /// Bytes that the last segment held: the next one is expected to hold as many.
    last_bytes: u64,
    /// Files that are longer than what they hold, and the length that they are to have.
    closed: Vec<(File, u64)>,
    ends: bool,
}

#[derive(Default)]
enum Next {
    #[default]
    Nothing,
    Ordered,
    Begun,
    Ready(OpenSegment),
    /// The disk refused. It is asked again only when a further segment is needed.
    Failed,
}

impl Preparation {
    /// Starts the thread that does it.
    ///
    /// # Errors
    /// If the system has none to give.
    pub fn start(settings: &SpoolSettings) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            settings: settings.clone(),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("spool-prepare".into())
            .spawn(move || {
                engine::stand_back();
                own.run();
            })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// More is to come than the open segment will hold.
    pub fn order(&self) {
        let mut state = self.shared.lock();
        if matches!(state.next, Next::Nothing) {
            state.next = Next::Ordered;
            self.shared.changed.notify_one();
        }
    }

    /// A segment to write to: the one that is ready, or one that is created now.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn next(&self) -> io::Result<OpenSegment> {
        let mut state = self.shared.lock();
        match std::mem::take(&mut state.next) {
            Next::Ready(mut segment) => {
                segment.begin();
                return Ok(segment);
            }
            Next::Nothing | Next::Failed => {}
            under_way @ (Next::Ordered | Next::Begun) => state.next = under_way,
        }
        drop(state);
        OpenSegment::create(&self.shared.settings)
    }

    /// Cuts the file of a segment that was closed with so many `bytes`.
    pub fn cut(&self, file: File, bytes: u64) {
        let mut state = self.shared.lock();
        state.last_bytes = bytes;
        state.closed.push((file, bytes));
        self.shared.changed.notify_one();
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        self.shared.lock().ends = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // If it panicked, a file stays that recovery removes.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut state = self.lock();
        loop {
            let closed = std::mem::take(&mut state.closed);
            if !closed.is_empty() {
                drop(state);
                for (file, bytes) in closed {
                    // What stays longer than it need be goes with the file.
                    let _ = file.set_len(bytes);
                }
                state = self.lock();
                continue;
            }
            if state.ends {
                break;
            }
            state = match &state.next {
                Next::Ordered => {
                    state.next = Next::Begun;
                    let bytes = state.last_bytes;
                    drop(state);
                    let prepared = self.prepare(bytes);
                    let mut state = self.lock();
                    state.next = prepared.map_or(Next::Failed, Next::Ready);
                    state
                }
                Next::Ready(segment) => match READY_TIME_MAX.checked_sub(segment.age()) {
                    Some(left) => {
                        let waited = self.changed.wait_timeout(state, left);
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                    None => {
                        discard(&mut state);
                        state
                    }
                },
                Next::Nothing | Next::Begun | Next::Failed => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        discard(&mut state);
    }

    fn prepare(&self, bytes: u64) -> io::Result<OpenSegment> {
        let mut segment = OpenSegment::create(&self.settings)?;
        match segment.fill(bytes) {
            Ok(()) => Ok(segment),
            Err(error) => {
                segment.discard();
                Err(error)
            }
        }
    }
}

fn discard(state: &mut State) {
    if let Next::Ready(segment) = std::mem::take(&mut state.next) {
        segment.discard();
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::{fs, iter};

    use super::*;
    use crate::outcome::Outcomes;
    use crate::spool::{Durability, Usage, recovery};
    use crate::time::Timestamp;

    const FRAME_BYTES: usize = 700_000;

    fn start(directory: &Path) -> Preparation {
        Preparation::start(&SpoolSettings {
            directory: directory.to_owned(),
            bytes_max: u64::MAX,
            durability: Durability::Fsync,
        })
        .unwrap()
    }

    fn files(directory: &Path) -> Vec<(PathBuf, u64)> {
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries
            .map(|entry| (entry.path(), entry.metadata().unwrap().len()))
            .collect();
        files.sort();
        files
    }

    /// Waits until the files are as expected.
    fn until(directory: &Path, expected: impl Fn(&[(PathBuf, u64)]) -> bool) {
        let waits = iter::repeat_with(|| thread::sleep(Duration::from_millis(5)));
        assert!(
            waits.take(2_000).any(|()| expected(&files(directory))),
            "{:?}",
            files(directory)
        );
    }

    /// Writes a segment, closes it and has a further one made ready.
    fn write_one_and_order(directory: &Path, preparation: &Preparation) -> u64 {
        let mut open = preparation.next().unwrap();
        open.append(&vec![7; FRAME_BYTES], 1).unwrap();
        let (segment, file) = open.close();
        let bytes = segment.bytes();
        preparation.cut(file, bytes);
        preparation.order();
        until(
            directory,
            |files| matches!(files, [(_, cut), (_, filled)] if *cut == bytes && *filled == bytes),
        );
        bytes
    }

    #[test]
    fn the_next_segment_has_room_for_what_the_last_one_held() {
        let directory = tempfile::tempdir().unwrap();
        let preparation = start(directory.path());
        let bytes = write_one_and_order(directory.path(), &preparation);
        let mut next = preparation.next().unwrap();
        next.append(&vec![7; FRAME_BYTES], 1).unwrap();
        assert_eq!(next.bytes(), bytes);
        let lengths: Vec<_> = files(directory.path()).iter().map(|file| file.1).collect();
        assert_eq!(lengths, [bytes, bytes], "it was written within its zeros");
    }

    #[test]
    fn what_is_not_needed_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let preparation = start(directory.path());
        write_one_and_order(directory.path(), &preparation);
        drop(preparation);
        assert_eq!(files(directory.path()).len(), 1);
    }

    #[test]
    fn a_segment_that_was_ready_when_the_program_died_holds_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let preparation = start(directory.path());
        write_one_and_order(directory.path(), &preparation);
        let (ready, _) = files(directory.path()).pop().unwrap();
        let left_behind = tempfile::tempdir().unwrap();
        fs::copy(&ready, left_behind.path().join(ready.file_name().unwrap())).unwrap();
        let usage = Usage::default();
        let recovered = recovery::recover(
            left_behind.path(),
            &Outcomes::default(),
            &usage,
            Timestamp::now(),
            &mut |_, _, _| panic!("a row"),
        );
        assert_eq!(recovered.unwrap().len(), 0);
        assert_eq!(usage.damaged_frames(), 0);
        assert_eq!(files(left_behind.path()), []);
    }
}
