//! The files of a data package.

pub mod package;
