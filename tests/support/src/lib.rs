//! What the tests of the API and of the client share: engines, data packages in temporary folders, servers,
//! processes, a network that fails, and a browser.
//!
//! A claim is an `async fn` that takes a [`Fixture`], or a [`Server`] on the shipped package that is ready. The macros
//! [`conformance!`] and [`embedded!`] make tests of claims.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

mod answer;
mod api;
mod browser;
mod claim;
mod engines;
mod fixture;
pub mod load;
mod lock;
mod mariadb;
mod process;
mod proxy;
mod raw;
mod server;
pub mod tools;
mod wait;

pub use answer::Answer;
pub use api::Api;
pub use browser::Browser;
pub use claim::{Claim, check, on_mariadb, run, run_at};
pub use engines::{Engine, execute, new_schema, server_url};
pub use fixture::{Fixture, field, manifest_name, repository};
pub use lock::Lock;
pub use mariadb::{MariaDb, mariadb};
pub use process::{Process, Program, output_of};
pub use proxy::{Fate, Plan, Proxy};
pub use raw::{exchange, request};
pub use server::Server;
pub use wait::{print_line, until};
