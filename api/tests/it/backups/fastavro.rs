//! What another implementation of Avro reads and writes: fastavro, in Python.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Fixture, Server, tools};

use super::filled;
use crate::tables::second_package;

conformance! {
    fastavro_finds_the_same_rows_in_each_file,
    a_file_that_fastavro_wrote_by_the_committed_schema_is_restored,
}

const CODECS: [&str; 4] = ["null", "deflate", "snappy", "zstandard"];

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/backup").join(name)
}

/// The rows of a file, as fastavro reads them.
fn read(python: &Path, file: &Path) -> Vec<Value> {
    let read = Command::new(python).arg(script("read.py")).arg(file).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let rows = String::from_utf8(read.stdout).unwrap();
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn write(python: &Path, schema: &Path, codec: &str, rows: &[Value], target: &Path) {
    let mut writer = Command::new(python)
        .arg(script("write.py"))
        .args([schema.as_os_str(), codec.as_ref(), target.as_os_str()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    writer.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success(), "the Python script that writes the file failed");
}

async fn backed_up(fixture: &Fixture, server: &Server, python: &Path, table: &str) {
    let name = server.back_up(table).await;
    let rows = read(python, &fixture.backup_file(table, &name));
    assert_eq!(rows, server.all(&format!("/view/{table}")).await);
}

async fn fastavro_finds_the_same_rows_in_each_file(fixture: Fixture) {
    let Some(python) = tools::fastavro() else { return };
    let server = second_package::start(&fixture).await;
    let places = json!([
        { "code": "a", "kind": "shop", "opened": "2020-02-29", "rating": 4.5, "note": "é\"\n😀" },
        { "code": "b", "kind": "depot", "rating": 1e-7 },
    ]);
    server.post_json("places", places).await.expect(201);
    let id = "123e4567-e89b-12d3-a456-426614174001";
    let member = json!([{ "id": id, "active": false, "joined": "2021-07-27T16:02:08Z", "place": "b" }]);
    server.post_json("members", member).await.expect(201);
    backed_up(&fixture, &server, &python, "places").await;
    backed_up(&fixture, &server, &python, "members").await;
    server.stop().await.unwrap();
    fixture.drop_database().await;
    for codec in CODECS {
        let server = fixture
            .shipped_package(&["departments.csv", "jobs.csv", "employees.csv"])
            .start_with(&["--backup-codec", codec]);
        server.until_ready().await;
        for table in ["departments", "jobs", "employees"] {
            backed_up(&fixture, &server, &python, table).await;
        }
        server.stop().await.unwrap();
    }
}

async fn a_file_that_fastavro_wrote_by_the_committed_schema_is_restored(fixture: Fixture) {
    let Some(python) = tools::fastavro() else { return };
    let server = filled(&fixture, 700).await;
    let (hash, rows) = (server.hash("employees").await, server.all("/view/employees").await);
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/avro");
    let spaced = rows.iter().map(|row| {
        let mut row = row.clone();
        row["hiring_date"] = json!(row["hiring_date"].as_str().unwrap().replace('T', " ").replace('Z', ""));
        row
    });
    let spaced: Vec<Value> = spaced.collect();
    for codec in CODECS {
        let target = fixture.data().join("written.avro");
        write(&python, &schemas.join("employees.avsc"), codec, &spaced, &target);
        fixture.sql(&["DELETE FROM employees WHERE employee_id < 300"]).await;
        fixture.put_backup("employees", &format!("{codec}.avro"), &std::fs::read(target).unwrap());
        let restored = server.restore("employees", &format!("backup={codec}.avro")).await.expect(200);
        assert_eq!((&restored["added"], &restored["unchanged"]), (&json!(299), &json!(401)));
        assert_eq!(server.hash("employees").await, hash);
    }
    server.stop().await.unwrap();
}
