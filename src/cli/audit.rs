//! `mayfly audit`: the checks of the evidence page, with the server running or stopped. `mayfly notice`: what the
//! configuration means in words.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::administration::{record, with_store};
use crate::config::Config;
use crate::evidence::{Practice, Subject, as_html, as_json, as_text, notice, run_all};
use crate::ledger::Action;
use crate::store::Store;
use crate::store::registry::ListedProject;
use crate::time::Timestamp;
use crate::ui::Language;

#[derive(Args)]
pub(super) struct AuditArgs {
    /// Print JSON, as `GET /api/v1/evidence` does.
    #[arg(long)]
    json: bool,
    /// Write a page for printing.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "en")]
    lang: Spoken,
}

#[derive(Args)]
pub(super) struct NoticeArgs {
    #[arg(long, value_enum, default_value = "en")]
    lang: Spoken,
}

/// A language of what is printed.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Spoken {
    De,
    En,
}

impl From<Spoken> for Language {
    fn from(spoken: Spoken) -> Self {
        match spoken {
            Spoken::De => Self::German,
            Spoken::En => Self::English,
        }
    }
}

/// Fails if any check does.
pub(super) async fn audit(config: &Config, args: AuditArgs) -> anyhow::Result<ExitCode> {
    // Opening the data directory makes it private again; what counts is how it was.
    let directory_mode = std::fs::metadata(&config.data.directory)
        .map(|found| found.mode() & 0o777)
        .ok();
    let practice = Practice::of(config)?;
    let mut is_true = true;
    let opened = with_store(config, async |store| {
        let now = Timestamp::now();
        let subject = Subject {
            store,
            practice: &practice,
            salts: None,
            directory_mode,
            now,
        };
        let findings = run_all(&subject).await;
        let untrue = findings.iter().filter(|finding| !finding.is_true).count();
        is_true = untrue == 0;
        record(config, Action::EvidenceRun, "", &untrue.to_string())?;
        let language = args.lang.into();
        if let Some(file) = &args.html {
            let page = as_html(&findings, language, now)?;
            std::fs::write(file, page).with_context(|| file.display().to_string())?;
        }
        match args.json {
            true => println!("{}", serde_json::to_string_pretty(&as_json(&findings))?),
            false => print!("{}", as_text(&findings, language)),
        }
        Ok(())
    })
    .await?;
    Ok(if is_true { opened } else { ExitCode::FAILURE })
}

/// Prints the paragraph for a privacy notice.
pub(super) async fn privacy_notice(config: &Config, args: NoticeArgs) -> anyhow::Result<ExitCode> {
    let practice = Practice::of(config)?;
    with_store(config, async |store| {
        let hours = longest_retention(store, &practice).await?;
        for words in notice(&practice, hours) {
            println!("{}", words.of(args.lang.into()));
        }
        Ok(())
    })
    .await
}

async fn longest_retention(store: &Store, practice: &Practice) -> anyhow::Result<u32> {
    let projects = store.projects().await?;
    let hours = projects.iter().map(ListedProject::hours_max);
    Ok(hours.max().unwrap_or(practice.retention_hours))
}
