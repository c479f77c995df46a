//! Loads and restores of one table at the same time.

use sqlx::{Connection, Executor, MySqlConnection, SqliteConnection};
use support::{Engine, Fixture, Server, until};

use super::{figures, filled, load_employees};

conformance! {
    loads_and_restores_of_one_table_do_not_mix,
    loads_and_restores_in_two_processes_do_not_mix_either,
    a_load_that_comes_while_a_table_is_restored_is_before_or_behind_it,
    restores_of_one_table_wait_for_each_other,
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
    assert!(left.len() >= 2000, "{} rows are left, fewer than the backup has", left.len());
    let last = server.restore("employees", "").await.expect(200);
    assert_eq!(last["removed"], left.len() - 2000);
}

async fn a_load_that_comes_while_a_table_is_restored_is_before_or_behind_it(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.back_up("employees").await;
    load_employees(&server, 11..=20).await;
    // Another program stops the restore in the middle of its work.
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
            Lock::Sqlite(_) => !fixture.staging_files().is_empty(),
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
