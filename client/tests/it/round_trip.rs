//! Rejects come out as CSV, are corrected, and go in again.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::fixture::{Fixture, Ran};

/// What `rejected --csv` prints, and what it says on stderr.
fn export(fixture: &Fixture, table: &str) -> Ran {
    fixture.client(&["rejected", table, "--all", "--csv"])
}

fn corrected(fixture: &Fixture, csv: &str) -> PathBuf {
    fixture.file("fix.csv", csv)
}

#[test]
fn corrected_rejects_go_in_as_they_are() {
    let fixture = Fixture::start();
    let rows = "x,\"Archive, old\"\n14,\n1,Taken\n15,Museum\n";
    fixture.send("departments", &fixture.file("new.csv", rows), 2);
    let exported = export(&fixture, "departments").expect(0);
    let fix = exported
        .replace("x,\"Archive", "13,\"Archive")
        .replace("14,,", "14,\"Press\r\nroom\",")
        .replace("1,Taken,", "16,Taken,");
    let file = corrected(&fixture, &fix);
    let package = fixture.folder().join("data/datapackage.json");
    let checked = ["check", "departments", "fix.csv", "--data-package", package.to_str().unwrap()];
    assert!(fixture.client(&checked).expect(0).contains("3 of 3 rows are valid for departments"));
    let sent = fixture.send("departments", &file, 0);
    assert_eq!(sent["inserted"], 3);
    let row = fixture.client(&["--json", "get-by-id", "departments", "13"]).expect(0);
    assert!(row.contains("Archive, old"), "{row}");
    assert_eq!(fixture.send("departments", &file, 0)["stored_before"]["inserted"], 3);
}

#[test]
fn the_same_holds_for_a_table_whose_files_have_a_header() {
    let fixture = Fixture::with_header();
    fixture.send("things", &fixture.file("new.csv", "name;id\none;1\ntwo;x\n"), 2);
    let exported = export(&fixture, "things").expect(0);
    assert!(exported.starts_with("id;name;_reject_id;_line;_codes;_fields;_reason\r\nx;two;"), "{exported}");
    assert_eq!(
        fixture.send("things", &corrected(&fixture, &exported.replace("\nx;", "\n2;")), 0)["inserted"],
        1
    );
}

#[test]
fn what_is_rejected_again_keeps_its_line_and_can_be_exported_again() {
    let fixture = Fixture::start();
    fixture.send("departments", &fixture.file("new.csv", "x,Archive\ny,Press\n"), 3);
    let once = export(&fixture, "departments").expect(0).replace("\nx,", "\n13,");
    let sent = fixture.send("departments", &corrected(&fixture, &once), 2);
    assert_eq!((&sent["inserted"], &sent["rejects"][0]["line"]), (&1.into(), &3.into()));
    let again = fixture.client(&["rejected", "departments", "--source", "fix.csv", "--csv"]).expect(0);
    let sent = fixture.send("departments", &fixture.file("again.csv", &again.replace("\ny,", "\n14,")), 0);
    assert_eq!(sent["inserted"], 1);
}

#[test]
fn rows_that_would_pass_as_another_row_are_left_out_and_told() {
    let fixture = Fixture::words();
    let file = fixture.folder().join("new.csv");
    std::fs::write(&file, b"long,a,1,more\nopen,\"a,1\nshort\nbytes,\xff,1\nbad,a,x\n").unwrap();
    assert_eq!(fixture.send("words", &file, 3)["rejected"], 5);
    let ran = export(&fixture, "words");
    let lines: Vec<_> = ran.err.lines().map(|line| line.split("; to see them").next().unwrap()).collect();
    assert_eq!(
        lines,
        ["encoding-error", "extra-cell", "format-error", "missing-cell"]
            .map(|c| format!("left out: 1 row with {c}: a CSV of words cannot show them as received"))
    );
    let hint = ran.err.lines().next().unwrap().split_once("client --json ").unwrap().1.to_owned();
    let exported = ran.expect(0);
    assert_eq!(exported.lines().count(), 2, "the header, and the row whose cells are known: {exported}");
    // As they are, none goes in.
    assert_eq!(fixture.send("words", &corrected(&fixture, &exported), 3)["inserted"], 0);
    let shown: Vec<_> = std::iter::once("--json").chain(hint.split(' ')).collect();
    assert!(
        fixture.client(&shown).expect(0).contains("\"encoding\":\"base64\""),
        "the command in the hint does not work"
    );
}

