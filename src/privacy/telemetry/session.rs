//! Sessions into counts by hour, release and environment. A single session is never stored.
//! <https://develop.sentry.dev/sdk/telemetry/sessions/>

use super::session_memory::Facts;
use super::{Arrival, Telemetry, count, environment, milliseconds, text};
use crate::json::Value;
use crate::limits::SESSION_BUCKETS_MAX;
use crate::outcome::{Kind, Reason};
use crate::privacy::door::Door;
use crate::privacy::row::row;
use crate::privacy::scrub::Findings;
use crate::privacy::sealed::Shape;

row! {
    /// A row of `sessions`; the columns are explained in `schemas/`.
    SessionRow<'a> {
        project_id: u32,
        hour: u32,
        expires_at: u32,
        release: &'a str,
        environment: &'a str,
        started: u64,
        exited: u64,
        errored: u64,
        unhandled: u64,
        crashed: u64,
        abnormal: u64,
        timed: u64,
        duration_ms: f64,
    }
}

/// What one row adds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    started: u64,
    exited: u64,
    errored: u64,
    unhandled: u64,
    crashed: u64,
    abnormal: u64,
    timed: u64,
    duration_ms: f64,
}

impl Door {
    /// One session, which an SDK reports at its start, at its first error and at its end.
    pub(super) fn session(
        &self,
        mut session: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        if session.as_object().is_none() {
            return;
        }
        let said = facts(&session);
        let news = match session.str_at("sid") {
            Some(id) => {
                let project = arrival.project.id;
                self.sessions.news(project, id, said, arrival.now)
            }
            None => said,
        };
        if news.is_empty() {
            return out.refuse(Kind::Session, Reason::SessionUnchanged, 1);
        }
        let counts = Counts::of(news, milliseconds(session.get("duration")));
        let hour = arrival.hour(session.get("started"));
        let attributes = session.remove("attrs").unwrap_or(Value::Null);
        self.add_sessions(Kind::Session, attributes, &[(hour, counts)], arrival, out);
    }

    /// Sessions that an SDK has counted itself: `{"aggregates": [{"started": …, "exited": 3}, …], "attrs": …}`.
    pub(super) fn sessions(
        &self,
        mut sessions: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let Some(Value::Array(buckets)) = sessions.remove("aggregates") else {
            return;
        };
        let buckets = out.limited(Kind::Sessions, buckets, SESSION_BUCKETS_MAX);
        let mut counted = Vec::new();
        for bucket in &buckets {
            match Counts::of_bucket(bucket) {
                Some(counts) => counted.push((arrival.hour(bucket.get("started")), counts)),
                None => out.refuse(Kind::Sessions, Reason::ItemInvalid, 1),
            }
        }
        let attributes = sessions.remove("attrs").unwrap_or(Value::Null);
        self.add_sessions(Kind::Sessions, attributes, &counted, arrival, out);
    }

    fn add_sessions(
        &self,
        kind: Kind,
        mut attributes: Value<'_>,
        counted: &[(u32, Counts)],
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        // Nothing else is looked at: the attributes also hold an address and a user agent.
        let members = ["release", "environment"].map(|key| (key, attributes.remove(key)));
        let (tree, _) = self.scrub_members(members, arrival, Findings::default());
        for &(hour, counts) in counted {
            let row = SessionRow {
                project_id: arrival.project_id(),
                hour,
                expires_at: arrival.expires_at(),
                release: text(&tree, "release"),
                environment: environment(&tree),
                started: counts.started,
                exited: counts.exited,
                errored: counts.errored,
                unhandled: counts.unhandled,
                crashed: counts.crashed,
                abnormal: counts.abnormal,
                timed: counts.timed,
                duration_ms: counts.duration_ms,
            };
            out.store(Shape::Session, kind, arrival, |bytes| row.encode(bytes));
        }
    }
}

/// What an update says. Every end but a normal one is an error as well.
fn facts(session: &Value<'_>) -> Facts {
    let end = match session.str_at("status") {
        Some("exited") => Facts::EXITED,
        Some("crashed") => Facts::CRASHED.with(Facts::ERRORED),
        Some("abnormal") => Facts::ABNORMAL.with(Facts::ERRORED),
        Some("unhandled") => Facts::UNHANDLED.with(Facts::ERRORED),
        Some("errored") => Facts::ERRORED,
        _ => Facts::default(),
    };
    let start = match session.get("init") {
        Some(Value::Bool(true)) => Facts::STARTED,
        _ => Facts::default(),
    };
    let errors = match count(session.get("errors")) {
        0 => Facts::default(),
        _ => Facts::ERRORED,
    };
    end.with(start).with(errors)
}

