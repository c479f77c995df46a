//! `add-new-records`.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::fixture::{Fixture, employees, repository};

fn summary(out: &str) -> Value {
    serde_json::from_str(out).unwrap()
}

#[test]
fn the_exit_code_says_whether_all_some_or_no_rows_went_in() {
    let fixture = Fixture::start();
    let good = fixture.file("good.csv", "13,Archive\n14,Press\n");
    let mixed = fixture.file("mixed.csv", "15,Museum\nx,Nothing\n");
    let bad = fixture.file("bad.csv", "x,Nothing\n1,Taken\n");
    let add =
        |file: &std::path::Path| fixture.client(&["add-new-records", "departments", file.to_str().unwrap()]);
    add(&good).expect(0);
    add(&mixed).expect(2);
    add(&bad).expect(3);
    add(std::path::Path::new("missing.csv")).expect(1);
    fixture.client(&["add-new-records"]).expect(64);
}

#[test]
fn each_reject_is_shown_with_its_line_and_reason() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", "13,Archive\n\n14,\"two\nlines\"\n1,Taken\n");
    let out = fixture.client(&["add-new-records", "departments", file.to_str().unwrap()]).expect(2);
    assert!(out.contains("2 of 3 rows inserted into departments, 1 rejected"), "{out}");
    assert!(
        out.contains("line 5: field `department_id`: the primary key \"1\" is taken by a stored row"),
        "{out}"
    );
}

#[test]
fn a_second_run_stores_nothing_twice_and_says_so() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &(employees(1..=2500) + "x,y\r\n"));
    let run = |code| {
        let ran = fixture.client(&["--json", "add-new-records", "employees", file.to_str().unwrap()]);
        summary(&ran.expect(code))
    };
    let (first, second) = (run(2), run(2));
    assert_eq!((&first["inserted"], &first["stored_before"]), (&2500.into(), &0.into()));
    assert_eq!((&second["inserted"], &second["stored_before"]), (&2500.into(), &2501.into()));
    assert_eq!(first["rejects"], second["rejects"]);
    let batches = fixture.client(&["--json", "batches", "--all", "--table", "employees"]).expect(0);
    assert_eq!(batches.lines().count(), 3);
}

#[test]
fn a_file_that_grew_goes_on_where_it_ended() {
    let fixture = Fixture::start();
    let add = |rows: &str, code| {
        let file = fixture.file("new.csv", rows);
        let ran = fixture.client(&["--json", "add-new-records", "employees", file.to_str().unwrap()]);
        summary(&ran.expect(code))
    };
    add(&employees(1..=1500), 0);
    let grown = add(&employees(1..=1700), 0);
    assert_eq!((&grown["inserted"], &grown["stored_before"]), (&1700.into(), &1500.into()));
}

#[test]
fn a_file_that_was_renamed_is_the_same_file() {
    let fixture = Fixture::start();
    for name in ["one.csv", "other.csv"] {
        let file = fixture.file(name, &employees(1..=20));
        fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]).expect(0);
    }
}

#[test]
fn standard_input_is_a_file_as_well() {
    let fixture = Fixture::start();
    let mut command = fixture.command();
    command
        .args(["--json", "add-new-records", "employees", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(employees(1..=3000).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(summary(&String::from_utf8(output.stdout).unwrap())["inserted"], 3000);
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
fn a_table_that_is_not_there_is_named_with_those_that_are() {
    let ran = Fixture::start().client(&["add-new-records", "nope", "x.csv"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err, "error: there is no table \"nope\"; the tables are departments, jobs, employees\n");
}

#[test]
fn a_run_ends_up_in_the_log_without_any_cell() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=20));
    fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]).expect(0);
    let log = fixture.log();
    assert!(log.contains("20 of 20 rows inserted into employees"), "{log}");
    assert!(!log.contains("Ada"), "{log}");
}

#[test]
fn what_one_server_stored_is_stored_before_for_the_next() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=1200));
    fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]).expect(0);
    let fixture = fixture.restart();
    let out = fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]).expect(0);
    assert!(out.contains("1,200 of these rows were stored before"), "{out}");
}

#[test]
fn a_file_with_a_header_keeps_its_line_numbers_in_every_batch() {
    let fixture = Fixture::with_header();
    let rows: String =
        (1..=2500).map(|id| format!("Thing,{}\r\n", if id % 1000 == 7 { 0 } else { id })).collect();
    let file = fixture.file("things.csv", &("name,id\r\n".to_owned() + &rows.replace(",0\r", ",x\r")));
    let ran = fixture.client(&["--json", "add-new-records", "things", file.to_str().unwrap()]);
    let lines: Vec<Value> =
        summary(&ran.expect(2))["rejects"].as_array().unwrap().iter().map(|r| r["line"].clone()).collect();
    assert_eq!(lines, [8, 1008, 2008], "row 7, 1007 and 2007, each behind the header's line");
}
