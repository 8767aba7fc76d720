//! `mayfly ledger`.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use super::administration::record;
use super::data_directory::DataDirectory;
use crate::config::Config;
use crate::ledger::{Action, verification_json, verify};
use crate::time::Timestamp;

#[derive(Subcommand)]
pub(super) enum LedgerCommand {
    /// Check that nothing in a ledger was changed, moved or removed.
    Verify {
        /// The ledger; without it that of the data directory. Its `.head` lies beside it.
        file: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Write the ledger of the data directory as one file that can be verified anywhere.
    Export {
        /// Where to; without it to the terminal.
        file: Option<PathBuf>,
    },
}

pub(super) fn ledger(config: &Config, command: LedgerCommand) -> anyhow::Result<ExitCode> {
    match command {
        LedgerCommand::Verify { file, json } => Ok(check(config, file, json)),
        LedgerCommand::Export { file } => export(config, file),
    }
}

fn check(config: &Config, file: Option<PathBuf>, json: bool) -> ExitCode {
    let own = || config.data.directory.join("ledger.jsonl");
    let path = file.unwrap_or_else(own);
    let found = verify(&path);
    if json {
        println!("{}", verification_json(&found));
    } else {
        match &found {
            Ok(whole) => println!(
                "Whole: {} entries until {}.\nSigned with the key {}; compare it with the one that the server shows.",
                whole.entries, whole.until, whole.fingerprint
            ),
            Err(error) => println!("NOT WHOLE: {}: {error}", path.display()),
        }
    }
    match found {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn export(config: &Config, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    record(config, Action::Exported, "ledger", "")?;
    let data = DataDirectory::open(&config.data.directory)?;
    let text = data.ledger(Timestamp::now())?.export()?;
    match file {
        Some(file) => std::fs::write(&file, text).with_context(|| file.display().to_string())?,
        None => std::io::stdout().write_all(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
