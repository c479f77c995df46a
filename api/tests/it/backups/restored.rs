//! Tables as they are restored.

use serde_json::json;
use sqlx::{Connection, Executor, MySqlConnection, SqliteConnection};

use super::{figures, filled, load_employees};
use crate::engines::Engine;
use crate::second_package;
use crate::server::{Fixture, Server, until};

conformance! {
    a_table_is_as_it_was_whatever_was_deleted_changed_and_added,
    keys_and_references_are_enforced_after_a_restore,
    a_table_that_others_reference_is_restored_under_them,
    a_restore_that_would_orphan_children_is_refused_with_an_example,
    a_restore_whose_own_parents_are_gone_is_refused_with_an_example,
    a_reference_that_only_the_database_knows_counts_too,
    a_dry_run_tells_the_figures_and_changes_nothing,
    a_restore_is_a_batch_whose_counts_add_up,
    two_rows_can_swap_a_unique_value,
    the_newest_backup_is_restored_unless_one_is_named,
    loads_and_restores_of_one_table_do_not_mix,
    loads_and_restores_in_two_processes_do_not_mix_either,
    a_load_that_comes_while_a_table_is_restored_is_before_or_behind_it,
    restores_of_one_table_wait_for_each_other,
    nothing_of_a_restore_stays_in_the_database,
}

