//! A closed set of engines with one interface: SQL text, values and types.

use std::time::Duration;

use dictionary::{Physical, Value};
use sqlx::SqlStr;
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlArguments;
use sqlx::sqlite::SqliteArguments;

use super::existing::Existing;
use super::patience::{SCAN, STATEMENT, WHOLE_TABLE};
use super::replace::LISTED_KEY;
use super::schema::{Column, Relation};
use super::sql::sql;
use super::{Error, Page, Result, mysql, sqlite};

/// A row that was read: a value for each column of the query.
pub(super) type Row = Vec<Value>;

/// How much one read may return: a number of rows, fewer of large ones; and how long it may take.
pub(super) struct ReadLimit {
    pub(super) patience: Duration,
    rows: usize,
    bytes: usize,
    /// Whether there was more to read.
    pub(super) full: bool,
}

impl ReadLimit {
    /// A page of this many bytes is still an answer that client and server can hold.
    const BYTES: usize = 8 << 20;

    pub(super) fn for_page(rows: u32) -> ReadLimit {
        ReadLimit { patience: STATEMENT, rows: rows as usize, bytes: ReadLimit::BYTES, full: false }
    }

    pub(super) fn new(rows: usize, bytes: usize) -> ReadLimit {
        ReadLimit { patience: STATEMENT, rows, bytes, full: false }
    }

    pub(super) fn for_all() -> ReadLimit {
        ReadLimit { patience: STATEMENT, rows: usize::MAX, bytes: usize::MAX, full: false }
    }

    fn for_scan() -> ReadLimit {
        ReadLimit { patience: SCAN, ..ReadLimit::for_all() }
    }

    /// Whether a row that was read is within. The first one always is, so that there is a next page.
    pub(super) fn takes(&mut self, row: &Row, first: bool) -> bool {
        let size = size(row);
        self.full = self.rows == 0 || size > self.bytes && !first;
        if !self.full {
            self.rows -= 1;
            self.bytes = self.bytes.saturating_sub(size);
        }
        !self.full
    }
}

