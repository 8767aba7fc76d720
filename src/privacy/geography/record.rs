//! A record of a geo database in either schema: flat (`country_code`, `state1`, `city`), as ip-location-db's files, or nested
//! (`country.iso_code`, `subdivisions`, `city.names.en`), as MaxMind's and DB-IP's own.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::Place;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    country_code: Name<'a>,
    #[serde(borrow)]
    state1: Name<'a>,
    #[serde(borrow)]
    country: Name<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Name<'a>>,
    /// A name in the flat schema, an object in the nested one.
    #[serde(borrow)]
    city: Name<'a>,
}

/// A name by itself, or an object with an ISO code and names by language.
#[derive(Clone, Copy, Default)]
struct Name<'a> {
    code: &'a str,
    name: &'a str,
}

impl<'a> Record<'a> {
    pub fn place(&self) -> Place<'a> {
        let country = [self.country_code.name, self.country.code]
            .into_iter()
            .find(|code| code.len() == 2)
            .unwrap_or("");
        let subdivision = self.subdivisions.first().copied().unwrap_or_default();
        let region = [self.state1.name, subdivision.name, subdivision.code]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or("");
        Place {
            country,
            region,
            city: self.city.name,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or an object with names")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Name { code: "", name })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Name::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "iso_code" => found.code = map.next_value()?,
                "names" => found.name = map.next_value::<Names<'_>>()?.en,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Names<'a> {
    en: &'a str,
}
