//! Liveness, and counts for Prometheus. Labels are fixed names.

use std::sync::Arc;

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::connections::Closed;
use super::{Reply, reply};
use crate::app::App;
use crate::outcome::{Kind, Reason};

/// `GET /healthz`: 200 while events are accepted.
pub(super) fn liveness(app: &App) -> Reply {
    let store = if app.is_store_reachable() {
        "reachable"
    } else {
        "away"
    };
    let engine = match &app.engine {
        None => "elsewhere",
        Some(engine) if engine.is_answering() => "answering",
        Some(engine) if engine.is_up() => "silent",
        Some(_) => "down",
    };
    let (status, state) = match app.is_accepting() {
        true => (StatusCode::OK, "accepting"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not_accepting"),
    };
    let version = env!("CARGO_PKG_VERSION");
    let body = format!(
        r#"{{"status":"{state}","store":"{store}","engine":"{engine}","version":"{version}"}}"#
    );
    reply::json(status, body)
}

/// `GET /metrics`, in OpenMetrics text.
pub(super) fn scrape(app: &Arc<App>) -> Reply {
    let mut registry = Registry::with_prefix("mayfly");
    registry.register_collector(Box::new(Counts(Arc::clone(app))));
    let mut body = String::new();
    // Writing into memory cannot fail.
    let _ = text::encode(&mut body, &registry);
    let mut answer = reply::json(StatusCode::OK, body);
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    answer.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    answer
}

struct Counts(Arc<App>);

impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counts")
    }
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let app = &self.0;
        self.per_kind(&mut encoder)?;
        self.dropped(&mut encoder)?;
        let usage = app.spool.usage();
        for (name, help, value) in [
            (
                "spool_commits",
                "Group commits of the spool",
                usage.commits(),
            ),
            (
                "spool_failures",
                "Commits that failed; their requests were refused",
                usage.failures(),
            ),
            (
                "spool_damaged_frames",
                "Damaged frames set aside",
                usage.damaged_frames(),
            ),
        ] {
            count(&mut encoder, name, help, value)?;
        }
        self.closed(&mut encoder)?;
        if let Some(engine) = &app.engine {
            let help = "Starts of the embedded engine after it ended or hung";
            count(&mut encoder, "engine_restarts", help, engine.restarts())?;
            let help = "Whether the embedded engine runs and answers";
            let answering = i64::from(engine.is_answering());
            level(&mut encoder, "engine_answering", help, answering)?;
        }
        let reachable = i64::from(app.is_store_reachable());
        for (name, help, value) in [
            ("spool_bytes", "Bytes waiting on disk", gauge(usage.bytes())),
            (
                "connections",
                "Open connections",
                gauge(app.connections.count() as u64),
            ),
            (
                "body_bytes",
                "Bytes that bodies of requests take in memory",
                gauge(app.body_memory.taken() as u64),
            ),
            (
                "event_ids_remembered",
                "Crash events that would be recognised if they were sent again",
                gauge(app.seen.count() as u64),
            ),
            (
                "store_reachable",
                "Whether ClickHouse took the last batch and its process answers",
                reachable,
            ),
        ] {
            level(&mut encoder, name, help, value)?;
        }
        Ok(())
    }
}

impl Counts {
    fn per_kind(&self, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        type Read = fn(&crate::outcome::Balance) -> u64;
        let counters: [(&str, &str, Read); 4] = [
            ("items_received", "Items that arrived", |b| b.received),
            (
                "items_recovered",
                "Items found in the spool at the start",
                |b| b.recovered,
            ),
            ("items_stored", "Items that ClickHouse has", |b| b.stored),
            ("items_dropped", "Items dropped for any reason", |b| {
                b.dropped
            }),
        ];
        for (name, help, read) in counters {
            let kind = ConstCounter::new(0u64).metric_type();
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for &kind in Kind::ALL {
                let labels = [("kind", kind.name())];
                let value = ConstCounter::new(read(&self.0.outcomes.balance(kind)));
                value.encode(family.encode_family(&labels)?)?;
            }
        }
        let kind = ConstGauge::new(0i64).metric_type();
        let help = "Items on disk, on the way to ClickHouse";
        let mut family = encoder.encode_descriptor("items_in_spool", help, None, kind)?;
        for &kind in Kind::ALL {
            let labels = [("kind", kind.name())];
            let value = ConstGauge::new(gauge(self.0.outcomes.balance(kind).in_spool));
            value.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// Connections on which there was nothing to answer.
    fn closed(&self, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        let kind = ConstCounter::new(0u64).metric_type();
        let help = "Connections that the server closed, by reason";
        let mut family = encoder.encode_descriptor("connections_closed", help, None, kind)?;
        for &reason in Closed::ALL {
            let labels = [("reason", reason.name())];
            let value = ConstCounter::new(self.0.connections.closed(reason));
            value.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// Reasons that occurred; most never do.
    fn dropped(&self, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        let kind = ConstCounter::new(0u64).metric_type();
        let help = "Items dropped, by reason";
        let mut family = encoder.encode_descriptor("drops", help, None, kind)?;
        for &kind in Kind::ALL {
            for &reason in Reason::ALL {
                let value = self.0.outcomes.dropped(kind, reason);
                if value > 0 {
                    let labels = [("kind", kind.name()), ("reason", reason.name())];
                    ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }
}

fn count(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: u64,
) -> std::fmt::Result {
    let metric = ConstCounter::new(value);
    let descriptor = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
    metric.encode(descriptor)
}

fn level(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: i64,
) -> std::fmt::Result {
    let metric = ConstGauge::new(value);
    let descriptor = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
    metric.encode(descriptor)
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
