//! Check-ins: jobs that say that they began, ended or failed.
//! <https://develop.sentry.dev/sdk/telemetry/check-ins/>

use std::borrow::Cow;

use super::{Arrival, Telemetry, count, environment, hex_id, milliseconds, one_of, text};
use crate::json::Value;
use crate::outcome::{Kind, Reason};
use crate::privacy::door::Door;
use crate::privacy::raw::Raw;
use crate::privacy::row::row;
use crate::privacy::scrub::Findings;
use crate::privacy::sealed::{Sealed, Shape};

row! {
    /// A row of `check_ins`; the columns are explained in `schemas/`.
    CheckInRow<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        monitor_slug: &'a str,
        status: &'static str,
        check_in_id: String,
        duration_ms: f64,
        environment: &'a str,
        release: &'a str,
        schedule: &'a str,
        timezone: &'a str,
        margin_minutes: u32,
        runtime_minutes_max: u32,
    }
}

const STATUSES: [&str; 5] = ["ok", "error", "in_progress", "missed", "timeout"];
const UNITS: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];
/// Longer schedules and names of time zones are none.
const SCHEDULE_BYTES_MAX: usize = 64;

/// A check-in as it was sent: in an envelope, or by a request to an address that names the monitor.
pub struct CheckIn<'v> {
    /// The members of an envelope's check-in: `status`, `check_in_id`, `duration` in seconds, `environment`,
    /// `release`, `monitor_config`.
    pub members: Value<'v>,
    /// The monitor that the request's address names; else the members do, as `monitor_slug`.
    pub slug: Option<Cow<'v, str>>,
}

impl Door {
    /// Seals one check-in.
    ///
    /// # Errors
    /// [`Reason::ItemInvalid`] without a monitor or a known status.
    pub fn check_in(
        &self,
        check_in: &Raw<CheckIn<'_>>,
        arrival: &Arrival<'_>,
    ) -> Result<Sealed, Reason> {
        let CheckIn { members, slug } = check_in.look();
        let mut members = members.clone();
        if let Some(slug) = slug {
            members.set("monitor_slug", Value::String(slug.clone()));
        }
        let mut out = Telemetry::default();
        self.check_in_item(members, arrival, &mut out);
        out.rows.pop().ok_or(Reason::ItemInvalid)
    }

    pub(super) fn check_in_item(
        &self,
        mut members: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let Some(status) = one_of(&STATUSES, members.str_at("status").unwrap_or("")) else {
            return;
        };
        let slug = members.remove("monitor_slug");
        if slug
            .as_ref()
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return;
        }
        let config = members.remove("monitor_config").unwrap_or(Value::Null);
        let duration_ms = milliseconds(members.get("duration")).unwrap_or(0.0);
        let minutes = |key| count(config.get(key)) as u32;
        let check_in_id = hex_id(members.get("check_in_id"), 32);
        let named = [
            ("monitor_slug", slug),
            ("environment", members.remove("environment")),
            ("release", members.remove("release")),
            ("schedule", config.get("schedule").and_then(schedule)),
            ("timezone", config.get("timezone").and_then(timezone)),
        ];
        let (tree, _) = self.scrub_members(named, arrival, Findings::default());
        let row = CheckInRow {
            project_id: arrival.project_id(),
            received_at: arrival.now.millis(),
            expires_at: arrival.expires_at(),
            monitor_slug: text(&tree, "monitor_slug"),
            status,
            check_in_id,
            duration_ms,
            environment: environment(&tree),
            release: text(&tree, "release"),
            schedule: text(&tree, "schedule"),
            timezone: text(&tree, "timezone"),
            margin_minutes: minutes("checkin_margin"),
            runtime_minutes_max: minutes("max_runtime"),
        };
        out.store(Shape::CheckIn, Kind::CheckIn, arrival, |bytes| {
            row.encode(bytes)
        });
    }
}

