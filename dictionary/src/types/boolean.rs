//! `boolean`: a truth value.

use std::borrow::Cow;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boolean {
    trues: Vec<String>,
    falses: Vec<String>,
}

impl Default for Boolean {
    /// Table Schema's default `trueValues` and `falseValues`.
    fn default() -> Self {
        let owned = |texts: [&str; 4]| texts.map(str::to_owned).to_vec();
        Boolean {
            trues: owned(["true", "True", "TRUE", "1"]),
            falses: owned(["false", "False", "FALSE", "0"]),
        }
    }
}

impl LogicalType for Boolean {
    const NAME: &'static str = "boolean";
    const PHYSICAL: Physical = Physical::Boolean;
    const JSON: Json = Json::Boolean;

    fn of_field(field: &Object) -> Result<Self> {
        let mut ty = Boolean::default();
        for (property, texts) in [("trueValues", &mut ty.trues), ("falseValues", &mut ty.falses)] {
            if let Some(values) = field.array(property)? {
                let read = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
                let Some(read) = read else {
                    return field.refuse(&format!("`{property}` must be an array of strings"));
                };
                *texts = read;
            }
        }
        match ty.trues.iter().find(|text| ty.falses.contains(text)) {
            Some(both) => field.refuse(&format!("`trueValues` and `falseValues` both hold {both:?}")),
            None => Ok(ty),
        }
    }

    fn expected(&self) -> Cow<'static, str> {
        if *self == Boolean::default() {
            return "true or false".into();
        }
        format!("{} for true, or {} for false", self.trues.join(" or "), self.falses.join(" or ")).into()
    }

    /// Also `true` and `false`, which this program writes, where they do not mean the contrary.
    fn read_text(&self, text: &str) -> Option<Value> {
        let has = |texts: &[String]| texts.iter().any(|listed| listed == text);
        if has(&self.trues) {
            Some(Value::Boolean(true))
        } else if has(&self.falses) {
            Some(Value::Boolean(false))
        } else {
            self.read_canonical(text)
        }
    }

    fn read_canonical(&self, text: &str) -> Option<Value> {
        match text {
            "true" => Some(Value::Boolean(true)),
            "false" => Some(Value::Boolean(false)),
            _ => None,
        }
    }

    fn longest(&self) -> Option<u64> {
        Some(5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boolean_is_written_as_the_field_says() {
        let ty = Boolean { trues: vec!["Y".to_owned()], falses: vec!["N".to_owned()] };
        for (text, value) in
            [("Y", Some(true)), ("N", Some(false)), ("true", Some(true)), ("1", None), ("y", None)]
        {
            assert_eq!(ty.read_text(text), value.map(Value::Boolean), "{text}");
        }
        assert_eq!(ty.expected(), "Y for true, or N for false");
        assert_eq!(Boolean::default().read_text("TRUE"), Some(Value::Boolean(true)));
    }
}
