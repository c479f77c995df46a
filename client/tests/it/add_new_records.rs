//! `add-new-records`.

use std::path::Path;

use serde_json::Value;
use support::repository;

use crate::fixture::{Fixture, employees};

/// Sends a file and returns what the client says.
#[track_caller]
fn said(fixture: &Fixture, table: &str, file: &Path, code: i32) -> String {
    fixture.client(&["add-new-records", table, file.to_str().unwrap()]).expect(code)
}

#[test]
fn the_exit_code_says_whether_all_some_or_no_rows_went_in() {
    let fixture = Fixture::start();
    let good = fixture.file("good.csv", "13,Archive\n14,Press\n");
    let mixed = fixture.file("mixed.csv", "15,Museum\nx,Nothing\n");
    let bad = fixture.file("bad.csv", "x,Nothing\n1,Taken\n");
    for _first_and_second_run in 0..2 {
        said(&fixture, "departments", &good, 0);
        said(&fixture, "departments", &mixed, 2);
        said(&fixture, "departments", &bad, 3);
    }
    said(&fixture, "departments", Path::new("missing.csv"), 1);
    fixture.client(&["add-new-records"]).expect(64);
}

#[test]
fn each_reject_is_shown_with_its_line_and_reason() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", "13,Archive\n\n14,\"two\nlines\"\n1,Taken\n");
    let out = said(&fixture, "departments", &file, 2);
    assert!(out.contains("new.csv: 2 of 3 rows inserted into departments, 1 rejected"), "{out}");
    assert!(
        out.contains("line 5: field `department_id`: the primary key \"1\" is taken by a stored row"),
        "{out}"
    );
}

#[test]
fn a_second_run_stores_nothing_twice_and_says_so() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &(employees(1..=2500) + "x,y\r\n"));
    let (first, second) = (fixture.send("employees", &file, 2), fixture.send("employees", &file, 2));
    let figures = |of: &Value| ["received", "inserted", "rejected"].map(|name| of[name].as_u64().unwrap());
    assert_eq!((figures(&first), figures(&first["stored_before"])), ([2501, 2500, 1], [0, 0, 0]));
    assert_eq!((figures(&second), figures(&second["stored_before"])), ([0, 0, 0], [2501, 2500, 1]));
    assert_eq!((&first["rows"], &second["rows"]), (&2501.into(), &2501.into()));
    assert_eq!((&first["rejects"], &first["complete"]), (&second["rejects"], &true.into()));
    let batches = fixture.client(&["--json", "batches", "--all", "--table", "employees"]).expect(0);
    assert_eq!(batches.lines().count(), 3);
    let out = said(&fixture, "employees", &file, 2);
    let sentence = "new.csv: 0 of 2501 rows are new; 2501 were sent before (2500 inserted, 1 rejected)\n";
    assert!(out.starts_with(sentence), "{out}");
}

#[test]
fn a_file_that_grew_goes_on_where_it_ended() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("new.csv", &employees(1..=1500)), 0);
    let file = fixture.file("new.csv", &(employees(1..=1700) + &employees(7..=7)));
    let out = said(&fixture, "employees", &file, 2);
    let sentence = "new.csv: 201 of 1701 rows are new: 200 inserted into employees, 1 rejected; \
                    1500 were sent before (1500 inserted, 0 rejected)\n";
    assert!(out.starts_with(sentence) && !out.contains("hint: "), "{out}");
    let sent = fixture.send("employees", &file, 2);
    assert_eq!(sent["stored_before"]["received"], 1701);
}

#[test]
fn a_file_that_was_renamed_is_the_same_file() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("one.csv", &employees(1..=20)), 0);
    let sent = fixture.send("employees", &fixture.file("other.csv", &employees(1..=20)), 0);
    assert_eq!(sent["stored_before"]["inserted"], 20);
}

#[test]
fn nothing_of_a_history_file_that_grew_is_sent() {
    let fixture = Fixture::start();
    let mut text = std::fs::read_to_string(fixture.folder().join("data/departments.csv")).unwrap();
    let departments =
        || fixture.client(&["--json", "rejected", "departments", "--all"]).expect(0).lines().count();
    for id in 0..5 {
        text += &format!("{},Added\n", 900 + id);
        let file = fixture.file("departments.csv", &text).display().to_string();
        let ran = fixture.client(&["add-new-records", "departments", &file]);
        assert!(ran.code == 1 && ran.err.contains("so the client sends nothing of it; "), "{ran:?}");
        // Neither stored nor rejected.
        assert!(fixture.client(&["get-by-id", "departments", &(900 + id).to_string()]).code != 0);
        assert_eq!((departments(), &*ran.out), (0, ""));
    }
}

