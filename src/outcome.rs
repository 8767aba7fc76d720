//! What became of each item. Every item that arrives ends in exactly one outcome, even a forgotten one.
//!
//! Between requests `received = stored + dropped (by reason) + in the spool`; the tests assert it under load,
//! with the store away, and after a crash.

mod refusals;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Declares a closed set of names.
macro_rules! names {
    ($(#[$meta:meta])* $set:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $set { $($(#[$doc])* $variant,)* }

        impl $set {
            /// Every member, in order of declaration.
            pub const ALL: &'static [$set] = &[$($set::$variant,)*];

            /// The fixed name that metrics, headers and tables use.
            pub const fn name(self) -> &'static str {
                match self { $($set::$variant => $name,)* }
            }

            /// The member declared at `index`.
            pub fn from_index(index: u8) -> Option<Self> {
                Self::ALL.get(usize::from(index)).copied()
            }
        }

        impl std::fmt::Display for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use names;
pub use refusals::{Refusal, Refusals, Sdk};

use crate::registry::ProjectId;

names! {
    /// What kind of thing arrived. A kind that is stored counts rows: each line of a log, each span, each session.
    /// Spool records name a kind by its index: append only.
    Kind {
        /// A Matomo hit: page view, event, ping.
        Analytics = "analytics",
        /// A Sentry event.
        Error = "error",
        Transaction = "transaction",
        Session = "session",
        Sessions = "sessions",
        Attachment = "attachment",
        UserReport = "user_report",
        Feedback = "feedback",
        ClientReport = "client_report",
        CheckIn = "check_in",
        Log = "log",
        Span = "span",
        Profile = "profile",
        ProfileChunk = "profile_chunk",
        ReplayEvent = "replay_event",
        ReplayRecording = "replay_recording",
        ReplayVideo = "replay_video",
        MetricBuckets = "metric_buckets",
        TraceMetric = "trace_metric",
        Security = "security",
        /// A Sentry item of a type not listed here.
        UnknownItem = "unknown_item",
        /// A request that could not be taken apart into items.
        Request = "request",
    }
}

names! {
    /// Why an item was not stored. The same names stand in the `X-Mayfly-Outcome` header.
    Reason {
        // The request as a whole
        UnknownRoute = "unknown_route",
        MethodNotAllowed = "method_not_allowed",
        BodyTooLarge = "body_too_large",
        BodyTimeout = "body_timeout",
        BodyCut = "body_cut",
        /// What came is no head of a request.
        HeadInvalid = "head_invalid",
        HeadTooLarge = "head_too_large",
        EncodingUnsupported = "encoding_unsupported",
        EncodingBroken = "encoding_broken",
        // How much
        /// The project or its key is over a limit that its operator set.
        RateLimited = "rate_limited",
        /// One visitor is over the limit for single visitors.
        Flooding = "flooding",
        // Who it is for
        ProjectMissing = "project_missing",
        ProjectUnknown = "project_unknown",
        /// A page of an origin that the project does not allow.
        OriginForbidden = "origin_forbidden",
        KeyMissing = "key_missing",
        KeyMalformed = "key_malformed",
        KeyUnknown = "key_unknown",
        KeyMismatch = "key_mismatch",
        ProtocolUnsupported = "protocol_unsupported",
        // Matomo
        ParametersMissing = "parameters_missing",
        ParametersInvalid = "parameters_invalid",
        BulkInvalid = "bulk_invalid",
        BulkTooLong = "bulk_too_long",
        RecordingOff = "recording_off",
        /// Matomo's own question whether a tracker is in place.
        InstallCheck = "install_check",
        KindUnsupported = "kind_unsupported",
        /// Do Not Track, Global Privacy Control, an opt-out or an objection.
        Objected = "objected",
        /// The project waits for consent, and the hit does not state it.
        ConsentMissing = "consent_missing",
        /// The project keeps nothing of what comes from there.
        RegionExcluded = "region_excluded",
        // No visitor
        Prefetch = "prefetch",
        BotAiCrawler = "bot_ai_crawler",
        BotSearchEngine = "bot_search_engine",
        BotSocialPreview = "bot_social_preview",
        BotFeedReader = "bot_feed_reader",
        BotMonitoring = "bot_monitoring",
        BotScanner = "bot_scanner",
        BotArchiver = "bot_archiver",
        BotAdvertising = "bot_advertising",
        BotAcademic = "bot_academic",
        BotSeo = "bot_seo",
        BotBrowserAutomation = "bot_browser_automation",
        BotHttpLibrary = "bot_http_library",
        BotOther = "bot_other",
        ReferrerSpam = "referrer_spam",
        DataCenter = "data_center",
        TimeTooOld = "time_too_old",
        TokenRequired = "token_required",
        /// An order with this number was recorded since the start of the server.
        OrderRepeated = "order_repeated",
        // Sentry
        BodyEmpty = "body_empty",
        EnvelopeInvalid = "envelope_invalid",
        EnvelopeTooLong = "envelope_too_long",
        EventInvalid = "event_invalid",
        EventTooLarge = "event_too_large",
        EventRepeated = "event_repeated",
        ItemUnsupported = "item_unsupported",
        ItemInvalid = "item_invalid",
        ItemTooLarge = "item_too_large",
        ItemsTooMany = "items_too_many",
        /// One of more parts than an item may have.
        ItemBeyondLimit = "item_beyond_limit",
        CheckInInvalid = "check_in_invalid",
        /// A session's update that says nothing new.
        SessionUnchanged = "session_unchanged",
        ContentTypeUnsupported = "content_type_unsupported",
        /// An event with this id is stored already: the client sent it again because it missed the answer.
        Duplicate = "duplicate",
        // The read side
        TokenMissing = "token_missing",
        RoleInsufficient = "role_insufficient",
        StatementRefused = "statement_refused",
        IssueUnknown = "issue_unknown",
        EventUnknown = "event_unknown",
        QueryInvalid = "query_invalid",
        DecisionInvalid = "decision_invalid",
        /// A form that no page of ours can have sent.
        ForeignPage = "foreign_page",
        FormInvalid = "form_invalid",
        /// A project's wishes of the scrubber that cannot be used.
        PolicyInvalid = "policy_invalid",
        /// More text than the scrubber's page takes.
        TextTooLong = "text_too_long",
        SignInRefused = "sign_in_refused",
        AttemptsExceeded = "attempts_exceeded",
        /// A one-time link that was used, is too old, or never was.
        LinkUsed = "link_used",
        EmailTaken = "email_taken",
        /// Others could guess the id that somebody presents as their own.
        IdGuessable = "id_guessable",
        // Our own side
        SpoolFull = "spool_full",
        SpoolFailed = "spool_failed",
        Draining = "draining",
        /// More bodies at once than there is memory for, or more large ones than can be read.
        Overloaded = "overloaded",
        /// More passwords to be hashed than there is memory for.
        Busy = "busy",
        /// Whether the project or key exists cannot be known: it is new here and ClickHouse does not answer.
        StoreAway = "store_away",
        Expired = "expired",
        /// Its visitor asked for erasure while it was waiting.
        Erased = "erased",
        Damaged = "damaged",
        /// An item that no code path settled: a fault of ours.
        Forgotten = "forgotten",
    }
}

impl Reason {
    /// Whether the client need not know: it is answered as if its hit had been recorded.
    pub const fn is_silent(self) -> bool {
        matches!(
            self,
            Self::RecordingOff
                | Self::InstallCheck
                | Self::KindUnsupported
                | Self::Objected
                | Self::ConsentMissing
                | Self::RegionExcluded
                | Self::Prefetch
                | Self::BotAiCrawler
                | Self::BotSearchEngine
                | Self::BotSocialPreview
                | Self::BotFeedReader
                | Self::BotMonitoring
                | Self::BotScanner
                | Self::BotArchiver
                | Self::BotAdvertising
                | Self::BotAcademic
                | Self::BotSeo
                | Self::BotBrowserAutomation
                | Self::BotHttpLibrary
                | Self::BotOther
                | Self::ReferrerSpam
                | Self::DataCenter
        )
    }
}

/// Counts of everything that arrived and what became of it.
#[derive(Default)]
pub struct Outcomes {
    /// What was refused of each project, and not written yet.
    pub refusals: Refusals,
    kinds: [KindCounts; Kind::ALL.len()],
}

struct KindCounts {
    received: AtomicU64,
    recovered: AtomicU64,
    spooled: AtomicU64,
    stored: AtomicU64,
    dropped: [AtomicU64; Reason::ALL.len()],
    dropped_from_spool: AtomicU64,
}

impl Default for KindCounts {
    fn default() -> Self {
        Self {
            received: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
            spooled: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            dropped: std::array::from_fn(|_| AtomicU64::new(0)),
            dropped_from_spool: AtomicU64::new(0),
        }
    }
}

/// The counts of one kind at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Arrived over the wire since the start.
    pub received: u64,
    /// Found in the spool at the start.
    pub recovered: u64,
    /// ClickHouse has said yes.
    pub stored: u64,
    /// Dropped for a named reason.
    pub dropped: u64,
    /// On disk, on the way to ClickHouse.
    pub in_spool: u64,
}

impl Outcomes {
    fn of(&self, kind: Kind) -> &KindCounts {
        &self.kinds[kind as usize]
    }

    /// `count` items arrived and were refused at once.
    pub fn refused(&self, kind: Kind, reason: Reason, count: u64) {
        self.of(kind).received.fetch_add(count, Relaxed);
        self.of(kind).dropped[reason as usize].fetch_add(count, Relaxed);
    }

    /// `count` rows left the spool because ClickHouse has them.
    pub fn stored(&self, kind: Kind, count: u64) {
        self.of(kind).stored.fetch_add(count, Relaxed);
    }

    /// `count` rows were found in the spool at the start.
    pub fn recovered(&self, kind: Kind, count: u64) {
        self.of(kind).recovered.fetch_add(count, Relaxed);
        self.of(kind).spooled.fetch_add(count, Relaxed);
    }

    /// `count` spooled rows were given up for a named reason.
    pub fn dropped_from_spool(&self, kind: Kind, reason: Reason, count: u64) {
        self.of(kind).dropped[reason as usize].fetch_add(count, Relaxed);
        self.of(kind).dropped_from_spool.fetch_add(count, Relaxed);
    }

    /// Items of `kind` dropped for `reason` so far.
    pub fn dropped(&self, kind: Kind, reason: Reason) -> u64 {
        self.of(kind).dropped[reason as usize].load(Relaxed)
    }

    /// The counts of one kind.
    pub fn balance(&self, kind: Kind) -> Balance {
        let counts = self.of(kind);
        let stored = counts.stored.load(Relaxed);
        let gone = stored + counts.dropped_from_spool.load(Relaxed);
        Balance {
            received: counts.received.load(Relaxed),
            recovered: counts.recovered.load(Relaxed),
            stored,
            dropped: counts.dropped.iter().map(|n| n.load(Relaxed)).sum(),
            in_spool: counts.spooled.load(Relaxed).saturating_sub(gone),
        }
    }
}

/// An item on its way in. It must be settled; one that is merely dropped counts as [`Reason::Forgotten`].
#[must_use = "an item has exactly one outcome"]
pub struct Item {
    outcomes: Arc<Outcomes>,
    kind: Kind,
    /// Whose it is, and what sent it.
    origin: Option<(ProjectId, Sdk)>,
    settled: bool,
}

impl Item {
    /// Counts an item as received.
    pub fn received(outcomes: &Arc<Outcomes>, kind: Kind) -> Self {
        outcomes.of(kind).received.fetch_add(1, Relaxed);
        Self {
            outcomes: Arc::clone(outcomes),
            kind,
            origin: None,
            settled: false,
        }
    }

    /// Says whose it is, so that its project hears of its refusal.
    pub fn of(mut self, project: ProjectId, sdk: Sdk) -> Self {
        self.origin = Some((project, sdk));
        self
    }

    /// Ends the item: not stored, for this reason.
    pub fn drop_for(mut self, reason: Reason) {
        self.settle(reason);
    }

    /// Ends the item's way in: it is durable, the spool answers for it from here on.
    pub fn spooled(mut self) {
        self.settled = true;
        self.outcomes.of(self.kind).spooled.fetch_add(1, Relaxed);
    }

    fn settle(&mut self, reason: Reason) {
        self.settled = true;
        self.outcomes.of(self.kind).dropped[reason as usize].fetch_add(1, Relaxed);
        if let Some((project, sdk)) = self.origin {
            let kind = self.kind;
            let refusal = Refusal {
                project,
                sdk,
                kind,
                reason,
            };
            self.outcomes.refusals.note(refusal, 1);
        }
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(Reason::Forgotten);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_exactly_one_outcome() {
        let outcomes = Arc::new(Outcomes::default());
        Item::received(&outcomes, Kind::Error).spooled();
        Item::received(&outcomes, Kind::Error).drop_for(Reason::EventInvalid);
        drop(Item::received(&outcomes, Kind::Error));
        outcomes.recovered(Kind::Error, 2);
        outcomes.stored(Kind::Error, 1);
        outcomes.dropped_from_spool(Kind::Error, Reason::Expired, 1);

        let balance = outcomes.balance(Kind::Error);
        assert_eq!(
            balance,
            Balance {
                received: 3,
                recovered: 2,
                stored: 1,
                dropped: 3,
                in_spool: 1
            }
        );
        assert_eq!(outcomes.dropped(Kind::Error, Reason::Forgotten), 1);
        assert_eq!(
            balance.received + balance.recovered,
            balance.stored + balance.dropped + balance.in_spool
        );
    }

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<_> = Reason::ALL.iter().map(|r| r.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
    }
}
