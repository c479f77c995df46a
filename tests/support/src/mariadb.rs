//! MariaDB, started for a test in a temporary folder.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use tempfile::TempDir;

use crate::tools;
use crate::wait::DEADLINE;

/// Whether MariaDB is installed. Where it is not, the claims on it are left out with a message, which in CI is a failure.
pub fn mariadb() -> Option<()> {
    let version = Command::new("mariadbd").arg("--version").stdout(Stdio::null()).status();
    if version.is_ok() {
        return Some(());
    }
    tools::leave_out("the claims on MariaDB: mariadbd is not installed (apt-get install mariadb-server)");
    None
}

/// A MariaDB server of its own, killed when dropped or when this process ends.
pub struct MariaDb {
    /// Its URL, without a schema.
    pub url: String,
    /// The process.
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

    /// Runs statements on the server, as its root.
    pub async fn sql(&self, statements: &[&str]) {
        let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
        for statement in statements {
            sqlx::query(AssertSqlSafe(*statement)).execute(&mut connection).await.unwrap();
        }
    }

    /// Sends a signal to the process.
    pub fn signal(&self, name: &str) {
        crate::process::signal(&self.child, name);
    }

    fn until_up(&self) {
        let start = std::time::Instant::now();
        let address = self.url.rsplit('@').next().unwrap();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(start.elapsed() < DEADLINE, "timed out waiting until mariadbd listens on {address}");
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
