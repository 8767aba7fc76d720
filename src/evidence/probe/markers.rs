//! Made-up personal data, unique for each probe, so that whatever is found again can only come from it.

use ring::rand::{SecureRandom, SystemRandom};

use crate::evidence::Words;
use crate::outcome::names;

names! {
    /// What is sent in the hope that it does not stay.
    MarkerKind {
        Address = "address",
        Address6 = "address_v6",
        EmailGerman = "email_de",
        EmailEnglish = "email_en",
        Phone = "phone",
        NameGerman = "name_de",
        NameEnglish = "name_en",
        UserId = "user_id",
        Login = "login_in_path",
        UrlToken = "token_in_url",
        Cookie = "cookie",
        Header = "header",
        Variable = "local_variable",
        Password = "password",
    }
}

impl MarkerKind {
    /// What it is, for people.
    pub fn words(self) -> Words {
        let (english, german) = match self {
            Self::Address => ("IPv4 address", "IPv4-Adresse"),
            Self::Address6 => ("IPv6 address", "IPv6-Adresse"),
            Self::EmailGerman => (
                "E-mail address in German text",
                "E-Mail-Adresse in deutschem Text",
            ),
            Self::EmailEnglish => (
                "E-mail address in English text",
                "E-Mail-Adresse in englischem Text",
            ),
            Self::Phone => ("Phone number", "Telefonnummer"),
            Self::NameGerman => ("Name in German text", "Name in deutschem Text"),
            Self::NameEnglish => ("Name in English text", "Name in englischem Text"),
            Self::UserId => ("User id", "Benutzerkennung"),
            Self::Login => ("Login in a path", "Anmeldename in einem Pfad"),
            Self::UrlToken => ("Token in an address", "Token in einer Adresse"),
            Self::Cookie => ("Cookie", "Cookie"),
            Self::Header => ("Authorization header", "Authorization-Header"),
            Self::Variable => ("Local variable", "Lokale Variable"),
            Self::Password => ("Password in text", "Passwort im Text"),
        };
        Words::new(english, german)
    }
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Marker {
    pub kind: MarkerKind,
    /// As it is sent.
    pub text: String,
    /// The part that is unique, in every spelling that could be stored.
    pub needles: Vec<String>,
}

/// All markers of one probe.
pub struct Markers {
    pub all: Vec<Marker>,
    /// A harmless word that must be found again: the search can see.
    pub control: String,
}

impl Markers {
    /// Makes new ones.
    pub fn random(random: &SystemRandom) -> Self {
        let word = || letters(random);
        let marker = |kind, before: &str, unique: String, after: &str| Marker {
            kind,
            text: format!("{before}{unique}{after}"),
            needles: vec![unique],
        };
        let name = |kind, before| {
            let mut family = word();
            family[..1].make_ascii_uppercase();
            marker(kind, before, family, "")
        };
        let octet = 100 + u32::from(bytes::<1>(random)[0]) % 155;
        let groups =
            bytes::<8>(random).map(|byte| format!("{:x}", 0x1000 + u32::from(byte) * 0xd1));
        let low = groups[4..].join(":");
        let high = groups[..2].join(":");
        let digits: String = bytes::<7>(random)
            .map(|byte| char::from(b'0' + byte % 10))
            .iter()
            .collect();
        let all = vec![
            marker(MarkerKind::Address, "", format!("203.0.113.{octet}"), ""),
            marker(MarkerKind::Address6, &format!("2001:db8:{high}:"), low, ""),
            marker(MarkerKind::EmailGerman, "jana.", word(), "@example.org"),
            marker(MarkerKind::EmailEnglish, "john.", word(), "@example.com"),
            Marker {
                kind: MarkerKind::Phone,
                text: format!("+49 30 9{digits}"),
                needles: vec![format!("30 9{digits}"), format!("309{digits}")],
            },
            name(MarkerKind::NameGerman, "Jana "),
            name(MarkerKind::NameEnglish, "John "),
            marker(MarkerKind::UserId, "", word(), ""),
            marker(MarkerKind::Login, "", word(), ""),
            marker(MarkerKind::UrlToken, "", hexadecimal(random), ""),
            marker(MarkerKind::Cookie, "", hexadecimal(random), ""),
            marker(MarkerKind::Header, "", hexadecimal(random), ""),
            marker(MarkerKind::Variable, "", word(), ""),
            marker(MarkerKind::Password, "", word(), ""),
        ];
        Self {
            all,
            control: word(),
        }
    }

    /// What is sent as this kind.
    pub fn text(&self, kind: MarkerKind) -> &str {
        let found = self.all.iter().find(|marker| marker.kind == kind);
        found.map_or("", |marker| marker.text.as_str())
    }
}

/// Ten letters: digits could look like somebody's number.
fn letters(random: &SystemRandom) -> String {
    bytes::<10>(random)
        .map(|byte| char::from(b'a' + byte % 26))
        .iter()
        .collect()
}

fn hexadecimal(random: &SystemRandom) -> String {
    bytes::<16>(random)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn bytes<const N: usize>(random: &SystemRandom) -> [u8; N] {
    let mut bytes = [0u8; N];
    // The kernel's generator does not fail once it has started.
    let _ = random.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_there_and_contains_its_needle() {
        let random = SystemRandom::new();
        let (markers, others) = (Markers::random(&random), Markers::random(&random));
        assert_eq!(markers.all.len(), MarkerKind::ALL.len());
        for kind in MarkerKind::ALL {
            assert!(!markers.text(*kind).is_empty(), "{kind}");
        }
        for marker in &markers.all {
            assert!(
                marker
                    .needles
                    .iter()
                    .any(|needle| marker.text.contains(needle))
            );
        }
        assert_ne!(
            markers.text(MarkerKind::Cookie),
            others.text(MarkerKind::Cookie)
        );
    }
}
