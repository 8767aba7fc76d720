//! Country, region and city of a masked address, from local databases. Nothing is looked up elsewhere, and never before
//! masking: a /24 lies in the same country as its addresses in 99.9 % of cases. Behind a wider mask region and city are
//! those of the network's first address, which says little.
//!
//! What stays behind: postal codes, coordinates, time zones and networks, which the databases have too.

mod record;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use maxminddb::Reader;

use super::ip::MaskedIp;
use record::Record;

/// Databases in memory (MaxMind DB format; 8 MB for countries, 130 MB for cities). None at first.
#[derive(Default)]
pub struct Geography {
    readers: Vec<Reader<Vec<u8>>>,
}

/// The file is no usable geo database.
#[derive(Debug, thiserror::Error)]
#[error("the geo database cannot be read: it is damaged or not in MaxMind DB format")]
pub struct GeographyError;

/// Where a masked address lies. Empty where no database says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// ISO 3166 code of two letters.
    pub country: &'a str,
    /// English name of the country's first subdivision, e.g. `Bavaria`; its ISO 3166-2 code where there is no name.
    pub region: &'a str,
    /// English name.
    pub city: &'a str,
}

impl Geography {
    /// Reads one database from the bytes of its file.
    ///
    /// # Errors
    /// [`GeographyError`] if they are no MaxMind DB.
    pub fn new(bytes: Vec<u8>) -> Result<Self, GeographyError> {
        Self::default().and(bytes)
    }

    /// Adds a database: some come in two files, for IPv4 and IPv6. Where several know an address, the first one with a city
    /// counts, else the first.
    ///
    /// # Errors
    /// [`GeographyError`] if the bytes are no MaxMind DB.
    pub fn and(mut self, bytes: Vec<u8>) -> Result<Self, GeographyError> {
        let reader = Reader::from_source(bytes).map_err(|_| GeographyError)?;
        self.readers.push(reader);
        Ok(self)
    }

    /// When the oldest of the databases was built, in seconds since 1970.
    pub fn built_at(&self) -> u64 {
        let built = self
            .readers
            .iter()
            .map(|reader| reader.metadata().build_epoch);
        built.min().unwrap_or(0)
    }

    /// Where an address lies.
    pub(super) fn place(&self, address: MaskedIp) -> Place<'_> {
        let mut best = Place::default();
        for reader in &self.readers {
            // An IPv6 address in a database of IPv4 is an error of the reader, a damaged record another.
            let found = reader.lookup(address.address());
            let record = found.and_then(|found| found.decode::<Record<'_>>());
            let Ok(Some(record)) = record else {
                continue;
            };
            let place = record.place();
            if best.country.is_empty() || best.city.is_empty() && !place.city.is_empty() {
                best = place;
            }
        }
        best
    }
}

/// Coordinates that a client states, coarse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coordinates {
    /// Degrees north, a multiple of 0.1.
    pub latitude: f64,
    /// Degrees east, a multiple of 0.1.
    pub longitude: f64,
}

impl Coordinates {
    /// Rounds to one decimal: 11 km from north to south, and from west to east 11 km at the equator, 7 km at 50°. A street or
    /// a village cannot be told from it, a city can. Nothing for what is no place on earth.
    pub fn coarsened(latitude: f64, longitude: f64) -> Option<Self> {
        let is_on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        // Adding 0 makes -0 positive.
        let rounded = |degrees: f64| (degrees * 10.0).round() / 10.0 + 0.0;
        is_on_earth.then(|| Self {
            latitude: rounded(latitude),
            longitude: rounded(longitude),
        })
    }
}
