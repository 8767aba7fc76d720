//! The C interface of libchdb, made safe, and how its threads are scheduled. The only unsafe code of the project.
//!
//! Enters: statements and rows as bytes. Leaves: result bytes, error texts, counters.
//! Deliberately not here: what the statements mean, pooling, HTTP.
//!
//! Rules of the library that the types below keep: one data path per process; many connections, each
//! running one statement at a time (`&mut self`); a connection may move between threads (`Send`);
//! every result and every insert handle is destroyed exactly once (`Drop`), before its connection
//! (lifetimes); the library is never unloaded, because its threads outlive every handle.
#![expect(unsafe_code, reason = "the interface of a C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::ptr::NonNull;
use std::time::Duration;

use super::limits::{NICENESS, TURN};

type ResultPointer = *mut c_void;
type ConnectionPointer = *mut c_void;
type InsertPointer = *mut c_void;

/// What the engine's own parser says about a text, as the library fills it in.
#[repr(C)]
struct RawAnalysis {
    struct_size: u32,
    statement_count: u32,
    flags: u32,
    query_class: u32,
}

type Texts = *const *const c_char;
type Lengths = *const usize;
type QueryFunction = unsafe extern "C" fn(
    ConnectionPointer,
    *const c_char,
    usize,
    *const c_char,
    usize,
    Texts,
    Lengths,
    Texts,
    Lengths,
    usize,
) -> *mut c_void;

macro_rules! functions {
    ($($field:ident: $kind:ty = $symbol:literal,)*) => {
        /// The functions used of libchdb, resolved once.
        struct Functions { $($field: $kind,)* }

        impl Functions {
            fn resolve(library: &libloading::Library) -> Result<Functions, libloading::Error> {
                Ok(Functions {
                    // SAFETY: the symbol names and signatures are those of the library's public
                    // header, the same for every 26.x release; the library stays loaded for good.
                    $($field: unsafe { *library.get::<$kind>($symbol)? },)*
                })
            }
        }
    };
}

functions! {
    set_signal_handlers: unsafe extern "C" fn(c_int) = b"chdb_set_signal_handlers_enabled\0",
    connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut ConnectionPointer = b"chdb_connect\0",
    close: unsafe extern "C" fn(*mut ConnectionPointer) = b"chdb_close_conn\0",
    shutdown: unsafe extern "C" fn() -> c_int = b"chdb_shutdown\0",
    query: QueryFunction = b"chdb_query_with_params_n\0",
    destroy_result: unsafe extern "C" fn(ResultPointer) = b"chdb_destroy_query_result\0",
    buffer: unsafe extern "C" fn(ResultPointer) -> *const u8 = b"chdb_result_buffer\0",
    length: unsafe extern "C" fn(ResultPointer) -> usize = b"chdb_result_length\0",
    error: unsafe extern "C" fn(ResultPointer) -> *const c_char = b"chdb_result_error\0",
    result_rows: unsafe extern "C" fn(ResultPointer) -> u64 = b"chdb_result_rows_read\0",
    read_rows: unsafe extern "C" fn(ResultPointer) -> u64 = b"chdb_result_storage_rows_read\0",
    read_bytes: unsafe extern "C" fn(ResultPointer) -> u64 = b"chdb_result_storage_bytes_read\0",
    written_rows: unsafe extern "C" fn(ResultPointer) -> u64 = b"chdb_result_rows_written\0",
    written_bytes: unsafe extern "C" fn(ResultPointer) -> u64 = b"chdb_result_bytes_written\0",
    insert: QueryFunction = b"chdb_stream_insert_with_params_n\0",
    insert_error: unsafe extern "C" fn(InsertPointer) -> *const c_char = b"chdb_stream_insert_error\0",
    append: unsafe extern "C" fn(InsertPointer, *const c_void, usize) -> c_int = b"chdb_stream_append\0",
    done: unsafe extern "C" fn(InsertPointer) -> ResultPointer = b"chdb_stream_done\0",
    destroy_insert: unsafe extern "C" fn(InsertPointer) = b"chdb_destroy_insert_stream\0",
    classify: unsafe extern "C" fn(ConnectionPointer, *const c_char, usize, *const c_char, usize, *mut RawAnalysis) -> c_int
        = b"chdb_classify_query_n\0",
}

