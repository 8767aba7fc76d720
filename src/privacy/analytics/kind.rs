//! What a hit reports.

use crate::outcome::Kind;

/// What a hit reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    Pageview,
    Event,
    Download,
    Outlink,
    /// A search on the site itself.
    Search,
    ContentImpression,
    ContentInteraction,
    Goal,
    Order,
    Cart,
    /// Says that a visit goes on; no action of its own.
    Ping,
    /// An error of a script: it goes where crash reports go.
    Crash,
}

impl HitKind {
    /// As stored in column `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            HitKind::Pageview => "pageview",
            HitKind::Event => "event",
            HitKind::Download => "download",
            HitKind::Outlink => "outlink",
            HitKind::Search => "search",
            HitKind::ContentImpression => "content_impression",
            HitKind::ContentInteraction => "content_interaction",
            HitKind::Goal => "goal",
            HitKind::Order => "order",
            HitKind::Cart => "cart",
            HitKind::Ping => "ping",
            HitKind::Crash => "crash",
        }
    }

    /// What the hit is counted as.
    pub const fn counted_as(self) -> Kind {
        match self {
            HitKind::Crash => Kind::Error,
            _ => Kind::Analytics,
        }
    }
}
