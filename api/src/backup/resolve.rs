//! From a file's schema, which others may have written, to the fields of a table.

use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use chrono::{DateTime, Days, NaiveDate};
use dictionary::value::{read_date, read_datetime};
use dictionary::verdict::cut;
use dictionary::{Field, Table, Type, Value};

use super::container::Damage;
use super::schema::record_name;

/// Where each field of a table is found in a file's records; `None` where it is null in all of them.
pub struct Resolution(Vec<Option<usize>>);

impl Resolution {
    /// Finds the fields by name, in whatever order.
    pub fn new(table: &Table, schema: &Schema) -> Result<Resolution, Damage> {
        let Schema::Record(record) = schema else {
            return Err("the file's schema is no record".to_owned());
        };
        let (name, has) = (record_name(table), record.name.name());
        if has != name {
            return Err(format!("the file holds records of `{}`, not of `{name}`", cut(has)));
        }
        if let Some(extra) = record.fields.iter().find(|theirs| table.field(&theirs.name).is_none()) {
            return Err(format!(
                "the file has a field `{}` that the table `{name}` has not",
                cut(&extra.name)
            ));
        }
        let find = |field: &Field| {
            let found = record.fields.iter().enumerate().find(|(_, theirs)| theirs.name == field.name);
            match found {
                None if field.constraints.required => {
                    Err(format!("the file lacks the required field `{}`", field.name))
                }
                None => Ok(None),
                Some((i, theirs)) if accepts(field.ty, &theirs.schema) => Ok(Some(i)),
                Some((_, theirs)) => Err(format!(
                    "the field `{}` is {} in the data dictionary, but {} in the file",
                    field.name,
                    field.ty.as_str(),
                    cut(&theirs.schema.canonical_form())
                )),
            }
        };
        table.fields.iter().map(find).collect::<Result<_, _>>().map(Resolution)
    }

    /// The values of a record, in the order of the table's fields.
    pub fn values(&self, table: &Table, record: Avro) -> Result<Vec<Value>, Damage> {
        let Avro::Record(mut cells) = record else { return Err("a datum is no record".to_owned()) };
        let value = |(field, place): (&Field, &Option<usize>)| match place.and_then(|i| cells.get_mut(i)) {
            None => Ok(Value::Null),
            Some((_, cell)) => value(field.ty, std::mem::replace(cell, Avro::Null))
                .ok_or_else(|| format!("the field `{}` cannot be read as {}", field.name, field.ty.as_str())),
        };
        table.fields.iter().zip(&self.0).map(value).collect()
    }
}

/// Whether values of a schema can become values of a type.
fn accepts(ty: Type, schema: &Schema) -> bool {
    match (ty, schema) {
        (_, Schema::Union(union)) => {
            let mut variants = union.variants().iter();
            variants.all(|variant| *variant == Schema::Null || accepts(ty, variant))
        }
        (Type::Integer, Schema::Int | Schema::Long)
        | (Type::Number, Schema::Double | Schema::Float | Schema::Int | Schema::Long)
        | (Type::Boolean, Schema::Boolean)
        | (Type::String(_), Schema::String | Schema::Uuid(_) | Schema::Enum(_))
        | (Type::Date, Schema::String | Schema::Date)
        | (
            Type::DateTime,
            Schema::String
            | Schema::TimestampMillis
            | Schema::TimestampMicros
            | Schema::TimestampNanos
            | Schema::LocalTimestampMillis
            | Schema::LocalTimestampMicros
            | Schema::LocalTimestampNanos,
        ) => true,
        _ => false,
    }
}

/// A value of the type. A text that is none becomes a string, which the judge refuses with what it expects.
fn value(ty: Type, avro: Avro) -> Option<Value> {
    let text = |read: Option<Value>, text: String| Some(read.unwrap_or(Value::String(text)));
    match (ty, avro) {
        (_, Avro::Union(_, inner)) => value(ty, *inner),
        (_, Avro::Null) => Some(Value::Null),
        (Type::Integer, Avro::Int(i)) => Some(Value::Integer(i.into())),
        (Type::Integer, Avro::Long(i)) => Some(Value::Integer(i)),
        // -0 is 0.
        (Type::Number, Avro::Double(n)) => Some(Value::Number(n + 0.0)),
        (Type::Number, Avro::Float(n)) => Some(Value::Number(f64::from(n) + 0.0)),
        (Type::Number, Avro::Int(i)) => Some(Value::Number(i.into())),
        (Type::Number, Avro::Long(i)) => exactly(i).map(Value::Number),
        (Type::Boolean, Avro::Boolean(b)) => Some(Value::Boolean(b)),
        (Type::String(_), Avro::String(s) | Avro::Enum(_, s)) => Some(Value::String(s)),
        (Type::String(_), Avro::Uuid(uuid)) => Some(Value::String(uuid.to_string())),
        (Type::Date, Avro::Date(days)) => date(days),
        (Type::Date, Avro::String(s)) => text(read_date(&s).map(Value::Date), s),
        (Type::DateTime, Avro::String(s)) => text(datetime(&s), s),
        (Type::DateTime, Avro::TimestampMillis(n) | Avro::LocalTimestampMillis(n)) => instant(n, 1_000),
        (Type::DateTime, Avro::TimestampMicros(n) | Avro::LocalTimestampMicros(n)) => instant(n, 1_000_000),
        (Type::DateTime, Avro::TimestampNanos(n) | Avro::LocalTimestampNanos(n)) => instant(n, 1_000_000_000),
        _ => None,
    }
}

/// As a double, if it has one.
fn exactly(i: i64) -> Option<f64> {
    let n = i as f64;
    (n as i128 == i128::from(i)).then_some(n)
}

/// Of days since 1970, in the years that the dictionary knows.
fn date(days: i32) -> Option<Value> {
    let epoch = NaiveDate::default();
    let distance = Days::new(days.unsigned_abs().into());
    let date = if days < 0 { epoch.checked_sub_days(distance) } else { epoch.checked_add_days(distance) };
    read_date(&date?.format("%Y-%m-%d").to_string()).map(Value::Date)
}

/// As the dictionary writes it, or `YYYY-MM-DD hh:mm:ss` in UTC.
fn datetime(text: &str) -> Option<Value> {
    let with_t = match text.as_bytes() {
        bytes if bytes.len() == 19 && bytes[10] == b' ' => read_datetime(&text.replacen(' ', "T", 1)),
        _ => read_datetime(text),
    };
    with_t.map(Value::DateTime)
}

/// Of units since 1970; a fraction of a second is refused, not rounded.
fn instant(units: i64, per_second: i64) -> Option<Value> {
    let time = DateTime::from_timestamp_secs(units.div_euclid(per_second))?.naive_utc();
    let text = time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    (units.rem_euclid(per_second) == 0).then(|| read_datetime(&text).map(Value::DateTime))?
}
