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
mod evidence;
mod harness;
mod house_rules;
mod outage;
mod pageview;
mod remote;
mod resent;
mod retention;
mod scrub_corpus;
mod scrub_properties;
mod telemetry;
mod traffic;
mod visits;
