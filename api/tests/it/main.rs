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

mod architecture;
mod backups;
mod bad_bodies;
mod bad_rows;
mod batches;
mod circles;
mod connections;
mod contested_keys;
mod cross_site;
mod ddl;
mod deliverables;
mod documents;
mod existing_tables;
mod faults;
mod flow;
mod formats;
mod full_disk;
mod health;
mod history;
mod hosts;
mod idempotency;
mod in_a_browser;
mod kill;
mod load;
mod login;
mod logs;
mod memory;
mod missing_tables;
mod names_in_sql;
mod new_records;
mod outage;
mod pages;
mod power_cut;
mod problems;
mod refusals;
mod rejected;
mod reports;
mod second_package;
mod secrets;
mod stopping;
mod string_keys;
mod torture;
mod typed_keys;
mod upgrade;
mod verify;
mod view;
