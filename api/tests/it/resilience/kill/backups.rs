//! SIGKILL inside backups and restores, at any moment: the table is as before or as after, the list holds only
//! whole files, and nothing else stays. `KILLS=200 cargo test -p api --test it kill::backups` is the long run.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use support::{Fixture, Process, until};

use crate::API;
use crate::backups::{filled, load_employees};

conformance! {
    a_process_that_is_killed_at_any_moment_leaves_whole_tables_and_whole_backups,
}

/// The API, which keeps all backups.
async fn start(fixture: &Fixture) -> Process {
    let mut command = API.command(fixture);
    command.env("BACKUP_KEEP", "1000");
    let api = Process::of(command);
    api.until_ready().await;
    api
}

async fn a_process_that_is_killed_at_any_moment_leaves_whole_tables_and_whole_backups(fixture: Fixture) {
    const ROWS: u32 = 20_000;
    let kills: u32 = std::env::var("KILLS").map_or(8, |kills| kills.parse().unwrap());
    let server = filled(&fixture, ROWS).await;
    let full = (server.hash("employees").await, server.back_up("employees").await);
    fixture.sql(&["DELETE FROM employees WHERE employee_id % 2 = 0"]).await;
    load_employees(&server, 50_001..=50_100).await;
    let half = (server.hash("employees").await, server.back_up("employees").await);
    let known: BTreeSet<&String> = [&full.0, &half.0].into();
    server.stop().await.unwrap();

    let (mut landed, mut before, mut after) = (0, 0, 0);
    let mut longest = Duration::from_millis(400);
    let mut expected = half.0.clone();
    while landed < kills {
        let api = start(&fixture).await;
        assert!(fixture.staging_files().is_empty(), "a staging file outlived a start");
        // In turn a restore of the other state, and a backup.
        let restored = if expected == full.0 { &half } else { &full };
        let path = match landed % 3 {
            2 => "/backup/employees".to_owned(),
            _ => format!("/restore/employees?backup={}", restored.1),
        };
        let working = api.begin("POST", &path);
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
        let ended = working.is_finished();
        api.kill();
        if ended {
            longest = longest.mul_f64(0.8);
        } else {
            landed += 1;
        }

        let api = start(&fixture).await;
        let hash = api.get("/hash/employees").await.expect(200)["content_hash"].as_str().unwrap().to_owned();
        assert!(known.contains(&hash), "a table of neither state after {landed} kills");
        if path.starts_with("/restore") {
            *(if hash == expected { &mut before } else { &mut after }) += 1;
        } else {
            assert_eq!(hash, expected, "a backup changed the table");
        }
        // The ledger has a restore exactly when the table was changed by it.
        let ledger = api.get("/batches?kind=restore&limit=1").await.expect(200);
        let newest =
            ledger.as_array().unwrap().first().map_or(json!(half.1), |batch| batch["source"].clone());
        assert_eq!(newest, json!(if hash == full.0 { &full.1 } else { &half.1 }));
        expected = hash;
        for backup in api.get("/backup/employees?limit=3").await.expect(200).as_array().unwrap() {
            let name = backup["name"].as_str().unwrap();
            let verified = api.post_empty(&format!("/backup/employees/{name}/verify")).await.expect(200);
            assert!(known.contains(&verified["content_hash"].as_str().unwrap().to_owned()));
        }
        until("what the killed process had begun is gone from the server", async || {
            fixture.try_sql("SELECT * FROM _staging").await.is_err()
        })
        .await;
        api.kill();
    }
    println!("{landed} kills landed; of restores {before} had not happened, {after} had");
}
