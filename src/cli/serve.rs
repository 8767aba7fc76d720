//! `mayfly serve`: from settings to a running server, and back.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal; logs fixed texts and numbers"
)]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, oneshot, watch};
use tracing::{error, info, warn};

use super::Origin;
use super::connection::Connection;
use super::data_directory::DataDirectory;
use super::recall;
use super::reload;
use crate::app::{App, Parts};
use crate::config::Config;
use crate::evidence::{EvidenceRoom, LogMemory, Practice};
use crate::front_door::FrontDoor;
use crate::intake::seen::Seen;
use crate::ledger::{Action, Actor, Ledger};
use crate::limits::{DRAIN_TIMEOUT, REFUSALS_INTERVAL, STORE_BACKOFF_MAX};
use crate::outcome::{Kind, Outcomes};
use crate::privacy::{Door, ErrorEvent, Table};
use crate::server::{self, SlowLane};
use crate::snippets::Snippets;
use crate::spool::{Lull, Spool, SpoolSettings};
use crate::store::insert::Inserter;
use crate::store::migrate::MigrationError;
use crate::store::retention::Receipt;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Name of the project that the first start creates.
const FIRST_PROJECT: &str = "My first project";
/// Time to insert what is left in the spool at the end; the rest waits for the next start.
const SPOOL_DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a key or token that was revoked by a command, or by another server, stops working.
const REGISTRY_INTERVAL: Duration = Duration::from_secs(5);
/// How often issues are looked for that have come back, if crashes were stored meanwhile …
const REGRESSIONS_INTERVAL: Duration = Duration::from_secs(60);
/// … by events that arrived within this time: some have waited in the spool.
const REGRESSIONS_NOTED_WITHIN_MILLIS: i64 = 86_400_000;

pub(super) async fn serve(
    config: Config,
    origin: Origin,
    log: LogMemory,
    lull: Lull,
) -> anyhow::Result<ExitCode> {
    let hangups = reload::hangups()?;
    raise_file_limit();
    let data = DataDirectory::open(&config.data.directory)?;
    let _lock = data.lock()?;
    let connection = Connection::open_for_server(&config, &data).await?;
    let reloading = (hangups, origin);
    let result = serve_with(&config, &data, &connection, reloading, log, lull).await;
    connection.close().await;
    result.map(|()| ExitCode::SUCCESS)
}

async fn serve_with(
    config: &Config,
    data: &DataDirectory,
    connection: &Connection,
    (hangups, origin): (Signal, Origin),
    log: LogMemory,
    lull: Lull,
) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let store = connection.store.clone();
    let outcomes = Arc::new(Outcomes::default());
    let ledger = Arc::new(data.ledger(now)?);
    let prepared = prepare_store(config, &store, &ledger, now).await?;

    let listener = TcpListener::bind(&config.server.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.server.listen))?;
    let listening_at = listener.local_addr()?.to_string();

    let settings = SpoolSettings {
        directory: data.spool(),
        bytes_max: config.spool.bytes_max,
        durability: config.spool.durability,
    };
    let seen = Arc::new(Seen::new(now));
    let mut see = |table: &str, columns: &[String], row: &[u8]| {
        if table == Table::ErrorEvents.name()
            && let Some((project, digits)) = ErrorEvent::identity(columns, row)
        {
            seen.recall(project, digits);
        }
    };
    let (spool, segments) = Spool::open(&settings, &outcomes, now, lull.clone(), &mut see)?;
    let inserter = Inserter::new(
        &store,
        segments,
        Arc::clone(&outcomes),
        Arc::clone(spool.usage()),
        prepared,
    );
    let store_reachable = inserter.reachable();
    let erasures = inserter.erasures();
    let newest_recalled = prepared && recall::newest(&store, &seen, now).await;
    let (stop, stopped) = watch::channel(false);
    let app = Arc::new(App::new(Parts {
        outcomes,
        door: Door::new(reload::materials(config)?, now),
        spool,
        store,
        seen,
        store_reachable,
        erasures,
        secret: data.secret(&config.privacy.secret)?,
        ledger,
        public_url: config.public_url(&listening_at),
        limits: config.limits,
        front_door: FrontDoor::new(&listening_at),
        default_retention: config.retention.default_hours,
        started_at: now,
        evidence: EvidenceRoom::new(Practice::of(config)?, log),
        slow_lane: SlowLane::start(lull)?,
        engine: connection.engine_health(),
    }));
    if app.refresh_registry().await.is_err() {
        warn!("projects are unknown until ClickHouse answers; requests get 503 until then");
    }
    let inserting = inserter.start(stopped)?;
    let recalling = Arc::clone(&app);
    let repairs = Arc::new(Notify::new());
    let jobs = [
        tokio::spawn(async move { recall::others(&recalling, newest_recalled).await }),
        tokio::spawn(follow_registry(Arc::clone(&app), Arc::clone(&repairs))),
        tokio::spawn(keep_roll_ups(app.store.clone(), repairs)),
        tokio::spawn(keep_refusals(Arc::clone(&app))),
        tokio::spawn(keep_regressions(Arc::clone(&app))),
        tokio::spawn(reload::on_hangup(
            hangups,
            Arc::clone(&app),
            origin,
            config.clone(),
        )),
        tokio::spawn(keep_retention(
            config.clone(),
            Arc::clone(&app),
            settings.directory,
            prepared,
        )),
    ];

    let started = format!(
        "{} {}",
        env!("CARGO_PKG_VERSION"),
        app.evidence.practice.summary()
    );
    app.record(Actor::System, Action::ServerStarted, String::new(), started)
        .await;
    greet(&app, &listening_at);
    server::run(listener, Arc::clone(&app), stop_requested(Arc::clone(&app))).await;

    jobs.iter().for_each(tokio::task::JoinHandle::abort);
    let closing = Arc::clone(&app);
    tokio::task::spawn_blocking(move || closing.spool.close()).await?;
    drain(inserting, &stop).await;
    app.write_refusals().await;
    info!("stopped");
    Ok(())
}

