//! Connections that break off, wait or are silent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;
use support::{Fixture, Server, until};

conformance! {
    a_sender_that_leaves_in_the_middle_of_the_body_leaves_nothing_half_stored,
    a_chunked_body_that_ends_before_its_end_is_not_stored,
    a_sender_that_waits_for_100_continue_gets_it,
    the_answer_to_a_body_that_is_not_read_reaches_its_sender,
    a_sender_that_falls_silent_is_told_so,
    bodies_that_would_take_too_much_memory_together_are_told_to_come_back,
}

const HEAD: &str = "POST /new_records/departments HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n";

/// Sends bytes, says that no more follow, and reads what comes until the server is done.
fn exchange(server: &Server, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server.addr).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _reset_by_the_server = stream.read_to_string(&mut answer);
    answer
}

/// That the one batch sent here is the only one: what came before would have been stored before it.
async fn assert_nothing_else_is_stored(server: &Server) {
    server.post_csv("departments", "9,I\n").await.expect(201);
    let rows = server.all("/view/departments").await;
    assert_eq!(rows.iter().map(|row| &row["department_id"]).collect::<Vec<_>>(), [9]);
    assert_eq!(server.all("/rejected/departments").await, Vec::<Value>::new());
    assert_eq!(server.all("/batches").await.len(), 1);
}

async fn a_sender_that_leaves_in_the_middle_of_the_body_leaves_nothing_half_stored(server: &Server) {
    // What arrives is a good batch by itself.
    let answer = exchange(server, &format!("{HEAD}content-length: 12\r\n\r\n1,A\n2,B\n"));
    assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    let mut stream = TcpStream::connect(server.addr).unwrap();
    write!(stream, "{HEAD}content-length: 12\r\n\r\n3,C\n4,D\n").unwrap();
    drop(stream);
    assert_nothing_else_is_stored(server).await;
}

async fn a_chunked_body_that_ends_before_its_end_is_not_stored(server: &Server) {
    let head = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
    for body in ["4\r\n1,A\n\r\n", "4\r\n1,A\n\r\n4\r\n2,", "4\r\n1,A\n\r\nnonsense\r\n\r\n"] {
        let answer = exchange(server, &format!("{head}{body}"));
        assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    }
    assert_nothing_else_is_stored(server).await;
}

async fn a_sender_that_waits_for_100_continue_gets_it(server: &Server) {
    let mut stream = TcpStream::connect(server.addr).unwrap();
    write!(stream, "{HEAD}content-length: 4\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n").unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(interim, *b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"1,A\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
}

async fn the_answer_to_a_body_that_is_not_read_reaches_its_sender(server: &Server) {
    let body = "\n".repeat(6 << 20);
    for _ in 0..5 {
        server.post_csv("nothing", body.clone()).await.problem(404, "unknown-table");
        server.post("departments", "text/plain", body.clone()).await.problem(415, "unsupported-media-type");
        let unkeyed = server.request("departments", "text/csv", body.clone()).header("idempotency-key", "");
        server.send(unkeyed).await.problem(400, "bad-idempotency-key");
        server
            .send(server.call("PUT", "/batches").body(body.clone()))
            .await
            .problem(405, "method-not-allowed");
    }
}

async fn a_sender_that_falls_silent_is_told_so(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start_with(&["--body-timeout", "1"]);
    server.until_ready().await;
    let mut stream = TcpStream::connect(server.addr).unwrap();
    write!(stream, "{HEAD}content-length: 8\r\n\r\n1,A\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("4 bytes arrived, 4 of them in the last 1 s"), "{answer}");
    assert_nothing_else_is_stored(&server).await;
    server.stop().await.unwrap();
}

async fn bodies_that_would_take_too_much_memory_together_are_told_to_come_back(server: &Server) {
    // Nine senders that stop one byte before the end of 8 MiB: for eight of them there is room.
    let length = 8 << 20;
    let body = "\n".repeat(length - 1);
    let send = |_| {
        let mut stream = TcpStream::connect(server.addr).unwrap();
        write!(stream, "{HEAD}content-length: {length}\r\n\r\n{body}").unwrap();
        stream
    };
    let mut senders: Vec<TcpStream> = (0..9).map(send).collect();
    let refused = until_one_is_answered(&mut senders).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n") && refused.contains("/problems/busy"), "{refused}");
    drop(senders);
    let stored = async || server.post_csv("departments", "9,I\n").await.status == 201;
    until("the memory of those bodies is free again", stored).await;
}

/// The start of the first answer that any of the connections gets.
async fn until_one_is_answered(streams: &mut [TcpStream]) -> String {
    let mut answer = vec![0; 2000];
    let start = std::time::Instant::now();
    loop {
        for stream in &mut *streams {
            stream.set_nonblocking(true).unwrap();
            if let Ok(length @ 1..) = stream.read(&mut answer) {
                return String::from_utf8_lossy(&answer[..length]).into_owned();
            }
        }
        assert!(start.elapsed().as_secs() < 60, "nobody is answered");
        tokio::task::yield_now().await;
    }
}
