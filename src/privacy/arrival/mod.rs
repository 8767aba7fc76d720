//! Where a visitor came from: channel, service and campaign.
//!
//! Enters: the addresses of the page and of its referrer as the client sent them. Leaves: a channel and a service, both
//! from closed sets, and the campaign's own words, which the caller scrubs. Click ids are looked at and not kept.
//! What was searched for is never read.
//!
//! The first line that holds decides:
//!
//! | | seen | channel | service |
//! |---|---|---|---|
//! | 1 | an advertiser's click id (`gclid`, `msclkid`, …) or a medium that is paid for (`cpc`, `display`, …) | `paid` | the network's, else the referrer's |
//! | 2 | the referrer is an AI assistant; or the campaign source names one and nothing names a campaign | `ai_assistant` | its name |
//! | 3 | campaign medium or source says `email`, `newsletter`, … | `email` | the referrer's |
//! | 4 | a campaign name, source or medium | `campaign` | the referrer's, else the one that the source names |
//! | 5 | the referrer's host is the page's, `www.` or not | `internal` | |
//! | 6 | the referrer is listed | as listed | as listed |
//! | 7 | a trace that networks and mailers leave in addresses (`fbclid`, `mc_eid`, …), and no referrer | `social`, `search`, `email` | its name |
//! | 8 | a referrer | `website` | |
//! | 9 | nothing | `direct` | |
//!
//! Line 2 is before 4 because assistants tag links by themselves (`utm_source=chatgpt.com`): no campaign of the site's owner
//! is behind it. Matomo, too, lets the assistant win. `fbclid` is in line 7, not in 1: Facebook and Instagram put it on every
//! outgoing link, advertisement or not. A search engine's page of AI answers stays `search`: its address is the engine's.
//!
//! A referrer counts if it is a web address or an Android app (`android-app://com.google.android.gm/`). Extensions, local
//! files, `about:` and other schemes name nobody who could have linked here and may carry an id of the installation.

mod address;
mod landing;
mod referrers;
mod services;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use address::Address;
use landing::Landing;
pub use referrers::{Referrers, ReferrersError};

/// How a visitor got here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Channel {
    /// Typed, bookmarked, or from where no referrer is sent.
    #[default]
    Direct,
    /// From another page of the same host.
    Internal,
    Search,
    Social,
    AiAssistant,
    Email,
    Campaign,
    /// An advertisement.
    Paid,
    Website,
}

impl Channel {
    /// As stored.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Direct => "direct",
            Channel::Internal => "internal",
            Channel::Search => "search",
            Channel::Social => "social",
            Channel::AiAssistant => "ai_assistant",
            Channel::Email => "email",
            Channel::Campaign => "campaign",
            Channel::Paid => "paid",
            Channel::Website => "website",
        }
    }
}

/// Where a visitor came from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arrival<'a> {
    pub channel: Channel,
    /// Search engine, network, assistant or mail service, e.g. `Google`. From our lists, never from the client; empty if unknown.
    pub source: &'a str,
    pub campaign: Campaign<'a>,
}

/// What the page's address says about the campaign that led to it: decoded, not scrubbed, not cut. Empty where it says nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Campaign<'a> {
    /// As in Matomo, the source or medium stands in for a missing name.
    pub name: Cow<'a, str>,
    pub keyword: Cow<'a, str>,
    pub source: Cow<'a, str>,
    pub medium: Cow<'a, str>,
    pub content: Cow<'a, str>,
    pub id: Cow<'a, str>,
    pub group: Cow<'a, str>,
    pub placement: Cow<'a, str>,
}

/// The host of a referrer, in lower case; empty if it has none.
pub(super) fn host_of(referrer: &str) -> Cow<'_, str> {
    Address::of(referrer).map_or(Cow::Borrowed(""), |address| address.host)
}

impl Referrers {
    /// Decides where a visitor of `page` came from, given the referrer: both as sent, possibly empty or no address at all.
    pub(super) fn arrival<'a>(&'a self, page: &'a str, referrer: &'a str) -> Arrival<'a> {
        let landing = Landing::of(page);
        let origin = match Address::of(referrer) {
            None => Origin::Nobody,
            Some(from) if from.is_host_of(page) => Origin::Inside,
            Some(from) => Origin::Outside(self.service(&from)),
        };
        let (channel, source) = self.decide(&landing, origin);
        // An assistant's tags are no campaign of the site's owner.
        let campaign = match channel {
            Channel::AiAssistant => Campaign::default(),
            _ => landing.campaign(),
        };
        Arrival {
            channel,
            source,
            campaign,
        }
    }

    /// The table above, line by line.
    fn decide<'a>(&'a self, landing: &Landing<'_>, origin: Origin<'a>) -> Service<'a> {
        let listed = match origin {
            Origin::Outside(listed) => listed,
            Origin::Inside | Origin::Nobody => None,
        };
        let referrer_source = listed.map_or("", |(_, source)| source);
        if let Some(network) = landing.advertiser {
            return (Channel::Paid, network);
        }
        if landing.is_paid() {
            return (Channel::Paid, referrer_source);
        }
        let tagged = match landing.source() {
            "" => None,
            source => self.named(source),
        };
        let by_itself = tagged.filter(|_| !landing.has_name());
        let mut named = listed.into_iter().chain(by_itself);
        if let Some(assistant) = named.find(|(channel, _)| *channel == Channel::AiAssistant) {
            return assistant;
        }
        if landing.is_email() {
            return (Channel::Email, referrer_source);
        }
        if landing.has_campaign() {
            let source = match (referrer_source, tagged) {
                ("", Some((_, source))) => source,
                (source, _) => source,
            };
            return (Channel::Campaign, source);
        }
        match origin {
            Origin::Inside => (Channel::Internal, ""),
            Origin::Outside(listed) => listed.unwrap_or((Channel::Website, "")),
            Origin::Nobody => landing.trace.unwrap_or((Channel::Direct, "")),
        }
    }
}

/// What the referrer alone says.
#[derive(Clone, Copy)]
enum Origin<'a> {
    Nobody,
    /// The page's own host.
    Inside,
    /// Another host, and the service it belongs to.
    Outside(Option<Service<'a>>),
}

/// A channel and the name of a service in it.
type Service<'a> = (Channel, &'a str);
