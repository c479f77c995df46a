//! `GET /view/{table}` and `/view/{table}/{id}`.

use serde_json::{Value, json};
use support::{Fixture, Server};

conformance! {
    rows_come_in_key_order,
    the_pages_of_any_size_give_each_row_once,
    a_page_has_100_rows_unless_the_request_says_otherwise,
    a_page_stays_where_it_was_when_rows_come_in_before_it,
    json_csv_and_ndjson_hold_the_same_rows_in_field_order,
    a_cell_with_delimiters_quotes_and_newlines_survives_csv,
    the_row_of_an_id_is_answered,
    an_id_that_is_no_integer_is_400,
    an_unknown_id_is_404,
    a_table_name_with_quotes_or_a_semicolon_is_404,
    a_name_of_another_case_or_of_the_ledger_is_no_table,
    a_limit_that_is_not_1_to_1000_is_400,
    an_after_that_is_no_key_is_400,
}

/// A server with departments of these ids.
async fn with_departments(fixture: &Fixture, ids: impl IntoIterator<Item = u64>) -> Server {
    let server = fixture.shipped_package(&[]).start().await;
    let csv: String = ids.into_iter().map(|id| format!("{id},D{id}\n")).collect();
    server.post_csv("departments", csv).await.expect(201);
    server
}

fn ids(rows: &Value) -> Vec<u64> {
    rows.as_array().unwrap().iter().map(|row| row["department_id"].as_u64().unwrap()).collect()
}

/// The path of the next page.
fn next(link: &str) -> &str {
    let (path, rel) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!(rel, "; rel=\"next\"");
    path
}

async fn rows_come_in_key_order(fixture: Fixture) {
    let server = with_departments(&fixture, [10, 9, 100, 1, 2, 2_147_483_647]).await;
    let rows = server.get("/view/departments").await.expect(200);
    assert_eq!(ids(&rows), [1, 2, 9, 10, 100, 2_147_483_647]);
    server.stop().await.unwrap();
}

async fn the_pages_of_any_size_give_each_row_once(fixture: Fixture) {
    let server = with_departments(&fixture, (1..=20).rev()).await;
    for limit in [1, 3, 10, 19, 20, 21] {
        let mut path = format!("/view/departments?limit={limit}");
        let mut seen = Vec::new();
        loop {
            let answer = server.get(&path).await;
            let page = ids(&answer.expect(200));
            assert!((1..=limit).contains(&page.len()), "{page:?}");
            seen.extend(page);
            let Some(link) = answer.header("link") else { break };
            path = next(link).to_owned();
        }
        assert_eq!(seen, (1..=20).collect::<Vec<_>>(), "pages of {limit}");
    }
    server.stop().await.unwrap();
}

async fn a_page_has_100_rows_unless_the_request_says_otherwise(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=101).await;
    let answer = server.get("/view/departments?format=ndjson").await;
    assert_eq!(answer.text().lines().count(), 100);
    let path = next(answer.header("link").unwrap());
    assert_eq!(server.get(path).await.text(), "{\"department_id\":101,\"department_name\":\"D101\"}\n");
    assert_eq!(server.get("/view/departments?limit=1000").await.header("link"), None);
    server.stop().await.unwrap();
}

async fn a_page_stays_where_it_was_when_rows_come_in_before_it(fixture: Fixture) {
    let server = with_departments(&fixture, [10, 20, 30, 40]).await;
    let answer = server.get("/view/departments?limit=2").await;
    server.post_csv("departments", "5,new\n15,new\n25,new\n").await.expect(201);
    let rows = server.get(next(answer.header("link").unwrap())).await.expect(200);
    assert_eq!(ids(&rows), [25, 30]);
    server.stop().await.unwrap();
}

async fn json_csv_and_ndjson_hold_the_same_rows_in_field_order(fixture: Fixture) {
    let files = ["departments.csv", "jobs.csv", "employees.csv"];
    let server = fixture.shipped_package(&files).start().await;
    let get = async |format: &str| server.get(&format!("/view/employees?limit=1000&format={format}")).await;
    let rows = get("json").await.expect(200);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 1000);
    let names = ["employee_id", "employee_name", "hiring_date", "department_id", "job_id"];
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    assert_eq!(get("ndjson").await.text(), lines);
    let answer = get("csv").await;
    let mut csv = csv::Reader::from_reader(answer.body.as_slice());
    assert_eq!(csv.headers().unwrap(), names.as_slice());
    for (row, record) in rows.iter().zip(csv.records().map(Result::unwrap)) {
        let members: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, names);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(record.iter().collect::<Vec<_>>(), names.map(|name| text(&row[name])));
    }
    assert_eq!(answer.text().matches("\r\n").count(), 1001);
    server.stop().await.unwrap();
}

