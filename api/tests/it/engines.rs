//! The engines that the conformance suite runs on: SQLite always, and one server that speaks MySQL's
//! protocol. That is MariaDB, started here in a temporary folder, or the server at `TEST_MYSQL_URL` (whose
//! account must be allowed to make and drop schemas).

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, SqliteConnection};
use tempfile::TempDir;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    MySql,
}

/// Makes a test for each engine of each `async fn(Fixture)` named.
macro_rules! conformance {
    ($($claim:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $claim() {
                $crate::server::run($crate::engines::Engine::Sqlite, super::$claim);
            })+
        }
        mod mysql {
            $(#[test]
            fn $claim() {
                $crate::server::run($crate::engines::Engine::MySql, super::$claim);
            })+
        }
    };
}

/// Makes a test on SQLite of each `async fn(Fixture)` named, for what no engine has a part in.
macro_rules! embedded {
    ($($claim:ident),+ $(,)?) => {
        mod embedded {
            $(#[test]
            fn $claim() {
                $crate::server::run($crate::engines::Engine::Sqlite, super::$claim);
            })+
        }
    };
}

/// The URL of the server of MySQL's protocol, without a schema; `None` where there is none.
pub fn server_url() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| std::env::var("TEST_MYSQL_URL").ok().or_else(own_mariadb)).as_deref()
}

/// MariaDB for this process, on a free port.
fn own_mariadb() -> Option<String> {
    static SERVER: OnceLock<MariaDb> = OnceLock::new();
    mariadb()?;
    Some(SERVER.get_or_init(|| MariaDb::start(&[])).url.clone())
}

/// Says so where MariaDB is not installed, which in CI is a failure.
pub fn mariadb() -> Option<()> {
    let version = Command::new("mariadbd").arg("--version").stdout(Stdio::null()).status();
    if version.is_ok() {
        return Some(());
    }
    let missing = "the claims on MariaDB: mariadbd is not installed (apt-get install mariadb-server)";
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{missing}");
    eprintln!("LEFT OUT: {missing}");
    None
}

/// A MariaDB server of its own, killed when dropped or when this process ends.
pub struct MariaDb {
    pub url: String,
    pub child: Child,
    folder: TempDir,
}

impl MariaDb {
    /// Makes a data folder and starts a server on it.
    pub fn start(options: &[&str]) -> MariaDb {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            // A server that starts deletes the temporary tables of others that share its folder for them.
            .arg(format!("--tmpdir={}", folder.path().display()))
            .arg(format!("--datadir={}", data.display()))
            .args(as_root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "mariadb-install-db failed");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = launch(folder.path(), port, options);
        let server = MariaDb { url: format!("mysql://root@127.0.0.1:{port}"), child, folder };
        server.until_up();
        server
    }

    /// Starts it again on the same data and port, after it was killed.
    pub fn restart(&mut self, options: &[&str]) {
        let port = self.url.rsplit(':').next().unwrap().parse().unwrap();
        self.child = launch(self.folder.path(), port, options);
        self.until_up();
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn until_up(&self) {
        let start = std::time::Instant::now();
        let address = self.url.rsplit('@').next().unwrap();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(start.elapsed().as_secs() < 60, "mariadbd is not up in time");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _ended_before = self.child.wait();
    }
}

fn launch(folder: &Path, port: u16, options: &[&str]) -> Child {
    // The server ends with the thread that started it, and so with this process however it ends.
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "mariadbd"])
        .args([
            "--no-defaults",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--innodb-use-native-aio=0",
        ])
        .args(["--innodb-buffer-pool-size=256M", "--innodb-log-file-size=64M", "--max-connections=400"])
        .arg(format!("--port={port}"))
        .arg(format!("--datadir={}", folder.join("data").display()))
        .arg(format!("--tmpdir={}", folder.display()))
        .arg(format!("--socket={}", folder.join("socket").display()))
        .arg(format!("--log-error={}", folder.join("error.log").display()))
        .args(as_root())
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        sender.send(command.spawn().unwrap()).unwrap();
        loop {
            std::thread::park();
        }
    });
    receiver.recv().unwrap()
}

/// The server refuses to run as root unless it is told to.
fn as_root() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap();
    (id.stdout == b"0\n").then_some("--user=root")
}

/// A new, empty schema; its URL.
pub async fn new_schema() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let url = server_url()?;
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    recreate(&mut connection, &name).await;
    Some(match url.split_once('?') {
        Some((url, options)) => format!("{}/{name}?{options}", url.trim_end_matches('/')),
        None => format!("{}/{name}", url.trim_end_matches('/')),
    })
}

/// Empties a schema.
pub async fn empty_schema(url: &str) {
    let server = server_url().unwrap();
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let mut connection = MySqlConnection::connect(server).await.unwrap();
    recreate(&mut connection, name).await;
}

/// Runs a statement on a database.
pub async fn execute(engine: Engine, url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let sql = sqlx::raw_sql(AssertSqlSafe(statement));
    match engine {
        Engine::Sqlite => sql.execute(&mut SqliteConnection::connect(url).await?).await.map(drop),
        Engine::MySql => sql.execute(&mut MySqlConnection::connect(url).await?).await.map(drop),
    }
}

async fn recreate(connection: &mut MySqlConnection, name: &str) {
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        let statement = AssertSqlSafe(format!("{statement} {name}"));
        sqlx::query(statement).execute(&mut *connection).await.unwrap();
    }
}

/// Written past the harness, which keeps what a test that passes prints: each run says what it ran on.
#[test]
fn the_engines_that_this_run_covers_are_listed() {
    let version = async {
        let mut connection = MySqlConnection::connect(server_url()?).await.unwrap();
        Some(sqlx::query_scalar::<_, String>("SELECT VERSION()").fetch_one(&mut connection).await.unwrap())
    };
    let version = tokio::runtime::Runtime::new().unwrap().block_on(version);
    let version = version.as_deref().unwrap_or("left out");
    writeln!(std::io::stdout(), "engine sqlite: embedded\nengine mysql: {version}").unwrap();
}
