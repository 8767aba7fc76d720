//! Reads the lists that the program runs with: geo data, browsers, bots, referrers. Without them it runs and knows less.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tracing::warn;

use crate::config::{BOTS, Config, GEO_DATABASE, REFERRER_SPAM, REFERRERS, USER_AGENT_PATTERNS};
use crate::privacy::{Bots, DataCenters, Geography, ReferrerSpam, Referrers, Traffic, UserAgents};

/// The country database of the cache, and what the operator names.
pub(super) fn geography(config: &Config) -> anyhow::Result<Option<Geography>> {
    let own = config.list(GEO_DATABASE);
    let named = config.lists.geo_databases.iter().map(PathBuf::as_path);
    let own = Some(own.as_path()).filter(|path| path.exists());
    let mut geography: Option<Geography> = None;
    for path in own.into_iter().chain(named) {
        let bytes =
            std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let all = geography.take().unwrap_or_default();
        geography = Some(all.and(bytes).with_context(|| path.display().to_string())?);
    }
    if geography.is_none() {
        warn!("no geo database: countries stay unknown; `make engine` fetches one");
    }
    Ok(geography)
}

/// Patterns of browsers and bots.
pub(super) fn user_agents(config: &Config) -> anyhow::Result<UserAgents> {
    let patterns = config.list(USER_AGENT_PATTERNS);
    let browsers = match text(&patterns)? {
        Some(text) => UserAgents::new(&text).with_context(|| patterns.display().to_string())?,
        None => {
            warn!("no user agent patterns: browsers stay unknown; `make engine` fetches them");
            UserAgents::unknown()
        }
    };
    let list = config.list(BOTS);
    let bots = match text(&list)? {
        Some(text) => Bots::new(&text).with_context(|| list.display().to_string())?,
        None => {
            warn!(
                "no list of bots: only those that declare themselves are known; `make engine` fetches it"
            );
            Bots::unknown()
        }
    };
    Ok(browsers.with_bots(bots))
}

/// Search engines and networks by host.
pub(super) fn referrers(config: &Config) -> anyhow::Result<Referrers> {
    let list = config.list(REFERRERS);
    match text(&list)? {
        Some(text) => Referrers::new(&text).with_context(|| list.display().to_string()),
        None => {
            warn!(
                "no referrer list: many search engines and networks count as websites; `make engine` fetches it"
            );
            Ok(Referrers::without_list())
        }
    }
}

/// What is no visitor.
pub(super) fn traffic(config: &Config) -> anyhow::Result<Traffic> {
    let settings = &config.traffic;
    let list = config.list(REFERRER_SPAM);
    let mut referrer_spam = match text(&list)? {
        Some(text) => ReferrerSpam::new(&text).with_context(|| list.display().to_string())?,
        None => ReferrerSpam::default(),
    };
    if let Some(own) = named(&settings.referrer_spam_file)? {
        referrer_spam.add_lines(&own)?;
    }
    let data_centers = match named(&settings.data_center_file)? {
        Some(networks) => DataCenters::new(&networks, config.privacy.mask_octets)?,
        None => DataCenters::default(),
    };
    Ok(Traffic {
        excluded: settings.excluded.clone(),
        referrer_spam,
        data_centers,
    })
}

/// The text of a list of the cache, if it is there.
fn text(path: &Path) -> anyhow::Result<Option<String>> {
    match path.exists() {
        true => read(path).map(Some),
        false => Ok(None),
    }
}

/// The text of a file that the operator named, which then must be there.
fn named(path: &Path) -> anyhow::Result<Option<String>> {
    match path.as_os_str().is_empty() {
        true => Ok(None),
        false => read(path).map(Some),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
