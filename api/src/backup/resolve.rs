//! Maps a file's schema, which another program may have written, to the fields of a table.

use std::collections::HashMap;

use apache_avro::Schema;
use apache_avro::schema::RecordSchema;
use apache_avro::types::Value as Avro;
use chrono::{DateTime, Days, NaiveDate};
use dictionary::iso_text::{read_date, read_datetime};
use dictionary::text::shortened;
use dictionary::{Field, Physical, Table, Value};

use super::container::Damage;
use super::schema::{field_names, is_avro_name, record_name};

/// The position of each field of a table in a file's records; `None` where it is null in all of them.
pub struct Resolution(Vec<Option<usize>>);

impl Resolution {
    /// Finds the fields by name, in whatever order.
    pub fn new(table: &Table, schema: &Schema) -> Result<Resolution, Damage> {
        let Schema::Record(record) = schema else {
            return Err("the file's schema is not a record".to_owned());
        };
        let (name, has) = (record_name(table), record.name.name());
        // Several names may become the same one in Avro.
        let is_of_another =
            !is_avro_name(&table.name) && record.doc.as_ref().is_some_and(|doc| *doc != table.name);
        if has != name || is_of_another {
            let has = record.doc.as_deref().filter(|_| is_of_another).unwrap_or(has);
            return Err(format!("the file holds records of `{}`, not of `{}`", shortened(has), table.name));
        }
        let places = places(table, record);
        if let Some(extra) = (0..record.fields.len()).find(|i| !places.contains(&Some(*i))) {
            return Err(format!(
                "the file has a field `{}` that the table `{}` does not have",
                shortened(&record.fields[extra].name),
                table.name
            ));
        }
        let find = |(field, place): (&Field, Option<usize>)| match place.map(|i| (i, &record.fields[i])) {
            None if field.constraints.required => {
                Err(format!("the file lacks the required field `{}`", field.name))
            }
            None => Ok(None),
            Some((i, theirs)) if accepts(field.ty.physical(), &theirs.schema) => Ok(Some(i)),
            Some((_, theirs)) => Err(format!(
                "the field `{}` is {} in the data dictionary, but {} in the file",
                field.name,
                field.ty.name(),
                shortened(&theirs.schema.canonical_form())
            )),
        };
        table.columns().zip(places).map(find).collect::<Result<_, _>>().map(Resolution)
    }

    /// The values of a record, in the order of the table's fields.
    pub fn values(&self, table: &Table, record: Avro) -> Result<Vec<Value>, Damage> {
        let Avro::Record(mut cells) = record else { return Err("a datum is not a record".to_owned()) };
        let value = |(field, place): (&Field, &Option<usize>)| match place.and_then(|i| cells.get_mut(i)) {
            None => Ok(Value::Null),
            Some((_, cell)) => value(field.ty.physical(), std::mem::replace(cell, Avro::Null))
                .ok_or_else(|| format!("the field `{}` cannot be read as {}", field.name, field.ty.name())),
        };
        table.columns().zip(&self.0).map(value).collect()
    }
}

/// Where each field of a table is in a record: by its name, or of a name that Avro does not take, by `doc`, which holds it, or
/// by the name that is made of it.
fn places(table: &Table, record: &RecordSchema) -> Vec<Option<usize>> {
    let by_name: HashMap<&str, usize> =
        record.fields.iter().enumerate().map(|(i, theirs)| (theirs.name.as_str(), i)).collect();
    let docs = record.fields.iter().enumerate();
    let by_doc: HashMap<&str, usize> =
        docs.filter_map(|(i, theirs)| Some((theirs.doc.as_deref()?, i))).collect();
    let place = |(field, made): (&Field, String)| {
        let by_doc = || by_doc.get(field.name.as_str()).filter(|_| !is_avro_name(&field.name));
        by_doc().or_else(|| by_name.get(made.as_str())).copied()
    };
    table.columns().zip(field_names(table)).map(place).collect()
}

