//! `get-by-id`, `rejected` and `batches`.

use crate::fixture::{Fixture, employees};

#[test]
fn one_row_is_shown_as_a_table_or_as_json() {
    let fixture = Fixture::start();
    let json = fixture.client(&["--json", "get-by-id", "departments", "2"]).expect(0);
    assert_eq!(json, "{\"department_id\":2,\"department_name\":\"Sales\"}\n");
    let table = fixture.client(&["get-by-id", "departments", "2"]).expect(0);
    assert!(table.contains("department_name") && table.contains("Sales"), "{table}");
}

#[test]
fn a_row_that_is_not_there_is_a_failure_in_a_sentence() {
    let fixture = Fixture::start();
    let ran = fixture.client(&["get-by-id", "departments", "99"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: departments has no row with department_id 99\n"));
    let ran = fixture.client(&["get-by-id", "departments", "two"]);
    assert!(ran.err.contains("department_id of departments is an integer"), "{}", ran.err);
}

#[test]
fn rejects_come_back_as_csv_to_be_corrected_and_sent_again() {
    let fixture = Fixture::start();
    let bad = employees(1..=1200).replace("Ada", "");
    let file = fixture.file("new.csv", &bad);
    fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]).expect(3);
    let csv = fixture.client(&["rejected", "employees", "--all", "--csv"]).expect(0);
    let mut lines = csv.lines();
    let header =
        "employee_id,employee_name,hiring_date,department_id,job_id,_reject_id,_line,_codes,_fields,_reason";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.clone().count(), 1200);
    // Of batches in flight at once, any may be stored first.
    assert_eq!(lines.filter(|line| line.starts_with("1,,2021-01-01T00:00:00Z,1,1,")).count(), 1);
    let some = fixture.client(&["--json", "rejected", "employees", "--limit", "3"]).expect(0);
    assert_eq!(some.lines().count(), 3);
}

#[test]
fn batches_are_listed_newest_first() {
    let fixture = Fixture::start();
    let out = fixture.client(&["--json", "batches"]).expect(0);
    let tables: Vec<String> = out
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["table"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(tables, ["jobs", "departments"]);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let fixture = Fixture::start();
    let ran = fixture.client(&["--api-url", "nonsense", "batches"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the API's URL \"nonsense\" is no URL; see --api-url"), "{}", ran.err);
}