/// About how many bytes a row has.
pub(super) fn size(row: &[Value]) -> usize {
    let of = |value: &Value| match value {
        Value::String(text) => text.len(),
        Value::Null
        | Value::Integer(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::DateTime(_) => 8,
    };
    row.iter().map(of).sum()
}

/// A foreign key of the database, whether the dictionary has it or not.
#[derive(Debug, Clone)]
pub(super) struct Child {
    pub(super) table: String,
    pub(super) column: String,
}

/// An engine with its connections.
pub(super) enum Engine {
    Sqlite(sqlite::Engine),
    MySql(mysql::Engine),
}

/// A write transaction, or what goes on on a connection of its own.
pub enum Tx {
    #[doc(hidden)]
    Sqlite(sqlite::Tx),
    #[doc(hidden)]
    MySql(mysql::Tx),
}

/// Calls the same function of whichever engine it is.
macro_rules! each {
    ($type:ident, $self:expr, $engine:ident => $call:expr) => {
        match $self {
            $type::Sqlite($engine) => $call,
            $type::MySql($engine) => $call,
        }
    };
}

impl Engine {
    pub(super) async fn begin(&self) -> Result<Tx> {
        match self {
            Engine::Sqlite(engine) => engine.begin().await.map(Tx::Sqlite),
            Engine::MySql(engine) => engine.begin().await.map(Tx::MySql),
        }
    }

    /// Begins to read one state of the database.
    pub(super) async fn begin_reading(&self) -> Result<Tx> {
        match self {
            Engine::Sqlite(engine) => engine.begin_reading().await.map(Tx::Sqlite),
            Engine::MySql(engine) => engine.begin_reading().await.map(Tx::MySql),
        }
    }

    /// Reads outside of write transactions, without waiting for them.
    pub(super) async fn read(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        columns: &[Physical],
    ) -> Result<Vec<Row>> {
        let read_limit = &mut ReadLimit::for_all();
        each!(Engine, self, engine => engine.read(sql, arguments, columns, read_limit).await)
    }

    /// Reads what takes a look at every row of a table.
    pub(super) async fn scan(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        columns: &[Physical],
    ) -> Result<Vec<Row>> {
        let read_limit = &mut ReadLimit::for_scan();
        each!(Engine, self, engine => engine.read(sql, arguments, columns, read_limit).await)
    }

    /// Reads a page. Its last argument, the limit, is put in here: one row more tells whether there are more.
    pub(super) async fn page(
        &self,
        sql: &SqlStr,
        mut arguments: Vec<Value>,
        columns: &[Physical],
        limit: u32,
    ) -> Result<Page<Row>> {
        arguments.push(Value::Integer(i64::from(limit) + 1));
        let read_limit = &mut ReadLimit::for_page(limit);
        let items = each!(Engine, self, engine => engine.read(sql, &arguments, columns, read_limit).await)?;
        Ok(Page { items, more: read_limit.full })
    }

    pub(super) async fn ping(&self) -> Result<()> {
        each!(Engine, self, engine => engine.ping().await)
    }

    /// Reads on a connection of its own that sees one state of the database.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        match self {
            Engine::Sqlite(engine) => engine.snapshot().await.map(Tx::Sqlite),
            Engine::MySql(engine) => engine.snapshot().await.map(Tx::MySql),
        }
    }

    /// A connection of its own with tables that only it sees, outside of any transaction.
    pub(super) async fn scratch(&self, relations: &[Relation]) -> Result<Tx> {
        match self {
            Engine::Sqlite(engine) => engine.scratch(relations).await.map(Tx::Sqlite),
            Engine::MySql(engine) => engine.scratch(relations).await.map(Tx::MySql),
        }
    }

    /// Begins a write transaction on a connection of its own.
    pub(super) async fn begin_on(&self, tx: &mut Tx, table: &str) -> Result<()> {
        match (self, tx) {
            (Engine::Sqlite(engine), Tx::Sqlite(tx)) => engine.begin_on(tx).await,
            (Engine::MySql(_), Tx::MySql(tx)) => tx.begin_alone(table).await,
            _ => Err(Error::Fault("a connection of another engine".to_owned())),
        }
    }

    /// The foreign keys that reference a table's primary key.
    pub(super) async fn children(&self, table: &str) -> Result<Vec<Child>> {
        each!(Engine, self, engine => engine.children(table).await)
    }

    /// What the engine calls itself.
    pub(super) async fn version(&self) -> Result<String> {
        each!(Engine, self, engine => engine.version().await)
    }

    /// Whether the database was missing before it was opened.
    pub(super) fn is_new(&self) -> bool {
        each!(Engine, self, engine => engine.is_new())
    }

    /// Where the database is, without the account.
    pub(super) fn place(&self) -> String {
        each!(Engine, self, engine => engine.place())
    }

    pub(super) async fn close(&self) {
        each!(Engine, self, engine => engine.close().await);
    }

    /// A table as the database has it.
    pub(super) async fn inspect(&self, table: &str) -> Result<Existing> {
        each!(Engine, self, engine => engine.inspect(table).await)
    }

    pub(super) async fn create(&self, relation: &Relation) -> Result<()> {
        each!(Engine, self, engine => engine.create(relation).await)
    }

    /// Drops the retired columns of one of this program's own tables.
    pub(super) async fn drop_retired(&self, relation: &Relation, existing: &Existing) -> Result<()> {
        match self {
            Engine::Sqlite(engine) => engine.drop_retired(relation).await,
            Engine::MySql(engine) => engine.drop_retired(relation, existing).await,
        }
    }

    pub(super) fn sql_type(&self, column: &Column) -> String {
        each!(Engine, self, engine => engine.sql_type(column))
    }
}

/// Arguments in the form that an engine takes.
pub(super) enum Bound {
    Sqlite(SqliteArguments),
    MySql(MySqlArguments),
}

/// Brings arguments into the form of the engine of a transaction, without waiting for what it does.
#[derive(Clone, Copy)]
pub(super) enum Binder {
    Sqlite,
    MySql,
}

impl Binder {
    pub(super) fn bind<'v>(self, arguments: impl Iterator<Item = &'v Value>) -> Result<Bound> {
        match self {
            Binder::Sqlite => sqlite::bind(arguments).map(Bound::Sqlite),
            Binder::MySql => mysql::bind(arguments).map(Bound::MySql),
        }
    }
}

