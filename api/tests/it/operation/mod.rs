//! What an operator sets and sees: the database, logins, secrets, logs.
//!
//! - `database_url`: which databases are taken, and which are refused at the start
//! - `descriptors`: what is said of the descriptor at the start
//! - `packets`: the largest packet of a server, against the largest body
//! - `login`: accounts of MySQL, over TLS
//! - `secrets`: nothing prints them
//! - `logs`: what is logged, and what logging costs

mod database_url;
mod descriptors;
mod login;
mod logs;
mod packets;
mod secrets;

use std::process::{Command, Output};

use support::output_of;

/// The sentence with which a process ends.
pub async fn refusal_of(command: Command) -> String {
    let Output { status, stdout, .. } = output_of(command).await;
    assert_eq!(status.code(), Some(1));
    let log = String::from_utf8(stdout).unwrap();
    let line = log.lines().find(|line| line.contains("ERROR")).unwrap();
    line.split_once("ERROR ").unwrap().1.to_owned()
}
