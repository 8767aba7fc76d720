//! Every bound of the engine room on one page.

use std::time::Duration;

/// Longest SQL text of one statement, without the rows of an `INSERT`.
pub const STATEMENT_BYTES_MAX: usize = 1 << 20;
/// Longest request line plus headers; hyper keeps them in one buffer (settings travel in the URL).
pub const HEAD_BYTES_MAX: usize = 256 << 10;
/// Settings, parameters and other fields of one request.
pub const FIELDS_MAX: usize = 256;
/// One request body after every decoding step; larger ones are refused with 413.
pub const BODY_BYTES_MAX: u64 = 2 << 30;
/// Part of a body or of a buffered result that may stay in memory; the rest goes to an unlinked file. A batch of the
/// server's (24 MiB and a frame) fits, so that it is not written to the disk once more.
pub const SPOOL_MEMORY_BYTES_MAX: usize = 32 << 20;
/// One multipart field (a query or a parameter value).
pub const FIELD_BYTES_MAX: u64 = 16 << 20;
/// One ClickHouse compressed block, raw or packed. The server's own limit is 1 GiB; clients send 256 KiB.
pub const FRAME_BYTES_MAX: usize = 64 << 20;
/// Rows are handed to the engine in pieces of this size.
pub const APPEND_BYTES: usize = 1 << 20;
/// Result bytes collected before the response starts, so that an early failure still gets its status.
pub const RESPONSE_HEAD_BYTES: usize = 256 << 10;
/// Longest a response that has its first bytes is held back to fill [`RESPONSE_HEAD_BYTES`].
pub const RESPONSE_HEAD_WAIT: Duration = Duration::from_millis(100);
/// Read size on the result pipe, and the frame size of `compress=1`.
pub const RESULT_CHUNK_BYTES: usize = 256 << 10;
/// Requests that may wait for a free engine connection; the next one is refused with code 202.
pub const WAITING_MAX: usize = 256;
/// Open client sockets.
pub const SOCKETS_MAX: usize = 512;
/// A socket that sends no complete request head for this long is closed.
pub const HEAD_WAIT: Duration = Duration::from_secs(30);
/// Time between two attempts to stop an abandoned statement, until it has stopped.
pub const KILL_INTERVAL: Duration = Duration::from_millis(100);
/// The attempts end after this time: a statement that cannot be stopped ends by itself.
pub const ABANDON_MAX: Duration = Duration::from_secs(60);
/// Running statements may finish for this long after SIGTERM; then they are stopped.
pub const DRAIN: Duration = Duration::from_secs(10);
/// After stopping them, how long the process waits for the engine to let go.
pub const ABANDON: Duration = Duration::from_secs(5);
/// How long a parent waits for a new engine's first answer: loading parts of a large store takes a while.
pub const START: Duration = Duration::from_secs(60);
/// How long a parent waits after SIGTERM before it kills: longer than [`DRAIN`] plus [`ABANDON`].
pub const STOP: Duration = Duration::from_secs(20);
/// How often a parent asks whether the engine still answers …
pub const PULSE_INTERVAL: Duration = Duration::from_secs(5);
/// … and how long it waits for that: a healthy engine takes a millisecond, a busy machine longer.
pub const PULSE_TIMEOUT: Duration = Duration::from_secs(5);
/// An engine that has not answered for this long is killed and started again. Loading, merging and large statements do
/// not keep it from answering; what the spool holds meanwhile is inserted afterwards.
pub const SILENCE_MAX: Duration = Duration::from_secs(30);
/// First pause before a restart; doubles up to [`BACKOFF_MAX`].
pub const BACKOFF_MIN: Duration = Duration::from_millis(100);
/// Longest pause before a restart.
pub const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// An engine that ran this long was healthy: its next restart starts from [`BACKOFF_MIN`] again.
pub const HEALTHY: Duration = Duration::from_secs(60);
/// How far the engine while it starts, and the threads that serve it, stand behind those that answer clients when both want a core.
pub const NICENESS: i32 = 7;
/// How long the threads that answer clients run in one go while others want the core. Shorter than anybody else's, about 3 ms:
/// the kernel puts whoever needs the core for less time first.
pub const TURN: Duration = Duration::from_micros(100);
