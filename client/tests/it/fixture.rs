//! A server in this process, and the client's program run against it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use api::{App, Config, Stopper};
use clap::Parser;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tempfile::TempDir;

/// A folder with the mission's data package, a server on it, and the client.
pub struct Fixture {
    folder: TempDir,
    url: String,
    stopper: Stopper,
    thread: std::thread::JoinHandle<()>,
}

impl Fixture {
    /// Starts a server whose history are the departments and jobs.
    pub fn start() -> Fixture {
        Fixture::start_with(&[])
    }

    /// The same with more arguments.
    pub fn start_with(arguments: &[&str]) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        for file in ["datapackage.json", "departments.csv", "jobs.csv"] {
            fs::copy(repository().join("data").join(file), data.join(file)).unwrap();
        }
        Fixture::on(folder, arguments)
    }

    /// Starts a server on one table, `things`, whose files have a header.
    pub fn with_header() -> Fixture {
        Fixture::of(
            r#"{"name": "things", "path": "things.csv", "dialect": {"header": true, "delimiter": ";"},
            "schema": {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}],
                       "primaryKey": "id"}}"#,
        )
    }

    /// Starts a server on one table, `words`, of which only the key is required.
    pub fn words() -> Fixture {
        Fixture::of(
            r#"{"name": "words", "path": "words.csv", "dialect": {"header": false},
            "schema": {"fields": [{"name": "word", "type": "string"}, {"name": "note", "type": "string"},
                                  {"name": "count", "type": "integer"}], "primaryKey": "word"}}"#,
        )
    }

    /// The same, but `NA` is null in its files too.
    pub fn words_or_na() -> Fixture {
        Fixture::of(
            r#"{"name": "words", "path": "words.csv", "dialect": {"header": false},
            "schema": {"fields": [{"name": "word", "type": "string"}, {"name": "note", "type": "string"},
                                  {"name": "count", "type": "integer"}],
                       "primaryKey": "word", "missingValues": ["", "NA"]}}"#,
        )
    }

    fn of(resource: &str) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let package = format!("{{\"resources\": [{resource}]}}");
        fs::write(folder.path().join("data/datapackage.json"), package).unwrap();
        Fixture::on(folder, &[])
    }

    fn on(folder: TempDir, more: &[&str]) -> Fixture {
        let database = format!("sqlite://{}/app.db", folder.path().display());
        let package = folder.path().join("data/datapackage.json");
        let folder_of = |name: &str| folder.path().join(name).display().to_string();
        let arguments = ["api", "--bind", "127.0.0.1:0", "--database-url", &database]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("--data-package={}", package.display())])
            .chain([format!("--deliverables-dir={}", folder_of("deliverables"))])
            .chain([format!("--backup-url=file://{}", folder_of("backups"))])
            .chain(more.iter().map(|argument| (*argument).to_owned()));
        let config = Config::parse_from(arguments);
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let app = App::bind(config).await.unwrap();
                sender.send((app.addr(), app.stopper())).unwrap();
                app.run().await.unwrap();
            });
        });
        let (addr, stopper) = receiver.recv().unwrap();
        let fixture = Fixture { folder, url: format!("http://{addr}"), stopper, thread };
        // The client waits for a server that is not ready yet.
        let ran = fixture.client(&["rejected", "no_table"]);
        assert!(ran.err.contains("there is no table"), "the server is not ready in time: {ran:?}");
        fixture
    }

    /// Stops the server and starts another one on the same folder.
    pub fn restart(self) -> Fixture {
        self.stopper.stop();
        self.thread.join().unwrap();
        Fixture::on(self.folder, &[])
    }

    /// A file in the fixture's folder.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Runs the client.
    pub fn client(&self, arguments: &[&str]) -> Ran {
        self.run(self.command().args(arguments))
    }

    /// The client's program, in the fixture's folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
        command.current_dir(self.folder.path()).env("API_URL", &self.url).stdin(Stdio::null());
        command
    }

    /// Sends a file and returns the JSON that the client prints.
    #[track_caller]
    pub fn send(&self, table: &str, file: &Path, code: i32) -> Value {
        let ran = self.client(&["--json", "add-new-records", table, file.to_str().unwrap()]);
        serde_json::from_str(&ran.expect(code)).unwrap()
    }

    /// Sends rows of JSON as another client does; returns the answer's body.
    pub fn post_json(&self, table: &str, rows: &Value) -> String {
        self.http("POST", &format!("/new_records/{table}"), &rows.to_string())
    }

    /// Sends a request of another client; returns the answer's body.
    pub fn http(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.addr()).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            self.addr()
        );
        stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Runs a statement on the database, beside the server.
    pub fn sql(&self, statement: &str) {
        let url = format!("sqlite://{}/app.db", self.folder.path().display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut database).await.unwrap();
        });
    }

    /// Where the server is, without its scheme.
    pub fn addr(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// The folder that the client runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the client.
    pub fn run(&self, command: &mut Command) -> Ran {
        Ran::of(command.output().unwrap())
    }

    /// The client's log of its last run.
    pub fn log(&self) -> String {
        let logs = fs::read_dir(self.folder.path().join("var/logs")).unwrap();
        let newest = logs.map(|entry| entry.unwrap().path()).max().unwrap();
        fs::read_to_string(newest).unwrap()
    }
}

/// How the client ended, and what it printed.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts an exit code, and returns what was printed.
    #[track_caller]
    pub fn expect(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.out
    }
}

pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Rows of employees that are all valid.
pub fn employees(ids: std::ops::RangeInclusive<u32>) -> String {
    ids.map(|id| format!("{id},Ada,2021-01-01T00:00:00Z,1,1\r\n")).collect()
}
