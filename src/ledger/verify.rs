//! Whether a ledger is whole: every line genuine, in its place, and none missing.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::FlockOperation;

use super::entry::{Entry, Head, NOTHING, from_hex};
use super::file::{Header, VERSION, fingerprint, head_of};

/// A ledger in which nothing was changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    pub entries: u64,
    /// Time of the newest entry.
    pub until: String,
    /// To be compared with the one that the server shows.
    pub fingerprint: String,
}

/// What is wrong with a ledger. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("line 1 is no ledger's first line")]
    Header,
    #[error("line {0} was changed: it is not written as the program writes")]
    Changed(u64),
    #[error("line {0} was changed: its hash or its signature does not belong to it")]
    Forged(u64),
    #[error("between line {0} and the one above it something was removed, added or moved")]
    Moved(u64),
    #[error("the last line does not end: it was cut")]
    Cut,
    #[error(
        "lines at the end are missing: the signed statement beside the file ({0}) names another last line"
    )]
    Truncated(String),
    #[error("the signed statement of the last line ({0}) is missing or forged")]
    Head(String),
}

/// Reads a ledger and the statement beside it, and checks everything.
///
/// # Errors
/// [`VerifyError`] names the first line at which something is wrong.
pub fn verify(path: &Path) -> Result<Verified, VerifyError> {
    // A server may be writing: its lines and its statement are read at one moment.
    let mut file = File::open(path)?;
    rustix::fs::flock(&file, FlockOperation::LockShared).map_err(io::Error::from)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let mut lines = text.strip_suffix('\n').ok_or(VerifyError::Cut)?;
    let mut exported = None;
    if let Some((above, last)) = lines.rsplit_once('\n')
        && let Some(statement) = Head::of_line(last)
    {
        (lines, exported) = (above, Some(statement));
    }
    let mut lines = (1..).zip(lines.split('\n'));
    let public_key = lines.next().and_then(|(_, line)| public_key(line));
    let public_key = public_key.ok_or(VerifyError::Header)?;
    let (mut seq, mut hash, mut until) = (0, NOTHING.to_owned(), String::new());
    for (number, line) in lines {
        let entry = Entry::of_line(line).ok_or(VerifyError::Changed(number))?;
        if !entry.is_genuine(&public_key) {
            return Err(VerifyError::Forged(number));
        }
        if entry.body.previous != hash || entry.body.seq != seq + 1 {
            return Err(VerifyError::Moved(number));
        }
        seq = entry.body.seq;
        hash = entry.hash;
        until = entry.body.at;
    }
    let head = head_of(path);
    let shown = head.display().to_string();
    let beside = || Head::of_line(&fs::read_to_string(&head).ok()?);
    let statement = exported
        .or_else(beside)
        .filter(|head| head.is_genuine(&public_key));
    match statement {
        None => Err(VerifyError::Head(shown)),
        Some(head) if head.seq != seq || head.hash != hash => Err(VerifyError::Truncated(shown)),
        Some(_) => Ok(Verified {
            entries: seq,
            until,
            fingerprint: fingerprint(&public_key),
        }),
    }
}

/// What verifying came to, for programs.
pub fn verification_json(found: &Result<Verified, VerifyError>) -> serde_json::Value {
    match found {
        Ok(whole) => serde_json::json!({
            "ok": true, "entries": whole.entries, "until": whole.until, "fingerprint": whole.fingerprint
        }),
        Err(error) => serde_json::json!({ "ok": false, "detail": error.to_string() }),
    }
}

