//! What holds for every path, and the lists of rows and batches.
//!
//! - `hosts`: the names by which requests may call the service
//! - `cross_site`: what pages of other sites can make a browser send
//! - `connections`: connections that break off, wait or are silent
//! - `problems`: problem documents, and what holds for every path
//! - `formats`: `Accept` and `?format=`
//! - `health`: live and ready
//! - `view`: rows and pages of rows
//! - `batches`: the ledger as a list
//! - `openapi`: the document that describes all of this

mod batches;
mod connections;
mod cross_site;
mod formats;
mod health;
mod hosts;
mod openapi;
mod problems;
mod view;
