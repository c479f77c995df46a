//! The API away, busy, or behind a network that loses what it carries.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Fate, Proxy};

use crate::fixture::{Fixture, Ran, employees};

/// The client, sending a file of 2500 rows through a proxy.
fn sending(fixture: &Fixture, proxy: &Proxy) -> Command {
    fixture.file("new.csv", &employees(1..=2500));
    let mut command = fixture.command();
    command.env("API_URL", proxy.url()).args(["--json", "add-new-records", "employees", "new.csv"]);
    command
}

#[track_caller]
fn summary(ran: Ran, code: i32) -> Value {
    serde_json::from_str(&ran.expect(code)).unwrap()
}

#[test]
fn whatever_happens_to_requests_each_row_is_inserted_once_and_by_this_run() {
    for fate in [
        Fate::CloseBefore,
        Fate::LoseAnswer,
        Fate::CutAnswer,
        Fate::Answer("503 Service Unavailable\r\nretry-after: 0\r\n"),
        Fate::Answer("502 Bad Gateway\r\n"),
        Fate::Answer("429 Too Many Requests\r\nretry-after: 0\r\n"),
    ] {
        let fixture = Fixture::start();
        let proxy = Proxy::start(fixture.addr(), &[fate, Fate::Pass, fate, fate], Fate::Pass);
        let ran = fixture.run(&mut sending(&fixture, &proxy));
        assert_eq!(ran.err.lines().count(), 1, "{fate:?}: {}", ran.err);
        assert!(ran.err.contains("; trying again for up to 60 s"), "{fate:?}: {}", ran.err);
        let sent = summary(ran, 0);
        assert_eq!(
            (&sent["inserted"], &sent["stored_before"]["received"]),
            (&2500.into(), &0.into()),
            "{fate:?}"
        );
    }
}

#[test]
fn what_was_sent_before_is_told_apart_even_where_answers_are_lost() {
    let fixture = Fixture::start();
    let lossy =
        || Proxy::start(fixture.addr(), &[Fate::LoseAnswer, Fate::CloseBefore, Fate::CutAnswer], Fate::Pass);
    summary(fixture.run(&mut sending(&fixture, &lossy())), 0);
    let sent = summary(fixture.run(&mut sending(&fixture, &lossy())), 0);
    assert_eq!((&sent["inserted"], &sent["stored_before"]["inserted"]), (&0.into(), &2500.into()));
}

