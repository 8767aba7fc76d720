//! With the pinned lists, as `scripts/fetch.sh` lays it down.

use std::time::Instant;

use http::HeaderMap;
use serde::Deserialize;

use super::*;
use crate::privacy::ip::IpMask;
use crate::privacy::lists::fetched;

/// User agents of people, current in 2026: desktop, phone, tablet, television, console, car, and browsers inside apps.
const BROWSERS: &str = include_str!("browsers.txt");

#[derive(Deserialize)]
struct Entry {
    pattern: String,
    instances: Vec<String>,
    tags: Vec<String>,
}

fn pinned_entries() -> Vec<Entry> {
    serde_json::from_str(&fetched("crawler-user-agents")).unwrap()
}

fn pinned_bots() -> Bots {
    Bots::new(&fetched("crawler-user-agents")).unwrap()
}

fn browsers() -> impl Iterator<Item = &'static str> + Clone {
    BROWSERS.lines()
}

#[test]
fn every_example_of_the_list_is_a_bot() {
    let entries = pinned_entries();
    let bots = pinned_bots();
    let examples = entries.iter().flat_map(|entry| {
        let of_entry = move |example| (entry.pattern.as_str(), example);
        entry.instances.iter().map(of_entry)
    });
    let (found, missed): (Vec<_>, Vec<_>) =
        examples.partition(|(_, example)| bots.class(example).is_some());
    assert!(found.len() > 2_000, "{}", found.len());
    // Browsers inside Android apps, Facebook, code editors and Fluid, in the hands of people.
    let mut patterns: Vec<_> = missed.iter().map(|(pattern, _)| *pattern).collect();
    patterns.dedup();
    let of_people = [
        r"AP3A\.240617\.008",
        r"Code\/1\.",
        "MetaIAB Facebook",
        r"Trae\/",
        "Fluid",
    ];
    assert_eq!(patterns, of_people, "{missed:#?}");
}

#[test]
fn classes_are_those_of_the_list() {
    for tag in pinned_entries().iter().flat_map(|entry| &entry.tags) {
        let known = BotClass::ALL
            .iter()
            .any(|class| class.name().replace('_', "-") == *tag);
        assert!(known, "the list has a new tag: {tag}");
    }
    let bots = pinned_bots();
    for (class, user_agent) in [
        (
            BotClass::SearchEngine,
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        ),
        (
            BotClass::AiCrawler,
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
        ),
        (BotClass::SocialPreview, "WhatsApp/2.23.20.0"),
        (BotClass::SocialPreview, "Notion/1.0 (https://notion.so)"),
        (
            BotClass::Monitoring,
            "Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
        ),
        (
            BotClass::BrowserAutomation,
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/152.0.0.0 Safari/537.36",
        ),
        (BotClass::HttpLibrary, "python-requests/2.32.5"),
        (BotClass::HttpLibrary, "curl/8.15.0"),
        (BotClass::HttpLibrary, "Go-http-client/2.0"),
        (
            BotClass::Other,
            "Mozilla/5.0 (compatible; NeverHeardOf/0.1; +https://bot.example.org/)",
        ),
    ] {
        assert_eq!(bots.class(user_agent), Some(class), "{user_agent}");
    }
}

#[test]
fn people_are_not_bots() {
    assert!(browsers().count() >= 90);
    let bots = pinned_bots();
    let mistaken: Vec<_> = browsers()
        .filter(|text| bots.class(text).is_some())
        .collect();
    assert!(mistaken.is_empty(), "{mistaken:#?}");
    let unnamed: Vec<_> = browsers().filter(|text| !bots::is_browser(text)).collect();
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    assert_eq!(bots.class(""), None);
}

