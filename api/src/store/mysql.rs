//! MariaDB and MySQL, and what speaks their protocol: a pool of connections.

mod dialect;
mod inspect;
mod own;
mod packet;
mod upgrade;

use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};
use dictionary::{Physical, Value};
use futures_util::TryStreamExt;
use sqlx::error::DatabaseError;
use sqlx::mysql::{
    MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlExecutor, MySqlPool,
    MySqlPoolOptions, MySqlRow,
};
use sqlx::pool::PoolConnection;
use sqlx::{Arguments, AssertSqlSafe, Executor, MySql, Row as _, SqlStr};
use tokio::runtime::Handle;

pub(super) use dialect::Dialect;

use super::engine::{ReadLimit, Row};
use super::open::{OpenError, refused};
use super::patience::{SIGN, STATEMENT, TURN, within};
use super::schema::{Column, Relation};
use super::{Error, Result};

/// Connections at the most: more than the cores of a small server bring nothing, but readers must not wait
/// for writers.
const CONNECTIONS: u32 = 12;

/// Strict, so that nothing is clipped or made up; in UTC; and seeing at once what others commit. A lock is
/// waited for as long as a sender would wait.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,\
     ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
     innodb_lock_wait_timeout = 10";

/// A write transaction, or what goes on on a connection of its own. `Some` until it ends.
pub struct Tx(Option<Held>);

/// A connection that is held.
enum Held {
    Pooled(PoolConnection<MySql>),
    Own(MySqlConnection),
}

impl Held {
    fn connection(&mut self) -> &mut MySqlConnection {
        match self {
            Held::Pooled(connection) => connection,
            Held::Own(connection) => connection,
        }
    }

    /// Its state is unknown.
    fn cut(self) {
        match self {
            Held::Pooled(connection) => drop(connection.detach()),
            Held::Own(connection) => drop(connection),
        }
    }
}

pub(super) struct Engine {
    pool: MySqlPool,
    dialect: Dialect,
    options: MySqlConnectOptions,
}

impl Tx {
    /// Takes a step; a connection on which it took too long is cut.
    async fn step<T>(
        &mut self,
        limit: Duration,
        step: impl AsyncFnOnce(&mut MySqlConnection) -> Result<T>,
    ) -> Result<T> {
        let held = self.0.as_mut().ok_or_else(|| Error::Fault("the transaction has ended".to_owned()))?;
        let result = within(limit, step(held.connection())).await;
        if matches!(result, Err(Error::Away(_)))
            && let Some(held) = self.0.take()
        {
            held.cut();
        }
        result
    }

    pub(super) async fn execute(&mut self, sql: &SqlStr, arguments: MySqlArguments) -> Result<()> {
        self.step(STATEMENT, async |connection| {
            sqlx::query_with(sql.clone(), arguments).execute(connection).await?;
            Ok(())
        })
        .await
    }

    pub(super) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        columns: &[Physical],
        read_limit: &mut ReadLimit,
        limit: Duration,
    ) -> Result<Vec<Row>> {
        self.step(limit, async |connection| fetch(connection, sql, arguments, columns, read_limit).await)
            .await
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        let commit =
            async |connection: &mut MySqlConnection| Ok(connection.execute("COMMIT").await.map(drop)?);
        match self.step(STATEMENT, commit).await {
            Ok(()) => {
                self.close().await;
                Ok(())
            }
            // The server may have committed before the connection was lost.
            Err(Error::Away(why)) => Err(Error::Unknown(why)),
            Err(error) => Err(error),
        }
    }
}

/// Without a commit, nothing of it is stored.
impl Drop for Tx {
    fn drop(&mut self) {
        let Some(Held::Pooled(mut connection)) = self.0.take() else { return };
        let Ok(runtime) = Handle::try_current() else { return drop(connection.detach()) };
        runtime.spawn(async move {
            if within(SIGN, connection.execute("ROLLBACK")).await.is_err() {
                drop(connection.detach());
            }
        });
    }
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
            .acquire_timeout(TURN)
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
        let dialect = if version.contains("MariaDB") { Dialect::MariaDb } else { Dialect::MySql };
        sqlx::Connection::close(connection).await?;
        Ok(Engine { pool, dialect, options })
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        let mut tx = Tx(Some(Held::Pooled(self.pool.acquire().await?)));
        tx.begin().await?;
        Ok(tx)
    }

    pub(super) async fn begin_reading(&self) -> Result<Tx> {
        let mut tx = Tx(Some(Held::Pooled(self.pool.acquire().await?)));
        tx.begin_reading().await?;
        Ok(tx)
    }

    pub(super) async fn read(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        columns: &[Physical],
        read_limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        let mut connection = self.pool.acquire().await?;
        let rows =
            within(read_limit.patience, fetch(&mut *connection, sql, arguments.iter(), columns, read_limit))
                .await;
        // What it still sends of a page that is full need not be received.
        if read_limit.full || matches!(rows, Err(Error::Away(_))) {
            drop(connection.detach());
        }
        rows
    }

    /// Asks for what every batch needs, and changes nothing: that the ledger can be read and written.
    pub(super) async fn ping(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        let question = connection.execute("INSERT INTO `_batches` SELECT * FROM `_batches` WHERE FALSE");
        let answer = within(SIGN, question).await.map(drop);
        if matches!(answer, Err(Error::Away(_))) {
            drop(connection.detach());
        }
        answer
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether the database was missing before it was opened: schemas are made by others.
    #[expect(clippy::unused_self, reason = "the other engine needs it")]
    pub(super) fn is_new(&self) -> bool {
        false
    }

    /// Where the database is, without the account.
    pub(super) fn place(&self) -> String {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        format!("{host}:{port}/{}", self.options.get_database().unwrap_or_default())
    }

    /// Creates what is missing of a table and its indexes.
    pub(super) async fn create(&self, relation: &Relation) -> Result<()> {
        let create = AssertSqlSafe(self.dialect.create(relation));
        within(STATEMENT, sqlx::query(create).execute(&self.pool)).await?;
        Ok(())
    }

    pub(super) fn sql_type(&self, column: &Column) -> String {
        self.dialect.sql_type(column)
    }
}