/// `0 3 * * 1-5`, or `2 hour`.
fn schedule<'v>(schedule: &Value<'_>) -> Option<Value<'v>> {
    match schedule.get("value")? {
        Value::String(crontab) => {
            let is_crontab = |byte: u8| byte.is_ascii_alphanumeric() || b" */,-#@?".contains(&byte);
            let fits = crontab.len() <= SCHEDULE_BYTES_MAX && crontab.bytes().all(is_crontab);
            fits.then(|| Value::from(crontab.clone().into_owned()))
        }
        value @ Value::Number(_) => {
            let unit = one_of(&UNITS, schedule.str_at("unit")?)?;
            Some(Value::from(format!("{} {unit}", count(Some(value)))))
        }
        _ => None,
    }
}

/// `Europe/Berlin`.
fn timezone<'v>(name: &Value<'_>) -> Option<Value<'v>> {
    let name = name.as_str()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    let fits = name.len() <= SCHEDULE_BYTES_MAX && name.bytes().all(is_name);
    fits.then(|| Value::from(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;

    /// slug status id duration environment release schedule timezone margin runtime
    fn columns(setting: &Setting, row: &Sealed) -> String {
        let mut read = setting.read(row);
        read.number::<4>();
        read.number::<8>();
        read.number::<4>();
        let (slug, status, id) = (read.text(), read.text(), read.text());
        let duration = read.float();
        let texts = [(); 4].map(|()| read.text()).join("|");
        let (margin, runtime) = (read.number::<4>(), read.number::<4>());
        format!("{slug}|{status}|{id}|{duration}|{texts}|{margin}|{runtime}")
    }

    #[test]
    fn with_its_schedule() {
        let setting = Setting::new();
        let text = |schedule: &str| {
            let text = format!(
                r#"{{"check_in_id":"83a7c03ed0a04e1b97e2e3b18d38f244","monitor_slug":"nightly-report","status":"ok",
                "duration":10.5,"environment":"prod","release":"jobs@1.0","monitor_config":{{"schedule":{schedule},
                "checkin_margin":5,"max_runtime":30,"timezone":"Europe/Berlin"}}}}"#
            );
            let telemetry = setting.take(Kind::CheckIn, text.as_bytes());
            columns(&setting, &telemetry.rows[0])
        };
        let start = "nightly-report|ok|83a7c03ed0a04e1b97e2e3b18d38f244|10500|prod|jobs@1.0";
        assert_eq!(
            text(r#"{"type":"crontab","value":"0 3 * * 1-5"}"#),
            format!("{start}|0 3 * * 1-5|Europe/Berlin|5|30")
        );
        assert_eq!(
            text(r#"{"type":"interval","value":2,"unit":"hour"}"#),
            format!("{start}|2 hour|Europe/Berlin|5|30")
        );
        assert_eq!(
            text(r#"{"type":"crontab","value":"ask jane@example.org"}"#),
            format!("{start}||Europe/Berlin|5|30")
        );
    }

    #[test]
    fn the_monitor_that_the_address_names_counts() {
        let setting = Setting::new();
        let sealed = setting.arrive(|arrival| {
            let members: Value<'_> = serde_json::from_str(r#"{"status":"in_progress"}"#).unwrap();
            let slug = Some("backup".into());
            let check_in = Raw::new(CheckIn { members, slug });
            setting.door.check_in(&check_in, arrival)
        });
        let sealed = sealed.unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(
            columns(&setting, &sealed),
            "backup|in_progress||0|production||||0|0"
        );
    }

    #[test]
    fn a_monitor_and_a_known_status_are_needed() {
        for text in [
            r#"{"status":"ok"}"#,
            r#"{"monitor_slug":"a","status":"x"}"#,
            "[]",
        ] {
            let refused = Setting::new().take(Kind::CheckIn, text.as_bytes()).refused;
            assert_eq!(refused, [(Kind::CheckIn, Reason::ItemInvalid, 1)]);
        }
    }
}
