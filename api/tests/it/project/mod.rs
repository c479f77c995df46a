//! The project itself: the invariants of its code, and its documents.

mod architecture;
mod documents;
mod engines;
