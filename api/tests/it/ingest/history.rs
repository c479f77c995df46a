//! The data package's own files, loaded at start.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use support::{Engine, Fixture, Server, field, run, until};

use crate::API;

const FILES: [&str; 3] = ["departments.csv", "jobs.csv", "employees.csv"];

conformance! {
    an_independent_fold_of_the_files_agrees_with_what_the_database_holds,
    each_reject_is_byte_for_byte_the_row_in_the_file,
    a_second_start_inserts_nothing_twice,
    a_file_that_grew_goes_on_where_it_ended,
    a_file_whose_last_line_had_no_end_can_grow,
    a_file_caught_in_the_middle_of_a_line_has_that_line_judged_again,
    a_warning_names_the_line_that_was_not_whole_or_has_changed,
    wide_rows_go_in_whatever_one_statement_of_the_engine_may_hold,
    a_file_that_changed_in_what_was_loaded_is_left_alone,
    a_file_that_was_cut_short_is_left_alone,
    a_table_without_a_file_starts_empty,
    a_header_that_does_not_fit_is_a_refusal_to_start_without_the_cells_in_it,
    a_header_with_a_wrong_label_is_a_refusal_to_start_that_names_it,
    a_header_in_another_order_is_loaded_with_a_warning,
    a_history_file_that_is_a_pipe_or_a_folder_is_a_refusal_to_start,
    a_file_that_is_left_alone_is_warned_of_with_the_command_that_loads_it,
    a_file_of_which_every_row_is_rejected_is_warned_of_with_its_commonest_reasons,
    a_file_of_which_a_row_is_accepted_is_not_warned_of,
    a_file_that_is_missing_is_warned_of_with_the_tables_that_reference_it,
}

async fn employees(server: &Server) -> usize {
    server.all("/view/employees").await.len()
}

/// The rules of the shipped package's employees, written a second time in the plainest way.
fn fold(departments: &str, jobs: &str, employees: &str) -> BTreeMap<u64, Vec<String>> {
    let ids =
        |text: &str| text.lines().map(|l| l.split(',').next().unwrap().to_owned()).collect::<HashSet<_>>();
    let (departments, jobs) = (ids(departments), ids(jobs));
    let mut stored = BTreeMap::new();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(employees.as_bytes());
    for row in reader.records() {
        let row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        let five = row.len() == 5 && row.iter().all(|cell| !cell.is_empty());
        let Some(id) = row[0].parse::<u64>().ok().filter(|id| five && (1..=2_147_483_647).contains(id))
        else {
            continue;
        };
        let date = chrono::NaiveDateTime::parse_from_str(&row[2], "%Y-%m-%dT%H:%M:%SZ");
        let dated = row[2].len() == 20 && date.is_ok();
        if dated && row[1].chars().count() <= 200 && departments.contains(&row[3]) && jobs.contains(&row[4]) {
            stored.entry(id).or_insert(row);
        }
    }
    stored
}

async fn an_independent_fold_of_the_files_agrees_with_what_the_database_holds(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let [departments, jobs, employees] = FILES.map(|f| fs::read_to_string(fixture.data().join(f)).unwrap());
    let expected = fold(&departments, &jobs, &employees);
    assert!(expected.len() > 1900, "the files have only {} valid employees", expected.len());
    let stored = server.all("/view/employees").await;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let stored: BTreeMap<u64, Vec<String>> = stored
        .iter()
        .map(|row| {
            (row["employee_id"].as_u64().unwrap(), row.as_object().unwrap().values().map(text).collect())
        })
        .collect();
    assert_eq!(stored, expected);
    for (table, file) in [("departments", departments), ("jobs", jobs)] {
        let view = server.get(&format!("/view/{table}?format=csv&limit=1000")).await;
        assert_eq!(view.text().split_once("\r\n").unwrap().1, file, "{table}");
    }
    server.stop().await.unwrap();
}