fn public_key(line: &str) -> Option<Vec<u8>> {
    let header: Header = serde_json::from_str(line).ok()?;
    let is_canonical = serde_json::to_string(&header).ok()? == line;
    (is_canonical && header.ledger == VERSION)
        .then(|| from_hex(&header.public_key))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Actor, Ledger};
    use super::*;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn ledger(directory: &Path) -> Ledger {
        let ledger = Ledger::open(directory, NOW).unwrap();
        for (action, object) in [
            (Action::ProjectAdded, "project:2"),
            (Action::ProjectChanged, "project:2"),
            (Action::SqlRun, ""),
        ] {
            ledger
                .append(Actor::Command, action, object, "urls.mode", NOW)
                .unwrap();
        }
        ledger
    }

    #[test]
    fn a_whole_ledger_says_who_signed_it() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = ledger(directory.path());
        let verified = verify(ledger.path()).unwrap();
        assert_eq!(verified.entries, 4);
        assert_eq!(verified.fingerprint, ledger.fingerprint());
        let again = Ledger::open(directory.path(), NOW).unwrap();
        again
            .append(Actor::System, Action::ServerStarted, "", "", NOW)
            .unwrap();
        assert_eq!(verify(again.path()).unwrap().entries, 5);
    }

    #[test]
    fn any_changed_byte_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = ledger(directory.path()).path().to_owned();
        let genuine = fs::read(&path).unwrap();
        for at in 0..genuine.len() {
            for change in [0x01, 0x20] {
                let mut bent = genuine.clone();
                bent[at] ^= change;
                fs::write(&path, &bent).unwrap();
                assert!(verify(&path).is_err(), "byte {at} ^ {change}");
            }
        }
        fs::write(&path, &genuine).unwrap();
        assert!(verify(&path).is_ok());
    }

    #[test]
    fn any_changed_byte_of_the_statement_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = ledger(directory.path());
        let head = head_of(ledger.path());
        let genuine = fs::read(&head).unwrap();
        for at in 0..genuine.len() {
            for change in [0x01, 0x20] {
                let mut bent = genuine.clone();
                bent[at] ^= change;
                fs::write(&head, &bent).unwrap();
                assert!(verify(ledger.path()).is_err(), "byte {at} ^ {change}");
            }
        }
    }

    #[test]
    fn an_exported_ledger_carries_its_statement() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = ledger(directory.path());
        let file = directory.path().join("exported.jsonl");
        let exported = ledger.export().unwrap();
        fs::write(&file, &exported).unwrap();
        assert_eq!(verify(&file).unwrap(), verify(ledger.path()).unwrap());
        let text = String::from_utf8(exported).unwrap();
        let lines: Vec<_> = text.lines().collect();
        for order in [&[0, 1, 2, 3, 5][..], &[0, 1, 2, 3, 4]] {
            let bent: String = order.iter().map(|&at| format!("{}\n", lines[at])).collect();
            fs::write(&file, bent).unwrap();
            assert!(verify(&file).is_err(), "{order:?}");
        }
        let newest = ledger.newest(2).unwrap();
        assert_eq!((newest[0].seq, newest[1].seq), (4, 3));
        assert_eq!(newest[0].action, "sql_run");
    }

    #[test]
    fn gaps_reordering_repetition_and_truncation_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = ledger(directory.path()).path().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let orders: [&[usize]; 6] = [
            &[0, 1, 3, 4],
            &[0, 2, 1, 3, 4],
            &[0, 1, 1, 2, 3, 4],
            &[0, 1, 2, 3],
            &[0],
            &[1, 2, 3, 4],
        ];
        for order in orders {
            let bent: String = order.iter().map(|&at| format!("{}\n", lines[at])).collect();
            fs::write(&path, bent).unwrap();
            assert!(verify(&path).is_err(), "{order:?}");
        }
        fs::write(&path, text.trim_end()).unwrap();
        assert!(matches!(verify(&path), Err(VerifyError::Cut)));
    }

    #[test]
    fn another_key_does_not_continue_a_ledger() {
        let directory = tempfile::tempdir().unwrap();
        let path = ledger(directory.path()).path().to_owned();
        fs::remove_file(directory.path().join("ledger.key")).unwrap();
        let other = Ledger::open(directory.path(), NOW).unwrap();
        other
            .append(Actor::System, Action::SqlRun, "", "", NOW)
            .unwrap();
        assert!(matches!(verify(&path), Err(VerifyError::Forged(_))));
    }
}
