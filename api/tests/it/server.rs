//! A server of its own for each test: on a free port, in a temporary folder.

use std::fs;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use api::{App, Config, Stopper};
use clap::Parser;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::engines::{self, Engine};

/// How long a test waits for what must happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// A folder with a data package and a database, on which servers can be started.
pub struct Fixture {
    pub engine: Engine,
    /// The database's URL.
    pub database_url: String,
    folder: TempDir,
}

/// Runs a claim on an engine.
pub fn run<F: Future<Output = ()>>(engine: Engine, claim: impl FnOnce(Fixture) -> F) {
    in_folder(async |folder| {
        let database_url = match engine {
            Engine::Sqlite => Some(format!("sqlite://{}/app.db", folder.path().display())),
            Engine::MySql => engines::new_schema().await,
        };
        // Where there is no server, `engines` has said so.
        if let Some(database_url) = database_url {
            claim(Fixture { engine, database_url, folder }).await;
        }
    });
}

/// Runs a claim on a server of its own.
pub fn run_at<F: Future<Output = ()>>(database_url: &str, claim: impl FnOnce(Fixture) -> F) {
    let database_url = database_url.to_owned();
    in_folder(async |folder| claim(Fixture { engine: Engine::MySql, database_url, folder }).await);
}

fn in_folder(run: impl AsyncFnOnce(TempDir)) {
    // reqwest asks for one even where nothing is encrypted; only the first call installs it.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(tempfile::tempdir().unwrap()));
}

/// Prints a line past the harness, which keeps what a test that passes prints.
pub fn tell(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Waits for a condition.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < DEADLINE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Fixture {
    /// The folder of the data package.
    pub fn data(&self) -> PathBuf {
        let data = self.folder.path().join("data");
        fs::create_dir_all(&data).unwrap();
        data
    }

    /// Copies the mission's data package, with the history files named.
    pub fn mission(&self, files: &[&str]) -> &Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
        for file in files.iter().chain(&["datapackage.json"]) {
            fs::copy(from.join(file), self.data().join(file)).unwrap();
        }
        self
    }

    /// Writes a file of the data package.
    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.data().join(file), content).unwrap();
        self
    }

    /// The folder of the log files.
    pub fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    /// The text of all log files, oldest first; nothing while there is no folder.
    pub fn log(&self) -> String {
        let files = fs::read_dir(self.logs()).into_iter().flatten();
        let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    /// The folder of the reports' files.
    pub fn deliverables(&self) -> PathBuf {
        self.folder.path().join("deliverables")
    }

    /// The folder of the backups.
    pub fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    /// Runs statements on the database, beside the server.
    pub async fn sql(&self, statements: &[&str]) {
        for statement in statements {
            self.try_sql(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// Runs a statement on the database, which may refuse it.
    pub async fn try_sql(&self, statement: &str) -> Result<(), sqlx::Error> {
        engines::execute(self.engine, &self.database_url, statement).await
    }

    /// What lies beside the embedded database for the time of a restore.
    pub fn staging_files(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("-staging-")).collect()
    }

    /// Throws the database away; no server may run on it.
    pub async fn drop_database(&self) {
        match self.engine {
            Engine::Sqlite => {
                for suffix in ["", "-wal", "-shm"] {
                    let _not_there = fs::remove_file(self.folder.path().join(format!("app.db{suffix}")));
                }
            }
            Engine::MySql => engines::empty_schema(&self.database_url).await,
        }
    }

    /// The configuration, with more arguments.
    pub fn config(&self, more: &[&str]) -> Config {
        let package = self.data().join("datapackage.json");
        let logs = self.logs();
        let deliverables = self.deliverables();
        let backups = format!("file://{}", self.backups().display());
        let arguments = [
            "api",
            "--database-url",
            &self.database_url,
            "--data-package",
            package.to_str().unwrap(),
            "--log-dir",
            logs.to_str().unwrap(),
            "--deliverables-dir",
            deliverables.to_str().unwrap(),
        ];
        let unless_given = [["--bind", "127.0.0.1:0"], ["--backup-url", &backups]];
        let defaults = unless_given.iter().filter(|[name, _]| !more.contains(name)).flatten();
        Config::parse_from(arguments.iter().chain(defaults).chain(more))
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(&self) -> Server {
        let server = self.start_with(&[]);
        server.until_ready().await;
        server
    }

    /// Starts a server with more arguments, without waiting.
    pub fn start_with(&self, more: &[&str]) -> Server {
        let config = self.config(more);
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let app = App::bind(config).await?;
                sender.send((app.addr(), app.stopper())).unwrap();
                app.run().await
            })
        });
        let (addr, stopper) = receiver.recv().expect("the server binds");
        Server { addr, stopper, thread, http: Client::new() }
    }

    /// Why a server with this data package does not start, in one sentence.
    pub async fn refusal(&self) -> String {
        let app = match App::bind(self.config(&[])).await {
            Ok(app) => app,
            Err(error) => return format!("{error:#}"),
        };
        let tasks = tokio::task::LocalSet::new();
        match tokio::time::timeout(DEADLINE, tasks.run_until(app.run())).await {
            Ok(Err(error)) => format!("{error:#}"),
            Ok(Ok(())) | Err(_) => panic!("the server started"),
        }
    }
}

