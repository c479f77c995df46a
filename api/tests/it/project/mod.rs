//! The project itself, not the service.
//!
//! - `architecture`: the invariants of ARCHITECTURE.md, read off the sources
//! - `circles`: no files import each other in a circle
//! - `documents`: the documents name everything, and their links lead somewhere
//! - `engines`: each run says which engines it covers

pub mod architecture;
mod circles;
mod documents;
mod engines;
