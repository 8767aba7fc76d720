//! Recognises user agents, each once.

use std::sync::Arc;

use ua_parser::{Extractor, Regexes, user_agent};

use super::engine::major_after;
use super::{Agent, HintHeaders, Hints, device, engine, system};
use crate::intake::form::Written;
use crate::limits::{USER_AGENT_BYTES_MAX, USER_AGENT_CACHE_MAX};
use crate::privacy::remembered::Remembered;
use crate::privacy::traffic::Bots;

/// Recognises user agents with the patterns of uap-core.
pub struct UserAgents {
    bots: Bots,
    extractor: Option<Extractor<'static>>,
    known: Remembered<Agent>,
    /// Completed by what browsers hint at.
    hinted: Remembered<Agent>,
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
            bots: Bots::unknown(),
            extractor: None,
            known: Remembered::new(USER_AGENT_CACHE_MAX),
            hinted: Remembered::new(USER_AGENT_CACHE_MAX),
        }
    }

    /// Recognises bots as well.
    pub fn with_bots(self, bots: Bots) -> Self {
        Self { bots, ..self }
    }

    /// What is known of the browser that sends `text`.
    pub(in crate::privacy) fn agent(&self, text: &str) -> Arc<Agent> {
        let text = &text[..text.floor_char_boundary(USER_AGENT_BYTES_MAX)];
        self.known.recall(0, [Written::plain(text)], || {
            let agent = self.extractor.as_ref().map(|all| recognise(all, text));
            Agent {
                bot: self.bots.class(text),
                ..agent.unwrap_or_default()
            }
        })
    }

    /// The same, completed by the hints that its tracker states as JSON, `written` in the request and read by `read`, and those
    /// that its headers give.
    pub(in crate::privacy) fn hinted_agent<'h>(
        &self,
        text: &str,
        written: Written<'_>,
        read: impl FnOnce() -> &'h str,
        headers: &HintHeaders<'_>,
    ) -> Arc<Agent> {
        let text = &text[..text.floor_char_boundary(USER_AGENT_BYTES_MAX)];
        let make = || {
            let hints = Hints::new(read(), headers);
            self.agent(text).with_hints(&hints).into_owned()
        };
        // Most trackers say it all.
        let text = Written::plain(text);
        if headers.is_empty() {
            return self.hinted.recall(0, [text, written], make);
        }
        let [a, b, c, d, e, f, g] = headers.0.map(Written::plain);
        let texts = [text, written, a, b, c, d, e, f, g];
        self.hinted.recall(1, texts, make)
    }
}

fn recognise(extractor: &Extractor<'static>, text: &str) -> Agent {
    let (browser, system, device) = extractor.extract(text);
    let (system, system_version) = system::system(text, system.as_ref());
    let family = device.as_ref().map_or("", |found| &found.device);
    let class = device::class(text, &system, family);
    let model = device
        .as_ref()
        .map_or_else(String::new, |found| device::model(text, class, found));
    let (browser, browser_major) = browser_of(text, browser.as_ref());
    Agent {
        browser,
        browser_major,
        engine: engine::engine(text),
        system,
        system_version,
        device: class,
        model,
        bot: None,
    }
}

/// Browsers that the patterns take for the one they are made of; and apps on Apple's systems, which they call by whatever
/// the app calls itself, a person's name included.
const OTHERS: &[(&str, &str)] = &[
    ("HuaweiBrowser/", "Huawei Browser"),
    ("OculusBrowser/", "Oculus Browser"),
    ("NintendoBrowser/", "Nintendo Browser"),
    ("PlayStation ", "PlayStation"),
    ("MicroMessenger/", "WeChat"),
    ("musical_ly_", "TikTok"),
    ("BytedanceWebview/", "TikTok"),
    ("konqueror/", "Konqueror"),
    ("CFNetwork/", "CFNetwork"),
];

fn browser_of(text: &str, found: Option<&user_agent::ValueRef<'_>>) -> (String, u16) {
    if let Some((token, name)) = OTHERS.iter().find(|(token, _)| text.contains(token)) {
        return ((*name).to_owned(), major_after(text, token).unwrap_or(0));
    }
    let Some(found) = found else {
        return Default::default();
    };
    let major = found.major.and_then(|major| major.parse().ok());
    let family = match found.family.as_ref() {
        "Mobile Safari UI/WKWebView" => "WKWebView",
        "Other" => "",
        family => family,
    };
    (family.to_owned(), major.unwrap_or(0))
}
