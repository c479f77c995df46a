//! What is logged.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::process::Process;
use crate::server::{Fixture, until};
use crate::stopping::log;

embedded! {
    garbage_on_the_wire_is_no_error_in_the_log,
    rust_log_shows_garbage_on_the_wire,
    an_answer_that_breaks_off_is_an_error_in_the_log,
}

/// Sends bytes and reads what comes until the server closes the connection.
fn send(api: &Process, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(api.base.strip_prefix("http://").unwrap()).unwrap();
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

async fn garbage_on_the_wire_is_no_error_in_the_log(fixture: Fixture) {
    let api = Process::start(fixture.mission(&[]));
    api.until_ready().await;
    let before = log(&fixture).lines().count();
    for _ in 0..50 {
        for bytes in garbage() {
            let answer = send(&api, &bytes);
            assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        }
    }
    api.signal("TERM");
    assert_eq!(api.ended().await, Some(0));
    let log = log(&fixture);
    assert!(!log.contains(" ERROR "), "{log}");
    assert!(log.lines().count() < before + 20, "{log}");
}

async fn rust_log_shows_garbage_on_the_wire(fixture: Fixture) {
    let api = Process::start_with(fixture.mission(&[]), &[("RUST_LOG", "info")]);
    api.until_ready().await;
    send(&api, b"G\x01");
    until("the log shows it", async || log(&fixture).contains("ERROR stream error")).await;
}

async fn an_answer_that_breaks_off_is_an_error_in_the_log(fixture: Fixture) {
    let api = Process::start_with(fixture.mission(&[]), &[("BACKUP_CODEC", "null")]);
    api.until_ready().await;
    // Larger than what buffers on the way hold.
    for thousand in 0..60 {
        let row = |id: u32| format!("{id},{id:x<100}\n");
        let rows: String = (thousand * 1000 + 1..=(thousand + 1) * 1000).map(row).collect();
        assert_eq!(api.post_body("departments", "text/csv", rows).await, 201);
    }
    let made = api.call("POST", "/backup/departments", 201).await;
    let name = made["name"].as_str().unwrap();
    let url = format!("{}/backup/departments/{name}", api.base);
    let mut download = reqwest::get(url).await.unwrap();
    let id = download.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(download.chunk().await.unwrap().is_some());
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
    let told = async || log(&fixture).lines().any(|line| line.contains(" ERROR ") && line.contains(&id));
    until("the log tells of it", told).await;
    assert_eq!(log(&fixture).matches(" ERROR ").count(), 1, "{}", log(&fixture));
    assert_eq!(api.call("GET", "/health/ready", 200).await["status"], "ready");
}
