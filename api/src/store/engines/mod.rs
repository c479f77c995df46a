//! The engines behind one interface: SQL text, values and types go in, rows come out.
//!
//! An engine is a folder and a line in the list below. It provides these items; what each function does is said at the
//! function of the same name in this file:
//!
//! - `Engine`, its connections (`mod.rs`): `open`, `dialect`, `begin`, `begin_judging`, `begin_writing`, `begin_reading`, `read`, `ping`, `version`, `is_new`,
//!   `place`, `close`, `create`, `sql_type`; on dedicated connections (`dedicated.rs`): `snapshot`, `staging`, `begin_on`,
//!   `references_to`; `inspect` (`inspect.rs`); `migrate` and `upgrade` (`upgrade.rs`, `widen.rs`); `fit` and
//!   `sql_to_fit` (`fit.rs`).
//! - `Tx`, a transaction (`transaction.rs`): `execute`, `fetch`, `execute_on_whole_table`, `begin_reading`,
//!   `check_references`, `commit`, `close`.
//! - `Arguments` and `bind`, which makes them of values (`codec.rs`); `classify`, what its error codes mean (`errors.rs`).
//! - In `dialect.rs`, its SQL.
//!
//! Outside of this folder, a new engine also needs its feature of sqlx in `Cargo.toml`, its URL in the documentation of
//! `DATABASE_URL` (`config.rs`, docs/settings.md), a section in docs/operation.md, and a database for the tests in
//! `tests/support/`.

mod mysql;
mod sqlite;

use dictionary::{Physical, Value};
pub(super) use mysql::mariadb_ddl;
use sqlx::SqlStr;
use sqlx::error::DatabaseError;

use super::change::Change;
use super::error::{Error, OpenError, Result, refused};
use super::existing::ExistingTable;
use super::row::{Page, ReadLimit, Row};
use super::schema::{ColumnDefinition, ForeignKey, TableDefinition};
use super::sql_text::Dialect;

/// Makes the enums with a variant for each engine, and the macros that call the right one.
macro_rules! engines {
    // A macro that makes macros gets the dollar sign as an argument.
    ($d:tt $($engine:ident in $module:ident for $($scheme:literal)|+,)+) => {
        /// An engine with its connections.
        pub(super) enum Engine {
            $($engine($module::Engine)),+
        }

        /// A transaction, or the work on a dedicated connection.
        pub enum Tx {
            $(#[doc(hidden)] $engine($module::Tx)),+
        }

        /// Arguments in the form that an engine takes.
        pub(super) enum Bound {
            $($engine($module::Arguments)),+
        }

        /// Binds values for the engine of a transaction without borrowing its connection, so that the next statement is
        /// bound while one runs.
        #[derive(Clone, Copy)]
        pub(super) enum Binder {
            $($engine),+
        }

        /// The schemes of the URLs that the engines take.
        const SCHEMES: &[&str] = &[$($($scheme),+),+];

        impl Engine {
            /// Opens the database at a URL. `body_limit` is the length of the longest row, in bytes.
            pub(super) async fn open(url: &str, body_limit: u64) -> Result<Engine, OpenError> {
                match url.split_once(':') {
                    $(Some(($($scheme)|+, _)) => {
                        Ok(Engine::$engine($module::Engine::open(url, body_limit).await?))
                    })+
                    _ => Err(unknown_scheme()),
                }
            }

            /// The transaction that writes what was judged in this one.
            pub(super) async fn begin_writing(&self, judging: Tx) -> Result<Tx> {
                match (self, judging) {
                    $((Engine::$engine(engine), Tx::$engine(tx)) => {
                        engine.begin_writing(tx).await.map(Tx::$engine)
                    })+
                    _ => Err(Error::Fault("a connection of another engine".to_owned())),
                }
            }

            /// Begins a write transaction on a dedicated connection in which nobody else changes a table.
            pub(super) async fn begin_on(&self, tx: &mut Tx, table: &str) -> Result<()> {
                match (self, tx) {
                    $((Engine::$engine(engine), Tx::$engine(tx)) => engine.begin_on(tx, table).await,)+
                    _ => Err(Error::Fault("a connection of another engine".to_owned())),
                }
            }
        }

        impl Binder {
            /// The binder of each engine, with the engine's name.
            pub(super) const ALL: &[(&str, Binder)] = &[$((stringify!($engine), Binder::$engine)),+];

            pub(super) fn bind<'v>(self, arguments: impl Iterator<Item = &'v Value>) -> Result<Bound> {
                match self {
                    $(Binder::$engine => $module::bind(arguments).map(Bound::$engine),)+
                }
            }
        }

        impl Tx {
            /// The binder of its engine.
            pub(super) fn binder(&self) -> Binder {
                match self {
                    $(Tx::$engine(_) => Binder::$engine,)+
                }
            }

            /// Runs a statement with arguments that its binder bound.
            pub(super) async fn execute(&mut self, sql: &SqlStr, arguments: Bound) -> Result<()> {
                match (self, arguments) {
                    $((Tx::$engine(tx), Bound::$engine(arguments)) => tx.execute(sql, arguments).await,)+
                    _ => Err(Error::Fault("arguments of another engine".to_owned())),
                }
            }
        }

        /// What an error of a database means, by the codes of the engine that it comes from.
        fn classify(error: &dyn DatabaseError) -> Option<Error> {
            None$(.or_else(|| $module::classify(error)))+
        }

        /// Calls the function of the engine that `$self` holds.
        macro_rules! dispatch {
            ($d type:ident, $d self:expr, $d it:ident => $d call:expr) => {
                match $d self {
                    $($d type::$engine($d it) => $d call,)+
                }
            };
        }

        /// Calls the function of the engine that `$self` holds, which returns a transaction of that engine.
        macro_rules! dispatch_to_tx {
            ($d self:expr, $d it:ident => $d call:expr) => {
                match $d self {
                    $(Engine::$engine($d it) => $d call.map(Tx::$engine),)+
                }
            };
        }
    };
}

