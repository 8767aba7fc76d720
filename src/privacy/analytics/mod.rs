//! From a raw hit to a storable row: of `analytics_events`, or for an error of a script of `error_events`.

mod coarse;
mod commerce;
mod kind;
mod row;
mod script_error;
mod texts;
mod variables;
mod way;

use std::borrow::Cow;
use std::sync::Arc;

use super::agent::{Agent, HintHeaders};
use super::door::{Door, Sender};
use super::evidence;
use super::geography::Coordinates;
use super::ip::MaskedIp;
use super::pseudonym::Identifier;
use super::raw::Raw;
use super::scrub::Findings;
use super::sealed::{Sealed, Shape};
use super::sender::parse_hop;
use super::traffic::{Evidence, TrafficClass};
use super::url::CleanUrl;
use super::visitor::{Recognised, Traits};
use crate::intake::headers::Header;
use crate::intake::matomo::{Hit, Param};
use crate::outcome::{Kind, Reason};
use crate::registry::{ObjectionScope, Project};
use crate::settings::{Consent, Keep};
use crate::time::Timestamp;

pub use kind::HitKind;
use row::{ActionDetails, BrowserColumns, SenderColumns};
pub(in crate::privacy) use row::{CAMPAIGN_COLUMNS, DETAILED_COLUMNS, EVENT_COLUMNS};
use texts::Texts;
pub(in crate::privacy) use way::Way;

/// Stored for an hour that is not known.
const HOUR_UNKNOWN: u8 = 255;

/// What was found out about a hit of any kind.
struct Found<'a> {
    agent: &'a Agent,
    user_agent: &'a str,
    way: &'a Way,
}

