//! `verify`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use support::repository;

use crate::fixture::{Fixture, employees};

/// Verifies a file, and returns the JSON that the client prints.
#[track_caller]
fn verified(fixture: &Fixture, table: &str, file: &Path, code: i32) -> Value {
    let ran = fixture.client(&["--json", "verify", table, file.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&ran.expect(code)).unwrap();
    let sum: u64 = ["stored", "rejected", "differs", "missing", "twice"]
        .map(|name| report[name].as_u64().unwrap())
        .iter()
        .sum();
    assert_eq!(report["rows"], sum, "{report}");
    assert_eq!(report["adds_up"], code == 0, "{report}");
    assert!(code != 0 || report["file_hash"] == report["server_hash"], "{report}");
    report
}

/// Stored, rejected, differing, missing, twice, never received.
fn figures(report: &Value) -> [u64; 6] {
    ["stored", "rejected", "differs", "missing", "twice", "unrecorded"]
        .map(|name| report[name].as_u64().unwrap())
}

/// Place, kind and reason of each difference.
fn differences(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |one: &Value| {
        let [first, last, kind, reason] =
            ["first_line", "last_line", "kind", "reason"].map(|name| text(&one[name]));
        format!("{first}-{last} {kind}: {reason}")
    };
    report["differences"].as_array().unwrap().iter().map(one).collect()
}

/// 2500 employees, of whom lines 3, 1500 and 2502 are none, and line 2501 has the key of another; loaded.
fn loaded(fixture: &Fixture) -> PathBuf {
    let rows = employees(1..=2500).replace("\r\n3,Ada", "\r\nx,Ada").replace("\r\n1500,Ada", "\r\n1500,");
    let file = fixture.file("new.csv", &(rows + "2400,Ada,2021-01-01T00:00:00Z,1,1\r\n8,Eve\r\n"));
    fixture.send("employees", &file, 2);
    file
}

#[test]
fn a_loaded_file_adds_up_whatever_it_is_called() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let report = verified(&fixture, "employees", &file, 0);
    assert_eq!(figures(&report), [2498, 4, 0, 0, 0, 0]);
    assert_eq!((&report["batches"], &report["bytes"]), (&3.into(), &file.metadata().unwrap().len().into()));
    assert_eq!(
        report["verdict"],
        "it adds up: each of the 2502 rows is exactly once in employees or in the reject log of its load"
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
fn history_files_add_up() {
    let fixture = Fixture::start();
    for table in ["departments", "jobs"] {
        let file = repository().join(format!("data/{table}.csv"));
        assert_eq!(verified(&fixture, table, &file, 0)["balance"], Value::Null);
        // Nobody sends it again by mistake.
        let path = file.display().to_string();
        let again = fixture.client(&["add-new-records", table, &path]);
        assert!(
            again.code == 1 && again.err.contains("is stored in") && again.err.contains("as history"),
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
    assert!(differences(&report)[1].starts_with("2503-2503 missing: it was received"), "{report}");
}

#[test]
fn each_difference_is_listed_by_line_with_its_reason() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let none = "; no load or restore did that: something other than the API changed it";
    fixture.sql("DELETE FROM employees WHERE employee_id BETWEEN 998 AND 1002");
    fixture.sql("UPDATE employees SET employee_name = 'Eve', job_id = 2 WHERE employee_id = 5");
    let report = verified(&fixture, "employees", &file, 2);
    assert_eq!(figures(&report), [2492, 4, 1, 5, 0, 0]);
    assert_ne!(report["file_hash"], report["server_hash"]);
    let [changed, deleted] = differences(&report).try_into().unwrap();
    assert_eq!(
        changed,
        format!("5-5 differs: employees has another value of `employee_name`, `job_id`{none}")
    );
    let neither = "it was received, and is neither in employees nor in the reject log";
    assert_eq!(deleted, format!("998-1002 missing: {neither}{none}"));
    let out = fixture.client(&["verify", "employees", file.to_str().unwrap()]).expect(2);
    assert!(out.contains(&format!("\n  lines 998 to 1002: missing: {neither}{none}\n")), "{out}");
    assert!(out.ends_with("it does not add up: 6 of 2502 rows are not where they should be\n"), "{out}");
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
    let twice = "1500-1500 twice: it is there more than once; in the reject log as ";
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
    assert!(differences(&report)[0].starts_with("3-3 differs: the reject log has other text: "), "{report}");
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
    let counts = " the ledger counts 1 rejected, and the reject log holds 0";
    assert!(log.starts_with("1501-1511 log: of batch ") && log.ends_with(counts), "{log}");
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.contains("the reject log is not what the ledger counts"), "{verdict}");
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
    let since = "; employees was restored since, from employees-20";
    assert!(
        replaced.starts_with(&format!("1-1 differs: employees has another value of `employee_name`{since}")),
        "{replaced}"
    );
    assert!(removed.starts_with("2-11 missing: ") && removed.contains(since), "{removed}");
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
        "the file has grown, or its load was not finished: its first 1500 rows add up, the other 200 are not loaded \
         yet; add-new-records sends them"
    );
    assert_eq!(
        differences(&report),
        ["1501-1700 missing: no batch of the ledger received it as part of this file"]
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
        listed[1].starts_with("1400-1400 differs: employees has another value of `employee_name`; no batch"),
        "{report}"
    );
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.contains("the file is not what was loaded, from line 1001 on"), "{verdict}");
    // Sent as the new file that it is, all of it is accounted for: most as rejects, since their keys are taken.
    fixture.send("employees", &changed, 2);
    let report = verified(&fixture, "employees", &changed, 0);
    assert_eq!(figures(&report), [999, 1503, 0, 0, 0, 0]);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.ends_with("of the rejected are in employees all the same, by another load"), "{verdict}");
    // Changed from its first row on, nothing of it is the same; it is known by its name.
    let other = fixture.file("new.csv", &employees(1..=20).replace("1,Ada", "1,Eve"));
    let report = verified(&fixture, "employees", &other, 2);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(verdict.contains("a file of this name was loaded, last at 2"), "{verdict}");
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
fn a_receipt_never_takes_the_place_of_the_file() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let before = std::fs::read(&file).unwrap();
    std::fs::hard_link(&file, fixture.folder().join("same.csv")).unwrap();
    for report in ["new.csv", "same.csv"] {
        let ran = fixture.client(&["verify", "employees", file.to_str().unwrap(), "--report", report]);
        assert!(ran.code == 1 && ran.err.contains("would write over"), "{ran:?}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
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
        "the load was not finished: 1000 of 2502 rows were not received yet; add-new-records sends them"
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
        ["1-1500 missing: no batch of the ledger received it as part of this file"]
    );
    fixture.send("employees", &fixture.file("other.csv", &(employees(1500..=1500) + &employees(1..=9))), 0);
    let report = verified(&fixture, "employees", &file, 3);
    assert_eq!(
        report["verdict"],
        "this file was never loaded into employees; 10 of its rows are in employees all the same"
    );
    for (name, text) in [("empty.csv", ""), ("blank.csv", "\r\n\n")] {
        let ran = fixture.client(&["verify", "employees", fixture.file(name, text).to_str().unwrap()]);
        assert!(ran.code == 1 && ran.err.contains("no rows"), "{ran:?}");
    }
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

#[test]
fn the_receipt_is_one_page_that_says_it_all_and_runs_nothing() {
    let fixture = Fixture::start();
    let file = fixture.file("<b>new&.csv", &(employees(1..=1200) + "x,<script>alert(1)</script>\r\n"));
    fixture.send("employees", &file, 2);
    let receipt = |code| {
        let arguments = ["--json", "verify", "employees", file.to_str().unwrap(), "--report", "receipt.html"];
        let report: Value = serde_json::from_str(&fixture.client(&arguments).expect(code)).unwrap();
        (report, std::fs::read_to_string(fixture.folder().join("receipt.html")).unwrap())
    };
    let (report, page) = receipt(0);
    for member in ["verdict", "sha256", "file_hash", "server_hash", "dictionary", "at", "server"] {
        assert!(page.contains(report[member].as_str().unwrap()), "{member}: {page}");
    }
    assert!(page.contains("&#60;b&#62;new&#38;.csv") && page.contains("1,200"), "{page}");
    fixture.sql("UPDATE employees SET employee_name = '<script>' WHERE employee_id % 2 = 1");
    let (report, page) = receipt(2);
    assert_eq!(report["differences"].as_array().unwrap().len(), 600);
    assert_eq!(page.matches(">differs</td>").count(), 600);
    assert!(page.contains(">line 1199</td>"), "{page}");
    for outside in ["<script", "<b>", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}: {page}");
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
