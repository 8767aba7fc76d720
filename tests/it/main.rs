//! Whole-program tests: the real binary, the real engine, real clients. One test binary, so that it links once.

mod access;
mod actions;
mod canary;
mod cli;
mod clients;
mod conformance_matomo;
mod conformance_sentry;
mod crash;
mod durability;
mod engine;
mod engine_process;
#[path = "../../src/privacy/geography/testing.rs"]
mod geo_database;
mod harness;
mod house_rules;
mod issues;
mod ledger;
mod load;
mod opt_out;
mod outage;
mod pageview;
mod people;
mod person;
mod refused;
mod regions;
mod remote;
mod resent;
mod retention;
mod scrub_corpus;
mod scrub_properties;
mod scrubbing;
mod subjects;
mod telemetry;
mod torture;
mod traffic;
mod visits;
