//! The formats and parameters of `GET /view/req1` and `GET /view/req2`.

use serde_json::{Value, json};
use support::{Fixture, Server};

use super::{csv, hired, shipped};

conformance! {
    the_formats_hold_the_same_rows,
    a_spreadsheet_is_given_no_formula,
    a_year_is_1000_to_9999,
    a_year_without_hires_is_an_empty_table,
    an_unknown_parameter_or_format_is_refused,
}

async fn the_formats_hold_the_same_rows(fixture: Fixture) {
    let server = shipped(&fixture).await;
    for path in ["/view/req1", "/view/req2"] {
        let rows = server.get(path).await;
        assert_eq!(rows.header("content-type"), Some("application/json"));
        let rows = rows.expect(200);
        let rows = rows.as_array().unwrap();
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        assert_eq!(server.get(&format!("{path}?format=ndjson")).await.text(), lines);
        let csv = csv(&server, path).await;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header = reader.headers().unwrap().clone();
        let records: Vec<Value> = reader
            .records()
            .map(|record| {
                let cells = record.unwrap();
                let cell = |(name, cell): (&str, &str)| {
                    let number = cell.parse::<u64>().ok().filter(|_| !["department", "job"].contains(&name));
                    (name.to_owned(), number.map_or_else(|| json!(cell), |number| json!(number)))
                };
                Value::Object(header.iter().zip(&cells).map(cell).collect())
            })
            .collect();
        assert_eq!(records, *rows, "{path}");
        let html = server.send(server.call("GET", path).header("accept", "text/html,*/*;q=0.8")).await;
        assert_eq!(html.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(html.header("vary"), Some("accept"));
        // A row of the table for each, besides its head and those of the departments by themselves.
        let table = html.text().split("id=\"rows\"").nth(1).unwrap();
        assert_eq!(table.matches("<tr>").count(), rows.len() + 1, "{path}");
    }
    server.stop().await.unwrap();
}

async fn a_spreadsheet_is_given_no_formula(fixture: Fixture) {
    let at = "2021-05-05T12:00:00Z";
    let server = fixture
        .shipped_package(&[])
        .write("departments.csv", "1,=1+1\n2,-5\n3,a;=1+1\n4,\"b\n+1;-2\"\n")
        .write("jobs.csv", "1,@job\n")
        .write("employees.csv", hired([(at, 1, 1), (at, 2, 1)]))
        .start()
        .await;
    assert!(csv(&server, "/view/req1").await.ends_with("-5,@job,0,1,0,0\r\n=1+1,@job,0,1,0,0\r\n"));
    let safe = csv(&server, "/view/req1?spreadsheet=true").await;
    assert!(safe.ends_with("-5,'@job,0,1,0,0\r\n'=1+1,'@job,0,1,0,0\r\n"), "{safe}");
    let safe = csv(&server, "/view/departments?spreadsheet=true").await;
    let rows = "1,'=1+1\r\n2,-5\r\n3,a;'=1+1\r\n4,\"b\n'+1;'-2\"\r\n";
    assert_eq!(safe, format!("department_id,department_name\r\n{rows}"));
    server.get("/view/req1?spreadsheet=yes").await.problem(400, "bad-parameter");
    server.stop().await.unwrap();
}

async fn a_year_is_1000_to_9999(fixture: Fixture) {
    let server = fixture
        .shipped_package(&[])
        .write("departments.csv", "1,A\n")
        .write("jobs.csv", "1,a\n")
        .write("employees.csv", hired([("1000-01-01T00:00:00Z", 1, 1), ("9999-12-31T23:59:59Z", 1, 1)]))
        .start()
        .await;
    for (year, row) in [("1000", "A,a,1,0,0,0"), ("9999", "A,a,0,0,0,1")] {
        let csv = csv(&server, &format!("/view/req1?year={year}")).await;
        assert_eq!(csv, format!("department,job,Q1,Q2,Q3,Q4\r\n{row}\r\n"));
    }
    for year in ["abc", "99999", "999", "", "-2021", "+2021", "2021.0", "20%2021", "%F0%9F%98%80", "2021;--"]
    {
        for report in ["req1", "req2"] {
            let detail =
                server.get(&format!("/view/{report}?year={year}")).await.problem(400, "bad-parameter");
            assert!(detail.starts_with("year must be 1000 to 9999, got \""), "{detail}");
        }
    }
    server.stop().await.unwrap();
}

async fn a_year_without_hires_is_an_empty_table(fixture: Fixture) {
    let server = shipped(&fixture).await;
    for (report, header) in [("req1", "department,job,Q1,Q2,Q3,Q4\r\n"), ("req2", "id,department,hired\r\n")]
    {
        let path = format!("/view/{report}?year=1999");
        assert_eq!(server.get(&path).await.expect(200), json!([]));
        assert_eq!(csv(&server, &path).await, header);
        assert_eq!(server.get(&format!("{path}&format=ndjson")).await.text(), "");
        let page = server.get(&format!("{path}&format=html")).await;
        assert!(page.text().contains("Nobody was hired in 1999."), "{}", page.text());
    }
    server.stop().await.unwrap();
}

async fn an_unknown_parameter_or_format_is_refused(server: &Server) {
    for report in ["req1", "req2"] {
        let detail = server.get(&format!("/view/{report}?format=pdf")).await.problem(406, "not-acceptable");
        for there in ["format=json", "format=csv", "format=ndjson", "format=html"] {
            assert!(detail.contains(there), "{detail}");
        }
        server.get(&format!("/view/{report}?limit=5")).await.problem(400, "bad-parameter");
        let refused = server.post_empty(&format!("/view/{report}")).await;
        refused.problem(405, "method-not-allowed");
        assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"));
    }
}
