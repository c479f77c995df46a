//! The commands, one a file.

pub mod add_new_records;
pub mod batches;
pub mod check;
pub mod get_by_id;
pub mod rejected;
