//! Backups without a manifest, because their process was killed.

use std::fs;

use apache_avro::{Schema, Writer};
use support::{Fixture, manifest_name};

use super::{age, filled};

conformance! {
    a_backup_without_a_manifest_is_deleted_after_a_day,
}

async fn a_backup_without_a_manifest_is_deleted_after_a_day(fixture: Fixture) {
    let server = filled(&fixture, 20).await;
    let made = server.back_up("employees").await;
    let bytes = fs::read(fixture.backup_file("employees", &made)).unwrap();
    let without_mark = {
        let schema = Schema::parse_str(include_str!("../../../../schemas/avro/employees.avsc")).unwrap();
        let mut writer = Writer::new(&schema, Vec::new()).unwrap();
        writer.flush().unwrap();
        writer.into_inner().unwrap()
    };
    let name = |day: u32| format!("employees-200101{day:02}T000000.000Z.avro");
    for (name, bytes, hours) in [
        // As processes leave them that are killed before the manifest.
        (name(1), &bytes, 25),
        (name(2), &bytes, 23),
        // What others put there: a file of theirs, a copy of ours under a name of their own, nonsense.
        (name(3), &without_mark, 25),
        ("from-elsewhere.avro".to_owned(), &bytes, 25),
        (name(4), &b"nonsense".to_vec(), 25),
        // It has a manifest, which is kept elsewhere.
        (name(5), &bytes, 25),
    ] {
        fixture.put_backup("employees", &name, bytes);
        age(&fixture.backup_file("employees", &name), hours);
    }
    let manifest = manifest_name(&name(5));
    std::os::unix::fs::symlink("/nowhere", fixture.backup_file("employees", &manifest)).unwrap();
    let newest = server.back_up("employees").await;
    let mut listed = server.backups("employees").await;
    listed.sort();
    let mut expected =
        vec![name(2), name(3), name(4), name(5), made, newest, "from-elsewhere.avro".to_owned()];
    expected.sort();
    assert_eq!(listed, expected);
    server.stop().await.unwrap();
}
