//! Another program that holds a lock in the database.

use sqlx::{Connection, Executor, MySqlConnection, SqliteConnection};

use crate::{Engine, Fixture};

/// A lock of another program: nobody can write employee 1500, and on SQLite nobody can write anything.
pub enum Lock {
    /// The connection that holds it, on SQLite.
    Sqlite(SqliteConnection),
    /// The connection that holds it, on a server.
    MySql(MySqlConnection),
}

impl Lock {
    /// Takes the lock.
    pub async fn take(fixture: &Fixture) -> Lock {
        let url = &fixture.database_url;
        match fixture.engine {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(url).await.unwrap();
                sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
                Lock::Sqlite(connection)
            }
            Engine::MySql => {
                let mut connection = MySqlConnection::connect(url).await.unwrap();
                let taken = "INSERT INTO employees VALUES (1500, 'A', '2021-01-01', 1, 1)";
                for statement in ["BEGIN", "SET foreign_key_checks = 0", taken] {
                    connection.execute(statement).await.unwrap();
                }
                Lock::MySql(connection)
            }
        }
    }

    /// Releases the lock.
    pub async fn give_back(self) {
        match self {
            Lock::Sqlite(connection) => connection.close().await.unwrap(),
            Lock::MySql(connection) => connection.close().await.unwrap(),
        }
    }
}
