//! Tables that are in the database before the first start.

use serde_json::{Value, json};
use support::{Engine, Fixture, field, until};

use crate::API;

conformance! {
    a_table_that_differs_from_the_dictionary_is_a_refusal_with_the_difference,
    a_table_with_rules_that_the_dictionary_does_not_know_is_a_refusal,
    the_ledger_and_the_reject_log_are_compared_like_any_table,
    a_table_with_a_non_unique_index_is_accepted,
    triggers_are_named_in_a_warning_at_start,
}

const DIFFERS: &str = "the table `things` in the database differs from the data dictionary: ";
const ADVICE: &str = "; change the table or the data dictionary, or use another database";

/// Writes the package of a table with a field besides its key.
fn with_field(fixture: &Fixture, other: Value) -> &Fixture {
    fixture.one_table("things", &json!({ "fields": [field("id", "integer"), other], "primaryKey": "id" }))
}

async fn a_table_that_differs_from_the_dictionary_is_a_refusal_with_the_difference(fixture: Fixture) {
    let first = field("size", "integer");
    with_field(&fixture, first.clone());
    fixture.start().await.stop().await.unwrap();
    for (field, difference) in [
        (
            json!({ "name": "weight", "type": "integer", "constraints": { "required": true } }),
            "\n- the column `weight` is missing, and no stored row violates it\n\
             - it has a column `size` that is no field, and no stored row violates it\n",
        ),
        (
            json!({ "name": "weight", "type": "integer" }),
            "\n- it has a column `size` that is no field, and no stored row violates it\n",
        ),
        (json!({ "name": "size", "type": "number" }), " the column `size` has type"),
        (
            json!({ "name": "size", "type": "integer", "constraints": { "required": true } }),
            " the column `size` has required false, but needs true",
        ),
        (
            json!({ "name": "size", "type": "integer", "constraints": { "unique": true } }),
            " the column `size` has unique false, but needs true",
        ),
    ] {
        let refusal = with_field(&fixture, field).refusal().await;
        assert!(refusal.starts_with(&(DIFFERS.trim_end().to_owned() + difference)), "{refusal}");
    }
    with_field(&fixture, first.clone()).start().await.stop().await.unwrap();
}

/// Things of a size, with a label and perhaps a parent; and their parents.
fn things() -> String {
    let label = json!({ "name": "label", "type": "string", "constraints": { "maxLength": 20 } });
    let fields = [field("id", "integer"), field("size", "integer"), label, field("parent", "integer")];
    let parent = json!({ "fields": "parent", "reference": { "resource": "parents", "fields": "id" } });
    let things = json!({ "fields": fields, "primaryKey": "id", "foreignKeys": [parent] });
    let parents =
        json!({ "fields": [field("id", "integer"), field("weight", "integer")], "primaryKey": "id" });
    json!({ "resources": [
        { "name": "things", "path": "things.csv", "schema": things },
        { "name": "parents", "path": "parents.csv", "schema": parents },
    ] })
    .to_string()
}

/// Makes the table of things in SQLite as the API makes it, with a change of its text.
fn remade(from: &str, to: &str) -> String {
    let text = "CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY, size INTEGER, label TEXT, \
                parent INTEGER, FOREIGN KEY (parent) REFERENCES parents (id)) STRICT";
    assert!(text.contains(from), "{from}");
    format!("DROP TABLE things; {}", text.replace(from, to))
}

/// Statements, and the difference that they make.
fn sqlite_changes() -> Vec<(String, &'static str)> {
    let add = |index: &str| format!("CREATE UNIQUE INDEX one ON things {index}");
    let one = "it has a unique index `one` that is no constraint of a field";
    vec![
        (
            remade("size INTEGER", "size INTEGER CHECK (size > 0)"),
            "it has CHECK (size > 0), which is no constraint of a field",
        ),
        (
            remade(") STRICT", ", CONSTRAINT c check (label <> ')'))"),
            "it has CHECK (label <> ')'), which is no constraint of a field",
        ),
        (add("(size, label)"), one),
        (add("(size) WHERE size > 1"), one),
        (add("(lower(label))"), one),
        (add("(label COLLATE NOCASE)"), one),
        (add("(label)"), "the column `label` has unique true, but needs false"),
        (
            remade("label TEXT", "label TEXT COLLATE NOCASE"),
            "the column `label` has collation NOCASE, but needs BINARY",
        ),
        (remade("size INTEGER", "size INTEGER DEFAULT 5"), "the column `size` has a default, but needs none"),
        (
            remade("size INTEGER", "size INTEGER AS (1) STORED"),
            "the column `size` is generated, but has to take what a row gives",
        ),
        (remade("parents (id)", "parents (weight)"), "\n- it lacks a foreign key (`parent`) to `parents`"),
        (remade("KEY,", "KEY ON CONFLICT IGNORE,"), "it is made with ON CONFLICT IGNORE"),
        ("DROP TABLE things; CREATE VIEW things AS SELECT 1 AS id".to_owned(), "it is a view"),
    ]
}

