//! Disks without room: nothing is half stored, everything else goes on, and room brings all of it back.

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Api, Engine, Fixture, MariaDb, Process, execute, mariadb, run, run_at, until};

use crate::API;

/// Rows of a batch, the last of which is rejected.
fn batch(number: u32) -> String {
    let rows: String = (1..1000).map(|n| format!("{},Job {n} of {number}\n", number * 1000 + n)).collect();
    rows + "rejected\n"
}

/// Sends batches until there is no room for one, and makes room; each batch ends whole, and once.
async fn fill(api: &Process, make_room: impl AsyncFnOnce()) {
    let mut stored = 0;
    let no_room = loop {
        let answer = api.post_with_key("jobs", &stored.to_string(), batch(stored)).await;
        if answer.status != 207 {
            break answer;
        }
        stored += 1;
        assert!(stored < 400, "the disk is not small");
    };
    no_room.problem(507, "disk-full");
    assert!(stored > 1, "not even two batches fit on the disk: make it larger");
    let whole = async |stored: u32| {
        let list = async |path: &str| -> Vec<Value> {
            serde_json::from_value(api.get(&format!("{path}?limit=1000")).await.expect(200)).unwrap()
        };
        assert_eq!(list("/batches").await.len(), stored as usize);
        assert_eq!(list("/rejected/jobs").await.len(), stored as usize);
        let hashed = api.get("/hash/jobs").await.expect(200);
        assert_eq!(hashed["rows"], stored * 999);
    };
    whole(stored).await;
    // A batch that is sent again gets its recorded answer, which needs no room.
    let again = api.post_with_key("jobs", "0", batch(0)).await;
    assert_eq!((again.status.as_u16(), again.is_replayed()), (207, true));
    make_room().await;
    let send = async || api.post_with_key("jobs", &stored.to_string(), batch(stored)).await;
    until("the batch is stored", async || send().await.status == 207).await;
    let again = send().await;
    assert!(again.is_replayed() && again.json()["inserted"] == 999, "{}", again.text());
    whole(stored + 1).await;
}

#[test]
fn a_database_on_a_full_disk_is_507_with_nothing_half_stored_until_there_is_room() {
    run(Engine::Sqlite, async |mut fixture| {
        let disk = fixture.shipped_package(&[]).data().join("disk");
        fs::create_dir(&disk).unwrap();
        fixture.database_url = format!("sqlite://{}/app.db", disk.display());
        let Some(api) = API.on_a_small_disk(&fixture, disk.to_str().unwrap(), "8m") else { return };
        api.until_ready().await;
        let filler = api.file(&disk.join("filler"));
        fs::write(&filler, vec![0; 5 << 20]).unwrap();
        fill(&api, async || fs::remove_file(&filler).unwrap()).await;
    });
}

#[test]
fn a_server_whose_disk_is_full_is_507_with_nothing_half_stored_until_there_is_room() {
    if mariadb().is_none() {
        return;
    }
    // InnoDB's one file may not grow any more; a table of another program takes the room.
    let one_file = ["--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:24M"];
    let database = MariaDb::start(&one_file);
    run_at(&format!("{}/app", database.url), async |fixture| {
        let sql = async |url: &str, statements: &[&str]| {
            for statement in statements {
                execute(Engine::MySql, url, statement).await.unwrap();
            }
        };
        sql(&database.url, &["CREATE DATABASE app", "CREATE DATABASE other"]).await;
        let rows = "INSERT INTO filler SELECT REPEAT('x', 8000) FROM (SELECT 1 FROM information_schema.COLUMNS LIMIT 700) c";
        let other = format!("{}/other", database.url);
        sql(&other, &["CREATE TABLE filler (x TEXT)", rows]).await;
        let api = API.start(fixture.shipped_package(&[]));
        api.until_ready().await;
        fill(&api, async || sql(&other, &["DROP TABLE filler"]).await).await;
    });
}

/// The text of all logs in a folder.
fn logs(folder: &Path) -> String {
    let logs = fs::read_dir(folder).unwrap();
    logs.map(|log| String::from_utf8_lossy(&fs::read(log.unwrap().path()).unwrap()).into_owned()).collect()
}

#[test]
fn a_log_on_a_full_disk_stops_nothing_and_goes_on_where_there_is_room() {
    run(Engine::Sqlite, async |fixture| {
        fs::create_dir(fixture.shipped_package(&[]).logs()).unwrap();
        let Some(api) = API.on_a_small_disk(&fixture, fixture.logs().to_str().unwrap(), "64k") else {
            return;
        };
        api.until_ready().await;
        let folder = api.file(&fixture.logs());
        let filler = folder.join("filler");
        let mut room = 64 << 10;
        // All of it, to the last page.
        while room > 0 && fs::write(&filler, vec![b'.'; room]).is_err() {
            room -= 4096;
        }
        let post =
            async |id: u32| api.post_with_key("jobs", &id.to_string(), format!("{id},A\n")).await.status;
        for id in 1..=500 {
            assert_eq!(post(id).await, 201);
        }
        assert_eq!(api.get("/hash/jobs").await.expect(200)["rows"], 500);
        assert!(logs(&folder).matches("inserted into jobs").count() < 400, "the disk is not full");
        fs::remove_file(&filler).unwrap();
        assert_eq!(post(501).await, 201);
        let last = api.get("/batches?limit=1").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
        until("the log goes on", async || logs(&folder).contains(&last)).await;
        until("the lost lines are reported", async || logs(&folder).contains("log lines were lost")).await;
    });
}

#[test]
fn a_terminal_that_takes_no_output_stops_nothing() {
    run(Engine::Sqlite, |fixture: Fixture| async move {
        let api = API.command(fixture.shipped_package(&[]));
        let mut command = std::process::Command::new("sh");
        command.envs(api.get_envs().filter_map(|(name, value)| Some((name, value?))));
        // The address comes from the log file, since stdout takes nothing.
        command.args(["-c", "exec \"$0\" > /dev/full 2> /dev/full"]).arg(api.get_program());
        let mut child = command.spawn().unwrap();
        let addr = async || {
            let log = if fixture.logs().exists() { logs(&fixture.logs()) } else { String::new() };
            log.split_once("listening on http://").and_then(|(_, rest)| rest.lines().next()?.parse().ok())
        };
        until("the process listens", async || addr().await.is_some()).await;
        let api = Api::at(addr().await.unwrap());
        api.until_ready().await;
        for id in 1..=50 {
            api.post_csv("jobs", format!("{id},A\n")).await.expect(201);
        }
        child.kill().unwrap();
        child.wait().unwrap();
    });
}
