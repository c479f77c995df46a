//! Ctrl-C and SIGTERM.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Fate, Proxy};

use crate::fixture::{Fixture, employees};

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Sends 20,000 rows through a proxy that lets three batches pass, and holds the others.
fn hold_the_fourth(fixture: &Fixture) -> (Proxy, Child) {
    fixture.file("new.csv", &employees(1..=20_000));
    let proxy = Proxy::start(fixture.addr(), &[Fate::Pass; 3], Fate::Hold);
    let mut command = fixture.command();
    command.env("API_URL", proxy.url()).args(["--json", "add-new-records", "employees", "new.csv"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    proxy.wait_for_held(16);
    (proxy, child)
}

#[test]
fn a_load_that_is_stopped_ends_what_is_under_way_and_says_how_to_go_on() {
    for name in ["-INT", "-TERM"] {
        let fixture = Fixture::start();
        let (proxy, mut child) = hold_the_fourth(&fixture);
        signal(&child, name);
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        assert_eq!(
            line,
            "stopping: the client waits for the answers to the batches already sent; a second Ctrl-C stops at once\n"
        );
        proxy.release();
        let output = child.wait_with_output().unwrap();
        let sent: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &sent["complete"]), (Some(130), &false.into()));
        assert_eq!(
            err.lines().map(Result::unwrap).collect::<Vec<_>>(),
            ["stopped; run the same command again to continue: it inserts nothing twice"]
        );
        let stored = sent["inserted"].as_u64().unwrap();
        assert_eq!(stored, 19_000, "three batches, and sixteen that were under way");
        let sent = fixture.send("employees", &fixture.folder().join("new.csv"), 0);
        assert_eq!((&sent["inserted"], &sent["stored_before"]["inserted"]), (&1000.into(), &stored.into()));
    }
}

#[test]
fn a_restore_is_stopped_at_its_question_and_while_the_api_works() {
    let fixture = Fixture::start();
    fixture.client(&["backup", "departments"]).expect(0);
    fixture.send("departments", &fixture.file("more.csv", "101,Archive\n"), 0);
    let before = fixture.client(&["--json", "batches"]).expect(0);
    let restore = |through: Option<&Proxy>| {
        let mut command = fixture.command();
        command.envs(through.map(|proxy| ("API_URL", proxy.url())));
        command.args(["restore", "departments"]).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = restore(None);
    let mut err = child.stderr.take().unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"[y/N] ") {
        let mut byte = [0];
        err.read_exact(&mut byte).unwrap();
        asked.push(byte[0]);
    }
    signal(&child, "-INT");
    let mut rest = String::new();
    err.read_to_string(&mut rest).unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), rest.trim_start()),
        (Some(130), "stopped; nothing was changed\n")
    );

    // The API is at work, as far as the client can tell.
    let proxy = Proxy::start(fixture.addr(), &[], Fate::Hold);
    let child = restore(Some(&proxy));
    proxy.wait_for_held(1);
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    let told = "stopped; the API completes what it has begun; `batches` and `backups` show the result\n";
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap()),
        (Some(130), told.to_owned())
    );
    assert_eq!(fixture.client(&["--json", "batches"]).expect(0), before);
}

#[test]
fn batches_that_do_not_end_hold_a_stopped_load_up_for_a_few_seconds_only() {
    let fixture = Fixture::start();
    let (_proxy, child) = hold_the_fourth(&fixture);
    let asked = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    let sent: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &sent["inserted"]), (Some(130), &3000.into()));
}
