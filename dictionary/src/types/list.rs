//! `list`: items of one type in a text, kept as sent without the blanks around items that are no strings.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::logical::{Json, Length, LogicalType, Physical, string};
use super::{boolean, date, datetime, integer, number, time};
use crate::code::Code;
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    delimiter: String,
    item: Item,
}

/// The type of the items.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    String,
    Integer(integer::Integer),
    Number(number::Number),
    Boolean(boolean::Boolean),
    Date(date::Date),
    DateTime(datetime::DateTime),
    Time(time::Time),
}

impl LogicalType for List {
    const NAME: &'static str = "list";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::Value;
    const LENGTH: Length = Length::Items;
    const KEEPS_BLANKS: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        let delimiter = field.string("delimiter")?.unwrap_or(",").to_owned();
        if delimiter.is_empty() {
            return field
                .refuse("`delimiter` is empty, but must be the text between the items, such as \",\"");
        }
        let item = match field.string("itemType")?.unwrap_or("string") {
            "string" => Item::String,
            "integer" => Item::Integer(integer::Integer::default()),
            "number" => Item::Number(number::Number::default()),
            "boolean" => Item::Boolean(boolean::Boolean::default()),
            "date" => Item::Date(date::Date::default()),
            "datetime" => Item::DateTime(datetime::DateTime::default()),
            "time" => Item::Time(time::Time::default()),
            other => {
                return field.refuse(&format!(
                    "`itemType` is \"{other}\", but must be one of string, integer, number, boolean, date, \
                     datetime, time"
                ));
            }
        };
        Ok(List { delimiter, item })
    }

    fn expected(&self) -> Cow<'static, str> {
        format!("items of type {}, separated by {:?}", self.item.name(), self.delimiter).into()
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let items: Option<Vec<&str>> = text.split(&self.delimiter).map(|item| self.item.read(item)).collect();
        Some(Value::String(items?.join(&self.delimiter).into()))
    }

    /// A string as in a cell, or an array of the items.
    fn read_json(&self, json: &str) -> std::result::Result<Value, Code> {
        if json.starts_with('"') {
            return self.read_text(&string(json)?).ok_or(Code::TypeError);
        }
        let items: Vec<Box<RawValue>> = serde_json::from_str(json).map_err(|_| Code::TypeError)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let text = self.item.read_json(item.get())?;
            if text.contains(&self.delimiter) {
                return Err(Code::TypeError);
            }
            texts.push(text);
        }
        Ok(Value::String(texts.join(&self.delimiter).into()))
    }

    fn fault(&self, text: &str) -> Option<String> {
        if text.starts_with('[') {
            return None;
        }
        let (at, bad) =
            text.split(&self.delimiter).enumerate().find(|(_, item)| self.item.read(item).is_none())?;
        let (at, bad) = (at + 1, crate::text::shortened(bad));
        Some(format!("item {at} is \"{bad}\", which is no {}", self.item.name()))
    }

    fn items(&self, text: &str) -> u64 {
        text.split(&self.delimiter).count() as u64
    }
}

impl Item {
    fn name(&self) -> &'static str {
        match self {
            Item::String => "string",
            Item::Integer(_) => "integer",
            Item::Number(_) => "number",
            Item::Boolean(_) => "boolean",
            Item::Date(_) => "date",
            Item::DateTime(_) => "datetime",
            Item::Time(_) => "time",
        }
    }

    /// The item as it is kept, if it is of the type.
    fn read<'t>(&self, text: &'t str) -> Option<&'t str> {
        let trimmed = text.trim();
        let read = match self {
            Item::String => return (!text.contains('\0')).then_some(text),
            Item::Integer(ty) => ty.read_text(trimmed),
            Item::Number(ty) => ty.read_text(trimmed),
            Item::Boolean(ty) => ty.read_text(trimmed),
            Item::Date(ty) => ty.read_text(trimmed),
            Item::DateTime(ty) => ty.read_text(trimmed),
            Item::Time(ty) => ty.read_text(trimmed),
        };
        read.map(|_| trimmed)
    }

    /// The text of an item of a JSON array.
    fn read_json(&self, json: &str) -> std::result::Result<String, Code> {
        let text = |value: Value| value.text().into_owned();
        match self {
            Item::String if json.starts_with('"') => {
                let text = string(json)?;
                self.read(&text).map(str::to_owned).ok_or(Code::TypeError)
            }
            Item::String => Err(Code::TypeError),
            Item::Integer(ty) => ty.read_json(json).map(text),
            Item::Number(ty) => ty.read_json(json).map(text),
            Item::Boolean(ty) => ty.read_json(json).map(text),
            Item::Date(ty) => ty.read_json(json).map(text),
            Item::DateTime(ty) => ty.read_json(json).map(text),
            Item::Time(ty) => ty.read_json(json).map(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_items_of_its_type() {
        let list = List { delimiter: ";".to_owned(), item: Item::Integer(integer::Integer::default()) };
        assert_eq!(list.read_text("1; 007 ;3"), Some(Value::String("1;007;3".into())));
        assert_eq!(list.read_json("[1, 7]"), Ok(Value::String("1;7".into())));
        assert_eq!(list.items("1;2;3"), 3);
        for bad in ["1,2", "1;;2", "a"] {
            assert_eq!(list.read_text(bad), None, "{bad}");
        }
        assert_eq!(list.fault("1;two").as_deref(), Some("item 2 is \"two\", which is no integer"));
        assert_eq!(list.read_json(r#"["1"]"#), Err(Code::TypeError));
    }

    #[test]
    fn an_item_that_holds_the_delimiter_is_refused() {
        let list = List { delimiter: ",".to_owned(), item: Item::String };
        assert_eq!(list.read_text(" a,,b "), Some(Value::String(" a,,b ".into())));
        assert_eq!(list.read_json(r#"["a", "b,c"]"#), Err(Code::TypeError));
    }
}
