//! An engine that is not the server's own: the place of a ClickHouse elsewhere.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::engine::library;

/// A process that ends with its test.
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An engine on a socket, with its data beside it.
pub struct EngineProcess {
    directory: PathBuf,
    process: Killed,
}

impl EngineProcess {
    /// Starts an engine in `directory` and waits until it listens.
    pub fn start(directory: &Path) -> Self {
        let engine = Self {
            directory: directory.to_owned(),
            process: launch(directory),
        };
        engine.wait();
        engine
    }

    pub fn socket(&self) -> PathBuf {
        socket(&self.directory)
    }

    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// SIGKILL; the data stays.
    pub fn kill(&mut self) {
        let _ = self.process.0.kill();
        let _ = self.process.0.wait();
    }

    /// Starts again on the same data.
    pub fn restart(&mut self) {
        let _ = std::fs::remove_file(self.socket());
        self.process = launch(&self.directory);
        self.wait();
    }

    fn wait(&self) {
        let begun = Instant::now();
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn socket(directory: &Path) -> PathBuf {
    directory.join("engine.sock")
}

fn launch(directory: &Path) -> Killed {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
    command
        .args(["engine", "--library"])
        .arg(library())
        .args(["--memory-bytes-max", "1000000000"])
        .args(["--connections-max", "16", "--data"])
        .arg(directory.join("clickhouse"))
        .arg("--socket")
        .arg(socket(directory))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    Killed(command.spawn().unwrap())
}