/// A named statement parameter, `{name:Type}` in the SQL; the value is in escaped (TSV) form.
#[derive(Clone)]
pub struct Parameter {
    pub name: String,
    pub value: Vec<u8>,
}

/// The loaded engine library. Lives as long as the process.
pub struct Library {
    functions: Functions,
}

/// The calling thread, to the kernel.
const THIS_THREAD: libc::pid_t = 0;

/// Makes the calling thread, and those that it starts from now on, stand back for whoever wants the same core, by [`NICENESS`].
pub fn stand_back() {
    schedule(THIS_THREAD, libc::SCHED_OTHER, NICENESS, Duration::ZERO);
}

/// Makes the calling thread, and those that it starts from now on, run where nobody else wants the core. To the kernel such a core
/// is idle: whoever wakes is put there and need not wait for a turn to end. There is no way back without privileges.
pub fn keep_to_idle_cores() {
    keep_thread_to_idle_cores(THIS_THREAD);
}

/// [`keep_to_idle_cores`] for all threads of the process.
///
/// # Errors
/// The process cannot look at its own threads.
pub(super) fn keep_process_to_idle_cores() -> io::Result<()> {
    for thread in std::fs::read_dir("/proc/self/task")? {
        let thread = thread?.file_name();
        if let Some(thread) = thread.to_str().and_then(|id| id.parse().ok()) {
            keep_thread_to_idle_cores(thread);
        }
    }
    Ok(())
}

fn keep_thread_to_idle_cores(thread: libc::pid_t) {
    schedule(thread, libc::SCHED_IDLE, NICENESS, Duration::ZERO);
}

/// Makes the calling thread, and those that it starts from now on, take turns of [`TURN`]. As soon as such a thread has something
/// to do it is put before one whose turns are longer; otherwise it would wait for that one's turn to end, or for the next tick
/// of the kernel's clock, which is 4 ms on many systems. Linux knows that from 6.12 on and passes over the wish before.
pub fn take_short_turns() {
    // SAFETY: takes two plain numbers; 0 is the calling thread.
    let niceness = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    schedule(THIS_THREAD, libc::SCHED_OTHER, niceness, TURN);
}

/// Zero is the kernel's own length of a turn. Where the call is forbidden, and where the thread has gone, all stays as before.
fn schedule(thread: libc::pid_t, policy: libc::c_int, niceness: i32, turn: Duration) {
    let attributes = libc::sched_attr {
        size: size_of::<libc::sched_attr>() as u32,
        sched_policy: policy as u32,
        sched_flags: 0,
        sched_nice: niceness,
        sched_priority: 0,
        sched_runtime: turn.as_nanos() as u64,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the structure has the size that it states, outlives the call and is only read.
    unsafe { libc::syscall(libc::SYS_sched_setattr, thread, &raw const attributes, 0) };
}

impl Library {
    /// Loads libchdb and turns its signal handlers off. Call once per process.
    pub fn load(path: &Path) -> Result<&'static Library, libloading::Error> {
        // SAFETY: loading runs the library's static constructors; they touch only its own state.
        let library = unsafe { libloading::Library::new(path)? };
        let functions = Functions::resolve(&library)?;
        // SAFETY: takes a plain number; must come before the first connection, and does.
        unsafe { (functions.set_signal_handlers)(0) };
        std::mem::forget(library);
        Ok(Box::leak(Box::new(Library { functions })))
    }

    /// Opens a connection; the first one starts the engine. `None` when the library refuses: another
    /// process holds the path, or the configuration cannot be read.
    pub fn connect(&'static self, arguments: &[CString]) -> Option<Connection> {
        let mut pointers: Vec<*mut c_char> = arguments
            .iter()
            .map(|argument| argument.as_ptr().cast_mut())
            .collect();
        let count = c_int::try_from(pointers.len()).ok()?;
        // SAFETY: `pointers` holds `count` valid NUL-terminated strings that outlive the call; the
        // library reads and copies them.
        let handle = unsafe { (self.functions.connect)(count, pointers.as_mut_ptr()) };
        NonNull::new(handle).map(|handle| Connection {
            library: self,
            handle,
        })
    }

    /// Stops the engine's idle threads after the last connection has been closed, as far as it can;
    /// what is left ends with the process.
    pub fn shut_down(&self) {
        // SAFETY: no arguments; the library serialises it against connects.
        unsafe { (self.functions.shutdown)() };
    }
}

