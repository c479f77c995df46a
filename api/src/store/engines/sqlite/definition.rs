//! Properties of a table for which SQLite has no pragma. They are read from the text of its definition.
//!
//! Grammar: <https://www.sqlite.org/lang_createtable.html>

/// What a `CREATE TABLE` says besides names and types.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Definition {
    /// Of a virtual table.
    pub(super) is_virtual: bool,
    /// The condition of each CHECK.
    pub(super) checks: Vec<String>,
    /// Columns and their collations, where a column has one.
    pub(super) collations: Vec<(String, String)>,
    /// What is done with rows in conflict, where that is not the default.
    pub(super) conflict: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A keyword, or a name without quotes.
    Word,
    /// A name or a string.
    Quoted,
    /// Any other character.
    Mark,
}

#[derive(Debug, Clone, Copy)]
struct Token<'s> {
    kind: Kind,
    text: &'s str,
    /// The offset of its first byte.
    at: usize,
    /// How many parentheses are open around it. A parenthesis counts itself.
    depth: usize,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.kind != Kind::Quoted && self.text.eq_ignore_ascii_case(word)
    }

    /// The name that it is, without quotes.
    fn name(&self) -> String {
        let Some(quote) = self.text.chars().next().filter(|_| self.kind == Kind::Quoted) else {
            return self.text.to_owned();
        };
        let (close, twice) =
            if quote == '[' { (']', "]]".to_owned()) } else { (quote, quote.to_string().repeat(2)) };
        let inner = &self.text[1..];
        inner.strip_suffix(close).unwrap_or(inner).replace(&twice, &close.to_string())
    }
}

/// Reads a definition as SQLite keeps it.
pub(super) fn read(sql: &str) -> Definition {
    let tokens = tokens(sql);
    let mut definition = Definition {
        is_virtual: tokens.get(1).is_some_and(|token| token.is("virtual")),
        ..Definition::default()
    };
    // The columns and constraints of the table, which commas separate.
    let inside: Vec<Token> = tokens.iter().copied().filter(|token| token.depth > 0).collect();
    for item in inside.split(|token| token.depth == 1 && token.is(",")) {
        let item = if item.first().is_some_and(|token| token.depth == 1 && token.is("(")) {
            &item[1..]
        } else {
            item
        };
        definition.add(item, sql);
    }
    definition
}

impl Definition {
    /// Adds what one column or constraint says.
    fn add(&mut self, item: &[Token], sql: &str) {
        for (i, token) in item.iter().enumerate().filter(|(_, token)| token.depth == 1) {
            let next = item.get(i + 1);
            if token.is("check") {
                let open = next.filter(|next| next.is("("));
                self.checks.extend(open.map(|open| condition(&item[i + 1..], open, sql)));
            } else if token.is("collate") {
                self.collations
                    .extend(item.first().zip(next).map(|(column, name)| (column.name(), name.name())));
            } else if token.is("conflict") && i > 0 && item[i - 1].is("on") {
                let action = next.filter(|action| !action.is("abort"));
                self.conflict = action.map(Token::name).or(self.conflict.take());
            }
        }
    }
}

/// The text within the parentheses that begin with `open`.
fn condition(tokens: &[Token], open: &Token, sql: &str) -> String {
    let close = tokens.iter().find(|token| token.depth == open.depth && token.is(")"));
    let end = close.map_or(sql.len(), |close| close.at);
    sql.get(open.at + 1..end).unwrap_or_default().trim().to_owned()
}

fn tokens(sql: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length) = match first {
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '\'' | '"' | '`' => (Some(Kind::Quoted), quoted(rest, first)),
            '[' => (Some(Kind::Quoted), rest.find(']').map_or(rest.len(), |end| end + 1)),
            space if space.is_whitespace() => (None, space.len_utf8()),
            letter if is_part_of_word(letter) => {
                (Some(Kind::Word), rest.find(|c| !is_part_of_word(c)).unwrap_or(rest.len()))
            }
            mark => (Some(Kind::Mark), mark.len_utf8()),
        };
        depth += usize::from(first == '(');
        tokens.extend(kind.map(|kind| Token { kind, text: &rest[..length], at, depth }));
        depth = depth.saturating_sub((first == ')').into());
        at += length;
    }
    tokens
}

fn is_part_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// The length of a quoted text, in which a quote is written twice.
fn quoted(text: &str, quote: char) -> usize {
    let mut end = 1;
    while let Some(found) = text[end..].find(quote) {
        end += found + 1;
        if !text[end..].starts_with(quote) {
            return end;
        }
        end += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_of_this_program_says_nothing_more() {
        let sql = "CREATE TABLE `a` (\n  `id` INTEGER NOT NULL PRIMARY KEY,\n  `b` TEXT UNIQUE,\n  \
                   FOREIGN KEY (`b`) REFERENCES `c` (`id`)\n) STRICT";
        assert_eq!(read(sql), Definition::default());
    }

    #[test]
    fn checks_are_found_wherever_they_stand() {
        let sql = "create table a(id integer check(id > 0 and (id) < 9), b, constraint c CHECK (b<>')'))";
        assert_eq!(read(sql).checks, ["id > 0 and (id) < 9", "b<>')'"]);
    }

    #[test]
    fn collations_are_those_of_columns() {
        let sql = "CREATE TABLE a(\"the \"\"id\"\"\" TEXT COLLATE NOCASE, [b] TEXT DEFAULT (1) collate \"RTRIM\", \
                   UNIQUE (b COLLATE NOCASE))";
        let expected = [("the \"id\"", "NOCASE"), ("b", "RTRIM")];
        assert_eq!(read(sql).collations, expected.map(|(column, name)| (column.to_owned(), name.to_owned())));
    }

    #[test]
    fn words_in_quotes_and_comments_are_none() {
        let sql = "CREATE TABLE `a(` ( -- check (b), (\n  /* check ( */ `check` TEXT DEFAULT 'check (1)', \
                   \"collate\" TEXT, [conflict] TEXT, 'on' TEXT)";
        assert_eq!(read(sql), Definition::default());
    }

    #[test]
    fn conflicts_that_are_not_refused_are_found() {
        let conflict = |sql: &str| read(sql).conflict;
        assert_eq!(conflict("CREATE TABLE a(b UNIQUE ON CONFLICT ABORT)"), None);
        assert_eq!(
            conflict("CREATE TABLE a(b UNIQUE, UNIQUE (b) on conflict ignore)"),
            Some("ignore".into())
        );
    }

    #[test]
    fn a_virtual_table_is_told() {
        assert!(read("CREATE VIRTUAL TABLE a USING fts5(b)").is_virtual);
    }

    #[test]
    fn text_that_is_no_sql_is_read_to_its_end() {
        for text in [
            "",
            "(",
            ")",
            "'",
            "a''",
            "`a",
            "[b",
            "/* c",
            "--",
            "CHECK",
            "x (CHECK",
            "x (CHECK (",
            "é(ü",
            "x (CHECK)",
            "x (check é",
            "x (a, fts5(check é))",
        ] {
            read(text);
        }
    }
}