/// Schema, first project, and deletions missed while the server was down: before intake opens. Returns whether
/// ClickHouse was there for it; a server that is away for now does not keep intake closed.
async fn prepare_store(
    config: &Config,
    store: &Store,
    ledger: &Ledger,
    now: Timestamp,
) -> anyhow::Result<bool> {
    match store.migrate().await {
        Ok(0) => {}
        Ok(count) => info!(count, "schema brought up to date"),
        Err(MigrationError::Store(cause)) => {
            warn!(%cause, "ClickHouse is away; events will wait in the spool");
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    if store.projects().await?.is_empty() {
        store
            .add_project(FIRST_PROJECT, config.retention.default_hours, now)
            .await?;
    }
    enforce_retention(store, ledger, now).await;
    Ok(true)
}

/// What a person needs to start: where to look, and what to paste.
fn greet(app: &App, listening_at: &str) {
    let url = &app.public_url;
    println!(
        "Mayfly {} listens on {listening_at}",
        env!("CARGO_PKG_VERSION")
    );
    println!("\nLook at what arrives:\n  {url}/");
    if !app.has_admin()
        && let Some(code) = app.setup.code()
    {
        println!("Sign in as administrator (works once):\n  {url}/setup/{code}");
    }
    println!(
        "Key of the ledger (`mayfly ledger verify`):\n  {}",
        app.ledger.fingerprint()
    );
    if let Some(project) = app.projects().first()
        && let Some(key) = project.keys.first()
    {
        let Snippets { dsn, snippet } = Snippets::new(url, project.id, *key);
        println!("\nProject {} · {}", project.id, project.name);
        println!("DSN for Sentry SDKs:\n  {dsn}");
        println!("For web pages:\n{snippet}");
    }
}

/// Resolves on SIGTERM or SIGINT. Readiness goes first.
async fn stop_requested(app: Arc<App>) {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut stream) => stream.recv().await,
            // Without a handler the signal's default action ends the process; nothing acknowledged is lost.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = wait(SignalKind::terminate()) => {}
        _ = wait(SignalKind::interrupt()) => {}
    }
    app.draining.store(true, Relaxed);
    info!(
        seconds = DRAIN_TIMEOUT.as_secs(),
        "stopping: open requests are finished first"
    );
}

async fn drain(mut inserting: oneshot::Receiver<()>, stop: &watch::Sender<bool>) {
    if tokio::time::timeout(SPOOL_DRAIN_TIMEOUT, &mut inserting)
        .await
        .is_err()
    {
        info!("the rest of the spool waits for the next start");
        let _ = stop.send(true);
        let _ = inserting.await;
    }
}

