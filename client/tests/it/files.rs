//! What may be named as a file, and what the file may hold.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::fixture::{Fixture, Ran, employees};

/// Both commands that read a file say the same of it; returns what.
#[track_caller]
fn refused(fixture: &Fixture, table: &str, file: &str) -> String {
    let package = fixture.folder().join("data/datapackage.json");
    let sent = fixture.client(&["add-new-records", table, file]);
    let checked = fixture.client(&["check", table, file, "--data-package", package.to_str().unwrap()]);
    assert_eq!((sent.code, sent.out.as_str()), (1, ""), "{sent:?}");
    assert_eq!(sent.err, checked.err);
    assert_eq!(sent.err.lines().count(), 1, "one sentence: {}", sent.err);
    sent.err.strip_prefix("error: ").unwrap().trim_end().to_owned()
}

#[test]
fn what_is_no_csv_file_is_told_in_a_sentence() {
    let fixture = Fixture::start();
    let write = |name: &str, bytes: &[u8]| fs::write(fixture.folder().join(name), bytes).unwrap();
    write("gz.csv", b"\x1f\x8b\x08\0\0\0\0\0");
    write("book.csv", b"PK\x03\x04\x14\0\x06\0");
    write("wide.csv", &"13,Archive\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    write("page.csv", b"<!DOCTYPE html>\n");
    write("empty.csv", b"");
    write("blank.csv", b"\r\n\n\r\n");
    let said = |file| refused(&fixture, "departments", file);
    assert_eq!(said("missing.csv"), "there is no file missing.csv");
    assert_eq!(said("data"), "data is a folder; name a CSV file in it");
    assert_eq!(said("empty.csv/x"), "empty.csv/x cannot be opened: Not a directory (os error 20)");
    assert_eq!(said("gz.csv"), "gz.csv is cut off: its gzip data end too early; get the whole file");
    let archive = said("book.csv");
    assert!(archive.starts_with("book.csv is a ZIP archive that cannot be read: "), "{archive}");
    let wide = said("wide.csv");
    assert!(wide.starts_with("wide.csv is text in UTF-16 without a byte order mark; "), "{wide}");
    assert_eq!(said("page.csv"), "page.csv is an HTML page; download the file itself");
    assert_eq!(said("empty.csv"), "empty.csv is empty: it has no rows");
    assert_eq!(said("blank.csv"), "blank.csv has no rows");
    assert_eq!(said("/dev/null"), "null is empty: it has no rows");
}

#[test]
fn a_file_is_recognised_by_its_content() {
    let fixture = Fixture::start();
    let write = |name: &str, bytes: &[u8]| fs::write(fixture.folder().join(name), bytes).unwrap();
    // UTF-16 with a byte order mark.
    write("marked.csv", b"\xff\xfe1\x003\0,\0A\0");
    write("rows.json", b"[{\"department_id\": 14, \"department_name\": \"Press\"}]");
    write(
        "rows.txt",
        b"{\"department_id\": 15, \"department_name\": \"Post\"}\n{\"department_id\": \"16\"}\n",
    );
    for (file, inserted, rejected) in [("marked.csv", 1, 0), ("rows.json", 1, 0), ("rows.txt", 1, 1)] {
        let sent = fixture.client(&["add-new-records", "departments", file]);
        let expected = format!("{inserted} of {} rows", inserted + rejected);
        assert!(sent.out.contains(&expected), "{file}: {sent:?}");
        let verified = fixture.client(&["verify", "departments", file]);
        assert_eq!(verified.code, 0, "{file}: {verified:?}");
        let again = fixture.client(&["add-new-records", "departments", file]);
        let expected = format!("0 of {} rows are new", inserted + rejected);
        assert!(again.out.contains(&expected), "{file}: {again:?}");
    }
}

#[test]
fn a_file_that_may_not_be_read_is_told_in_a_sentence() {
    let fixture = Fixture::start();
    let file = fixture.file("locked.csv", "13,Archive\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // Who may read everything, as root, has no such files.
    if fs::read(&file).is_err() {
        let said = refused(&fixture, "departments", "locked.csv");
        assert_eq!(said, "locked.csv cannot be opened: permission denied");
    }
}

#[test]
fn a_row_with_control_characters_makes_no_file_binary() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", "13,a\0b\n14,Press\n");
    assert_eq!(fixture.send("departments", &file, 2)["inserted"], 1);
}

#[test]
fn a_header_that_does_not_fit_is_told_with_the_fields_and_the_delimiter() {
    let fixture = Fixture::with_header();
    let file = |content| {
        fixture.file("new.csv", content);
        refused(&fixture, "things", "new.csv")
    };
    let wanted = "; the header must name the fields id, name, separated by `;`";
    assert_eq!(
        file("id,name\n1,one\n"),
        format!(
            "new.csv: the header does not match the table: column 1 is `id,name`, which is not a field of the \
             table{wanted}"
        )
    );
    assert!(file("name;size\n").ends_with(&format!("column 2 is `size`, wanted `id`{wanted}")));
    assert!(file("name\none\n").ends_with(&format!("the required field `id` is missing{wanted}")));
    assert_eq!(file("id;name\n"), "new.csv has no rows");
}

#[test]
fn a_file_of_which_no_row_fits_is_told_how_files_of_the_table_look() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", "13;Archive\n14;Press\n");
    let hint = "hint: files of departments have the fields department_id, department_name, separated by `,`, \
                without a header\n";
    let out = fixture.client(&["add-new-records", "departments", file.to_str().unwrap()]).expect(3);
    assert!(out.ends_with(hint), "{out}");
}

fn piped(fixture: &Fixture, arguments: &[&str], input: &str) -> Ran {
    let mut command = fixture.command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn standard_input_is_a_file_as_well() {
    let fixture = Fixture::start();
    let arguments = ["--json", "add-new-records", "employees", "-"];
    let rows = employees(1..=3000);
    let sent = |input: &str| -> serde_json::Value {
        serde_json::from_str(&piped(&fixture, &arguments, input).expect(0)).unwrap()
    };
    assert_eq!(sent(&rows)["inserted"], 3000);
    let log = fixture.log();
    assert!(
        log.contains(&format!("standard input: copied {} bytes to a temporary file", rows.len())),
        "{log}"
    );
    assert_eq!(sent(&rows)["stored_before"]["inserted"], 3000);
    assert_eq!(sent(&(rows + &employees(3001..=3002)))["inserted"], 2);
    let ran = piped(&fixture, &arguments, "");
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: stdin is empty: it has no rows\n"));
}

#[test]
fn a_pipe_by_its_name_is_standard_input_too() {
    let fixture = Fixture::start();
    piped(&fixture, &["add-new-records", "departments", "/dev/stdin"], "13,Archive\n").expect(0);
}

#[test]
fn what_a_header_has_otherwise_is_a_note_of_both_commands() {
    let fixture = Fixture::with_header();
    let package = fixture.folder().join("data/datapackage.json");
    let rows: String = (1..=1500).map(|id| format!("a{id};{id}\n")).collect();
    fixture.file("other.csv", &format!("name;id\n{rows}"));
    let note =
        "note: other.csv has its columns in another order than the schema, and is read by their names\n";
    let package = ["--data-package", package.to_str().unwrap()];
    let checked = fixture.client(&[&["check", "things", "other.csv"], &package[..]].concat());
    let sent = fixture.client(&["add-new-records", "things", "other.csv"]);
    for ran in [checked, sent] {
        assert_eq!((ran.code, ran.err.matches(note).count()), (0, 1), "{ran:?}");
    }
}
