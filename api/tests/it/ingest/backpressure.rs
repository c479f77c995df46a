//! Many requests at once: a full queue is answered at once, readers do not wait, and no request meets a lock.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use support::{Engine, Fixture, Lock, Process, run};

use crate::API;

conformance! {
    two_processes_on_one_database_take_turns,
    two_processes_that_get_one_key_store_it_once_and_both_answer,
}

/// Two processes on one database.
async fn two(fixture: &Fixture) -> [Process; 2] {
    fixture.shipped_package(&[]);
    // One after the other, since both would make the tables.
    let first = API.start(fixture);
    first.until_ready().await;
    let second = API.start(fixture);
    second.until_ready().await;
    [first, second]
}

async fn two_processes_on_one_database_take_turns(fixture: Fixture) {
    const SENDERS: u32 = 8;
    const BATCHES: u32 = 15;
    let processes = two(&fixture).await;
    let send = async |sender: u32| {
        for batch in 0..BATCHES {
            let first = (sender * BATCHES + batch) * 200;
            let body: String = (1..=200).map(|n| format!("{},Job {n}\n", first + n)).collect();
            loop {
                let key = format!("{sender}-{batch}");
                let process = &processes[(sender % 2) as usize];
                let answer = process.post_with_key("jobs", &key, body.clone()).await;
                if answer.status == 201 {
                    break;
                }
                answer.problem(503, "busy");
            }
        }
    };
    let over = std::cell::Cell::new(false);
    let read = async |process: &Process| {
        while !over.get() {
            process.get("/view/jobs?limit=10").await.expect(200);
        }
    };
    let reading = join_all(processes.iter().map(read));
    let sending = async {
        join_all((0..SENDERS).map(send)).await;
        over.set(true);
    };
    futures_util::future::join(reading, sending).await;
    for process in &processes {
        assert_eq!(process.get("/hash/jobs").await.expect(200)["rows"], SENDERS * BATCHES * 200);
    }
    drop(processes);
    for log in std::fs::read_dir(fixture.logs()).unwrap() {
        let log = std::fs::read_to_string(log.unwrap().path()).unwrap();
        assert!(!log.contains("locked") && !log.contains("ERROR"), "{log}");
    }
}

async fn two_processes_that_get_one_key_store_it_once_and_both_answer(fixture: Fixture) {
    const ROUNDS: u32 = 30;
    let processes = two(&fixture).await;
    for round in 0..ROUNDS {
        let body: String = (1..=300).map(|n| format!("{},Job {n}\n", round * 300 + n)).collect();
        let key = round.to_string();
        let [one, other] = [&processes[0], &processes[1]]
            .map(|process| process.post_with_key("jobs", &key, body.clone() + "rejected\n"));
        let (one, other) = futures_util::future::join(one, other).await;
        assert_eq!(one.expect(207), other.expect(207));
        assert!(one.is_replayed() != other.is_replayed(), "exactly one of two answers is a replay");
    }
    let hashed = processes[0].get("/hash/jobs").await.expect(200);
    assert_eq!(hashed["rows"], ROUNDS * 300);
    let batches = processes[1].get("/batches?limit=1000").await.expect(200);
    assert_eq!(batches.as_array().unwrap().len(), ROUNDS as usize);
}

#[test]
fn a_queue_that_is_full_is_503_at_once_and_readers_do_not_wait() {
    const SENDERS: u32 = 400;
    run(Engine::Sqlite, async |fixture| {
        let server = fixture.shipped_package(&[]).start().await;
        server.post_csv("jobs", "1,A\n").await.expect(201);
        let lock = Lock::take(&fixture).await;
        let started = Instant::now();
        let send = async |id: u32| {
            let answer = server.post_csv("departments", format!("{id},A\n")).await;
            (answer, started.elapsed())
        };
        let sending = join_all((1..=SENDERS).map(send));
        let read = async {
            for _ in 0..20 {
                server.get("/view/jobs").await.expect(200);
            }
            let read = started.elapsed();
            lock.give_back().await;
            read
        };
        let (answers, read) = futures_util::future::join(sending, read).await;
        assert!(read < Duration::from_secs(4), "readers waited {read:?}");
        let mut refused = 0;
        for (answer, after) in &answers {
            if answer.status == 201 {
                continue;
            }
            answer.problem(503, "busy");
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert!(*after < Duration::from_secs(4), "refused after {after:?}");
            refused += 1;
        }
        assert!(refused >= 100, "only {refused} of {SENDERS} were refused");
        let stored = server.all("/view/departments").await.len();
        assert_eq!(stored, SENDERS as usize - refused);
        assert!(stored >= 100, "only {stored} of {SENDERS} were stored");
        server.stop().await.unwrap();
    });
}

#[test]
fn a_hostile_body_costs_about_as_much_memory_as_a_large_one() {
    run(Engine::Sqlite, async |fixture| {
        let members: String = (0..820_000).map(|n| format!("\"{n:x}\":0,")).collect();
        let json = format!("[{{{members}\"job_id\":1}}]");
        for (media, body) in [
            ("text/csv", ",".repeat(8 << 20)),
            ("text/csv", "\"".repeat(8 << 20)),
            ("text/csv", "x".repeat(8 << 20)),
            ("application/json", "[".repeat(8 << 20)),
            ("application/json", format!("[{}1]", "1,".repeat((4 << 20) - 2))),
            ("application/json", json),
            ("application/x-ndjson", "1\n".repeat(4 << 20)),
        ] {
            let api = API.start(fixture.shipped_package(&[]));
            api.until_ready().await;
            let before = api.peak_memory();
            let status = api.post("jobs", media, body.clone()).await.status;
            assert!([400, 413, 422].contains(&status.as_u16()), "{status}");
            let mebibytes = (api.peak_memory() - before) >> 20;
            println!("{media} {}: {status}, {mebibytes} MiB", &body[..10]);
            assert!(mebibytes < 100, "{media} {}: {mebibytes} MiB", &body[..10]);
        }
    });
}

#[test]
fn a_batch_that_found_the_store_busy_leaves_its_key_free() {
    run(Engine::Sqlite, async |fixture| {
        let server = fixture.shipped_package(&[]).start().await;
        let post = || server.request("departments", "text/csv", "1,A\n").header("idempotency-key", "k");
        let lock = Lock::take(&fixture).await;
        server.send(post()).await.problem(503, "busy");
        lock.give_back().await;
        let first = server.send(post()).await;
        first.expect(201);
        assert_eq!(first.header("idempotent-replayed"), None);
        server.stop().await.unwrap();
    });
}
