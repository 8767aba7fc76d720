//! Ids of crash events.

use std::fmt;

use uuid::Uuid;

/// The id of a crash event: a UUID, written as 32 hexadecimal digits as Sentry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId(Uuid);

impl EventId {
    /// Reads 32 digits, dashed or not. Anything else is no id: SDKs do not send other forms.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text)
            .ok()
            .filter(|id| !id.is_nil())
            .map(Self)
    }

    /// The 32 digits.
    pub fn digits(self) -> [u8; 32] {
        let mut digits = [0; 32];
        self.0.simple().encode_lower(&mut digits);
        digits
    }

    /// A new id for an event that came without.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashed_and_plain_are_the_same_id() {
        let plain = EventId::parse("0041ab982cb94566912b6befc573088d").unwrap();
        assert_eq!(
            Some(plain),
            EventId::parse("0041AB98-2cb9-4566-912b-6befc573088d")
        );
        assert_eq!(plain.to_string(), "0041ab982cb94566912b6befc573088d");
        assert_eq!(EventId::parse("0041"), None);
        assert_eq!(EventId::parse("00000000000000000000000000000000"), None);
    }
}