async fn each_reject_is_byte_for_byte_the_row_in_the_file(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let file = fs::read_to_string(fixture.data().join("employees.csv")).unwrap();
    let lines: Vec<&str> = file.split("\r\n").collect();
    let rejects = server.all("/rejected/employees").await;
    assert_eq!(rejects.len(), 70);
    for reject in rejects {
        let line = reject["line"].as_u64().unwrap() as usize;
        assert_eq!(reject["raw"], lines[line - 1]);
        assert_eq!(reject["row"], reject["line"], "no row of this file spans lines");
    }
    server.stop().await.unwrap();
}

async fn a_second_start_inserts_nothing_twice(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let first = (server.all("/view/employees").await, server.all("/rejected/employees").await);
    let batches = server.all("/batches").await;
    server.stop().await.unwrap();
    let server = fixture.start().await;
    assert_eq!((server.all("/view/employees").await, server.all("/rejected/employees").await), first);
    assert_eq!(server.all("/batches").await, batches);
    server.stop().await.unwrap();
}

/// A load of the first part of the employees' file, then a start on the file as it is then.
async fn start_twice(fixture: &Fixture, first: &str, then: &str) -> Server {
    fixture.shipped_package(&FILES[..2]).write("employees.csv", first);
    fixture.start().await.stop().await.unwrap();
    fixture.write("employees.csv", then);
    fixture.start().await
}

fn rows(ids: std::ops::RangeInclusive<u32>) -> String {
    ids.map(|id| format!("{id},Ada,2021-01-01T00:00:00Z,1,1\r\n")).collect()
}

async fn a_file_that_grew_goes_on_where_it_ended(fixture: Fixture) {
    let server = start_twice(&fixture, &rows(1..=1500), &rows(1..=3200)).await;
    assert_eq!(employees(&server).await, 3200);
    assert_eq!(server.all("/rejected/employees").await, Vec::<Value>::new());
    let mut spans: Vec<_> = server.all("/batches?table=employees").await;
    spans.reverse();
    let spans: Vec<_> =
        spans.iter().map(|b| json!([b["first_row"], b["first_line"], b["received"]])).collect();
    assert_eq!(json!(spans), json!([[1, 1, 1000], [1001, 1001, 500], [1501, 1501, 1000], [2501, 2501, 700]]));
    server.stop().await.unwrap();
}

async fn a_file_whose_last_line_had_no_end_can_grow(fixture: Fixture) {
    let server = start_twice(&fixture, rows(1..=2).trim_end(), &(rows(1..=2) + "3,x")).await;
    assert_eq!(employees(&server).await, 2);
    let rejects = server.all("/rejected/employees").await;
    assert_eq!(json!([rejects[0]["row"], rejects[0]["line"], rejects[0]["raw"]]), json!([3, 3, "3,x"]));
    server.stop().await.unwrap();
}

async fn a_file_caught_in_the_middle_of_a_line_has_that_line_judged_again(fixture: Fixture) {
    let whole = rows(1..=4).replace("3,Ada", "333,Ada");
    let server = start_twice(&fixture, &whole[..whole.find("333,Ada").unwrap() + 2], &whole).await;
    let ids: Vec<_> =
        server.all("/view/employees").await.iter().map(|row| row["employee_id"].clone()).collect();
    assert_eq!(ids, [1, 2, 4, 333]);
    let rejects: Vec<_> = server.all("/rejected/employees").await;
    let rejects: Vec<_> = rejects.iter().map(|r| json!([r["row"], r["line"], r["raw"]])).collect();
    assert_eq!(json!(rejects), json!([[3, 3, "33"]]));
    server.stop().await.unwrap();
    let server = fixture.start().await;
    assert_eq!(server.all("/rejected/employees").await.len(), 1);
    fixture.write("employees.csv", whole + "5,x");
    server.stop().await.unwrap();
    let server = fixture.start().await;
    assert_eq!(server.all("/rejected/employees").await.len(), 2);
    server.stop().await.unwrap();
}

/// Starts a process, and returns the line of its log that says something.
async fn warned(fixture: &Fixture, what: &str) -> String {
    let process = API.start(fixture);
    process.until_ready().await;
    let line = || {
        let logs = fs::read_dir(fixture.logs()).unwrap().map(|entry| entry.unwrap().path());
        let log = fs::read_to_string(logs.max().unwrap()).unwrap();
        log.lines().find(|line| line.contains("WARN") && line.contains(what)).map(str::to_owned)
    };
    until("the warning is in the log file", async || line().is_some()).await;
    line().unwrap()
}