impl Door {
    /// Seals one hit of `kind`. Whether it may state other people's addresses or other times was decided before.
    ///
    /// # Errors
    /// The reason why there is nothing to store.
    pub fn hit(
        &self,
        hit: &Raw<Hit<'_>>,
        kind: HitKind,
        project: &Project,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Result<Sealed, Reason> {
        let hit = hit.look();
        let way = self.way(hit, sender, project);
        let user_agent = user_agent_of(hit, sender);
        let found = Found {
            agent: &self.agent_of(hit, user_agent, sender),
            user_agent,
            way: &way,
        };
        if let Some(class) = self.no_visitor(hit, &found, project, sender) {
            return Err(class.reason());
        }
        match kind {
            HitKind::Crash => self.script_error(hit, project, sender, now),
            _ => self.analytics(hit, kind, &found, project, sender, now),
        }
    }

    /// What must be stated about a hit, where its visitor is.
    pub fn consent_to_hit(
        &self,
        hit: &Raw<Hit<'_>>,
        project: &Project,
        sender: &Sender<'_>,
    ) -> Consent {
        let address = self.stated_address(hit.look()).unwrap_or(sender.address);
        self.rules(project, address).consent
    }

    /// What caused the hit, if it was no visitor.
    fn no_visitor(
        &self,
        hit: &Hit<'_>,
        found: &Found<'_>,
        project: &Project,
        sender: &Sender<'_>,
    ) -> Option<TrafficClass> {
        let wants_bots = hit.is_set(Param::Bots) || !project.policy.exclude_bots;
        let evidence = Evidence {
            user_agent: found.user_agent,
            bot: match wants_bots {
                true => None,
                false => found.agent.bot,
            },
            headers: sender.headers.look(),
            address: self.stated_address(hit).unwrap_or(sender.address),
            is_referrer_spam: found.way.is_referrer_spam,
        };
        self.traffic.class(&evidence)
    }

    fn analytics(
        &self,
        hit: &Hit<'_>,
        kind: HitKind,
        found: &Found<'_>,
        project: &Project,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Result<Sealed, Reason> {
        let Found {
            agent,
            user_agent,
            way,
        } = *found;
        let address = self.stated_address(hit).unwrap_or(sender.address);
        let rules = self.rules(project, address);
        if rules.analytics == Keep::Nothing {
            return Err(Reason::RegionExcluded);
        }
        let browser_id = hit
            .get(Param::ForcedVisitorId)
            .or(hit.get(Param::VisitorId));
        let key_of = |kind, id: Option<&str>| self.pseudonym(project, kind, id.unwrap_or(""));
        let browser_key = key_of(Identifier::Browser, browser_id);
        let user_key = key_of(Identifier::User, hit.get(Param::UserId));
        let objected = |key| project.objections.holds(ObjectionScope::Analytics, key);
        if objected(browser_key) || objected(user_key) {
            return Err(Reason::Objected);
        }
        let mut texts = Texts {
            scrubber: &self.scrubber_of(project),
            urls: &project.policy.urls,
            findings: Findings::default(),
        };
        texts.findings.extend(&way.findings);
        // Most hits are plain page views, and even their empty details take a while to fill and to write.
        let mut details: Option<Box<ActionDetails<'_>>> = None;
        if kind != HitKind::Pageview || !hit.is_plain() {
            let details = details.get_or_insert_default();
            details.opens_visit = u8::from(hit.is_set(Param::NewVisit));
            describe(hit, kind, project, &mut texts, details);
        }
        if kind == HitKind::Pageview && !way.search_keyword.is_empty() {
            let keyword = Cow::Borrowed(way.search_keyword.as_str());
            details.get_or_insert_default().search_keyword = keyword;
        }
        if project.policy.keep_device_model {
            let model = texts.owned(&agent.model).into();
            details.get_or_insert_default().model = model;
        }
        let place = self.place(address);
        let mut region = Cow::Borrowed(place.region);
        let mut city = Cow::Borrowed(place.city);
        let mut country = Cow::Borrowed(place.country);
        if hit.has_overrides() {
            let stated = hit.text(Param::Country);
            if stated.len() == 2 && stated.bytes().all(|b| b.is_ascii_alphabetic()) {
                country = Cow::Owned(stated.to_ascii_uppercase());
            }
            for (param, column) in [(Param::Region, &mut region), (Param::City, &mut city)] {
                if hit.has(param) {
                    *column = texts.text(hit.text(param));
                }
            }
            let coordinates = coordinates_of(hit);
            let details = details.get_or_insert_default();
            details.latitude = coordinates.map(|place| place.latitude as f32);
            details.longitude = coordinates.map(|place| place.longitude as f32);
        }
        let language = language_of(hit, sender);
        let traits = Traits {
            project: project.id,
            recognised_by: recognised_by(hit, address, user_agent, language),
        };
        let seen = self.visitors.sighting(&traits, now);
        let limit = self.visitor_hits_per_minute;
        if limit > 0 && seen.hits_this_minute > limit {
            return Err(Reason::Flooding);
        }
        let occurred_at = hit.happened_at(now);
        let retention = rules.retention.min(project.analytics_retention());
        let expires_at = retention.expires_at(now);
        let timing = |param| {
            let millis = hit.integer(param).unwrap_or(0);
            u32::try_from(millis).unwrap_or(0)
        };
        let mut sender = SenderColumns {
            project_id: project.id.get(),
            received_at: now.millis(),
            occurred_at: occurred_at.millis(),
            day: project.policy.day(occurred_at),
            expires_at,
            kind: kind.name(),
            local_hour: hour(hit),
            client_ip: address,
            country,
            region,
            city,
            visitor_id: seen.visitor,
            browser_key,
            user_key,
        };
        let mut browser = BrowserColumns {
            pageview_id: hit
                .get(Param::PageviewId)
                .filter(|id| is_pageview_id(id))
                .unwrap_or(""),
            browser: &agent.browser,
            browser_major: agent.browser_major,
            engine: agent.engine,
            system: &agent.system,
            system_version: &agent.system_version,
            device: agent.device,
            screen: hit
                .get(Param::Resolution)
                .filter(|text| is_screen(text))
                .unwrap_or(""),
            language: primary_language(language),
            timing_network: timing(Param::TimingNetwork),
            timing_server: timing(Param::TimingServer),
            timing_transfer: timing(Param::TimingTransfer),
            timing_dom_processing: timing(Param::TimingDomProcessing),
            timing_dom_completion: timing(Param::TimingDomCompletion),
            timing_on_load: timing(Param::TimingOnLoad),
            scrubbed: evidence::counts(&texts.findings),
        };
        if rules.analytics == Keep::Coarse {
            coarse::coarsen(&mut sender, &mut browser, details.as_deref_mut());
        }
        let mut bytes = Vec::with_capacity(512);
        sender.encode(&mut bytes);
        bytes.extend_from_slice(&way.page);
        browser.encode(&mut bytes);
        let details = details.filter(|details| **details != ActionDetails::default());
        if way.has_campaign || details.is_some() {
            bytes.extend_from_slice(&way.campaign);
        }
        let shape = match (way.has_campaign, details) {
            (_, Some(details)) => {
                details.encode(&mut bytes);
                Shape::DetailedAnalyticsEvent
            }
            (true, None) => Shape::CampaignAnalyticsEvent,
            (false, None) => Shape::AnalyticsEvent,
        };
        Ok(Sealed::new(shape, Kind::Analytics, expires_at, bytes))
    }

    /// What the tracker says of its browser, else what the browser itself says; the headers belong to the sender, not to a stated agent.
    fn agent_of(&self, hit: &Hit<'_>, user_agent: &str, sender: &Sender<'_>) -> Arc<Agent> {
        let hints = match hit.get(Param::UserAgent) {
            Some(_) => HintHeaders::default(),
            None => HintHeaders::of(sender.headers.look()),
        };
        let read = || hit.text(Param::ClientHints);
        let written = hit.written(Param::ClientHints);
        self.user_agents
            .hinted_agent(user_agent, written, read, &hints)
    }

    /// The address that the holder of a token states, masked at once.
    fn stated_address(&self, hit: &Hit<'_>) -> Option<MaskedIp> {
        let address = parse_hop(hit.get(Param::Address)?.trim())?;
        Some(self.mask.mask(address))
    }
}

/// Fills in what this kind of hit says beyond its page.
fn describe<'h>(
    hit: &'h Hit<'_>,
    kind: HitKind,
    project: &Project,
    texts: &mut Texts<'_>,
    details: &mut ActionDetails<'h>,
) {
    let mut text = |param| texts.text(hit.text(param));
    match kind {
        HitKind::Event => {
            details.event_category = text(Param::EventCategory);
            details.event_action = text(Param::EventAction);
            details.event_name = text(Param::EventName);
            details.event_value = hit.number(Param::EventValue).unwrap_or(0.0);
        }
        HitKind::Download | HitKind::Outlink => {
            let param = match kind {
                HitKind::Download => Param::Download,
                _ => Param::Link,
            };
            let CleanUrl { host, path, query } = texts.address(hit.text(param));
            details.target_host = host;
            details.target_path = path;
            details.target_query = query.into();
        }
        HitKind::Search => {
            details.search_keyword = text(Param::Search);
            details.search_category = text(Param::SearchCategory);
            details.search_count = hit
                .integer(Param::SearchCount)
                .and_then(|count| u32::try_from(count).ok());
        }
        HitKind::ContentImpression | HitKind::ContentInteraction => {
            details.content_name = text(Param::ContentName);
            details.content_piece = text(Param::ContentPiece);
            details.content_target = text(Param::ContentTarget);
            details.content_interaction = text(Param::ContentInteraction);
        }
        HitKind::Goal | HitKind::Order | HitKind::Cart => {
            commerce::conversion(hit, kind, project, texts, details);
        }
        HitKind::Pageview => commerce::product(hit, texts, details),
        HitKind::Ping | HitKind::Crash => {}
    }
    variables::fill(hit, texts, details);
    if kind == HitKind::Pageview {
        commerce::product_of_variables(texts, details);
    }
}

fn user_agent_of<'h>(hit: &'h Hit<'_>, sender: &'h Sender<'_>) -> &'h str {
    hit.get(Param::UserAgent)
        .unwrap_or_else(|| sender.header(Header::UserAgent))
}

fn language_of<'h>(hit: &'h Hit<'_>, sender: &'h Sender<'_>) -> &'h str {
    hit.get(Param::Language)
        .unwrap_or_else(|| sender.header(Header::Language))
}

/// The id that the site's own server or the tracker's cookie states; without one, what the browser tells about itself. Either way
/// it only feeds a hash under a salt that is forgotten within hours.
fn recognised_by<'h>(
    hit: &'h Hit<'_>,
    address: MaskedIp,
    user_agent: &'h str,
    language: &'h str,
) -> Recognised<'h> {
    let stated = [Param::ForcedVisitorId, Param::UserId, Param::VisitorId]
        .into_iter()
        .map(|param| hit.text(param))
        .find(|id| !id.is_empty());
    match stated {
        Some(id) => Recognised::ById(id),
        None => Recognised::ByTraits {
            address,
            user_agent,
            language,
        },
    }
}

