//! Files that were loaded, grew, or were changed.

use serde_json::Value;
use support::repository;

use super::{differences, figures, loaded, verified};
use crate::fixture::{Fixture, employees};

#[test]
fn a_loaded_file_adds_up_whatever_it_is_called() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let report = verified(&fixture, "employees", &file, 0);
    assert_eq!(figures(&report), [2498, 4, 0, 0, 0, 0]);
    assert_eq!((&report["batches"], &report["bytes"]), (&3.into(), &file.metadata().unwrap().len().into()));
    assert_eq!(
        report["verdict"],
        "it adds up: each of the 2502 rows is exactly once in employees or in the reject log"
    );
    let other = fixture.file("other.csv", &std::fs::read_to_string(&file).unwrap());
    assert_eq!(verified(&fixture, "employees", &other, 0)["server_hash"], report["server_hash"]);
    let mut stdin = fixture.command();
    stdin.args(["--json", "verify", "employees", "-"]).stdin(std::fs::File::open(&file).unwrap());
    let piped: Value = serde_json::from_str(&fixture.run(&mut stdin).expect(0)).unwrap();
    assert_eq!((&piped["sha256"], &piped["source"]), (&report["sha256"], &"stdin".into()));
}

#[test]
fn the_hash_is_the_same_on_another_server_in_other_batches() {
    let (one, other) = (Fixture::start(), Fixture::start());
    let file = loaded(&one);
    let text = std::fs::read_to_string(&file).unwrap();
    // There it grew in between.
    for rows in [700, 1800, 2502] {
        let part: String = text.split_inclusive('\n').take(rows).collect();
        other.send("employees", &other.file("new.csv", &part), 2);
    }
    let reports = [verified(&one, "employees", &file, 0), verified(&other, "employees", &file, 0)];
    assert_eq!(figures(&reports[0]), figures(&reports[1]));
    assert_eq!(reports[0]["server_hash"], reports[1]["server_hash"]);
    assert_eq!([&reports[0]["batches"], &reports[1]["batches"]], [&Value::from(3), &Value::from(4)]);
}

#[test]
fn the_rows_that_a_data_package_names_add_up_also_where_they_are_in_several_files() {
    let fixture = Fixture::words_in_two_files();
    let package = fixture.folder().join("data/datapackage.json");
    let verify = ["--json", "verify", "words", "--data-package", package.to_str().unwrap()];
    let report: Value = serde_json::from_str(&fixture.client(&verify).expect(0)).unwrap();
    assert_eq!((figures(&report), &report["adds_up"]), ([2, 1, 0, 0, 0, 0], &Value::Bool(true)));
    std::fs::write(fixture.folder().join("data/two.csv"), "word,count\nc,4\n").unwrap();
    let report: Value = serde_json::from_str(&fixture.client(&verify).expect(2)).unwrap();
    assert_eq!(figures(&report)[..3], [1, 1, 1], "{report}");
    std::fs::remove_file(fixture.folder().join("data/two.csv")).unwrap();
    let ran = fixture.client(&verify);
    assert!(ran.code == 1 && ran.err.contains("two.csv is missing in the folder of"), "{ran:?}");
}

#[test]
fn history_files_add_up() {
    let fixture = Fixture::start();
    for table in ["departments", "jobs"] {
        let file = repository().join(format!("data/{table}.csv"));
        assert_eq!(verified(&fixture, table, &file, 0)["balance"], Value::Null);
        // Nobody sends it again by mistake.
        let path = file.display().to_string();
        let again = fixture.client(&["add-new-records", table, &path]);
        assert!(
            again.code == 1
                && again.err.starts_with(&format!(
                    "error: the API has loaded {table}.csv into {table} as history, so the client sends nothing of it; "
                )),
            "{again:?}"
        );
        assert_eq!(figures(&verified(&fixture, table, &file, 0))[1..], [0; 5]);
    }
}

#[test]
fn a_file_with_a_header_adds_up() {
    let fixture = Fixture::with_header();
    let rows: String = (1..=2500).map(|id| format!("Thing;{id}\r\n")).collect();
    let file =
        fixture.file("things.csv", &("\u{feff}name;id\r\n\r\n".to_owned() + &rows + "\"Two\nlines\";x\r\n"));
    fixture.send("things", &file, 2);
    assert_eq!(figures(&verified(&fixture, "things", &file, 0)), [2500, 1, 0, 0, 0, 0]);
    fixture.sql("DELETE FROM _rejected");
    let report = verified(&fixture, "things", &file, 2);
    assert!(differences(&report)[1].starts_with("2503-2503 missing: it was received, but"), "{report}");
}

