//! Typed access to a JSON object of the descriptor, with errors that name the place.

use serde_json::{Map, Value};

use super::error::{DescriptorError, Result};

/// Letters, digits and underscores that every engine takes as an identifier.
const NAME_LENGTH: usize = 48;

pub(crate) struct Object<'a> {
    members: &'a Map<String, Value>,
    place: String,
}

impl<'a> Object<'a> {
    pub(crate) fn new(value: &'a Value, place: String) -> Result<Self> {
        match value.as_object() {
            Some(members) => Ok(Object { members, place }),
            None => Err(DescriptorError(format!("{place}: must be an object"))),
        }
    }

    pub(crate) fn at(self, place: String) -> Self {
        Object { place, ..self }
    }

    pub(crate) fn refuse<T>(&self, why: &str) -> Result<T> {
        Err(DescriptorError(format!("{}: {why}", self.place)))
    }

    pub(crate) fn get(&self, property: &str) -> Option<&'a Value> {
        self.members.get(property)
    }

    /// A property that is there and not null, as some programs write what is not there.
    pub(crate) fn given(&self, property: &str) -> Option<&'a Value> {
        self.get(property).filter(|value| !value.is_null())
    }

    /// A string; `None` where the property is null or not there.
    pub(crate) fn string_or_null(&self, property: &str) -> Result<Option<&'a str>> {
        self.given(property).map_or(Ok(None), |_| self.string(property))
    }

    /// An object; `None` where the property is null or not there.
    pub(crate) fn object_or_null(&self, property: &str) -> Result<Option<Object<'a>>> {
        self.given(property).map_or(Ok(None), |_| self.object(property))
    }

    pub(crate) fn properties(&self) -> impl Iterator<Item = &'a String> {
        self.members.keys()
    }

    fn typed<T>(
        &self,
        property: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        match self.get(property) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => self.refuse(&format!("`{property}` must be {what}, got {value}")),
            },
        }
    }

    pub(crate) fn string(&self, property: &str) -> Result<Option<&'a str>> {
        self.typed(property, "a string", Value::as_str)
    }

    pub(crate) fn boolean(&self, property: &str) -> Result<Option<bool>> {
        self.typed(property, "true or false", Value::as_bool)
    }

    pub(crate) fn count(&self, property: &str) -> Result<Option<u64>> {
        self.typed(property, "a whole number", Value::as_u64)
    }

    pub(crate) fn array(&self, property: &str) -> Result<Option<&'a [Value]>> {
        self.typed(property, "an array", |v| v.as_array().map(Vec::as_slice))
    }

    pub(crate) fn object(&self, property: &str) -> Result<Option<Object<'a>>> {
        let members = self.typed(property, "an object", Value::as_object)?;
        Ok(members.map(|members| Object { members, place: self.place.clone() }))
    }

    /// A string, or an array of exactly one.
    pub(crate) fn one_string(&self, property: &str) -> Result<Option<String>> {
        self.typed(property, "one string", |value| match value {
            Value::String(name) => Some(name.clone()),
            Value::Array(names) if names.len() == 1 => names[0].as_str().map(str::to_owned),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        })
    }

    /// The name of one field; several are more than this product supports.
    pub(crate) fn one_name(&self, property: &str) -> Result<Option<String>> {
        match self.get(property) {
            Some(Value::Array(names)) if names.len() != 1 => {
                self.refuse(&format!("`{property}` must name exactly one field"))
            }
            _ => self.one_string(property),
        }
    }

    /// The name of a table or field, checked.
    pub(crate) fn name(&self, property: &str) -> Result<String> {
        let Some(name) = self.string(property)? else {
            return self.refuse(&format!("`{property}` is missing"));
        };
        let mut bytes = name.bytes();
        let valid = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.len() <= NAME_LENGTH;
        if !valid {
            return self.refuse(&format!(
                "`{property}` is {name:?}, but must be a letter, then at most {} letters, digits or underscores",
                NAME_LENGTH - 1
            ));
        }
        Ok(name.to_owned())
    }

    /// Refuses a property that is present with another value than its default values.
    pub(crate) fn only_default(&self, property: &str, defaults: &[Value]) -> Result<()> {
        match self.get(property) {
            Some(value) if !defaults.contains(value) => {
                self.refuse(&format!("`{property}` is {value}, but only {} is supported", defaults[0]))
            }
            _ => Ok(()),
        }
    }

    /// Refuses any of these properties.
    pub(crate) fn unsupported(&self, properties: &[&str]) -> Result<()> {
        match properties.iter().find(|property| self.get(property).is_some()) {
            Some(property) => self.refuse(&format!("`{property}` is not supported")),
            None => Ok(()),
        }
    }
}
