//! The running engine and one request's way through it.
//!
//! Every request gets an engine connection of its own, which is closed after it (0.4 ms): whatever it
//! sets (settings, database, temporary tables) cannot reach the next one. A fixed number may run at
//! once; the others wait.
//!
//! Results travel through a pipe: `INTO OUTFILE` to the pipe's own path makes the engine write one
//! document of any format as it is produced, and stop while nobody reads. (Its streaming calls would
//! format every block as a document of its own.)

use std::ffi::CString;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::codes::{Code, Exception};
use super::library::{Class, Connection, Counters, Library};
use super::limits::{ABANDON, APPEND_BYTES, KILL_INTERVAL, WAITING_MAX};
use super::request::{Readonly, Request};
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
    pub version: String,
    pub timezone: String,
}

/// One statement's identity and state, known to the one that runs it and the one that may stop it.
pub struct Ticket {
    marker: String,
    path: String,
    finished: AtomicBool,
    /// Only reads: may be stopped when its client leaves. A write runs to its end, as in a server.
    reads: AtomicBool,
    abandoned: AtomicBool,
    started: Instant,
}

impl Ticket {
    pub fn has_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    /// Time since the request was planned.
    pub fn elapsed_ns(&self) -> u128 {
        self.started.elapsed().as_nanos()
    }
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
        Ticket {
            marker: format!("mayfly-{}", self.numbers.fetch_add(1, Ordering::Relaxed)),
            path: format!("/proc/self/fd/{}", pipe.as_raw_fd()),
            finished: AtomicBool::new(false),
            reads: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            started: Instant::now(),
        }
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
            if ticket.abandoned.load(Ordering::Acquire) {
                return Err(Exception::new(Code::Aborted, "the client has left"));
            }
            run_on(connection, request, work, ticket, &pipe)
        });
        ticket.finished.store(true, Ordering::Release);
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
        let marker = [("log_comment", ticket.marker.as_str())];
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
        ticket.abandoned.store(true, Ordering::Release);
        // A statement may change its own log_comment, but not where its result goes. The path is put
        // together in the statement so that this statement does not find itself.
        let number = ticket.path.trim_start_matches("/proc/self/fd/");
        let condition = format!(
            "Settings['log_comment'] = '{}' OR position(query, concat('OUTFILE ''/proc/self/fd/', '{number}''')) > 0",
            ticket.marker
        );
        let begun = Instant::now();
        while !ticket.finished.load(Ordering::Acquire) && begun.elapsed() < 12 * ABANDON {
            if ticket.reads.load(Ordering::Acquire) {
                self.kill(&condition);
            }
            std::thread::sleep(KILL_INTERVAL);
        }
    }

    /// Stops every statement. Blocking.
    pub fn abandon_all(&self) {
        self.kill("startsWith(Settings['log_comment'], 'mayfly-')");
    }

    fn kill(&self, condition: &str) {
        if let Some(mut connection) = self.library.connect(&self.arguments) {
            let statement = format!("KILL QUERY WHERE {condition} ASYNC");
            // Nothing to kill and already killed are both fine.
            let _ = connection.query(statement.as_bytes(), "Null", &[]);
        }
    }

    /// Closes the engine; every request must have ended. False when a thread still hangs. Blocking.
    pub fn shut_down(&self) -> bool {
        self.slots.close();
        self.anchor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.library.shut_down()
    }
}

fn run_on(
    mut connection: Connection,
    request: &Request,
    work: Work,
    ticket: &Ticket,
    pipe: &OwnedFd,
) -> Result<Counters, Exception> {
    match work {
        Work::Classify(sql) => {
            let judgement = connection.classify(&sql);
            let reads_only = judgement.class == Class::ReadOnly && judgement.statements == 1;
            let class = match judgement.class {
                Class::ReadOnly => "read_only",
                Class::Mutating => "mutating",
                Class::MutatingGlobal => "mutating_global",
                Class::Control => "control",
                Class::Unknown => "unknown",
            };
            let answer = serde_json::json!({
                "reads_only": reads_only,
                "statements": judgement.statements,
                "class": class,
            });
            deliver(pipe, format!("{answer}\n").as_bytes())?;
            Ok(Counters::default())
        }
        Work::Insert {
            head,
            format,
            mut rows,
        } => {
            if request.readonly != Readonly::No {
                return Err(readonly());
            }
            let mut insert = connection
                .insert(&head, &format, &request.parameters)
                .map_err(Exception::from_engine)?;
            let mut buffer = vec![0; APPEND_BYTES];
            loop {
                match rows.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) if insert.append(&buffer[..count]) => {}
                    // The insert has failed; finish() has the reason.
                    Ok(_) => break,
                    Err(_) => {
                        return Err(Exception::new(
                            Code::CannotReadAllData,
                            "the rows could not be read back from disk",
                        ));
                    }
                }
            }
            insert.finish().map_err(Exception::from_engine)
        }
        Work::Statement { sql, parts, format } => {
            if judge(&mut connection, &sql, request)? == Class::ReadOnly {
                ticket.reads.store(true, Ordering::Release);
            }
            let text = if parts.is_select {
                let clause = format!("\nINTO OUTFILE '{}' APPEND ", ticket.path);
                [
                    &sql[..parts.clause_at],
                    clause.as_bytes(),
                    &sql[parts.clause_at..parts.end],
                ]
                .concat()
            } else {
                sql[..parts.end].to_vec()
            };
            let answer = connection
                .query(&text, &format, &request.parameters)
                .map_err(Exception::from_engine)?;
            deliver(pipe, answer.bytes())?;
            Ok(answer.counters())
        }
    }
}

/// Refuses what may not run: several statements, text that does not parse, writes of a reader.
fn judge(connection: &mut Connection, sql: &[u8], request: &Request) -> Result<Class, Exception> {
    let judgement = connection.classify(sql);
    if judgement.class == Class::Unknown {
        // The insert call parses first, without the command line's own commands (`\i FILE` reads a
        // file), so its complaint is the parser's.
        return Err(match connection.insert(sql, "", &[]) {
            Err(text) if text.starts_with("Code: ") => Exception::from_engine(text),
            _ => Exception::new(Code::SyntaxError, "Empty or unsupported statement"),
        });
    }
    if judgement.statements > 1 {
        return Err(Exception::new(
            Code::SyntaxError,
            "Multi-statements are not allowed",
        ));
    }
    if request.readonly != Readonly::No && judgement.class != Class::ReadOnly {
        return Err(readonly());
    }
    Ok(judgement.class)
}

fn readonly() -> Exception {
    Exception::new(
        Code::Readonly,
        "Cannot execute query in readonly mode: it does not only read",
    )
}

fn deliver(pipe: &OwnedFd, bytes: &[u8]) -> Result<(), Exception> {
    let mut file = pipe
        .try_clone()
        .map(std::fs::File::from)
        .map_err(|_| Exception::new(Code::CannotWrite, "no file descriptor is left"))?;
    // A reader that has left is no error of the statement.
    match file.write_all(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Exception::new(
            Code::CannotWrite,
            "the result could not be delivered",
        )),
        _ => Ok(()),
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
