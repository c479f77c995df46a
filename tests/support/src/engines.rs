//! The engines that the conformance suite runs on: SQLite always, and one server that speaks MySQL's
//! protocol. That is MariaDB, started here in a temporary folder, or the server at `TEST_MYSQL_URL` (whose
//! account must be allowed to make and drop schemas).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, SqliteConnection};

use crate::mariadb::{MariaDb, mariadb};

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file of the fixture's folder.
    Sqlite,
    /// MariaDB or MySQL, in a schema of its own.
    MySql,
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

/// A new, empty schema; its URL, or `None` where there is no server.
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

/// Deletes all tables of a schema.
pub(crate) async fn empty_schema(url: &str) {
    let server = server_url().unwrap();
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let mut connection = MySqlConnection::connect(server).await.unwrap();
    recreate(&mut connection, name).await;
}

/// Runs a statement on a database.
///
/// # Errors
///
/// What the database answers.
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
