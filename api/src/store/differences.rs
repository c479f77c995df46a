//! How the tables of a database differ from a dictionary: what a start would apply, and what it refuses.

use std::fmt::{self, Display, Formatter};

use dictionary::wire::{DictionaryChange, Difference, RefusedTable};

/// What to do about it.
const ADVICE: &str = "change one of them, or use another database";

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
                Some(0) => format!("{}, and no stored row stands against it", difference.difference),
                Some(1) => format!("{}, and 1 stored row stands against it{keys}", difference.difference),
                Some(n) => format!("{}, and {n} stored rows stand against it{keys}", difference.difference),
            }
        };
        let sql = |table: &RefusedTable| match table.sql.join("; ") {
            sql if sql.is_empty() => String::new(),
            sql => format!("; SQL that makes the table fit: {sql};"),
        };
        let differs =
            |name: &str| format!("the table `{name}` in the database differs from the data dictionary:");
        if let ([table], []) = (self.refused.as_slice(), self.applied.as_slice())
            && let [only] = table.differences.as_slice()
        {
            let sql = match sql(table) {
                sql if sql.is_empty() => ";".to_owned(),
                sql => sql,
            };
            return format!("{} {}{sql} {ADVICE}", differs(&table.table), difference(only));
        }
        let mut lines = Vec::new();
        for table in &self.refused {
            lines.push(differs(&table.table));
            lines.extend(table.differences.iter().map(|found| format!("- {}", difference(found))));
            lines.extend(
                (!table.sql.is_empty())
                    .then(|| format!("- SQL that makes the table fit: {};", table.sql.join("; "))),
            );
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
