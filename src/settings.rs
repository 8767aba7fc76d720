//! What an operator sets for each project. Stored as JSON beside the project; every server reads it within seconds.

mod region;
mod scrubbing;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::{SETTING_BYTES_MAX, SETTING_LIST_MAX};
use crate::privacy::scrub::PolicyError;
use crate::quota::Limits;
use crate::retention::RetentionSettings;
pub use scrubbing::{ProjectLevel, Scrubbing};

pub use region::{Keep, RegionConsent, RegionHours, RegionSettings, Regions};

/// The settings of one project. A member that was never set has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Zone in which the project's days begin.
    pub time_zone: Zone,
    /// Origins that may send, e.g. `https://shop.example.org` or `*.example.org`. Empty: all. Senders that name no
    /// origin (servers, apps) are not affected.
    pub allowed_origins: Vec<String>,
    pub urls: UrlSettings,
    /// Whether the model of a device may be kept, e.g. `Pixel 8`. It narrows down who somebody is.
    pub keep_device_model: bool,
    /// Whether known bots are left out of page views.
    pub exclude_bots: Switch,
    /// How long each kind of data is kept; never longer than the project as a whole.
    pub retention: RetentionSettings,
    /// Whether page views, or they and crash reports, wait for consent.
    pub consent: Consent,
    /// What holds for people in some parts of the world only.
    pub regions: Regions,
    /// Whether visitors may see and erase what is held about an id that they present, without anybody's help.
    pub self_service: Switch,
    /// How texts are scrubbed.
    pub scrubbing: Scrubbing,
    /// How much the project may send; never more than the server's own limits allow.
    pub limits: Limits,
}

/// Which parameters of addresses are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UrlSettings {
    pub mode: UrlMode,
    /// Parameters that are removed as well (mode `exclude`) or the only ones that are kept (mode `allow`). `*` stands for any
    /// characters.
    pub parameters: Vec<String>,
    /// Parameters of a page's address that hold what was searched for on the site.
    pub search_parameters: SearchParameters,
}

/// Whether `urls.parameters` names what goes or what stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UrlMode {
    /// All parameters but the personal ones and those named.
    #[default]
    Exclude,
    /// The named ones only, and of those no personal ones.
    Allow,
}

/// What must state that its sender consented: hits by `consent=1`, reports by `contexts.mayfly.consent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    #[default]
    NotNeeded,
    /// Page views must.
    Required,
    /// Whatever a person's browser or app sends must, crash reports too.
    RequiredForAll,
}

/// A flag that is on unless it was switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Switch(pub bool);

impl Default for Switch {
    fn default() -> Self {
        Self(true)
    }
}

/// Names of a site's search parameters; Matomo's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SearchParameters(pub Vec<String>);

impl Default for SearchParameters {
    fn default() -> Self {
        let names = [
            "q",
            "query",
            "s",
            "search",
            "searchword",
            "k",
            "keyword",
            "keywords",
        ];
        Self(names.map(str::to_owned).to_vec())
    }
}

/// IANA name of a time zone, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(String);

impl Zone {
    /// The rules of the zone.
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl TryFrom<String> for Zone {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match TimeZone::get(&name) {
            Ok(_) => Ok(Self(name)),
            Err(_) => Err("is no IANA time zone such as Europe/Berlin"),
        }
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0
    }
}

/// Whether `text` can stand among `allowed_origins`: an origin, a host, or `*.` and a host. Lower case.
pub fn is_origin(text: &str) -> bool {
    let host = match text.split_once("://") {
        Some(("http" | "https", host)) => host,
        Some(_) => return false,
        None => text.strip_prefix("*.").unwrap_or(text),
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    let host = host.strip_suffix('/').unwrap_or(host);
    !host.is_empty() && host.bytes().all(is_host)
}

/// Why a setting cannot be set, for the operator who tried.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    #[error("there is no setting `{key}` of projects; did you mean `{nearest}`?")]
    Unknown { key: String, nearest: String },
    #[error("`{key}` cannot be set to that: {cause}")]
    Value { key: String, cause: String },
    #[error("{0}")]
    Scrubbing(#[from] PolicyError),
    #[error(
        "a setting has at most {SETTING_BYTES_MAX} bytes, a list at most {SETTING_LIST_MAX} entries"
    )]
    TooLong,
}