/// A running server.
pub struct Server {
    pub addr: SocketAddr,
    stopper: Stopper,
    thread: JoinHandle<anyhow::Result<()>>,
    http: Client,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts a problem document of a status and code, and returns its detail.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{code}"), "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id").unwrap());
        problem["detail"].as_str().unwrap().to_owned()
    }

    /// Row, line and codes of each reject of a batch's answer.
    pub fn rejects(&self) -> Value {
        let codes = |reject: &Value| -> Value {
            reject["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect()
        };
        let rejects = self.json()["rejects"].clone();
        rejects.as_array().unwrap().iter().map(|r| json!([r["row"], r["line"], codes(r)])).collect()
    }

    /// Asserts a status, and returns the JSON.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub async fn until_ready(&self) {
        until("the server is ready", async || self.get("/health/ready").await.status == 200).await;
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await
    }

    /// A request of any method.
    pub fn call(&self, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), self.url(path))
    }

    /// A `POST /new_records/{table}`, to which headers and query can be added.
    pub fn request(&self, table: &str, media: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.http.post(self.url(&format!("/new_records/{table}"))).header("content-type", media).body(body)
    }

    pub async fn post(&self, table: &str, media: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(table, media, body)).await
    }

    pub async fn post_csv(&self, table: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.post(table, "text/csv", body).await
    }

    pub async fn post_json(&self, table: &str, rows: Value) -> Answer {
        self.post(table, "application/json", rows.to_string()).await
    }

    /// Rows that batches of a table have inserted, by the ledger; 0 while there is no answer.
    pub async fn count(&self, table: &str) -> u64 {
        let batches = self.get(&format!("/batches?table={table}&limit=1000")).await;
        if batches.status != 200 {
            return 0;
        }
        let batches = batches.json();
        batches.as_array().unwrap().iter().map(|batch| batch["inserted"].as_u64().unwrap()).sum()
    }

    /// All items of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut answer = self.get(&format!("{path}{separator}limit=1000")).await;
        let mut items = Vec::new();
        loop {
            items.extend(answer.expect(200).as_array().unwrap().clone());
            let Some(link) = answer.header("link") else { return items };
            let next = link.strip_prefix('<').unwrap().split_once('>').unwrap().0;
            answer = self.get(next).await;
        }
    }

    /// Stops as SIGTERM does, and returns how the server ended.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stopper.stop();
        tokio::task::spawn_blocking(|| self.thread.join().unwrap()).await.unwrap()
    }
}
