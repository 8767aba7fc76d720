//! The life of the child process: lock, socket, sandbox, engine, requests, end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt};
use std::os::unix::net::UnixListener as StdListener;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FlockOperation, Mode};
use tokio::io::AsyncReadExt;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};

use super::http::Server;
use super::library::{Library, keep_process_to_idle_cores, stand_back};
use super::limits::ABANDON;
use super::session::Engine;
use super::{EngineError, EngineOptions, config, sandbox};

/// Taken by the process that works on a data directory.
const LOCK_FILE: &str = "engine.lock";
/// The engine's own lock file.
const STATUS_FILE: &str = "status";
/// Where bodies wait, inside the data directory.
pub const SPOOL_DIRECTORY: &str = "incoming";

/// The line a started child writes to its standard output.
pub const READY: &str = "mayfly-engine ready";
/// Begins the line of a child that cannot start; the error's name follows.
pub const FAILED: &str = "mayfly-engine failed ";

/// Runs the engine process: blocks until SIGTERM, SIGINT, or until the parent has gone.
///
/// Errors: the options cannot be met; the name of the error was told to the parent by then.
pub fn run(options: EngineOptions) -> Result<(), EngineError> {
    let outcome = start(&options).and_then(|prepared| live(&options, prepared));
    if let Err(error) = &outcome {
        tell_parent(&format!("{FAILED}{}", error.name()));
    }
    outcome
}

/// A line for the parent; a parent that does not listen is no error.
fn tell_parent(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// What must be kept while the process lives.
struct Prepared {
    listener: StdListener,
    config: std::path::PathBuf,
    _lock: File,
}

fn start(options: &EngineOptions) -> Result<Prepared, EngineError> {
    // The parent's end ends us too. Should it have gone before this line, the end of standard input
    // tells: its other end was the parent's.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
    // Before there are threads: each takes it over.
    stand_back();
    if !options.library.is_file() {
        return Err(EngineError::LibraryMissing {
            library: options.library.clone(),
        });
    }
    let unusable = |source| EngineError::Data {
        data: options.data.clone(),
        source,
    };
    let spool = options.data.join(SPOOL_DIRECTORY);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&spool)
        .map_err(unusable)?;
    let lock = lock(options)?;
    // What a killed process left behind belongs to no request any more.
    fs::remove_dir_all(&spool)
        .and_then(|()| fs::DirBuilder::new().mode(0o700).create(&spool))
        .map_err(unusable)?;
    let config = config::write(&options.data, options.memory_bytes_max).map_err(unusable)?;
    let listener = listen(&options.socket).map_err(|source| EngineError::Socket {
        socket: options.socket.clone(),
        source,
    })?;
    Ok(Prepared {
        listener,
        config,
        _lock: lock,
    })
}

/// One process per data directory: our own lock, and the engine's, should another program use it.
fn lock(options: &EngineOptions) -> Result<File, EngineError> {
    let unusable = |source| EngineError::Data {
        data: options.data.clone(),
        source,
    };
    let in_use = || EngineError::DataInUse {
        data: options.data.clone(),
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(options.data.join(LOCK_FILE))
        .map_err(unusable)?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| in_use())?;
    if let Ok(status) = File::open(options.data.join(STATUS_FILE)) {
        rustix::fs::flock(&status, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| in_use())?;
    }
    Ok(file)
}

/// Binds the socket for its owner alone. It is bound under another name in the same directory, given
/// its mode there and then moved, so that it is never open to others, not even for an instant, and a
/// stale socket is replaced in one step.
fn listen(socket: &Path) -> io::Result<StdListener> {
    if let Ok(existing) = fs::symlink_metadata(socket)
        && !existing.file_type().is_socket()
    {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "another file has this name",
        ));
    }
    let directory = socket.parent().unwrap_or(Path::new("."));
    let private = directory.join(format!(".engine-{}", std::process::id()));
    let _ = fs::remove_dir_all(&private);
    fs::DirBuilder::new().mode(0o700).create(&private)?;
    let bound = bind_private(&private, socket);
    let _ = fs::remove_dir_all(&private);
    bound
}

fn bind_private(private: &Path, socket: &Path) -> io::Result<StdListener> {
    let path = private.join("s");
    let listener = StdListener::bind(&path)?;
    rustix::fs::chmod(&path, Mode::RUSR | Mode::WUSR)?;
    fs::rename(&path, socket)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn live(options: &EngineOptions, prepared: Prepared) -> Result<(), EngineError> {
    sandbox::enter(&options.library, &options.data, &options.socket);
    let library = Library::load(&options.library).map_err(|_| EngineError::LibraryUnusable {
        library: options.library.clone(),
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // Every statement holds one thread; planning bodies and stopping statements need a few more.
        .max_blocking_threads(2 * options.connections_max + 16)
        .enable_all()
        .build()
        .map_err(|source| EngineError::Data {
            data: options.data.clone(),
            source,
        })?;
    let outcome = runtime.block_on(serve(options, prepared, library));
    // Should a statement hang, the process still ends.
    runtime.shutdown_timeout(ABANDON);
    outcome
}

async fn serve(
    options: &EngineOptions,
    prepared: Prepared,
    library: &'static Library,
) -> Result<(), EngineError> {
    let stop = stop_signal().map_err(|source| EngineError::Socket {
        socket: options.socket.clone(),
        source,
    })?;
    let listener =
        UnixListener::from_std(prepared.listener).map_err(|source| EngineError::Socket {
            socket: options.socket.clone(),
            source,
        })?;
    let (data, config) = (options.data.clone(), prepared.config);
    let connections_max = options.connections_max;
    let engine = tokio::task::spawn_blocking(move || {
        Engine::start(library, &data, &config, connections_max)
    });
    let engine = match engine.await {
        Ok(Ok(engine)) => Arc::new(engine),
        _ => {
            return Err(EngineError::Refused {
                data: options.data.clone(),
            });
        }
    };
    // Not while it starts: on a machine that is busy with other things that would take minutes.
    if options.keeps_to_idle_cores && keep_process_to_idle_cores().is_err() {
        tracing::warn!("the engine's threads cannot be listed: it only stands back for the others");
    }
    tell_parent(READY);
    tracing::info!("engine ready");
    Server::new(engine.clone(), options.data.join(SPOOL_DIRECTORY))
        .serve(listener, stop)
        .await;
    let ended = tokio::task::spawn_blocking(move || {
        engine.abandon_all();
        engine.shut_down();
    });
    let _ = ended.await;
    let _ = fs::remove_file(&options.socket);
    tracing::info!("engine stopped");
    Ok(())
}

/// Completes on SIGTERM, SIGINT, or at the end of standard input when that is a parent's pipe.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let is_pipe = rustix::fs::fstat(rustix::stdio::stdin())
        .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_fifo());
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = parent_gone(), if is_pipe => {}
        }
    })
}

async fn parent_gone() {
    let mut nothing = [0; 64];
    let Ok(stdin) = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3) else {
        return std::future::pending().await;
    };
    let Ok(mut stdin) = tokio::net::unix::pipe::Receiver::from_owned_fd(stdin) else {
        return std::future::pending().await;
    };
    while !matches!(stdin.read(&mut nothing).await, Ok(0) | Err(_)) {}
}
