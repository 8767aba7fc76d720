//! `mayfly subject`: what is held about somebody, shown or erased, and objections, for an operator who answers a request. The id is read from
//! standard input: arguments stand in the list of processes.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::administration::{find_project, record};
use super::connection::Connection;
use super::data_directory::DataDirectory;
use crate::config::Config;
use crate::ledger::Action;
use crate::limits::SUBJECT_ID_BYTES_MAX;
use crate::outcome::Reason;
use crate::privacy::{Raw, Subject};
use crate::registry::ObjectionScope;
use crate::spool::at_rest;
use crate::store::Store;
use crate::store::roll_ups::Recount;
use crate::subjects;
use crate::time::Timestamp;

/// How long a running server may take to move rows from its spool into the tables.
const SPOOL_WAIT: Duration = Duration::from_secs(30);
const SPOOL_INTERVAL: Duration = Duration::from_millis(200);

#[derive(Subcommand)]
pub(super) enum SubjectCommand {
    /// Print everything that is held about the id on standard input, as JSON.
    Export(Whom),
    /// Delete everything that is held about the id on standard input, and print the receipt as JSON.
    Erase(Whom),
    /// Leave out from now on what belongs to the id on standard input, and print the receipt as JSON. Held for 13 months.
    Object(Objection),
    /// Take an objection back.
    Withdraw(Objection),
}

#[derive(Args)]
pub(super) struct Objection {
    #[command(flatten)]
    whom: Whom,
    /// To what: analytics or errors; can be given twice. Without it, to both.
    #[arg(long = "scope", value_parser = ["analytics", "errors"])]
    scopes: Vec<String>,
}

impl SubjectCommand {
    const fn whom(&self) -> &Whom {
        match self {
            Self::Export(whom) | Self::Erase(whom) => whom,
            Self::Object(objection) | Self::Withdraw(objection) => &objection.whom,
        }
    }
}

#[derive(Args)]
pub(super) struct Whom {
    /// Number of the project.
    #[arg(long)]
    project: u32,
    /// The id stands on standard input. There is no other way to name it.
    #[arg(long, required = true)]
    id_from_stdin: bool,
}

pub(super) async fn subject(config: &Config, command: SubjectCommand) -> anyhow::Result<ExitCode> {
    let whom = command.whom();
    let id = read_id()?;
    let data = DataDirectory::open(&config.data.directory)?;
    let connection = Connection::open(config, &data).await?;
    let result = async {
        let store = &connection.store;
        store.migrate().await?;
        let project = find_project(store, whom.project).await?.id;
        let secret = data.secret(&config.privacy.secret)?.for_project(project);
        let subject = Subject::of(&secret, project, &id)
            .map_err(|_| anyhow::anyhow!("an id has 1 to {SUBJECT_ID_BYTES_MAX} bytes"))?;
        match &command {
            SubjectCommand::Object(objection) => {
                state(config, store, &subject, objection, true).await
            }
            SubjectCommand::Withdraw(objection) => {
                state(config, store, &subject, objection, false).await
            }
            SubjectCommand::Export(_) => export(config, store, &data, &subject).await,
            SubjectCommand::Erase(_) => erase(config, store, &data, &subject).await,
        }
    }
    .await;
    connection.close().await;
    result.map(|()| ExitCode::SUCCESS)
}

fn read_id() -> anyhow::Result<Raw<String>> {
    let mut id = String::new();
    // Its length is looked at later; here an end is all that is needed.
    let mut input = std::io::stdin()
        .lock()
        .take(SUBJECT_ID_BYTES_MAX as u64 + 3);
    input
        .read_to_string(&mut id)
        .context("the id cannot be read")?;
    let end = id.trim_end_matches(['\r', '\n']).len();
    id.truncate(end);
    Ok(Raw::new(id))
}

async fn export(
    config: &Config,
    store: &Store,
    data: &DataDirectory,
    subject: &Subject,
) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let is_clear = wait_for_spool(data, subject, now).await?;
    let export = subjects::read(store, subject, is_clear, now).await?;
    let rows = export.receipt.rows.to_string();
    record(
        config,
        Action::SubjectExported,
        &export.receipt.object(),
        &rows,
    )?;
    let mut tables = Map::new();
    for held in &export.held {
        tables.insert(
            held.table.name().to_owned(),
            serde_json::to_value(&held.rows)?,
        );
    }
    let body = json!({ "receipt": export.receipt.to_json(), "rows": export.receipt.rows,
        "complete": is_clear, "tables": Value::Object(tables) });
    println!("{body}");
    Ok(())
}

async fn erase(
    config: &Config,
    store: &Store,
    data: &DataDirectory,
    subject: &Subject,
) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let spool = data.spool();
    let lock = data.lock();
    let who = match lock {
        Ok(_) => Recount::Here,
        Err(_) => Recount::ByServer,
    };
    let spool_rows = match lock {
        Ok(_) => at_rest::erase(&spool, subject).context("the spool cannot be rewritten")?,
        // A running server moves them into the tables itself.
        Err(_) => match wait_for_spool(data, subject, now).await? {
            true => 0,
            false => bail!(
                "rows wait in the spool of the running server, and ClickHouse does not take them: ask the server itself, by \
                POST to /api/v1/subjects/erase"
            ),
        },
    };
    let search = || at_rest::files_with(&spool, subject, now);
    let receipt = subjects::delete(store, subject, who, spool_rows, search, now).await?;
    let deleted = receipt.rows + receipt.spool_rows;
    record(
        config,
        Action::SubjectErased,
        &receipt.object(),
        &deleted.to_string(),
    )?;
    println!(
        "{}",
        json!({ "receipt": receipt.to_json(), "deleted": deleted })
    );
    Ok(())
}

async fn state(
    config: &Config,
    store: &Store,
    subject: &Subject,
    objection: &Objection,
    is_objection: bool,
) -> anyhow::Result<()> {
    let named = objection.scopes.iter();
    let mut scopes: Vec<_> = named
        .filter_map(|name| ObjectionScope::from_name(name))
        .collect();
    if scopes.is_empty() {
        scopes.extend(ObjectionScope::ALL);
    }
    let stated = subjects::state(store, subject, &scopes, is_objection, Timestamp::now()).await;
    let stated = stated.map_err(|reason| match reason {
        Reason::RateLimited => anyhow::anyhow!("no more objections can be remembered"),
        _ => anyhow::anyhow!("ClickHouse does not answer"),
    })?;
    let (action, scopes) = stated.entry();
    record(config, action, &stated.receipt.object(), scopes)?;
    println!(
        "{}",
        json!({ "receipt": stated.receipt.to_json(), "until": stated.until })
    );
    Ok(())
}

/// Whether no file of the spool holds rows of `subject`, after a while.
async fn wait_for_spool(
    data: &DataDirectory,
    subject: &Subject,
    until: Timestamp,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    loop {
        let found = at_rest::files_with(&data.spool(), subject, until);
        match found.context("the spool cannot be read")? {
            0 => return Ok(true),
            _ if begun.elapsed() >= SPOOL_WAIT => return Ok(false),
            _ => tokio::time::sleep(SPOOL_INTERVAL).await,
        }
    }
}
