//! Country of a masked address, from a local database. Nothing is looked up elsewhere, and never before
//! masking: a /24 lies in the same country as its addresses in 99.9 % of cases.

use maxminddb::Reader;
use serde::Deserialize;

use super::ip::MaskedIp;

/// A country database in memory (any MaxMind DB with country codes, about 8 MB).
pub struct Geography {
    reader: Reader<Vec<u8>>,
}

/// The file is no usable country database.
#[derive(Debug, thiserror::Error)]
#[error("the geo database cannot be read: it is damaged or not in MaxMind DB format")]
pub struct GeographyError;

/// Both schemas in use: flat (`country_code`) and MaxMind's (`country.iso_code`).
#[derive(Deserialize)]
struct Record<'a> {
    country_code: Option<&'a str>,
    #[serde(borrow)]
    country: Option<Country<'a>>,
}

#[derive(Deserialize)]
struct Country<'a> {
    iso_code: Option<&'a str>,
}

/// Where a masked address lies. Empty where the database says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// ISO 3166 code of two letters.
    pub country: &'a str,
    pub region: &'a str,
    pub city: &'a str,
}

impl Geography {
    /// Where an address lies.
    pub(super) fn place(&self, address: MaskedIp) -> Place<'_> {
        Place {
            country: self.country(address),
            ..Place::default()
        }
    }

    /// Reads a database from the bytes of its file.
    ///
    /// # Errors
    /// [`GeographyError`] if they are no MaxMind DB.
    pub fn new(bytes: Vec<u8>) -> Result<Self, GeographyError> {
        Reader::from_source(bytes)
            .map(|reader| Self { reader })
            .map_err(|_| GeographyError)
    }

    /// When the database was built, in seconds since 1970.
    pub fn built_at(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// ISO 3166 code of two letters, empty if unknown.
    pub(super) fn country(&self, address: MaskedIp) -> &str {
        let record = self
            .reader
            .lookup(address.address())
            .and_then(|found| found.decode::<Record<'_>>())
            .ok()
            .flatten();
        record
            .and_then(|r| r.country_code.or(r.country.and_then(|c| c.iso_code)))
            .filter(|code| code.len() == 2)
            .unwrap_or("")
    }
}