/// One engine session with settings of its own. Closed on drop, and its settings with it.
pub struct Connection {
    library: &'static Library,
    handle: NonNull<ConnectionPointer>,
}

// SAFETY: the library allows a connection to be used from any thread, one call at a time; every
// method that runs something takes `&mut self`.
unsafe impl Send for Connection {}

impl Connection {
    fn pointer(&self) -> ConnectionPointer {
        // SAFETY: the handle came from a successful connect and is closed only on drop.
        unsafe { *self.handle.as_ptr() }
    }

    fn call(
        &mut self,
        function: QueryFunction,
        sql: &[u8],
        format: &str,
        parameters: &[Parameter],
    ) -> *mut c_void {
        let names: Vec<_> = parameters
            .iter()
            .map(|p| p.name.as_ptr().cast::<c_char>())
            .collect();
        let name_lengths: Vec<_> = parameters.iter().map(|p| p.name.len()).collect();
        let values: Vec<_> = parameters
            .iter()
            .map(|p| p.value.as_ptr().cast::<c_char>())
            .collect();
        let value_lengths: Vec<_> = parameters.iter().map(|p| p.value.len()).collect();
        // SAFETY: every pointer goes with its length and outlives the call; the library copies what
        // it keeps. The connection runs nothing else: we hold it by `&mut`.
        unsafe {
            function(
                self.pointer(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                parameters.len(),
            )
        }
    }

    /// Runs one statement to its end and returns the formatted result or the engine's error text.
    pub fn query(
        &mut self,
        sql: &[u8],
        format: &str,
        parameters: &[Parameter],
    ) -> Result<Answer, String> {
        let pointer = self.call(self.library.functions.query, sql, format, parameters);
        Answer::from_pointer(self.library, pointer)
    }

    /// Starts an `INSERT` whose rows follow. `sql` carries neither a FORMAT clause nor rows.
    pub fn insert(
        &mut self,
        sql: &[u8],
        format: &str,
        parameters: &[Parameter],
    ) -> Result<Insert<'_>, String> {
        let library = self.library;
        let pointer = self.call(library.functions.insert, sql, format, parameters);
        let pointer = NonNull::new(pointer).ok_or_else(out_of_memory)?;
        let insert = Insert {
            library,
            pointer,
            connection: PhantomData,
        };
        match insert.error() {
            Some(error) => Err(error),
            None => Ok(insert),
        }
    }

    /// Asks the engine's parser what a text would do, without running it.
    pub fn classify(&mut self, sql: &[u8]) -> Classification {
        let mut raw = RawAnalysis {
            struct_size: size_of::<RawAnalysis>() as u32,
            statement_count: 0,
            flags: 0,
            query_class: Class::UNKNOWN,
        };
        // SAFETY: pointer and length belong together; `raw` has the size it states; a null target
        // database is allowed.
        let state = unsafe {
            (self.library.functions.classify)(
                self.pointer(),
                sql.as_ptr().cast(),
                sql.len(),
                std::ptr::null(),
                0,
                &mut raw,
            )
        };
        if state != 0 {
            return Classification {
                statements: 0,
                class: Class::Unknown,
            };
        }
        Classification {
            statements: raw.statement_count,
            class: Class::from_raw(raw.query_class),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: closed exactly once; results are copies and inserts borrow the connection, so
        // nothing refers to it any more.
        unsafe { (self.library.functions.close)(self.handle.as_ptr()) };
    }
}

/// What a statement does to state that outlives it, by the engine's parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK.
    ReadOnly,
    /// Changes a database.
    Mutating,
    /// Changes something beside the databases: users, functions, named collections.
    MutatingGlobal,
    /// USE, SET, SYSTEM, KILL, writes to a file or a table function.
    Control,
    /// Did not parse.
    Unknown,
}

impl Class {
    const UNKNOWN: u32 = 4;

