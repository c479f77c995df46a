//! Keys and references before, during and after a restore.

use serde_json::json;
use support::Fixture;

use super::{figures, filled, load_employees};

conformance! {
    keys_and_references_are_enforced_after_a_restore,
    a_table_that_others_reference_is_restored_under_them,
    a_restore_that_would_orphan_children_is_refused_with_an_example,
    a_restore_whose_own_parents_are_gone_is_refused_with_an_example,
    a_reference_that_only_the_database_knows_counts_too,
}

async fn keys_and_references_are_enforced_after_a_restore(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.back_up("employees").await;
    fixture.sql(&["DELETE FROM employees"]).await;
    server.restore("employees", "").await.expect(200);
    let twice = server.post_csv("employees", "10,Twice,2021-01-01T00:00:00Z,1,1\n").await;
    assert_eq!(twice.rejects(), json!([[1, 1, ["primary-key"]]]));
    // By the database itself too.
    for statement in [
        "INSERT INTO employees VALUES (10, 'x', '2021-01-01 00:00:00', 1, 1)",
        "INSERT INTO employees VALUES (11, 'x', '2021-01-01 00:00:00', 99, 1)",
        "INSERT INTO employees VALUES (11, NULL, '2021-01-01 00:00:00', 1, 1)",
        "DELETE FROM departments WHERE department_id = 2",
    ] {
        assert!(fixture.try_sql(statement).await.is_err(), "{statement}");
    }
    server.stop().await.unwrap();
}

async fn a_table_that_others_reference_is_restored_under_them(fixture: Fixture) {
    let server = filled(&fixture, 100).await;
    let (departments, employees) = (server.hash("departments").await, server.hash("employees").await);
    server.back_up("departments").await;
    fixture.sql(&["UPDATE departments SET department_name = 'Other' WHERE department_id < 10"]).await;
    server.post_csv("departments", "77,Passing\n").await.expect(201);
    let restored = server.restore("departments", "").await.expect(200);
    assert_eq!(figures(&restored), [13, 12, 0, 1, 9, 3]);
    assert_eq!(server.hash("departments").await, departments);
    assert_eq!(server.hash("employees").await, employees);
    server.stop().await.unwrap();
}

async fn a_restore_that_would_orphan_children_is_refused_with_an_example(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    let name = server.back_up("departments").await;
    server.post_csv("departments", "77,New\n78,Newer\n").await.expect(201);
    let rows =
        "21,A,2021-01-01T00:00:00Z,77,1\n22,B,2021-01-01T00:00:00Z,77,1\n23,C,2021-01-01T00:00:00Z,78,1\n";
    server.post_csv("employees", rows).await.expect(201);
    let hash = server.hash("departments").await;
    for query in ["dry_run=true", "", &*format!("backup={name}")] {
        let answer = server.restore("departments", query).await;
        let detail = answer.problem(409, "restore-orphans");
        assert_eq!(
            detail,
            "3 rows of employees would have a department_id that departments does not have, for example 77; \
             restore or load the parents first, or remove those rows"
        );
        assert_eq!(answer.header("retry-after"), None);
    }
    assert_eq!(server.hash("departments").await, hash);
    assert_eq!(server.all("/batches?kind=restore").await, Vec::<serde_json::Value>::new());
    server.stop().await.unwrap();
}

async fn a_restore_whose_own_parents_are_gone_is_refused_with_an_example(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.back_up("employees").await;
    fixture.sql(&["DELETE FROM employees", "DELETE FROM departments WHERE department_id IN (3, 4)"]).await;
    let detail = server.restore("employees", "").await.problem(409, "restore-orphans");
    let start =
        "2 rows of employees would have a department_id that departments does not have, for example 3;";
    assert!(detail.starts_with(start), "{detail}");
    assert_eq!(server.get("/view/employees").await.expect(200), json!([]));
    server.stop().await.unwrap();
}

async fn a_reference_that_only_the_database_knows_counts_too(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.back_up("employees").await;
    load_employees(&server, 11..=12).await;
    fixture
        .sql(&[
            "CREATE TABLE `their own` (`the id` BIGINT PRIMARY KEY, boss BIGINT, \
             FOREIGN KEY (boss) REFERENCES employees (employee_id))",
            "INSERT INTO `their own` VALUES (1, 12), (2, NULL)",
        ])
        .await;
    let detail = server.restore("employees", "").await.problem(409, "restore-orphans");
    assert!(
        detail.starts_with("1 row of their own would have a boss that employees does not have"),
        "{detail}"
    );
    fixture.sql(&["UPDATE `their own` SET boss = 3"]).await;
    assert_eq!(server.restore("employees", "").await.expect(200)["removed"], 2);
    server.stop().await.unwrap();
}
