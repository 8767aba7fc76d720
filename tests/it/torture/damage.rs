//! Bytes of the spool that change or vanish while the server is down.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use regex::bytes::Regex;

/// What a frame begins with.
const FRAME: &[u8] = b"MFR2";

/// Damages each segment of a spool at random. Returns the names of requests that may be lost: those in a frame with a
/// changed byte, or behind a cut.
pub fn damage(data: &Path, random: &mut Rng) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    for path in segments(data) {
        let mut bytes = fs::read(&path).unwrap();
        let at = random.usize(..bytes.len());
        match random.u8(..3) {
            0 => {
                // The head stands there twice.
                let frame = frame_around(&bytes, at).unwrap_or_default();
                lost.extend(names_in(&bytes[frame]));
                bytes[at] ^= 1 << random.u8(..8);
            }
            1 => {
                let start = frame_around(&bytes, at).map_or(0, |frame| frame.start);
                lost.extend(names_in(&bytes[start..]));
                bytes.truncate(at);
            }
            // What a torn write leaves behind costs nothing.
            _ => bytes.extend((0..random.usize(1..5_000)).map(|_| random.u8(..))),
        }
        fs::write(&path, bytes).unwrap();
    }
    lost
}

fn segments(data: &Path) -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(data.join("spool")).unwrap();
    files.map(|file| file.unwrap().path()).filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "segment")
    })
}

/// The bytes of the frame that a position lies in, if it does not lie in the segment's head.
fn frame_around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let starts = memchr::memmem::find_iter(bytes, FRAME);
    let start = starts.filter(|start| *start <= at).last()?;
    let next = memchr::memmem::find(&bytes[at.max(start + FRAME.len())..], FRAME);
    let end = next.map_or(bytes.len(), |next| at.max(start + FRAME.len()) + next);
    Some(start..end)
}

/// The names are text in the rows: `n12s3x456`.
fn names_in(bytes: &[u8]) -> BTreeSet<String> {
    let pattern = Regex::new(r"n\d+s\d+x\d+").unwrap();
    pattern
        .find_iter(bytes)
        .map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned())
        .collect()
}
