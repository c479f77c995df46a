//! The receipt.

use serde_json::Value;

use super::loaded;
use crate::fixture::{Fixture, employees};

#[test]
fn a_receipt_never_takes_the_place_of_the_file() {
    let fixture = Fixture::start();
    let file = loaded(&fixture);
    let before = std::fs::read(&file).unwrap();
    std::fs::hard_link(&file, fixture.folder().join("same.csv")).unwrap();
    for report in ["new.csv", "same.csv"] {
        let ran = fixture.client(&["verify", "employees", file.to_str().unwrap(), "--report", report]);
        assert!(
            ran.code == 1 && ran.err.contains("would overwrite the file to verify; name another file"),
            "{ran:?}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
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
