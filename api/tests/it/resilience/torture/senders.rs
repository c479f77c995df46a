//! The clients, which load one file after the other and are killed too.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use tokio::process::Command;

use super::sent::Sent;

/// What the senders share.
pub struct Sending {
    pub client: PathBuf,
    pub folder: PathBuf,
    pub proxy: SocketAddr,
    pub over: AtomicBool,
    pub next: AtomicU32,
    pub runs: AtomicU32,
    pub killed: AtomicU32,
}

impl Sending {
    /// Sends one file after the other until it is over; the files, with what the client said at last of each.
    pub async fn send(self: Arc<Self>, seed: u64) -> Vec<(Sent, Value)> {
        let mut random = Rng::with_seed(seed);
        let mut files = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            let file = Sent::draw(self.next.fetch_add(1, Ordering::Relaxed), &mut random);
            if random.u32(0..4) == 0 {
                // It is sent before it has all its rows.
                file.write(&self.folder, file.rows.len() / 2);
                self.load(&file, &mut random).await;
            }
            file.write(&self.folder, file.rows.len());
            let summary = if random.u32(0..4) == 0 {
                let mut other = random.fork();
                tokio::join!(self.load(&file, &mut random), self.load(&file, &mut other)).0
            } else {
                self.load(&file, &mut random).await
            };
            files.push((file, summary));
        }
        files
    }

    /// Runs the client again and again until it says that all of the file was sent.
    async fn load(&self, file: &Sent, random: &mut Rng) -> Value {
        loop {
            self.runs.fetch_add(1, Ordering::Relaxed);
            let mut command = Command::new(&self.client);
            command
                .args(["--json", "--retry-for", "20", "add-new-records", "employees", &file.name])
                .current_dir(&self.folder)
                .env("API_URL", format!("http://{}", self.proxy))
                .env("LOG_DIR", self.folder.join("../client-logs"))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true);
            let running = command.spawn().unwrap().wait_with_output();
            let patience = if random.u32(0..4) == 0 { random.u64(20..1000) } else { 3_600_000 };
            let Ok(ended) = tokio::time::timeout(Duration::from_millis(patience), running).await else {
                self.killed.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let ended = ended.unwrap();
            match ended.status.code() {
                Some(0 | 2 | 3) => {
                    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
                    assert_eq!(summary["complete"], true, "{summary}");
                    return summary;
                }
                Some(1) => println!("{}", String::from_utf8_lossy(&ended.stderr)),
                other => {
                    panic!("the client ended with {other:?}: {}", String::from_utf8_lossy(&ended.stderr))
                }
            }
        }
    }
}