#[test]
fn uncorrected_rejects_are_rejected_again() {
    let fixture = Fixture::start();
    let rows = "x,Archive\n14,\n15\n16,a,b\n17,\"open\n1,Taken\n";
    assert_eq!(fixture.send("departments", &fixture.file("new.csv", rows), 3)["rejected"], 6);
    let sent =
        fixture.send("departments", &corrected(&fixture, &export(&fixture, "departments").expect(0)), 3);
    assert_eq!((&sent["inserted"], &sent["rejected"]), (&0.into(), &4.into()), "all but those left out");
}

#[test]
fn only_open_rejects_are_exported() {
    let fixture = Fixture::start();
    fixture.send("departments", &fixture.file("new.csv", "x,Archive\n"), 3);
    let lines = |arguments: &[&str]| fixture.client(arguments).expect(0).lines().count();
    assert_eq!(lines(&["rejected", "departments", "--csv"]), 2);
    assert_eq!(lines(&["--json", "rejected", "departments", "--status", "open"]), 1);
    fixture.client(&["rejected", "departments", "--status", "lost"]).expect(64);
}

/// The row of a word.
fn word(fixture: &Fixture, word: &str) -> Value {
    let row = fixture.client(&["--json", "get-by-id", "words", word]).expect(0);
    serde_json::from_str(&row).unwrap()
}

#[test]
fn rows_of_json_that_a_csv_would_change_are_left_out_and_told() {
    let fixture = Fixture::words_or_na();
    fixture.send("words", &fixture.file("new.csv", "taken,,\n"), 0);
    let rows = json!([
        { "word": "taken", "note": "NA" },
        { "word": "taken", "note": "" },
        { "word": "five", "count": "5" },
        { "word": "nested", "note": { "a": [1] } },
        { "word": "true", "note": true },
        { "word": "more", "note": "x", "extra": 1 },
        { "word": "taken", "note": "null, \"NA\"", "count": null },
        { "word": "half", "note": "a", "count": 1.5 },
    ]);
    fixture.post_json("words", &rows);
    let ran = export(&fixture, "words");
    let said: Vec<_> = ran.err.lines().map(|line| line.split_once("; to see them, run: ").unwrap()).collect();
    assert_eq!(
        said.iter().map(|(what, _)| *what).collect::<Vec<_>>(),
        [
            "left out: 2 rows of JSON with a string that means null in a CSV of words",
            "left out: 3 rows of JSON with a value of another type than its field: a CSV does not show types",
            "left out: 1 row with extra-cell: a CSV of words cannot show them as received",
        ]
    );
    let hint = said[1].1.split_once("client ").unwrap().1;
    let shown = fixture.client(&hint.split(' ').collect::<Vec<_>>()).expect(0);
    assert!(hint.ends_with(" rejected words --all") && shown.contains("nested"), "{hint}: {shown}");

    let exported = ran.expect(0);
    assert_eq!(exported.lines().count(), 3, "{exported}");
    fixture.sql("DELETE FROM words");
    let sent = fixture.send("words", &corrected(&fixture, &exported.replace(",1.5,", ",15,")), 0);
    assert_eq!(sent["inserted"], 2);
    let stored = json!({ "word": "taken", "note": "null, \"NA\"", "count": null });
    assert_eq!(word(&fixture, "taken"), stored);
    assert_eq!(word(&fixture, "half"), json!({ "word": "half", "note": "a", "count": 15 }));
}

#[test]
fn the_apostrophe_before_a_formula_is_removed_on_import() {
    let fixture = Fixture::words();
    let rows = json!([
        { "word": "=1+1", "note": "'=1", "count": "x" },
        { "word": "a;=1+1", "note": "-5", "count": "x" },
        { "word": "'", "note": "\t=1", "count": "x" },
    ]);
    fixture.post_json("words", &rows);
    let exported = fixture.http("GET", "/rejected/words?format=csv&spreadsheet=true", "");
    assert!(exported.contains("\n'=1+1,''=1,x,") && exported.contains("\na;'=1+1,-5,x,"), "{exported}");
    let sent = fixture.send("words", &corrected(&fixture, &exported.replace(",x,", ",7,")), 0);
    assert_eq!(sent["inserted"], 3);
    for row in rows.as_array().unwrap() {
        let (key, mut row) = (row["word"].as_str().unwrap(), row.clone());
        row["count"] = 7.into();
        assert_eq!(word(&fixture, key), row);
    }
    // What is rejected again is exported without the marks.
    fixture.sql("DELETE FROM words");
    let file = corrected(&fixture, &exported.replace(",x,", ",y,"));
    fixture.send("words", &file, 3);
    let exported = fixture.client(&["rejected", "words", "--source", "fix.csv", "--csv"]).expect(0);
    assert!(exported.contains("\n=1+1,'=1,y,") && exported.contains("\na;=1+1,-5,y,"), "{exported}");
}
