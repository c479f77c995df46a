//! Where the output goes, and what it says.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::fixture::{Fixture, employees};

#[test]
fn a_reader_that_goes_away_ends_a_list_quietly() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=3000).replace("Ada", ""));
    fixture.send("employees", &file, 3);
    for arguments in [
        &["--json", "rejected", "employees", "--all"][..],
        &["rejected", "employees", "--all"],
        &["rejected", "employees", "--all", "--csv"],
        &["add-new-records", "employees", "new.csv"],
    ] {
        let mut command = fixture.command();
        let mut child =
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let code = if arguments[0] == "add-new-records" { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
    }
}

#[test]
fn output_that_cannot_be_written_is_a_failure_in_a_sentence() {
    let fixture = Fixture::start();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for arguments in [&["batches"][..], &["--json", "batches"], &["rejected", "jobs", "--csv"]] {
        let mut command = fixture.command();
        let output = command.args(arguments).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: standard output cannot be written: No space left on device (os error 28)\n"
        );
        let mut command = fixture.command();
        let status = command.args(arguments).stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1), "not even the reason can be written");
    }
}

#[test]
fn what_a_terminal_would_take_for_commands_is_written_out() {
    let fixture = Fixture::words();
    let escapes = "\u{1b}[31m\u{9b}2J\u{202e}\u{7f}";
    let file = fixture.file("new\u{1b}.csv", &format!("a,{escapes}\n{escapes},b,x\n\"c\nd\",{escapes},x\n"));
    let mut printed = fixture.client(&["add-new-records", "words", file.to_str().unwrap()]).expect(3);
    fixture
        .client(&[
            "add-new-records",
            "words",
            fixture.file("a", &format!("a,{escapes},1\n")).to_str().unwrap(),
        ])
        .expect(0);
    for arguments in [
        &["rejected", "words"][..],
        &["--json", "rejected", "words"],
        &["get-by-id", "words", "a"],
        &["--json", "get-by-id", "words", "a"],
        &["batches"],
    ] {
        printed += &fixture.client(arguments).expect(0);
    }
    let refused = [
        &["get-by-id", "words", escapes][..],
        &["rejected", escapes],
        &["add-new-records", "words", escapes],
    ];
    for arguments in refused {
        let ran = fixture.client(arguments);
        assert_eq!(ran.code, 1);
        printed += &ran.err;
    }
    let taken = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!printed.contains(taken), "{printed:?}");
    assert!(
        printed.contains(r"\u{1b}[31m\u{9b}2J\u{202e}\u{7f}") && printed.contains(r#""c\nd""#),
        "{printed}"
    );
    // Data that goes to a file stays as it is.
    let csv = fixture.client(&["rejected", "words", "--csv"]).expect(0);
    assert!(csv.contains(escapes), "{csv:?}");
}

#[test]
fn tables_fit_into_80_columns() {
    let fixture = Fixture::start();
    let long = "A name that goes on and on, and_has_a_word_that_is_longer_than_any_column_could_be_without_being_cut. ";
    let file = fixture
        .file("a rather long name of a file.csv", &format!("x,\"{}\"\n13,\"{}\"\n", long.repeat(3), long));
    fixture.client(&["add-new-records", "departments", file.to_str().unwrap()]).expect(3);
    for arguments in [&["rejected", "departments"][..], &["batches"], &["get-by-id", "departments", "1"]] {
        let out = fixture.client(arguments).expect(0);
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    }
    let out = fixture.client(&["rejected", "departments"]).expect(0);
    assert!(out.contains("... (all of it: --json)") || out.contains("--json)"), "{out}");
    let id = fixture.client(&["--json", "batches", "--limit", "1"]).expect(0);
    let id = serde_json::from_str::<serde_json::Value>(&id).unwrap()["id"].as_str().unwrap().to_owned();
    assert!(fixture.client(&["batches"]).expect(0).contains(&id), "ids stand in one piece");
}

#[test]
fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &(employees(1..=4000) + "x\r\n"));
    let ran = fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (2, ""));
    // script(1) is of util-linux: it gives a command a terminal.
    let mut command = Command::new("script");
    command.args([
        "-qec",
        &format!("'{}' add-new-records employees new.csv", env!("CARGO_BIN_EXE_client")),
        "/dev/null",
    ]);
    let settings: Vec<_> =
        fixture.command().get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
    let output = command.envs(settings).current_dir(fixture.folder()).stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("1 rejected") && shown.contains(" rows/s") && shown.contains("100%"), "{shown}");
}
