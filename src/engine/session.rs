//! The running engine and one request's way through it.
//!
//! Every request gets an engine connection of its own, which is closed after it (0.4 ms): whatever it
//! sets (settings, database, temporary tables) cannot reach the next one. A fixed number may run at
//! once; the others wait.
//!
//! A reading statement whose client has left is stopped; a write runs to its end, as in a server.

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::codes::{Code, Exception};
use super::execute::execute;
use super::library::{Connection, Counters, Library};
use super::limits::{ABANDON_MAX, KILL_INTERVAL, WAITING_MAX};
use super::request::{Readonly, Request};
use super::ticket::Ticket;
use super::work::Work;

/// The engine of this process.
pub struct Engine {
    library: &'static Library,
    arguments: Vec<CString>,
    /// Keeps the engine alive between requests; taken at shutdown.
    anchor: Mutex<Option<Connection>>,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    numbers: AtomicU64,
    /// As `version()` says.
    pub version: String,
    /// As `timezone()` says.
    pub timezone: String,
}

/// Why the engine could not start: the library refused the first connection.
pub struct Refused;

impl Engine {
    /// Starts the engine on `data` with the configuration file `config`.
    pub fn start(
        library: &'static Library,
        data: &Path,
        config: &Path,
        connections_max: usize,
    ) -> Result<Engine, Refused> {
        let argument = |name: &str, path: &Path| {
            let mut text = name.as_bytes().to_vec();
            text.extend_from_slice(path.as_os_str().as_encoded_bytes());
            CString::new(text).map_err(|_| Refused)
        };
        let arguments = vec![
            c"mayfly".into(),
            argument("--path=", data)?,
            argument("--config-file=", config)?,
        ];
        let mut anchor = library.connect(&arguments).ok_or(Refused)?;
        let facts = anchor
            .query(b"SELECT version(), timezone()", "TabSeparated", &[])
            .map_err(|_| Refused)?;
        let facts = String::from_utf8_lossy(facts.bytes()).trim_end().to_owned();
        let (version, timezone) = facts.split_once('\t').ok_or(Refused)?;
        Ok(Engine {
            library,
            arguments,
            version: version.to_owned(),
            timezone: timezone.to_owned(),
            anchor: Mutex::new(Some(anchor)),
            slots: Arc::new(Semaphore::new(connections_max.max(1))),
            waiting: AtomicUsize::new(0),
            numbers: AtomicU64::new(1),
        })
    }

    /// Waits for the right to use a connection.
    pub async fn slot(&self) -> Result<OwnedSemaphorePermit, Exception> {
        if let Ok(permit) = self.slots.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _place = WaitingPlace::take(&self.waiting)?;
        self.slots
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Exception::new(Code::Aborted, "the engine is shutting down"))
    }

    /// A ticket for one statement whose result goes to `pipe`.
    pub fn ticket(&self, pipe: &OwnedFd) -> Ticket {
        Ticket::new(self.numbers.fetch_add(1, Ordering::Relaxed), pipe)
    }

    /// Runs `work` to its end; the result goes into `pipe`. Blocking.
    pub fn run(
        &self,
        request: &Request,
        work: Work,
        ticket: &Ticket,
        pipe: OwnedFd,
    ) -> Result<Counters, Exception> {
        let outcome = self.open(request, ticket).and_then(|connection| {
            if ticket.is_abandoned() {
                return Err(Exception::new(Code::Aborted, "the client has left"));
            }
            execute(connection, request, work, ticket, &pipe)
        });
        // While the pipe is still ours: see Ticket::stop_with.
        ticket.finish();
        outcome
    }

    fn open(&self, request: &Request, ticket: &Ticket) -> Result<Connection, Exception> {
        let mut connection = self
            .library
            .connect(&self.arguments)
            .ok_or_else(|| Exception::new(Code::Aborted, "the engine is shutting down"))?;
        let mut statements = Vec::new();
        if let Some(database) = &request.database {
            statements.push(format!("USE {}", quoted(database, '`')));
        }
        for role in &request.roles {
            statements.push(format!("SET ROLE {}", quoted(role, '`')));
        }
        let settings = request
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let marker = [("log_comment", ticket.marker())];
        let readonly = match request.readonly {
            Readonly::No => None,
            Readonly::WithSettings => Some(("readonly", "2")),
            Readonly::Yes => Some(("readonly", "1")),
        };
        // In order, so readonly comes last: after it nothing can be set any more.
        let pairs: Vec<String> = settings
            .chain(marker)
            .chain(readonly)
            .map(|(name, value)| format!("{name} = {}", quoted(value, '\'')))
            .collect();
        statements.push(format!("SET {}", pairs.join(", ")));
        for statement in statements {
            connection
                .query(statement.as_bytes(), "Null", &[])
                .map_err(Exception::from_engine)?;
        }
        Ok(connection)
    }

    /// Stops the reading statement of a ticket, again and again until it has stopped. Blocking.
    pub fn abandon(&self, ticket: &Ticket) {
        let begun = Instant::now();
        while ticket.stop_with(|condition| self.kill(condition)) && begun.elapsed() < ABANDON_MAX {
            std::thread::sleep(KILL_INTERVAL);
        }
    }

    /// Stops every statement. Blocking.
    pub fn abandon_all(&self) {
        self.kill("startsWith(Settings['log_comment'], 'mayfly-')");
    }

    /// Whether a statement on a connection of its own still comes to an end. Blocking; of an engine that hangs, for ever.
    pub fn has_pulse(&self) -> bool {
        let connection = self.library.connect(&self.arguments);
        connection.is_some_and(|mut connection| connection.query(b"SELECT 1", "Null", &[]).is_ok())
    }

    fn kill(&self, condition: &str) {
        if let Some(mut connection) = self.library.connect(&self.arguments) {
            let statement = format!("KILL QUERY WHERE {condition} ASYNC");
            // Nothing to kill and already killed are both fine.
            let _ = connection.query(statement.as_bytes(), "Null", &[]);
        }
    }

    /// Closes the engine once every request has ended. Blocking.
    pub fn shut_down(&self) {
        self.slots.close();
        // Closing the last connection flushes and closes all tables.
        self.anchor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.library.shut_down();
    }
}

fn quoted(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        if character == '\\' || character == quote {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push(quote);
    quoted
}

struct WaitingPlace<'engine>(&'engine AtomicUsize);

impl WaitingPlace<'_> {
    fn take(waiting: &AtomicUsize) -> Result<WaitingPlace<'_>, Exception> {
        if waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Exception::new(
                Code::TooManyQueries,
                "too many requests wait for the engine",
            ));
        }
        Ok(WaitingPlace(waiting))
    }
}

impl Drop for WaitingPlace<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
