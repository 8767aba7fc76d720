//! User agent strings reduced to what is coarse: browser, major version, system, class of device.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use ua_parser::{Extractor, Regexes};

use crate::limits::{USER_AGENT_BYTES_MAX, USER_AGENT_CACHE_MAX};

/// What is kept of a user agent string.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Agent {
    /// Family name, e.g. `Firefox`.
    pub browser: String,
    pub browser_major: u16,
    /// Family name, e.g. `Windows`.
    pub system: String,
    /// Family of the browser's engine.
    pub engine: &'static str,
    pub system_version: String,
    pub model: String,
    /// `desktop`, `smartphone`, `tablet`, `tv`, `bot`, or empty.
    pub device: &'static str,
}

/// Recognises user agents with the patterns of uap-core. Remembers results under a random hash of
/// the string, never the string.
pub struct UserAgents {
    extractor: Option<Extractor<'static>>,
    hasher: RandomState,
    known: RwLock<HashMap<u64, Arc<Agent>>>,
}

/// The file is no usable pattern list.
#[derive(Debug, thiserror::Error)]
#[error(
    "the user agent patterns cannot be read: the file is damaged or not uap-core's regexes.yaml"
)]
pub struct UserAgentsError;

impl UserAgents {
    /// Compiles the text of uap-core's `regexes.yaml` (about 0.2 s).
    ///
    /// # Errors
    /// [`UserAgentsError`] if the text is no such list.
    pub fn new(yaml: &str) -> Result<Self, UserAgentsError> {
        let regexes: Regexes<'static> =
            serde_yaml_ng::from_str(yaml).map_err(|_| UserAgentsError)?;
        let extractor = Extractor::try_from(regexes).map_err(|_| UserAgentsError)?;
        Ok(Self {
            extractor: Some(extractor),
            ..Self::unknown()
        })
    }

    /// Recognises nothing: for installations without the list.
    pub fn unknown() -> Self {
        Self {
            extractor: None,
            hasher: RandomState::new(),
            known: RwLock::default(),
        }
    }

    pub(super) fn agent(&self, text: &str) -> Arc<Agent> {
        let Some(extractor) = &self.extractor else {
            return Arc::default();
        };
        let text = &text[..text.floor_char_boundary(USER_AGENT_BYTES_MAX)];
        let key = self.hasher.hash_one(text);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = known.get(&key) {
            return Arc::clone(agent);
        }
        drop(known);
        let agent = Arc::new(recognise(extractor, text));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= USER_AGENT_CACHE_MAX {
            known.clear();
        }
        known.insert(key, Arc::clone(&agent));
        agent
    }
}

fn recognise(extractor: &Extractor<'static>, text: &str) -> Agent {
    let (browser, system, device) = extractor.extract(text);
    let system_name = system.as_ref().map_or("", |s| &s.os);
    let family = device.as_ref().map_or("", |d| &d.device);
    Agent {
        browser: browser
            .as_ref()
            .map_or_else(String::new, |b| b.family.to_string()),
        browser_major: browser.and_then(|b| b.major?.parse().ok()).unwrap_or(0),
        system: system_name.to_owned(),
        device: device_class(text, system_name, family),
        ..Agent::default()
    }
}

fn device_class(text: &str, system: &str, family: &str) -> &'static str {
    match system {
        _ if family == "Spider" => "bot",
        _ if family == "iPad" => "tablet",
        _ if text.contains("TV") => "tv",
        "iOS" | "Windows Phone" | "KaiOS" => "smartphone",
        "Android" if text.contains("Mobile") => "smartphone",
        "Android" => "tablet",
        "" | "Other" => "",
        _ => "desktop",
    }
}
