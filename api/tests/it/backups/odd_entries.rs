//! Entries in the backup folder that are not regular files: the API skips them and logs each of them once.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use support::Fixture;

use super::filled;
use crate::API;

conformance! {
    what_is_no_plain_file_costs_no_backup_and_is_told_once,
}

async fn what_is_no_plain_file_costs_no_backup_and_is_told_once(fixture: Fixture) {
    filled(&fixture, 20).await.stop().await.unwrap();
    let api = API.start_with(&fixture, &[("BACKUP_KEEP", "1")]);
    api.until_ready().await;
    api.post_empty("/backup/employees").await.expect(201);
    let folder = fixture.backups().join("employees");
    symlink("loop.avro", folder.join("loop.avro")).unwrap();
    symlink("nowhere", folder.join("dangling.avro")).unwrap();
    symlink("..", folder.join("up.json")).unwrap();
    fs::create_dir(folder.join("subfolder.avro")).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"not-utf-8-\xff.avro")), "x").unwrap();
    let _socket = UnixListener::bind(folder.join("socket.avro")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.avro")).status().unwrap().success());
    // Regular files that are not backups are not logged.
    for plain in ["line\nbreak.avro", "50%41.avro", "a*b?.avro", ".hidden", "notes.txt"] {
        fs::write(folder.join(plain), "x").unwrap();
    }
    let mut name = String::new();
    for _ in 0..3 {
        let made = api.post_empty("/backup/employees").await.expect(201);
        name = made["name"].as_str().unwrap().to_owned();
        let list = api.get("/backup/employees").await.expect(200);
        assert_eq!((list.as_array().unwrap().len(), &list[0]["name"]), (1, &made["name"]), "{list}");
    }
    assert_eq!(api.post_empty("/restore/employees").await.expect(200)["name"], name);
    api.signal("TERM");
    assert_eq!(api.ended().await, Some(0));
    let log = fixture.log();
    for odd in [
        "loop.avro",
        "dangling.avro",
        "up.json",
        "subfolder.avro",
        "not-utf-8-\\xFF.avro",
        "socket.avro",
        "pipe.avro",
    ] {
        let told: Vec<&str> = log.lines().filter(|line| line.contains(odd)).collect();
        assert!(matches!(told[..], [line] if line.contains(" WARN ")), "{odd}: {log}");
    }
    assert_eq!(log.matches("is ignored among the backups").count(), 7, "{log}");
}
