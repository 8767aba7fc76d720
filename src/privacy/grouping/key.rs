//! The number of a group and the text that explains it, written in one go.

use ring::digest::{Context, SHA256};

use crate::limits::GROUPING_KEY_BYTES_MAX;
use crate::privacy::pseudonym::leading_u64;
use crate::registry::ProjectId;

/// What a part of a key is. Parts of different kinds never make the same number.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Part {
    /// One element of the client's fingerprint.
    Fingerprint = 1,
    /// Type of an exception; begins a new exception of the chain.
    Type,
    /// File, module or class of a frame.
    Place,
    /// Function of a frame.
    Function,
    /// Line of source code on which the innermost frame stood.
    Code,
    /// Message without what varies.
    Message,
    /// Message before its arguments were filled in.
    Template,
    Logger,
}

/// A digest over parts with kind and length, and the same parts as text.
pub(super) struct Key {
    digest: Context,
    text: String,
}

impl Key {
    pub fn new(version: u8, project: ProjectId) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(&[version]);
        digest.update(&project.get().to_be_bytes());
        Self {
            digest,
            text: String::with_capacity(128),
        }
    }

    /// Adds a part to the number alone.
    pub fn hash(&mut self, kind: Part, part: &str) {
        let mut head = [0; 9];
        head[0] = kind as u8;
        head[1..].copy_from_slice(&(part.len() as u64).to_be_bytes());
        self.digest.update(&head);
        self.digest.update(part.as_bytes());
    }

    /// Adds to the text alone.
    pub fn say(&mut self, text: &str) {
        let text = if self.text.is_empty() {
            text.trim_start()
        } else {
            text
        };
        let room = GROUPING_KEY_BYTES_MAX.saturating_sub(self.text.len());
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
    }

    /// Adds a part to both, behind `before` unless it is the first.
    pub fn part(&mut self, kind: Part, before: &str, part: &str) {
        self.hash(kind, part);
        if !self.text.is_empty() {
            self.say(before);
        }
        self.say(part);
    }

    pub fn finish(self) -> (u64, String) {
        (leading_u64(self.digest.finish().as_ref()), self.text)
    }
}
