//! The client's program against a real server.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]
#![allow(missing_docs, reason = "the names of tests are their documentation")]

mod add_new_records;
mod backups;
mod check;
mod check_dictionary;
mod describe;
mod files;
mod fixture;
mod outages;
mod output;
mod reading;
mod report;
mod round_trip;
mod secrets;
mod stopping;
mod verify;
