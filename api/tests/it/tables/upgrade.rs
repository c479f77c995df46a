//! A database that an earlier version made.

use serde_json::json;
use support::{Engine, Fixture, Server, field};

use crate::API;

conformance! {
    a_table_that_is_refused_is_not_upgraded_before,
    a_ledger_of_an_earlier_version_keeps_every_batch_and_gets_the_columns_of_this_one,
    rejects_of_an_earlier_version_are_listed_and_found_as_they_were,
    processes_that_start_at_the_same_time_on_an_earlier_ledger_are_all_ready,
    an_earlier_ledger_that_lacks_a_column_is_refused_with_its_name_and_stays_as_it_is,
    datetimes_and_text_keys_of_an_earlier_version_keep_their_rows_and_hold_more,
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

/// Earlier versions kept the errors of a reject as answers show them.
async fn rejects_of_an_earlier_version_are_listed_and_found_as_they_were(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv"]).start().await;
    server.post_csv("departments", "x,\n1,A\n\"a\"\"b\",it's\n3\n4,A,B\n").await.expect(422);
    server
        .post_json("departments", json!([{ "department_id": "x", "department_name": 5, "more": 1 }, 6]))
        .await
        .expect(422);
    let listed = server.all("/rejected/departments").await;
    let csv = server.all_csv("/rejected/departments").await;
    for reject in &listed {
        let errors = reject["errors"].to_string().replace('\'', "''");
        let errors = match fixture.engine {
            Engine::Sqlite => errors,
            // There, a backslash in a string is one of two characters.
            Engine::MySql => errors.replace('\\', r"\\"),
        };
        let id = reject["id"].as_str().unwrap();
        fixture.sql(&[&format!("UPDATE _rejected SET errors = '{errors}' WHERE id = '{id}'")]).await;
    }
    assert_eq!(server.all("/rejected/departments").await, listed);
    assert_eq!(server.all_csv("/rejected/departments").await, csv);
    for (code, count) in [("type-error", 3), ("format-error", 1), ("primary-key", 3), ("foreign-key", 0)] {
        let path = format!("/rejected/departments?code={code}");
        assert_eq!(server.all(&path).await.len(), count, "{code}");
    }
    server.stop().await.unwrap();
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

/// Two tables: `readings`, whose key is a datetime, and `notes` with a text key, which reference it.
fn readings() -> serde_json::Value {
    let readings = json!({ "fields": [{ "name": "at", "type": "datetime" }], "primaryKey": "at" });
    let notes = json!({
        "fields": [
            { "name": "code", "type": "string" },
            { "name": "at", "type": "datetime" },
            { "name": "seen", "type": "datetime", "constraints": { "unique": true } },
            { "name": "parent", "type": "string" },
        ],
        "primaryKey": "code",
        "foreignKeys": [{ "fields": "at", "reference": { "resource": "readings", "fields": "at" } }],
    });
    let more = json!({
        "fields": [{ "name": "id", "type": "integer" }, { "name": "note", "type": "string" }],
        "primaryKey": "id",
        "foreignKeys": [{ "fields": "note", "reference": { "resource": "notes", "fields": "code" } }],
    });
    json!({ "resources": [
        { "name": "readings", "path": "readings.csv", "schema": readings },
        { "name": "notes", "path": "notes.csv", "schema": notes },
        { "name": "more", "path": "more.csv", "schema": more },
    ]})
}

/// What turns the columns of [`readings`] into those of a version that kept whole seconds and keys of 255 characters.
fn to_whole_seconds(engine: Engine) -> Vec<&'static str> {
    match engine {
        Engine::Sqlite => vec![
            "PRAGMA foreign_keys = OFF;
             UPDATE readings SET at = at || 'Z';
             UPDATE notes SET at = at || 'Z', seen = seen || 'Z';
             UPDATE _batches SET created_at = created_at || 'Z';
             UPDATE _rejected SET created_at = created_at || 'Z';
             PRAGMA user_version = 0",
        ],
        Engine::MySql => vec![
            "ALTER TABLE more DROP FOREIGN KEY more_ibfk_1, MODIFY note varchar(255);
             ALTER TABLE notes DROP FOREIGN KEY notes_ibfk_1, MODIFY code varchar(255) NOT NULL, MODIFY at datetime,
               MODIFY seen datetime;
             ALTER TABLE readings MODIFY at datetime NOT NULL;
             ALTER TABLE notes ADD FOREIGN KEY (at) REFERENCES readings (at);
             ALTER TABLE more ADD FOREIGN KEY (note) REFERENCES notes (code);
             ALTER TABLE _batches MODIFY created_at datetime NOT NULL;
             ALTER TABLE _rejected MODIFY created_at datetime NOT NULL",
        ],
    }
}

async fn datetimes_and_text_keys_of_an_earlier_version_keep_their_rows_and_hold_more(fixture: Fixture) {
    let server = fixture.package(&readings()).start().await;
    server.post_csv("readings", "at\n2021-07-15T23:59:07Z\n2021-07-15T23:59:08Z\nx\n").await.expect(207);
    server
        .post_csv("notes", "code,at,seen,parent\na,2021-07-15T23:59:07Z,2021-07-15T23:59:07Z,\n")
        .await
        .expect(201);
    server.post_csv("more", "id,note\n1,a\n").await.expect(201);
    let facts = async |server: &Server| {
        let mut facts = vec![server.get("/batches?limit=1000").await.text().to_owned()];
        for table in ["readings", "notes", "more"] {
            facts.push(server.hash(table).await);
        }
        facts.push(server.get("/rejected/readings").await.text().to_owned());
        facts
    };
    let before = facts(&server).await;
    server.stop().await.unwrap();
    fixture.sql(&to_whole_seconds(fixture.engine)).await;
    // The second start finds nothing to do.
    for _ in 0..2 {
        let server = fixture.start().await;
        assert_eq!(facts(&server).await, before);
        server.stop().await.unwrap();
    }
    let server = fixture.start().await;
    server.post_csv("readings", "at\n2021-07-15T23:59:07.5Z\n").await.expect(201);
    let list = server.get("/view/readings?format=csv").await;
    assert_eq!(
        list.text(),
        "at\r\n2021-07-15T23:59:07Z\r\n2021-07-15T23:59:07.5Z\r\n2021-07-15T23:59:08Z\r\n"
    );
    let long = "k".repeat(650);
    server.post_csv("notes", format!("code,at\n{long},2021-07-15T23:59:07.5Z\n")).await.expect(201);
    server.post_csv("more", format!("id,note\n2,{long}\n")).await.expect(201);
    let repeated =
        server.post_csv("notes", "code,at,seen\nb,2021-07-15T23:59:07Z,2021-07-15T23:59:07Z\n").await;
    assert_eq!(repeated.rejects(), json!([[1, 2, ["unique-error"]]]));
    server.stop().await.unwrap();
}

async fn a_table_that_is_refused_is_not_upgraded_before(fixture: Fixture) {
    let schema = json!({ "fields": [field("id", "integer"), field("at", "datetime")], "primaryKey": "id" });
    fixture.shipped_package(&[]).start().await.stop().await.unwrap();
    fixture.one_table("things", &schema);
    match fixture.engine {
        Engine::Sqlite => {
            fixture.sql(&["PRAGMA user_version = 0"]).await;
            let create = "CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY, at TEXT, more TEXT) STRICT";
            fixture.sql(&[create, "INSERT INTO things VALUES (1, '2021-01-01T00:00:00Z', NULL)"]).await;
        }
        Engine::MySql => {
            fixture.sql(&["CREATE TABLE things (id bigint PRIMARY KEY, at datetime, more bigint)"]).await;
        }
    }
    let why = fixture.refusal().await;
    assert!(why.starts_with("the table `things` in the database differs"), "{why}");
    // Adds a row if the table is as it was.
    let unchanged = match fixture.engine {
        Engine::Sqlite => {
            "INSERT INTO things SELECT 2, at, NULL FROM things WHERE at = '2021-01-01T00:00:00Z'"
        }
        Engine::MySql => {
            "INSERT INTO things (id) SELECT 2 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() \
             AND TABLE_NAME = 'things' AND COLUMN_TYPE = 'datetime'"
        }
    };
    fixture.sql(&[unchanged]).await;
    // The row above is there, so its key is taken.
    assert!(fixture.try_sql("INSERT INTO things (id) VALUES (2)").await.is_err());
}
