//! `check`: the same judge, without a server.

use serde_json::Value;
use support::repository;

use crate::fixture::Fixture;

#[test]
fn a_file_is_judged_as_the_server_would_except_for_references() {
    let fixture = Fixture::start();
    let data = repository().join("data");
    let (package, employees) = (data.join("datapackage.json"), data.join("employees.csv"));
    let arguments = [
        "--json",
        "--api-url",
        "http://127.0.0.1:9",
        "check",
        "employees",
        employees.to_str().unwrap(),
        "--data-package",
        package.to_str().unwrap(),
    ];
    let checked: Value = serde_json::from_str(&fixture.client(&arguments).expect(2)).unwrap();
    let sent = fixture.client(&["--json", "add-new-records", "employees", employees.to_str().unwrap()]);
    let sent: Value = serde_json::from_str(&sent.expect(2)).unwrap();
    let (mut by_server, mut by_check) = (sent["codes"].clone(), checked["codes"].clone());
    assert_eq!(by_server.as_object_mut().unwrap().remove("foreign-key"), Some(13.into()));
    // Of two batches in flight either may be stored first, and with it the row that takes a repeated key.
    for codes in [&mut by_server, &mut by_check] {
        codes.as_object_mut().unwrap().remove("primary-key");
    }
    assert_eq!(by_server, by_check);
    assert_eq!(checked["received"], 2000);
}

#[test]
fn a_key_repeated_far_apart_in_a_file_is_found() {
    let fixture = Fixture::start();
    let rows: String = (1..=1500).map(|id| format!("{id},Job\n")).collect();
    let file = fixture.file("jobs.csv", &(rows + "7,Again\n"));
    let package = repository().join("data/datapackage.json");
    let arguments = ["check", "jobs", file.to_str().unwrap(), "--data-package", package.to_str().unwrap()];
    let out = fixture.client(&arguments).expect(2);
    assert!(
        out.contains(
            "line 1501: field `job_id`: the primary key \"7\" is taken by an earlier row of the file"
        )
    );
}
