//! Entries in the backup folder that are not regular files: the API skips them and logs each of them once.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::filled;
use crate::process::Process;
use crate::server::Fixture;

conformance! {
    what_is_no_plain_file_costs_no_backup_and_is_told_once,
}

async fn what_is_no_plain_file_costs_no_backup_and_is_told_once(fixture: Fixture) {
    filled(&fixture, 20).await.stop().await.unwrap();
    let api = Process::start_with(&fixture, &[("BACKUP_KEEP", "1")]);
    api.until_ready().await;
    api.call("POST", "/backup/employees", 201).await;
    let folder = fixture.backups().join("employees");
    symlink("loop.avro", folder.join("loop.avro")).unwrap();
    symlink("nowhere", folder.join("dangling.avro")).unwrap();
    symlink("..", folder.join("up.json")).unwrap();
    fs::create_dir(folder.join("subfolder.avro")).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"not-utf-8-\xff.avro")), "x").unwrap();
    let _socket = UnixListener::bind(folder.join("socket.avro")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.avro")).status().unwrap().success());
    // Plain files that are no backups are nothing to tell of.
    for plain in ["line\nbreak.avro", "50%41.avro", "a*b?.avro", ".hidden", "notes.txt"] {
        fs::write(folder.join(plain), "x").unwrap();
    }
    let mut name = String::new();
    for _ in 0..3 {
        let made = api.call("POST", "/backup/employees", 201).await;
        name = made["name"].as_str().unwrap().to_owned();
        let list = api.call("GET", "/backup/employees", 200).await;
        assert_eq!((list.as_array().unwrap().len(), &list[0]["name"]), (1, &made["name"]), "{list}");
    }
    assert_eq!(api.call("POST", "/restore/employees", 200).await["name"], name);
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
