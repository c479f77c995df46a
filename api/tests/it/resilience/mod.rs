//! What the service survives. These claims are slow: `cargo test -p api --test it -- --skip resilience::` leaves them out.
//!
//! - `kill`: SIGKILL inside history loads, backups and restores
//! - `torture`: everything is killed while clients load files through a bad network
//! - `power_cut`: what was answered is on the disk
//! - `full_disk`: disks without room
//! - `outage`: a database that is away, freezes, only reads, or is killed
//! - `stopping`: SIGTERM
//! - `panics`: a panic costs one answer
//! - `memory`: what the worst requests cost in memory
//! - `load_test`: many connections at once

mod full_disk;
mod kill;
mod load_test;
mod memory;
mod outage;
mod panics;
mod power_cut;
mod stopping;
mod torture;