#[test]
fn a_file_that_was_changed_is_sent_as_new_and_the_load_before_is_named() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("new.csv", &(employees(1..=2000) + "x,y\r\n")), 2);
    let changed = fixture.file("new.csv", &employees(1..=2000).replace("1500,Ada", "1500,Eva"));
    let out = said(&fixture, "employees", &changed, 2);
    assert!(out.contains("hint: 1000 new rows are rejected because their primary keys are already stored; new.csv was loaded before, last at 20"), "{out}");
    assert!(out.contains(": the file has changed since then, so its batches from the first change on were sent as new rows\n"), "{out}");
    // A file of history that was changed is no load, and its rows are there all the same.
    let history = std::fs::read_to_string(fixture.folder().join("data/departments.csv")).unwrap();
    let changed = fixture.file("departments.csv", &history.replace("Sales", "Sale"));
    let out = said(&fixture, "departments", &changed, 3);
    assert!(out.contains("Z: the rows of a file with this name are stored as history\n"), "{out}");
    // A single one is a reject as any other.
    let out = said(&fixture, "departments", &fixture.file("departments.csv", "1,Taken\nx,y\n13\n"), 3);
    assert!(!out.contains("hint: "), "{out}");
    // Keys that are taken in a file of another name are no such case.
    let out = said(&fixture, "departments", &fixture.file("other.csv", "1,Taken\n"), 3);
    assert!(!out.contains("hint: "), "{out}");
}

#[test]
fn the_commands_that_come_next_are_told_and_work_as_printed() {
    let fixture = Fixture::start();
    for (name, rows) in [("it's new.csv", "x,Archive\n".to_owned()), ("two.csv", "x,Press\n".repeat(1001))] {
        let out = said(&fixture, "departments", &fixture.file(name, &rows), 3);
        let export = out.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
        let send = out
            .lines()
            .find_map(|line| line.split_once("correct departments-rejected.csv, then: "))
            .unwrap()
            .1;
        let which = if name == "two.csv" { " --source two.csv" } else { " --batch " };
        assert!(export.contains(which), "{export}");
        let shell = |line: &str| {
            let settings = fixture.command();
            let settings =
                settings.get_envs().map(|(key, value)| (key.to_owned(), value.unwrap().to_owned()));
            let mut shell = std::process::Command::new("sh");
            fixture.run(
                shell.args(["-c", line]).envs(settings.collect::<Vec<_>>()).current_dir(fixture.folder()),
            )
        };
        shell(export).expect(0);
        let exported = std::fs::read_to_string(fixture.folder().join("departments-rejected.csv")).unwrap();
        assert_eq!(exported.lines().count(), rows.lines().count() + 1);
        assert!(shell(send).expect(3).contains("department_id"), "{send}");
    }
}

#[test]
fn without_a_file_the_table_s_own_in_the_folder_of_new_records_is_sent() {
    let fixture = Fixture::start();
    let folder = repository().join("new_records");
    for (table, code) in [("departments", 0), ("jobs", 0), ("employees", 2)] {
        fixture
            .run(fixture.command().env("NEW_RECORDS_DIR", &folder).args(["add-new-records", table]))
            .expect(code);
    }
}

#[test]
fn a_run_ends_up_in_the_log_without_any_cell() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("new.csv", &employees(1..=20)), 0);
    let log = fixture.log();
    assert!(log.contains("20 of 20 rows inserted into employees"), "{log}");
    assert!(!log.contains("Ada"), "{log}");
}

#[test]
fn what_one_server_stored_is_stored_before_for_the_next() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=1200));
    fixture.send("employees", &file, 0);
    let fixture = fixture.restart();
    assert_eq!(fixture.send("employees", &file, 0)["stored_before"]["inserted"], 1200);
}

#[test]
fn a_file_with_a_header_keeps_its_line_numbers_in_every_batch() {
    let fixture = Fixture::with_header();
    let rows: String =
        (1..=2500).map(|id| format!("Thing;{}\r\n", if id % 1000 == 7 { 0 } else { id })).collect();
    let file = fixture.file("things.csv", &("name;id\r\n".to_owned() + &rows.replace(";0\r", ";x\r")));
    let sent = fixture.send("things", &file, 2);
    let lines: Vec<&Value> = sent["rejects"].as_array().unwrap().iter().map(|r| &r["line"]).collect();
    assert_eq!(lines, [8, 1008, 2008], "row 7, 1007 and 2007, each behind the header's line");
}
