//! `backup`, `backups` and `restore`.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::fixture::{Fixture, Ran, employees};

/// A server with ten employees.
fn filled() -> Fixture {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=10));
    fixture.send("employees", &file, 0);
    fixture
}

/// Runs the client with an answer to its question.
fn answering(fixture: &Fixture, arguments: &[&str], answer: &str) -> Ran {
    let mut command = fixture.command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

fn count(fixture: &Fixture) -> u64 {
    let restored = fixture.client(&["--json", "restore", "employees", "--dry-run"]).expect(0);
    serde_json::from_str::<Value>(&restored).unwrap()["before"].as_u64().unwrap()
}

#[test]
fn all_tables_are_backed_up_parents_first() {
    let fixture = filled();
    let out = fixture.client(&["backup", "--all"]).expect(0);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[2].starts_with("10 rows of employees backed up as employees-"), "{out}");
    assert!(lines[2].ends_with(" B"), "{out}");
    let out = fixture.client(&["--json", "backup", "jobs", "departments"]).expect(0);
    let made: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&made[0]["table"], &made[1]["rows"]), (&"jobs".into(), &12.into()));
}

#[test]
fn backups_are_shown_newest_first() {
    let fixture = filled();
    assert_eq!(fixture.client(&["backups", "employees"]).expect(0), "no backups of employees\n");
    for _ in 0..3 {
        fixture.client(&["backup", "employees"]).expect(0);
    }
    let out = fixture.client(&["backups", "employees", "--limit", "2"]).expect(0);
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].starts_with("BACKUP") && lines[1].contains(" 10 ") && lines[1].ends_with("never"),
        "{out}"
    );
    assert!(lines[1] > lines[2] && lines[3] == "there are more: --all shows them", "{out}");
    let out = fixture.client(&["--json", "backups", "employees", "--all"]).expect(0);
    assert_eq!(out.lines().count(), 3);
}

#[test]
fn a_restore_shows_what_it_changes_and_asks() {
    let fixture = filled();
    fixture.client(&["backup", "employees"]).expect(0);
    let same = fixture.client(&["restore", "employees"]);
    assert!(
        same.out.starts_with("employees is already equal to employees-")
            && same.out.ends_with("; there is nothing to restore\n"),
        "{same:?}"
    );
    assert_eq!((same.code, same.err.as_str()), (0, ""));
    let file = fixture.file("more.csv", &employees(11..=14));
    fixture.send("employees", &file, 0);
    for no in ["n\n", "\n", "", "what?\n"] {
        let ran = answering(&fixture, &["restore", "employees"], no);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(
            ran.err.contains("0 rows added, 4 removed") && ran.err.contains("overwrite employees? [y/N]")
        );
        assert!(ran.err.ends_with("nothing was changed; --yes restores without asking\n"), "{}", ran.err);
    }
    assert_eq!(count(&fixture), 14);
    let ran = answering(&fixture, &["restore", "employees"], "y\n");
    assert!(ran.expect(0).starts_with("employees restored from employees-"));
    assert_eq!(count(&fixture), 10);
}

#[test]
fn rows_that_a_restore_removed_are_sent_again_where_that_is_asked_for() {
    let fixture = filled();
    fixture.client(&["backup", "employees"]).expect(0);
    let file = fixture.file("late.csv", &employees(11..=14));
    let path = file.display().to_string();
    fixture.send("employees", &file, 0);
    let early = fixture.client(&["add-new-records", "employees", &path, "--again"]);
    assert!(early.code == 1 && early.err.contains("employees was never restored"), "{early:?}");
    fixture.client(&["restore", "employees", "--yes"]).expect(0);
    let told = fixture.client(&["add-new-records", "employees", &path]).expect(0);
    assert!(
        told.contains("0 of 4 rows are new") && told.contains("hint: employees was restored at 20"),
        "{told}"
    );
    assert_eq!(count(&fixture), 10);
    for new in ["4 of 4 rows inserted", "0 of 4 rows are new"] {
        let again = fixture.client(&["add-new-records", "employees", &path, "--again"]).expect(0);
        assert!(again.contains(new) && !again.contains("hint"), "{again}");
        assert_eq!(count(&fixture), 14);
    }
}

#[test]
fn a_dry_run_changes_nothing_and_yes_does_not_ask() {
    let fixture = filled();
    fixture.client(&["backup", "employees"]).expect(0);
    let file = fixture.file("more.csv", &employees(11..=14));
    fixture.send("employees", &file, 0);
    let dry = fixture.client(&["restore", "employees", "--dry-run"]).expect(0);
    assert!(dry.contains("would be restored") && dry.contains("4 removed"), "{dry}");
    assert_eq!(count(&fixture), 14);
    let backups = fixture.client(&["--json", "backups", "employees"]).expect(0);
    let name = serde_json::from_str::<Value>(&backups).unwrap()["name"].as_str().unwrap().to_owned();
    fixture.client(&["backup", "employees"]).expect(0);
    let json = fixture.client(&["--json", "restore", "employees", "--backup", &name, "--yes"]).expect(0);
    let restored: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&restored["removed"], &restored["name"]), (&4.into(), &name.into()));
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_a_failure_in_a_sentence() {
    let fixture = filled();
    let failure = |arguments: &[&str], code: i32, sentence: &str| {
        let ran = fixture.client(arguments);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.err.contains(sentence), "{ran:?}");
    };
    failure(&["restore", "employees"], 1, "there is no backup of employees yet");
    failure(&["restore", "employees", "--backup", "x.avro"], 1, "employees has no backup \"x.avro\"");
    failure(&["backup", "employes"], 1, "did you mean employees?");
    failure(&["backup"], 64, "--all");
    failure(&["backup", "jobs", "--all"], 64, "cannot be used with");
    failure(&["restore", "jobs", "--dry-run", "--yes"], 64, "cannot be used with");
    std::fs::create_dir_all(fixture.folder().join("backups")).unwrap();
    std::fs::write(fixture.folder().join("backups/jobs"), "in the way").unwrap();
    failure(&["--retry-for", "0", "backup", "jobs"], 1, "jobs is not backed up: the API at http://127.0.0.1");
}
