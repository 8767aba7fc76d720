//! Traffic that no visitor causes: bots, pages loaded ahead, referrer spam, machines in data centres.
//!
//! Enters: what a hit says about its sender. Leaves: the class of traffic for which it is not stored, as a fixed name
//! that is counted, or nothing. Lists come as text and are read once, at the start.
//! Not here: anything that remembers senders or looks at how they behave, and headers that gateways add to requests
//! (`Via`, `CF-Worker`, trace ids). They stand on visits of people whose hits pass through a gateway.

mod bots;
mod data_centers;
mod prefetch;
mod referrer_spam;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use super::ip::MaskedIp;
use crate::intake::headers::Headers;
use crate::outcome::Reason;

pub use bots::{BotClass, Bots, BotsError};
pub use data_centers::{DataCenters, DataCentersError};
pub use referrer_spam::{ReferrerSpam, ReferrerSpamError};

/// Why a hit is no visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrafficClass {
    Prefetch,
    Bot(BotClass),
    ReferrerSpam,
    DataCenter,
}

impl TrafficClass {
    /// What its hits are counted as.
    pub(in crate::privacy) const fn reason(self) -> Reason {
        match self {
            Self::Prefetch => Reason::Prefetch,
            Self::Bot(BotClass::AiCrawler) => Reason::BotAiCrawler,
            Self::Bot(BotClass::SearchEngine) => Reason::BotSearchEngine,
            Self::Bot(BotClass::SocialPreview) => Reason::BotSocialPreview,
            Self::Bot(BotClass::FeedReader) => Reason::BotFeedReader,
            Self::Bot(BotClass::Monitoring) => Reason::BotMonitoring,
            Self::Bot(BotClass::Scanner) => Reason::BotScanner,
            Self::Bot(BotClass::Archiver) => Reason::BotArchiver,
            Self::Bot(BotClass::Advertising) => Reason::BotAdvertising,
            Self::Bot(BotClass::Academic) => Reason::BotAcademic,
            Self::Bot(BotClass::Seo) => Reason::BotSeo,
            Self::Bot(BotClass::BrowserAutomation) => Reason::BotBrowserAutomation,
            Self::Bot(BotClass::HttpLibrary) => Reason::BotHttpLibrary,
            Self::Bot(BotClass::Other) => Reason::BotOther,
            Self::ReferrerSpam => Reason::ReferrerSpam,
            Self::DataCenter => Reason::DataCenter,
        }
    }
}

/// Which traffic is counted and not stored: section `[traffic]` of the settings, with the reasons for the default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Excluded {
    /// Classes of bots.
    #[serde(rename = "exclude_bots")]
    pub bots: Vec<BotClass>,
    #[serde(rename = "exclude_prefetch")]
    pub prefetch: bool,
    #[serde(rename = "exclude_referrer_spam")]
    pub referrer_spam: bool,
    #[serde(rename = "exclude_data_centers")]
    pub data_centers: DataCenterRule,
}

/// Whose hits from data centres are not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataCenterRule {
    Nobody,
    /// Of senders that name neither a browser nor an HTTP library. People behind a VPN name a browser, trackers on
    /// servers their library or their visitor's browser.
    Unnamed,
    Everybody,
}

/// What a hit says about who caused it.
pub(in crate::privacy) struct Evidence<'a> {
    /// Of the sender, or of the visitor on whose behalf it sends.
    pub user_agent: &'a str,
    /// What [`Bots::class`] says of that user agent. Nothing where bots are wanted, as with Matomo's `bots=1`.
    pub bot: Option<BotClass>,
    pub headers: &'a Headers<'a>,
    pub address: MaskedIp,
    /// What [`Traffic::is_referrer_spam`] says of the referrer.
    pub is_referrer_spam: bool,
}

/// Tells visitors from the rest.
pub struct Traffic {
    pub excluded: Excluded,
    /// May be empty.
    pub referrer_spam: ReferrerSpam,
    /// May be empty.
    pub data_centers: DataCenters,
}

impl Traffic {
    /// Excludes nothing.
    pub fn all_welcome() -> Self {
        Self {
            excluded: Excluded {
                bots: Vec::new(),
                prefetch: false,
                referrer_spam: false,
                data_centers: DataCenterRule::Nobody,
            },
            referrer_spam: ReferrerSpam::default(),
            data_centers: DataCenters::default(),
        }
    }

    /// Whether visits that come from `host`, in lower case, are made up and not stored. Empty means that there is no referrer.
    pub(in crate::privacy) fn is_referrer_spam(&self, host: &str) -> bool {
        self.excluded.referrer_spam && self.referrer_spam.contains(host)
    }

    /// The class for which a hit is not stored; nothing for a visitor. The first that applies: what a sender says of
    /// itself stands above what others say of it.
    pub(in crate::privacy) fn class(&self, evidence: &Evidence<'_>) -> Option<TrafficClass> {
        let excluded = &self.excluded;
        if excluded.prefetch && prefetch::is_prefetch(evidence.headers) {
            return Some(TrafficClass::Prefetch);
        }
        if let Some(bot) = evidence.bot.filter(|bot| excluded.bots.contains(bot)) {
            return Some(TrafficClass::Bot(bot));
        }
        if evidence.is_referrer_spam {
            return Some(TrafficClass::ReferrerSpam);
        }
        let is_suspect = match excluded.data_centers {
            DataCenterRule::Nobody => false,
            DataCenterRule::Unnamed => !is_named(evidence),
            DataCenterRule::Everybody => true,
        };
        (is_suspect && self.data_centers.contains(evidence.address))
            .then_some(TrafficClass::DataCenter)
    }
}

fn is_named(evidence: &Evidence<'_>) -> bool {
    evidence.bot == Some(BotClass::HttpLibrary) || bots::is_browser(evidence.user_agent)
}
