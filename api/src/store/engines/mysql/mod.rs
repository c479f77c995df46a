//! MariaDB and MySQL, and what speaks their protocol: a pool of connections.

mod codec;
mod dedicated;
mod dialect;
mod errors;
mod fit;
mod inspect;
mod packet;
mod transaction;
mod upgrade;
mod widen;

use std::io::ErrorKind;
use std::str::FromStr;

use dictionary::{Physical, Value};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPool, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, Executor, SqlStr};

pub(super) use codec::bind;
use dialect::Flavor;
pub(in crate::store) use dialect::mariadb_ddl;
pub(super) use errors::classify;
pub(super) use sqlx::mysql::MySqlArguments as Arguments;
pub use transaction::Tx;

use crate::store::error::{Error, OpenError, Result, refused};
use crate::store::row::{ReadLimit, Row};
use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::Dialect;
use crate::store::timeouts::{ACQUIRE_TIMEOUT, PING_TIMEOUT, STATEMENT_TIMEOUT, within};

/// Connections at the most: more than the cores of a small server bring nothing, but readers must not wait
/// for writers.
const CONNECTIONS: u32 = 12;

/// Strict, so that nothing is clipped or made up; in UTC; and seeing at once what others commit. A lock of
/// rows is waited for as long as a sender would wait, one of a table by a change of the table for a minute.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,\
     ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
     innodb_lock_wait_timeout = 10, lock_wait_timeout = 60";

/// Waits until no other process changes the tables. The lock ends with its connection.
const LOCK: &str = "DO GET_LOCK(CONCAT(LEFT(DATABASE(), 50), '.upgrade'), 3600)";

/// A schema of a server with its connections.
pub(in crate::store) struct Engine {
    pool: MySqlPool,
    flavor: Flavor,
    dialect: &'static Dialect,
    options: MySqlConnectOptions,
}

impl Engine {
    /// Connects once, which shows whether the settings are right. `body_limit` is in bytes.
    pub(super) async fn open(url: &str, body_limit: u64) -> Result<Engine, OpenError> {
        // As many statements stay prepared as there are shapes: closing one stalls the connection, since
        // nothing answers it and Nagle's algorithm waits.
        let options = MySqlConnectOptions::from_str(url)?
            .statement_cache_capacity(2000)
            .pipes_as_concat(false)
            .timezone(None);
        let pool = MySqlPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(set_session(connection)))
            .connect_lazy_with(options.clone());
        // Not through the pool, which would try again and again and then only say that it timed out.
        let mut connection = sqlx::ConnectOptions::connect(&options).await.map_err(connecting)?;
        let (version, packet): (String, i64) =
            sqlx::query_as("SELECT VERSION(), CAST(@@max_allowed_packet AS SIGNED)")
                .fetch_one(&mut connection)
                .await?;
        packet::check(packet.unsigned_abs(), body_limit).map_err(OpenError::Refused)?;
        let flavor = if version.contains("MariaDB") { Flavor::MariaDb } else { Flavor::MySql };
        let dialect = dialect_of(&mut connection, flavor).await?;
        sqlx::Connection::close(connection).await?;
        Ok(Engine { pool, flavor, dialect, options })
    }

    pub(super) fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        let mut tx = Tx::pooled(self.pool.acquire().await?);
        tx.begin().await?;
        Ok(tx)
    }

    /// It also writes: other transactions may write at the same time.
    pub(super) async fn begin_judging(&self) -> Result<Tx> {
        self.begin().await
    }

    #[expect(clippy::unused_async, reason = "the other engine needs it")]
    pub(super) async fn begin_writing(&self, judging: Tx) -> Result<Tx> {
        Ok(judging)
    }

    pub(super) async fn begin_reading(&self) -> Result<Tx> {
        let mut tx = Tx::pooled(self.pool.acquire().await?);
        tx.begin_reading().await?;
        Ok(tx)
    }

    pub(super) async fn read(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        types: &[Physical],
        limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        let mut connection = self.pool.acquire().await?;
        let timeout = limit.timeout;
        let fetch = codec::fetch(&mut *connection, sql, arguments.iter(), types, limit);
        let rows = within(timeout, fetch).await;
        // The rest of a page that is full need not be received.
        if limit.full || matches!(rows, Err(Error::Away(_))) {
            drop(connection.detach());
        }
        rows
    }

    /// Asks for what every batch needs, and changes nothing: that the ledger can be read and written.
    pub(super) async fn ping(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        let query = connection.execute("INSERT INTO `_batches` SELECT * FROM `_batches` WHERE FALSE");
        let answer = within(PING_TIMEOUT, query).await.map(drop);
        if matches!(answer, Err(Error::Away(_))) {
            drop(connection.detach());
        }
        answer
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    /// Schemas are made by others.
    #[expect(clippy::unused_self, reason = "the other engine needs it")]
    pub(super) fn is_new(&self) -> bool {
        false
    }

    pub(super) fn place(&self) -> String {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        format!("{host}:{port}/{}", self.options.get_database().unwrap_or_default())
    }

    pub(super) async fn create(&self, table: &TableDefinition) -> Result<()> {
        let create = AssertSqlSafe(self.flavor.create(table));
        within(STATEMENT_TIMEOUT, sqlx::query(create).execute(&self.pool)).await?;
        Ok(())
    }

    pub(super) fn sql_type(&self, column: &ColumnDefinition) -> String {
        self.flavor.sql_type(column)
    }
}

/// What has to do with TLS does not pass by itself, in whichever form the driver reports it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the errors are those of another crate, and many")]
fn connecting(error: sqlx::Error) -> OpenError {
    let why = match error {
        sqlx::Error::Tls(why) => why.to_string(),
        sqlx::Error::Io(why) if why.kind() == ErrorKind::InvalidData => why.to_string(),
        // The URL has been read by now. Without TLS, the driver has no way to send a password that the server
        // keeps by caching_sha2_password.
        sqlx::Error::Configuration(_) => "the account's login needs it".to_owned(),
        other => return other.into(),
    };
    refused(&format!("no connection to the database by TLS: {why}; see ssl-mode and ssl-ca in DATABASE_URL"))
}

/// The dialect of a server. Some builds of MariaDB have no variable `wsrep_on`.
async fn dialect_of(
    connection: &mut MySqlConnection,
    flavor: Flavor,
) -> Result<&'static Dialect, sqlx::Error> {
    let wsrep = connection.fetch_optional("SHOW VARIABLES LIKE 'wsrep_on'").await?;
    Ok(match (flavor, wsrep) {
        (Flavor::MariaDb, Some(_)) => &dialect::MARIADB,
        (Flavor::MariaDb, None) | (Flavor::MySql, _) => &dialect::COMMON,
    })
}

async fn set_session(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    connection.execute(SESSION).await?;
    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
    Ok(())
}