async fn a_warning_names_the_line_that_was_not_whole_or_has_changed(fixture: Fixture) {
    let whole = rows(1..=1500).replace("\r\n3,Ada", "\r\n\r\n333,Ada");
    let half = &whole[..whole.find("333,Ada").unwrap() + 2];
    start_twice(&fixture, half, half).await.stop().await.unwrap();
    fixture.write("employees.csv", &whole);
    let warning = warned(&fixture, "was incomplete").await;
    assert!(warning.contains("line=4"), "{warning}");
    // The third batch is the first one that is no longer the same; line 3 is blank.
    fixture.write("employees.csv", whole.replace("\r\n1200,Ada", "\r\n1200,Eve"));
    let warning = warned(&fixture, "changed in a part that is already loaded").await;
    assert!(warning.contains("line=1004"), "{warning}");
}

async fn a_file_that_changed_in_what_was_loaded_is_left_alone(fixture: Fixture) {
    let changed = rows(1..=1500).replace("7,Ada", "7,Bob");
    let server = start_twice(&fixture, &rows(1..=1500), &(changed + &rows(1501..=1600))).await;
    assert_eq!(employees(&server).await, 1500);
    assert_eq!(server.get("/view/employees/7").await.expect(200)["employee_name"], "Ada");
    server.stop().await.unwrap();
}

async fn a_file_that_was_cut_short_is_left_alone(fixture: Fixture) {
    let server = start_twice(&fixture, &rows(1..=1500), &rows(1..=10)).await;
    assert_eq!(employees(&server).await, 1500);
    server.stop().await.unwrap();
}

async fn a_table_without_a_file_starts_empty(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES[..1]).start().await;
    assert_eq!(server.get("/view/jobs").await.expect(200), json!([]));
    server.post_csv("jobs", "1,Smith\n").await.expect(201);
    server.stop().await.unwrap();
}

/// The package of one table with a header.
fn things(fixture: &Fixture) -> &Fixture {
    let fields = [field("id", "integer"), field("note", "string")];
    fixture.one_table("things", &json!({ "fields": fields, "primaryKey": "id" }))
}

async fn a_header_that_does_not_fit_is_a_refusal_to_start_without_the_cells_in_it(fixture: Fixture) {
    things(&fixture).write("things.csv", "1,secret\n2,b\n");
    assert_eq!(
        fixture.refusal().await,
        "the history file of `things`, things.csv, cannot be loaded: its first line is not a header of the table; \
         the header must name the fields id, note, separated by `,`; if the file has none, its resource needs \
         `\"dialect\": {\"header\": false}`"
    );
}

async fn a_header_with_a_wrong_label_is_a_refusal_to_start_that_names_it(fixture: Fixture) {
    things(&fixture).write("things.csv", "id,Note \n1,secret\n");
    assert_eq!(
        fixture.refusal().await,
        "the history file of `things`, things.csv, cannot be loaded: the header does not match the table: column 2 is \
         `Note `, wanted `note`; the header must name the fields id, note, separated by `,`"
    );
}

async fn a_header_in_another_order_is_loaded_with_a_warning(fixture: Fixture) {
    let server = things(&fixture).write("things.csv", "note,id\na,1\n").start().await;
    assert_eq!(server.get("/view/things").await.expect(200), json!([{ "id": 1, "note": "a" }]));
    server.stop().await.unwrap();
}

async fn a_history_file_that_is_a_pipe_or_a_folder_is_a_refusal_to_start(fixture: Fixture) {
    let file = things(&fixture).data().join("things.csv");
    let sentence = "the history file of `things`, things.csv, cannot be loaded: it is no regular file";
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert_eq!(fixture.refusal().await, sentence);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(fixture.refusal().await, sentence);
}

