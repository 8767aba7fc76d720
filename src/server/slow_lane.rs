//! Where large bodies are unpacked and read: on threads of their own, where nobody else wants the core, few at a time.
//!
//! A bomb that unpacks to 16 MiB, or an event of a megabyte, takes tens of milliseconds. On the threads that answer
//! everybody, all others would wait for it.

use std::num::NonZero;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::engine;
use crate::limits::{LARGE_BODIES_AT_ONCE_MAX, LARGE_BODIES_WAITING_MAX};
use crate::outcome::Reason;
use crate::spool::Lull;

/// The threads and the queue before them.
pub struct SlowLane {
    /// Given up without waiting for it: a runtime must not be dropped where tasks run.
    runtime: Option<Runtime>,
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl SlowLane {
    /// Starts the threads.
    ///
    /// # Errors
    /// If the system has none to give.
    pub fn start(lull: Lull) -> std::io::Result<Self> {
        let at_once = bodies_at_once();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(at_once)
            .thread_name("slow-lane")
            .on_thread_start(engine::keep_to_idle_cores)
            .on_thread_park(move || lull.begins())
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
            places: Arc::new(Semaphore::new(at_once + LARGE_BODIES_WAITING_MAX)),
            running: Arc::new(Semaphore::new(at_once)),
        })
    }

    /// Runs `work` to its end, even if nobody waits for it any more.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] if too many wait.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Reason> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Reason::Overloaded)?;
        let runtime = self.runtime.as_ref().ok_or(Reason::Overloaded)?;
        let running = Arc::clone(&self.running);
        let task = runtime.spawn(async move {
            let _place = place;
            // Never closed.
            let _running = running.acquire_owned().await;
            work.await
        });
        match task.await {
            Ok(done) => Ok(done),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Reason::Overloaded),
            },
        }
    }
}

fn bodies_at_once() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    (cores / 2).clamp(1, LARGE_BODIES_AT_ONCE_MAX)
}

impl Drop for SlowLane {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_lane_refuses_and_goes_on() {
        let lane = SlowLane::start(Lull::default()).unwrap();
        let gate = Arc::new(Semaphore::new(0));
        let all = bodies_at_once() + LARGE_BODIES_WAITING_MAX;
        let held = (0..all).map(|number| {
            let gate = Arc::clone(&gate);
            lane.run(async move {
                let _ = gate.acquire().await;
                number
            })
        });
        let held = futures_util::future::join_all(held);
        let refused = async {
            let refused = lane.run(async {}).await;
            gate.add_permits(all);
            refused
        };
        let (held, refused) = tokio::join!(held, refused);
        assert_eq!(refused, Err(Reason::Overloaded));
        assert!(
            held.into_iter()
                .enumerate()
                .all(|(number, done)| done == Ok(number))
        );
        assert_eq!(lane.run(async { 7 }).await, Ok(7));
    }
}
