//! Rows and rejects that the server no longer has as they were sent.

use super::{differences, figures, loaded, verified};
use crate::fixture::{Fixture, employees};

#[test]
fn each_difference_is_listed_by_line_with_its_reason() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let none = "; no load or restore explains it: another program changed the database";
    fixture.sql("DELETE FROM employees WHERE employee_id BETWEEN 998 AND 1002");
    fixture.sql("UPDATE employees SET employee_name = 'Eve', job_id = 2 WHERE employee_id = 5");
    let report = verified(&fixture, "employees", &file, 2);
    assert_eq!(figures(&report), [2492, 4, 1, 5, 0, 0]);
    assert_ne!(report["file_hash"], report["server_hash"]);
    let [changed, deleted] = differences(&report).try_into().unwrap();
    assert_eq!(
        changed,
        format!("5-5 differs: employees has another value in `employee_name`, `job_id`{none}")
    );
    let neither = "it was received, but it is neither in employees nor in the reject log";
    assert_eq!(deleted, format!("998-1002 missing: {neither}{none}"));
    let out = fixture.client(&["verify", "employees", file.to_str().unwrap()]).expect(2);
    assert!(out.contains(&format!("\n  lines 998 to 1002: missing: {neither}{none}\n")), "{out}");
    assert!(
        out.ends_with("it does not add up: 6 of 2502 rows are missing, different or there twice\n"),
        "{out}"
    );
}

#[test]
fn what_was_done_to_the_reject_log_shows() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let verify = || verified(&fixture, "employees", &file, 2);
    fixture.sql("CREATE TABLE kept AS SELECT * FROM _rejected");
    fixture.sql("DELETE FROM _rejected");
    let report = verify();
    assert_eq!(figures(&report), [2498, 0, 0, 4, 0, 0]);
    fixture.sql("INSERT INTO _rejected SELECT * FROM kept");
    fixture.sql("INSERT INTO _rejected SELECT 'again', batch, table_name, row_number, line, raw, encoding, columns, errors, \
                 status, created_at FROM kept WHERE row_number = 1500");
    let report = verify();
    assert_eq!(figures(&report), [2498, 3, 0, 0, 1, 0]);
    let twice = "1500-1500 twice: it is there more than once, in the reject log as ";
    assert!(differences(&report)[1].starts_with(twice), "{report}");
    fixture.sql("DELETE FROM _rejected WHERE id = 'again'");
    // A row that is stored is in the log as well.
    fixture.sql("INSERT INTO _rejected SELECT 'other', batch, table_name, 1501, 1501, '1501,Ada,2021-01-01T00:00:00Z,1,1', \
                 encoding, columns, errors, status, created_at FROM kept WHERE row_number = 1500");
    assert_eq!(figures(&verify()), [2497, 4, 0, 0, 1, 0]);
    fixture.sql("DELETE FROM _rejected WHERE id = 'other'");
    fixture.sql("UPDATE _rejected SET raw = 'something else' WHERE row_number = 3");
    let report = verify();
    assert_eq!(figures(&report), [2498, 3, 1, 0, 0, 0]);
    assert!(
        differences(&report)[0].starts_with("3-3 differs: the reject log has other text for it, in reject "),
        "{report}"
    );
    fixture.sql("UPDATE _rejected SET raw = 'x,Ada,2021-01-01T00:00:00Z,1,1' WHERE row_number = 3");
    verified(&fixture, "employees", &file, 0);
}

#[test]
fn a_reject_that_is_gone_shows_even_where_the_table_holds_the_same() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("new.csv", &employees(1..=1500)), 0);
    let file = fixture.file("new.csv", &(employees(1..=1510) + &employees(7..=7)));
    fixture.send("employees", &file, 2);
    verified(&fixture, "employees", &file, 0);
    fixture.sql("DELETE FROM _rejected");
    let report = verified(&fixture, "employees", &file, 2);
    let [log] = differences(&report).try_into().unwrap();
    let counts = "1501-1511 log: the ledger counts 1 rejected rows in batch ";
    assert!(log.starts_with(counts) && log.ends_with(", but the reject log has 0"), "{log}");
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        verdict
            .contains("employees has the rows, but the reject log does not match the counts of the ledger"),
        "{verdict}"
    );
}

#[test]
fn a_row_that_a_restore_took_is_named_so_and_not_called_lost() {
    let fixture = Fixture::start();
    fixture.send("employees", &fixture.file("first.csv", &employees(1..=10).replace("Ada", "Eve")), 0);
    fixture.client(&["backup", "employees"]).expect(0);
    fixture.sql("DELETE FROM employees WHERE employee_id = 10");
    let file = fixture.file("new.csv", &employees(10..=20));
    fixture.send("employees", &file, 0);
    verified(&fixture, "employees", &file, 0);
    fixture.client(&["restore", "employees", "--yes"]).expect(0);
    let report = verified(&fixture, "employees", &file, 2);
    let [replaced, removed] = differences(&report).try_into().unwrap();
    let since = "; employees was restored after that, from employees-20";
    assert!(
        replaced.starts_with(&format!("1-1 differs: employees has another value in `employee_name`{since}")),
        "{replaced}"
    );
    assert!(removed.starts_with("2-11 missing: ") && removed.contains(since), "{removed}");
}

#[test]
fn rows_with_one_key_are_not_both_taken_for_the_one_that_is_stored() {
    let fixture = Fixture::words();
    let file = fixture.file("words.csv", "a,,1\na,,1\nb,\u{e9},\n");
    fixture.send("words", &file, 2);
    assert_eq!(figures(&verified(&fixture, "words", &file, 0)), [2, 1, 0, 0, 0, 0]);
    fixture.sql("DELETE FROM _rejected");
    let report = verified(&fixture, "words", &file, 2);
    assert_eq!(figures(&report), [2, 0, 0, 1, 0, 0]);
    assert!(differences(&report).iter().any(|one| one.starts_with("2-2 missing")), "{report}");
}
