//! `GET /view/{table}` and `/view/{table}/{id}`: the rows as they are stored.

use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::{Table, Value};
use serde::{Deserialize, Serialize};

use super::listing::Format;
use super::parameters::Nothing;
use super::problem::{Code, Problem};
use super::{Answer, parameters};
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    limit: Option<String>,
    after: Option<String>,
    format: Option<String>,
}

/// Rows in key order.
pub async fn list(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = parameters::table(&state.dictionary, &path)?;
    let parameters: Parameters = parameters::query(&request)?;
    let format = Format::of(&request, parameters.format.as_deref())?;
    let limit = parameters::limit(parameters.limit.as_deref())?;
    let after = parameters.after.map(|after| parameters::key(table, &after)).transpose()?;

    let page = state.store()?.page(table, after, limit).await?;
    let records = page.map(|values| Record { table, values });
    let names: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
    records.answer(
        &request,
        format,
        table.delimiter,
        |record: &Record| record.values[table.primary_key].text().into_owned(),
        &names,
        |record| record.values.iter().map(|value| value.text().into_owned()).collect(),
    )
}

/// One row.
pub async fn one(request: HttpRequest, path: web::Path<(String, String)>, state: web::Data<State>) -> Answer {
    parameters::query::<Nothing>(&request)?;
    let (name, id) = path.into_inner();
    let table = parameters::table(&state.dictionary, &name)?;
    let key = parameters::key(table, &id)?;
    match state.store()?.row(table, key).await? {
        Some(values) => Ok(HttpResponse::Ok().json(Record { table, values })),
        None => {
            let detail = format!("{} has no row with {} {id}", table.name, table.key().name);
            Err(Problem::new(Code::UnknownRow, detail))
        }
    }
}

/// A row with its names, in field order.
struct Record<'a> {
    table: &'a Table,
    values: Vec<Value>,
}

impl Serialize for Record<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.table.fields.iter().map(|field| &field.name);
        serializer.collect_map(names.zip(&self.values))
    }
}
