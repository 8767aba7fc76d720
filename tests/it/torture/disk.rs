//! A disk that fills up, and system calls on it that fail.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::engine_process::Killed;
use crate::harness::{fresh_data, signal};

const DISK_BYTES: u64 = 48 * 1024 * 1024;

/// A small file system in memory below a data directory.
pub struct SmallDisk {
    pub data: Arc<tempfile::TempDir>,
}

impl SmallDisk {
    pub fn mount() -> Self {
        let data = fresh_data();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"])
            .arg(data.path())
            .status();
        assert!(mounted.unwrap().success(), "mounting a tmpfs needs root");
        Self { data }
    }

    /// Takes all the space that there is at the moment.
    pub fn fill(&self) {
        let mut ballast = File::options()
            .create(true)
            .append(true)
            .open(self.ballast())
            .unwrap();
        for block in [vec![0; 256 * 1024], vec![0; 4 * 1024]] {
            while ballast.write_all(&block).is_ok() {}
        }
    }

    pub fn free(&self) {
        let _ = fs::remove_file(self.ballast());
    }

    fn ballast(&self) -> PathBuf {
        self.data.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.data.path())
            .status();
    }
}

/// Lets system calls of the spool's thread fail while it lives.
pub struct FailingCalls(Killed);

impl FailingCalls {
    /// `calls` as strace names them, `error` as errno names it.
    pub fn of_spool(server: u32, calls: &str, error: &str) -> Self {
        let thread = thread_named(server, "spool");
        let mut strace = Command::new("strace");
        strace
            .args(["-qq", "-o", "/dev/null", "-p", &thread.to_string()])
            .args(["-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:error={error}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self(Killed(strace.spawn().unwrap()))
    }

    /// Detaches.
    pub fn end(mut self) {
        signal(self.0.0.id(), "INT");
        let _ = self.0.0.wait();
    }
}

fn thread_named(process: u32, name: &str) -> u32 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let is_it =
        |task: &Path| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name);
    tasks
        .map(|task| task.unwrap().path())
        .find(|task| is_it(task))
        .and_then(|task| task.file_name()?.to_str()?.parse().ok())
        .unwrap()
}