async fn a_table_is_as_it_was_whatever_was_deleted_changed_and_added(fixture: Fixture) {
    let server = filled(&fixture, 2500).await;
    let (hash, name) = (server.hash("employees").await, server.back_up("employees").await);
    fixture
        .sql(&[
            "DELETE FROM employees WHERE employee_id <= 1250",
            "UPDATE employees SET employee_name = 'Somebody', department_id = 1 WHERE employee_id > 2400",
        ])
        .await;
    load_employees(&server, 3001..=3010).await;
    assert_ne!(server.hash("employees").await, hash);
    let restored = server.restore("employees", "").await.expect(200);
    assert_eq!(figures(&restored), [1260, 2500, 1250, 10, 100, 1150]);
    let sentence = "1250 rows added, 10 removed, 100 changed, 1150 unchanged";
    assert_eq!(restored["response"], format!("employees restored from {name}: {sentence}"));
    assert_eq!((server.hash("employees").await, &restored["content_hash"]), (hash.clone(), &json!(hash)));
    fixture.sql(&["DELETE FROM employees"]).await;
    assert_eq!(figures(&server.restore("employees", "").await.expect(200)), [0, 2500, 2500, 0, 0, 0]);
    assert_eq!(figures(&server.restore("employees", "").await.expect(200)), [2500, 2500, 0, 0, 0, 2500]);
    assert_eq!(server.hash("employees").await, hash);
    server.stop().await.unwrap();
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

async fn a_dry_run_tells_the_figures_and_changes_nothing(fixture: Fixture) {
    let server = filled(&fixture, 100).await;
    let name = server.back_up("employees").await;
    fixture
        .sql(&[
            "DELETE FROM employees WHERE employee_id <= 10",
            "UPDATE employees SET job_id = 1 WHERE employee_id BETWEEN 51 AND 70",
        ])
        .await;
    load_employees(&server, 201..=203).await;
    let (hash, batches) = (server.hash("employees").await, server.all("/batches").await);
    let dry = server.restore("employees", "dry_run=true").await.expect(200);
    assert_eq!(figures(&dry), [93, 100, 10, 3, 20, 70]);
    assert_eq!((&dry["dry_run"], &dry["batch"]), (&json!(true), &json!(null)));
    assert!(
        dry["response"].as_str().unwrap().starts_with(&format!("employees would be restored from {name}:"))
    );
    assert_eq!((server.hash("employees").await, server.all("/batches").await), (hash, batches));
    let real = server.restore("employees", "dry_run=false").await.expect(200);
    assert_eq!(figures(&real), figures(&dry));
    server.stop().await.unwrap();
}

async fn a_restore_is_a_batch_whose_counts_add_up(fixture: Fixture) {
    let server = filled(&fixture, 100).await;
    let name = server.back_up("employees").await;
    let rejected = server.post_csv("employees", "x,y\n").await;
    assert_eq!(rejected.status, 422);
    let log = server.all("/rejected/employees").await;
    load_employees(&server, 101..=103).await;
    fixture.sql(&["DELETE FROM employees WHERE employee_id <= 10"]).await;
    let restored = server.restore("employees", "").await.expect(200);
    let batches = server.all("/batches?kind=restore").await;
    assert_eq!(batches.len(), 1);
    let batch = &batches[0];
    assert_eq!((&batch["id"], &batch["source"]), (&restored["batch"], &json!(name)));
    let counts = ["received", "inserted", "replaced", "unchanged", "rejected"];
    let counts = counts.map(|name| batch[name].as_u64().unwrap());
    assert_eq!((counts, &batch["removed"]), ([100, 10, 0, 90, 0], &json!(3)));
    assert_eq!(batch["actor"], "anonymous");
    // What was rejected stays so.
    assert_eq!(server.all("/rejected/employees").await, log);
    server.stop().await.unwrap();
}

async fn two_rows_can_swap_a_unique_value(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    let id = |n| format!("123e4567-e89b-12d3-a456-42661417400{n}");
    let member = |n, email: Option<&str>| json!({ "id": id(n), "email": email, "active": true });
    let rows = json!([member(1, Some("a@x.org")), member(2, Some("b@x.org")), member(3, None)]);
    server.post_json("members", rows).await.expect(201);
    let hash = server.hash("members").await;
    server.back_up("members").await;
    fixture
        .sql(&[
            "UPDATE members SET email = 'c@x.org' WHERE email = 'a@x.org'",
            "UPDATE members SET email = 'a@x.org' WHERE email = 'b@x.org'",
            "UPDATE members SET email = 'b@x.org' WHERE email = 'c@x.org'",
        ])
        .await;
    assert_eq!(figures(&server.restore("members", "").await.expect(200)), [3, 3, 0, 0, 2, 1]);
    assert_eq!(server.hash("members").await, hash);
    // Null differs from a value, and the other way round.
    fixture
        .sql(&["UPDATE members SET email = NULL WHERE email = 'a@x.org'", "UPDATE members SET place = NULL"])
        .await;
    assert_eq!(figures(&server.restore("members", "").await.expect(200)), [3, 3, 0, 0, 1, 2]);
    assert_eq!(server.hash("members").await, hash);
    server.stop().await.unwrap();
}

async fn the_newest_backup_is_restored_unless_one_is_named(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.restore("employees", "").await.problem(404, "no-backup");
    let first = server.back_up("employees").await;
    load_employees(&server, 11..=20).await;
    let second = server.back_up("employees").await;
    let file = std::fs::read(fixture.backup_file("employees", &first)).unwrap();
    // Put there by somebody, and newer than both; it is restored by its name only.
    fixture.put_backup("employees", "zz.avro", &file);
    assert_eq!(server.restore("employees", "").await.expect(200)["name"], json!(second));
    assert_eq!(server.restore("employees", &format!("backup={first}")).await.expect(200)["after"], 10);
    server.restore("employees", "").await.expect(200);
    assert_eq!(server.restore("employees", "backup=zz.avro").await.expect(200)["after"], 10);
    server.stop().await.unwrap();
}

/// Employees by id.
async fn ids(server: &Server) -> Vec<u64> {
    let rows = server.all("/view/employees").await;
    rows.iter().map(|row| row["employee_id"].as_u64().unwrap()).collect()
}

async fn loads_and_restores_of_one_table_do_not_mix(fixture: Fixture) {
    let server = filled(&fixture, 2000).await;
    load_and_restore(&server, &server).await;
    server.stop().await.unwrap();
}

async fn loads_and_restores_in_two_processes_do_not_mix_either(fixture: Fixture) {
    let server = filled(&fixture, 2000).await;
    let other = fixture.start().await;
    load_and_restore(&other, &server).await;
    other.stop().await.unwrap();
    server.stop().await.unwrap();
}

/// Loads in one process while the other restores again and again.
async fn load_and_restore(loader: &Server, server: &Server) {
    server.back_up("employees").await;
    // Each batch takes ids that a restore frees: it is before a restore, and then goes with it, or behind.
    let load = async |first: u32| {
        let mut inserted = 0;
        for round in 0..6 {
            let ids = first + round * 100..=first + round * 100 + 99;
            load_employees(loader, ids).await;
            inserted += 100;
        }
        inserted
    };
    let restore = async || {
        for _ in 0..4 {
            let restored = server.restore("employees", "").await.expect(200);
            assert_eq!(restored["after"], 2000);
            assert_eq!(restored["removed"].as_u64().unwrap() % 100, 0, "half a batch was there: {restored}");
        }
    };
    let loads = futures_util::future::join_all([10_000, 20_000, 30_000].map(load));
    let (inserted, ()) = futures_util::future::join(loads, restore()).await;
    assert_eq!(inserted.iter().sum::<u32>(), 1800);
    let left = ids(server).await;
    assert_eq!(left.len() % 100, 0);
    assert!(left.len() >= 2000);
    let last = server.restore("employees", "").await.expect(200);
    assert_eq!(last["removed"], left.len() - 2000);
}

async fn a_load_that_comes_while_a_table_is_restored_is_before_or_behind_it(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.back_up("employees").await;
    load_employees(&server, 11..=20).await;
    // Somebody else holds up the restore in the middle of its work.
    let lock = Lock::take(&fixture).await;
    let restore = async { server.restore("employees", "").await.expect(200) };
    let load = async {
        lock.until_waited_for(&fixture).await;
        // Rows that the restore would remove, if they were there.
        let load =
            async { server.post_csv("employees", "25,Late,2021-01-01T00:00:00Z,1,1\n").await.expect(201) };
        let give_back = async {
            // By now the load has arrived, or else it waits for nothing here.
            for _ in 0..50 {
                server.get("/health/ready").await;
            }
            lock.give_back().await;
        };
        futures_util::future::join(load, give_back).await;
    };
    let (restored, ()) = futures_util::future::join(restore, load).await;
    // An embedded database does not show whether the restore waits in it already, or is on its way there still.
    let came_before = fixture.engine == Engine::Sqlite && restored["before"] == 21;
    let (figures_then, rows_then): (_, Vec<_>) = match came_before {
        true => ([21, 10, 0, 11, 0, 10], (1..=10).collect()),
        false => ([20, 10, 0, 10, 0, 10], (1..=10).chain([25]).collect()),
    };
    assert_eq!((figures(&restored), ids(&server).await), (figures_then, rows_then));
    server.stop().await.unwrap();
}

/// Another program that writes: to all of an embedded database, or to a row that a restore is to remove.
enum Lock {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
}

impl Lock {
    async fn take(fixture: &Fixture) -> Lock {
        let url = &fixture.database_url;
        match fixture.engine {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(url).await.unwrap();
                connection.execute("BEGIN IMMEDIATE").await.unwrap();
                Lock::Sqlite(connection)
            }
            Engine::MySql => {
                let mut connection = MySqlConnection::connect(url).await.unwrap();
                connection.execute("BEGIN").await.unwrap();
                connection
                    .execute("SELECT * FROM employees WHERE employee_id = 20 FOR UPDATE")
                    .await
                    .unwrap();
                Lock::MySql(connection)
            }
        }
    }

    async fn until_waited_for(&self, fixture: &Fixture) {
        until("the restore waits", async || match self {
            Lock::Sqlite(_) => !fixture.scratch_files().is_empty(),
            Lock::MySql(_) => {
                let url = &fixture.database_url;
                let waiting = "SELECT COUNT(*) FROM information_schema.PROCESSLIST \
                     WHERE DB = DATABASE() AND INFO LIKE 'SELECT COUNT(*) FROM %FOR UPDATE'";
                let mut connection = MySqlConnection::connect(url).await.unwrap();
                sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut connection).await.unwrap() > 0
            }
        })
        .await;
    }

    async fn give_back(self) {
        match self {
            Lock::Sqlite(connection) => connection.close().await.unwrap(),
            Lock::MySql(connection) => connection.close().await.unwrap(),
        }
    }
}

