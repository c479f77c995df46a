//! The types that a column may have, and which cells are against each.

use serde_json::json;

use super::cell::Cell;
use crate::descriptor::Object;
use crate::types::Type;

/// Formats of dates other than ISO 8601. Each is a format only where every cell fits it, and no other one.
const DATES: [&str; 13] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
];

/// Times after a date.
const TIMES: [&str; 2] = ["%H:%M:%S", "%H:%M"];

/// Dates that programs write with a time after them.
const DATES_WITH_TIME: [&str; 8] =
    ["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y"];

/// Digits of a whole number from which on it is taken for an identifier.
const MOST_DIGITS: usize = 15;

/// What a cell must be besides a value of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// A whole number as programs write it.
    Integer,
    /// A number as programs write it.
    Number,
    /// `true` or `false`: `1`, `yes` and the like may mean something else.
    Boolean,
    /// Nothing.
    Default,
    /// Nothing, as one of several formats.
    Pattern,
    /// Nothing: the type of what has no other.
    String,
}

/// A type that a column may have.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Table Schema's name of the type.
    pub(super) name: &'static str,
    /// Its `format`, where it is not the default one.
    pub(super) format: Option<String>,
    ty: Type,
    rule: Rule,
}

impl Candidate {
    fn new(name: &'static str, format: Option<String>, rule: Rule) -> Option<Candidate> {
        let field = match &format {
            None => json!({ "type": name }),
            Some(format) => json!({ "type": name, "format": format }),
        };
        let ty = Type::of_field(&Object::new(&field, String::new()).ok()?).ok()?;
        Some(Candidate { name, format, ty, rule })
    }

    /// All of them, the most specific first; the last one is `string`.
    pub(super) fn all() -> Vec<Candidate> {
        let plain = [
            ("integer", Rule::Integer),
            ("number", Rule::Number),
            ("boolean", Rule::Boolean),
            ("date", Rule::Default),
            ("datetime", Rule::Default),
        ];
        let plain = plain.into_iter().map(|(name, rule)| Candidate::new(name, None, rule));
        let dates =
            DATES.into_iter().map(|date| Candidate::new("date", Some(date.to_owned()), Rule::Pattern));
        let moments = DATES_WITH_TIME.into_iter().flat_map(|date| {
            let of_time =
                move |time| Candidate::new("datetime", Some(format!("{date} {time}")), Rule::Pattern);
            TIMES.into_iter().map(of_time)
        });
        let string = Candidate::new("string", None, Rule::String);
        plain.chain(dates).chain(moments).chain([string]).flatten().collect()
    }

    /// Whether it is one of several formats of a type, of which only one may fit.
    pub(super) fn is_pattern(&self) -> bool {
        self.rule == Rule::Pattern
    }

    /// Whether it is `string`.
    pub(super) fn is_string(&self) -> bool {
        self.rule == Rule::String
    }

    /// Its name and format, for people.
    pub(super) fn words(&self) -> String {
        match &self.format {
            None => self.name.to_owned(),
            Some(format) => format!("{} {format}", self.name),
        }
    }

    /// Whether a cell may be a value of it.
    pub(super) fn fits(&self, cell: Cell) -> bool {
        match cell {
            Cell::Text(text) => self.allows(text.trim()) && self.ty.read_text(text).is_some(),
            Cell::Json(json) => {
                let may_be = self.rule != Rule::Pattern || self.allows(cell.text().trim());
                may_be && self.ty.read_json(json).is_ok()
            }
        }
    }

    fn allows(&self, text: &str) -> bool {
        match self.rule {
            Rule::Integer => is_plain(text) && text != "-0",
            Rule::Number => is_plain(text),
            Rule::Boolean => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            // A format may read what this program writes besides what it says, and that is another format.
            Rule::Pattern => self.ty.read_canonical(text).is_none(),
            Rule::Default | Rule::String => true,
        }
    }
}

/// Whether digits are those of a number, and not of an identifier, which a number would not give back: without a plus,
/// without a leading zero, and not many.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    !text.starts_with('+') && whole <= MOST_DIGITS && !(whole > 1 && digits.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::super::decision::Candidates;
    use super::*;

    #[track_caller]
    fn is_described(cells: &[&str], expected: &str) {
        let all = Candidate::all();
        let mut candidates = Candidates::new(&all);
        for (line, cell) in (2..).zip(cells) {
            candidates.test(&all, Cell::Text(cell), line);
        }
        assert_eq!(candidates.decide(&all).words(), expected, "{cells:?}");
    }

    #[test]
    fn a_column_has_the_type_that_every_cell_is_of() {
        is_described(&["1", "-20", " 3 ", "0"], "integer");
        is_described(&["1", "2.50"], "number");
        is_described(&["0.1234567890123456", "-0.5", "1e5"], "number");
        is_described(&["true", "False", "TRUE"], "boolean");
        is_described(&["2024-02-28"], "date");
        is_described(&["2024-02-28T10:00:00Z", "2024-02-28T10:00:00+02:00"], "datetime");
        is_described(&["2024-02-28", "2024-02-30"], "string");
        is_described(&["1", "x"], "string");
    }

    #[test]
    fn what_may_be_an_identifier_is_a_string() {
        for cell in ["0870", "+49", "-01", "1234567890123456", "-0", "00.5", "0123456789012345.5"] {
            let expected = if cell == "-0" { "number" } else { "string" };
            is_described(&["1", cell], expected);
        }
        for cells in [&["1", "yes"][..], &["Y", "N"], &["true", "1"], &["NaN", "1"], &["INF"]] {
            is_described(cells, "string");
        }
    }

    #[test]
    fn a_format_other_than_iso_must_be_the_only_one() {
        is_described(&["31/01/2024", "01/02/2024"], "date %d/%m/%Y");
        is_described(&["01/31/2024", "01/02/2024"], "date %m/%d/%Y");
        is_described(&["28.02.2024", "1.2.2024"], "date %d.%m.%Y");
        is_described(&["2024-02-28 10:00:00"], "datetime %Y-%m-%d %H:%M:%S");
        is_described(&["31/01/2024", "2024-01-31"], "string");
        is_described(&["03/04/2024", "05/06/2024"], "string");
    }
}