/// Whether values of a schema can become values of a type.
fn accepts(physical: Physical, schema: &Schema) -> bool {
    if let Schema::Union(union) = schema {
        let mut variants = union.variants().iter();
        return variants.all(|variant| *variant == Schema::Null || accepts(physical, variant));
    }
    match physical {
        Physical::Integer => matches!(schema, Schema::Int | Schema::Long),
        Physical::Double => matches!(schema, Schema::Double | Schema::Float | Schema::Int | Schema::Long),
        Physical::Boolean => matches!(schema, Schema::Boolean),
        Physical::Text => matches!(schema, Schema::String | Schema::Uuid(_) | Schema::Enum(_)),
        Physical::Date => matches!(schema, Schema::String | Schema::Date),
        Physical::DateTime => matches!(
            schema,
            Schema::String
                | Schema::TimestampMillis
                | Schema::TimestampMicros
                | Schema::TimestampNanos
                | Schema::LocalTimestampMillis
                | Schema::LocalTimestampMicros
                | Schema::LocalTimestampNanos
        ),
    }
}

/// A value of the type. A text that is not one stays a string. The judge refuses it and names the expected type.
#[expect(clippy::wildcard_enum_match_arm, reason = "another type of Avro is refused")]
fn value(physical: Physical, avro: Avro) -> Option<Value> {
    let avro = match avro {
        Avro::Union(_, inner) => return value(physical, *inner),
        Avro::Null => return Some(Value::Null),
        avro => avro,
    };
    let text = |read: Option<Value>, text: String| Some(read.unwrap_or(Value::String(text.into())));
    match physical {
        Physical::Integer => match avro {
            Avro::Int(i) => Some(Value::Integer(i.into())),
            Avro::Long(i) => Some(Value::Integer(i)),
            _ => None,
        },
        Physical::Double => match avro {
            // -0 is 0.
            Avro::Double(n) => Some(Value::Number(n + 0.0)),
            Avro::Float(n) => Some(Value::Number(f64::from(n) + 0.0)),
            Avro::Int(i) => Some(Value::Number(i.into())),
            Avro::Long(i) => exactly(i).map(Value::Number),
            _ => None,
        },
        Physical::Boolean => match avro {
            Avro::Boolean(b) => Some(Value::Boolean(b)),
            _ => None,
        },
        Physical::Text => match avro {
            Avro::String(s) | Avro::Enum(_, s) => Some(Value::String(s.into())),
            Avro::Uuid(uuid) => Some(Value::String(uuid.to_string().into())),
            _ => None,
        },
        Physical::Date => match avro {
            Avro::Date(days) => day(days),
            Avro::String(s) => text(read_date(&s).map(Value::Date), s),
            _ => None,
        },
        Physical::DateTime => match avro {
            Avro::String(s) => text(instant_of_text(&s), s),
            Avro::TimestampMillis(n) | Avro::LocalTimestampMillis(n) => instant(n, 1_000),
            Avro::TimestampMicros(n) | Avro::LocalTimestampMicros(n) => instant(n, 1_000_000),
            Avro::TimestampNanos(n) | Avro::LocalTimestampNanos(n) => instant(n, 1_000_000_000),
            _ => None,
        },
    }
}

/// As a double, if it has one.
fn exactly(i: i64) -> Option<f64> {
    let n = i as f64;
    (n as i128 == i128::from(i)).then_some(n)
}

/// Days since 1970, in the years that the dictionary accepts.
fn day(days: i32) -> Option<Value> {
    let epoch = NaiveDate::default();
    let distance = Days::new(days.unsigned_abs().into());
    let day = if days < 0 { epoch.checked_sub_days(distance) } else { epoch.checked_add_days(distance) };
    read_date(&day?.format("%Y-%m-%d").to_string()).map(Value::Date)
}

/// As the dictionary writes it, or `YYYY-MM-DD hh:mm:ss` in UTC.
fn instant_of_text(text: &str) -> Option<Value> {
    let with_t = match text.as_bytes() {
        bytes if bytes.len() == 19 && bytes[10] == b' ' => read_datetime(&text.replacen(' ', "T", 1)),
        _ => read_datetime(text),
    };
    with_t.map(Value::DateTime)
}

/// Of units since 1970; more digits of a second than six are refused, not rounded.
fn instant(units: i64, per_second: i64) -> Option<Value> {
    let nanos = units.rem_euclid(per_second) * (1_000_000_000 / per_second);
    let time = DateTime::from_timestamp(units.div_euclid(per_second), u32::try_from(nanos).ok()?)?;
    read_datetime(&time.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()).map(Value::DateTime)
}