engines! { $
    Sqlite in sqlite for "sqlite",
    MySql in mysql for "mysql" | "mariadb",
}

fn unknown_scheme() -> OpenError {
    let schemes: Vec<String> = SCHEMES.iter().map(|scheme| format!("{scheme}://")).collect();
    refused(&format!("DATABASE_URL must start with {}", schemes.join(" or ")))
}

impl Engine {
    /// How its SQL differs.
    pub(super) fn dialect(&self) -> &'static Dialect {
        dispatch!(Engine, self, engine => engine.dialect())
    }

    /// Begins a write transaction.
    pub(super) async fn begin(&self) -> Result<Tx> {
        dispatch_to_tx!(self, engine => engine.begin().await)
    }

    /// Begins a transaction in which batches are judged.
    pub(super) async fn begin_judging(&self) -> Result<Tx> {
        dispatch_to_tx!(self, engine => engine.begin_judging().await)
    }

    /// Begins to read one state of the database.
    pub(super) async fn begin_reading(&self) -> Result<Tx> {
        dispatch_to_tx!(self, engine => engine.begin_reading().await)
    }

    /// Reads on a dedicated connection that sees one state of the database.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        dispatch_to_tx!(self, engine => engine.snapshot().await)
    }

    /// A dedicated connection with tables that only it sees, outside of any transaction.
    pub(super) async fn staging(&self, tables: &[TableDefinition]) -> Result<Tx> {
        dispatch_to_tx!(self, engine => engine.staging(tables).await)
    }

    /// Reads outside of write transactions, without waiting for them.
    pub(super) async fn read(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        types: &[Physical],
    ) -> Result<Vec<Row>> {
        self.read_within(sql, arguments, types, &mut ReadLimit::all()).await
    }

    /// Reads outside of write transactions, without waiting for them. For a query that reads every row of a table, which
    /// takes longer.
    pub(super) async fn scan(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        types: &[Physical],
    ) -> Result<Vec<Row>> {
        self.read_within(sql, arguments, types, &mut ReadLimit::scan()).await
    }

    /// Reads a page. Asks for one row more than the page takes; what does not fit sets `full`. The limit is added here as the
    /// last argument of the query.
    pub(super) async fn page(
        &self,
        sql: &SqlStr,
        mut arguments: Vec<Value>,
        types: &[Physical],
        limit: u32,
    ) -> Result<Page<Row>> {
        arguments.push(Value::Integer(i64::from(limit) + 1));
        let read_limit = &mut ReadLimit::page(limit);
        let items = self.read_within(sql, &arguments, types, read_limit).await?;
        Ok(Page { items, more: read_limit.full })
    }

    async fn read_within(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        types: &[Physical],
        limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        dispatch!(Engine, self, engine => engine.read(sql, arguments, types, limit).await)
    }

    /// Whether the database answers and takes writes of this account.
    pub(super) async fn ping(&self) -> Result<()> {
        dispatch!(Engine, self, engine => engine.ping().await)
    }

    /// The foreign keys that reference a table's primary key.
    pub(super) async fn references_to(&self, table: &str) -> Result<Vec<ForeignKey>> {
        dispatch!(Engine, self, engine => engine.references_to(table).await)
    }

    /// What the engine calls itself.
    pub(super) async fn version(&self) -> Result<String> {
        dispatch!(Engine, self, engine => engine.version().await)
    }

    /// Whether the database was missing before it was opened.
    pub(super) fn is_new(&self) -> bool {
        dispatch!(Engine, self, engine => engine.is_new())
    }

    /// Where the database is, without the account.
    pub(super) fn place(&self) -> String {
        dispatch!(Engine, self, engine => engine.place())
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        dispatch!(Engine, self, engine => engine.close().await);
    }

    /// A table as the database has it.
    pub(super) async fn inspect(&self, table: &str) -> Result<ExistingTable> {
        dispatch!(Engine, self, engine => engine.inspect(table).await)
    }

    /// Creates what is missing of a table and its indexes.
    pub(super) async fn create(&self, table: &TableDefinition) -> Result<()> {
        dispatch!(Engine, self, engine => engine.create(table).await)
    }

    /// Changes values and columns of an earlier version of this program to those of this one, where they hold more.
    pub(super) async fn migrate(&self, tables: &[TableDefinition]) -> Result<()> {
        dispatch!(Engine, self, engine => engine.migrate(tables).await)
    }

    /// Changes the columns of one of the server's own tables, which an earlier version made, to those of this version.
    pub(super) async fn upgrade(&self, table: &TableDefinition, existing: &ExistingTable) -> Result<()> {
        dispatch!(Engine, self, engine => engine.upgrade(table, existing).await)
    }

    /// Makes those changes of tables that only widen them, and returns these. Does nothing if a table has another difference.
    /// If the process is killed, the tables are as before or as after; on a server that is so for each table.
    pub(super) async fn fit(&self, tables: &[TableDefinition]) -> Result<Vec<(String, Change)>> {
        dispatch!(Engine, self, engine => engine.fit(tables).await)
    }

    /// The statements that make changes of a table; none where no statement can.
    pub(super) fn sql_to_fit(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
        changes: &[Change],
    ) -> Vec<String> {
        dispatch!(Engine, self, engine => engine.sql_to_fit(table, existing, changes))
    }

    /// The type of a column, as [`inspect`](Engine::inspect) reports it.
    pub(super) fn sql_type(&self, column: &ColumnDefinition) -> String {
        dispatch!(Engine, self, engine => engine.sql_type(column))
    }
}

