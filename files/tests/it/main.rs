//! What becomes of files of each kind when they are opened.

mod compressed;
mod dialects;
mod folder;
mod json;
mod several;
mod workbooks;

use folder::Folder;