    fn from_raw(raw: u32) -> Class {
        match raw {
            0 => Class::ReadOnly,
            1 => Class::Mutating,
            2 => Class::MutatingGlobal,
            3 => Class::Control,
            _ => Class::Unknown,
        }
    }
}

/// The parser's report on a text: how many statements, and the strongest effect among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    pub statements: u32,
    pub class: Class,
}

/// Row and byte counters of a finished statement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub result_rows: u64,
    pub read_rows: u64,
    pub read_bytes: u64,
    pub written_rows: u64,
    pub written_bytes: u64,
}

/// A finished statement's result.
pub struct Answer {
    library: &'static Library,
    pointer: NonNull<c_void>,
}

// SAFETY: a result is a plain memory block of its own after the statement has ended.
unsafe impl Send for Answer {}

impl Answer {
    fn from_pointer(library: &'static Library, pointer: *mut c_void) -> Result<Answer, String> {
        let pointer = NonNull::new(pointer).ok_or_else(out_of_memory)?;
        let answer = Answer { library, pointer };
        // SAFETY: the result is alive; the text, if any, is NUL-terminated and belongs to it.
        match text(unsafe { (library.functions.error)(pointer.as_ptr()) }) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        let functions = &self.library.functions;
        // SAFETY: the result is alive; buffer and length describe memory that lives as long as it.
        unsafe {
            let length = (functions.length)(self.pointer.as_ptr());
            let buffer = (functions.buffer)(self.pointer.as_ptr());
            if buffer.is_null() || length == 0 {
                return &[];
            }
            std::slice::from_raw_parts(buffer, length)
        }
    }

    pub fn counters(&self) -> Counters {
        let functions = &self.library.functions;
        let pointer = self.pointer.as_ptr();
        // SAFETY: plain getters on a live result.
        unsafe {
            Counters {
                result_rows: (functions.result_rows)(pointer),
                read_rows: (functions.read_rows)(pointer),
                read_bytes: (functions.read_bytes)(pointer),
                written_rows: (functions.written_rows)(pointer),
                written_bytes: (functions.written_bytes)(pointer),
            }
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: destroyed exactly once.
        unsafe { (self.library.functions.destroy_result)(self.pointer.as_ptr()) };
    }
}

/// A running `INSERT` that takes rows. Dropped without [`Insert::finish`] it is cancelled; blocks
/// that were complete by then stay in the table, which is why callers hold all rows before they start.
pub struct Insert<'connection> {
    library: &'static Library,
    pointer: NonNull<c_void>,
    connection: PhantomData<&'connection mut Connection>,
}

impl Insert<'_> {
    /// Hands over rows in the statement's input format; blocks while the engine is busy. False when
    /// the insert has already failed: [`Insert::finish`] tells why.
    pub fn append(&mut self, rows: &[u8]) -> bool {
        // SAFETY: pointer and length belong together; the library copies the bytes.
        let state = unsafe {
            (self.library.functions.append)(self.pointer.as_ptr(), rows.as_ptr().cast(), rows.len())
        };
        state == 0
    }

    /// Ends the rows and waits until the engine has stored them.
    pub fn finish(self) -> Result<Counters, String> {
        // SAFETY: the handle is alive and not finished yet: `self` is consumed.
        let result = unsafe { (self.library.functions.done)(self.pointer.as_ptr()) };
        Answer::from_pointer(self.library, result).map(|answer| answer.counters())
    }

    fn error(&self) -> Option<String> {
        // SAFETY: the handle is alive; the text, if any, belongs to it.
        text(unsafe { (self.library.functions.insert_error)(self.pointer.as_ptr()) })
    }
}

impl Drop for Insert<'_> {
    fn drop(&mut self) {
        // SAFETY: destroyed exactly once, before the connection it borrows.
        unsafe { (self.library.functions.destroy_insert)(self.pointer.as_ptr()) };
    }
}

fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: callers pass a live NUL-terminated text of the library.
    Some(
        unsafe { CStr::from_ptr(pointer) }
            .to_string_lossy()
            .into_owned(),
    )
}

fn out_of_memory() -> String {
    "Code: 173. DB::Exception: the engine could not allocate a result. (CANNOT_ALLOCATE_MEMORY)"
        .to_owned()
}
