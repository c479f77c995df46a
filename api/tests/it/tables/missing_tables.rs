//! Tables that another program dropped or emptied.

use serde_json::json;
use support::{Answer, Engine, Fixture, Server, until};

use crate::API;
use crate::backups::{figures, filled, load_employees};

conformance! {
    a_table_that_is_dropped_is_named_by_every_path_that_needs_it,
    the_log_names_a_table_that_is_missing,
    a_restore_makes_a_dropped_table_again,
    a_dropped_parent_is_restored_while_its_child_rows_exist,
    a_restore_names_a_parent_that_is_missing_too,
    a_table_with_fewer_rows_than_its_batches_add_up_to_is_reported_at_the_next_start,
    the_home_page_reports_an_emptied_table_at_once,
    the_rows_of_a_table_add_up_after_restores,
}

/// Drops a table, also one that others reference.
async fn drop_table(fixture: &Fixture, table: &str) {
    let off = match fixture.engine {
        Engine::Sqlite => "PRAGMA foreign_keys = OFF",
        Engine::MySql => "SET foreign_key_checks = 0",
    };
    fixture.sql(&[&format!("{off}; DROP TABLE {table}")]).await;
}

async fn post(server: &Server, path: &str) -> Answer {
    server.post_empty(path).await
}

async fn a_table_that_is_dropped_is_named_by_every_path_that_needs_it(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    let name = server.back_up("employees").await;
    // Its figures are known when it is dropped.
    assert!(!server.get("/").await.text().contains("<strong>"));
    fixture.sql(&["DROP TABLE employees"]).await;
    let row = "21,Ada,2021-01-01T00:00:00Z,1,1\n";
    let verify = server.call("POST", "/verify/employees").header("content-type", "text/csv").body(row);
    for answer in [
        server.get("/view/employees").await,
        server.get("/view/employees/1").await,
        server.get("/view/req1").await,
        server.get("/hash/employees").await,
        server.post_csv("employees", row).await,
        server.post_csv("employees", row).await,
        server.send(verify).await,
        post(&server, "/backup/employees").await,
    ] {
        let detail = answer.problem(409, "table-missing");
        assert_eq!(
            detail,
            "the table `employees` is missing in the database; a restore from a backup makes it again, and so \
             does a restart of the API, without rows"
        );
    }
    // What needs only others goes on.
    server.get("/view/departments").await.expect(200);
    server.get("/rejected/employees").await.expect(200);
    server.post_csv("departments", "77,New\n").await.expect(201);
    post(&server, &format!("/backup/employees/{name}/verify")).await.expect(200);
    let home = server.get("/").await;
    assert_eq!(home.status, 200, "{}", home.text());
    assert!(home.text().contains("employees is missing in the database"), "{}", home.text());
    server.stop().await.unwrap();
}

async fn the_log_names_a_table_that_is_missing(fixture: Fixture) {
    let process = API.start(fixture.shipped_package(&["departments.csv"]));
    process.until_ready().await;
    fixture.sql(&["DROP TABLE employees"]).await;
    process.get("/view/employees").await.expect(409);
    until("the log names it", async || {
        let log = fixture.log();
        log.lines().any(|line| line.contains("ERROR") && line.contains("the table `employees` is missing"))
    })
    .await;
}

async fn a_restore_makes_a_dropped_table_again(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    let hash = server.hash("employees").await;
    server.back_up("employees").await;
    fixture.sql(&["DROP TABLE employees"]).await;
    let dry = server.restore("employees", "dry_run=true").await.expect(200);
    assert_eq!(figures(&dry), [0, 20, 20, 0, 0, 0]);
    server.get("/view/employees").await.problem(409, "table-missing");
    let restored = server.restore("employees", "").await.expect(200);
    assert_eq!(figures(&restored), [0, 20, 20, 0, 0, 0]);
    assert_eq!(server.hash("employees").await, hash);
    load_employees(&server, 21..=22).await;
    // Keys and references are enforced, by the database itself too.
    let answer = server.post_csv("employees", "22,A,2021-01-01T00:00:00Z,1,1\n").await;
    assert_eq!(answer.rejects(), json!([[1, 1, ["primary-key"]]]));
    for values in ["1, 'x', '2021-01-01 00:00:00', 1, 1", "99, 'x', '2021-01-01 00:00:00', 99, 1"] {
        let insert = format!("INSERT INTO employees VALUES ({values})");
        assert!(fixture.try_sql(&insert).await.is_err(), "{insert}");
    }
    server.stop().await.unwrap();
    fixture.start().await.stop().await.unwrap();
}

