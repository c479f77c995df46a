//! What is logged, and what logging costs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::ChildStdout;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::{Fixture, Process, until};

use crate::API;

embedded! {
    malformed_requests_are_not_logged_as_errors,
    rust_log_enables_the_errors_of_malformed_requests,
    an_aborted_response_is_logged_as_one_error,
    requests_are_answered_although_nobody_reads_stdout,
    a_process_ends_although_stdout_is_blocked,
    lost_log_lines_are_counted_and_reported,
}

/// Sends bytes and reads what comes until the server closes the connection.
fn send(api: &Process, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(api.addr).unwrap();
    let _refused_meanwhile = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _reset_by_the_server = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn garbage() -> Vec<Vec<u8>> {
    let of = |text: &str| text.as_bytes().to_vec();
    vec![
        of("G\x01"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        of("GET / HTTP/9.9\r\n\r\n"),
        of("GET / HTTP/1.1\r\n\r\n"),
        of("GET /\x7f HTTP/1.1\r\nhost: localhost\r\n\r\n"),
        of("GET / HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\n\r\n"),
        of("POST /new_records/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n"),
        of("POST /new_records/jobs HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nx\r\n"),
        [of("GET / HTTP/1.1\r\nx: "), vec![b'x'; 300_000]].concat(),
    ]
}

async fn malformed_requests_are_not_logged_as_errors(fixture: Fixture) {
    let api = API.start(fixture.shipped_package(&[]));
    api.until_ready().await;
    let before = fixture.log().lines().count();
    for _ in 0..50 {
        for bytes in garbage() {
            let answer = send(&api, &bytes);
            assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        }
    }
    api.signal("TERM");
    assert_eq!(api.ended().await, Some(0));
    let log = fixture.log();
    assert!(!log.contains(" ERROR "), "{log}");
    assert!(log.lines().count() < before + 20, "{log}");
}

async fn rust_log_enables_the_errors_of_malformed_requests(fixture: Fixture) {
    let api = API.start_with(fixture.shipped_package(&[]), &[("RUST_LOG", "info")]);
    api.until_ready().await;
    send(&api, b"G\x01");
    until("the log has the error", async || fixture.log().contains("ERROR stream error")).await;
}

async fn an_aborted_response_is_logged_as_one_error(fixture: Fixture) {
    let api = API.start_with(fixture.shipped_package(&[]), &[("BACKUP_CODEC", "null")]);
    api.until_ready().await;
    // Larger than what buffers on the way hold.
    for thousand in 0..60 {
        let row = |id: u32| format!("{id},{id:x<100}\n");
        let rows: String = (thousand * 1000 + 1..=(thousand + 1) * 1000).map(row).collect();
        api.post_csv("departments", rows).await.expect(201);
    }
    let made = api.post_empty("/backup/departments").await.expect(201);
    let name = made["name"].as_str().unwrap();
    let mut download = api.call("GET", &format!("/backup/departments/{name}")).send().await.unwrap();
    let id = download.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(download.chunk().await.unwrap().is_some(), "the download is empty");
    let file = fs::File::options().write(true).open(fixture.backup_file("departments", name)).unwrap();
    file.set_len(1000).unwrap();
    let broke_off = async {
        loop {
            match download.chunk().await {
                Ok(Some(_)) => {}
                ended => break ended.is_err(),
            }
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), broke_off).await.expect("the download ends"));
    let told = async || fixture.log().lines().any(|line| line.contains(" ERROR ") && line.contains(&id));
    until("the error is logged", told).await;
    assert_eq!(fixture.log().matches(" ERROR ").count(), 1, "{}", fixture.log());
    assert_eq!(api.get("/health/ready").await.expect(200)["status"], "ready");
}

async fn requests_are_answered_although_nobody_reads_stdout(fixture: Fixture) {
    const POSTS: usize = 1500;
    let (api, output) = Process::unread(API.command(fixture.shipped_package(&[])), &fixture).await;
    // More than twice as many lines as a pipe holds.
    for id in 1..=POSTS {
        let posted = api.post_csv("jobs", format!("{id},A\n"));
        let answer = tokio::time::timeout(Duration::from_secs(30), posted).await;
        answer.expect("there is no answer after 30 s, since nobody reads stdout").expect(201);
    }
    assert!(api.is_ready().await, "the API is not ready although it answers");
    api.signal("TERM");
    let started = Instant::now();
    assert_eq!(api.ended().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    let log = fixture.log();
    assert_eq!(log.matches("inserted into jobs").count(), POSTS);
    assert!(log.contains(" INFO stopped\n"), "{log}");
    drop(output);
}

/// Counts the log lines, and adds up the numbers of lost lines that the log reports.
fn count<'l>(lines: impl Iterator<Item = &'l str>) -> (usize, usize) {
    lines.fold((0, 0), |(lines, lost), line| match line.split_once(" log lines were lost: this output ") {
        Some((before, _)) => (lines, lost + before.rsplit(' ').next().unwrap().parse::<usize>().unwrap()),
        None => (lines + 1, lost),
    })
}

/// Starts the API with an output that nobody reads, and makes it log more lines than the queue of that output holds.
async fn overflow(fixture: &Fixture) -> (Process, ChildStdout) {
    let mut command = API.command(fixture.shipped_package(&[]));
    command.env("RUST_LOG", "trace");
    let (api, output) = Process::unread(command, fixture).await;
    until("the log has 30,000 lines", async || {
        for _ in 0..100 {
            api.get("/health/live").await.expect(200);
        }
        fixture.log().lines().count() >= 30_000
    })
    .await;
    (api, output)
}

async fn a_process_ends_although_stdout_is_blocked(fixture: Fixture) {
    let (api, output) = overflow(&fixture).await;
    api.signal("TERM");
    let started = Instant::now();
    assert_eq!(api.ended().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    let log = fixture.log();
    assert!(
        log.lines().rev().take(50).any(|line| line.ends_with("lines were lost: stdout did not take them"))
    );
    drop(output);
}

async fn lost_log_lines_are_counted_and_reported(fixture: Fixture) {
    let (api, output) = overflow(&fixture).await;
    let read = Arc::new(Mutex::new(Vec::new()));
    let reading = {
        let read = Arc::clone(&read);
        std::thread::spawn(move || {
            BufReader::new(output).lines().for_each(|line| read.lock().unwrap().push(line.unwrap()));
        })
    };
    until("the lost lines are reported", async || {
        api.get("/health/live").await;
        count(read.lock().unwrap().iter().map(String::as_str)).1 > 0
    })
    .await;
    api.signal("TERM");
    assert_eq!(api.ended().await, Some(0));
    reading.join().unwrap();
    let (read, log) = (read.lock().unwrap(), fixture.log());
    let (shown, lost) = count(read.iter().map(String::as_str));
    let (logged, lost_in_log) = count(log.lines());
    assert!(lost > 1000, "{lost}");
    // Each line is there, or counted.
    assert_eq!(shown + lost, logged + lost_in_log);
    let at_exit = format!(" WARN {lost} log lines were lost: stdout did not take them");
    assert!(log.contains(&at_exit), "{}", log.lines().rev().take(20).collect::<Vec<_>>().join("\n"));
}
