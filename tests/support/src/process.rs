//! The API as a separate process, which can be killed.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::wait::DEADLINE;
use crate::{Api, Fixture, tools, until};

/// The API's program. Only the tests of the package `api` know its path: cargo builds it for them.
#[derive(Debug, Clone, Copy)]
pub struct Program(&'static str);

impl Program {
    /// The program at a path: `Program::new(env!("CARGO_BIN_EXE_api"))`.
    pub const fn new(path: &'static str) -> Program {
        Program(path)
    }

    /// The path.
    pub fn path(self) -> &'static Path {
        Path::new(self.0)
    }

    /// A command that runs it with a fixture's configuration in its environment.
    pub fn command(self, fixture: &Fixture) -> Command {
        let mut command = Command::new(self.0);
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

    /// Starts it and waits until it listens.
    pub fn start(self, fixture: &Fixture) -> Process {
        Process::of(self.command(fixture))
    }

    /// The same with more variables in its environment.
    pub fn start_with(self, fixture: &Fixture, variables: &[(&str, &str)]) -> Process {
        let mut command = self.command(fixture);
        command.envs(variables.iter().copied());
        Process::of(command)
    }

    /// Starts the API where a folder is a small disk, which only it sees; `None` where that is not allowed here.
    pub fn on_a_small_disk(self, fixture: &Fixture, folder: &str, size: &str) -> Option<Process> {
        let allowed = Command::new("unshare").args(["--mount", "true"]).status();
        if !allowed.is_ok_and(|status| status.success()) {
            tools::leave_out("claims about full disks: `unshare --mount` is not allowed here");
            return None;
        }
        let api = self.command(fixture);
        let mut command = Command::new("unshare");
        command.envs(api.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let script = format!("mount -t tmpfs -o size={size} tmpfs \"$1\" && exec \"$2\"");
        command.args(["--mount", "sh", "-c", &script, "sh", folder]).arg(api.get_program());
        Some(Process::of(command))
    }
}

/// Lines of output that are shown when a process ends too early.
const LAST_LINES: usize = 30;

/// A running process, with the HTTP client [`Api`] on it. Dropping it kills it.
pub struct Process {
    child: Child,
    api: Api,
    last_lines: Arc<Mutex<VecDeque<String>>>,
}

impl Deref for Process {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Process {
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
        let addr = loop {
            let line = lines.next().expect("the process ended before it listened").unwrap();
            if let Some(addr) = listening_on(&line) {
                break addr;
            }
        };
        let process = Process { child, api: Api::at(addr), last_lines: Arc::default() };
        let last_lines = Arc::clone(&process.last_lines);
        // Read on, so that the process never waits for its output to be taken.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut last_lines = last_lines.lock().unwrap();
                last_lines.push_back(line);
                if last_lines.len() > LAST_LINES {
                    last_lines.pop_front();
                }
            }
        });
        process
    }

    /// Runs the command and waits until it listens, as its log says. Nobody reads its output, which is returned.
    pub async fn unread(mut command: Command, fixture: &Fixture) -> (Process, ChildStdout) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let addr = || listening_on(fixture.log().rsplit_once('\n')?.0);
        until("the process listens", async || addr().is_some()).await;
        let process = Process { child, api: Api::at(addr().unwrap()), last_lines: Arc::default() };
        process.until_ready().await;
        (process, output)
    }

    /// Waits until it is ready. One that ends instead fails the claim with the end of its log.
    pub async fn until_ready(&self) {
        until("the process is ready", async || {
            let ready = self.is_ready().await;
            assert!(
                ready || !self.has_ended(),
                "the process ended before it was ready: {}",
                self.end_of_log()
            );
            ready
        })
        .await;
    }

    /// Whether it has ended by itself: it is a zombie until somebody waits for it.
    fn has_ended(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        status.is_ok_and(|status| status.contains("State:\tZ"))
    }

    fn end_of_log(&self) -> String {
        self.last_lines.lock().unwrap().iter().map(|line| format!("\n{line}")).collect()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits until it has ended by itself; its exit code.
    pub async fn ended(mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed() < DEADLINE, "timed out waiting until the process ends");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGKILL: no destructor runs, nothing is flushed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _ended_before = self.child.wait();
    }
}

/// Runs a process that ends by itself. One that runs for longer than a minute is killed, and the claim fails.
pub async fn output_of(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let Ok(ended) = tokio::time::timeout(DEADLINE, ended).await else {
        Command::new("kill").args(["-s", "KILL", &id]).status().unwrap();
        panic!("the process still runs after {} s, but it should end by itself", DEADLINE.as_secs());
    };
    ended.unwrap()
}

/// Sends a signal to a process.
pub(crate) fn signal(process: &Child, name: &str) {
    let pid = process.id().to_string();
    assert!(
        Command::new("kill").args(["-s", name, &pid]).status().unwrap().success(),
        "kill -s {name} {pid} failed"
    );
}

/// The address in a line of the log, or in all of it.
fn listening_on(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listening on http://")?;
    rest.lines().next()?.trim().parse().ok()
}
