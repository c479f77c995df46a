//! What the data dictionary promises: each test is a claim, and its name says what holds.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is all it can do")]

mod cases;
mod correction;
mod descriptor;
mod documents;
mod headers;
mod keys;
mod known;
mod limits;
mod packages;
mod properties;
mod raw_cells;
mod request;
mod rows_hash;
mod split;
mod vocabulary;