impl Tx {
    /// Reads all rows of a query that finds few.
    pub(super) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        types: &[Physical],
    ) -> Result<Vec<Row>> {
        self.fetch_within(sql, arguments, types, &mut ReadLimit::all()).await
    }

    /// As [`fetch`](Tx::fetch), until the limit is reached.
    pub(super) async fn fetch_within<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        types: &[Physical],
        limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        dispatch!(Tx, self, tx => tx.fetch(sql, arguments, types, limit).await)
    }

    /// Reads the result of a query over whole tables, which has no arguments.
    pub(super) async fn query_whole_table(&mut self, sql: &SqlStr, types: &[Physical]) -> Result<Vec<Row>> {
        self.fetch_within(sql, [].iter(), types, &mut ReadLimit::whole_table()).await
    }

    /// Changes whole tables; returns how many rows.
    pub(super) async fn execute_on_whole_table(&mut self, sql: &SqlStr) -> Result<u64> {
        dispatch!(Tx, self, tx => tx.execute_on_whole_table(sql).await)
    }

    /// Begins to read one state of the database on a dedicated connection.
    pub(super) async fn begin_reading(&mut self) -> Result<()> {
        dispatch!(Tx, self, tx => tx.begin_reading().await)
    }

    /// Turns the checks of references on or off. SQLite ignores it: they are off on this connection.
    pub(super) async fn check_references(&mut self, check: bool) -> Result<()> {
        dispatch!(Tx, self, tx => tx.check_references(check).await)
    }

    /// Closes a dedicated connection.
    pub(super) async fn close(self) {
        dispatch!(Tx, self, tx => tx.close().await);
    }

    /// Makes all that was written durable.
    ///
    /// # Errors
    /// [`Error::Unknown`] when it may be stored or not; with any other, nothing of it is.
    pub async fn commit(self) -> Result<()> {
        dispatch!(Tx, self, tx => tx.commit().await)
    }
}

impl From<sqlx::Error> for Error {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the errors are those of another crate, and many")]
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                classify(database.as_ref()).unwrap_or_else(|| Error::Fault(format!("{:?}", database.kind())))
            }
            sqlx::Error::PoolTimedOut => Error::Busy,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Error::Away(error.to_string()),
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Error::Full,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                Error::Away(error.to_string())
            }
            other => Error::Fault(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for OpenError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the errors are those of another crate, and many")]
    fn from(error: sqlx::Error) -> Self {
        match error {
            // Its text may quote the URL, and the URL may hold a password.
            sqlx::Error::Configuration(_) => refused(
                "DATABASE_URL is no URL like sqlite://FILE or mysql://USER:PASSWORD@HOST:PORT/SCHEMA; \
                 percent-encode what is special in user and password",
            ),
            error => Error::from(error).into(),
        }
    }
}
