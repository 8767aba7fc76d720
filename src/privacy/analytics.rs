//! From a raw hit to a storable page view, event or ping.

use std::borrow::Cow;

use super::door::{Door, Sender};
use super::evidence;
use super::pseudonym::Identifier;
use super::raw::Raw;
use super::row::row;
use super::scrub::Findings;
use super::sealed::{Sealed, Table};
use super::url::{self, CleanUrl};
use super::visitor::Traits;
use crate::intake::matomo::{Hit, Param};
use crate::limits::HIT_COLUMN_BYTES_MAX;
use crate::outcome::Kind;
use crate::registry::Project;
use crate::time::Timestamp;

/// What a hit reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    Pageview,
    Event,
    /// Says that a visit goes on; no action of its own.
    Ping,
}

impl HitKind {
    /// As stored in column `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            HitKind::Pageview => "pageview",
            HitKind::Event => "event",
            HitKind::Ping => "ping",
        }
    }
}

row! {
    /// A row of `analytics_events`; the columns are explained in `schemas/`.
    AnalyticsEvent<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        kind: &'static str,
        client_ip: String,
        country: &'a str,
        visitor_id: u64,
        browser_key: u64,
        user_key: u64,
        host: Cow<'a, str>,
        path: Cow<'a, str>,
        query: Cow<'a, str>,
        title: Cow<'a, str>,
        referrer_host: Cow<'a, str>,
        referrer_path: Cow<'a, str>,
        event_category: Cow<'a, str>,
        event_action: Cow<'a, str>,
        event_name: Cow<'a, str>,
        event_value: f64,
        pageview_id: &'a str,
        browser: &'a str,
        browser_major: u16,
        system: &'a str,
        device: &'static str,
        screen: &'a str,
        language: String,
        scrubbed: Vec<(&'static str, u16)>,
    }
}

impl Door {
    /// Seals one hit of `kind`.
    pub fn analytics(
        &self,
        hit: &Raw<Hit<'_>>,
        kind: HitKind,
        project: &Project,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Sealed {
        let hit = hit.look();
        let mut findings = Findings::default();
        let mut text = |param| cut(self.scrubber.text(hit.text(param), &mut findings));
        let title = text(Param::ActionName);
        let event_category = text(Param::EventCategory);
        let event_action = text(Param::EventAction);
        let event_name = text(Param::EventName);
        let page = url::clean(
            // A simple image tracker names the page in the Referer header only.
            match hit.text(Param::Url) {
                "" if hit.get(Param::Referrer).is_none() => sender.header("referer"),
                url => url,
            },
            &project.policy.urls,
            &self.scrubber,
            &mut findings,
        );
        let referrer = match hit.text(Param::Referrer) {
            "" => CleanUrl {
                host: "".into(),
                path: "".into(),
                query: String::new(),
            },
            // What was searched for stays with the search engine: a referrer's query is not even scrubbed.
            address => {
                let address = address.split('?').next().unwrap_or_default();
                url::clean(address, &project.policy.urls, &self.scrubber, &mut findings)
            }
        };
        let user_agent = hit
            .get(Param::UserAgent)
            .unwrap_or_else(|| sender.header("user-agent"));
        let accepted = hit
            .get(Param::Language)
            .unwrap_or_else(|| sender.header("accept-language"));
        let agent = self.user_agents.agent(user_agent);
        let traits = Traits {
            project: project.id,
            sender: sender.address,
            user_agent,
            language: accepted,
        };
        let browser_id = hit
            .get(Param::ForcedVisitorId)
            .or(hit.get(Param::VisitorId));
        let expires_at = project.retention.expires_at(now);
        let event = AnalyticsEvent {
            project_id: project.id.get(),
            received_at: now.millis(),
            expires_at,
            kind: kind.name(),
            client_ip: sender.address.to_string(),
            country: self.country(sender.address),
            visitor_id: self.visitors.visitor(&traits, now),
            browser_key: project
                .secret
                .pseudonym(Identifier::Browser, browser_id.unwrap_or("")),
            user_key: project
                .secret
                .pseudonym(Identifier::User, hit.get(Param::UserId).unwrap_or("")),
            host: cut(page.host),
            path: cut(page.path),
            query: cut(page.query.into()),
            title,
            referrer_host: cut(referrer.host),
            referrer_path: cut(referrer.path),
            event_category,
            event_action,
            event_name,
            event_value: hit
                .get(Param::EventValue)
                .and_then(finite_number)
                .unwrap_or(0.0),
            pageview_id: hit
                .get(Param::PageviewId)
                .filter(|id| is_pageview_id(id))
                .unwrap_or(""),
            browser: &agent.browser,
            browser_major: agent.browser_major,
            system: &agent.system,
            device: agent.device,
            screen: hit
                .get(Param::Resolution)
                .filter(|text| is_screen(text))
                .unwrap_or(""),
            language: primary_language(accepted),
            scrubbed: evidence::counts(&findings),
        };
        let mut row = Vec::with_capacity(384);
        event.encode(&mut row);
        Sealed::new(Table::AnalyticsEvents, Kind::Analytics, expires_at, row)
    }
}

/// Cuts what has been scrubbed. Cut before, half an identifier would be stored: no rule recognises it.
fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= HIT_COLUMN_BYTES_MAX {
        return text;
    }
    let end = text.floor_char_boundary(HIT_COLUMN_BYTES_MAX);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

fn finite_number(text: &str) -> Option<f64> {
    text.trim()
        .replace(',', ".")
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
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
    text.split_once('x')
        .is_some_and(|(width, height)| is_length(width) && is_length(height))
}

/// `de` of `de-AT,de;q=0.9,en;q=0.8`: the list as a whole is a fingerprint.
fn primary_language(accepted: &str) -> String {
    let first = accepted
        .split([',', ';', '-', '_'])
        .next()
        .unwrap_or_default()
        .trim();
    if (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        first.to_ascii_lowercase()
    } else {
        String::new()
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
        assert_eq!(finite_number("42,5"), Some(42.5));
        assert_eq!(finite_number("1e999"), None);
    }
}