/// MariaDB takes 16 MiB in one packet; the batches of one commit have 24 MB here, and one row has 6.
async fn wide_rows_go_in_whatever_one_statement_of_the_engine_may_hold(fixture: Fixture) {
    let wide = |id: u32| format!("{id},{}\n", "x".repeat(if id == 5 { 6_000_000 } else { 600_000 }));
    let file: String = (1..=40).map(wide).collect();
    let server = things(&fixture).write("things.csv", "id,note\n".to_owned() + &file).start().await;
    let rows = server.all("/view/things").await;
    let stored: String =
        rows.iter().map(|row| format!("{},{}\n", row["id"], row["note"].as_str().unwrap())).collect();
    assert!(
        stored == file,
        "what is stored, {} bytes, differs from the file, {} bytes",
        stored.len(),
        file.len()
    );
    server.stop().await.unwrap();
}

async fn a_file_that_is_left_alone_is_warned_of_with_the_command_that_loads_it(fixture: Fixture) {
    start_twice(&fixture, &rows(1..=5), &rows(2..=6)).await.stop().await.unwrap();
    let process = API.start(&fixture);
    process.until_ready().await;
    let logged = || {
        let log = fs::read_dir(fixture.logs()).unwrap().next().unwrap().unwrap().path();
        fs::read_to_string(log).unwrap()
    };
    until("the warning is in the log file", async || {
        logged()
            .lines()
            .any(|line| line.contains("WARN") && line.contains("client add-new-records employees"))
    })
    .await;
    assert!(!logged().contains("Ada"), "cell values never stand in the log");
}

async fn a_file_of_which_every_row_is_rejected_is_warned_of_with_its_commonest_reasons(fixture: Fixture) {
    let row = |id: u32| match id {
        1 => "secret,Ada,2021-01-01T00:00:00Z,,1\r\n".to_owned(),
        2 => "2,Ada\r\n".to_owned(),
        id => format!("{id},Ada,2021-01-01T00:00:00Z,1,9\r\n"),
    };
    let file: String = (1..=1500).map(row).collect();
    fixture.shipped_package(&FILES[..2]).write("jobs.csv", "1,Smith\r\n").write("employees.csv", file);
    let warning = warned(&fixture, "every row").await;
    let wanted = "every row that was loaded of the history file is rejected; the commonest reasons: \
                  foreign-key of `job_id` (1498), type-error of `employee_id` (1), constraint-error of \
                  `department_id` (1) table=";
    assert!(warning.contains(wanted) && warning.contains("rows=1500"), "{warning}");
    assert!(!fixture.log().contains("secret"), "cell values never stand in the log");
}

async fn a_file_of_which_a_row_is_accepted_is_not_warned_of(fixture: Fixture) {
    fixture.shipped_package(&FILES[..2]).write("employees.csv", rows(1..=1) + "2,x\r\n");
    let process = API.start(&fixture);
    process.until_ready().await;
    assert!(!fixture.log().contains("every row"), "{}", fixture.log());
}

async fn a_file_that_is_missing_is_warned_of_with_the_tables_that_reference_it(fixture: Fixture) {
    fixture.shipped_package(&FILES[1..]);
    let warning = warned(&fixture, "there is no history file").await;
    let wanted =
        "nothing is loaded into the table, and rows of `employees` that reference a row of it are rejected";
    assert!(warning.contains(wanted) && warning.contains("departments.csv"), "{warning}");
}

/// Batches are judged on reading connections while others are written: SQLite can only start the log again between them.
#[test]
fn the_write_ahead_log_does_not_grow_with_the_file() {
    run(Engine::Sqlite, async |fixture| {
        let long = "x".repeat(90);
        let departments: String = (1..=300_000).map(|id| format!("{id},{long}\n")).collect();
        let server = fixture.shipped_package(&[]).write("departments.csv", departments).start().await;
        assert_eq!(server.count("departments").await, 300_000);
        let mut files = fs::read_dir(fixture.folder()).unwrap().map(|entry| entry.unwrap().path());
        let log = files.find(|path| path.to_string_lossy().ends_with("-wal")).unwrap();
        let bytes = fs::metadata(log).unwrap().len();
        assert!((1..25_000_000).contains(&bytes), "the log has {bytes} bytes");
        server.stop().await.unwrap();
    });
}
