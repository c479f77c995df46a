//! What the API promises, seen from outside: a real server on a free port, a real database, real files.
//!
//! Claims that must hold on every engine are `async fn`s that take a [`server::Fixture`]; the macro
//! [`conformance`] makes a test of each for each engine.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that fails should panic")]
#![allow(missing_docs, reason = "the names of tests are their documentation")]

#[macro_use]
mod engines;
mod browser;
mod lock;
mod process;
mod server;
mod tools;

mod backups;
mod http;
mod ingest;
mod operation;
mod pages;
mod project;
mod reject_log;
mod reports;
mod resilience;
mod tables;