async fn a_dropped_parent_is_restored_while_its_child_rows_exist(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    let hash = server.hash("departments").await;
    server.back_up("departments").await;
    drop_table(&fixture, "departments").await;
    let row = "21,Ada,2021-01-01T00:00:00Z,1,1\n";
    let detail = server.post_csv("employees", row).await.problem(409, "table-missing");
    assert!(detail.starts_with("the table `departments` is missing"), "{detail}");
    server.restore("departments", "").await.expect(200);
    assert_eq!(server.hash("departments").await, hash);
    server.post_csv("employees", row).await.expect(201);
    assert!(fixture.try_sql("DELETE FROM departments WHERE department_id = 1").await.is_err());
    server.stop().await.unwrap();
}

async fn a_restore_names_a_parent_that_is_missing_too(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    for table in ["departments", "employees"] {
        server.back_up(table).await;
        drop_table(&fixture, table).await;
    }
    for query in ["dry_run=true", ""] {
        let detail = server.restore("employees", query).await.problem(409, "table-missing");
        assert!(detail.starts_with("the table `departments` is missing"), "{detail}");
    }
    for table in ["departments", "employees"] {
        server.restore(table, "").await.expect(200);
    }
    server.stop().await.unwrap();
}

/// What the home page says of tables that hold fewer rows than they should.
async fn notices(base: &str) -> Vec<String> {
    let home = reqwest::get(base).await.unwrap().text().await.unwrap();
    let strong =
        home.split("<strong>").skip(1).map(|rest| rest.split("</strong>").next().unwrap().to_owned());
    strong.filter(|text| text.contains(" rows")).collect()
}

async fn a_table_with_fewer_rows_than_its_batches_add_up_to_is_reported_at_the_next_start(fixture: Fixture) {
    let server = filled(&fixture, 1020).await;
    server.back_up("employees").await;
    server.back_up("jobs").await;
    server.stop().await.unwrap();
    fixture.sql(&["DROP TABLE employees", "DELETE FROM jobs WHERE job_id > 180"]).await;
    let process = API.start(&fixture);
    process.until_ready().await;
    let warnings = || -> Vec<String> {
        let log = fixture.log();
        let lines = log.lines().filter_map(|line| line.split_once("WARN ")).map(|(_, text)| text.to_owned());
        lines.filter(|text| text.contains("batches add up")).collect()
    };
    until("both tables are warned of", async || warnings().len() == 2).await;
    assert_eq!(
        warnings(),
        [
            "the table `jobs` holds 180 rows, but its batches add up to 183; something other than the API removed rows: \
             restore it from a backup (POST /restore/jobs)",
            "the table `employees` holds 0 rows, but its batches add up to 1,020; something other than the API \
             removed rows: restore it from a backup (POST /restore/employees)",
        ]
    );
    let home = process.url("/");
    assert_eq!(
        notices(&home).await,
        [
            "jobs holds 180 rows, but its batches add up to 183.",
            "employees holds 0 rows, but its batches add up to 1,020."
        ]
    );
    for table in ["jobs", "employees"] {
        process.post_empty(&format!("/restore/{table}")).await.expect(200);
    }
    assert_eq!(notices(&home).await, Vec::<String>::new());
    assert_eq!(process.get("/hash/employees").await.expect(200)["rows"], 1020);
    process.kill();
    // The next start finds nothing.
    let process = API.start(&fixture);
    process.until_ready().await;
    assert_eq!(notices(&process.url("/")).await, Vec::<String>::new());
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0));
    assert_eq!(warnings().len(), 2);
}

async fn the_home_page_reports_an_emptied_table_at_once(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    let home = server.url("/");
    assert_eq!(notices(&home).await, Vec::<String>::new());
    fixture.sql(&["DELETE FROM employees"]).await;
    assert_eq!(notices(&home).await, ["employees holds 0 rows, but its batches add up to 20."]);
    server.stop().await.unwrap();
}

async fn the_rows_of_a_table_add_up_after_restores(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    let small = server.back_up("employees").await;
    load_employees(&server, 21..=30).await;
    let large = server.back_up("employees").await;
    let home = server.url("/");
    for (backup, more) in [(&small, 41..=45), (&large, 51..=53), (&small, 61..=61)] {
        server.restore("employees", &format!("backup={backup}")).await.expect(200);
        load_employees(&server, more.clone()).await;
        assert_eq!(notices(&home).await, Vec::<String>::new());
        fixture.sql(&["DELETE FROM employees WHERE employee_id = 5"]).await;
        // The page counts anew what a batch has changed.
        load_employees(&server, 70 + more.start()..=70 + more.start()).await;
        let rows = 20 + if backup == &large { 10 } else { 0 } + more.count();
        let notice = format!("employees holds {rows} rows, but its batches add up to {}.", rows + 1);
        assert_eq!(notices(&home).await, [notice]);
    }
    server.stop().await.unwrap();
}
