//! Describes tabular data that has no schema: every cell of it is read, with the parsers that judge rows, so that a file is
//! never rejected by its own description.
//!
//! [`Evidence`] is what the rows show; a [`Description`] is the schema that is made of it. Nothing here opens a file.

mod candidate;
mod cell;
mod column;
mod decision;
mod delimiter;
mod description;
mod distinct;
mod evidence;
mod fault;
mod field;
mod label;
mod reference;
mod resource;

pub use delimiter::sniff;
pub use description::{ColumnReport, Description};
pub use evidence::Evidence;
pub use label::table_name;
pub use reference::{Reference, references};
