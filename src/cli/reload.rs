//! SIGHUP: reads settings and lists again, and takes over what a running server can. If anything is wrong with them, all stays
//! as it was.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

use super::Origin;
use super::lists;
use crate::app::App;
use crate::config::Config;
use crate::privacy::scrub::{Policy, Scrubber};
use crate::privacy::{Materials, TrustedProxies};

/// Hears SIGHUP from now on, which would end the program otherwise.
pub(super) fn hangups() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Reloads whenever asked to. `started` is what the server was started with.
pub(super) async fn on_hangup(mut hangups: Signal, app: Arc<App>, origin: Origin, started: Config) {
    let mut last = started.clone();
    while hangups.recv().await.is_some() {
        let fresh = match origin.load() {
            Ok(fresh) => fresh,
            Err(cause) => {
                error!(%cause, "settings are not reloaded, the present ones stay");
                continue;
            }
        };
        let renewed = started.with_live_settings_of(&fresh);
        // Reading patterns and lists takes a while.
        let reading = {
            let renewed = renewed.clone();
            tokio::task::spawn_blocking(move || materials(&renewed))
        };
        let materials = match reading.await {
            Ok(Ok(materials)) => materials,
            Ok(Err(cause)) => {
                error!(
                    cause = format!("{cause:#}"),
                    "lists are not reloaded, the present ones stay"
                );
                continue;
            }
            Err(_) => continue,
        };
        app.renew(app.door().renewed(materials), renewed.limits);
        let mut live = fresh.changes_since(&last);
        live.retain(|name| Config::is_live(name));
        info!(
            changed = live.join(", "),
            "settings, geo data and lists reloaded"
        );
        let mut fixed = fresh.changes_since(&started);
        fixed.retain(|name| !Config::is_live(name));
        if !fixed.is_empty() {
            warn!(
                changed = fixed.join(", "),
                "these settings hold after a restart only"
            );
        }
        last = fresh;
    }
}

/// What the door is made of, by these settings.
pub(super) fn materials(config: &Config) -> anyhow::Result<Materials> {
    let mask = config.privacy.mask_octets;
    let policy = Policy {
        level: config.privacy.scrubbing,
        ip: mask,
        ..Policy::default()
    };
    Ok(Materials {
        mask,
        trusted_proxies: TrustedProxies(config.server.trusted_proxies.clone()),
        scrubber: Scrubber::new(&policy)?,
        user_agents: lists::user_agents(config)?,
        referrers: lists::referrers(config)?,
        geography: lists::geography(config)?,
        traffic: lists::traffic(config)?,
        visitor_hits_per_minute: config.traffic.visitor_hits_per_minute,
        salt_rotation: std::time::Duration::from_secs(config.privacy.salt_rotation_hours * 3_600),
        honour_objections: config.privacy.honour_objections,
    })
}
