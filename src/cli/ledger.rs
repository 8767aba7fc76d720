//! `mayfly ledger`.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::config::Config;
use crate::ledger::verify;

#[derive(Subcommand)]
pub(super) enum LedgerCommand {
    /// Check that nothing in a ledger was changed, moved or removed.
    Verify {
        /// The ledger; without it that of the data directory. Its `.head` lies beside it.
        file: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn ledger(config: &Config, command: LedgerCommand) -> anyhow::Result<ExitCode> {
    let LedgerCommand::Verify { file, json } = command;
    let own = || config.data.directory.join("ledger.jsonl");
    let path = file.unwrap_or_else(own);
    let found = verify(&path);
    if json {
        let document = match &found {
            Ok(whole) => json!({
                "ok": true, "entries": whole.entries, "until": whole.until, "fingerprint": whole.fingerprint
            }),
            Err(error) => json!({ "ok": false, "detail": error.to_string() }),
        };
        println!("{document}");
    } else {
        match &found {
            Ok(whole) => println!(
                "Whole: {} entries until {}.\nSigned with the key {}; compare it with the one that the server shows.",
                whole.entries, whole.until, whole.fingerprint
            ),
            Err(error) => println!("NOT WHOLE: {}: {error}", path.display()),
        }
    }
    Ok(match found {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}
