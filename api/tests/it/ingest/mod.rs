//! How rows come in: requests and history files are judged, stored once, and recognised when they are sent again.

mod backpressure;
mod bad_bodies;
mod bad_rows;
mod contested_keys;
mod history;
mod idempotency;
mod new_records;
