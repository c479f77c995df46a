//! `array`: a JSON array, kept as its text without blanks between the parts.

use std::borrow::Cow;

use super::json_text;
use super::logical::{Json, Length, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array;

impl LogicalType for Array {
    const NAME: &'static str = "array";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::Value;
    const LENGTH: Length = Length::Items;

    fn of_field(_field: &Object) -> Result<Self> {
        Ok(Array)
    }

    fn expected(&self) -> Cow<'static, str> {
        "a JSON array".into()
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let json = json_text::compact(text)?;
        json.starts_with('[').then(|| Value::String(json.into()))
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
    fn an_array_is_kept_as_sent_without_blanks_between_its_items() {
        let read = |text| Array.read_text(text).map(|value| value.text().into_owned());
        assert_eq!(read(r#"[ 1.50, "a b", [null] ]"#).as_deref(), Some(r#"[1.50,"a b",[null]]"#));
        for bad in ["{}", "1,2", "[1", "[1,]", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
