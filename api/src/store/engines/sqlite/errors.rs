//! What the errors of SQLite mean. Codes: <https://www.sqlite.org/rescode.html>

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

use crate::store::error::Error;

/// The meaning of an error; `None` if it is not one of SQLite.
pub(in crate::store::engines) fn classify(error: &dyn DatabaseError) -> Option<Error> {
    let error = error.try_downcast_ref::<SqliteError>()?;
    if let Some(table) = error.message().strip_prefix("no such table: ") {
        return Some(Error::Missing(table.trim_start_matches("main.").to_owned()));
    }
    let code: i32 = DatabaseError::code(error).and_then(|code| code.parse().ok()).unwrap_or_default();
    Some(match code & 0xff {
        5 | 6 => Error::Busy,
        8 => Error::ReadOnly,
        13 => Error::Full,
        10 | 14 => Error::Away(format!("SQLite code {code}")),
        19 => Error::Lost,
        11 => Error::Fault("its file is damaged; see PRAGMA integrity_check".to_owned()),
        26 => Error::Fault("its file is no SQLite database; see DATABASE_URL".to_owned()),
        // The text of an error may quote values.
        _ => Error::Fault(format!("{:?}, code {code}", error.kind())),
    })
}
