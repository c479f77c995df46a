//! Objects of the backup store, and the pieces that they are written in.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

/// An object in a list.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its name in its folder.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written.
    pub modified: DateTime<Utc>,
}

/// The names of objects, to look them up.
pub fn names(objects: &[Object]) -> HashSet<&str> {
    objects.iter().map(|object| object.name.as_str()).collect()
}

/// A piece of an object. If the pieces stop before the end, there is no object.
#[derive(Debug)]
pub enum Piece {
    /// Its next bytes.
    Bytes(Vec<u8>),
    /// There are no more.
    End,
}
