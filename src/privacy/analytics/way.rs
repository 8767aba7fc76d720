//! The way that led to an action: its page, where its visitor came from, and for which campaign. Everything that is made of the
//! two addresses and the title is made once for each three of them, and remembered without them.

use std::borrow::Cow;
use std::sync::Arc;

use super::Texts;
use super::row::{CampaignColumns, PageColumns};
use crate::intake::form::Written;
use crate::intake::headers::Header;
use crate::intake::matomo::{Hit, Param};
use crate::privacy::arrival;
use crate::privacy::door::{Door, Sender};
use crate::privacy::scrub::Findings;
use crate::privacy::url::CleanUrl;
use crate::registry::Project;

/// What is kept of the addresses of a page and of its referrer, and of the page's title.
pub(in crate::privacy) struct Way {
    /// [`PageColumns`], as they stand in a row.
    pub page: Vec<u8>,
    /// [`CampaignColumns`], as they stand in a row.
    pub campaign: Vec<u8>,
    pub has_campaign: bool,
    /// Whether the referrer is known to make visits up.
    pub is_referrer_spam: bool,
    /// What was searched for on the site, if the page's address says so.
    pub search_keyword: String,
    pub findings: Findings,
}

impl Door {
    pub(super) fn way(&self, hit: &Hit<'_>, sender: &Sender<'_>, project: &Project) -> Arc<Way> {
        let texts = [
            hit.written(Param::Url),
            hit.written(Param::Referrer),
            hit.written(Param::ActionName),
            Written::plain(address_without_parameter(hit, sender)),
        ];
        self.ways.recall(project.policy.number, texts, || {
            self.new_way(page_address(hit, sender), hit, project)
        })
    }

    fn new_way(&self, page_address: &str, hit: &Hit<'_>, project: &Project) -> Way {
        let urls = &project.policy.urls;
        let mut texts = Texts {
            scrubber: &self.scrubber_of(project),
            urls,
            findings: Findings::default(),
        };
        let referrer_address = hit.text(Param::Referrer);
        let arrival = self.referrers.arrival(page_address, referrer_address);
        let CleanUrl { host, path, query } = texts.address(page_address);
        // What was searched for stays with the search engine.
        let referrer = match referrer_address {
            "" => CleanUrl::default(),
            address => texts.place(address),
        };
        let page = PageColumns {
            host,
            path,
            query: query.into(),
            title: texts.text(hit.text(Param::ActionName)),
            channel: arrival.channel.name(),
            referrer_name: arrival.source,
            referrer_host: referrer.host,
            referrer_path: referrer.path,
        };
        let stated = arrival.campaign;
        let mut kept = |text: Cow<'_, str>| texts.owned(&text).into();
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
        let (mut page_bytes, mut campaign_bytes) = (Vec::new(), Vec::new());
        page.encode(&mut page_bytes);
        campaign.encode(&mut campaign_bytes);
        let keyword = urls.searched(page_address).unwrap_or_default();
        let referrer_host = arrival::host_of(referrer_address);
        Way {
            page: page_bytes,
            campaign: campaign_bytes,
            has_campaign: campaign != CampaignColumns::default(),
            is_referrer_spam: self.traffic.is_referrer_spam(&referrer_host),
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
