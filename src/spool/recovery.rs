//! What an earlier run left: whole segments to insert, torn tails to cut, damaged frames to set aside.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use super::frame::{self, Counts, Found, Frames};
use super::segment::{self, Segment};
use super::{See, Usage};
use crate::limits::RETENTION_HOURS_MAX;
use crate::outcome::{Outcomes, Reason};
use crate::time::Timestamp;

/// Damaged bytes go here, for a look at them; they are as anonymous as the rest, and expire like it.
pub(super) const QUARANTINE: &str = "quarantine";

/// Finds the segments of earlier runs, oldest first.
pub(super) fn recover(
    directory: &Path,
    outcomes: &Outcomes,
    usage: &Usage,
    now: Timestamp,
    see: See<'_>,
) -> io::Result<Vec<Segment>> {
    expire_quarantine(directory, now)?;
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    let mut segments = Vec::new();
    for path in paths {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(segment::SUFFIX) => {
                segments.extend(recover_segment(path, outcomes, usage, now, see)?);
            }
            // A rewrite that was cut off; the segment itself is still there.
            Some("rewrite") => fs::remove_file(&path)?,
            _ => {}
        }
    }
    Ok(segments)
}

fn recover_segment(
    path: PathBuf,
    outcomes: &Outcomes,
    usage: &Usage,
    now: Timestamp,
    see: See<'_>,
) -> io::Result<Option<Segment>> {
    let length = fs::metadata(&path)?.len();
    let mut segment = Segment {
        path,
        committed_bytes: length,
    };
    let mut reading = match segment.read() {
        Ok(reading) => reading,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            set_aside_headless(&segment.path, usage)?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let tables = reading.tables().to_vec();
    let mut intact = Counts::default();
    let mut is_overdue = false;
    for number in 0.. {
        let Some(place) = reading.next_place()? else {
            break;
        };
        let (counts, bytes) = match place {
            Found::Frame { payload } => {
                for record in frame::records(payload) {
                    intact.add(record.kind);
                    is_overdue |= record.expires_at <= now.datetime();
                    if let Some((table, columns)) = tables.get(usize::from(record.table)) {
                        see(table, columns, record.row);
                    }
                }
                segment.committed_bytes = reading.position();
                continue;
            }
            Found::Damaged { counts, bytes } => (counts, bytes),
            Found::Garbage { bytes } => (Counts::default(), bytes),
        };
        usage.damaged_frames.fetch_add(1, Relaxed);
        quarantine(&segment.path, number, bytes)?;
        for (kind, count) in counts.each() {
            outcomes.recovered(kind, count);
            outcomes.dropped_from_spool(kind, Reason::Damaged, count);
        }
    }
    if intact == Counts::default() {
        segment.delete()?;
        return Ok(None);
    }
    for (kind, count) in intact.each() {
        outcomes.recovered(kind, count);
    }
    if is_overdue {
        for (kind, count) in segment.purge_expired(now)?.each() {
            outcomes.dropped_from_spool(kind, Reason::Expired, count);
        }
    }
    usage.bytes.fetch_add(segment.bytes(), Relaxed);
    Ok(Some(segment))
}

/// A segment without a readable head cannot be inserted. One that holds nothing but its unfinished head was never
/// acknowledged and simply goes.
fn set_aside_headless(path: &Path, usage: &Usage) -> io::Result<()> {
    let bytes = fs::read(path)?;
    if Frames::of(bytes.as_slice()).next()?.is_some() {
        usage.damaged_frames.fetch_add(1, Relaxed);
        quarantine(path, 0, &bytes)?;
    }
    fs::remove_file(path)
}

fn quarantine(segment: &Path, number: usize, bytes: &[u8]) -> io::Result<()> {
    let directory = segment.with_file_name(QUARANTINE);
    fs::create_dir_all(&directory)?;
    let name = segment.file_stem().unwrap_or_default().to_string_lossy();
    segment::write_durably(&directory.join(format!("{name}-{number}.damaged")), bytes)
}

/// The names start with the milliseconds at which the segment was opened.
pub(super) fn expire_quarantine(spool: &Path, now: Timestamp) -> io::Result<()> {
    let entries = match fs::read_dir(spool.join(QUARANTINE)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let opened = opened_at(&path).unwrap_or(Timestamp::from_millis(0));
        let age = now.since(opened);
        if age.as_secs() >= u64::from(RETENTION_HOURS_MAX - 1) * 3_600 {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// When the segment was opened that a file of the spool is, or comes from: its name begins with the milliseconds.
pub(super) fn opened_at(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let millis = name.split('-').next()?.parse().ok()?;
    Some(Timestamp::from_millis(millis))
}
