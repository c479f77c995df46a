//! The types of query parameters.

use dictionary::Code as RowCode;
use dictionary::wire::{BatchKind, LoggedReject};
use serde_json::{Value, json};
use uuid::Uuid;

use super::format::Format;
use super::parameter::ParameterType;
use crate::reports::Year;

/// A type whose values are a few words.
trait Words: Copy + Sized + 'static {
    const ALL: &'static [Self];

    fn word(self) -> &'static str;
}

impl<W: Words> ParameterType for W {
    fn expected() -> String {
        format!("one of {}", words::<W>().join(", "))
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": words::<W>() })
    }

    fn read(text: &str) -> Option<W> {
        W::ALL.iter().copied().find(|value| value.word() == text)
    }
}

fn words<W: Words>() -> Vec<&'static str> {
    W::ALL.iter().map(|value| value.word()).collect()
}

impl Words for bool {
    const ALL: &'static [bool] = &[true, false];

    fn word(self) -> &'static str {
        if self { "true" } else { "false" }
    }
}

impl Words for BatchKind {
    const ALL: &'static [BatchKind] = &BatchKind::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Words for RowCode {
    const ALL: &'static [RowCode] = &RowCode::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Words for Format {
    const ALL: &'static [Format] = &Format::ALL;

    fn word(self) -> &'static str {
        Format::word(self)
    }
}

/// The status of a reject.
#[derive(Debug, Clone, Copy)]
pub struct Status(pub &'static str);

impl Words for Status {
    const ALL: &'static [Status] = &[Status(LoggedReject::OPEN)];

    fn word(self) -> &'static str {
        self.0
    }
}

/// The number of rows of a page.
pub struct Limit(pub u32);

impl Limit {
    const MAX: u32 = 1000;
}

/// 100 rows.
impl Default for Limit {
    fn default() -> Self {
        Limit(100)
    }
}

impl ParameterType for Limit {
    fn expected() -> String {
        format!("1 to {} (the next page is in the Link header)", Limit::MAX)
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 1, "maximum": Limit::MAX, "default": Limit::default().0 })
    }

    fn read(text: &str) -> Option<Limit> {
        text.parse().ok().filter(|limit| (1..=Limit::MAX).contains(limit)).map(Limit)
    }
}

/// A number that counts from 1.
pub struct Count(pub u64);

impl Count {
    /// Far above any file, and far below the integers of the ledger.
    const MAX: u64 = 1_000_000_000_000_000;
}

impl Default for Count {
    fn default() -> Self {
        Count(1)
    }
}

impl ParameterType for Count {
    fn expected() -> String {
        "a whole number from 1 up".to_owned()
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 1, "maximum": Count::MAX })
    }

    fn read(text: &str) -> Option<Count> {
        text.parse().ok().filter(|count| (1..=Count::MAX).contains(count)).map(Count)
    }
}

/// The id of a batch or a reject, in its canonical form.
pub struct Id(pub String);

impl ParameterType for Id {
    fn expected() -> String {
        "an id, a UUID".to_owned()
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "uuid" })
    }

    fn read(text: &str) -> Option<Id> {
        Some(Id(Uuid::parse_str(text).ok()?.hyphenated().to_string()))
    }
}

/// The name of a source.
pub struct Source(pub String);

impl Source {
    const MAX: usize = 255;
}

impl ParameterType for Source {
    fn expected() -> String {
        format!("a text of 1 to {} characters without control characters", Source::MAX)
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": Source::MAX })
    }

    fn read(text: &str) -> Option<Source> {
        let fits =
            !text.is_empty() && text.chars().count() <= Source::MAX && !text.contains(char::is_control);
        fits.then(|| Source(text.to_owned()))
    }
}

impl ParameterType for Year {
    fn expected() -> String {
        format!("{} to {}", Year::FIRST, Year::LAST)
    }

    fn schema() -> Value {
        let number = |year: Year| year.to_string().parse::<u16>().ok();
        let (first, last) = (number(Year::FIRST), number(Year::LAST));
        json!({ "type": "integer", "minimum": first, "maximum": last, "default": number(Year::DEFAULT) })
    }

    fn read(text: &str) -> Option<Year> {
        text.parse().ok()
    }
}

impl ParameterType for String {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }

    fn read(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}
