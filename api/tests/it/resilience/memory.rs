//! What requests cost in memory, whatever they hold.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Fixture, Process, print_line, until};

use crate::API;

conformance! {
    senders_of_the_worst_bodies_take_no_more_than_the_memory_of_the_container,
    a_keyed_batch_with_an_error_in_every_cell_is_stored_and_answered_again,
    a_small_request_to_verify_reads_no_large_rejects,
    senders_that_disconnect_stay_within_the_memory_limit_and_do_not_delay_a_stop,
    slow_senders_do_not_block_other_senders,
}

/// What compose.yaml gives the API.
const CONTAINER: u64 = 256 << 20;

/// What the image sets for the system's allocator.
const ALLOCATOR: [(&str, &str); 2] = [("MALLOC_MMAP_THRESHOLD_", "131072"), ("MALLOC_ARENA_MAX", "1")];

/// Fields of the wide table.
const WIDE: usize = 200;

/// A table of many numbers, and one of two strings.
fn package() -> Value {
    let number =
        |n| json!({ "name": format!("f{n}"), "type": "number", "constraints": { "required": n == 0 } });
    let fields: Vec<_> =
        std::iter::once(json!({ "name": "id", "type": "integer" })).chain((0..WIDE).map(number)).collect();
    let dialect = json!({ "header": false });
    json!({ "resources": [
        { "name": "wide", "path": "wide.csv", "dialect": dialect,
          "schema": { "fields": fields, "primaryKey": "id" } },
        { "name": "notes", "path": "notes.csv", "dialect": dialect, "schema": {
            "fields": [{ "name": "id", "type": "integer" }, { "name": "note", "type": "string" }],
            "primaryKey": "id"
        } },
    ] })
}

async fn start(fixture: &Fixture, variables: &[(&str, &str)]) -> Process {
    fixture.package(&package());
    let process = API.start_with(fixture, &[variables, &ALLOCATOR].concat());
    process.until_ready().await;
    process
}

/// A thousand rows of the wide table with a cell in every field.
fn rows_of(cell: &str, delimiter: &str) -> String {
    (0..1000).fold(String::new(), |mut rows, row| {
        writeln!(rows, "{row}{}", format!("{delimiter}{cell}").repeat(WIDE)).unwrap();
        rows
    })
}

/// Lines whose quotes stay open, then a long one.
fn open_quotes() -> String {
    "\",x\",\"\n".repeat(999) + &"x".repeat((8 << 20) - 8000)
}

/// Table, media type and body of what costs most for its length.
fn worst_bodies() -> Vec<(&'static str, &'static str, String)> {
    let object =
        format!("{{\"id\":1{}}}", (0..WIDE).fold(String::new(), |all, n| all + &format!(",\"f{n}\":\"\"")));
    let csv = "text/csv";
    vec![
        ("wide", csv, "x\n".repeat(1000)),
        ("wide", csv, "x,x\n".repeat(1000)),
        ("wide", csv, rows_of("n/a", ";")),
        ("wide", csv, rows_of("n/a", ",")),
        ("wide", csv, rows_of(&"\u{1}".repeat(30), ",")),
        ("wide", csv, rows_of("1", ",")),
        ("wide", "application/json", format!("[{}]", vec![object.as_str(); 1000].join(","))),
        ("wide", "application/json", format!("[{}]", vec!["{}"; 1000].join(","))),
        ("wide", "application/x-ndjson", "{\n".repeat(1000)),
        ("notes", csv, open_quotes()),
    ]
}

async fn senders_of_the_worst_bodies_take_no_more_than_the_memory_of_the_container(fixture: Fixture) {
    let bodies = worst_bodies();
    for senders in [1, 4, 40] {
        let process = start(&fixture, &[]).await;
        let send = async |_| {
            for (table, media, body) in &bodies {
                let status = process.post(table, media, body.clone()).await.status.as_u16();
                assert!([201, 207, 422, 503].contains(&status), "{status} to {table} {media}");
            }
        };
        join_all((0..senders).map(send)).await;
        // What is freed is free for the next ones.
        let (table, media, body) = &bodies[bodies.len() - 1];
        for _ in 0..5 {
            join_all((0..senders).map(async |_| process.post(table, media, body.clone()).await.status)).await;
        }
        let peak = process.peak_memory();
        print_line(&format!(
            "{senders} senders of the worst bodies, {:?}: {} MiB",
            fixture.engine,
            peak >> 20
        ));
        assert!(peak < CONTAINER, "{senders} senders: {} MiB", peak >> 20);
        process.kill();
    }
}

