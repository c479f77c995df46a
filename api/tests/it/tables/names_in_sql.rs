//! Names that the store's own SQL uses are free for the tables and fields of a data package.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Fixture, Server};

use crate::backups::figures;

conformance! {
    every_name_in_the_sql_of_the_store_can_name_a_field,
    every_name_in_the_sql_of_the_store_can_name_a_table,
}

/// Names of databases, of hidden columns and of rows in triggers, which the engines give without being asked.
const OF_ENGINES: [&str; 8] = ["main", "temp", "staging", "rowid", "oid", "old", "new", "excluded"];

/// Names that the store has used for its own columns and aliases.
const OF_BEFORE: [&str; 5] = ["row_key", "what", "listed", "key", "scratch"];

/// All of them: the columns of the ledger and the reject log, and what is between backticks or after `AS`
/// in the code of the store.
fn names() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names: BTreeSet<String> = OF_ENGINES.iter().chain(&OF_BEFORE).map(|&n| n.to_owned()).collect();
    let mut read = |text: &str| {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let quoted = line.split('`').skip(1).step_by(2);
            let aliases = line.split(" AS ").skip(1).filter_map(|rest| rest.split([' ', ')', ',']).next());
            names.extend(quoted.chain(aliases).filter(|name| is_free(name)).map(str::to_ascii_lowercase));
        }
    };
    read(&fs::read_to_string(folder.join("../db/init.sql")).unwrap());
    for (_, text) in crate::project::architecture::sources("api/src/store") {
        read(&text);
    }
    assert!(names.contains("batch") && names.contains("row_number"), "{names:?}");
    names
}

/// Whether the dictionary takes the name.
fn is_free(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() < 48
}

fn resource(table: &str, key: &str, others: impl Iterator<Item = String>) -> Value {
    let strings = others.map(|name| json!({ "name": name, "type": "string" }));
    let fields: Vec<Value> = [json!({ "name": key, "type": "integer" })].into_iter().chain(strings).collect();
    json!({ "name": table, "path": format!("{table}.csv"), "schema": { "fields": fields, "primaryKey": key } })
}

/// A table is loaded, viewed, backed up, changed in all ways, restored and verified.
async fn goes_through_everything(fixture: &Fixture, server: &Server, table: &str, key: &str, other: &str) {
    let row = |id: u32| json!({ key: id, other: "as it was" });
    let rows = json!([row(1), row(2), row(3), { key: "no number" }]);
    assert_eq!(server.post_json(table, rows.clone()).await.expect(207)["inserted"], 3, "{table}");
    assert_eq!(server.get(&format!("/view/{table}/2")).await.expect(200)[other], "as it was");
    assert_eq!(server.all(&format!("/rejected/{table}")).await.len(), 1, "{table}");
    let verify = server.call("POST", &format!("/verify/{table}?source=none"));
    let verified =
        server.send(verify.header("content-type", "application/json").body(rows.to_string())).await;
    assert_eq!(verified.status, 200, "{table}: {}", verified.text());
    let (hash, name) = (server.hash(table).await, server.back_up(table).await);
    let change = format!("UPDATE `{table}` SET `{other}` = 'other' WHERE `{key}` = 1");
    fixture.sql(&[&change, &format!("DELETE FROM `{table}` WHERE `{key}` = 2")]).await;
    server.post_json(table, json!([row(4), row(5)])).await.expect(201);
    for query in ["dry_run=true", ""] {
        let restored = server.restore(table, query).await;
        assert_eq!(restored.status, 200, "{table}: {}", restored.text());
        assert_eq!(figures(&restored.json()), [4, 3, 1, 2, 1, 1], "{table}");
    }
    assert_eq!(server.hash(table).await, hash, "{table}");
    let verify = server.call("POST", &format!("/backup/{table}/{name}/verify"));
    let verified = server.send(verify).await;
    assert_eq!(verified.status, 200, "{table}: {}", verified.text());
}

async fn every_name_in_the_sql_of_the_store_can_name_a_field(fixture: Fixture) {
    let mut names = names();
    // One of them is the key.
    names.remove("id");
    let package = json!({ "resources": [resource("things", "id", names.iter().cloned())] });
    let server = fixture.package(&package).start().await;
    goes_through_everything(&fixture, &server, "things", "id", "row_key").await;
    server.stop().await.unwrap();
}

async fn every_name_in_the_sql_of_the_store_can_name_a_table(fixture: Fixture) {
    let names = names();
    let tables = names.iter().map(|name| resource(name, name, std::iter::once("note".to_owned())));
    let package = json!({ "resources": tables.collect::<Vec<_>>() });
    let server = fixture.package(&package).start().await;
    for name in &names {
        goes_through_everything(&fixture, &server, name, name, "note").await;
    }
    server.stop().await.unwrap();
}
