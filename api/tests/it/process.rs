//! The API as a separate process, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use crate::server::Fixture;

/// A running process. Dropping it kills it.
pub struct Process {
    child: Child,
    pub base: String,
    http: reqwest::Client,
}

/// Runs a process that ends by itself. One that is still running after a minute is killed, and the claim fails.
pub async fn output_of(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let Ok(ended) = tokio::time::timeout(Duration::from_secs(60), ended).await else {
        Command::new("kill").args(["-s", "KILL", &id]).status().unwrap();
        panic!("the process started");
    };
    ended.unwrap()
}

impl Process {
    /// Starts the API and waits until it listens.
    pub fn start(fixture: &Fixture) -> Process {
        Process::of(command(fixture))
    }

    /// The same with more variables in its environment.
    pub fn start_with(fixture: &Fixture, variables: &[(&str, &str)]) -> Process {
        let mut command = command(fixture);
        command.envs(variables.iter().copied());
        Process::of(command)
    }

    /// Starts the API where a folder is a small disk, which only it sees; `None` where that is not allowed here.
    pub fn on_a_small_disk(fixture: &Fixture, folder: &str, size: &str) -> Option<Process> {
        let allowed = Command::new("unshare").args(["--mount", "true"]).status();
        if !allowed.is_ok_and(|status| status.success()) {
            let missing = "claims about full disks: `unshare --mount` is not allowed here";
            assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{missing}");
            eprintln!("LEFT OUT: {missing}");
            return None;
        }
        let api = command(fixture);
        let mut command = Command::new("unshare");
        command.envs(api.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let script = format!("mount -t tmpfs -o size={size} tmpfs \"$1\" && exec \"$2\"");
        command.args(["--mount", "sh", "-c", &script, "sh", folder]).arg(api.get_program());
        Some(Process::of(command))
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// The most memory it has had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// A file as the process sees it.
    pub fn file(&self, path: &Path) -> PathBuf {
        Path::new("/proc")
            .join(self.child.id().to_string())
            .join("root")
            .join(path.strip_prefix("/").unwrap())
    }

    /// Runs the command and waits until it listens.
    pub fn of(mut command: Command) -> Process {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base = loop {
            let line = lines.next().expect("the process listens").unwrap();
            if let Some((_, base)) = line.split_once("listening on ") {
                break base.trim().to_owned();
            }
        };
        // Read on, so that the process never waits for its output to be taken.
        std::thread::spawn(move || lines.for_each(drop));
        Process { child, base, http: reqwest::Client::new() }
    }

    /// Runs the command and waits until it listens, as its log says. Nobody reads its output, which is returned.
    pub async fn unread(mut command: Command, fixture: &Fixture) -> (Process, ChildStdout) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let mut process = Process { child, base: String::new(), http: reqwest::Client::new() };
        let base = async || {
            let log = fixture.log();
            log.split_once("listening on ").and_then(|(_, rest)| Some(rest.split_once('\n')?.0.to_owned()))
        };
        crate::server::until("the process listens", async || base().await.is_some()).await;
        process.base = base().await.unwrap();
        process.until_ready().await;
        (process, output)
    }

    /// An answer as text, or nothing while there is none.
    pub async fn get(&self, path: &str) -> Option<(u16, String)> {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.text().await.ok()?))
    }

    /// Calls a path, which answers with a status, and JSON.
    pub async fn call(&self, method: &str, path: &str, status: u16) -> serde_json::Value {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        let response = request.send().await.unwrap();
        let (got, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(got, status, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Posts a body.
    pub async fn post_body(&self, table: &str, media: &str, body: String) -> u16 {
        self.post_to(&format!("/new_records/{table}"), media, body).await
    }

    /// Posts a body to a path.
    pub async fn post_to(&self, path: &str, media: &str, body: String) -> u16 {
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        request.header("content-type", media).send().await.unwrap().status().as_u16()
    }

    /// Posts a batch of CSV under a key; its status, whether it was answered before, and the JSON.
    pub async fn post_csv(&self, table: &str, key: &str, body: String) -> (u16, bool, serde_json::Value) {
        let request = self.http.post(format!("{}/new_records/{table}", self.base)).body(body);
        let request = request.header("content-type", "text/csv").header("idempotency-key", key);
        let response = request.send().await.unwrap();
        let replayed = response.headers().contains_key("idempotent-replayed");
        let retry_after = response.headers().contains_key("retry-after");
        let status = response.status().as_u16();
        assert_eq!(retry_after, matches!(status, 409 | 503), "Retry-After of {status}");
        (status, replayed, response.json().await.unwrap())
    }

    /// Posts nothing to a path; the status and the JSON.
    pub async fn post(&self, path: &str) -> (u16, serde_json::Value) {
        let response = self.http.post(format!("{}{path}", self.base)).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Sends a request whose answer is not awaited to its end.
    pub fn begin(&self, method: &str, path: &str) -> tokio::task::JoinHandle<()> {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        tokio::spawn(async move { drop(request.send().await) })
    }

    pub async fn is_ready(&self) -> bool {
        self.get("/health/ready").await.is_some_and(|(status, _)| status == 200)
    }

    pub async fn until_ready(&self) {
        crate::server::until("the process is ready", async || self.is_ready().await).await;
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits until it has ended by itself; its exit code.
    pub async fn ended(mut self) -> Option<i32> {
        let start = std::time::Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed().as_secs() < 60, "the process does not end");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// SIGKILL: no destructor runs, nothing is flushed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The whole of a list as CSV, page by page.
    pub async fn csv(&self, path: &str) -> String {
        let mut next = format!("{path}?format=csv&limit=1000");
        let mut text = String::new();
        loop {
            let response = self.http.get(format!("{}{next}", self.base)).send().await.unwrap();
            assert_eq!(response.status(), 200);
            let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            text += &response.text().await.unwrap();
            let Some(link) = link else { return text };
            next = link.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _ended_before = self.child.wait();
    }
}

/// The API's program with a fixture's configuration in its environment.
pub fn command(fixture: &Fixture) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command
        .env("API_BIND", "127.0.0.1:0")
        .env("DATABASE_URL", &fixture.database_url)
        .env("DATA_PACKAGE", fixture.data().join("datapackage.json"))
        .env("LOG_DIR", fixture.logs())
        .env("DELIVERABLES_DIR", fixture.deliverables())
        .env("BACKUP_URL", format!("file://{}", fixture.backups().display()))
        .env_remove("RUST_LOG");
    command
}
