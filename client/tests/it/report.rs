//! `req1` and `req2`.

use std::fs;

use crate::fixture::Fixture;

/// A server with three hires of 2021 and one of 2022.
fn with_hires() -> Fixture {
    let fixture = Fixture::start();
    let rows = "1,Ada,2021-01-01T00:00:00Z,1,1\n2,Bob,2021-12-31T23:59:59Z,1,1\n\
                3,Cyd,2021-05-05T00:00:00Z,2,2\n4,Dee,2022-05-05T00:00:00Z,2,2\n";
    let file = fixture.file("employees.csv", rows);
    fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]).expect(0);
    fixture
}

const REQ1: &str = "department,job,Q1,Q2,Q3,Q4\r\n\
                    Product Management,Software Test Engineer II,1,0,0,1\r\nSales,Copywriter,0,1,0,0\r\n";

#[test]
fn a_report_is_a_neat_table_unless_it_is_said_otherwise() {
    let fixture = with_hires();
    let table = fixture.client(&["req1"]).expect(0);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split("  ").collect()).collect();
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(lines[0][0] == "DEPARTMENT" && table.lines().next().unwrap().ends_with("Q3 Q4"), "{table}");
    assert!(table.lines().nth(1).unwrap().starts_with("Product Management"), "{table}");
    let ends: Vec<_> = table.lines().map(|line| line.chars().count()).collect();
    assert!(ends.iter().all(|end| *end == ends[0]), "numbers end below each other: {table}");
    let csv = fixture.client(&["req2", "--format", "csv"]).expect(0);
    assert_eq!(csv, "id,department,hired\r\n1,Product Management,2\r\n2,Sales,1\r\n");
    let json = fixture.client(&["--json", "req2"]).expect(0);
    let lines = "{\"id\":1,\"department\":\"Product Management\",\"hired\":2}\n{\"id\":2,\"department\":\"Sales\",\"hired\":1}\n";
    assert_eq!(json, lines);
    assert_eq!(fixture.client(&["req2", "--format", "ndjson"]).expect(0), lines);
    let array = fixture.client(&["req2", "--year", "2022", "--format", "json"]).expect(0);
    assert_eq!(array, "[{\"id\":2,\"department\":\"Sales\",\"hired\":1}]");
    assert_eq!(fixture.client(&["req1", "--format", "csv"]).expect(0), REQ1);
    assert_eq!(fixture.client(&["req1", "--year", "1999"]).expect(0), "no rows in 1999\n");
}

#[test]
fn a_file_is_written_as_its_ending_says() {
    let fixture = with_hires();
    for (name, format) in
        [("a.csv", "csv"), ("a.json", "json"), ("a.ndjson", "ndjson"), ("new/folder/a.CSV", "csv")]
    {
        let ran = fixture.client(&["req1", "--out", name]);
        assert_eq!(ran.err, format!("req1 of 2021 is in {name}\n"));
        assert_eq!(ran.expect(0), "");
        let printed = fixture.client(&["req1", "--format", format]).expect(0);
        assert_eq!(fs::read_to_string(fixture.folder().join(name)).unwrap(), printed, "{name}");
    }
    fixture.client(&["req1", "--out", "report", "--format", "csv"]).expect(0);
    assert_eq!(fs::read_to_string(fixture.folder().join("report")).unwrap(), REQ1);
    for (name, why) in [
        ("report/a.csv", "error: report/a.csv cannot be written"),
        ("a.pdf", "error: the name a.pdf does not end in .csv, .json, .ndjson or .html; set --format"),
    ] {
        let ran = fixture.client(&["req1", "--out", name]);
        assert!(ran.code == 1 && ran.err.starts_with(why), "{ran:?}");
    }
}

#[test]
fn a_page_is_written_with_what_it_needs_beside_it() {
    let fixture = with_hires();
    fixture.client(&["req2", "--out", "pages.html"]).expect(0);
    let folder = fixture.folder();
    let page = fs::read_to_string(folder.join("pages.html")).unwrap();
    assert!(page.contains("Departments above the mean, 2021"));
    let needed: Vec<_> =
        page.split("\"assets/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(needed.len(), 4, "{needed:?}");
    for name in &needed {
        assert!(fs::metadata(folder.join("assets").join(name)).unwrap().len() > 100, "{name}");
    }
    // What a full disk cut is whole again the next time.
    let first = folder.join("assets").join(needed[0]);
    let whole = fs::read(&first).unwrap();
    fs::write(&first, "cut").unwrap();
    fixture.client(&["req2", "--out", "pages.html"]).expect(0);
    assert_eq!(fs::read(&first).unwrap(), whole);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_asked() {
    let fixture = Fixture::start();
    for arguments in [
        ["req1", "--year", "99999"],
        ["req1", "--year", "abc"],
        ["req2", "--format", "pdf"],
        ["req2", "--format", "html"],
        ["req3", "--year", "2021"],
    ] {
        assert_eq!(fixture.client(&arguments).code, 64, "{arguments:?}");
    }
}

#[test]
fn without_the_reports_tables_the_reason_is_said() {
    let ran = Fixture::with_header().client(&["req1"]);
    assert_eq!(ran.code, 1);
    let reason = "error: this report needs a table `employees`, which the data dictionary does not have\n";
    assert_eq!(ran.err, reason);
}
