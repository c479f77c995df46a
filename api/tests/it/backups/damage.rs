//! Files that are not what they should be: the table stays as it was, and the answer says what is wrong.

use std::fs;

use apache_avro::types::Value as Avro;
use apache_avro::{Schema, Writer};
use serde_json::json;
use support::{Fixture, Server, manifest_name};

use super::filled;

conformance! {
    what_is_no_backup_is_refused_with_what_is_wrong,
    a_backup_of_another_table_is_refused,
    a_file_that_ends_anywhere_is_refused,
    a_flipped_bit_anywhere_is_refused,
    a_flipped_bit_without_a_manifest_never_restores_other_rows,
    a_row_that_breaks_the_dictionary_is_named,
    a_manifest_that_is_none_of_the_file_is_told_and_no_other_backup_taken_instead,
    a_row_that_no_request_could_have_brought_is_refused,
}

/// A backup's file of departments, and the table's hash.
struct Good {
    server: Server,
    file: Vec<u8>,
    hash: String,
}

impl Good {
    async fn new(fixture: &Fixture) -> Good {
        let server = filled(fixture, 5).await;
        let (hash, name) = (server.hash("departments").await, server.back_up("departments").await);
        let file = fs::read(fixture.backup_file("departments", &name)).unwrap();
        // So that a restore that should not be would show.
        fixture.sql(&["UPDATE departments SET department_name = 'Changed' WHERE department_id = 1"]).await;
        Good { server, file, hash }
    }

    /// What is wrong with a file, and that nothing happened.
    async fn refused(&self, fixture: &Fixture, file: &[u8]) -> String {
        let changed = self.server.hash("departments").await;
        fixture.put_backup("departments", "bad.avro", file);
        for query in ["backup=bad.avro", "backup=bad.avro&dry_run=true"] {
            self.server.restore("departments", query).await.problem(422, "damaged-backup");
        }
        let verify = self.server.call("POST", "/backup/departments/bad.avro/verify");
        let detail = self.server.send(verify).await.problem(422, "damaged-backup");
        assert_eq!(self.server.hash("departments").await, changed);
        detail.strip_prefix("the backup bad.avro cannot be restored: ").unwrap().to_owned()
    }

    /// Where the first block starts: behind the marker with which the file ends.
    fn first_block(&self) -> usize {
        let marker = &self.file[self.file.len() - 16..];
        self.file.windows(16).position(|window| window == marker).unwrap() + 16
    }

    fn header_and(&self, block: &[u8]) -> Vec<u8> {
        [&self.file[..self.first_block()], block].concat()
    }
}

