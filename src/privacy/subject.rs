//! Whoever holds an id may ask for what belongs to it. Rows are found by the pseudonyms of the id; the id itself goes no
//! further than this file.

use memchr::memmem;

use super::pseudonym::{Identifier, ProjectSecret};
use super::raw::Raw;
use crate::limits::SUBJECT_ID_BYTES_MAX;
use crate::outcome::Reason;
use crate::registry::ProjectId;

/// Random ids that trackers make have 16 hexadecimal digits: 64 bits.
const HEX_DIGITS_MIN: usize = 16;
/// 64 random bits have about ten different digits, and fewer than six once in a million.
const DISTINCT_DIGITS_MIN: usize = 6;
/// Random letters and digits of this length hold at least 100 bits …
const RANDOM_CHARACTERS_MIN: usize = 20;
/// … and change between letters and digits, or within a word to a capital, this often; names and numbers do not.
const CHANGES_MIN: usize = 4;

/// Somebody, as the pseudonyms that rows carry.
#[derive(Clone)]
pub struct Subject {
    project: ProjectId,
    /// As a browser and as a user.
    keys: [u64; 2],
    is_hard_to_guess: bool,
}

impl Subject {
    /// Whom `id` stands for in `project`, whose secret is `secret`.
    ///
    /// # Errors
    /// [`Reason::FormInvalid`] if the id is empty or longer than [`SUBJECT_ID_BYTES_MAX`].
    pub fn of(
        secret: &ProjectSecret,
        project: ProjectId,
        id: &Raw<String>,
    ) -> Result<Self, Reason> {
        let id = id.look();
        if id.is_empty() || id.len() > SUBJECT_ID_BYTES_MAX {
            return Err(Reason::FormInvalid);
        }
        let keys = [Identifier::Browser, Identifier::User].map(|kind| secret.pseudonym(kind, id));
        Ok(Self {
            project,
            keys,
            is_hard_to_guess: is_hard_to_guess(id),
        })
    }

    /// The project that is asked.
    pub const fn project(&self) -> ProjectId {
        self.project
    }

    /// The pseudonyms, never zero.
    pub const fn keys(&self) -> [u64; 2] {
        self.keys
    }

    /// Whether knowing the id proves that one is its holder. Names, addresses and numbers can be guessed.
    pub const fn is_hard_to_guess(&self) -> bool {
        self.is_hard_to_guess
    }

    /// Whether an encoded row of any shape belongs to them. All shapes begin with the project.
    pub fn owns(&self, row: &[u8]) -> bool {
        row.starts_with(&self.project.get().to_le_bytes()) && self.is_in(row)
    }

    /// Whether a pseudonym stands anywhere in `bytes`, as a number or as the digits that crash events carry. 64 random bits
    /// are not met by chance.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.keys.iter().any(|key| {
            memmem::find(bytes, &key.to_le_bytes()).is_some()
                || memmem::find(bytes, format!("{key:016x}").as_bytes()).is_some()
        })
    }
}

/// Whether nobody comes upon this id by trying: a tracker's hexadecimal digits, a UUID, or a long random text.
fn is_hard_to_guess(id: &str) -> bool {
    let digits: Vec<u8> = id.bytes().filter(|&byte| byte != b'-').collect();
    if digits.iter().all(u8::is_ascii_hexdigit) {
        let has = |is: fn(&u8) -> bool| digits.iter().any(is);
        return digits.len() >= HEX_DIGITS_MIN
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic)
            && distinct(&digits) >= DISTINCT_DIGITS_MIN;
    }
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    id.len() >= RANDOM_CHARACTERS_MIN && id.bytes().all(is_token) && changes(id) >= CHANGES_MIN
}

fn distinct(bytes: &[u8]) -> usize {
    let mut found = bytes.to_ascii_lowercase();
    found.sort_unstable();
    found.dedup();
    found.len()
}

/// How often letters and digits, or small letters and capitals, follow each other. `Xy` is how a word begins and does not
/// count, and neither does what stands on two sides of a separator.
fn changes(text: &str) -> usize {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let pairs = text.as_bytes().windows(2);
    pairs
        .filter(|pair| match (class(pair[0]), class(pair[1])) {
            (Some(2), Some(1)) => false,
            (Some(one), Some(other)) => one != other,
            _ => false,
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::super::pseudonym::MasterSecret;
    use super::*;

    fn subject(id: &str) -> Subject {
        let project = ProjectId::new(7);
        let secret = MasterSecret::new([7; 32]).for_project(project);
        Subject::of(&secret, project, &Raw::new(id.to_owned())).unwrap()
    }

    #[test]
    fn what_can_be_guessed_proves_nothing() {
        for random in [
            "9f86d081884c7d65",
            "9F86D081884C7D659A2FEAA0C55AD015",
            "6fa459ea-ee8a-4ca4-894e-db77e160355e",
            "V1StGXR8Z5jdHi6BmyT2k",
            "tz4a98xxat96iws9zmbrgj3a",
        ] {
            assert!(subject(random).is_hard_to_guess(), "{random}");
        }
        for guessable in [
            "4711",
            "evelyn.muster@example.org",
            "evelyn-muster",
            "JohannSebastianBach1685",
            "customer-000000000000012345",
            "00000000-0000-0000-0000-000000000001",
            "1234567890123456",
            "aaaaaaaaaaaaaaa1",
            "9f86d081884c7d6",
            "+49 30 90100000000000",
        ] {
            assert!(!subject(guessable).is_hard_to_guess(), "{guessable}");
        }
    }

    #[test]
    fn rows_are_owned_by_project_and_pseudonym() {
        let jane = subject("9f86d081884c7d65");
        let row = |project: u32, key: &[u8]| [&project.to_le_bytes()[..], b"text", key].concat();
        for key in jane.keys() {
            assert!(jane.owns(&row(7, &key.to_le_bytes())));
            assert!(jane.owns(&row(7, format!("{key:016x}").as_bytes())));
            assert!(!jane.owns(&row(8, &key.to_le_bytes())));
        }
        let john = subject("9f86d081884c7d66");
        assert!(!jane.owns(&row(7, &john.keys()[0].to_le_bytes())));
    }

    #[test]
    fn an_id_has_a_length() {
        let project = ProjectId::new(7);
        let secret = MasterSecret::new([7; 32]).for_project(project);
        for id in [String::new(), "a".repeat(SUBJECT_ID_BYTES_MAX + 1)] {
            let refused = Subject::of(&secret, project, &Raw::new(id));
            assert_eq!(refused.err(), Some(Reason::FormInvalid));
        }
    }
}
