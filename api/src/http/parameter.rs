//! What a parameter of a query is.

use std::marker::PhantomData;

use serde_json::Value;

/// A type of query parameters.
pub trait ParameterType: Sized {
    /// What a value must be, in words that follow "must be".
    fn expected() -> String;

    /// Its JSON Schema, as OpenAPI 3.1 takes it.
    fn schema() -> Value;

    /// Reads a value; `None` if it is none of this type.
    fn read(text: &str) -> Option<Self>;
}

/// A parameter of a query.
pub struct Parameter<T> {
    pub name: &'static str,
    about: &'static str,
    of_type: PhantomData<fn() -> T>,
}

impl<T> Parameter<T> {
    pub const fn new(name: &'static str, about: &'static str) -> Parameter<T> {
        Parameter { name, about, of_type: PhantomData }
    }
}

/// A parameter of any type.
pub trait AnyParameter: Sync {
    fn name(&self) -> &'static str;

    /// What it does, in a few words.
    fn about(&self) -> &'static str;

    /// The JSON Schema of its values.
    fn schema(&self) -> Value;
}

impl<T: ParameterType> AnyParameter for Parameter<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn schema(&self) -> Value {
        T::schema()
    }
}
