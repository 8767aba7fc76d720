//! Issues in ClickHouse: lists, single issues with their events, and what was decided.
//!
//! Counts come from `issue_days`, which ClickHouse fills with every insert into `error_events`; they expire together.
//! Whether a resolved issue has come back is computed whenever somebody looks, from what was decided and the
//! events since, so that every server sees the same.

mod around;
mod events;
mod facets;
mod filter;
mod list;
mod overview;
mod place;
mod regressions;
mod releases;
mod single;
mod standing;
mod states;
mod woken;

pub use around::{PageUse, Similar};
pub use events::{Event, EventRow, Side};
pub use facets::{Facet, ReleaseUse, Spread};
pub use list::{Cursor, Listed, Request};
pub use overview::{Bucket, Issue, Latest, title};
pub use states::{Activity, Actor};
