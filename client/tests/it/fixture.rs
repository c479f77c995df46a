//! The client's program, run against a server in this process.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::{Server, field};

/// A fixture with a running server, and the client in its folder. It is not async, as the client's tests are not.
pub struct Fixture {
    fixture: support::Fixture,
    server: Server,
}

impl Fixture {
    /// Starts a server on the shipped package, whose history are the departments and jobs.
    pub fn start() -> Fixture {
        Fixture::start_with(&[])
    }

    /// The same with more arguments.
    pub fn start_with(arguments: &[&str]) -> Fixture {
        let fixture = support::Fixture::on_sqlite();
        fixture.shipped_package(&["departments.csv", "jobs.csv"]);
        Fixture::on(fixture, arguments)
    }

    /// Starts a server on one table, `things`, whose files have a header.
    pub fn with_header() -> Fixture {
        Fixture::of(&json!({
            "name": "things", "path": "things.csv", "dialect": { "header": true, "delimiter": ";" },
            "schema": {
                "fields": [{ "name": "id", "type": "integer" }, { "name": "name", "type": "string" }],
                "primaryKey": "id",
            },
        }))
    }

    /// Starts a server on one table, `words`, of which only the key is required.
    pub fn words() -> Fixture {
        Fixture::words_where_null_is(&[""])
    }

    /// The same, but `NA` is null in its files too.
    pub fn words_or_na() -> Fixture {
        Fixture::words_where_null_is(&["", "NA"])
    }

    fn words_where_null_is(missing_values: &[&str]) -> Fixture {
        Fixture::of(&json!({
            "name": "words", "path": "words.csv", "dialect": { "header": false },
            "schema": {
                "fields": [field("word", "string"), field("note", "string"), field("count", "integer")],
                "primaryKey": "word", "missingValues": missing_values,
            },
        }))
    }

    /// Starts a server on one table, `words`, whose history is in two files with a header each, of 3 rows together.
    pub fn words_in_two_files() -> Fixture {
        let fixture = support::Fixture::on_sqlite();
        fixture.package(&json!({ "resources": [{
            "name": "words", "path": ["one.csv", "two.csv"],
            "schema": { "fields": [field("word", "string"), field("count", "integer")], "primaryKey": "word" },
        }] }));
        fixture.write("one.csv", "word,count\na,1\nb,x\n").write("two.csv", "word,count\nc,3\n");
        Fixture::on(fixture, &[])
    }

    fn of(resource: &Value) -> Fixture {
        let fixture = support::Fixture::on_sqlite();
        fixture.package(&json!({ "resources": [resource] }));
        Fixture::on(fixture, &[])
    }

    fn on(fixture: support::Fixture, arguments: &[&str]) -> Fixture {
        let server = fixture.start_with(arguments);
        let fixture = Fixture { fixture, server };
        // The client waits for a server that is not ready yet.
        let ran = fixture.client(&["rejected", "no_table"]);
        assert!(ran.err.contains("there is no table"), "the server is not ready in time: {ran:?}");
        fixture
    }

    /// Stops the server and starts another one on the same folder.
    pub fn restart(self) -> Fixture {
        self.server.stop_and_wait().unwrap();
        Fixture::on(self.fixture, &[])
    }

    /// A file in the fixture's folder.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder().join(name);
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
        command.current_dir(self.folder()).env("API_URL", self.server.url("")).stdin(Stdio::null());
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

    /// Sends a request as another client does; returns the answer's body.
    pub fn http(&self, method: &str, path: &str, body: &str) -> String {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            self.addr()
        );
        let answer = support::exchange(self.addr(), [head.as_bytes(), body.as_bytes()].concat().as_slice());
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Runs a statement on the database, as another program does.
    pub fn sql(&self, statement: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.fixture.sql(&[statement]));
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// The folder that the client runs in.
    pub fn folder(&self) -> &Path {
        self.fixture.folder()
    }

    /// Runs the client.
    pub fn run(&self, command: &mut Command) -> Ran {
        Ran::of(command.output().unwrap())
    }

    /// The client's log of its last run.
    pub fn log(&self) -> String {
        let logs = fs::read_dir(self.folder().join("var/logs")).unwrap();
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

/// Rows of employees that are all valid.
pub fn employees(ids: std::ops::RangeInclusive<u32>) -> String {
    ids.map(|id| format!("{id},Ada,2021-01-01T00:00:00Z,1,1\r\n")).collect()
}
