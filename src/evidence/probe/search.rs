//! Looks for markers wherever they could be: bytes of files, bytes in memory, every column of every table.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, BuildError};

use super::markers::{Marker, MarkerKind};
use crate::store::{Store, StoreError};

/// What is read of a file at a time.
const CHUNK_BYTES: usize = 1024 * 1024;

/// Finds any marker in bytes, in any case.
pub(super) struct Needles {
    automaton: AhoCorasick,
    texts: Vec<String>,
    kinds: Vec<MarkerKind>,
    longest: usize,
}

/// What a search saw, and which markers.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// Files, tables or answers.
    pub places: u64,
    /// Bytes, or rows of tables.
    pub amount: u64,
    pub found: BTreeSet<MarkerKind>,
    /// Whether everything was looked at.
    pub is_complete: bool,
}

impl Needles {
    pub fn new(markers: &[Marker]) -> Result<Self, BuildError> {
        let pairs: Vec<_> = markers
            .iter()
            .flat_map(|marker| {
                marker
                    .needles
                    .iter()
                    .map(|needle| (needle.clone(), marker.kind))
            })
            .collect();
        let (texts, kinds): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        Ok(Self {
            automaton: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(&texts)?,
            longest: texts.iter().map(String::len).max().unwrap_or(0),
            texts,
            kinds,
        })
    }

    /// Searches bytes in memory.
    pub fn search(&self, bytes: &[u8], searched: &mut Searched) {
        let finds = self.automaton.find_overlapping_iter(bytes);
        searched
            .found
            .extend(finds.map(|find| self.kinds[find.pattern().as_usize()]));
    }

    /// Searches every file below `directory`, for at most `time`.
    pub fn search_files(&self, directory: &Path, time: Duration) -> Searched {
        let deadline = Instant::now() + time;
        let mut searched = Searched {
            is_complete: true,
            ..Searched::default()
        };
        let mut waiting = vec![directory.to_owned()];
        while let Some(path) = waiting.pop() {
            if Instant::now() > deadline {
                searched.is_complete = false;
                break;
            }
            let Ok(file) = fs::symlink_metadata(&path) else {
                continue;
            };
            if file.is_dir() {
                waiting.extend(entries(&path));
            } else if file.is_file() && self.search_file(&path, &mut searched).is_ok() {
                searched.places += 1;
            }
        }
        searched
    }

    /// A file that a merge has just replaced may go while we look.
    fn search_file(&self, path: &Path, searched: &mut Searched) -> io::Result<()> {
        let mut file = File::open(path)?;
        let mut buffer = Vec::with_capacity(CHUNK_BYTES + self.longest);
        loop {
            let kept = buffer.len();
            let read = file
                .by_ref()
                .take(CHUNK_BYTES as u64)
                .read_to_end(&mut buffer)?;
            self.search(&buffer, searched);
            searched.amount += read as u64;
            if read == 0 {
                return Ok(());
            }
            // A marker may lie across two chunks.
            let tail = (kept + read).saturating_sub(self.longest);
            buffer.drain(..tail);
        }
    }

    /// Searches every text of every table; `control` must be found for the search to count as complete.
    pub async fn search_tables(
        &self,
        store: &Store,
        control: &str,
    ) -> Result<Searched, StoreError> {
        let columns = store.stored_columns().await?;
        let stored: u64 = store
            .stored_tables()
            .await?
            .iter()
            .map(|table| table.rows)
            .sum();
        let needles = self.texts.iter().map(String::as_str).chain([control]);
        let needles: Vec<_> = needles.map(|needle| format!("'{needle}'")).collect();
        let needles = needles.join(", ");
        let mut tables: Vec<(&str, Vec<String>)> = Vec::new();
        for column in &columns {
            let text = column.as_text();
            match tables.last_mut() {
                Some((table, texts)) if *table == column.table => texts.push(text),
                _ => tables.push((&column.table, vec![text])),
            }
        }
        let parts = tables.iter().map(|(table, texts)| {
            let text = texts.join(", ");
            format!(
                "SELECT count(), sumForEach(arrayMap(place -> toUInt64(place > 0), \
                 multiSearchAllPositionsCaseInsensitive(concatWithSeparator('\\n', '', {text}), [{needles}]))) FROM {table}"
            )
        });
        let statement = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let mut searched = Searched {
            places: tables.len() as u64,
            ..Searched::default()
        };
        let mut controls = 0;
        for row in store.evidence(&statement).await? {
            let [rows, counts] = row.try_into().map_err(|_| StoreError::Unexpected)?;
            searched.amount += rows.parse::<u64>().map_err(|_| StoreError::Unexpected)?;
            let counts: Vec<u64> =
                serde_json::from_str(&counts).map_err(|_| StoreError::Unexpected)?;
            for (index, count) in counts.into_iter().enumerate() {
                match self.kinds.get(index) {
                    Some(&kind) if count > 0 => _ = searched.found.insert(kind),
                    Some(_) => {}
                    None => controls += count,
                }
            }
        }
        searched.is_complete = searched.amount >= stored && controls > 0;
        Ok(searched)
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;

    use super::super::markers::Markers;
    use super::*;

    #[test]
    fn a_planted_marker_is_found_wherever_it_lies() {
        let markers = Markers::random(&SystemRandom::new());
        let needles = Needles::new(&markers.all).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let search = || needles.search_files(directory.path(), Duration::from_secs(10));
        fs::create_dir(directory.path().join("inner")).unwrap();
        fs::write(directory.path().join("inner/harmless"), "nothing personal").unwrap();
        let clean = search();
        assert!(clean.found.is_empty() && clean.is_complete && clean.places == 1);
        // Across the border of two chunks, in another case.
        let mut bytes = vec![b'.'; CHUNK_BYTES - 5];
        bytes.extend_from_slice(
            markers
                .text(MarkerKind::EmailGerman)
                .to_uppercase()
                .as_bytes(),
        );
        fs::write(directory.path().join("inner/part"), &bytes).unwrap();
        let found = search();
        assert_eq!(
            found.found.into_iter().collect::<Vec<_>>(),
            [MarkerKind::EmailGerman]
        );
        assert_eq!(found.amount, bytes.len() as u64 + 16);
        assert!(
            !needles
                .search_files(directory.path(), Duration::ZERO)
                .is_complete
        );
    }
}