async fn a_cell_with_delimiters_quotes_and_newlines_survives_csv(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let rows = json!([
        { "department_id": 1, "department_name": "a,b" },
        { "department_id": 2, "department_name": "\"quoted\"" },
        { "department_id": 3, "department_name": "two\r\nlines" },
        { "department_id": 4, "department_name": " blanks " },
        { "department_id": 5, "department_name": "\u{feff}é😀;\t'" },
    ]);
    server.post_json("departments", rows.clone()).await.expect(201);
    let csv = server.get("/view/departments?format=csv").await;
    server.stop().await.unwrap();
    fixture.drop_database().await;
    let server = fixture.start().await;
    server.post("departments", csv.header("content-type").unwrap(), csv.body.clone()).await.expect(201);
    assert_eq!(server.get("/view/departments").await.expect(200), rows);
    server.stop().await.unwrap();
}

async fn the_row_of_an_id_is_answered(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    let answer = server.get("/view/departments/2").await;
    assert_eq!(answer.expect(200), json!({ "department_id": 2, "department_name": "D2" }));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    server.stop().await.unwrap();
}

async fn an_id_that_is_no_integer_is_400(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    for id in ["abc", "1.0", "1e0", "1%20", "9223372036854775808", "%F0%9F%98%80", "1;--", "NaN", "%00"] {
        let detail = server.get(&format!("/view/departments/{id}")).await.problem(400, "bad-id");
        assert!(detail.contains("department_id of departments must be an integer"), "{detail}");
    }
    server.stop().await.unwrap();
}

async fn an_unknown_id_is_404(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    for id in ["4", "0", "-1", "9223372036854775807"] {
        let detail = server.get(&format!("/view/departments/{id}")).await.problem(404, "unknown-row");
        assert!(detail.contains("departments") && detail.contains(id), "{detail}");
    }
    server.stop().await.unwrap();
}

async fn a_table_name_with_quotes_or_a_semicolon_is_404(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    for name in ["departments'", "%22departments%22", "%60departments%60", "departments;", "departments;--"] {
        for path in [format!("/view/{name}"), format!("/view/{name}/1"), format!("/rejected/{name}")] {
            let detail = server.get(&path).await.problem(404, "unknown-table");
            assert!(detail.contains("the tables are departments, jobs, employees"), "{detail}");
        }
        server.post_csv(name, "4,D\n").await.problem(404, "unknown-table");
        server.get(&format!("/batches?table={name}")).await.problem(404, "unknown-table");
    }
    let injection = "/view/departments%3B%20DROP%20TABLE%20departments";
    server.get(injection).await.problem(404, "unknown-table");
    assert_eq!(ids(&server.get("/view/departments").await.expect(200)), [1, 2, 3]);
    server.stop().await.unwrap();
}

async fn a_name_of_another_case_or_of_the_ledger_is_no_table(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    for name in ["Departments", "_batches", "_rejected", "sqlite_master", "departments%20", "d%C3%A9p"] {
        server.get(&format!("/view/{name}")).await.problem(404, "unknown-table");
    }
    server.stop().await.unwrap();
}

async fn a_limit_that_is_not_1_to_1000_is_400(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    for list in ["/view/departments", "/rejected/departments", "/batches"] {
        for limit in ["0", "1001", "abc", "-1", "", "1.5", "99999999999"] {
            let answer = server.get(&format!("{list}?limit={limit}")).await;
            let detail = answer.problem(400, "bad-parameter");
            assert!(detail.contains("limit must be 1 to 1000"), "{detail}");
        }
        server.get(&format!("{list}?limit=1")).await.expect(200);
        server.get(&format!("{list}?limit=1000")).await.expect(200);
    }
    server.stop().await.unwrap();
}

async fn an_after_that_is_no_key_is_400(fixture: Fixture) {
    let server = with_departments(&fixture, 1..=3).await;
    server.get("/view/departments?after=x").await.problem(400, "bad-id");
    assert_eq!(ids(&server.get("/view/departments?after=-5").await.expect(200)), [1, 2, 3]);
    assert_eq!(server.get("/view/departments?after=3").await.expect(200), json!([]));
    server.stop().await.unwrap();
}
