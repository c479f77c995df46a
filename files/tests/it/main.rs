//! What becomes of files of each kind when they are opened.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

mod compressed;
mod dialects;
mod folder;
mod json;
mod several;
mod workbooks;

use folder::Folder;
