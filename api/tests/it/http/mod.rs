//! What holds for every path: hosts, other sites, connections, problems, formats, health, and the lists of rows and batches.

mod batches;
mod connections;
mod cross_site;
mod formats;
mod health;
pub mod hosts;
mod problems;
mod view;
