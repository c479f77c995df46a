//! `object`: a JSON object, kept as its text without blanks between the parts.

use std::borrow::Cow;

use super::json_text;
use super::logical::{Json, Length, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonObject;

impl LogicalType for JsonObject {
    const NAME: &'static str = "object";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::Value;
    const LENGTH: Length = Length::Items;

    fn of_field(_field: &Object) -> Result<Self> {
        Ok(JsonObject)
    }

    fn expected(&self) -> Cow<'static, str> {
        "a JSON object".into()
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let json = json_text::compact(text)?;
        json.starts_with('{').then(|| Value::String(json.into()))
    }

    fn fault(&self, text: &str) -> Option<String> {
        json_text::fault(text)
    }

    fn items(&self, text: &str) -> u64 {
        json_text::items(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_kept_as_sent_without_blanks_between_its_parts() {
        let read = |text| JsonObject.read_text(text).map(|value| value.text().into_owned());
        assert_eq!(read(r#"{"b": 1.0, "a": "x y"}"#).as_deref(), Some(r#"{"b":1.0,"a":"x y"}"#));
        for bad in ["[]", "5", "{'a': 1}", "{\"a\": NaN}", "", "{}{}"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(JsonObject.read_json(r#""{\"a\": 1}""#), Ok(Value::String(r#"{"a":1}"#.into())));
    }
}
