//! The parent's question whether the engine still answers, on a connection of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use super::http::PULSE_PATH;
use super::limits::{PULSE_INTERVAL, PULSE_TIMEOUT, SILENCE_MAX};

/// How an engine process is, as its parent sees it.
#[derive(Default)]
pub struct Health {
    pub(super) is_up: AtomicBool,
    pub(super) is_silent: AtomicBool,
    pub(super) restarts: AtomicU64,
}

impl Health {
    /// Whether the process runs and is ready.
    pub fn is_up(&self) -> bool {
        self.is_up.load(Acquire)
    }

    /// Whether it runs and answered the last question.
    pub fn is_answering(&self) -> bool {
        self.is_up() && !self.is_silent.load(Relaxed)
    }

    /// How often it has been started again.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Relaxed)
    }
}

/// Asks again and again, and returns once there was no answer for [`SILENCE_MAX`].
pub(super) async fn watch(socket: PathBuf, health: &Health) {
    let mut answered = Instant::now();
    while answered.elapsed() < SILENCE_MAX {
        sleep(PULSE_INTERVAL).await;
        let asked = timeout(PULSE_TIMEOUT, ask(&socket)).await;
        let is_silent = !matches!(asked, Ok(Ok(())));
        if !is_silent {
            answered = Instant::now();
        }
        if is_silent != health.is_silent.swap(is_silent, Relaxed) {
            match is_silent {
                true => tracing::warn!("engine process does not answer"),
                false => tracing::info!("engine process answers again"),
            }
        }
    }
}

async fn ask(socket: &Path) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket).await?;
    let request = format!("GET {PULSE_PATH} HTTP/1.1\r\nhost: engine\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    match answer.starts_with(b"HTTP/1.1 200") {
        true => Ok(()),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}
