//! A data package and a database in a temporary folder, on which servers are started.

use std::fs;
use std::path::{Path, PathBuf};

use api::{App, Config};
use clap::Parser;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::wait::DEADLINE;
use crate::{Engine, Server, engines};

/// A folder with a data package and a database, on which servers can be started.
pub struct Fixture {
    /// The engine of the database.
    pub engine: Engine,
    /// The database's URL.
    pub database_url: String,
    folder: TempDir,
}

/// A field of a schema.
pub fn field(name: &str, ty: &str) -> Value {
    json!({ "name": name, "type": ty })
}

/// The name of a backup's manifest.
pub fn manifest_name(backup: &str) -> String {
    backup.replace(".avro", ".json")
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

impl Fixture {
    /// A new folder and database; `None` where the engine is not installed.
    pub async fn new(engine: Engine) -> Option<Fixture> {
        match engine {
            Engine::Sqlite => Some(Fixture::on_sqlite()),
            Engine::MySql => Some(Fixture::at(engine, &engines::new_schema().await?)),
        }
    }

    /// A new folder with a SQLite database.
    pub fn on_sqlite() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let database_url = format!("sqlite://{}/app.db", folder.path().display());
        Fixture { engine: Engine::Sqlite, database_url, folder }
    }

    /// A new folder, and a database that is there.
    pub fn at(engine: Engine, database_url: &str) -> Fixture {
        Fixture { engine, database_url: database_url.to_owned(), folder: tempfile::tempdir().unwrap() }
    }

    /// The folder that all others are in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the data package.
    pub fn data(&self) -> PathBuf {
        let data = self.folder.path().join("data");
        fs::create_dir_all(&data).unwrap();
        data
    }

    /// Copies the shipped data package, with the history files named.
    pub fn shipped_package(&self, files: &[&str]) -> &Self {
        let from = repository().join("data");
        for file in files.iter().chain(&["datapackage.json"]) {
            fs::copy(from.join(file), self.data().join(file)).unwrap();
        }
        self
    }

    /// Writes a data package.
    pub fn package(&self, descriptor: &Value) -> &Self {
        self.write("datapackage.json", descriptor.to_string())
    }

    /// Writes a data package of one table, whose file is `{name}.csv`.
    pub fn one_table(&self, name: &str, schema: &Value) -> &Self {
        let path = format!("{name}.csv");
        self.package(&json!({ "resources": [{ "name": name, "path": path, "schema": schema }] }))
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

    /// Runs statements on the database, as another program does.
    pub async fn sql(&self, statements: &[&str]) {
        for statement in statements {
            self.try_sql(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// Runs a statement on the database, which may refuse it.
    ///
    /// # Errors
    ///
    /// What the database answers.
    pub async fn try_sql(&self, statement: &str) -> Result<(), sqlx::Error> {
        engines::execute(self.engine, &self.database_url, statement).await
    }

    /// The files of staging tables, which SQLite has next to the database during a restore.
    pub fn staging_files(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("-staging-")).collect()
    }

    /// Deletes the database; no server may run on it.
    pub async fn drop_database(&self) {
        match self.engine {
            Engine::Sqlite => {
                for suffix in ["", "-wal", "-shm"] {
                    let _is_missing = fs::remove_file(self.folder.path().join(format!("app.db{suffix}")));
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

    /// Starts a server with more arguments, without waiting until it is ready.
    pub fn start_with(&self, more: &[&str]) -> Server {
        Server::start(self.config(more))
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
            Ok(Ok(())) | Err(_) => panic!("the server started, but it should refuse to"),
        }
    }

    /// Puts a file among the backups of a table, as another program would.
    pub fn put_backup(&self, table: &str, name: &str, content: &[u8]) {
        fs::create_dir_all(self.backups().join(table)).unwrap();
        fs::write(self.backup_file(table, name), content).unwrap();
    }

    /// The file of a backup's manifest.
    pub fn manifest_file(&self, table: &str, name: &str) -> PathBuf {
        self.backup_file(table, &manifest_name(name))
    }

    /// A backup's file.
    pub fn backup_file(&self, table: &str, name: &str) -> PathBuf {
        self.backups().join(table).join(name)
    }
}
