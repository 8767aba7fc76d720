//! One statement's identity and state, shared by the thread that runs it and the one that may stop it.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What [`super::session::Engine::abandon`] needs to find a statement among the running ones.
pub struct Ticket {
    marker: String,
    pipe: i32,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_finished: bool,
    is_abandoned: bool,
    may_stop: bool,
}

impl Ticket {
    /// `number` is new for every statement; `pipe` takes its result.
    pub fn new(number: u64, pipe: &OwnedFd) -> Ticket {
        Ticket {
            marker: format!("mayfly-{number}"),
            pipe: pipe.as_raw_fd(),
            started: Instant::now(),
            state: Mutex::new(State::default()),
        }
    }

    /// The `log_comment` of the statement. (There is no log; a request's own one is overridden.)
    pub fn marker(&self) -> &str {
        &self.marker
    }

    /// Where the engine finds the pipe.
    pub fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.pipe)
    }

    /// Time since the body was complete.
    pub fn elapsed_ns(&self) -> u128 {
        self.started.elapsed().as_nanos()
    }

    pub fn has_finished(&self) -> bool {
        self.state().is_finished
    }

    pub fn is_abandoned(&self) -> bool {
        self.state().is_abandoned
    }

    /// The statement has ended. To be called while the pipe is still open.
    pub fn finish(&self) {
        self.state().is_finished = true;
    }

    /// The statement only reads: it may be stopped in its middle.
    pub fn allow_stop(&self) {
        self.state().may_stop = true;
    }

    /// Marks the statement as abandoned and, if it may be stopped, calls `kill` with the condition
    /// that finds it in `system.processes`. False once it has ended. It cannot end during the call, so
    /// its pipe's number is nobody else's.
    pub fn stop_with(&self, kill: impl FnOnce(&str)) -> bool {
        let mut state = self.state();
        state.is_abandoned = true;
        if state.is_finished {
            return false;
        }
        if state.may_stop {
            // A statement can change its own log_comment, but not where its result goes. The path is
            // put together by the engine so that the KILL does not find itself.
            kill(&format!(
                "Settings['log_comment'] = '{}' OR \
                 position(query, concat('OUTFILE ''/proc/self/fd/', '{}''')) > 0",
                self.marker, self.pipe
            ));
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
