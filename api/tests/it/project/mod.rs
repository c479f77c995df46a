//! The project itself, not the service.
//!
//! - `architecture`: the invariants of ARCHITECTURE.md, read off the sources
//! - `documents`: the documents name everything, and their links lead somewhere
//! - `engines`: each run says which engines it covers
//! - `imports`: no files import each other in a circle, and none below `http` imports it

pub mod architecture;
mod documents;
mod engines;
mod imports;