async fn restores_of_one_table_wait_for_each_other(fixture: Fixture) {
    let server = filled(&fixture, 500).await;
    let first = server.back_up("employees").await;
    fixture.sql(&["DELETE FROM employees WHERE employee_id > 200"]).await;
    let second = server.back_up("employees").await;
    let restores = [&first, &second, &first, &second, &first].map(|name| {
        let query = format!("backup={name}");
        let server = &server;
        async move { server.restore("employees", &query).await.expect(200) }
    });
    let all = futures_util::future::join_all(restores).await;
    // Each began where another one had ended.
    for restored in &all {
        let [before, after, added, removed, changed, _] = figures(restored);
        assert!(
            [200, 500].contains(&before) && before + added - removed == after && changed == 0,
            "{restored}"
        );
    }
    assert_eq!(server.all("/batches?kind=restore").await.len(), 5);
    server.stop().await.unwrap();
}

async fn nothing_of_a_restore_stays_in_the_database(fixture: Fixture) {
    let server = filled(&fixture, 5000).await;
    server.back_up("employees").await;
    for _ in 0..3 {
        fixture.sql(&["DELETE FROM employees"]).await;
        server.restore("employees", "").await.expect(200);
    }
    assert!(fixture.try_sql("SELECT * FROM _scratch").await.is_err());
    assert_eq!(fixture.scratch_files(), Vec::<String>::new());
    server.stop().await.unwrap();
}
