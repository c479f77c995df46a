//! Typed access to a JSON object of the descriptor, with errors that name the place.

use serde_json::{Map, Value};

use super::error::{DescriptorError, Result};

pub(crate) struct Object<'a> {
    members: &'a Map<String, Value>,
    place: String,
}

impl<'a> Object<'a> {
    pub(crate) fn new(value: &'a Value, place: String) -> Result<Self> {
        match value.as_object() {
            Some(members) => Ok(Object { members, place }),
            None => Err(DescriptorError::of(format!("{place}: must be an object"))),
        }
    }

    pub(crate) fn at(self, place: String) -> Self {
        Object { place, ..self }
    }

    /// Where it is in the descriptor, for messages.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn refuse<T>(&self, why: &str) -> Result<T> {
        Err(DescriptorError::of(self.at_place(why)))
    }

    /// A reason to refuse it, which names the place.
    pub(crate) fn at_place(&self, why: &str) -> String {
        format!("{}: {why}", self.place)
    }

    /// A property; `null` says that it is absent.
    pub(crate) fn get(&self, property: &str) -> Option<&'a Value> {
        self.members.get(property).filter(|value| !value.is_null())
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
        self.members.iter().filter(|(_, value)| !value.is_null()).map(|(property, _)| property)
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

    /// The names of fields: an array of strings, or one string. None where it is missing or empty.
    pub(crate) fn names(&self, property: &str) -> Result<Vec<String>> {
        self.get(property).map_or(Ok(Vec::new()), |value| self.names_in(value, property))
    }

    /// The names of fields in a part of a property.
    pub(crate) fn names_in(&self, value: &Value, property: &str) -> Result<Vec<String>> {
        let names = match value {
            Value::Null => Some(Vec::new()),
            Value::String(name) if name.is_empty() => Some(Vec::new()),
            Value::String(name) => Some(vec![name.clone()]),
            Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        };
        names.map_or_else(|| self.refuse(&format!("`{property}` must name fields, got {value}")), Ok)
    }
}
