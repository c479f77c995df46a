//! The content hash: equal for equal tables on every engine and in backups.

use dictionary::hash::hexadecimal;
use serde_json::json;
use sha2::{Digest, Sha256};
use support::Fixture;

use super::filled;
use crate::tables::second_package;

conformance! {
    the_hash_is_what_its_definition_says,
    the_hash_of_a_table_is_the_same_on_every_engine,
}

/// The definition, step by step: names, then for each cell a tag, a length and the text as in CSV.
fn by_definition(names: &[&str], rows: &[&[Option<&str>]]) -> String {
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name);
        hash.update([0]);
    }
    for cell in rows.iter().copied().flatten() {
        let text = cell.unwrap_or_default();
        hash.update([u8::from(cell.is_some())]);
        hash.update((text.len() as u32).to_le_bytes());
        hash.update(text);
    }
    hexadecimal(&hash.finalize())
}

async fn the_hash_is_what_its_definition_says(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    let names = ["code", "kind", "opened", "rating", "note"];
    assert_eq!(server.hash("places").await, by_definition(&names, &[]));
    // Strings are in the order of their bytes, and an empty one is not null.
    let rows = json!([
        { "code": "é", "kind": "shop", "opened": "2020-02-29", "rating": 4.50, "note": "" },
        { "code": "B", "kind": "depot", "opened": null, "rating": 1e-7, "note": "a;b\n\"c\"" },
        { "code": "a", "kind": "shop", "rating": -0.0 },
    ]);
    server.post_json("places", rows).await.expect(201);
    let rows: [&[Option<&str>]; 3] = [
        &[Some("B"), Some("depot"), None, Some("1e-7"), Some("a;b\n\"c\"")],
        &[Some("a"), Some("shop"), None, Some("0"), None],
        &[Some("é"), Some("shop"), Some("2020-02-29"), Some("4.5"), Some("")],
    ];
    let hashed = server.get("/hash/places").await.expect(200);
    assert_eq!(hashed, json!({ "table": "places", "rows": 3, "content_hash": by_definition(&names, &rows) }));

    let id = "123e4567-e89b-12d3-a456-426614174001";
    let member = json!([{ "id": id, "active": true, "joined": "2021-07-27T18:02:08+02:00", "place": "é" }]);
    server.post_json("members", member).await.expect(201);
    let names = ["id", "email", "nick", "active", "joined", "place"];
    let row: [&[Option<&str>]; 1] =
        [&[Some(id), None, None, Some("true"), Some("2021-07-27T16:02:08Z"), Some("é")]];
    assert_eq!(server.hash("members").await, by_definition(&names, &row));
    server.stop().await.unwrap();
}

/// Of 2500 employees as [`super::filled`] makes them: SQLite, MariaDB and the Avro file have the same.
const EMPLOYEES: &str = "b785767fc414cdbe4ab91beceb4def68463477b9852c66e402bc5cdeae00eadc";

async fn the_hash_of_a_table_is_the_same_on_every_engine(fixture: Fixture) {
    let server = filled(&fixture, 2500).await;
    assert_eq!(server.hash("employees").await, EMPLOYEES);
    let made = server.post_empty("/backup/employees").await.expect(201);
    assert_eq!(made["content_hash"], EMPLOYEES);
    server.stop().await.unwrap();
}