/// A number as Avro writes it.
fn long(n: i64) -> Vec<u8> {
    let mut zigzag = ((n << 1) ^ (n >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while zigzag > 0x7f {
        bytes.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.push(zigzag as u8);
    bytes
}

async fn what_is_no_backup_is_refused_with_what_is_wrong(fixture: Fixture) {
    let good = Good::new(&fixture).await;
    let at = good.first_block();
    let block = format!("the block at byte {at}");
    let marker = &good.file[good.file.len() - 16..];
    let many = |rows: i64, bytes: i64| good.header_and(&[long(rows), long(bytes)].concat());
    let (too_many, too_few) = (miscounted(1), miscounted(-1));
    let cases: Vec<(Vec<u8>, String)> = vec![
        (Vec::new(), "the file is empty".to_owned()),
        (b"Ob".to_vec(), "the file ends inside its header".to_owned()),
        (
            b"department_id,department_name\n1,Sales\n".to_vec(),
            "the file is not an Avro object container file: it does not start with `Obj` 1".to_owned(),
        ),
        (b"Obj\x01".to_vec(), "the file's header cannot be read".to_owned()),
        (good.file[..at - 1].to_vec(), "the file ends inside its header".to_owned()),
        (many(12, 10_000_000_000), format!("{block} says that it has 10000000000 bytes; ")),
        (many(12, i64::MAX / 2), format!("{block} says that it has 4611686018427387903 bytes; ")),
        (many(12, i64::MAX), format!("{block} has a size beyond 63 bits")),
        (many(12, -1), format!("{block} has a negative size")),
        (many(-1, 10), format!("{block} has a negative size")),
        (good.header_and(&[0xff; 12]), format!("{block} has a size beyond 63 bits")),
        (many(12, 1000), format!("the file ends at byte {}, inside the block", at + 3)),
        (
            good.header_and(&[&long(12)[..], &long(3), b"abc", marker].concat()),
            format!("{block} cannot be decompressed"),
        ),
        (
            good.header_and(&[&long(12)[..], &long(3), b"abc", &[0; 16]].concat()),
            format!("{block} does not end with the file's sync marker"),
        ),
        (good.file[..at].to_vec(), "the file holds 0 rows, but its header says 12".to_owned()),
        (
            [&good.file[..], &good.file[at..]].concat(),
            "one of the rows 1 to 24 has the primary key".to_owned(),
        ),
        (too_many.0, format!("row 13, in the block at byte {}: ", too_many.1)),
        (too_few.0, format!("the block at byte {} has 3 bytes left after its rows", too_few.1)),
        (replaced(&good.file, b"snappy", b"sloppy"), "the file's codec is unknown".to_owned()),
        (replaced(&good.file, b"\"string\"", b"\"strong\""), "the file's schema is invalid".to_owned()),
    ];
    for (file, start) in cases {
        let why = good.refused(&fixture, &file).await;
        assert!(why.starts_with(&start), "{why}, not {start}");
    }
    good.server.stop().await.unwrap();
}

/// A file that is not compressed, whose one block says that it has so many rows more than it has.
fn miscounted(by: i64) -> (Vec<u8>, usize) {
    let fields =
        json!([{ "name": "department_id", "type": "int" }, { "name": "department_name", "type": "string" }]);
    let schema = json!({ "type": "record", "name": "departments", "fields": fields });
    let schema = Schema::parse(&schema).unwrap();
    let mut writer = Writer::new(&schema, Vec::new()).unwrap();
    let mut block = 0;
    for id in 1..=12 {
        let row =
            vec![("department_id".to_owned(), Avro::Int(id)), ("department_name".to_owned(), "x".into())];
        block = block.max(writer.append_value(Avro::Record(row)).unwrap());
    }
    let mut file = writer.into_inner().unwrap();
    assert_eq!(file[block], 24);
    file[block] = long(12 + by)[0];
    (file, block)
}

fn replaced(file: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let at = file.windows(part.len()).position(|window| window == part).unwrap();
    [&file[..at], by, &file[at + part.len()..]].concat()
}

async fn a_backup_of_another_table_is_refused(fixture: Fixture) {
    let good = Good::new(&fixture).await;
    let jobs = good.server.back_up("jobs").await;
    let file = fs::read(fixture.backup_file("jobs", &jobs)).unwrap();
    assert_eq!(good.refused(&fixture, &file).await, "the file holds records of `jobs`, not of `departments`");
    // By the name that it has in its own folder.
    good.server.restore("departments", &format!("backup={jobs}")).await.problem(404, "unknown-backup");
    good.server.stop().await.unwrap();
}

async fn a_file_that_ends_anywhere_is_refused(fixture: Fixture) {
    let good = Good::new(&fixture).await;
    for length in (0..good.file.len()).step_by(29) {
        good.refused(&fixture, &good.file[..length]).await;
    }
    good.refused(&fixture, &good.file[..good.file.len() - 1]).await;
    good.refused(&fixture, &[&good.file[..], b"\x02"].concat()).await;
    good.server.stop().await.unwrap();
}

async fn a_flipped_bit_anywhere_is_refused(fixture: Fixture) {
    let good = Good::new(&fixture).await;
    let name = good.server.backups("departments").await[0].clone();
    let changed = good.server.hash("departments").await;
    for place in (0..good.file.len()).step_by(17) {
        let mut file = good.file.clone();
        file[place] ^= 1 << (place % 8);
        fixture.put_backup("departments", &name, &file);
        good.server.restore("departments", "").await.problem(422, "damaged-backup");
    }
    assert_eq!(good.server.hash("departments").await, changed);
    fixture.put_backup("departments", &name, &good.file);
    good.server.restore("departments", "").await.expect(200);
    assert_eq!(good.server.hash("departments").await, good.hash);
    good.server.stop().await.unwrap();
}

async fn a_flipped_bit_without_a_manifest_never_restores_other_rows(fixture: Fixture) {
    let good = Good::new(&fixture).await;
    let mut refused = 0;
    for place in (0..good.file.len()).step_by(11) {
        let mut file = good.file.clone();
        file[place] ^= 1 << (place % 8);
        fixture.put_backup("departments", "flipped.avro", &file);
        let answer = good.server.restore("departments", "backup=flipped.avro").await;
        match answer.status.as_u16() {
            // Where only a note of its writer was hit.
            200 => assert_eq!(good.server.hash("departments").await, good.hash, "byte {place}"),
            _ => {
                answer.problem(422, "damaged-backup");
                refused += 1;
            }
        }
    }
    assert!(refused > good.file.len() / 11 / 2, "{refused}");
    good.server.stop().await.unwrap();
}

async fn a_row_that_breaks_the_dictionary_is_named(fixture: Fixture) {
    let good = Good::new(&fixture).await;
    // The table's own rows may break it, where others write to the database.
    fixture.sql(&["INSERT INTO departments VALUES (2000, ''), (2001, 'x')"]).await;
    let name = good.server.back_up("departments").await;
    let file = fs::read(fixture.backup_file("departments", &name)).unwrap();
    let package = fs::read_to_string(fixture.data().join("datapackage.json")).unwrap();
    let Good { server, .. } = good;
    server.stop().await.unwrap();
    let mut package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let fields = package["resources"][0]["schema"]["fields"].as_array_mut().unwrap();
    fields[1]["constraints"]["minLength"] = json!(2);
    fixture.package(&package);
    let server = fixture.start().await;
    let detail =
        server.restore("departments", &format!("backup={name}")).await.problem(422, "damaged-backup");
    let why = "row 13: field `department_name`: minLength expects at least 2 characters, got \"\"";
    assert_eq!(detail, format!("the backup {name} cannot be restored: {why}"));
    assert!(file.starts_with(b"Obj\x01"));
    server.stop().await.unwrap();
}

async fn a_manifest_that_is_none_of_the_file_is_told_and_no_other_backup_taken_instead(fixture: Fixture) {
    let server = filled(&fixture, 5).await;
    let older = server.back_up("departments").await;
    let newest = server.back_up("departments").await;
    let manifest = |name: &str| fixture.manifest_file("departments", name);
    let other = fs::read(manifest(&older)).unwrap();
    for content in [b"" as &[u8], b"{", b"[]", &other, &[b' '; 70_000]] {
        fs::write(manifest(&newest), content).unwrap();
        let detail = server.restore("departments", "").await.problem(422, "damaged-backup");
        let why = format!("{} exists, but is not its manifest", manifest_name(&newest));
        assert!(detail.contains(&why), "{detail}");
        let path = format!("/backup/departments/{newest}/verify");
        server.post_empty(&path).await.problem(422, "damaged-backup");
        let listed = server.all("/backup/departments").await;
        assert_eq!([&listed[0]["verified"], &listed[1]["verified"]], [&json!("damaged"), &json!(null)]);
    }
    fs::remove_file(manifest(&newest)).unwrap();
    let restored = server.restore("departments", &format!("backup={newest}")).await.expect(200);
    let response = restored["response"].as_str().unwrap();
    assert!(response.ends_with("12 unchanged; the file has no manifest to compare it with"), "{response}");
    server.stop().await.unwrap();
}

async fn a_row_that_no_request_could_have_brought_is_refused(fixture: Fixture) {
    filled(&fixture, 5).await.stop().await.unwrap();
    let server = fixture.start_with(&["--body-limit", "64KiB"]);
    server.until_ready().await;
    let schema = Schema::parse_str(include_str!("../../../../schemas/avro/departments.avsc")).unwrap();
    let mut writer = Writer::new(&schema, Vec::new()).unwrap();
    let row = |name: usize| {
        Avro::Record(vec![
            ("department_id".to_owned(), Avro::Int(1)),
            ("department_name".to_owned(), Avro::String("x".repeat(name))),
        ])
    };
    writer.append_value(row(70_000)).unwrap();
    fixture.put_backup("departments", "large.avro", &writer.into_inner().unwrap());
    let detail = server.restore("departments", "backup=large.avro").await.problem(422, "damaged-backup");
    assert!(detail.contains("it has 70004 bytes; a row has 65552 at the most"), "{detail}");
    server.stop().await.unwrap();
}