impl Settings {
    /// What is stored. What another version of the program wrote and this one cannot read has its default.
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same with one setting changed. `key` is a path such as `urls.mode`; `text` is JSON, a plain word, or for a list its
    /// entries with commas between them.
    ///
    /// # Errors
    /// [`SettingsError`] says what would be right.
    pub fn with(&self, key: &str, text: &str) -> Result<Self, SettingsError> {
        if text.len() > SETTING_BYTES_MAX {
            return Err(SettingsError::TooLong);
        }
        let mut document = serde_json::to_value(self).unwrap_or_default();
        let pointer = format!("/{}", key.replace('.', "/"));
        let Some(place) = document.pointer_mut(&pointer) else {
            return Err(Self::unknown(key));
        };
        let stated = serde_json::from_str(text).ok();
        *place = match (&*place, stated) {
            (Value::Array(_), Some(list @ Value::Array(_))) => list,
            (Value::Array(_), _) if key == RULES => scrubbing::rules_of_lines(text),
            (Value::Array(_), _) => entries(text)?,
            (Value::String(_), _) | (_, None) => Value::from(text),
            (_, Some(value)) => value,
        };
        let changed = serde_json::from_value(document).map_err(|cause| SettingsError::Value {
            key: key.to_owned(),
            cause: cause.to_string(),
        });
        let changed: Self = changed?;
        if changed.scrubbing != self.scrubbing {
            changed.scrubbing.wishes()?;
        }
        Ok(changed)
    }

    /// Every setting with its value, as paths.
    pub fn list(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        flatten(
            "",
            &serde_json::to_value(self).unwrap_or_default(),
            &mut found,
        );
        found
    }

    fn unknown(key: &str) -> SettingsError {
        let names = Self::default().list().into_iter().map(|(name, _)| name);
        let nearness = |name: &String| strsim::jaro_winkler(name, key);
        let nearest = names.max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        SettingsError::Unknown {
            key: key.to_owned(),
            nearest: nearest.unwrap_or_default(),
        }
    }
}

/// The setting whose list is written in lines.
const RULES: &str = "scrubbing.rules";

fn entries(text: &str) -> Result<Value, SettingsError> {
    let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
    let list: Vec<_> = entries.map(Value::from).collect();
    if list.len() > SETTING_LIST_MAX {
        return Err(SettingsError::TooLong);
    }
    Ok(Value::Array(list))
}

fn flatten(prefix: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = match prefix {
                    "" => name.clone(),
                    prefix => format!("{prefix}.{name}"),
                };
                flatten(&path, value, found);
            }
        }
        Value::String(text) => found.push((prefix.to_owned(), text.clone())),
        Value::Array(items) if items.iter().all(can_stand_between_commas) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            found.push((prefix.to_owned(), items.join(",")));
        }
        other => found.push((prefix.to_owned(), other.to_string())),
    }
}

fn can_stand_between_commas(item: &Value) -> bool {
    item.as_str().is_some_and(|text| !text.contains(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_set_by_path() {
        let settings = Settings::default()
            .with("time_zone", "Europe/Berlin")
            .and_then(|s| s.with("urls.mode", "allow"))
            .and_then(|s| s.with("urls.parameters", "page, sort*"))
            .and_then(|s| s.with("keep_device_model", "true"))
            .unwrap();
        assert_eq!(settings.urls.mode, UrlMode::Allow);
        assert_eq!(settings.urls.parameters, ["page", "sort*"]);
        assert!(settings.keep_device_model && settings.exclude_bots.0);
        assert_eq!(Settings::from_json(&settings.to_json()), settings);
    }

    #[test]
    fn mistakes_are_explained() {
        let refused = |key, text| Settings::default().with(key, text).unwrap_err().to_string();
        assert!(refused("timezone", "UTC").contains("did you mean `time_zone`"));
        assert!(refused("time_zone", "Mars/Olympus").contains("Europe/Berlin"));
        assert!(refused("urls.mode", "both").contains("exclude"));
        assert!(refused("keep_device_model", "maybe").contains("boolean"));
    }

    #[test]
    fn retention_can_only_be_shorter() {
        let whole = crate::retention::Retention::try_from(48).unwrap();
        let hours = |text| {
            let settings = Settings::default().with("retention.errors_hours", text);
            settings.map(|settings| settings.retention.errors_hours.within(whole).hours())
        };
        assert_eq!(
            [hours("0"), hours("1"), hours("720")],
            [Ok(48), Ok(1), Ok(48)]
        );
        assert!(
            hours("721")
                .unwrap_err()
                .to_string()
                .contains("30 days is the ceiling")
        );
    }

    #[test]
    fn origins() {
        for right in [
            "https://shop.example.org",
            "http://localhost:8080/",
            "*.example.org",
            "shop.example.org",
        ] {
            assert!(is_origin(right), "{right}");
        }
        for wrong in [
            "",
            "https://",
            "ftp://a",
            "https://a/b",
            "a b",
            "*",
            "https://*.a",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_default() {
        assert_eq!(Settings::from_json("not json"), Settings::default());
        assert_eq!(Settings::from_json(r#"{"later":1}"#), Settings::default());
    }
}
