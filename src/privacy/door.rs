//! The door: everything the room needs to turn raw values into sealed rows, built once.

#![expect(
    clippy::disallowed_types,
    reason = "takes the peer's address in its letterbox and masks it"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::USER_AGENT;

use super::agent::UserAgents;
use super::analytics::Way;
use super::arrival::Referrers;
use super::geography::{Geography, Place};
use super::ip::{IpMask, MaskedIp};
use super::pseudonym::Identifier;
use super::raw::Raw;
use super::remembered::Remembered;
use super::scrub::{Findings, Scrubber, Wishes};
use super::sender::{TrustedProxies, masked_sender};
use super::telemetry::SessionMemory;
use super::traffic::Traffic;
use super::visitor::{SaltAges, Visitors};
use crate::intake::form::Written;
use crate::intake::headers::{Header, Headers};
use crate::limits::{PSEUDONYMS_REMEMBERED_MAX, WAYS_REMEMBERED_MAX};
use crate::registry::Project;
use crate::time::Timestamp;

/// What the door is built from.
pub struct Materials {
    pub mask: IpMask,
    pub trusted_proxies: TrustedProxies,
    pub scrubber: Scrubber,
    pub user_agents: UserAgents,
    pub referrers: Referrers,
    /// Without it countries stay unknown.
    pub geography: Option<Geography>,
    /// How often the visitors' salt changes.
    pub salt_rotation: Duration,
    pub traffic: Traffic,
    /// Hits of one visitor in a minute; 0 for any number.
    pub visitor_hits_per_minute: u32,
    /// Whether requests with `DNT: 1` or `Sec-GPC: 1` are left unrecorded.
    pub honour_objections: bool,
}

impl Materials {
    /// Nothing but the scrubber: no lists, no databases. For measuring and for tests of the room alone.
    pub fn without_lists(scrubber: Scrubber) -> Self {
        Self {
            mask: IpMask::default(),
            trusted_proxies: TrustedProxies::default(),
            scrubber,
            user_agents: UserAgents::unknown(),
            referrers: Referrers::without_list(),
            geography: None,
            salt_rotation: Duration::from_secs(4 * 3_600),
            traffic: Traffic::all_welcome(),
            visitor_hits_per_minute: 0,
            honour_objections: true,
        }
    }
}

/// The only way from raw to stored.
pub struct Door {
    pub(super) mask: IpMask,
    trusted_proxies: TrustedProxies,
    /// Without any project's own rules.
    scrubber: Scrubber,
    pub(super) user_agents: UserAgents,
    pub(super) referrers: Referrers,
    geography: Option<Geography>,
    /// What is remembered of visitors and sessions outlives new lists.
    pub(super) visitors: Arc<Visitors>,
    pub(super) sessions: Arc<SessionMemory>,
    pub(super) ways: Remembered<Way>,
    pseudonyms: Remembered<u64>,
    pub(super) traffic: Traffic,
    pub(super) visitor_hits_per_minute: u32,
    honour_objections: bool,
}

/// Who sent a request, as far as that may be known: a masked address, and headers in their letterbox.
pub struct Sender<'a> {
    /// The masked address.
    pub address: MaskedIp,
    /// What it says of itself.
    pub headers: Raw<Headers<'a>>,
}

impl<'a> Sender<'a> {
    /// A header as text, empty if absent or not text.
    pub(super) fn header(&self, header: Header) -> &'a str {
        self.headers.look().text(header)
    }
}

impl Door {
    /// Opens a door that remembers no visitor and no session.
    pub fn new(materials: Materials, now: Timestamp) -> Self {
        let visitors = Arc::new(Visitors::new(materials.salt_rotation, now));
        Self::remembering(materials, visitors, Arc::new(SessionMemory::new(now)))
    }

    /// A door of other materials that remembers what this one does. The rotation of salts stays as it was.
    pub fn renewed(&self, materials: Materials) -> Self {
        let (visitors, sessions) = (Arc::clone(&self.visitors), Arc::clone(&self.sessions));
        Self::remembering(materials, visitors, sessions)
    }

    fn remembering(
        materials: Materials,
        visitors: Arc<Visitors>,
        sessions: Arc<SessionMemory>,
    ) -> Self {
        Self {
            mask: materials.mask,
            trusted_proxies: materials.trusted_proxies,
            scrubber: materials.scrubber,
            user_agents: materials.user_agents,
            referrers: materials.referrers,
            geography: materials.geography,
            visitors,
            sessions,
            ways: Remembered::new(WAYS_REMEMBERED_MAX),
            pseudonyms: Remembered::new(PSEUDONYMS_REMEMBERED_MAX),
            traffic: materials.traffic,
            visitor_hits_per_minute: materials.visitor_hits_per_minute,
            honour_objections: materials.honour_objections,
        }
    }

    /// Masks the address of whoever sent a request. The first thing done with every request.
    pub fn sender<'a>(&self, peer: &Raw<SocketAddr>, headers: &'a Raw<HeaderMap>) -> Sender<'a> {
        let headers = headers.as_ref().map(Headers::of);
        let address = masked_sender(peer, &headers, &self.trusted_proxies, self.mask);
        Sender { address, headers }
    }

    /// Whether the browser objects to being counted (Do Not Track, Global Privacy Control).
    pub fn objects(&self, sender: &Sender<'_>) -> bool {
        let headers = sender.headers.look();
        let is_one = |header| headers.any_line(header, |line| line == "1");
        self.honour_objections
            && (headers.any_line(Header::DoNotTrack, |line| line.starts_with('1'))
                || is_one(Header::XDoNotTrack)
                || is_one(Header::PrivacyControl))
    }

    /// Forgets visitors' salts whose time is up, and says how old the present one is.
    pub fn forget_visitors(&self, now: Timestamp) -> SaltAges {
        self.visitors.forget(now)
    }

    /// The scrubber at work on what a project's senders send.
    pub(super) fn scrubber_of(&self, project: &Project) -> Scrubber {
        self.scrubber_with(project.policy.scrubbing())
    }

    pub(super) fn scrubber_with(&self, wishes: &Wishes) -> Scrubber {
        self.scrubber.for_project(wishes)
    }

    /// What somebody who is signed in writes about an issue, without what is personal in it.
    pub fn comment(&self, text: &Raw<&str>) -> String {
        let mut findings = Findings::default();
        self.scrubber.text(text.look(), &mut findings).into_owned()
    }

    /// Browser and system of whoever sent a request, e.g. `Firefox, Windows`: what tells a person's sessions apart.
    pub fn device_name(&self, headers: &Raw<HeaderMap>) -> String {
        let text = headers
            .look()
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let agent = self.user_agents.agent(text.unwrap_or_default());
        let known = |name: &&str| !matches!(*name, "" | "Other");
        let names = [agent.browser.as_str(), agent.system.as_str()];
        names
            .into_iter()
            .filter(known)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What [`ProjectSecret::pseudonym`](super::ProjectSecret) makes of the id of somebody whose hits come one after the other.
    pub(super) fn pseudonym(&self, project: &Project, kind: Identifier, id: &str) -> u64 {
        if id.is_empty() {
            return 0;
        }
        let number = u64::from(project.id.get()) << u8::BITS | kind as u64;
        let make = || project.secret.pseudonym(kind, id);
        *self.pseudonyms.recall(number, [Written::plain(id)], make)
    }

    pub(super) fn place(&self, address: MaskedIp) -> Place<'_> {
        let geography = self.geography.as_ref();
        geography.map_or_else(Place::default, |geography| geography.place(address))
    }
}
