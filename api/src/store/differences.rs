//! How the tables of a database differ from a dictionary: what a start would apply, and what it refuses.

use std::fmt::{self, Display, Formatter};

use dictionary::wire::{DictionaryChange, Difference, RefusedTable};

/// What is said instead of SQL that would lose rows.
const NO_SQL: &str = "SQL is shown once no row violates a difference: correct or delete these rows, empty a column before it is \
     dropped, and make a new field optional until its values are there;";

/// What to do about it.
const ADVICE: &str = "change the table or the data dictionary, or use another database";

/// All differences between the tables of a database and a dictionary.
///
/// As text, it holds no keys of rows, so that it can be logged.
#[derive(Debug, Default)]
pub struct Differences {
    /// What a start applies, if nothing is refused.
    pub applied: Vec<DictionaryChange>,
    /// What a start refuses.
    pub refused: Vec<RefusedTable>,
    /// Whether existing tables would be changed.
    pub(super) widens: bool,
}

impl Differences {
    /// Whether a start changes nothing and is not refused.
    pub(super) fn are_none(&self) -> bool {
        self.refused.is_empty() && !self.widens
    }

    /// The whole refusal, with keys of rows. Not for the log.
    pub fn with_keys(&self) -> String {
        self.text(true)
    }

    fn text(&self, with_keys: bool) -> String {
        let difference = |difference: &Difference| {
            let keys = match difference.keys.join("; ") {
                keys if with_keys && !keys.is_empty() => format!(" (such as {keys})"),
                _ => String::new(),
            };
            match difference.rows {
                None => difference.difference.clone(),
                Some(0) => format!("{}, and no stored row violates it", difference.difference),
                Some(1) => format!("{}, and 1 stored row violates it{keys}", difference.difference),
                Some(n) => format!("{}, and {n} stored rows violate it{keys}", difference.difference),
            }
        };
        let sql = |table: &RefusedTable| match table.sql.join("; ") {
            sql if !sql.is_empty() => format!("SQL that makes the table fit: {sql};"),
            _ if table.differences.iter().any(|difference| matches!(difference.rows, Some(1..))) => {
                NO_SQL.to_owned()
            }
            _ => String::new(),
        };
        let differs =
            |name: &str| format!("the table `{name}` in the database differs from the data dictionary:");
        if let ([table], []) = (self.refused.as_slice(), self.applied.as_slice())
            && let [only] = table.differences.as_slice()
        {
            let sql = match sql(table) {
                sql if sql.is_empty() => sql,
                sql => format!(" {sql}"),
            };
            return format!("{} {};{sql} {ADVICE}", differs(&table.table), difference(only));
        }
        let mut lines = Vec::new();
        for table in &self.refused {
            lines.push(differs(&table.table));
            lines.extend(table.differences.iter().map(|found| format!("- {}", difference(found))));
            lines.extend(Some(sql(table)).filter(|sql| !sql.is_empty()).map(|sql| format!("- {sql}")));
        }
        if !self.applied.is_empty() {
            lines.push("what would be applied, if nothing was refused:".to_owned());
        }
        let applied =
            self.applied.iter().map(|DictionaryChange { table, change }| format!("- `{table}`: {change}"));
        lines.extend(applied);
        lines.push(format!("nothing was changed; {ADVICE}"));
        lines.join("\n")
    }
}

impl Display for Differences {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(false))
    }
}
