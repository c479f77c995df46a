//! Rows that the database wrote as a JSON array of arrays.

use std::fmt;

use dictionary::iso_text::{read_date, read_datetime};
use dictionary::{Physical, Table, Value};
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};

use crate::store::error::{Error, Result};
use crate::store::row::Row;

/// The longest rows, in characters, that an engine may join to one text.
const SHORT: u64 = 2000;

/// Reads the rows; `most` is how many there may be.
pub(in crate::store) fn read(json: &str, types: &[Physical], most: usize) -> Result<Vec<Row>> {
    let mut json = serde_json::Deserializer::from_str(json);
    // Its text may quote a value.
    let fault = |_| Error::Fault("a stored value is not of its column's type".to_owned());
    Rows(types, most).deserialize(&mut json).map_err(fault)
}

struct Rows<'t>(&'t [Physical], usize);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Vec<Row>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Vec<Row>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::with_capacity(self.1);
        while let Some(row) = array.next_element_seed(Cells(self.0))? {
            rows.push(row);
        }
        Ok(rows)
    }
}

struct Cells<'t>(&'t [Physical]);

impl<'de> DeserializeSeed<'de> for Cells<'_> {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Cells<'_> {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a cell for each column")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut row = Vec::with_capacity(self.0.len());
        for ty in self.0 {
            row.push(
                array.next_element_seed(Cell(*ty))?.ok_or_else(|| A::Error::custom("a cell is missing"))?,
            );
        }
        Ok(row)
    }
}

struct Cell(Physical);

impl<'de> DeserializeSeed<'de> for Cell {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl Visitor<'_> for Cell {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a value of {:?}", self.0)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E: serde::de::Error>(self, integer: i64) -> Result<Value, E> {
        match self.0 {
            Physical::Integer => Ok(Value::Integer(integer)),
            Physical::Boolean => Ok(Value::Boolean(integer != 0)),
            Physical::Double | Physical::Text | Physical::Date | Physical::DateTime => {
                Err(E::custom("an integer"))
            }
        }
    }

    fn visit_u64<E: serde::de::Error>(self, integer: u64) -> Result<Value, E> {
        self.visit_i64(i64::try_from(integer).map_err(E::custom)?)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        let value = match self.0 {
            Physical::Text => Some(Value::String(text.into())),
            Physical::Date => read_date(text).map(Value::Date),
            Physical::DateTime => read_datetime(text).map(Value::DateTime),
            Physical::Integer | Physical::Double | Physical::Boolean => None,
        };
        value.ok_or_else(|| E::custom("a string"))
    }
}

/// Whether the rows of a table are short, and JSON holds each value exactly: SQLite writes doubles with 15 digits, two
/// too few.
pub(in crate::store) fn are_short(table: &Table) -> bool {
    let length = |field: &dictionary::Field| match field.ty.physical() {
        Physical::Double => None,
        Physical::Integer | Physical::Boolean | Physical::Text | Physical::Date | Physical::DateTime => {
            field.constraints.max_length.or(field.ty.longest())
        }
    };
    let lengths: Option<Vec<u64>> = table.columns().map(length).collect();
    lengths.is_some_and(|lengths| lengths.iter().sum::<u64>() <= SHORT)
}
