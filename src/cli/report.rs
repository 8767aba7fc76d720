//! `mayfly report`: reports to hand out, with the server running or stopped, and whether one is genuine.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::administration::{record, with_store};
use super::audit::Spoken;
use super::data_directory::DataDirectory;
use crate::config::Config;
use crate::evidence::{Breach, Practice, Signed, Subject, assessment, breach, run_all};
use crate::ledger::Action;
use crate::limits::REPORT_LEDGER_LINES_MAX;
use crate::time::Timestamp;

#[derive(Subcommand)]
pub(super) enum ReportCommand {
    /// Sign a self-assessment: every claim checked anew.
    Assessment(Output),
    /// Sign a breach report: what could be reached, which kinds of data, how many.
    Breach {
        /// Since when, e.g. 2026-11-22T19:30:00Z.
        #[arg(long, value_parser = moment)]
        since: Timestamp,
        /// Until when; without it until now.
        #[arg(long, value_parser = moment)]
        until: Option<Timestamp>,
        #[command(flatten)]
        output: Output,
    },
    /// Check that nothing in a report was changed.
    Verify {
        /// JSON or page.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(super) struct Output {
    /// Write a page to read and print; without it JSON goes to the terminal.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Language of the page.
    #[arg(long, value_enum, default_value = "en")]
    lang: Spoken,
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("a time looks like 2026-11-22T19:30:00Z")
}

pub(super) async fn report(config: &Config, command: ReportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReportCommand::Assessment(output) => make(config, None, output).await,
        ReportCommand::Breach {
            since,
            until,
            output,
        } => {
            let until = until.unwrap_or_else(Timestamp::now);
            make(config, Some(Breach { since, until }), output).await
        }
        ReportCommand::Verify { file } => verify(&file),
    }
}

async fn make(config: &Config, time: Option<Breach>, output: Output) -> anyhow::Result<ExitCode> {
    let directory_mode = std::fs::metadata(&config.data.directory)
        .map(|found| found.mode() & 0o777)
        .ok();
    let practice = Practice::of(config)?;
    with_store(config, async |store| {
        let now = Timestamp::now();
        let subject = Subject {
            store,
            practice: &practice,
            salts: None,
            directory_mode,
            now,
        };
        let findings = run_all(&subject).await;
        let ledger = DataDirectory::open(&config.data.directory)?.ledger(now)?;
        let report = match time {
            None => assessment(&subject, &findings, None).await?,
            Some(time) => {
                let lines = ledger.newest(REPORT_LEDGER_LINES_MAX)?;
                breach(&subject, time, &findings, &lines).await?
            }
        };
        let signed = report.sign(&ledger);
        let (kind, beginning) = (&signed.report.kind, &signed.sha256[..16]);
        record(config, Action::ReportSigned, kind, beginning)?;
        match &output.html {
            None => print!("{}", signed.to_json()),
            Some(file) => std::fs::write(file, signed.to_html(output.lang.into())?)
                .with_context(|| file.display().to_string())?,
        }
        Ok(())
    })
    .await
}

fn verify(file: &PathBuf) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    match Signed::verify(&text) {
        Ok(signed) => {
            println!(
                "Genuine: {}, made {}.\nSigned with the key {}; compare it with the one that the server shows.",
                signed.report.title.english,
                signed.report.made_at,
                signed.fingerprint()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(forged) => {
            println!("NOT GENUINE: {}: {forged}", file.display());
            Ok(ExitCode::FAILURE)
        }
    }
}
