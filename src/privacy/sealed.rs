//! Rows that may be stored.

use crate::outcome::Kind;
use crate::privacy::telemetry::{
    CheckInRow, FeedbackRow, LogRow, OutcomeRow, SecurityRow, SessionRow, SpanRow,
};
use crate::privacy::{AnalyticsEvent, ErrorEvent};

/// Where a sealed row belongs. Spool records name a table by its index: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
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

    /// The columns that its rows fill, in the order of their bytes.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Table::AnalyticsEvents => AnalyticsEvent::COLUMNS,
            Table::ErrorEvents => ErrorEvent::COLUMNS,
            Table::Sessions => SessionRow::COLUMNS,
            Table::Logs => LogRow::COLUMNS,
            Table::Spans => SpanRow::COLUMNS,
            Table::Feedback => FeedbackRow::COLUMNS,
            Table::CheckIns => CheckInRow::COLUMNS,
            Table::Outcomes => OutcomeRow::COLUMNS,
            Table::SecurityReports => SecurityRow::COLUMNS,
        }
    }
}

/// One anonymised row, encoded as `RowBinary`. Only the privacy room makes one, and there is no way back
/// from its bytes to another.
pub struct Sealed {
    table: Table,
    kind: Kind,
    expires_at: u32,
    row: Vec<u8>,
}

impl Sealed {
    pub(in crate::privacy) const fn new(
        table: Table,
        kind: Kind,
        expires_at: u32,
        row: Vec<u8>,
    ) -> Self {
        Self {
            table,
            kind,
            expires_at,
            row,
        }
    }

    /// Where it belongs.
    pub const fn table(&self) -> Table {
        self.table
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
