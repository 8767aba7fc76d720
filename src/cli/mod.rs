//! The edge: arguments, environment, terminal. What it learns there it hands on as arguments.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

mod administration;
mod audit;
mod check;
mod connection;
mod data_directory;
mod ledger;
mod lists;
mod password;
mod people;
mod recall;
mod reload;
mod report;
mod scrub;
mod serve;
mod subject;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Config, ConfigError, LogLevel};
use crate::engine::{self, EngineOptions};
use crate::evidence::LogMemory;
use crate::spool::Lull;

#[derive(Parser)]
#[command(
    name = "mayfly",
    version,
    about = "Page views and crash reports, anonymised, gone after 30 days"
)]
struct CommandLine {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Which installation a command is about.
#[derive(Args)]
struct Place {
    /// Settings file; without it the defaults hold.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory; overrides [data] directory.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server.
    Serve {
        /// Address to listen on; overrides [server] listen.
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
    },
    /// Projects: what widgets report to.
    #[command(subcommand)]
    Project(administration::ProjectCommand),
    /// Tokens: access to the read API.
    #[command(subcommand)]
    Token(people::TokenCommand),
    /// People: who may sign in.
    #[command(subcommand)]
    User(people::UserCommand),
    /// Visitors: what is held about one of them.
    #[command(subcommand)]
    Subject(subject::SubjectCommand),
    /// Look whether everything is in place, and say what to do if not.
    Check {
        #[arg(long)]
        json: bool,
    },
    /// Check every claim of the evidence page, and say what was found.
    Audit(audit::AuditArgs),
    /// Signed reports: self-assessment, breach report.
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Print a paragraph for your privacy notice, as configured.
    Notice(audit::NoticeArgs),
    /// The ledger: who did what to this installation.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Take personal data out of a text or JSON document, as the server does.
    Scrub(scrub::ScrubArgs),
    /// The embedded ClickHouse; started by the server itself.
    #[command(hide = true)]
    Engine(EngineArgs),
}

#[derive(Args)]
struct EngineArgs {
    #[arg(long)]
    library: PathBuf,
    #[arg(long)]
    socket: PathBuf,
    #[arg(long)]
    memory_bytes_max: u64,
    #[arg(long)]
    connections_max: usize,
    #[arg(long)]
    keeps_to_idle_cores: bool,
}

/// Where a command's settings come from.
struct Origin {
    place: Place,
    /// Where a server shall listen instead.
    listen: Option<String>,
}

impl Origin {
    /// Reads them; may be done again.
    fn load(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(self.place.config.as_deref(), &environment())?;
        if let Some(data) = &self.place.data {
            config.data.directory.clone_from(data);
        }
        if let Some(listen) = &self.listen {
            config.server.listen.clone_from(listen);
        }
        Ok(config)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    keep_content_out_of_crashes();
    keep_to_small_pages();
    let CommandLine { place, command } = CommandLine::parse();
    match run(place, command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mayfly: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(place: Place, command: Command) -> anyhow::Result<ExitCode> {
    if let Command::Engine(args) = command {
        let data = place.data.unwrap_or_default();
        log_to_standard_error(LogLevel::Info, &LogMemory::default());
        engine::run(EngineOptions {
            library: args.library,
            data,
            socket: args.socket,
            memory_bytes_max: args.memory_bytes_max,
            connections_max: args.connections_max,
            keeps_to_idle_cores: args.keeps_to_idle_cores,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Scrub(args) = command {
        scrub::run(&args, std::io::stdin().lock(), std::io::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    }
    let listen = match &command {
        Command::Serve { listen } => listen.clone(),
        _ => None,
    };
    let origin = Origin { place, listen };
    let config = origin.load()?;
    let log = LogMemory::default();
    log_to_standard_error(config.log.level, &log);
    let lull = Lull::default();
    let resting = lull.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_start(engine::take_short_turns)
        // Whoever a commit wakes waits for one who has just arrived at most: nothing is left to do for them but the answer.
        .global_queue_interval(2)
        .on_thread_park(move || resting.begins())
        .build()?;
    runtime.block_on(async {
        match command {
            Command::Serve { .. } => serve::serve(config, origin, log, lull).await,
            Command::Project(command) => administration::project(&config, command).await,
            Command::Token(command) => people::token(&config, command).await,
            Command::User(command) => people::user(&config, command).await,
            Command::Audit(args) => audit::audit(&config, args).await,
            Command::Report(command) => report::report(&config, command).await,
            Command::Notice(args) => audit::privacy_notice(&config, args).await,
            Command::Subject(command) => subject::subject(&config, command).await,
            Command::Ledger(command) => ledger::ledger(&config, command),
            Command::Check { json } => check::check(&config, json).await,
            Command::Engine(_) | Command::Scrub(_) => Ok(ExitCode::SUCCESS),
        }
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn environment() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

/// Our own lines only: what libraries log may hold content. The newest stay in memory, for the live probe.
fn log_to_standard_error(level: LogLevel, memory: &LogMemory) {
    let memory = memory.clone();
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let ours = Targets::new().with_target("mayfly", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr.and(move || memory.clone()))
        .with_filter(ours);
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// A panic says where, never with what; and there are no core dumps.
fn keep_content_out_of_crashes() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, ToString::to_string);
        // Standard error may be a full disk or a pipe that nobody reads, and a panic in here ends the process.
        let _ = writeln!(std::io::stderr(), "mayfly: internal error at {place}");
    }));
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    // Where the kernel refuses, dumps are still subject to the operator's own limit.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Here and in the engine that is started from here. Whoever touches a huge page first waits until 2 MiB of it are cleared, which
/// takes 0.1 ms and, where a virtual machine has to ask its host for them, 5 ms.
fn keep_to_small_pages() {
    // A kernel that knows no huge pages refuses.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
