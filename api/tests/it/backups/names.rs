//! Names of backups that are paths open nothing.

use std::fs;

use support::{Fixture, manifest_name, request};

use super::filled;

conformance! {
    a_name_that_is_none_is_unknown,
    a_link_to_a_file_elsewhere_is_no_backup,
    a_link_to_a_folder_elsewhere_holds_no_backups,
}

async fn a_name_that_is_none_is_unknown(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let name = server.back_up("employees").await;
    fs::write(fixture.backups().join("secret.avro"), "secret").unwrap();
    for name in [
        "..%2fsecret.avro",
        "%2e%2e%2fsecret.avro",
        "..%5csecret.avro",
        "%2e%2e",
        "..",
        ".",
        "secret.avro",
        "%2fetc%2fpasswd",
        "..secret.avro",
        "a..b.avro",
        ".hidden.avro",
        &*manifest_name(&name),
        &*format!("{name}%231"),
        &*format!("{name}%00"),
        "%ff.avro",
        &*format!("{}.avro", "x".repeat(300)),
    ] {
        let table = "/backup/employees";
        for (method, path) in [
            ("GET", format!("{table}/{name}")),
            ("POST", format!("{table}/{name}/verify")),
            ("POST", format!("/restore/employees?backup={name}")),
        ] {
            let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n");
            let answer = request(server.addr, &head);
            let status = answer.split(' ').nth(1).unwrap();
            assert!(["404", "400"].contains(&status), "{path}: {answer}");
            assert!(status == "404" || name == "%ff.avro", "{path}: {answer}");
            assert!(!answer.contains("secret\""), "{answer}");
        }
    }
    server.stop().await.unwrap();
}

async fn a_link_to_a_file_elsewhere_is_no_backup(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let name = server.back_up("employees").await;
    let elsewhere = fixture.data().join("elsewhere.avro");
    fs::copy(fixture.backup_file("employees", &name), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, fixture.backup_file("employees", "link.avro")).unwrap();
    assert_eq!(server.backups("employees").await, [name]);
    server.get("/backup/employees/link.avro").await.problem(404, "unknown-backup");
    server.restore("employees", "backup=link.avro").await.problem(404, "unknown-backup");
    server.stop().await.unwrap();
}

async fn a_link_to_a_folder_elsewhere_holds_no_backups(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let name = server.back_up("employees").await;
    let elsewhere = fixture.data().join("elsewhere");
    fs::rename(fixture.backups().join("employees"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, fixture.backups().join("employees")).unwrap();
    assert_eq!(server.backups("employees").await, Vec::<String>::new());
    server.get(&format!("/backup/employees/{name}")).await.problem(404, "unknown-backup");
    server.restore("employees", "").await.problem(404, "no-backup");
    server.post_empty("/backup/employees").await.problem(503, "store-away");
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 2);
    server.stop().await.unwrap();
}