fn coordinates_of(hit: &Hit<'_>) -> Option<Coordinates> {
    Coordinates::coarsened(hit.number(Param::Latitude)?, hit.number(Param::Longitude)?)
}

/// The visitor's hour of the day; minutes and seconds would tell the clock's drift.
fn hour(hit: &Hit<'_>) -> u8 {
    hit.integer(Param::Hour)
        .and_then(|hour| u8::try_from(hour).ok())
        .filter(|hour| *hour < 24)
        .unwrap_or(HOUR_UNKNOWN)
}

/// Six letters or digits, as matomo.js makes them; anything else could be a longer-lived id.
fn is_pageview_id(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `1280x1024`.
fn is_screen(text: &str) -> bool {
    let is_length = |part: &str| {
        (2..=5).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let middle = text.bytes().position(|byte| !byte.is_ascii_digit());
    middle.is_some_and(|at| {
        (2..=5).contains(&at) && text[at..].strip_prefix('x').is_some_and(is_length)
    })
}

/// `de` of `de-AT,de;q=0.9,en;q=0.8`: the list as a whole is a fingerprint.
fn primary_language(accepted: &str) -> Cow<'_, str> {
    let is_end = |byte| matches!(byte, b',' | b';' | b'-' | b'_');
    let end = accepted.bytes().position(is_end);
    let first = accepted[..end.unwrap_or(accepted.len())].trim_ascii();
    let is_code = (2..=3).contains(&first.len());
    if is_code && first.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Cow::Borrowed(first)
    } else if is_code && first.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Cow::Owned(first.to_ascii_lowercase())
    } else {
        Cow::Borrowed("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shapes_that_say_little_are_kept() {
        assert!(is_screen("1366x768"));
        assert!(!is_screen("1366x768x24") && !is_screen("1x1") && !is_screen("unknown"));
        assert!(is_pageview_id("XsKEqV"));
        assert!(!is_pageview_id("jane-d") && !is_pageview_id("0123456789abcdef"));
        assert_eq!(primary_language("de-AT,de;q=0.9,en;q=0.8"), "de");
        assert_eq!(primary_language("*"), "");
    }

    #[test]
    fn places_and_hours_are_coarse() {
        let hit = Hit::read("lat=52.51627&long=13.37&h=23", "");
        assert_eq!(coordinates_of(&hit).map(|place| place.latitude), Some(52.5));
        assert_eq!(coordinates_of(&Hit::read("lat=52.5&long=213", "")), None);
        assert_eq!(hour(&hit), 23);
        assert_eq!(hour(&Hit::read("h=24", "")), HOUR_UNKNOWN);
    }
}
