//! Rows that may be stored.

use crate::outcome::Kind;
use crate::privacy::ErrorEvent;
use crate::privacy::analytics::{CAMPAIGN_COLUMNS, DETAILED_COLUMNS, EVENT_COLUMNS};
use crate::privacy::telemetry::{
    CheckInRow, FeedbackRow, LogRow, OutcomeRow, SecurityRow, SessionRow, SpanRow,
};

/// A table of sealed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    AnalyticsEvents,
    ErrorEvents,
    Sessions,
    Logs,
    Spans,
    Feedback,
    CheckIns,
    Outcomes,
    SecurityReports,
}

impl Table {
    /// Every table that sealed rows go to.
    pub const ALL: &'static [Table] = &[
        Table::AnalyticsEvents,
        Table::ErrorEvents,
        Table::Sessions,
        Table::Logs,
        Table::Spans,
        Table::Feedback,
        Table::CheckIns,
        Table::Outcomes,
        Table::SecurityReports,
    ];

    /// The columns that hold pseudonyms of people: which of `browser_key` and `user_key` its rows have.
    pub fn pseudonym_columns(self) -> impl Iterator<Item = &'static str> {
        ["browser_key", "user_key"].into_iter().filter(move |key| {
            let mut shapes = Shape::ALL.iter().filter(|shape| shape.table() == self);
            shapes.any(|shape| shape.columns().contains(key))
        })
    }

    /// Its name in ClickHouse.
    pub const fn name(self) -> &'static str {
        match self {
            Table::AnalyticsEvents => "analytics_events",
            Table::ErrorEvents => "error_events",
            Table::Sessions => "sessions",
            Table::Logs => "logs",
            Table::Spans => "spans",
            Table::Feedback => "feedback",
            Table::CheckIns => "check_ins",
            Table::Outcomes => "outcomes",
            Table::SecurityReports => "security_reports",
        }
    }
}

/// Which columns of which table a row fills. Spool records name a shape by its index: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Shape {
    AnalyticsEvent,
    ErrorEvent,
    DetailedAnalyticsEvent,
    Session,
    Log,
    Span,
    Feedback,
    CheckIn,
    Outcome,
    SecurityReport,
    CampaignAnalyticsEvent,
}

impl Shape {
    /// Every shape.
    pub const ALL: &'static [Shape] = &[
        Shape::AnalyticsEvent,
        Shape::ErrorEvent,
        Shape::DetailedAnalyticsEvent,
        Shape::Session,
        Shape::Log,
        Shape::Span,
        Shape::Feedback,
        Shape::CheckIn,
        Shape::Outcome,
        Shape::SecurityReport,
        Shape::CampaignAnalyticsEvent,
    ];

    /// The table of its rows.
    pub const fn table(self) -> Table {
        match self {
            Shape::AnalyticsEvent
            | Shape::CampaignAnalyticsEvent
            | Shape::DetailedAnalyticsEvent => Table::AnalyticsEvents,
            Shape::ErrorEvent => Table::ErrorEvents,
            Shape::Session => Table::Sessions,
            Shape::Log => Table::Logs,
            Shape::Span => Table::Spans,
            Shape::Feedback => Table::Feedback,
            Shape::CheckIn => Table::CheckIns,
            Shape::Outcome => Table::Outcomes,
            Shape::SecurityReport => Table::SecurityReports,
        }
    }

    /// The columns that its rows fill, in the order of their bytes.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Shape::AnalyticsEvent => EVENT_COLUMNS,
            Shape::ErrorEvent => ErrorEvent::COLUMNS,
            Shape::CampaignAnalyticsEvent => CAMPAIGN_COLUMNS,
            Shape::DetailedAnalyticsEvent => DETAILED_COLUMNS,
            Shape::Session => SessionRow::COLUMNS,
            Shape::Log => LogRow::COLUMNS,
            Shape::Span => SpanRow::COLUMNS,
            Shape::Feedback => FeedbackRow::COLUMNS,
            Shape::CheckIn => CheckInRow::COLUMNS,
            Shape::Outcome => OutcomeRow::COLUMNS,
            Shape::SecurityReport => SecurityRow::COLUMNS,
        }
    }
}

/// One anonymised row, encoded as `RowBinary`. Only the privacy room makes one, and there is no way back
/// from its bytes to another.
pub struct Sealed {
    shape: Shape,
    kind: Kind,
    expires_at: u32,
    row: Vec<u8>,
}

impl Sealed {
    pub(in crate::privacy) const fn new(
        shape: Shape,
        kind: Kind,
        expires_at: u32,
        row: Vec<u8>,
    ) -> Self {
        Self {
            shape,
            kind,
            expires_at,
            row,
        }
    }

    /// Where it belongs.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// What it is counted as.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// When it must be gone, in seconds since 1970.
    pub const fn expires_at(&self) -> u32 {
        self.expires_at
    }

    /// Its bytes.
    pub fn row(&self) -> &[u8] {
        &self.row
    }
}
