//! `mayfly project`, and what commands that administer have in common.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::json;

use super::connection::Connection;
use super::data_directory::DataDirectory;
use crate::config::Config;
use crate::ledger::{Action, Actor};
use crate::limits::NAME_BYTES_MAX;
use crate::registry::{Project, ProjectId};
use crate::retention::Retention;
use crate::snippets::Snippets;
use crate::store::Store;
use crate::store::registry::ListedProject;
use crate::time::Timestamp;

#[derive(Subcommand)]
pub(super) enum ProjectCommand {
    /// Create a project and print its number, key, DSN and tracker snippet.
    Add {
        name: String,
        /// How long its rows are kept, at most 720 hours (30 days).
        #[arg(long, value_name = "HOURS")]
        retention_hours: Option<u32>,
        #[arg(long)]
        json: bool,
    },
    /// Change a setting of a project; `mayfly project show` lists them.
    Set {
        id: u32,
        /// E.g. `time_zone`, `urls.mode`, `allowed_origins`, `scrubbing.rules`.
        key: String,
        /// A word, a number, or the entries of a list with commas between them or as JSON. A rule of the scrubber is
        /// `name = pattern`.
        value: String,
    },
    /// Show a project's settings.
    Show {
        id: u32,
        #[arg(long)]
        json: bool,
    },
    /// List all projects.
    List {
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn project(config: &Config, command: ProjectCommand) -> anyhow::Result<ExitCode> {
    with_store(config, async |store| match command {
        ProjectCommand::Add {
            name,
            retention_hours,
            json,
        } => {
            let name = name.trim();
            if !Project::is_name(name) {
                bail!("a project's name has 1 to {NAME_BYTES_MAX} bytes");
            }
            let retention = match retention_hours {
                Some(hours) => Retention::try_from(hours)?,
                None => config.retention.default_hours,
            };
            let project = store.add_project(name, retention, Timestamp::now()).await?;
            let object = format!("project:{}", project.id);
            record(config, Action::ProjectAdded, &object, "")?;
            print_project(config, &project, json)
        }
        ProjectCommand::Set { id, key, value } => {
            let mut project = find_project(store, id).await?;
            let before = project.clone();
            project.settings = project.settings.with(&key, &value)?;
            store.change_project(&project, Timestamp::now()).await?;
            record(
                config,
                Action::ProjectChanged,
                &format!("project:{id}"),
                &project.changes_since(&before).join(","),
            )?;
            println!("{key} of project {id} is set; running servers follow within seconds.");
            Ok(())
        }
        ProjectCommand::Show { id, json } => {
            let project = find_project(store, id).await?;
            if json {
                println!("{}", json!(project));
            } else {
                println!(
                    "{}\t{}\tkept for {} hours",
                    project.id, project.name, project.retention_hours
                );
                for (key, value) in project.settings.list() {
                    println!("{key} = {value}");
                }
            }
            Ok(())
        }
        ProjectCommand::List { json } => {
            let projects = store.projects().await?;
            if json {
                println!("{}", json!({ "projects": projects }));
            } else {
                for project in projects {
                    let days = f64::from(project.retention_hours) / 24.0;
                    println!("{}\t{}\tkept for {days} days", project.id, project.name);
                }
            }
            Ok(())
        }
    })
    .await
}

/// Writes into the ledger what a command did.
pub(super) fn record(
    config: &Config,
    action: Action,
    object: &str,
    detail: &str,
) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let ledger = DataDirectory::open(&config.data.directory)?.ledger(now)?;
    Ok(ledger.append(Actor::Command, action, object, detail, now)?)
}

pub(super) async fn find_project(store: &Store, id: u32) -> anyhow::Result<ListedProject> {
    let projects = store.projects().await?;
    projects
        .into_iter()
        .find(|project| project.id == ProjectId::new(id))
        .with_context(|| format!("there is no project {id}; `mayfly project list` shows all"))
}

/// Opens ClickHouse, brings the schema up to date, runs the command, and closes again.
pub(super) async fn with_store(
    config: &Config,
    command: impl AsyncFnOnce(&Store) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let data = DataDirectory::open(&config.data.directory)?;
    let connection = Connection::open(config, &data).await?;
    let result = async {
        connection.store.migrate().await?;
        command(&connection.store).await
    }
    .await;
    connection.close().await;
    result.map(|()| ExitCode::SUCCESS)
}

fn print_project(config: &Config, project: &ListedProject, json: bool) -> anyhow::Result<()> {
    let key = project
        .keys
        .first()
        .context("a new project has a key")?
        .parse()?;
    let Snippets { dsn, snippet } =
        Snippets::new(&config.public_url(&config.server.listen), project.id, key);
    if json {
        println!(
            "{}",
            json!({ "id": project.id, "name": project.name, "key": key.as_str(), "dsn": dsn, "snippet": snippet })
        );
    } else {
        println!(
            "Project {} · {}\n\nDSN for Sentry SDKs:\n{dsn}\n\nFor web pages:\n{snippet}",
            project.id, project.name
        );
    }
    Ok(())
}
