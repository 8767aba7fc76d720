//! Evidence for those who doubt: claims, each with the statement behind it, its result and its time, to be run again by
//! anybody who may read. Nothing here is taken from memory of what should be; everything is counted anew.
//!
//! Enters: the store, the configuration, what the server knows of its salts. Leaves: numbers and fixed words in English and
//! German. Deliberately not here: values. Where a search finds something, evidence says how often and in which table, never
//! what; the statement that it shows finds it for those who may see it.

mod assessment;
mod breach;
mod checks;
mod claims;
mod handing_out;
mod inventory;
mod log_memory;
mod notice;
mod practice;
pub mod probe;
mod report;
mod room;
mod signed;
mod words;

pub use assessment::assessment;
pub use breach::{Breach, breach};
pub use checks::{Finding, Subject, run, run_all};
pub use claims::Claim;
pub use inventory::{Inventory, InventoryTable};
pub use log_memory::LogMemory;
pub use notice::{notice, record};
pub use practice::Practice;
pub use report::as_json;
pub(crate) use report::{as_html, as_text};
pub use room::{Busy, EvidenceRoom};
pub use signed::{Forged, Report, ReportKind, Section, Signed};
pub use words::Words;
