//! SQL as text. The store writes it in one spelling: names in backticks, `?` for each argument. An engine's
//! [`Dialect`] renders that spelling in the engine's own, once for each statement.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// How the SQL of an engine differs from the spelling of the store.
pub(super) struct Dialect {
    /// What encloses a name.
    pub(super) quote: char,
    /// Whether arguments are `$1`, `$2` instead of `?`.
    pub(super) numbered_arguments: bool,
    /// The expression that joins a list of columns of all rows to one JSON text, an array of arrays, where the engine
    /// does that faster than it returns rows one by one.
    pub(super) json_rows: Option<fn(&str) -> String>,
    /// The end of a query whose rows nobody may change until the transaction ends.
    pub(super) share_lock: &'static str,
    /// The list of so many rows of so many arguments that `IN` takes after a row of columns.
    pub(super) tuples: fn(usize, usize) -> String,
    /// What precedes an `INSERT` so that the engine does not look up what its rows reference; `None` where the engine
    /// has no way to say so for one statement.
    pub(super) without_reference_checks: Option<&'static str>,
    /// What before a query makes the engine give it up after ten seconds. Where it is empty, the engine goes on when nobody waits for
    /// the answer any more.
    pub(super) ten_seconds_at_most: &'static str,
    /// The statement that deletes the rows of a table whose key is among those that a query lists: table, columns of the key,
    /// the query, the names of its columns. Names are quoted.
    pub(super) delete_listed: fn(&str, &[String], &str, &[String]) -> String,
    /// Why the engine does not take the name of a table or column: the end of a sentence that begins with the name.
    pub(super) name_fault: fn(&str) -> Option<&'static str>,
    /// The same of what applies to tables only.
    pub(super) table_name_fault: fn(&str) -> Option<&'static str>,
    /// The most columns of a table, and whose limit that is.
    pub(super) most_columns: (usize, &'static str),
}

impl Dialect {
    /// A statement in the spelling of the engine. The text must consist of names that [`quoted`] made, of placeholders
    /// and of constants: it is not checked.
    pub(super) fn render(&self, text: &str) -> SqlStr {
        let mut sql = String::with_capacity(text.len());
        let (mut inside, mut arguments) = (None, 0);
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match (inside, c) {
                // A backtick in a name.
                (Some('`'), '`') if characters.next_if_eq(&'`').is_some() => self.push_in_name(&mut sql, '`'),
                (Some('`'), '`') => {
                    sql.push(self.quote);
                    inside = None;
                }
                (Some('`'), c) => self.push_in_name(&mut sql, c),
                (Some(_), c) => {
                    sql.push(c);
                    inside = inside.filter(|quote| *quote != c);
                }
                (None, '`') => {
                    sql.push(self.quote);
                    inside = Some('`');
                }
                (None, '\'') => {
                    sql.push('\'');
                    inside = Some('\'');
                }
                (None, '?') if self.numbered_arguments => {
                    arguments += 1;
                    sql += &format!("${arguments}");
                }
                (None, c) => sql.push(c),
            }
        }
        AssertSqlSafe(sql).into_sql_str()
    }

    fn push_in_name(&self, sql: &mut String, c: char) {
        sql.push(c);
        if c == self.quote {
            sql.push(c);
        }
    }
}

/// A name as SQL takes it: in backticks, and a backtick in it doubled.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Quoted names, separated by commas.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// The column, or the row of columns in parentheses, that a key is compared by. Names are quoted.
pub(super) fn row_of(names: &[String]) -> String {
    match names {
        [name] => name.clone(),
        names => format!("({})", names.join(", ")),
    }
}

/// Placeholders for so many rows of so many arguments, each row in parentheses.
pub(super) fn rows_of_placeholders(rows: usize, width: usize) -> String {
    vec![format!("({})", placeholders(width)); rows].join(",")
}

/// Placeholders for so many arguments, separated by commas.
pub(super) fn placeholders(count: usize) -> String {
    vec!["?"; count].join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arguments_are_spelled_as_the_engine_spells_them() {
        let text =
            format!("SELECT {} FROM `a?b` WHERE `c` = ? AND `d` <> '`?`' AND `e` = ?", quoted("x`y\"z"));
        let spell = |quote, numbered_arguments| {
            let delete_listed = |_: &str, _: &[String], _: &str, _: &[String]| String::new();
            let name_fault = |_: &str| None;
            let dialect = Dialect {
                quote,
                numbered_arguments,
                json_rows: None,
                share_lock: "",
                tuples: |_, _| String::new(),
                without_reference_checks: None,
                ten_seconds_at_most: "",
                delete_listed,
                name_fault,
                table_name_fault: name_fault,
                most_columns: (1, ""),
            };
            dialect.render(&text).as_str().to_owned()
        };
        assert_eq!(spell('`', false), text);
        assert_eq!(
            spell('"', true),
            r#"SELECT "x`y""z" FROM "a?b" WHERE "c" = $1 AND "d" <> '`?`' AND "e" = $2"#
        );
    }
}
