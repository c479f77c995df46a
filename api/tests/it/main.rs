//! What the API promises, seen from outside: a real server on a free port, a real database, real files.
//!
//! A folder holds the claims about one part of what the API promises. A claim that must hold on every
//! engine is an `async fn` that takes a [`support::Fixture`] or a [`support::Server`]; [`support::conformance!`] makes a
//! test of it for each engine. A claim that is missing in the macro's list is dead code, which the compiler reports.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]
#![allow(missing_docs, reason = "the names of tests are their documentation")]

#[macro_use]
extern crate support;

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
mod verify;

/// The API's program, which cargo builds for these tests.
const API: support::Program = support::Program::new(env!("CARGO_BIN_EXE_api"));
