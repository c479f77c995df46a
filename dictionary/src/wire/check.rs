//! What a start with another dictionary would do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to `POST /dictionary/check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DictionaryCheck {
    /// The result in a sentence.
    pub response: String,
    /// Whether the server would start with the dictionary.
    pub starts: bool,
    /// What the start would change; nothing of it if something is refused.
    pub applied: Vec<DictionaryChange>,
    /// The tables that it would be refused for.
    pub refused: Vec<RefusedTable>,
    /// What the dictionary makes of open rejects, for each table that has some.
    pub rejects: Vec<OpenRejects>,
}

/// A change of a table that a start applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DictionaryChange {
    /// The table's name.
    pub table: String,
    /// What is done, in a phrase.
    pub change: String,
}

/// A table that a start is refused for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedTable {
    /// The table's name.
    pub table: String,
    /// All of its differences that are refused.
    pub differences: Vec<Difference>,
    /// The statements that make the table fit, without losing a row; none where no statement can, or a row is in the way.
    pub sql: Vec<String>,
}

/// A difference between a table and the dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What it is, in a phrase.
    pub difference: String,
    /// How many stored rows violate it; null where it does not depend on rows, or they were not counted in time.
    pub rows: Option<u64>,
    /// The primary keys of the first ones.
    pub keys: Vec<String>,
}

/// Open rejects of a table, judged by another dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenRejects {
    /// The table's name.
    pub table: String,
    /// How many were judged.
    pub judged: u64,
    /// How many of them would be stored.
    pub pass: u64,
    /// Whether there are more, which were not judged.
    pub more: bool,
    /// Whether their keys and references were judged too. They are not where the table or a parent would be made or changed.
    pub keys_judged: bool,
}
