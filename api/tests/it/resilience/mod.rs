//! What the service survives: kills, full disks, databases that are away, many requests at once. These claims are slow.

mod full_disk;
mod kill;
mod load_test;
mod memory;
pub mod outage;
mod panics;
mod power_cut;
mod stopping;
mod torture;