impl Tx {
    pub(super) fn binder(&self) -> Binder {
        match self {
            Tx::Sqlite(_) => Binder::Sqlite,
            Tx::MySql(_) => Binder::MySql,
        }
    }

    /// Runs a statement with arguments that its own binder bound.
    pub(super) async fn execute(&mut self, sql: &SqlStr, arguments: Bound) -> Result<()> {
        match (self, arguments) {
            (Tx::Sqlite(tx), Bound::Sqlite(arguments)) => tx.execute(sql, arguments).await,
            (Tx::MySql(tx), Bound::MySql(arguments)) => tx.execute(sql, arguments).await,
            _ => Err(Error::Fault("arguments of another engine".to_owned())),
        }
    }

    pub(super) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        columns: &[Physical],
    ) -> Result<Vec<Row>> {
        self.fetch_some(sql, arguments, columns, &mut ReadLimit::for_all()).await
    }

    /// As [`fetch`](Tx::fetch), until the limit is reached.
    pub(super) async fn fetch_some<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        columns: &[Physical],
        read_limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        each!(Tx, self, tx => tx.fetch(sql, arguments, columns, read_limit, STATEMENT).await)
    }

    /// As [`fetch`](Tx::fetch), of whole tables, without arguments.
    pub(super) async fn ask(&mut self, sql: &SqlStr, columns: &[Physical]) -> Result<Vec<Row>> {
        let read_limit = &mut ReadLimit::for_all();
        each!(Tx, self, tx => tx.fetch(sql, [].iter(), columns, read_limit, WHOLE_TABLE).await)
    }

    /// Changes whole tables; returns how many rows.
    pub(super) async fn run(&mut self, sql: &SqlStr) -> Result<u64> {
        each!(Tx, self, tx => tx.run(sql).await)
    }

    /// Deletes the rows of a table whose keys a question lists as [`LISTED_KEY`].
    pub(super) async fn delete_listed(&mut self, table: &str, key: &str, keys: &str) -> Result<u64> {
        let text = match self {
            Tx::Sqlite(_) => format!("DELETE FROM `{table}` WHERE `{key}` IN ({keys})"),
            // The other form would ask the list for each row of the table.
            Tx::MySql(_) => {
                format!(
                    "DELETE `{table}` FROM `{table}` JOIN ({keys}) AS `_listed` \
                     ON `_listed`.`{LISTED_KEY}` = `{table}`.`{key}`"
                )
            }
        };
        self.run(&sql(text)).await
    }

    /// Begins to read one state of the database, on a connection of its own.
    pub(super) async fn begin_reading(&mut self) -> Result<()> {
        each!(Tx, self, tx => tx.begin_reading().await)
    }

    /// Whether rows that other rows reference may be taken out for a moment.
    pub(super) async fn check_references(&mut self, check: bool) -> Result<()> {
        each!(Tx, self, tx => tx.check_references(check).await)
    }

    /// Whether the engine makes JSON of many rows faster than it hands them over one by one.
    pub(super) fn prefers_json(&self) -> bool {
        matches!(self, Tx::Sqlite(_))
    }

    /// What a reading statement ends with so that nobody changes the rows that it saw.
    pub(super) fn lock(&self) -> &'static str {
        match self {
            Tx::Sqlite(_) => "",
            Tx::MySql(_) => " LOCK IN SHARE MODE",
        }
    }

    /// Closes a dedicated connection.
    pub(super) async fn close(self) {
        each!(Tx, self, tx => tx.close().await);
    }

    /// Makes all that was written durable.
    ///
    /// # Errors
    /// [`Error::Unknown`] when it may be stored or not; with any other, nothing of it is.
    pub async fn commit(self) -> Result<()> {
        each!(Tx, self, tx => tx.commit().await)
    }
}

/// What a failure means, by whichever engine's codes.
pub(super) fn classify(error: &dyn DatabaseError) -> Option<Error> {
    mysql::classify(error).or_else(|| sqlite::classify(error))
}
