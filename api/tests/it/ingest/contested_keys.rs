//! The key of a file's batch is taken by another body before the file comes, or after.

use std::path::PathBuf;
use std::process::Command;

use dictionary::decode::Start;
use dictionary::hash::hexadecimal;
use dictionary::request::{Request, contested_key};
use dictionary::source::Form;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{Fixture, Server, tools};

use crate::API;

conformance! {
    history_is_loaded_although_requests_used_its_keys,
    a_batch_is_refused_when_both_of_its_keys_are_used,
    a_file_is_loaded_although_another_body_holds_the_key_of_a_batch,
    a_file_whose_last_key_is_contested_can_grow,
    a_batch_that_claims_to_end_within_a_loaded_file_changes_nothing,
    a_batch_of_another_body_is_not_counted_for_a_file,
}

/// A file of jobs, and the client that sends it.
struct File<'a> {
    server: &'a Server,
    client: PathBuf,
    path: PathBuf,
}

impl File<'_> {
    /// Runs a command of the client on it; what it prints as JSON.
    #[track_caller]
    fn run(&self, command: &str, code: i32) -> Value {
        let mut client = Command::new(&self.client);
        client.env("API_URL", self.server.url("")).args(["--json", command, "jobs"]).arg(&self.path);
        let ended = client.current_dir(self.path.parent().unwrap()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert_eq!(ended.status.code(), Some(code), "{command}: {out}{err}");
        serde_json::from_str(&out).unwrap()
    }

    fn write(&self, rows: std::ops::RangeInclusive<u32>) {
        std::fs::write(&self.path, lines(rows)).unwrap();
    }

    /// Sends it; how many rows are new, and how many were sent before. All of them are inserted.
    #[track_caller]
    fn send(&self) -> [u64; 2] {
        let sent = self.run("add-new-records", 0);
        let (new, before) = (&sent, &sent["stored_before"]);
        for counts in [new, before] {
            assert_eq!(counts["inserted"], counts["received"], "{sent}");
        }
        [new, before].map(|counts| counts["inserted"].as_u64().unwrap())
    }

    /// Verifies it, which must add up.
    #[track_caller]
    fn verify(&self, rows: u64, batches: u64) {
        let report = self.run("verify", 0);
        let found = ["stored", "unrecorded", "batches"].map(|name| report[name].as_u64().unwrap());
        assert_eq!(found, [rows, 0, batches], "{report}");
    }
}

/// A server, the client, and the path of a file; nothing where the client is not built.
async fn start(fixture: &Fixture) -> Option<(Server, PathBuf, PathBuf)> {
    let client = tools::client(API)?;
    let server = fixture.shipped_package(&[]).start().await;
    Some((server, client, fixture.data().join("new.csv")))
}

fn lines(rows: std::ops::RangeInclusive<u32>) -> String {
    rows.map(|id| format!("{id},Job {id}\n")).collect()
}

/// The key of the batch that ends behind the last of these rows.
fn key(rows: std::ops::RangeInclusive<u32>) -> String {
    hexadecimal(&Sha256::digest(format!("jobs\0{}", lines(rows).trim_end())))
}

/// Takes the key of a batch of rows `1..=last` for another body, with all that a file's batch would say.
async fn take(server: &Server, last: u32, id: u32) {
    take_for(server, "new.csv", last, id).await;
}

async fn take_for(server: &Server, source: &str, last: u32, id: u32) {
    let end = lines(1..=last).trim_end().len().to_string();
    let query = [("source", source), ("end_offset", &end)];
    let body = format!("{id},Another\n").repeat(usize::try_from(last.min(1000)).unwrap());
    let request = server.request("jobs", "text/csv; header=absent", body).query(&query);
    server.send(request.header("idempotency-key", key(1..=last))).await.expect(if last == 1 {
        201
    } else {
        207
    });
}

async fn a_file_is_loaded_although_another_body_holds_the_key_of_a_batch(fixture: Fixture) {
    let Some((server, client, path)) = start(&fixture).await else { return };
    let file = File { server: &server, client, path };
    file.write(1..=2500);
    take(&server, 1000, 9001).await;
    take(&server, 2500, 9002).await;
    assert_eq!(file.send(), [2500, 0]);
    // Later runs know what was sent.
    for _ in 0..2 {
        assert_eq!(file.send(), [0, 2500]);
    }
    file.verify(2500, 3);
    assert_eq!(server.all("/view/jobs").await.len(), 2502);
    assert_eq!(server.all("/batches?table=jobs").await.len(), 5);
    server.stop().await.unwrap();
}

