//! The client's program against a real server.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]
#![allow(missing_docs, reason = "the names of tests are their documentation")]

mod add_new_records;
mod check;
mod fixture;
mod reading;