#[test]
fn a_file_that_grew_is_not_called_lost_either() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("new.csv", &employees(1..=1500)), 0);
    let file = fixture.file("new.csv", &employees(1..=1700));
    let report = verified(&fixture, "employees", &file, 2);
    assert_eq!(figures(&report), [1500, 0, 0, 200, 0, 200]);
    assert_eq!(
        report["verdict"],
        "the file has grown, or its load is not complete: its first 1500 rows add up, the other 200 are not loaded \
         yet; add-new-records sends them"
    );
    assert_eq!(
        differences(&report),
        ["1501-1700 missing: no batch in the ledger received it as part of this file"]
    );
    fixture.send("employees", &file, 0);
    verified(&fixture, "employees", &file, 0);
    // One whose last line was not whole has become another row.
    fixture.send(
        "employees",
        &fixture.file("new.csv", &(employees(1..=1700) + "1701,Ada,2021-01-01T00:00:00Z,1,1")),
        0,
    );
    let file = fixture.file("new.csv", &(employees(1..=1700) + "1701,Ada,2021-01-01T00:00:00Z,1,12\r\n"));
    assert_eq!(figures(&verified(&fixture, "employees", &file, 2)), [1700, 0, 1, 0, 0, 1]);
    fixture.send("employees", &file, 2);
    assert_eq!(figures(&verified(&fixture, "employees", &file, 0)), [1700, 1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_was_changed_since_is_compared_by_what_it_holds() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let changed = std::fs::read_to_string(&file).unwrap().replace("\r\n1400,Ada", "\r\n1400,Eve");
    let changed = fixture.file("new.csv", &changed);
    let report = verified(&fixture, "employees", &changed, 2);
    assert_eq!(figures(&report), [2497, 4, 1, 0, 0, 1502]);
    let listed = differences(&report);
    assert!(
        listed[1].starts_with("1400-1400 differs: employees has another value in `employee_name`; no batch"),
        "{report}"
    );
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.contains("the file differs from what was loaded, from line 1001 on"), "{verdict}");
    // Sent as the new file that it is, all of it is accounted for: most as rejects, since their keys are taken.
    fixture.send("employees", &changed, 2);
    let report = verified(&fixture, "employees", &changed, 0);
    assert_eq!(figures(&report), [999, 1503, 0, 0, 0, 0]);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.ends_with("; another load stored 1499 of the rejected rows in employees"), "{verdict}");
    // Changed from its first row on, nothing of it is the same; it is known by its name.
    let other = fixture.file("new.csv", &employees(1..=20).replace("1,Ada", "1,Eve"));
    let report = verified(&fixture, "employees", &other, 2);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.contains("a file with this name was loaded, last at 2"), "{verdict}");
}

#[test]
fn a_file_that_lost_its_last_line_end_is_the_same_file() {
    let fixture = Fixture::start();
    for rows in [3, 1000, 2500] {
        let whole = employees(1..=2500)
            .lines()
            .take(rows)
            .map(|line| format!("{rows}{line}\r\n"))
            .collect::<String>();
        let whole = whole.replace(&format!("{rows}1,Ada"), &format!("{rows}1,Ida"));
        fixture.send("employees", &fixture.file("whole.csv", &whole), 0);
        let cut = fixture.file("cut.csv", whole.trim_end());
        let out = fixture.client(&["add-new-records", "employees", &cut.display().to_string()]).expect(0);
        assert!(out.contains(&format!("0 of {rows} rows are new; {rows} were sent before")), "{out}");
        verified(&fixture, "employees", &cut, 0);
    }
}

#[test]
fn a_load_with_gaps_was_not_finished() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    // As it is left where the second of three batches was lost on its way.
    fixture.sql("DELETE FROM _rejected WHERE batch = (SELECT id FROM _batches WHERE first_row = 1001)");
    fixture.sql("DELETE FROM _batches WHERE first_row = 1001");
    fixture.sql("DELETE FROM employees WHERE employee_id BETWEEN 1001 AND 2000");
    let report = verified(&fixture, "employees", &file, 2);
    assert_eq!(
        report["verdict"],
        "the load is not complete: 1000 of 2502 rows were not received; add-new-records sends them"
    );
    fixture.send("employees", &file, 2);
    verified(&fixture, "employees", &file, 0);
}

#[test]
fn a_file_that_was_never_loaded_is_told_so() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=1500));
    let report = verified(&fixture, "employees", &file, 3);
    assert_eq!(report["verdict"], "this file was never loaded into employees");
    assert_eq!(
        differences(&report),
        ["1-1500 missing: no batch in the ledger received it as part of this file"]
    );
    fixture.send("employees", &fixture.file("other.csv", &(employees(1500..=1500) + &employees(1..=9))), 0);
    let report = verified(&fixture, "employees", &file, 3);
    assert_eq!(
        report["verdict"],
        "this file was never loaded into employees; employees has 10 of its rows from other loads"
    );
    for (name, text) in [("empty.csv", ""), ("blank.csv", "\r\n\n")] {
        let ran = fixture.client(&["verify", "employees", fixture.file(name, text).to_str().unwrap()]);
        assert!(ran.code == 1 && ran.err.contains("no rows"), "{ran:?}");
    }
}

#[test]
fn nothing_is_changed_and_nothing_of_a_cell_is_logged() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let batches = || fixture.client(&["--json", "batches", "--all"]).expect(0);
    let before = batches();
    verified(&fixture, "employees", &file, 0);
    verified(&fixture, "employees", &fixture.file("never.csv", &employees(9000..=9001)), 3);
    assert_eq!(batches(), before);
    assert!(!fixture.log().contains("Ada"));
}
