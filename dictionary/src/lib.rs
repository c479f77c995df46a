//! The data dictionary: what client and server must agree on.
//!
//! A Frictionless [Data Package](https://datapackage.org/standard/data-package/) is read into a
//! [`Dictionary`] of [`Table`]s. Bodies (CSV, JSON, NDJSON) are [decoded](decode) into rows of typed
//! [`Value`]s, and [`judge()`] turns rows into a [`Verdict`]: what goes in, and what is rejected with all
//! its reasons. Files are divided into batches by [`split::Splitter`], the same way for history and client.
//!
//! This crate is pure: no I/O, no async, no HTTP, no SQL.

mod code;
mod constraints;
mod content_hash;
mod csv_scanner;
pub mod decode;
pub mod describe;
pub mod descriptor;
mod error_limit;
pub mod hash;
pub mod iso_text;
pub mod judge;
mod key_set;
pub mod model;
mod pattern;
pub mod request;
pub mod row_error;
mod rows_hash;
pub mod source;
pub mod split;
pub mod text;
pub mod types;
pub mod value;
pub mod wire;

pub use code::Code;
pub use content_hash::{ContentHash, OutOfOrder};
pub use descriptor::{DescriptorError, ReadFile, Reserved};
pub use error_limit::{MAX_ERROR_BYTES, MAX_ERRORS};
pub use judge::{ExistingKeys, Verdict, judge};
pub use key_set::{Key, KeySet};
pub use model::{Dictionary, Field, FieldsMatch, ForeignKey, INDEX_LENGTH, ROW_ID, Table, names};
pub use pattern::Pattern;
pub use row_error::{Reject, RowError};
pub use rows_hash::RowsHash;
pub use types::{Physical, Type};
pub use value::Value;
