//! What the errors of MariaDB and MySQL mean. Codes: <https://mariadb.com/kb/en/mariadb-error-codes/>

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

use crate::store::error::Error;

/// The meaning of an error; `None` if it is not one of these servers.
pub(in crate::store::engines) fn classify(error: &dyn DatabaseError) -> Option<Error> {
    let error = error.try_downcast_ref::<MySqlDatabaseError>()?;
    let code = error.number();
    let away = |why: &str| Error::Away(format!("{why} (error {code})"));
    Some(match code {
        // Duplicate keys, missing or referenced rows; deadlock and lock wait.
        1022 | 1062 | 1169 | 1216 | 1217 | 1451 | 1452 | 1586 | 1205 | 1213 => Error::Lost,
        1021 | 1041 | 1114 => Error::Full,
        1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1698 | 1046 | 1049 => Error::Denied(code),
        1290 | 1792 | 1836 => Error::ReadOnly,
        1146 => Error::Missing(missing_table(error.message())),
        1040 | 1203 | 1226 => away("it has too many connections"),
        1047 => away("its node is not part of the cluster"),
        1053 | 1077 | 1079 | 1927 | 3169 => away("it is shutting down"),
        // The text of an error may quote values.
        _ => Error::Fault(format!("{:?}, code {code}", error.kind())),
    })
}

/// The table in a text like "Table 'schema.table' doesn't exist", in whichever language the server speaks.
fn missing_table(message: &str) -> String {
    let quoted = message.split('\'').nth(1).unwrap_or_default();
    quoted.rsplit('.').next().unwrap_or_default().to_owned()
}