async fn a_keyed_batch_with_an_error_in_every_cell_is_stored_and_answered_again(fixture: Fixture) {
    let process = start(&fixture, &[]).await;
    let body = rows_of("n/a", ",");
    let first_answer = process.post_with_key("wide", "k1", body.clone()).await;
    let answer = first_answer.expect(422);
    assert_eq!((first_answer.is_replayed(), &answer["rejected"]), (false, &json!(1000)));
    let first = answer["rejects"][0]["errors"].as_array().unwrap();
    let last = first.last().unwrap()["message"].as_str().unwrap();
    assert_eq!(first.len(), 33);
    assert!(last.starts_with("168 more errors of this row are not listed; the row is kept whole"), "{last}");
    let again = process.post_with_key("wide", "k1", body).await;
    assert_eq!((again.expect(422), again.is_replayed()), (answer, true));
    let rejected = process.get("/rejected/wide?limit=1000").await.expect(200);
    assert_eq!(rejected.as_array().unwrap().len(), 1000);
    process.kill();
}

async fn a_small_request_to_verify_reads_no_large_rejects(fixture: Fixture) {
    let process = start(&fixture, &[]).await;
    // Each with a row of 8 MiB that is rejected.
    for batch in 0..16 {
        let body = format!("{batch}x,{}\n", "y".repeat((8 << 20) - 100));
        process.post_csv("notes?source=f", body).await.expect(422);
    }
    let before = process.peak_memory();
    let verify = async |_| {
        let request = process.call("POST", "/verify/notes?source=f").header("content-type", "text/csv");
        process.send(request.body("1,a\n")).await.status
    };
    assert_eq!(join_all((0..8).map(verify)).await, [200; 8]);
    let more = process.peak_memory() - before;
    assert!(more < 64 << 20, "{} MiB more", more >> 20);
    process.kill();
}

async fn senders_that_disconnect_stay_within_the_memory_limit_and_do_not_delay_a_stop(fixture: Fixture) {
    let process = start(&fixture, &[]).await;
    let body = open_quotes();
    let leave = |_: usize| {
        let mut stream = TcpStream::connect(process.addr).unwrap();
        let head = format!(
            "POST /new_records/notes HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        // A refusal may end the connection before all is sent.
        let _refused = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    };
    (0..160).for_each(leave);
    let peak = process.peak_memory();
    assert!(peak < CONTAINER, "{} MiB", peak >> 20);
    let asked = Instant::now();
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0));
    assert!(asked.elapsed() < Duration::from_secs(15), "the stop took {:?}", asked.elapsed());
}

async fn slow_senders_do_not_block_other_senders(fixture: Fixture) {
    let process = start(&fixture, &[("BODY_TIMEOUT", "1")]).await;
    let length = 8 << 20;
    let body = "\n".repeat(length - 200);
    let begin = |_: usize| {
        let mut stream = TcpStream::connect(process.addr).unwrap();
        write!(stream, "POST /new_records/notes HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n")
            .unwrap();
        write!(stream, "content-length: {length}\r\n\r\n{body}").unwrap();
        stream
    };
    let mut slow: Vec<TcpStream> = (0..8).map(begin).collect();
    // They go on, a byte at a time and never silent for long, until the server ends it.
    let mut row = 0;
    let stored = async || {
        row += 1;
        for stream in &mut slow {
            let _ended_by_the_server = stream.write_all(b"\n");
        }
        process.post("notes", "text/csv", format!("{row},note\n")).await.status == 201
    };
    until("a batch is stored while slow senders are connected", stored).await;
    process.kill();
}
