//! A power cut loses nothing that was answered: on SQLite, what a batch wrote is on the disk before its answer goes
//! out. Seen in the system calls of the real process; with `synchronous` below FULL this fails.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use support::{Engine, Fixture, Process, run, tools, until};

use crate::API;

const CALLS: &str = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync";

/// What matters of the system calls of a process, in their order.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// Bytes are handed over to the write-ahead log, or to nothing but memory.
    Written,
    /// All that was written before this call began is on the disk.
    Synced,
    /// The folder's list of files is.
    FolderSynced,
    Answered,
}

/// Reads strace's output. A call counts as begun where it is listed first, and as ended where it returns.
fn events(trace: &str) -> Vec<Event> {
    let mut events = Vec::new();
    // Of a thread that is within a sync: whether anything was written since it began.
    let mut syncing: HashMap<&str, (bool, bool)> = HashMap::new();
    for line in trace.lines() {
        let (thread, call) = line.trim_start().split_once(' ').unwrap();
        let call = call.trim_start();
        let sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
        let resumed = call.starts_with("<... fsync resumed") || call.starts_with("<... fdatasync resumed");
        if call.starts_with("pwrite") && call.contains("app.db-wal>") {
            syncing.values_mut().for_each(|(_, dirtied)| *dirtied = true);
            events.push(Event::Written);
        } else if sync && call.contains("app.db-wal>") {
            match call.contains("<unfinished") {
                true => drop(syncing.insert(thread, (true, false))),
                false if call.ends_with("= 0") => events.push(Event::Synced),
                false => {}
            }
        } else if sync && call.contains("/disk>") && call.ends_with("= 0") {
            events.push(Event::FolderSynced);
        } else if resumed && let Some((_, dirtied)) = syncing.remove(thread) {
            if call.ends_with("= 0") && !dirtied {
                events.push(Event::Synced);
            }
        } else if ["\"HTTP/1.1 201", "\"HTTP/1.1 207", "\"HTTP/1.1 422"].iter().any(|at| call.contains(at)) {
            events.push(Event::Answered);
        }
    }
    events
}

#[test]
fn a_batch_is_on_the_disk_before_its_answer_goes_out() {
    if tools::strace() {
        run(Engine::Sqlite, traced);
    }
}

async fn traced(mut fixture: Fixture) {
    const BATCHES: usize = 20;
    let folder = fixture.shipped_package(&[]).data().join("disk");
    fs::create_dir(&folder).unwrap();
    fixture.database_url = format!("sqlite://{}/app.db", folder.display());
    let trace = fixture.data().join("trace");
    let api = API.command(&fixture);
    let mut command = Command::new("strace");
    command.envs(api.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // The process stays the one that is started here, and strace is a second process.
    command.args(["-D", "-f", "-y", "-s", "40", "-e", CALLS, "-o"]).arg(&trace).arg(api.get_program());
    let api = Process::of(command);
    api.until_ready().await;
    for batch in 0..BATCHES {
        let rows = ["1,A\n".to_owned(), format!("{},A\nx\n", batch + 1), format!("{batch}\n")];
        let answer = api.post_with_key("jobs", &batch.to_string(), rows[batch % 3].clone()).await;
        assert!([201, 207, 422].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    api.signal("TERM");
    assert_eq!(api.ended().await, Some(0));
    let exited = async || fs::read_to_string(&trace).unwrap().contains("+++ exited with 0 +++");
    until("strace has written all", exited).await;

    let events = events(&fs::read_to_string(&trace).unwrap());
    let (mut written, mut synced, mut answered, mut new) = (false, false, 0, false);
    let mut folder_synced = false;
    for event in events {
        match event {
            Event::Written => (written, synced, new) = (true, false, true),
            Event::Synced => synced = true,
            Event::FolderSynced => folder_synced = true,
            Event::Answered => {
                answered += 1;
                assert!(written && new, "answer {answered} went out before anything was written");
                assert!(synced, "answer {answered} went out before what was written was on the disk");
                assert!(folder_synced, "the write-ahead log may be in no folder after a power cut");
                new = false;
            }
        }
    }
    assert_eq!(answered, BATCHES);
}
