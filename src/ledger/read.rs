//! The ledger as people and programs read it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};

use rustix::fs::FlockOperation;
use serde::Serialize;

use super::entry::Entry;
use super::file::{Ledger, head_of};
use crate::limits::LEDGER_LINE_BYTES_MAX;

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub seq: u64,
    /// RFC 3339.
    pub at: String,
    pub actor: String,
    /// Name of the action.
    pub action: String,
    pub object: String,
    pub detail: String,
}

impl From<Entry> for Line {
    fn from(Entry { body, .. }: Entry) -> Self {
        let action = serde_json::to_value(body.action).unwrap_or_default();
        Self {
            seq: body.seq,
            at: body.at,
            actor: body.actor,
            action: action.as_str().unwrap_or_default().to_owned(),
            object: body.object,
            detail: body.detail,
        }
    }
}

impl Ledger {
    /// At most `count` lines, the newest first. Lines that were changed are left out; verifying names them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn newest(&self, count: usize) -> io::Result<Vec<Line>> {
        let mut file = self.locked()?;
        let end = file.seek(SeekFrom::End(0))?;
        let wanted = LEDGER_LINE_BYTES_MAX.saturating_mul(count as u64);
        file.seek(SeekFrom::Start(end.saturating_sub(wanted)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let lines = tail.rsplit(|&byte| byte == b'\n');
        let entries = lines.filter_map(|line| Entry::of_line(std::str::from_utf8(line).ok()?));
        Ok(entries.take(count).map(Line::from).collect())
    }

    /// The whole ledger as one file: its lines, and below them the signed statement of what the last one is.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn export(&self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        // Under the lock lines and statement belong together.
        let mut file = self.locked()?;
        file.read_to_end(&mut text)?;
        text.extend(fs::read(head_of(self.path()))?);
        text.push(b'\n');
        Ok(text)
    }

    fn locked(&self) -> io::Result<File> {
        let file = File::open(self.path())?;
        rustix::fs::flock(&file, FlockOperation::LockShared)?;
        Ok(file)
    }
}
