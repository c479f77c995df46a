//! Data packages without the tables or fields that the reports need, or with more.

use std::fs;

use serde_json::{Value, json};
use support::Fixture;

use super::{csv, hired};
use crate::tables::second_package;

conformance! {
    without_their_tables_there_are_no_reports_and_everything_else_works,
    a_table_that_lacks_what_a_report_needs_is_named,
    fields_that_no_report_needs_disturb_none,
}

async fn without_their_tables_there_are_no_reports_and_everything_else_works(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    for report in ["req1", "req2"] {
        for format in ["json", "csv", "html"] {
            let path = format!("/view/{report}?format={format}");
            let detail = server.get(&path).await.problem(404, "no-report");
            assert_eq!(
                detail,
                "this report needs a table `employees`, which the data dictionary does not have"
            );
        }
    }
    let home = server.get("/").await;
    assert_eq!(home.status, 200);
    assert!(home.text().contains("href=\"/view/places?format=html\""), "{}", home.text());
    assert!(!home.text().contains("req1"), "no link leads to what is not there");
    assert_eq!(server.get("/view/places?format=html").await.status, 200);
    assert!(!fixture.deliverables().exists(), "files of reports were written for a package that has none");
    server.stop().await.unwrap();
}

fn shipped_package() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/datapackage.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

async fn a_table_that_lacks_what_a_report_needs_is_named(fixture: Fixture) {
    let shipped = shipped_package();
    let mut dated = shipped.clone();
    dated["resources"][2]["schema"]["fields"][2]["type"] = json!("date");
    let mut apart = shipped.clone();
    apart["resources"][2]["schema"]["foreignKeys"].as_array_mut().unwrap().pop();
    let mut nameless = shipped;
    nameless["resources"][1]["schema"]["fields"][1]["name"] = json!("title");
    for (package, lacking) in [
        (dated, "a datetime `hiring_date` of `employees`"),
        (apart, "a reference `job_id` of `employees` to `jobs`"),
        (nameless, "a string `job_name` of `jobs`"),
    ] {
        let server = fixture.package(&package).start().await;
        let detail = server.get("/view/req1").await.problem(404, "no-report");
        assert_eq!(detail, format!("this report needs {lacking}, which the data dictionary does not have"));
        server.stop().await.unwrap();
        fixture.drop_database().await;
    }
}

async fn fields_that_no_report_needs_disturb_none(fixture: Fixture) {
    let mut package = shipped_package();
    for resource in package["resources"].as_array_mut().unwrap() {
        // Words of the reports' SQL.
        let more = ["department", "job", "hires", "hired", "by_q1", "above_mean", "hires_of_all"];
        let more = more.map(|name| json!({ "name": name, "type": "string" }));
        resource["schema"]["fields"].as_array_mut().unwrap().extend(more);
    }
    fixture.package(&package);
    let cells = |row: &str, i: usize| format!("{row},x{i},y{i},,,z,,\n");
    fixture.write("departments.csv", cells("1,A", 1) + &cells("2,B", 2)).write("jobs.csv", cells("1,a", 1));
    let employees = hired([("2021-05-05T12:00:00Z", 2, 1), ("2021-05-05T12:00:00Z", 2, 1)]);
    let employees: String = employees.lines().enumerate().map(|(i, row)| cells(row, i)).collect();
    let server = fixture.write("employees.csv", employees).start().await;
    assert_eq!(csv(&server, "/view/req1").await, "department,job,Q1,Q2,Q3,Q4\r\nB,a,0,2,0,0\r\n");
    assert_eq!(csv(&server, "/view/req2").await, "id,department,hired\r\n2,B,2\r\n");
    server.stop().await.unwrap();
}
