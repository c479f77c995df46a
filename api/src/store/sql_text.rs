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
    /// The statement that deletes the rows of a table whose key is among those that a query lists: table, key,
    /// the query, the name of its column. Names are quoted.
    pub(super) delete_listed: fn(&str, &str, &str, &str) -> String,
    /// Why the engine does not take the name of a table or column: the end of a sentence that begins with the name.
    pub(super) name_fault: fn(&str) -> Option<&'static str>,
    /// The same of what applies to tables only.
    pub(super) table_name_fault: fn(&str) -> Option<&'static str>,
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
            let delete_listed = |_: &str, _: &str, _: &str, _: &str| String::new();
            let name_fault = |_: &str| None;
            let dialect = Dialect {
                quote,
                numbered_arguments,
                json_rows: None,
                share_lock: "",
                delete_listed,
                name_fault,
                table_name_fault: name_fault,
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
