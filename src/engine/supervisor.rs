//! The parent's side: starts the engine process, watches it, starts it again.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use super::limits::{BACKOFF_MAX, BACKOFF_MIN, HEALTHY, START, STOP};
use super::process::{FAILED, READY, SPOOL_DIRECTORY};
use super::pulse::{self, Health};
use super::{EngineError, EngineOptions};

/// Longest line a child may tell.
const LINE_BYTES_MAX: u64 = 4096;

/// A supervised engine process. Dropped without [`Supervisor::stop`], it is stopped all the same, but
/// nobody waits for it.
pub struct Supervisor {
    socket: PathBuf,
    health: Arc<Health>,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Supervisor {
    /// Starts `program engine …` and waits until it answers. From then on it is started again, after a
    /// pause that grows from 0.1 s to 5 s, whenever it ends or no longer answers.
    ///
    /// Errors: the first start failed; the error says why and what to do.
    pub async fn start(
        program: PathBuf,
        options: EngineOptions,
    ) -> Result<Supervisor, EngineError> {
        let health = Arc::new(Health::default());
        let (stop, stopped) = watch::channel(false);
        let (first, started) = oneshot::channel();
        let socket = options.socket.clone();
        let supervision = Supervision {
            program,
            options,
            health: health.clone(),
            stopped,
        };
        // A thread of its own: the kernel ends the child with the *thread* that started it, and a
        // runtime's threads come and go.
        let thread = std::thread::Builder::new()
            .name("engine-supervisor".to_owned())
            .spawn(move || supervision.run(first))
            .map_err(|source| EngineError::DidNotStart {
                source: Some(source),
            })?;
        let supervisor = Supervisor {
            socket,
            health,
            stop,
            thread: Some(thread),
        };
        match started.await {
            Ok(Ok(())) => Ok(supervisor),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(EngineError::DidNotStart { source: None }),
        }
    }

    /// Where the engine answers.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// How the engine process is.
    pub fn health(&self) -> Arc<Health> {
        self.health.clone()
    }

    /// SIGTERM, time to drain, then SIGKILL.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// A child and our end of its standard input, whose closing tells it to stop. (Waiting on the child
/// would close it, were it still the child's.)
struct Running {
    child: Child,
    lifeline: Option<ChildStdin>,
}

struct Supervision {
    program: PathBuf,
    options: EngineOptions,
    health: Arc<Health>,
    stopped: watch::Receiver<bool>,
}

impl Supervision {
    fn run(mut self, first: oneshot::Sender<Result<(), EngineError>>) {
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(source) => {
                let _ = first.send(Err(EngineError::DidNotStart {
                    source: Some(source),
                }));
                return;
            }
        };
        runtime.block_on(async {
            match self.launch().await {
                Ok(running) => {
                    self.health.is_up.store(true, Ordering::Release);
                    let _ = first.send(Ok(()));
                    self.keep(running).await;
                }
                Err(error) => {
                    let _ = first.send(Err(error));
                }
            }
        });
    }

    async fn keep(&mut self, mut running: Running) {
        let mut pause = BACKOFF_MIN;
        loop {
            let started = Instant::now();
            let silence = pulse::watch(self.options.socket.clone(), &self.health);
            tokio::select! {
                ended = running.child.wait() => log_end(ended.ok()),
                () = silence => {
                    tracing::error!("engine process hangs; it is killed");
                    // Also one that was stopped by a signal. What it had acknowledged is on disk.
                    let _ = running.child.kill().await;
                }
                _ = self.stopped.wait_for(|stopped| *stopped) => {
                    self.health.is_up.store(false, Ordering::Relaxed);
                    return running.end().await;
                }
            }
            self.health.is_up.store(false, Ordering::Relaxed);
            if started.elapsed() >= HEALTHY {
                pause = BACKOFF_MIN;
            }
            running = loop {
                tracing::warn!(
                    pause_ms = pause.as_millis() as u64,
                    "engine process is started again"
                );
                tokio::select! {
                    () = sleep(pause) => {}
                    _ = self.stopped.wait_for(|stopped| *stopped) => return,
                }
                pause = (pause * 2).min(BACKOFF_MAX);
                match self.launch().await {
                    Ok(running) => break running,
                    Err(error) => {
                        tracing::error!(error = error.name(), "engine process did not start")
                    }
                }
                if *self.stopped.borrow() {
                    return;
                }
            };
            // Whoever sees that it is up sees that it was started again.
            self.health.restarts.fetch_add(1, Ordering::Relaxed);
            self.health.is_up.store(true, Ordering::Release);
        }
    }

    /// Starts a child and waits until it says that it is ready.
    async fn launch(&mut self) -> Result<Running, EngineError> {
        let mut child = self.spawn().map_err(|source| EngineError::DidNotStart {
            source: Some(source),
        })?;
        let output = child.stdout.take();
        let running = Running {
            lifeline: child.stdin.take(),
            child,
        };
        let Some(output) = output else {
            return Err(EngineError::DidNotStart { source: None });
        };
        let mut lines = BufReader::new(output.take(LINE_BYTES_MAX)).lines();
        let told = tokio::select! {
            told = timeout(START, async {
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == READY || line.starts_with(FAILED) {
                        return Some(line);
                    }
                }
                None
            }) => told.ok().flatten(),
            _ = self.stopped.wait_for(|stopped| *stopped) => None,
        };
        match told {
            Some(line) if line == READY => {
                // Nobody reads on: whatever the library might print must not fill the pipe.
                tokio::spawn(async move {
                    let mut rest = lines.into_inner().into_inner().into_inner();
                    let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
                });
                self.health.is_silent.store(false, Ordering::Relaxed);
                Ok(running)
            }
            told => {
                running.end().await;
                let name = told.as_deref().and_then(|line| line.strip_prefix(FAILED));
                Err(EngineError::from_name(name, &self.options))
            }
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        let options = &self.options;
        Command::new(&self.program)
            // Secrets of the parent's environment stay out of the process that runs SQL. A preloaded
            // clock (libfaketime) would not move the engine's own but make its waits spin.
            .env_clear()
            .arg("engine")
            .arg("--library")
            .arg(&options.library)
            .arg("--data")
            .arg(&options.data)
            .arg("--socket")
            .arg(&options.socket)
            .arg("--memory-bytes-max")
            .arg(options.memory_bytes_max.to_string())
            .arg("--connections-max")
            .arg(options.connections_max.to_string())
            .args(
                options
                    .keeps_to_idle_cores
                    .then_some("--keeps-to-idle-cores"),
            )
            // The engine takes its time zone and the place of its short-lived files from these two.
            .env("TZ", "UTC")
            .env("TMPDIR", options.data.join(SPOOL_DIRECTORY))
            // Its end tells the child that we have gone.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C in a terminal reaches the whole group: the engine must outlive the drain.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

impl Running {
    async fn end(mut self) {
        let id = self
            .child
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id as i32));
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        drop(self.lifeline.take());
        if timeout(STOP, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

fn log_end(status: Option<ExitStatus>) {
    let code = status.and_then(|status| status.code());
    let signal = status.and_then(|status| status.signal());
    tracing::error!(code, signal, "engine process ended by itself");
}
