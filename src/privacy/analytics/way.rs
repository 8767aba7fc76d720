//! The way that led to an action: its page, where its visitor came from, and for which campaign. Everything that is made of these
//! two addresses is made once for each pair of them, and remembered without them.

use std::sync::Arc;

use super::Texts;
use super::row::CampaignColumns;
use crate::intake::form::Written;
use crate::intake::headers::Header;
use crate::intake::matomo::{Hit, Param};
use crate::privacy::arrival::{self, Channel};
use crate::privacy::door::{Door, Sender};
use crate::privacy::scrub::Findings;
use crate::privacy::url::CleanUrl;
use crate::registry::Project;

/// What is kept of the addresses of a page and of its referrer.
pub(in crate::privacy) struct Way {
    pub page: CleanUrl<'static>,
    pub referrer: CleanUrl<'static>,
    /// Whether the referrer is known to make visits up.
    pub is_referrer_spam: bool,
    pub channel: Channel,
    /// Search engine, network, assistant or mail service.
    pub source: String,
    pub campaign: CampaignColumns<'static>,
    pub has_campaign: bool,
    /// What was searched for on the site, if the page's address says so.
    pub search_keyword: String,
    pub findings: Findings,
}

impl Door {
    pub(super) fn way(&self, hit: &Hit<'_>, sender: &Sender<'_>, project: &Project) -> Arc<Way> {
        let addresses = [
            hit.written(Param::Url),
            hit.written(Param::Referrer),
            Written::plain(address_without_parameter(hit, sender)),
        ];
        self.ways.recall(project.policy.number, addresses, || {
            let page_address = page_address(hit, sender);
            self.new_way(page_address, hit.text(Param::Referrer), project)
        })
    }

    fn new_way(&self, page_address: &str, referrer_address: &str, project: &Project) -> Way {
        let urls = &project.policy.urls;
        let mut texts = Texts {
            scrubber: &self.scrubber_of(project),
            urls,
            findings: Findings::default(),
        };
        let page = texts.address(page_address).into_owned();
        // What was searched for stays with the search engine.
        let referrer = match referrer_address {
            "" => CleanUrl::default(),
            address => texts.place(address).into_owned(),
        };
        let arrival = self.referrers.arrival(page_address, referrer_address);
        let stated = arrival.campaign;
        let mut kept = |text: std::borrow::Cow<'_, str>| texts.owned(&text).into();
        let campaign = CampaignColumns {
            campaign_name: kept(stated.name),
            campaign_keyword: kept(stated.keyword),
            campaign_source: kept(stated.source),
            campaign_medium: kept(stated.medium),
            campaign_content: kept(stated.content),
            campaign_id: kept(stated.id),
            campaign_group: kept(stated.group),
            campaign_placement: kept(stated.placement),
        };
        let referrer_host = arrival::host_of(referrer_address);
        let keyword = urls.searched(page_address).unwrap_or_default();
        Way {
            page,
            referrer,
            is_referrer_spam: self.traffic.is_referrer_spam(&referrer_host),
            channel: arrival.channel,
            source: arrival.source.to_owned(),
            has_campaign: campaign != CampaignColumns::default(),
            campaign,
            search_keyword: texts.owned(&keyword),
            findings: texts.findings,
        }
    }
}

/// The address of the page that a hit is about.
pub(super) fn page_address<'h>(hit: &'h Hit<'_>, sender: &'h Sender<'_>) -> &'h str {
    match hit.text(Param::Url) {
        "" => address_without_parameter(hit, sender),
        address => address,
    }
}

/// A simple image tracker names the page in the `Referer` header only.
fn address_without_parameter<'h>(hit: &Hit<'_>, sender: &'h Sender<'_>) -> &'h str {
    match hit.has_sent(Param::Referrer) {
        true => "",
        false => sender.header(Header::Referrer),
    }
}
