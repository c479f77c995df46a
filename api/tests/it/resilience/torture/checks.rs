//! What must hold in the end, besides what became of each row.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use support::Server;
use tokio::process::Command;

use super::senders::Sending;
use super::sent::Sent;

/// What the client said of a file is what the ledger says.
pub async fn assert_the_clients_knew(server: &Server, files: &[Sent], summaries: &[Value]) {
    for (file, summary) in files.iter().zip(summaries) {
        let batches = server.all(&format!("/batches?source={}", file.name)).await;
        let told =
            |name: &str| summary[name].as_u64().unwrap() + summary["stored_before"][name].as_u64().unwrap();
        for name in ["received", "inserted", "rejected"] {
            let recorded: u64 = batches.iter().map(|batch| batch[name].as_u64().unwrap()).sum();
            assert_eq!(told(name), recorded, "{name} of {}: {summary}", file.name);
        }
    }
}

/// `client verify` finds each row of each file, once.
pub async fn assert_the_client_verifies(server: &Server, sending: &Sending, files: &[Sent]) {
    for file in files {
        let mut command = Command::new(&sending.client);
        let verify = command.args(["verify", "employees", &file.name]).current_dir(&sending.folder);
        let verified = verify.env("API_URL", server.url("")).output().await.unwrap();
        let said = String::from_utf8_lossy(&verified.stdout);
        assert!(
            verified.status.success(),
            "{}: {said}{}",
            file.name,
            String::from_utf8_lossy(&verified.stderr)
        );
    }
}

/// No log has a line about a lock that was met, or about a panic.
pub fn assert_no_faults(logs: &Path) {
    for log in fs::read_dir(logs).unwrap() {
        let log = fs::read_to_string(log.unwrap().path()).unwrap();
        for line in log.lines() {
            assert!(!line.contains("locked") && !line.contains("panicked"), "{line}");
        }
    }
}

/// SQLite finds nothing wrong with its file.
pub async fn assert_sound(url: &str) {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let check: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(check, "ok");
    assert!(sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap().is_empty());
}
