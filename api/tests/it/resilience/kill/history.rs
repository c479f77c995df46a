//! SIGKILL inside a history load: after another start, the table and the reject log are as if nothing
//! had happened. `KILLS=50 cargo test -p api --test it kill::history` is the long run.

use generator::Options;
use support::{Fixture, Process, until};

use crate::API;

/// Employees in the file; about a second's load in the tests' build.
const ROWS: u32 = 100_000;

conformance! {
    a_history_load_that_is_killed_again_and_again_ends_as_an_undisturbed_one,
}

/// What a load leaves behind: the rows and the rejects, without the ids and times of its batches.
async fn result(process: &Process) -> (String, Vec<String>) {
    process.until_ready().await;
    let rejected = process.all_csv("/rejected/employees").await;
    let mut reader = csv::Reader::from_reader(rejected.as_bytes());
    let id = reader.headers().unwrap().iter().position(|name| name == "_reject_id").unwrap();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let cells: Vec<&str> =
            record.iter().enumerate().filter(|(i, _)| *i != id).map(|(_, cell)| cell).collect();
        cells.join("|")
    });
    let mut rejects: Vec<String> = rows.collect();
    // Each page has a header of its own.
    rejects.retain(|reject| !reject.contains("_reason"));
    (process.all_csv("/view/employees").await, rejects)
}

async fn a_history_load_that_is_killed_again_and_again_ends_as_an_undisturbed_one(fixture: Fixture) {
    let kills: u32 = std::env::var("KILLS").map_or(6, |kills| kills.parse().unwrap());
    fixture.shipped_package(&[]);
    generator::write(&fixture.data(), &Options { employees: ROWS, ..Options::default() }).unwrap();
    let process = API.start(&fixture);
    let undisturbed = result(&process).await;
    process.kill();
    assert!(undisturbed.1.len() > 3000, "the undisturbed load has only {} rejects", undisturbed.1.len());

    let mut landed = 0;
    while landed < kills {
        fixture.drop_database().await;
        // Three on one database, each later in the file than the one before.
        for third in 1..=3 {
            let process = API.start(&fixture);
            let goal = third * 25 + (landed * 7) % 25;
            until("the load is under way", async || {
                process.is_ready().await || loaded(&process).await >= u64::from(goal)
            })
            .await;
            landed += u32::from(!process.is_ready().await);
            process.kill();
        }
        let process = API.start(&fixture);
        let (rows, rejects) = result(&process).await;
        assert!(rows == undisturbed.0, "the table differs after {landed} kills");
        assert!(rejects == undisturbed.1, "the reject log differs after {landed} kills");
        process.kill();
    }
}

/// Batches of employees in the ledger.
async fn loaded(process: &Process) -> u64 {
    let newest = process.try_get("/batches?table=employees&limit=1").await;
    let newest = newest.filter(|answer| answer.status == 200);
    newest.and_then(|answer| answer.json()[0]["first_row"].as_u64()).map_or(0, |row| row / 1000 + 1)
}
