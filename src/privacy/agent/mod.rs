//! User agents and client hints reduced to what is coarse: browser, engine, system, each with its major version, and the
//! class of device.
//!
//! Enters: a `User-Agent` text and what the browser adds to it ([`Hints`]). Leaves: an [`Agent`]. Minor versions, builds and
//! languages stay behind. The model of a device is read, but whether it is kept is the project's policy.
//!
//! Browsers have frozen much of the text, and where it says the same for all it is not believed:
//!
//! | text | truth | with hints |
//! |---|---|---|
//! | `Windows NT 10.0` | Windows 10 or 11: version `10/11` | 10 or 11 |
//! | `Intel Mac OS X 10_15_7` | any macOS since 10.15: no version | the major version |
//! | `Android 10; K` | any Android, any model: no version, no model | both |
//! | `CPU iPhone OS 18_6`, `Version/26.0` | iOS 26: the higher one counts | not sent |
//! | `CrOS x86_64 14541.0.0` | any ChromeOS: no version | no version |
//! | `Macintosh` of an iPad that asks for desktop pages | cannot be told from a Mac: `macOS`, `desktop` | not sent |

mod device;
mod engine;
mod hints;
mod recognise;
mod system;

#[cfg(test)]
mod hints_tests;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::traffic::BotClass;
pub(super) use hints::HintHeaders;
use hints::Hints;
pub use recognise::{UserAgents, UserAgentsError};

/// What is kept of a user agent. Empty or 0 where unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Agent {
    /// Family name, e.g. `Firefox`.
    pub browser: String,
    pub browser_major: u16,
    /// `Blink`, `Gecko`, `WebKit`, `Trident`, `EdgeHTML`, `Presto`, `Goanna`, `KHTML` or empty.
    pub engine: &'static str,
    /// Family name, e.g. `Windows`.
    pub system: String,
    /// `11`, `10/11`, `8.1`; for most systems the major version.
    pub system_version: String,
    /// `desktop`, `smartphone`, `tablet`, `tv`, `console`, `wearable`, `car`, `xr`, `bot`, or empty.
    pub device: &'static str,
    /// As the client writes it, e.g. `SM-S918B`: not scrubbed.
    pub model: String,
    /// Set if it is a bot's.
    pub bot: Option<BotClass>,
}

impl Agent {
    /// The same agent, completed and corrected by what its browser hints at. Costs nothing without hints.
    pub fn with_hints(&self, hints: &Hints) -> Cow<'_, Agent> {
        let mut agent = Cow::Borrowed(self);
        // Only browsers on Blink send hints. A text that names another engine has been changed or emulated: it wins.
        if hints.is_empty() || !matches!(self.engine, "Blink" | "") || self.device == "bot" {
            return agent;
        }
        if let Some((browser, major)) = hints.browser
            && (hints.is_special(browser) || self.browser.is_empty())
            && !self.browser.starts_with(browser)
        {
            let agent = agent.to_mut();
            browser.clone_into(&mut agent.browser);
            agent.browser_major = major;
            agent.engine = "Blink";
        }
        if let Some(system) = hints.system {
            let version = hints.system_version();
            if !system::is_kind_of(&self.system, system) {
                let agent = agent.to_mut();
                system.clone_into(&mut agent.system);
                agent.system_version.clone_from(&version);
            } else if !version.is_empty() && version != self.system_version {
                agent.to_mut().system_version = version;
            }
        }
        if let Some(device) = hints.device(agent.device)
            && device != self.device
        {
            agent.to_mut().device = device;
        }
        if !hints.model.is_empty() && hints.model != self.model {
            agent.to_mut().model.clone_from(&hints.model);
        }
        agent
    }
}
