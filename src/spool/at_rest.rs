//! The spool as files: searched for somebody's rows, and rid of them. No writer and no store is needed for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::recovery::{QUARANTINE, opened_at};
use super::segment::{self, Segment};
use crate::privacy::Subject;
use crate::time::Timestamp;

/// How many files below `directory` that were begun by `until` hold a pseudonym of `subject`.
///
/// # Errors
/// If the directory or a file cannot be read.
pub fn files_with(directory: &Path, subject: &Subject, until: Timestamp) -> io::Result<u64> {
    let mut found = 0;
    let quarantined = files(&directory.join(QUARANTINE))?;
    for path in files(directory)?.into_iter().chain(quarantined) {
        if opened_at(&path).is_some_and(|opened| opened > until) {
            continue;
        }
        match fs::read(&path) {
            Ok(bytes) => found += u64::from(subject.is_in(&bytes)),
            // It was inserted meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Deletes what was set aside as damaged and holds a pseudonym of `subject`.
///
/// # Errors
/// If the quarantine cannot be read or changed.
pub fn erase_quarantined(directory: &Path, subject: &Subject) -> io::Result<()> {
    for path in files(&directory.join(QUARANTINE))? {
        if subject.is_in(&fs::read(&path)?) {
            fs::remove_file(&path)?;
            segment::sync_directory_of(&path)?;
        }
    }
    Ok(())
}

/// Takes the rows of `subject` out of a spool that no server uses. Returns how many there were.
///
/// # Errors
/// If a file cannot be read or rewritten.
pub fn erase(directory: &Path, subject: &Subject) -> io::Result<u64> {
    erase_quarantined(directory, subject)?;
    let mut erased = 0;
    for path in files(directory)? {
        if path.extension().is_some_and(|name| name == segment::SUFFIX) {
            let committed_bytes = fs::metadata(&path)?.len();
            let mut segment = Segment {
                path,
                committed_bytes,
            };
            match segment.erase(subject) {
                Ok(purged) => erased += purged.total(),
                // Not even its head is intact: the next start sets it aside. The search tells whether it matters.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(erased)
}

fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::{MasterSecret, Raw};
    use crate::registry::ProjectId;

    #[test]
    fn what_was_set_aside_is_searched_and_rid_of_somebody() {
        let project = ProjectId::new(7);
        let secret = MasterSecret::new([7; 32]).for_project(project);
        let id = Raw::new("9f86d081884c7d65".to_owned());
        let subject = Subject::of(&secret, project, &id).unwrap();
        let spool = tempfile::tempdir().unwrap();
        let quarantine = spool.path().join(QUARANTINE);
        fs::create_dir(&quarantine).unwrap();
        let [theirs, others] = ["theirs", "others"].map(|name| quarantine.join(name));
        let key = subject.keys()[1].to_le_bytes();
        fs::write(&theirs, [b"damaged".as_slice(), &key, b"frame"].concat()).unwrap();
        fs::write(&others, b"damaged").unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let count = || files_with(spool.path(), &subject, now).unwrap();
        assert_eq!(count(), 1);
        assert_eq!(
            erase(spool.path(), &subject).unwrap(),
            0,
            "no rows of a segment"
        );
        assert_eq!(count(), 0);
        assert!(!theirs.exists() && others.exists());
    }
}
