//! `mayfly check`: is everything in place, and what to do if not.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::process::ExitCode;

use serde::Serialize;

use super::connection::Connection;
use super::data_directory::DataDirectory;
use crate::config::{Config, GEO_DATABASE, USER_AGENT_PATTERNS};
use crate::privacy::{Geography, UserAgents};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// A geo database older than this no longer knows where addresses are.
const GEO_AGE_DAYS_MAX: u64 = 365;
/// The program was written after this; an earlier clock is wrong, and deletion depends on the clock.
const CLOCK_MIN: Timestamp = Timestamp::from_seconds(1_790_000_000);
const CLOCK_DRIFT_SECONDS_MAX: i64 = 5;
/// Below this much free disk the spool cannot do its work for long.
const FREE_BYTES_MIN: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Serialize)]
struct Finding {
    name: &'static str,
    ok: bool,
    detail: String,
    /// What to do.
    advice: &'static str,
}

#[derive(Default, Serialize)]
struct Findings {
    checks: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, name: &'static str, result: Result<String, String>, advice: &'static str) {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(detail) => (false, detail),
        };
        self.checks.push(Finding {
            name,
            ok,
            detail,
            advice: if ok { "" } else { advice },
        });
    }
}

pub(super) async fn check(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    // Reading the settings came first; it would have said what is wrong with them.
    let octets = config.privacy.mask_octets.octets();
    findings.add(
        "configuration",
        Ok(format!("valid; {octets} octet(s) of an address are masked")),
        "",
    );
    check_clock(&mut findings);
    check_lists(config, &mut findings);
    match DataDirectory::open(&config.data.directory) {
        Ok(data) => {
            check_disk(&data, &mut findings);
            check_store(config, &data, &mut findings).await;
        }
        Err(error) => findings.add(
            "data directory",
            Err(error.to_string()),
            "name a directory that this user can write with --data",
        ),
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for Finding {
            name,
            ok,
            detail,
            advice,
        } in &findings.checks
        {
            println!("{} {name}: {detail}", if *ok { "ok  " } else { "FAIL" });
            if !ok {
                println!("     → {advice}");
            }
        }
    }
    let all_well = findings.checks.iter().all(|finding| finding.ok);
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check_clock(findings: &mut Findings) {
    let now = Timestamp::now();
    let result = if now < CLOCK_MIN {
        Err("the clock is in the past".to_owned())
    } else {
        Ok(format!("{} seconds since 1970", now.seconds()))
    };
    findings.add(
        "clock",
        result,
        "set the clock, e.g. with an NTP service: deletion depends on it",
    );
}

fn check_lists(config: &Config, findings: &mut Findings) {
    let geography = std::fs::read(config.list(GEO_DATABASE))
        .map_err(|error| error.kind().to_string())
        .and_then(|bytes| Geography::new(bytes).map_err(|error| error.to_string()))
        .and_then(|geography| {
            let now = u64::try_from(Timestamp::now().seconds()).unwrap_or(0);
            let days = now.saturating_sub(geography.built_at()) / 86_400;
            let text = format!("{days} days old");
            if days > GEO_AGE_DAYS_MAX {
                Err(text)
            } else {
                Ok(text)
            }
        });
    findings.add(
        "geo database",
        geography,
        "run `make engine`, or put a newer .mmdb in its place",
    );
    let agents = std::fs::read_to_string(config.list(USER_AGENT_PATTERNS))
        .map_err(|error| error.kind().to_string())
        .and_then(|text| UserAgents::new(&text).map_err(|error| error.to_string()))
        .map(|_| "usable".to_owned());
    findings.add(
        "user agent patterns",
        agents,
        "run `make engine` to fetch them",
    );
}

fn check_disk(data: &DataDirectory, findings: &mut Findings) {
    let result = rustix::fs::statvfs(data.path())
        .map_err(|error| std::io::Error::from(error).kind().to_string())
        .and_then(|disk| {
            let free = disk.f_bavail * disk.f_frsize;
            let text = format!("{} MiB free in {}", free >> 20, data.path().display());
            if free < FREE_BYTES_MIN {
                Err(text)
            } else {
                Ok(text)
            }
        });
    findings.add(
        "disk",
        result,
        "make room: a full disk makes the server answer 503",
    );
}

async fn check_store(config: &Config, data: &DataDirectory, findings: &mut Findings) {
    let embedded = config.clickhouse.url.is_empty();
    let advice = if embedded {
        "run `make engine`; if another mayfly uses this directory, stop it"
    } else {
        "check [clickhouse] url, user and password, and that the server is running"
    };
    let connection = match Connection::open(config, data).await {
        Ok(connection) => connection,
        Err(error) => return findings.add("engine", Err(error.to_string()), advice),
    };
    let store = &connection.store;
    let version = store.version().await.map_err(|error| error.to_string());
    let answers = version.is_ok();
    let kind = if embedded {
        "embedded engine"
    } else {
        "server"
    };
    let version = version.map(|version| format!("{kind} with ClickHouse {version}"));
    findings.add("engine", version, advice);
    if answers {
        let schema = check_schema(store).await;
        let is_current = matches!(schema, Ok(Schema::Current(_)));
        let schema = schema.map(|schema| match schema {
            Schema::Current(number) => format!("version {number}, current"),
            Schema::Older(found) => format!("version {found}; the next start brings it up to date"),
            Schema::Missing => "not there yet; the first start creates it".to_owned(),
        });
        findings.add("schema", schema, "see the message; nothing was changed");
        if !is_current {
            return connection.close().await;
        }
        let drift = store.clock_drift_seconds(Timestamp::now()).await;
        let drift = drift
            .map_err(|error| error.to_string())
            .and_then(|seconds| {
                let text = format!("{seconds} s apart");
                if seconds.abs() > CLOCK_DRIFT_SECONDS_MAX {
                    Err(text)
                } else {
                    Ok(text)
                }
            });
        findings.add(
            "ClickHouse's clock",
            drift,
            "set both clocks: deletion depends on them",
        );
        let overdue = store
            .overdue_rows(Timestamp::now())
            .await
            .map_err(|error| error.to_string());
        let overdue = overdue.and_then(|rows| match rows {
            0 => Ok("nothing is past its time".to_owned()),
            rows => Err(format!("{rows} rows are past their time")),
        });
        findings.add(
            "retention",
            overdue,
            "start the server: it deletes before it accepts anything",
        );
    }
    connection.close().await;
}

/// The schema as it was found. Looking changes nothing.
enum Schema {
    Current(u32),
    Older(u32),
    Missing,
}

async fn check_schema(store: &Store) -> Result<Schema, String> {
    store
        .require_version()
        .await
        .map_err(|error| error.to_string())?;
    match store.schema_versions().await {
        Ok((found, known)) if found > known => Err(format!(
            "version {found} is newer than this program's {known}"
        )),
        Ok((found, known)) if found < known => Ok(Schema::Older(found)),
        Ok((found, _)) => Ok(Schema::Current(found)),
        // No such table, no such database.
        Err(StoreError::Refused(60 | 81)) => Ok(Schema::Missing),
        Err(error) => Err(error.to_string()),
    }
}