/// Lets revoked keys and tokens stop working, and tells when roll-ups are to be counted anew.
async fn follow_registry(app: Arc<App>, repairs: Arc<Notify>) {
    loop {
        tokio::time::sleep(REGISTRY_INTERVAL).await;
        // While ClickHouse is away, what was known stays known.
        if let Ok(true) = app.follow_registry().await {
            repairs.notify_one();
        }
    }
}

/// Counts roll-ups anew after erasures that a command made, or that were cut off.
async fn keep_roll_ups(store: Store, repairs: Arc<Notify>) {
    loop {
        repairs.notified().await;
        // What is due stays due.
        let _ = store.recount_due(Timestamp::now()).await;
    }
}

fn project_numbers(app: &App) -> Vec<u32> {
    let projects = app.projects().into_iter();
    projects.map(|project| project.id.get()).collect()
}

/// After an update whose rules group otherwise, what was decided about issues goes over to the new groups.
async fn hand_decisions_on(app: &App, now: Timestamp) {
    let projects = project_numbers(app);
    if let Err(cause) = app.store.hand_decisions_on(&projects, now).await {
        warn!(%cause, "decisions about issues could not be handed on");
    }
}

async fn keep_refusals(app: Arc<App>) {
    loop {
        tokio::time::sleep(REFUSALS_INTERVAL).await;
        app.write_refusals().await;
    }
}

/// Notes in the trails which resolved issues have come back, whether somebody looks or not.
async fn keep_regressions(app: Arc<App>) {
    let mut stored = 0;
    loop {
        tokio::time::sleep(REGRESSIONS_INTERVAL).await;
        let stored_now = app.outcomes.balance(Kind::Error).stored;
        if stored_now == stored {
            continue;
        }
        let now = Timestamp::now();
        let projects = project_numbers(&app);
        let since = now.shifted(-REGRESSIONS_NOTED_WITHIN_MILLIS);
        // What is not noted now is the next time, or when somebody looks.
        if app
            .notice_regressions(&projects, None, since, now)
            .await
            .is_ok()
        {
            stored = stored_now;
        }
    }
}

/// Deletes what has expired, again and again. A server that was away at the start is prepared first.
async fn keep_retention(
    config: Config,
    app: Arc<App>,
    spool: std::path::PathBuf,
    mut prepared: bool,
) {
    let interval = Duration::from_secs(config.retention.interval_seconds);
    loop {
        tokio::time::sleep(if prepared {
            interval
        } else {
            interval.min(STORE_BACKOFF_MAX)
        })
        .await;
        let now = Timestamp::now();
        // Also while nobody visits: an old salt is forgotten on time.
        let _ = app.door().forget_visitors(now);
        if let Err(cause) = Spool::expire_quarantine(&spool, now) {
            warn!(kind = %cause.kind(), "the spool's quarantine cannot be cleared");
        }
        if prepared {
            enforce_retention(&app.store, &app.ledger, now).await;
            // What cannot be forgotten now is no longer honoured, and forgotten the next time.
            let _ = app.store.forget_subjects(now).await;
            hand_decisions_on(&app, now).await;
        } else {
            prepared = prepare_store(&config, &app.store, &app.ledger, now)
                .await
                .unwrap_or_else(|cause| {
                    error!(%cause, "ClickHouse is there but cannot be used");
                    false
                });
        }
    }
}

async fn enforce_retention(store: &Store, ledger: &Ledger, now: Timestamp) {
    report_deletions(store.enforce_retention(now).await, ledger, now);
    report_deletions(store.enforce_shorter_retention(now).await, ledger, now);
}

fn report_deletions(receipts: Result<Vec<Receipt>, StoreError>, ledger: &Ledger, now: Timestamp) {
    match receipts {
        Ok(receipts) => {
            for receipt in receipts {
                let rows = receipt.planned.rows;
                let table = receipt.planned.table;
                if rows > 0
                    && let Err(cause) = ledger.append(
                        Actor::System,
                        Action::RowsExpired,
                        &format!("table:{table}"),
                        &rows.to_string(),
                        now,
                    )
                {
                    error!(%cause, "a deletion could not be written into the ledger");
                }
                if receipt.is_proven() {
                    info!(rows, table, "expired rows deleted, none left");
                } else {
                    warn!(
                        rows,
                        table,
                        parts_left = receipt.parts_left,
                        "expired rows are still on disk"
                    );
                }
            }
        }
        Err(cause) => warn!(%cause, "retention could not be enforced now; it is tried again"),
    }
}

/// Many clients are many sockets; the usual soft limit of 1,024 is for other programs.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}