#[test]
fn a_long_or_odd_user_agent_is_no_burden() {
    let bots = pinned_bots();
    assert_eq!(bots.class(&"é".repeat(100_000)), None);
    assert_eq!(
        bots.class(&format!("{}Googlebot/2.1", "x".repeat(2_000))),
        None
    );
    assert_eq!(
        bots.class(&"Googlebot/2.1 ".repeat(10_000)),
        Some(BotClass::SearchEngine)
    );
    // Novel ones take no longer than known ones, or a sender could make them up. 4 µs released, 40 in a debug build.
    let start = Instant::now();
    for number in 0..1_000 {
        bots.class(&format!(
            "Mozilla/5.0 (X11; {number}) Made/{}.0 Up/{number}",
            number * 7
        ));
    }
    assert!(
        start.elapsed().as_micros() < 1_000 * 1_000,
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_damaged_list_is_refused_and_without_one_only_the_frank_are_known() {
    for damaged in ["", "{}", "[{}]", r#"[{"pattern": "("}]"#] {
        assert!(Bots::new(damaged).is_err(), "{damaged}");
    }
    let bots = Bots::unknown();
    assert_eq!(bots.class("curl/8.15.0"), None);
    assert_eq!(
        bots.class("Any/1.0 (+http://bot.example.org/)"),
        Some(BotClass::Other)
    );
}

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/152.0.0.0 Safari/537.36";

fn traffic(data_centers: DataCenterRule) -> Traffic {
    Traffic {
        excluded: Excluded {
            bots: vec![BotClass::SearchEngine, BotClass::Other],
            prefetch: true,
            referrer_spam: true,
            data_centers,
        },
        referrer_spam: ReferrerSpam::new(r#"{"spamReferrers": ["spam.example"]}"#).unwrap(),
        data_centers: DataCenters::new("198.51.100.0/24", IpMask::default()).unwrap(),
    }
}

fn class(traffic: &Traffic, user_agent: &str, address: &str, referrer_host: &str) -> &'static str {
    let bots = pinned_bots();
    let class = traffic.class(&Evidence {
        user_agent,
        bot: bots.class(user_agent),
        headers: &Headers::of(&HeaderMap::new()),
        address: IpMask::default().mask(address.parse().unwrap()),
        is_referrer_spam: traffic.is_referrer_spam(referrer_host),
    });
    class.map_or("visitor", |class| class.reason().name())
}

#[test]
fn the_first_class_that_is_excluded_counts() {
    let traffic = traffic(DataCenterRule::Unnamed);
    let home = "203.0.113.77";
    assert_eq!(class(&traffic, CHROME, home, "example.org"), "visitor");
    assert_eq!(
        class(&traffic, CHROME, home, "www.spam.example"),
        "referrer_spam"
    );
    assert_eq!(
        class(&traffic, "Googlebot/2.1", home, "spam.example"),
        "bot_search_engine"
    );
    // Known, and not excluded: the other classes still apply.
    assert_eq!(class(&traffic, "curl/8.15.0", home, ""), "visitor");
    assert_eq!(
        class(&traffic, "curl/8.15.0", home, "spam.example"),
        "referrer_spam"
    );
}

#[test]
fn a_vpn_is_no_reason_to_lose_somebody() {
    let server = "198.51.100.77";
    let unnamed = traffic(DataCenterRule::Unnamed);
    for (user_agent, expected) in [
        (CHROME, "visitor"),
        ("python-requests/2.32.5", "visitor"),
        ("", "data_center"),
        ("fetcher", "data_center"),
    ] {
        assert_eq!(class(&unnamed, user_agent, server, ""), expected);
        assert_eq!(class(&unnamed, user_agent, "203.0.113.77", ""), "visitor");
        assert_eq!(
            class(&traffic(DataCenterRule::Everybody), user_agent, server, ""),
            "data_center"
        );
        assert_eq!(
            class(&traffic(DataCenterRule::Nobody), user_agent, server, ""),
            "visitor"
        );
    }
}

#[test]
fn the_pinned_list_of_referrer_spam_is_read() {
    let list = ReferrerSpam::new(&fetched("referrer-spam")).unwrap();
    assert_eq!(list.hosts(), 279);
    assert!(list.contains("semalt.semalt.com") && list.contains("www.darodar.com"));
    for host in [
        "www.google.com",
        "t.co",
        "example.org",
        "blogspot.com",
        "duckduckgo.com",
    ] {
        assert!(!list.contains(host), "{host}");
    }
}

#[test]
fn names_are_fixed_and_distinct() {
    for class in BotClass::ALL {
        let name = TrafficClass::Bot(class).reason().name();
        assert_eq!(name.strip_prefix("bot_"), Some(class.name()));
        assert_eq!(serde_json::to_value(class).unwrap(), class.name());
    }
}