async fn a_file_whose_last_key_is_contested_can_grow(fixture: Fixture) {
    let Some((server, client, path)) = start(&fixture).await else { return };
    let file = File { server: &server, client, path };
    file.write(1..=300);
    take(&server, 300, 9001).await;
    assert_eq!(file.send(), [300, 0]);
    file.write(1..=1400);
    assert_eq!(file.send(), [1100, 300]);
    assert_eq!(file.send(), [0, 1400]);
    file.verify(1400, 3);
    server.stop().await.unwrap();
}

async fn a_batch_that_claims_to_end_within_a_loaded_file_changes_nothing(fixture: Fixture) {
    let Some((server, client, path)) = start(&fixture).await else { return };
    let file = File { server: &server, client, path };
    file.write(1..=1500);
    assert_eq!(file.send(), [1500, 0]);
    for last in [1, 500, 1200] {
        take(&server, last, 9000 + last).await;
    }
    assert_eq!(file.send(), [0, 1500]);
    file.verify(1500, 2);
    file.write(1..=1600);
    assert_eq!(file.send(), [100, 1500]);
    file.verify(1600, 3);
    server.stop().await.unwrap();
}

async fn a_batch_of_another_body_is_not_counted_for_a_file(fixture: Fixture) {
    let Some((server, client, path)) = start(&fixture).await else { return };
    let file = File { server: &server, client, path };
    file.write(1..=1);
    take(&server, 1, 9001).await;
    let report = file.run("verify", 2);
    assert_eq!((&report["unrecorded"], &report["batches"]), (&json!(1), &json!(0)), "{report}");
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        verdict.contains("a file with this name was loaded") && verdict.contains("but with other content"),
        "{verdict}"
    );
    let request = server.call("POST", "/verify/jobs").header("content-type", "text/csv; header=absent");
    let request = request.body("1,Job 1").header("idempotency-key", key(1..=1));
    let answer = server.send(request).await.expect(200);
    assert_eq!((&answer["unrecorded"], &answer["batches"]), (&json!(1), &json!([])), "{answer}");
    assert_eq!(file.send(), [1, 0]);
    file.verify(1, 1);
    server.stop().await.unwrap();
}

async fn a_batch_is_refused_when_both_of_its_keys_are_used(fixture: Fixture) {
    let Some((server, client, path)) = start(&fixture).await else { return };
    let file = File { server: &server, client, path };
    file.write(1..=2);
    let start = Start::default();
    let own = Request::new(Form::Csv, b"", lines(1..=2).trim_end().as_bytes(), start).fingerprint();
    for key in [key(1..=2), contested_key(&key(1..=2), &own)] {
        server
            .send(server.request("jobs", "text/csv", "x\n").header("idempotency-key", key))
            .await
            .expect(422);
    }
    let mut client = Command::new(&file.client);
    client.env("API_URL", server.url("")).args(["add-new-records", "jobs"]).arg(&file.path);
    let ended = client.current_dir(file.path.parent().unwrap()).output().unwrap();
    assert_eq!(
        (ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()),
        (
            Some(1),
            "error: rows 1 to 2 are not stored: the API has other rows with both keys of this batch, which the log \
             names; send these rows in a separate file\n"
        )
    );
    server.stop().await.unwrap();
}

async fn history_is_loaded_although_requests_used_its_keys(fixture: Fixture) {
    let Some((server, client, path)) = start(&fixture).await else { return };
    for (last, id) in [(500, 9001), (1000, 9002), (1200, 9003)] {
        take_for(&server, "jobs.csv", last, id).await;
    }
    server.stop().await.unwrap();
    for rows in [1200, 1500] {
        fixture.write("jobs.csv", lines(1..=rows));
        let server = fixture.start().await;
        assert_eq!(server.all("/view/jobs").await.len(), rows as usize + 3);
        let file = File { server: &server, client: client.clone(), path: path.with_file_name("jobs.csv") };
        file.verify(rows.into(), if rows == 1200 { 2 } else { 3 });
        server.stop().await.unwrap();
    }
}
