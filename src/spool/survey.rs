//! What lies in the spool's directory, for evidence: counts and ages, never rows.

use std::fs;
use std::io;
use std::path::Path;

use super::recovery::{QUARANTINE, opened_at};
use super::segment::{self, Segment};
use crate::limits::RETENTION_HOURS_MIN;
use crate::time::Timestamp;

/// Counts of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Segments that wait for ClickHouse.
    pub segments: u64,
    /// Damaged pieces that were set aside.
    pub quarantined: u64,
    /// Files that are neither.
    pub strangers: u64,
    pub bytes: u64,
    /// Age of the oldest segment or piece.
    pub oldest_seconds: u64,
    /// Rows in segments whose time is up.
    pub overdue_rows: u64,
}

impl Survey {
    /// Looks at every file of the spool in `directory`.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn of(directory: &Path, now: Timestamp) -> io::Result<Self> {
        let mut survey = Self::default();
        survey.look(directory, segment::SUFFIX, now)?;
        survey.look(&directory.join(QUARANTINE), "damaged", now)?;
        Ok(survey)
    }

    fn look(&mut self, directory: &Path, suffix: &str, now: Timestamp) -> io::Result<()> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            // A segment may be stored and deleted while we look.
            let Ok(file) = fs::metadata(&path) else {
                continue;
            };
            if file.is_dir() && path.file_name().is_some_and(|name| name == QUARANTINE) {
                continue;
            }
            self.bytes += file.len();
            let is_known = path.extension().is_some_and(|found| found == suffix) && file.is_file();
            let is_rewrite = path.extension().is_some_and(|found| found == "rewrite");
            let Some(opened) = opened_at(&path).filter(|_| is_known || is_rewrite) else {
                self.strangers += 1;
                continue;
            };
            let age = now.since(opened).as_secs();
            self.oldest_seconds = self.oldest_seconds.max(age);
            match suffix {
                segment::SUFFIX => {
                    self.segments += 1;
                    self.overdue_rows += overdue_rows(&path, file.len(), age, now);
                }
                _ => self.quarantined += 1,
            }
        }
        Ok(())
    }
}

/// A younger segment holds no row whose time is up, so it is not read.
fn overdue_rows(path: &Path, bytes: u64, age: u64, now: Timestamp) -> u64 {
    if age < u64::from(RETENTION_HOURS_MIN) * 3_600 / 2 {
        return 0;
    }
    let segment = Segment {
        path: path.to_owned(),
        committed_bytes: bytes,
    };
    let mut overdue = 0;
    // What cannot be read is not counted: it is being stored, or the next start sets it aside.
    let _ = segment.read().and_then(|mut reading| {
        reading.each_row(|record| overdue += u64::from(record.expires_at <= now.datetime()))
    });
    overdue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_do_not_belong_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        assert_eq!(
            Survey::of(directory.path(), now).unwrap(),
            Survey::default()
        );
        let write = |name: &str| fs::write(directory.path().join(name), "bytes").unwrap();
        write("1799999000000-0f.segment");
        write("notes.txt");
        write("1799999000000-0f.tar");
        fs::create_dir(directory.path().join(QUARANTINE)).unwrap();
        write("quarantine/1799990000000-0f-0.damaged");
        write("quarantine/copy.segment");
        let survey = Survey::of(directory.path(), now).unwrap();
        assert_eq!(
            (survey.segments, survey.quarantined, survey.strangers),
            (1, 1, 3)
        );
        assert_eq!((survey.bytes, survey.oldest_seconds), (25, 10_000));
    }
}
