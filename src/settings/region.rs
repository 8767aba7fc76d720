//! What a project sets for people in one part of the world.

use serde::{Deserialize, Serialize};

use super::Consent;
use crate::limits::RETENTION_HOURS_MAX;

/// The rules of each region. Which region an address lies in, `privacy::region` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Regions {
    /// European Union, Iceland, Liechtenstein, Norway; also where the country is not known.
    pub eea: RegionSettings,
    pub united_kingdom: RegionSettings,
    pub switzerland: RegionSettings,
    /// Also anywhere in the USA if the state is not known.
    pub california: RegionSettings,
    pub elsewhere: RegionSettings,
}

/// What holds in one region, as far as it differs from what holds in the project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionSettings {
    pub consent: RegionConsent,
    /// What is kept of page views.
    pub analytics: Keep,
    /// What is kept of crash reports and what SDKs send beside them.
    pub errors: Keep,
    pub retention_hours: RegionHours,
}

/// Whether consent must be stated there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionConsent {
    #[default]
    AsProject,
    NotNeeded,
    Required,
    RequiredForAll,
}

impl RegionConsent {
    /// What holds in a project that asks for `project`.
    pub const fn or(self, project: Consent) -> Consent {
        match self {
            Self::AsProject => project,
            Self::NotNeeded => Consent::NotNeeded,
            Self::Required => Consent::Required,
            Self::RequiredForAll => Consent::RequiredForAll,
        }
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    #[default]
    All,
    /// Nothing that tells one person from another: no pseudonym, no place below the country, no screen, no device model, no
    /// version of the system, two octets of the address.
    Coarse,
    Nothing,
}

/// Hours that rows are kept; 0 for as long as the project's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct RegionHours(u32);

impl RegionHours {
    /// The hours, if the region has its own.
    pub const fn own(self) -> Option<u32> {
        match self.0 {
            0 => None,
            hours => Some(hours),
        }
    }
}

impl TryFrom<u32> for RegionHours {
    type Error = String;

    fn try_from(hours: u32) -> Result<Self, String> {
        match hours {
            0..=RETENTION_HOURS_MAX => Ok(Self(hours)),
            _ => Err(format!(
                "is not between 1 and {RETENTION_HOURS_MAX} hours, or 0 for the project's own"
            )),
        }
    }
}

impl From<RegionHours> for u32 {
    fn from(hours: RegionHours) -> Self {
        hours.0
    }
}
