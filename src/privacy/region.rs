//! Which part of the world a sender is in, by the masked address, and what holds there. Where the databases do not say it, the
//! stricter reading counts: an unknown country is the EEA, an unknown state of the USA is California.

use super::door::Door;
use super::geography::Place;
use super::ip::MaskedIp;
use crate::registry::Project;
use crate::retention::Retention;
use crate::settings::{Consent, Keep, RegionSettings, Regions, Settings};

/// The European Union, with the parts of its members that have a code of their own and where its law holds (Åland, French
/// overseas regions), and the other states of the European Economic Area. ISO 3166.
const EEA: [&str; 37] = [
    "AT", "AX", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GF", "GP", "GR", "HR",
    "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MF", "MQ", "MT", "NL", "NO", "PL", "PT", "RE",
    "RO", "SE", "SI", "SK", "YT",
];

/// A part of the world with a law of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    Eea,
    UnitedKingdom,
    Switzerland,
    California,
    Elsewhere,
}

impl Region {
    fn of(place: &Place<'_>) -> Self {
        match place.country {
            "" => Self::Eea,
            "GB" => Self::UnitedKingdom,
            "CH" => Self::Switzerland,
            "US" if matches!(place.region, "" | "California" | "CA") => Self::California,
            country if EEA.binary_search(&country).is_ok() => Self::Eea,
            _ => Self::Elsewhere,
        }
    }
}

/// What holds for one sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub consent: Consent,
    /// What is kept of page views.
    pub analytics: Keep,
    /// What is kept of crash reports and telemetry.
    pub errors: Keep,
    pub retention: Retention,
}

impl Rules {
    fn of(project: &Project, region: &RegionSettings) -> Self {
        let own = region.retention_hours.own();
        let own = own.and_then(|hours| Retention::try_from(hours).ok());
        let is_shorter = |own: &Retention| own.hours() < project.retention.hours();
        Self {
            consent: region.consent.or(project.settings.consent),
            analytics: region.analytics,
            errors: region.errors,
            retention: own.filter(is_shorter).unwrap_or(project.retention),
        }
    }
}

/// The settings of the regions, or nothing if there are none: then nobody's place is looked up for them.
pub(super) fn of_settings(settings: &Settings) -> Option<Regions> {
    (settings.regions != Regions::default()).then(|| settings.regions.clone())
}

impl Door {
    /// What holds in `project` for whoever has this address.
    pub fn rules(&self, project: &Project, address: MaskedIp) -> Rules {
        let Some(regions) = &project.policy.regions else {
            return Rules::of(project, &RegionSettings::default());
        };
        let region = match Region::of(&self.place(address)) {
            Region::Eea => &regions.eea,
            Region::UnitedKingdom => &regions.united_kingdom,
            Region::Switzerland => &regions.switzerland,
            Region::California => &regions.california,
            Region::Elsewhere => &regions.elsewhere,
        };
        Rules::of(project, region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_states_decide() {
        assert!(EEA.is_sorted());
        for (country, state, region) in [
            ("DE", "Bavaria", Region::Eea),
            ("IS", "", Region::Eea),
            ("RE", "", Region::Eea),
            ("GB", "England", Region::UnitedKingdom),
            ("GG", "", Region::Elsewhere),
            ("CH", "Zurich", Region::Switzerland),
            ("US", "California", Region::California),
            ("US", "CA", Region::California),
            ("US", "Oregon", Region::Elsewhere),
            ("MX", "Baja California", Region::Elsewhere),
            ("BR", "", Region::Elsewhere),
        ] {
            let place = Place {
                country,
                region: state,
                city: "",
            };
            assert_eq!(Region::of(&place), region, "{country} {state}");
        }
    }

    #[test]
    fn what_is_not_known_is_read_strictly() {
        let nowhere = Place::default();
        assert_eq!(Region::of(&nowhere), Region::Eea);
        let somewhere = Place {
            country: "US",
            ..nowhere
        };
        assert_eq!(Region::of(&somewhere), Region::California);
    }
}