/// What has to do with TLS does not pass by itself, in whichever form the driver reports it.
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

async fn set_session(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    connection.execute(SESSION).await?;
    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
    Ok(())
}

async fn fetch<'v>(
    executor: impl MySqlExecutor<'_>,
    sql: &SqlStr,
    arguments: impl Iterator<Item = &'v Value> + Send,
    columns: &[Physical],
    read_limit: &mut ReadLimit,
) -> Result<Vec<Row>> {
    let arguments = bind(arguments)?;
    let mut stream = sqlx::query_with(sql.clone(), arguments).fetch(executor);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        let row = columns.iter().enumerate().map(|(i, ty)| decode(&row, i, *ty)).collect::<Result<_>>()?;
        if !read_limit.takes(&row, rows.is_empty()) {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

pub(super) fn bind<'v>(values: impl Iterator<Item = &'v Value>) -> Result<MySqlArguments> {
    let mut arguments = MySqlArguments::default();
    let count = values.size_hint().0;
    arguments.reserve(count, count * 8);
    for value in values {
        let added = match value {
            Value::Null => arguments.add(Option::<i64>::None),
            Value::Integer(i) => arguments.add(i),
            Value::Number(n) => arguments.add(n),
            Value::Boolean(b) => arguments.add(b),
            Value::String(s) => arguments.add(s.as_str()),
            Value::Date(d) => arguments.add(d),
            Value::DateTime(t) => arguments.add(t),
        };
        added.map_err(|e| Error::Fault(e.to_string()))?;
    }
    Ok(arguments)
}

fn decode(row: &MySqlRow, i: usize, ty: Physical) -> Result<Value> {
    let value = match ty {
        Physical::Integer => row.try_get::<Option<i64>, _>(i)?.map(Value::Integer),
        Physical::Double => row.try_get::<Option<f64>, _>(i)?.map(Value::Number),
        Physical::Boolean => row.try_get::<Option<bool>, _>(i)?.map(Value::Boolean),
        Physical::Text => row.try_get::<Option<String>, _>(i)?.map(Value::String),
        Physical::Date => row.try_get::<Option<NaiveDate>, _>(i)?.map(Value::Date),
        Physical::DateTime => row.try_get::<Option<NaiveDateTime>, _>(i)?.map(Value::DateTime),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// The table in a text like "Table 'schema.table' doesn't exist", in whichever language the server speaks.
fn missing_table(message: &str) -> String {
    let quoted = message.split('\'').nth(1).unwrap_or_default();
    quoted.rsplit('.').next().unwrap_or_default().to_owned()
}

/// What a failure means. Codes: <https://mariadb.com/kb/en/mariadb-error-codes/>
pub(super) fn classify(error: &dyn DatabaseError) -> Option<Error> {
    let code = error.try_downcast_ref::<MySqlDatabaseError>()?.number();
    let away = |why: &str| Some(Error::Away(format!("{why} (error {code})")));
    match code {
        // Duplicate keys, missing or referenced rows; deadlock and lock wait.
        1022 | 1062 | 1169 | 1216 | 1217 | 1451 | 1452 | 1586 | 1205 | 1213 => Some(Error::Lost),
        1021 | 1041 | 1114 => Some(Error::Full),
        1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1698 | 1046 | 1049 => Some(Error::Denied(code)),
        1290 | 1792 | 1836 => Some(Error::ReadOnly),
        1146 => Some(Error::Missing(missing_table(error.message()))),
        1040 | 1203 | 1226 => away("it has too many connections"),
        1047 => away("its node is not part of the cluster"),
        1053 | 1077 | 1079 | 1927 | 3169 => away("it is shutting down"),
        _ => None,
    }
}
