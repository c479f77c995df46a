//! Whole data packages, made of the standard's grammar: what is not refused starts, takes rows and restores them elsewhere.

use std::sync::Arc;

use dictionary::{Dictionary, Table};
use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use support::{Engine, Fixture, Server, run};

#[path = "../../../../dictionary/tests/it/properties/grammar.rs"]
mod grammar;

/// Packages that are started; about two of three that are generated are refused.
const STARTED: usize = 24;

#[test]
fn what_is_not_refused_starts_and_its_rows_are_restored_elsewhere_with_an_equal_hash() {
    let mut runner = TestRunner::deterministic();
    let case = (grammar::package(), vec(grammar::cell(), 20..120));
    let (mut started, mut inserted) = (0, 0);
    while started < STARTED {
        let (package, cells) = case.new_tree(&mut runner).unwrap().current();
        let Ok(dictionary) = Dictionary::parse(package.to_string().as_bytes()) else { continue };
        started += 1;
        run(Engine::Sqlite, async |fixture| {
            fixture.package(&package);
            inserted += goes_round(&fixture, dictionary.tables(), &cells).await;
        });
    }
    assert!(inserted > STARTED as u64, "only {inserted} rows are valid");
}

/// Returns how many rows were inserted.
async fn goes_round(fixture: &Fixture, tables: &[Arc<Table>], cells: &[String]) -> u64 {
    let server = fixture.start().await;
    let (mut inserted, mut hashes) = (0, Vec::new());
    for table in tables {
        let path = segment(&table.name);
        inserted += send(&server, &path, table, cells).await;
        server.back_up(&path).await;
        hashes.push((path.clone(), server.hash(&path).await));
    }
    server.stop().await.unwrap();
    fixture.drop_database().await;
    let server = fixture.start().await;
    for (path, hash) in hashes {
        server.restore(&path, "").await.expect(200);
        assert_eq!(server.hash(&path).await, hash, "{path}");
    }
    server.stop().await.unwrap();
    inserted
}

async fn send(server: &Server, path: &str, table: &Table, cells: &[String]) -> u64 {
    let rows = cells.chunks(table.fields.len());
    let sent = rows.len() as u64;
    let mut writer =
        csv::WriterBuilder::new().delimiter(table.delimiter).flexible(true).from_writer(Vec::new());
    if table.header {
        writer.write_record(table.fields.iter().map(|field| &field.name)).unwrap();
    }
    rows.for_each(|row| writer.write_record(row).unwrap());
    let request = server.call("POST", &format!("/new_records/{path}")).header("content-type", "text/csv");
    let answer = server.send(request.body(writer.into_inner().unwrap())).await;
    assert!([201, 207, 422].contains(&answer.status.as_u16()), "{}", answer.text());
    let counts = answer.expect(answer.status.as_u16());
    let count = |member: &str| counts[member].as_u64().unwrap();
    // A row of one empty cell is a blank line only where the writer does not quote it.
    assert_eq!((count("received"), count("inserted") + count("rejected")), (sent, sent));
    count("inserted")
}

/// As one segment of a path.
fn segment(name: &str) -> String {
    name.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