/// Statements, and how the difference that they make begins: MariaDB and MySQL say some of it in words of their own.
fn mysql_changes() -> Vec<(String, &'static str)> {
    let alter = |how: &str| format!("ALTER TABLE things {how}");
    let one = "it has a unique index `one` that is no constraint of a field";
    vec![
        (alter("ADD CHECK (size > 0)"), "it has CHECK ("),
        (alter("MODIFY size BIGINT CHECK (size > 0)"), "it has CHECK ("),
        (alter("ADD UNIQUE one (size, label)"), one),
        (alter("ADD UNIQUE one (label(3))"), one),
        (alter("ADD UNIQUE one (label)"), "the column `label` has unique true, but needs false"),
        (
            alter("MODIFY label VARCHAR(20) COLLATE utf8mb4_general_ci"),
            "the column `label` has type varchar(20) ",
        ),
        (alter("MODIFY size BIGINT UNSIGNED"), "the column `size` has type bigint unsigned"),
        (alter("MODIFY size BIGINT ZEROFILL"), "the column `size` has type bigint unsigned zerofill"),
        (alter("ALTER size SET DEFAULT 5"), "the column `size` has a default, but needs none"),
        (
            alter("MODIFY size BIGINT AS (1) STORED"),
            "the column `size` has stored generated, but needs to take what a row gives",
        ),
        (
            alter("MODIFY id BIGINT NOT NULL AUTO_INCREMENT"),
            "the column `id` has auto_increment, but needs to take what a row gives",
        ),
        (
            alter("DROP FOREIGN KEY things_ibfk_1, ADD FOREIGN KEY (size) REFERENCES parents (id)"),
            "\n- it lacks a foreign key (`parent`) to `parents`",
        ),
        (
            alter("DROP FOREIGN KEY things_ibfk_1; ALTER TABLE things ENGINE=MyISAM"),
            "it is a table of the engine MyISAM, but needs InnoDB",
        ),
        ("DROP TABLE things; CREATE VIEW things AS SELECT 1 AS id".to_owned(), "it is a view"),
    ]
}

async fn a_table_with_rules_that_the_dictionary_does_not_know_is_a_refusal(fixture: Fixture) {
    fixture.write("datapackage.json", things());
    let changes = match fixture.engine {
        Engine::Sqlite => sqlite_changes(),
        Engine::MySql => mysql_changes(),
    };
    for (change, difference) in changes {
        fixture.start().await.stop().await.unwrap();
        fixture.sql(&[&change]).await;
        let refusal = fixture.refusal().await;
        // Several differences have a line each.
        let differs = if difference.starts_with('\n') { DIFFERS.trim_end() } else { DIFFERS };
        assert!(refusal.starts_with(&(differs.to_owned() + difference)), "{change}: {refusal}");
        assert!(refusal.ends_with(ADVICE), "{change}: {refusal}");
        fixture.drop_database().await;
    }
}

async fn the_ledger_and_the_reject_log_are_compared_like_any_table(fixture: Fixture) {
    fixture.write("datapackage.json", things());
    for (change, difference) in [
        (
            "CREATE UNIQUE INDEX one ON _batches (kind, source)",
            "the table `_batches` in the database differs from the data dictionary: it has a unique index `one`",
        ),
        (
            "CREATE UNIQUE INDEX one ON _rejected (batch)",
            "the table `_rejected` in the database differs from the data dictionary: the column `batch` has unique",
        ),
    ] {
        // Their own constraints are nothing against them, however often they are compared.
        for _ in 0..2 {
            fixture.start().await.stop().await.unwrap();
        }
        fixture.sql(&[change]).await;
        let refusal = fixture.refusal().await;
        assert!(refusal.starts_with(difference), "{refusal}");
        fixture.drop_database().await;
    }
}

async fn a_table_with_a_non_unique_index_is_accepted(fixture: Fixture) {
    fixture.write("datapackage.json", things()).start().await.stop().await.unwrap();
    fixture.sql(&["CREATE INDEX many ON things (size, label)", "CREATE INDEX one ON things (label)"]).await;
    fixture.start().await.stop().await.unwrap();
}

async fn triggers_are_named_in_a_warning_at_start(fixture: Fixture) {
    fixture.write("datapackage.json", things()).start().await.stop().await.unwrap();
    let body = match fixture.engine {
        Engine::Sqlite => "BEGIN SELECT 1; END",
        Engine::MySql => "FOR EACH ROW SET @seen = 1",
    };
    let trigger = |name: &str| format!("CREATE TRIGGER {name} BEFORE INSERT ON things {body}");
    fixture.sql(&[&trigger("first_one"), &trigger("second_one")]).await;
    let process = API.start(&fixture);
    process.until_ready().await;
    until("the warning is in the log", async || {
        let is_it = |line: &str| line.contains("WARN") && line.contains("`things`");
        let log = fixture.log();
        log.lines().any(|line| is_it(line) && line.contains("`first_one`, `second_one`"))
    })
    .await;
    // The table takes rows.
    process.post_csv("things", "id\n1\n").await.expect(201);
}
