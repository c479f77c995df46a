//! Rejected rows are kept, can be corrected, and are found again.

mod rejected;
mod verify;
