//! The embedded engine: ClickHouse as a library, in a child process, behind the ClickHouse HTTP
//! interface on a private unix socket.
//!
//! Enters: `mayfly engine`'s options; HTTP requests on the socket. Leaves: HTTP responses; one line on
//! standard output for the parent. Deliberately not here: network listeners, system logs, user
//! accounts, HTTP sessions, compressed responses other than `compress=1`.
//!
//! - [`run`] is the child: `process` (life), `sandbox` (what the kernel lets it do), `http` (routes),
//!   `request` → `work` → `session` → `execute` → `answer` (one request's way), `library` (the C
//!   interface).
//! - [`Supervisor`] is the parent's side; `pulse` asks whether the engine still answers.
//!
//! Beside ClickHouse's own parameters, `mayfly_classify=1` makes the engine's parser judge a statement
//! without running it: `{"reads_only":true,"statements":1,"class":"read_only","reaches_outside":false}`.
//! `reads_only` holds for exactly one statement that reads and names no files; such a statement may
//! then be sent with `readonly=1`.

mod answer;
mod body;
mod codes;
mod config;
mod content_type;
mod execute;
mod flush;
mod frames;
mod http;
mod lexer;
mod library;
mod limits;
mod process;
mod pulse;
mod request;
mod sandbox;
mod session;
mod spool;
mod statement;
mod supervisor;
mod ticket;
mod work;

use std::io;
use std::path::PathBuf;

pub use library::{keep_to_idle_cores, stand_back, take_short_turns};
pub use process::run;
pub use pulse::Health;
pub use supervisor::Supervisor;

/// What an engine process needs to know.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// `libchdb.so`.
    pub library: PathBuf,
    /// The engine's own directory, created if missing.
    pub data: PathBuf,
    /// Where it answers.
    pub socket: PathBuf,
    /// Ceiling for all statements together.
    pub memory_bytes_max: u64,
    /// Statements that run at once; more wait.
    pub connections_max: usize,
    /// Whether it computes only where nobody else wants the core.
    pub keeps_to_idle_cores: bool,
}

/// Why an engine did not start. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(
        "the engine library is missing at {}: run `make engine`, or name it in MAYFLY_ENGINE, or set [clickhouse] url to use a server",
        .library.display()
    )]
    LibraryMissing { library: PathBuf },
    #[error(
        "the engine library at {} cannot be loaded: it is damaged, of another version or of another machine type; run `make engine` to fetch it again",
        .library.display()
    )]
    LibraryUnusable { library: PathBuf },
    #[error(
        "the data directory {} is in use by another process: stop the other mayfly (or ClickHouse), or give this one another --data",
        .data.display()
    )]
    DataInUse { data: PathBuf },
    #[error("the data directory {} cannot be used ({source}): check that it can be created and written", .data.display())]
    Data { data: PathBuf, source: io::Error },
    #[error(
        "the engine refused the data in {}: it was written by a newer version, is damaged, or the memory limit is too small",
        .data.display()
    )]
    Refused { data: PathBuf },
    #[error(
        "the engine socket {} cannot be created ({source}): its directory must exist and be writable, and the path must be shorter than 90 bytes",
        .socket.display()
    )]
    Socket { socket: PathBuf, source: io::Error },
    #[error("the engine process did not become ready within 60 s{}: look at its last lines on standard error", .source.as_ref().map_or(String::new(), |source| format!(" ({source})")))]
    DidNotStart { source: Option<io::Error> },
}

impl EngineError {
    /// The fixed name, for logs and for telling the parent.
    pub fn name(&self) -> &'static str {
        match self {
            EngineError::LibraryMissing { .. } => "library-missing",
            EngineError::LibraryUnusable { .. } => "library-unusable",
            EngineError::DataInUse { .. } => "data-in-use",
            EngineError::Data { .. } => "data-unusable",
            EngineError::Refused { .. } => "data-refused",
            EngineError::Socket { .. } => "socket-unusable",
            EngineError::DidNotStart { .. } => "did-not-start",
        }
    }

    /// The error a child has told by name.
    fn from_name(name: Option<&str>, options: &EngineOptions) -> EngineError {
        let told = || io::Error::other("told by the engine process");
        match name {
            Some("library-missing") => EngineError::LibraryMissing {
                library: options.library.clone(),
            },
            Some("library-unusable") => EngineError::LibraryUnusable {
                library: options.library.clone(),
            },
            Some("data-in-use") => EngineError::DataInUse {
                data: options.data.clone(),
            },
            Some("data-unusable") => EngineError::Data {
                data: options.data.clone(),
                source: told(),
            },
            Some("data-refused") => EngineError::Refused {
                data: options.data.clone(),
            },
            Some("socket-unusable") => EngineError::Socket {
                socket: options.socket.clone(),
                source: told(),
            },
            _ => EngineError::DidNotStart { source: None },
        }
    }
}

/// An opening for the fuzz targets in `fuzz/`: everything that reads a request before the engine does.
#[cfg(feature = "fuzzing")]
pub fn judge(address: &[u8], sql: &[u8]) {
    if let Ok(request) = hyper::Request::post(address).body(()) {
        let _ = request::Request::from_parts(&request.into_parts().0);
    }
    if let Some(insert) = statement::insert_parts(sql) {
        assert!(insert.rows_from <= sql.len());
    }
    let _ = (
        statement::result_parts(sql),
        statement::reaches_outside(sql),
    );
    let _ = io::copy(&mut frames::FrameReader::new(sql), &mut io::sink());
}
