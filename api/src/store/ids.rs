//! Ids and times of what the server records.

use chrono::{NaiveDateTime, SubsecRound, Utc};
use uuid::Uuid;

/// A new id for a batch or a reject (UUIDv7). Ids of one process ascend.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The time of a record, as the engines keep it: in UTC, whole seconds.
pub fn now() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(0)
}
