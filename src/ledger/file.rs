//! The ledger's file: appended to by the server and by commands, one at a time.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use super::entry::{Action, Actor, Body, Entry, Head, NOTHING, from_hex, moment, to_hex};
use crate::limits::LEDGER_LINE_BYTES_MAX;
use crate::time::Timestamp;

/// Why nothing could be written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("the ledger cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error(
        "the ledger's key is damaged; restore ledger.key from a backup, or move ledger.* away to begin a new one"
    )]
    Key,
    #[error("the ledger's last line is damaged: `mayfly ledger verify` says what is wrong")]
    Damaged,
}

/// The first line of a ledger.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// Version of the format.
    pub ledger: u32,
    pub public_key: String,
}

pub(super) const VERSION: u32 = 1;

/// The ledger of one data directory.
pub struct Ledger {
    path: PathBuf,
    key: Ed25519KeyPair,
}

impl Ledger {
    /// Opens the ledger in a data directory, and begins one if there is none.
    ///
    /// # Errors
    /// [`LedgerError`] if its key or file cannot be read or made.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, LedgerError> {
        let key = Ed25519KeyPair::from_pkcs8(&own_key(&directory.join("ledger.key"))?)
            .map_err(|_| LedgerError::Key)?;
        let ledger = Self {
            path: directory.join("ledger.jsonl"),
            key,
        };
        if !ledger.path.exists() {
            ledger.append(Actor::System, Action::LedgerBegun, "", "", now)?;
        }
        Ok(ledger)
    }

    /// Where the ledger is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What identifies the key: the first 32 digits of the SHA-256 of its public part.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.key.public_key().as_ref())
    }

    /// Adds one line and makes it durable. `object` and `detail` are fixed names and numbers, never content.
    ///
    /// # Errors
    /// [`LedgerError`] if it could not be added.
    pub fn append(
        &self,
        actor: Actor,
        action: Action,
        object: &str,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .read(true)
            .mode(0o600)
            .open(&self.path)?;
        // The server and a command may write at the same moment.
        rustix::fs::flock(&file, FlockOperation::LockExclusive).map_err(io::Error::from)?;
        let mut text = String::new();
        let (seq, previous) = match last_line(&mut file)? {
            None => {
                text.push_str(&self.header());
                text.push('\n');
                (0, NOTHING.to_owned())
            }
            Some(line) => match Entry::of_line(&line) {
                Some(last) => (last.body.seq, last.hash),
                None if line == self.header() => (0, NOTHING.to_owned()),
                None => return Err(LedgerError::Damaged),
            },
        };
        let entry = Body {
            seq: seq + 1,
            at: moment(now),
            actor: actor.to_string(),
            action,
            object: object.to_owned(),
            detail: detail.to_owned(),
            previous,
        }
        .sealed(&self.key);
        text.push_str(&entry.to_line());
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        self.write_head(&Head::of(&entry, &self.key))
    }

    /// Signs a message with the ledger's key. Returns 128 hexadecimal digits.
    pub fn sign(&self, message: &[u8]) -> String {
        to_hex(self.key.sign(message).as_ref())
    }

    /// The public part of the key, in hexadecimal digits.
    pub fn public_key(&self) -> String {
        to_hex(self.key.public_key().as_ref())
    }

    fn write_head(&self, head: &Head) -> Result<(), LedgerError> {
        let text = serde_json::to_string(head).map_err(io::Error::from)?;
        let path = head_of(&self.path);
        let temporary = path.with_extension("head.new");
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(fs::rename(temporary, path)?)
    }

    fn header(&self) -> String {
        let header = Header {
            ledger: VERSION,
            public_key: self.public_key(),
        };
        serde_json::to_string(&header).unwrap_or_default()
    }
}

/// The file that states the newest line.
pub(super) fn head_of(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

/// What identifies a public key in hexadecimal digits, see [`Ledger::fingerprint`].
pub fn fingerprint_of(public_key: &str) -> Option<String> {
    from_hex(public_key).map(|key| fingerprint(&key))
}

pub(super) fn fingerprint(public_key: &[u8]) -> String {
    to_hex(&digest(&SHA256, public_key).as_ref()[..16])
}

fn own_key(path: &Path) -> Result<Vec<u8>, LedgerError> {
    match fs::read(path) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| LedgerError::Key)?;
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(key.as_ref())?;
    file.sync_all()?;
    Ok(key.as_ref().to_vec())
}

/// The last line of a file, or nothing if it is empty.
fn last_line(file: &mut File) -> Result<Option<String>, LedgerError> {
    let end = file.seek(SeekFrom::End(0))?;
    let from = end.saturating_sub(LEDGER_LINE_BYTES_MAX);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = String::new();
    file.read_to_string(&mut tail)?;
    match tail.strip_suffix('\n') {
        None if tail.is_empty() => Ok(None),
        // A crash in the middle of a line: what it was about to say did not happen, but nothing may follow it unseen.
        None => Err(LedgerError::Damaged),
        Some(lines) => Ok(lines.rsplit('\n').next().map(str::to_owned)),
    }
}
