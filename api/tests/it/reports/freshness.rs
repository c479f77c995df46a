//! A report and its files follow every change of the tables.

use std::fs;

use serde_json::{Value, json};
use support::{Answer, Fixture, Server};

use super::{above, csv, shipped, with_hires};

conformance! {
    who_has_the_report_is_told_only_that_it_has_not_changed,
    a_change_is_seen_at_once_whichever_process_made_it,
    the_last_answer_after_many_at_once_holds_every_row,
    asking_brings_the_files_up_to_date,
    files_that_cannot_be_written_cost_nobody_the_report,
    asking_changes_no_data,
}

async fn if_none_match(server: &Server, path: &str, tags: &str) -> Answer {
    server.send(server.call("GET", path).header("if-none-match", tags)).await
}

async fn who_has_the_report_is_told_only_that_it_has_not_changed(fixture: Fixture) {
    let server = shipped(&fixture).await;
    let mut tags = Vec::new();
    for format in ["json", "csv", "ndjson", "html"] {
        let path = format!("/view/req1?format={format}");
        let first = server.get(&path).await;
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(server.get(&path).await.body, first.body, "{format}: from memory, to the byte");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = if_none_match(&server, &path, &known).await;
            assert_eq!((again.status.as_u16(), again.body.as_slice()), (304, &b""[..]), "{known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        for unknown in ["\"other\"", "nonsense", ""] {
            let whole = if_none_match(&server, &path, unknown).await;
            assert_eq!((whole.status.as_u16(), &whole.body), (200, &first.body), "{unknown:?}");
        }
        tags.push(tag);
    }
    tags.dedup();
    assert_eq!(tags.len(), 4, "each format has its own: {tags:?}");
    // A row that is rejected changes no figure, but what the page says of them.
    server.post_csv("employees", "x,Ada,2021-05-05T12:00:00Z,1,1\n").await.expect(422);
    assert_eq!(if_none_match(&server, "/view/req1?format=json", &tags[0]).await.status, 304);
    let page = if_none_match(&server, "/view/req1?format=html", &tags[3]).await;
    assert!(page.text().contains("71 rejected rows</strong> could change these figures"), "{}", page.text());
    server.post_csv("employees", "99999,Ada,2021-05-05T12:00:00Z,1,1\n").await.expect(201);
    let changed = if_none_match(&server, "/view/req1?format=json", &tags[0]).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(tags[0].as_str()));
    server.stop().await.unwrap();
}

async fn a_change_is_seen_at_once_whichever_process_made_it(fixture: Fixture) {
    let one = shipped(&fixture).await;
    let two = fixture.start().await;
    let hired = async |server: &Server| -> u64 {
        let rows = server.get("/view/req1").await.expect(200);
        let quarters =
            |row: &Value| ["Q1", "Q2", "Q3", "Q4"].map(|q| row[q].as_u64().unwrap()).iter().sum::<u64>();
        rows.as_array().unwrap().iter().map(quarters).sum()
    };
    let before = hired(&one).await;
    assert_eq!(hired(&two).await, before);
    let tag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
    for i in 1..=20 {
        let (writer, reader) = if i % 2 == 0 { (&one, &two) } else { (&two, &one) };
        writer
            .post_csv("employees", format!("{},Ada,2021-05-05T12:00:00Z,1,1\n", 90_000 + i))
            .await
            .expect(201);
        assert_eq!(hired(reader).await, before + i);
        assert_eq!(hired(writer).await, before + i);
        let (a, b) = (one.get("/view/req1").await, two.get("/view/req1").await);
        assert_eq!(tag(&a), tag(&b), "two processes give one report different tags");
    }
    // A new department with no hires changes the mean.
    let few = csv(&two, "/view/req2").await;
    let names: String = (100..200).map(|id| format!("{id},Empty\n")).collect();
    one.post_csv("departments", names).await.expect(201);
    assert!(csv(&two, "/view/req2").await.lines().count() > few.lines().count());
    one.stop().await.unwrap();
    two.stop().await.unwrap();
}

