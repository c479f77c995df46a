//! A database that an earlier version made.

use serde_json::json;
use support::{Engine, Fixture, Server};

use crate::API;

conformance! {
    a_ledger_of_an_earlier_version_keeps_every_batch_and_gets_the_columns_of_this_one,
    processes_that_start_at_the_same_time_on_an_earlier_ledger_are_all_ready,
    an_earlier_ledger_that_lacks_a_column_is_refused_with_its_name_and_stays_as_it_is,
}

/// What turns the ledger of this version into that of the first one, which counted `skipped` rows and kept the status of
/// each answer; on a server, names of tables had 48 characters.
fn to_first_version(engine: Engine) -> Vec<&'static str> {
    match engine {
        Engine::Sqlite => vec![
            "PRAGMA foreign_keys = OFF;
             CREATE TABLE _old (id TEXT NOT NULL PRIMARY KEY, table_name TEXT NOT NULL, kind TEXT NOT NULL, source TEXT,
               first_row INTEGER NOT NULL, first_line INTEGER, end_offset INTEGER, actor TEXT NOT NULL,
               idempotency_key TEXT, fingerprint TEXT, received INTEGER NOT NULL, inserted INTEGER NOT NULL,
               replaced INTEGER NOT NULL, unchanged INTEGER NOT NULL, skipped INTEGER NOT NULL,
               rejected INTEGER NOT NULL, withheld INTEGER NOT NULL, removed INTEGER NOT NULL, status INTEGER NOT NULL,
               answer TEXT, dictionary TEXT NOT NULL, created_at TEXT NOT NULL,
               UNIQUE (table_name, idempotency_key, actor),
               CHECK (received = inserted + replaced + unchanged + skipped + rejected + withheld)) STRICT;
             INSERT INTO _old SELECT id, table_name, kind, source, first_row, first_line, end_offset, actor,
               idempotency_key, fingerprint, received, inserted, replaced, unchanged, 0, rejected, withheld, removed,
               207, answer, dictionary, created_at FROM _batches;
             DROP TABLE _batches;
             ALTER TABLE _old RENAME TO _batches;
             CREATE INDEX _batches_source ON _batches (source);",
        ],
        Engine::MySql => vec![
            "ALTER TABLE _rejected MODIFY COLUMN table_name varchar(48) NOT NULL",
            "ALTER TABLE _batches MODIFY COLUMN table_name varchar(48) NOT NULL,
               ADD COLUMN skipped bigint NOT NULL AFTER unchanged,
               ADD COLUMN status bigint NOT NULL AFTER removed,
               ADD CHECK (received = inserted + replaced + unchanged + skipped + rejected + withheld)",
        ],
    }
}

/// All that the ledger and the reject log show.
async fn recorded(server: &Server) -> String {
    let batches = server.get("/batches?limit=1000").await.expect(200);
    let rejects = server.get("/rejected/departments?limit=1000").await.expect(200);
    json!([batches, rejects]).to_string()
}

async fn a_ledger_of_an_earlier_version_keeps_every_batch_and_gets_the_columns_of_this_one(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv"]).start().await;
    let keyed = |server: &Server| {
        server.request("departments", "text/csv", "900,A\nx,B\n").header("idempotency-key", "k")
    };
    let answer = server.send(keyed(&server)).await;
    answer.expect(207);
    let before = recorded(&server).await;
    server.stop().await.unwrap();
    fixture.sql(&to_first_version(fixture.engine)).await;
    // The second start finds nothing to do.
    for _ in 0..2 {
        let server = fixture.start().await;
        assert_eq!(recorded(&server).await, before);
        let again = server.send(keyed(&server)).await;
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &answer.body));
        server.post_csv("departments", "x,C\n").await.expect(422);
        server.stop().await.unwrap();
        fixture
            .sql(&["DELETE FROM _rejected WHERE raw = 'x,C'", "DELETE FROM _batches WHERE received = 1"])
            .await;
    }
    for column in ["skipped", "status"] {
        assert!(fixture.try_sql(&format!("SELECT {column} FROM _batches")).await.is_err(), "{column}");
    }
}

async fn processes_that_start_at_the_same_time_on_an_earlier_ledger_are_all_ready(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv"]).start().await;
    let before = recorded(&server).await;
    server.stop().await.unwrap();
    for _ in 0..5 {
        fixture.sql(&to_first_version(fixture.engine)).await;
        let processes = [(); 4].map(|()| API.start(&fixture));
        for process in &processes {
            process.until_ready().await;
        }
    }
    let server = fixture.start().await;
    assert_eq!(recorded(&server).await, before);
    server.stop().await.unwrap();
}

async fn an_earlier_ledger_that_lacks_a_column_is_refused_with_its_name_and_stays_as_it_is(fixture: Fixture) {
    fixture.shipped_package(&["departments.csv"]).start().await.stop().await.unwrap();
    fixture.sql(&to_first_version(fixture.engine)).await;
    fixture.sql(&["ALTER TABLE _batches DROP COLUMN dictionary"]).await;
    let why = fixture.refusal().await;
    assert!(why.starts_with("the table `_batches` in the database differs"), "{why}");
    assert!(why.contains("the column `dictionary` is missing"), "{why}");
    fixture.sql(&["SELECT skipped, status FROM _batches"]).await;
}
