//! Mayfly collects page views and crash reports, forgets who sent them, and forgets all of it after thirty days.
//!
//! The rooms, in the order in which an event passes them:
//! `server` → `intake` → `privacy` → `spool` → `store` → ClickHouse (`engine`). The read side is `access`, `api` and
//! `ui`; `cli` is the edge where arguments, environment and terminal are. ARCHITECTURE.md walks through them.

pub mod access;
mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod engine;
pub mod evidence;
pub mod front_door;
pub mod intake;
pub mod issues;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod outcome;
pub mod privacy;
pub mod quota;
pub mod registry;
pub mod retention;
pub mod server;
pub mod settings;
pub mod snippets;
pub mod spool;
pub mod store;
pub mod subjects;
pub mod time;
mod ui;