impl Counts {
    fn of(news: Facts, duration_ms: Option<f64>) -> Self {
        let has_ended = news.has(Facts::EXITED.with(Facts::CRASHED).with(Facts::ABNORMAL));
        let duration_ms = duration_ms.filter(|_| has_ended);
        let one_if = |fact| u64::from(news.has(fact));
        Self {
            started: one_if(Facts::STARTED),
            exited: one_if(Facts::EXITED),
            errored: one_if(Facts::ERRORED),
            unhandled: one_if(Facts::UNHANDLED),
            crashed: one_if(Facts::CRASHED),
            abnormal: one_if(Facts::ABNORMAL),
            timed: u64::from(duration_ms.is_some()),
            duration_ms: duration_ms.unwrap_or(0.0),
        }
    }

    /// A bucket's own counts exclude each other; ours are of all sessions that were ever in the state.
    fn of_bucket(bucket: &Value<'_>) -> Option<Self> {
        let of = |key| count(bucket.get(key));
        let (exited, errored) = (of("exited"), of("errored"));
        let (unhandled, crashed, abnormal) = (of("unhandled"), of("crashed"), of("abnormal"));
        let with_errors = errored + unhandled + crashed + abnormal;
        let started = exited + with_errors;
        (started > 0).then_some(Self {
            started,
            exited: exited + errored,
            errored: with_errors,
            unhandled,
            crashed,
            abnormal,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;

    /// hour, release, environment, started, exited, errored, unhandled, crashed, abnormal, timed, duration_ms
    fn stored(setting: &Setting, kind: Kind, text: &str) -> Vec<String> {
        let telemetry = setting.take(kind, text.as_bytes());
        let rows = telemetry.rows.iter();
        rows.map(|row| {
            let mut read = setting.read(row);
            read.number::<4>();
            let hour = read.number::<4>();
            read.number::<4>();
            let mut fields = vec![hour.to_string(), read.text(), read.text()];
            fields.extend((0..7).map(|_| read.number::<8>().to_string()));
            fields.push(read.float().to_string());
            fields.join(" ")
        })
        .collect()
    }

    #[test]
    fn a_session_that_errs_twice_and_ends_counts_once_each() {
        let setting = Setting::new();
        let update = |rest: &str| {
            let text = format!(
                r#"{{"sid":"425006663b4d452bb7c596d14f8a9785","started":"2027-01-15T07:59:50Z",{rest},
                "did":"jane@example.org","attrs":{{"release":"web@3.1.0","environment":"prod",
                "ip_address":"203.0.113.77","user_agent":"Mozilla/5.0"}}}}"#
            );
            stored(&setting, Kind::Session, &text)
        };
        let base = "1799996400 web@3.1.0 prod";
        assert_eq!(
            update(r#""init":true,"status":"ok","errors":0"#),
            [format!("{base} 1 0 0 0 0 0 0 0")]
        );
        assert_eq!(
            update(r#""status":"ok","errors":1"#),
            [format!("{base} 0 0 1 0 0 0 0 0")]
        );
        assert!(update(r#""init":true,"status":"ok","errors":1"#).is_empty());
        assert_eq!(
            update(r#""status":"exited","errors":2,"duration":2.5"#),
            [format!("{base} 0 1 0 0 0 0 1 2500")]
        );
        assert!(update(r#""status":"exited","errors":2,"duration":2.5"#).is_empty());
    }

    #[test]
    fn an_update_without_news_is_refused_by_name() {
        let telemetry = Setting::new().take(Kind::Session, b"{\"status\":\"ok\",\"sid\":\"a\"}");
        let unchanged = (Kind::Session, Reason::SessionUnchanged, 1);
        assert_eq!(telemetry.refused, [unchanged]);
    }

    #[test]
    fn every_state_of_a_session() {
        for (status, counts) in [
            ("crashed", "1 0 1 0 1 0 0 0"),
            ("abnormal", "1 0 1 0 0 1 0 0"),
            ("unhandled", "1 0 1 1 0 0 0 0"),
            ("ok", "1 0 0 0 0 0 0 0"),
            ("made-up", "1 0 0 0 0 0 0 0"),
        ] {
            let text = format!(r#"{{"init":true,"status":"{status}"}}"#);
            let rows = stored(&Setting::new(), Kind::Session, &text);
            assert_eq!(rows, [format!("1800000000  production {counts}")]);
        }
    }

    #[test]
    fn counted_sessions_by_their_hours() {
        let text = r#"{"aggregates":[{"started":"2027-01-15T07:10:00Z","exited":5,"errored":2,"crashed":1},
            {"started":"2027-01-15T08:00:00Z","exited":1},{"started":"2027-01-15T08:00:00Z"},7],
            "attrs":{"release":"api@2.0.0"}}"#;
        assert_eq!(
            stored(&Setting::new(), Kind::Sessions, text),
            [
                "1799996400 api@2.0.0 production 8 7 3 0 1 0 0 0",
                "1800000000 api@2.0.0 production 1 1 0 0 0 0 0 0"
            ]
        );
        let refused = Setting::new().take(Kind::Sessions, text.as_bytes()).refused;
        assert_eq!(refused, [(Kind::Sessions, Reason::ItemInvalid, 1); 2]);
    }
}
