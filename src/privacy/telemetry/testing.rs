//! A door and a project for the unit tests of this directory, and a reader of the rows that come out.

use std::sync::Arc;

use http::HeaderMap;

use super::{Arrival, Telemetry};
use crate::outcome::Kind;
use crate::privacy::scrub::{Policy, Scrubber};
use crate::privacy::{Door, MasterSecret, Materials, ProjectPolicy, Raw, Sealed};
use crate::registry::{Project, ProjectId};
use crate::retention::Retention;
use crate::settings::Settings;
use crate::time::Timestamp;

/// 15 January 2027, 8 o'clock.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub struct Setting {
    pub door: Door,
    pub project: Project,
}

impl Setting {
    pub fn new() -> Self {
        let materials = Materials::without_lists(Scrubber::new(&Policy::default()).unwrap());
        let id = ProjectId::new(1);
        let project = Project {
            objections: Default::default(),
            id,
            name: "Shop".to_owned(),
            keys: Vec::new(),
            retention: Retention::default(),
            secret: MasterSecret::new([7; 32]).for_project(id),
            policy: Arc::new(ProjectPolicy::new(&Settings::default())),
            settings: Settings::default(),
        };
        Self {
            door: Door::new(materials, NOW),
            project,
        }
    }

    /// Takes one item from a sender at 203.0.113.77.
    pub fn take(&self, kind: Kind, payload: &[u8]) -> Telemetry {
        self.arrive(|arrival| self.door.telemetry(kind, &Raw::new(payload), arrival))
    }

    pub fn arrive<T>(&self, take: impl FnOnce(&Arrival<'_>) -> T) -> T {
        let peer = Raw::new("203.0.113.77:4711".parse().unwrap());
        let headers = Raw::new(HeaderMap::new());
        let sender = self.door.sender(&peer, &headers);
        take(&Arrival {
            project: &self.project,
            sender: &sender,
            rules: self.door.rules(&self.project, sender.address),
            now: NOW,
        })
    }

    /// Reads a row's columns in their order.
    pub fn read<'r>(&self, row: &'r Sealed) -> Columns<'r> {
        Columns(row.row())
    }
}

/// What is left of a row.
pub struct Columns<'r>(&'r [u8]);

impl Columns<'_> {
    pub fn number<const BYTES: usize>(&mut self) -> u64 {
        let (bytes, rest) = self.0.split_at(BYTES);
        self.0 = rest;
        let mut wide = [0; 8];
        wide[..BYTES].copy_from_slice(bytes);
        u64::from_le_bytes(wide)
    }

    pub fn float(&mut self) -> f64 {
        f64::from_bits(self.number::<8>())
    }

    pub fn text(&mut self) -> String {
        let length = self.length();
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8(text.to_vec()).unwrap()
    }

    /// A map of texts.
    pub fn texts(&mut self) -> Vec<(String, String)> {
        let length = self.length();
        (0..length).map(|_| (self.text(), self.text())).collect()
    }

    /// A map of counts.
    pub fn counts(&mut self) -> Vec<(String, u64)> {
        let length = self.length();
        let pairs = (0..length).map(|_| (self.text(), self.number::<2>()));
        pairs.collect()
    }

    fn length(&mut self) -> usize {
        let mut length = 0;
        for shift in 0.. {
            let byte = self.number::<1>() as usize;
            length |= (byte & 0x7f) << (7 * shift);
            if byte < 0x80 {
                break;
            }
        }
        length
    }
}
