//! The two reports and their files.

mod deliverables;
mod figures;
