//! `any`: text as it is. A field without `type` is one.

use std::borrow::Cow;

use super::json_text;
use super::logical::{Json, LogicalType, Physical, string};
use crate::code::Code;
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Any;

impl LogicalType for Any {
    const NAME: &'static str = "any";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::Value;
    const KEEPS_BLANKS: bool = true;

    fn of_field(_field: &Object) -> Result<Self> {
        Ok(Any)
    }

    fn expected(&self) -> Cow<'static, str> {
        "any value".into()
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        (!text.contains('\0')).then(|| Value::String(text.into()))
    }

    /// A value that is no string is kept as its JSON text.
    fn read_json(&self, json: &str) -> std::result::Result<Value, Code> {
        let text = if json.starts_with('"') { Some(string(json)?) } else { json_text::compact(json) };
        text.and_then(|text| self.read_text(&text)).ok_or(Code::TypeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_is_kept_as_its_text() {
        assert_eq!(Any.read_text(" 1 "), Some(Value::String(" 1 ".into())));
        for (json, text) in [("1.50", "1.50"), ("\"a \"", "a "), ("true", "true"), ("[1, 2]", "[1,2]")] {
            assert_eq!(Any.read_json(json), Ok(Value::String(text.into())));
        }
        assert_eq!(Any.read_text("\0"), None);
    }
}