async fn the_last_answer_after_many_at_once_holds_every_row(fixture: Fixture) {
    let server = with_hires(&fixture, &[1, 0]).await;
    let asking = async {
        let mut least = 1;
        for _ in 0..60 {
            let (a, b) = tokio::join!(server.get("/view/req2"), server.get("/view/req2"));
            for rows in [a, b].map(|answer| answer.expect(200)) {
                let hired = rows[0]["hired"].as_u64().unwrap();
                assert!(hired >= least, "{hired} after {least}: an answer from the past");
            }
            least = above(&server).await[0][1].as_u64().unwrap();
        }
    };
    let writing = async {
        for id in 101..=160 {
            server.post_csv("employees", format!("{id},Ada,2021-05-05T12:00:00Z,1,1\n")).await.expect(201);
        }
    };
    tokio::join!(asking, writing);
    assert_eq!(above(&server).await, json!([[1, 61]]));
    server.stop().await.unwrap();
}

async fn asking_brings_the_files_up_to_date(fixture: Fixture) {
    let server = shipped(&fixture).await;
    let read = |name: &str| fs::read_to_string(fixture.deliverables().join(name)).unwrap();
    for (path, name) in
        [("/view/req1", "req1"), ("/view/req2?year=2021", "req2"), ("/view/req1?year=2022", "req1-2022")]
    {
        let csv = csv(&server, path).await;
        assert_eq!(read(&format!("{name}.csv")), csv, "{name}");
        assert!(read(&format!("{name}.html")).contains("<!doctype html>"), "{name}");
    }
    server.get("/view/req2?year=1999").await.expect(200);
    let before = read("req1.csv");
    // A file that was lost or changed is put right, though the report is answered from memory.
    fs::remove_file(fixture.deliverables().join("req1.csv")).unwrap();
    fs::write(fixture.deliverables().join("req1.html"), "scribble").unwrap();
    server.get("/view/req1").await.expect(200);
    assert_eq!(read("req1.csv"), before);
    assert!(read("req1.html").contains("Hires by department and job"));
    server.post_csv("employees", "99999,Ada,2021-05-05T12:00:00Z,1,1\n").await.expect(201);
    assert_eq!(read("req1.csv"), before, "nobody has asked yet");
    let after = csv(&server, "/view/req1").await;
    assert_ne!(after, before);
    assert_eq!(read("req1.csv"), after);
    let names = fs::read_dir(fixture.deliverables()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort_unstable();
    // There are no hires in 1999. Requests for thousands of such years must not fill a disk.
    let reports = ["req1-2022", "req1", "req2"];
    let mut wanted: Vec<_> = reports.iter().flat_map(|r| [format!("{r}.csv"), format!("{r}.html")]).collect();
    wanted.push("assets".to_owned());
    wanted.sort_unstable();
    assert_eq!(names, wanted, "nothing half-written is left");
    server.stop().await.unwrap();
}

async fn files_that_cannot_be_written_cost_nobody_the_report(fixture: Fixture) {
    let server = shipped(&fixture).await;
    fs::write(fixture.deliverables(), "a file where the folder should be").unwrap();
    for path in ["/view/req1", "/view/req1", "/view/req2"] {
        let report = server.get(path).await.expect(200);
        assert!(!report.as_array().unwrap().is_empty(), "{path} has no rows");
    }
    fs::remove_file(fixture.deliverables()).unwrap();
    server.get("/view/req1").await.expect(200);
    assert!(fixture.deliverables().join("req1.csv").is_file(), "and as soon as they can be, they are");
    server.stop().await.unwrap();
}

async fn asking_changes_no_data(fixture: Fixture) {
    let server = shipped(&fixture).await;
    let everything = async || {
        let mut all = Vec::new();
        for list in ["/view/departments", "/view/jobs", "/view/employees", "/rejected/employees", "/batches"]
        {
            all.push(server.all(list).await);
        }
        all
    };
    let before = everything().await;
    for path in ["/view/req1", "/view/req2?year=2022", "/view/req1?format=html", "/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
        let head = server.send(server.call("HEAD", path)).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
    }
    assert_eq!(everything().await, before);
    server.stop().await.unwrap();
}