#[test]
fn a_request_that_is_still_being_worked_on_is_asked_for_again() {
    let fixture = Fixture::start();
    // Each batch twice at once: of the two, one may find the other in flight.
    let command = || {
        let mut command = fixture.command();
        fixture.file("new.csv", &employees(1..=4000));
        command.args(["--json", "add-new-records", "employees", "new.csv"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    let runs = [command(), command()].map(|child| child.wait_with_output().unwrap());
    for run in runs {
        let sent: Value = serde_json::from_slice(&run.stdout).unwrap();
        let before = sent["stored_before"]["inserted"].as_u64().unwrap();
        assert_eq!(sent["inserted"].as_u64().unwrap() + before, 4000);
    }
    let batches = fixture.client(&["--json", "batches", "--table", "employees"]).expect(0);
    assert_eq!(batches.lines().count(), 4);
}

#[test]
fn the_pause_that_the_api_asks_for_is_kept() {
    let fixture = Fixture::start();
    let busy = Fate::Answer("429 Too Many Requests\r\nretry-after: 2\r\n");
    let proxy = Proxy::start(fixture.addr(), &[busy], Fate::Pass);
    let started = Instant::now();
    summary(fixture.run(&mut sending(&fixture, &proxy)), 0);
    assert!(started.elapsed() >= Duration::from_secs(2), "the client waited {:?} only", started.elapsed());
    // One that is longer than the client's patience is not waited for.
    let busy = Fate::Answer("503 Service Unavailable\r\nretry-after: 3600\r\n");
    let proxy = Proxy::start(fixture.addr(), &[], busy);
    let ran = fixture.run(fixture.command().env("API_URL", proxy.url()).args([
        "add-new-records",
        "jobs",
        "new.csv",
    ]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("error: the API at http://127.0.0.1:"), "{}", ran.err);
    assert!(ran.err.contains("asks the client to try again later (503 Service Unavailable)"), "{}", ran.err);
}

#[test]
fn an_answer_that_does_not_come_in_time_is_a_lost_connection() {
    let fixture = Fixture::start();
    let proxy = Proxy::start(fixture.addr(), &[Fate::Hold], Fate::Pass);
    let ran = fixture.run(sending(&fixture, &proxy).env("API_TIMEOUT", "1"));
    proxy.release();
    assert!(
        ran.err.contains("does not answer (no answer in time; a larger --timeout waits longer)"),
        "{}",
        ran.err
    );
    assert_eq!(summary(ran, 0)["inserted"], 2500);
}

#[test]
fn an_api_that_is_away_is_waited_for() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=20));
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = fixture.command();
    command.env("API_URL", format!("http://{addr}")).args([
        "add-new-records",
        "employees",
        file.to_str().unwrap(),
    ]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    err.read_line(&mut first).unwrap();
    assert_eq!(
        first,
        format!(
            "the API at http://{addr} does not answer (Connection refused); trying again for up to 60 s\n"
        )
    );
    Proxy::listen(TcpListener::bind(addr).unwrap(), fixture.addr(), &[], Fate::Pass);
    let mut rest = String::new();
    err.read_to_string(&mut rest).unwrap();
    assert_eq!((child.wait().unwrap().code(), rest.as_str()), (Some(0), ""));
}

#[test]
fn an_api_that_stays_away_is_a_failure_in_a_sentence() {
    let fixture = Fixture::start();
    let away = |url: &str| {
        let ran = fixture.client(&["--api-url", url, "--retry-for", "0", "batches"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        ran.err
    };
    assert_eq!(
        away("http://127.0.0.1:9"),
        "error: the API at http://127.0.0.1:9 does not answer (Connection refused); check --api-url, or set a larger --retry-for\n"
    );
    assert!(away("http://nowhere.invalid").contains("the API at http://nowhere.invalid does not answer ("));
    for url in ["http://", "localhost:8000"] {
        let why = "is not an http or https URL; set --api-url to one such as http://127.0.0.1:8000";
        assert_eq!(away(url), format!("error: the API's URL {url:?} {why}\n"));
    }
    let ran = fixture.client(&["--api-url", "http://127.0.0.1:9", "--retry-for", "1", "batches"]);
    assert!(ran.err.contains("; trying again for up to 1 s\nerror: "), "{}", ran.err);
}

#[test]
fn a_load_that_fails_on_its_way_says_what_is_stored_and_how_to_go_on() {
    let fixture = Fixture::start();
    fixture.file("new.csv", &employees(1..=6000));
    let proxy = Proxy::start(fixture.addr(), &[Fate::Pass, Fate::Pass], Fate::CloseBefore);
    let mut command = fixture.command();
    let arguments = ["--json", "--retry-for", "0", "add-new-records", "employees", "new.csv"];
    let ran = fixture.run(command.env("API_URL", proxy.url()).args(arguments));
    assert!(
        ran.err.ends_with("; run the same command again to continue: it inserts nothing twice\n"),
        "{}",
        ran.err
    );
    let sent = summary(ran, 1);
    assert_eq!((&sent["inserted"], &sent["complete"]), (&2000.into(), &false.into()));
    let sent = fixture.send("employees", &fixture.folder().join("new.csv"), 0);
    assert_eq!((&sent["inserted"], &sent["stored_before"]["inserted"]), (&4000.into(), &2000.into()));
}

#[test]
fn what_is_not_the_api_is_named() {
    let fixture = Fixture::start();
    fixture.file("new.csv", "13,Archive\n");
    for (answer, says) in [
        ("404 Not Found\r\n", "answered 404 Not Found, which is not an answer of this API; check --api-url"),
        (
            "301 Moved Permanently\r\nlocation: /x\r\n",
            "answered 301 Moved Permanently, which is not an answer of this API; check --api-url",
        ),
        ("200 OK\r\n", "is not one of this API; check --api-url"),
    ] {
        let proxy = Proxy::start(fixture.addr(), &[], Fate::Answer(answer));
        let command = &mut fixture.command();
        let ran = fixture.run(command.env("API_URL", proxy.url()).args([
            "add-new-records",
            "departments",
            "new.csv",
        ]));
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn a_batch_that_the_api_does_not_take_is_told_with_the_limit_and_the_way_out() {
    let fixture = Fixture::start_with(&["--body-limit", "16KiB"]);
    let file = fixture.file("new.csv", &employees(1..=1000));
    let ran = fixture.client(&["add-new-records", "employees", file.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("rows 1 to 1000 have "), "{}", ran.err);
    assert!(
        ran.err.contains("bytes, more than the API accepts in one request (the body is larger than 16384 bytes); start the API with BODY_LIMIT=1MiB or more, then run the same command again")
    );
}
