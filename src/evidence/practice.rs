//! What the program was told to do, as far as evidence speaks of it.

use std::path::PathBuf;

use crate::config::Config;
use crate::privacy::scrub::{Level, Policy, PolicyError, Scrubber};

/// The running configuration.
pub struct Practice {
    /// Trailing octets of an IPv4 address that are zeroed.
    pub masked_octets: u8,
    pub scrubbing: Level,
    pub honours_objections: bool,
    pub salt_rotation_hours: u64,
    /// Of new projects.
    pub retention_hours: u32,
    pub retention_interval_seconds: u64,
    /// Where ClickHouse is; none for the embedded engine.
    pub clickhouse: Option<String>,
    pub data_directory: PathBuf,
    /// Judges what the engine's patterns find.
    pub scrubber: Scrubber,
}

impl Practice {
    /// Reads what evidence needs from the settings.
    ///
    /// # Errors
    /// If the scrubber cannot be made.
    pub fn of(config: &Config) -> Result<Self, PolicyError> {
        let policy = Policy {
            level: config.privacy.scrubbing,
            ip: config.privacy.mask_octets,
            ..Policy::default()
        };
        let url = config.clickhouse.url.as_str();
        Ok(Self {
            masked_octets: config.privacy.mask_octets.octets(),
            scrubbing: config.privacy.scrubbing,
            honours_objections: config.privacy.honour_objections,
            salt_rotation_hours: config.privacy.salt_rotation_hours,
            retention_hours: config.retention.default_hours.hours(),
            retention_interval_seconds: config.retention.interval_seconds,
            clickhouse: (!url.is_empty()).then(|| without_user(url)),
            data_directory: config.data.directory.clone(),
            scrubber: Scrubber::new(&policy)?,
        })
    }

    /// Where the ledger is.
    pub fn ledger(&self) -> PathBuf {
        self.data_directory.join("ledger.jsonl")
    }

    /// What is configured about privacy, as names and numbers on one line.
    pub fn summary(&self) -> String {
        let store = match &self.clickhouse {
            None => "embedded",
            Some(_) => "external",
        };
        let scrubbing = match self.scrubbing {
            Level::Strict => "strict",
            Level::Balanced => "balanced",
        };
        format!(
            "mask_octets={} scrubbing={scrubbing} honour_objections={} salt_rotation_hours={} default_hours={} clickhouse={store}",
            self.masked_octets,
            self.honours_objections,
            self.salt_rotation_hours,
            self.retention_hours
        )
    }

    /// Where the spool is.
    pub fn spool(&self) -> PathBuf {
        self.data_directory.join("spool")
    }
}

/// Scheme, host and port; a user or password in the address is nobody's business.
fn without_user(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(url) => {
            let port = url
                .port()
                .map_or_else(String::new, |port| format!(":{port}"));
            format!(
                "{}://{}{port}",
                url.scheme(),
                url.host_str().unwrap_or_default()
            )
        }
        Err(_) => String::from("(unreadable address)"),
    }
}
