//! The newest backup is the one that was made last, and it is kept, whatever the clocks show.

use std::fs;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use support::{Fixture, Server};

use super::filled;

conformance! {
    a_new_backup_is_kept_although_older_ones_have_later_names,
    backups_of_several_processes_are_listed_in_the_order_in_which_they_are_made,
    a_new_backup_is_kept_although_another_has_the_last_possible_name,
}

/// The name of a backup that is made some hours from now.
pub fn name_in(table: &str, hours: i64) -> String {
    let at = Utc::now() + chrono::Duration::hours(hours);
    format!("{table}-{}.avro", at.format("%Y%m%dT%H%M%S%.3fZ"))
}

/// Copies a backup and its manifest, as if it had been made under another name.
fn copy(fixture: &Fixture, table: &str, from: &str, to: &str) {
    let manifest = |name: &str| fixture.manifest_file(table, name);
    fs::copy(fixture.backup_file(table, from), fixture.backup_file(table, to)).unwrap();
    let mut told: Value = serde_json::from_slice(&fs::read(manifest(from)).unwrap()).unwrap();
    told["name"] = json!(to);
    fs::write(manifest(to), told.to_string()).unwrap();
}

async fn start(fixture: &Fixture, keep: &str) -> Server {
    let server = fixture.start_with(&["--backup-keep", keep]);
    server.until_ready().await;
    server
}

async fn a_new_backup_is_kept_although_older_ones_have_later_names(fixture: Fixture) {
    filled(&fixture, 20).await.stop().await.unwrap();
    let server = start(&fixture, "3").await;
    let first = server.back_up("employees").await;
    let mut ahead = Vec::new();
    for hours in [24, 25, 26] {
        ahead.insert(0, name_in("employees", hours));
        copy(&fixture, "employees", &first, &ahead[0]);
    }
    fixture.sql(&["DELETE FROM employees WHERE employee_id > 5"]).await;
    let made = server.post_empty("/backup/employees").await.expect(201);
    let name = made["name"].as_str().unwrap().to_owned();
    assert!(name > ahead[0], "{name} is not later than {}", ahead[0]);
    assert_eq!(server.backups("employees").await, [name.clone(), ahead[0].clone(), ahead[1].clone()]);
    // The name decides which backup is the newest; created_at is the time of the clock.
    let created_at: DateTime<Utc> = made["created_at"].as_str().unwrap().parse().unwrap();
    assert!((Utc::now() - created_at).num_hours().abs() < 1, "{created_at}");
    fixture.sql(&["DELETE FROM employees"]).await;
    let restored = server.restore("employees", "").await.expect(200);
    assert_eq!((&restored["name"], &restored["after"]), (&json!(name), &json!(5)));
    for _ in 0..3 {
        let next = server.back_up("employees").await;
        assert_eq!(server.backups("employees").await[0], next);
    }
    assert!(server.backups("employees").await.iter().all(|kept| *kept > name));
    server.stop().await.unwrap();
}

async fn backups_of_several_processes_are_listed_in_the_order_in_which_they_are_made(fixture: Fixture) {
    filled(&fixture, 3).await.stop().await.unwrap();
    let servers = [start(&fixture, "2").await, start(&fixture, "2").await];
    let mut made = vec![servers[0].back_up("employees").await];
    for round in 1..8 {
        if round == 3 {
            // Of a third one, whose clock is ahead.
            let name = name_in("employees", 24);
            copy(&fixture, "employees", &made[0], &name);
            made.insert(0, name);
        }
        made.insert(0, servers[round % 2].back_up("employees").await);
        assert_eq!(servers[0].backups("employees").await, made[..2]);
        assert_eq!(servers[1].restore("employees", "dry_run=true").await.expect(200)["name"], made[0]);
    }
    for server in servers {
        server.stop().await.unwrap();
    }
}

async fn a_new_backup_is_kept_although_another_has_the_last_possible_name(fixture: Fixture) {
    filled(&fixture, 3).await.stop().await.unwrap();
    let server = start(&fixture, "1").await;
    let first = server.back_up("employees").await;
    let last = "employees-99991231T235959.999Z.avro";
    copy(&fixture, "employees", &first, last);
    for _ in 0..3 {
        let name = server.back_up("employees").await;
        assert_eq!(server.backups("employees").await, [last.to_owned(), name]);
    }
    server.stop().await.unwrap();
}
