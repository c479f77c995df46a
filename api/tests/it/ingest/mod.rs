//! How rows come in: requests and history files are judged, stored once, and recognised when they are sent again.
//!
//! - `new_records`: `POST /new_records/{table}` and its answer
//! - `bad_rows`: rows that are rejected
//! - `bad_input`: files that are wrong on purpose
//! - `bad_bodies`: bodies that are refused whole
//! - `idempotency`: a request that is sent again
//! - `contested_keys`: the key of a file's batch is used for other rows
//! - `deleted_parents`: parents are deleted while rows that reference them come in
//! - `backpressure`: more requests than the service can take
//! - `history`: the data package's own files
//! - `files`: history files of each format, compression, encoding and dialect

mod backpressure;
mod bad_bodies;
mod bad_input;
mod bad_rows;
mod contested_keys;
mod deleted_parents;
mod files;
mod history;
mod idempotency;
mod new_records;
