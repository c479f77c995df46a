//! The migration gateway: an HTTP service in front of a SQL database.
//!
//! `http` answers requests, `ingest` is the one way in for rows, `store` is the only module that knows
//! databases exist. ARCHITECTURE.md shows how they fit together.

mod address;
mod app;
mod attempts;
pub mod backup;
mod config;
mod dictionary_check;
mod figures;
mod formats;
pub mod healthcheck;
mod hosts;
mod http;
pub mod ingest;
pub mod memory;
mod output;
mod pages;
pub mod process;
mod reconcile;
mod reports;
mod reserved;
mod state;
pub mod store;
mod tasks;
pub mod telemetry;

pub use app::{App, Stopper};
pub use config::{Command, Config};
