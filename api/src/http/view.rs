//! `GET /view/{table}` and `/view/{table}/{id}`: the rows as they are stored.

use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::{Table, Value};

use super::listing::{List, Wanted};
use super::parameters::{AFTER_KEY, LIMIT};
use super::problem::{Code, Problem};
use super::query::Query;
use super::{Answer, lookup};
use crate::address::segment;
use crate::formats::Record;
use crate::pages::list::{Cell, Column, Filter};
use crate::state::State;

/// Rows in key order.
pub async fn list(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = state.table(&path)?;
    let query = Query::of(&request)?;
    let wanted = Wanted::of(&request, &query)?;
    let limit = query.get(&LIMIT)?.unwrap_or_default().0;
    let after = query.get(&AFTER_KEY)?;
    let key = after.as_deref().map(|after| lookup::key(table, after)).transpose()?;

    let page = state.store()?.records.page(table, key, limit).await?;
    let names = names(table);
    let records = page.map(|values| Record { names: &names, values });
    records.answer(&request, &state, wanted, &Rows { table, after })
}

/// One row.
pub async fn one(request: HttpRequest, path: web::Path<(String, String)>, state: web::Data<State>) -> Answer {
    Query::of(&request)?;
    let (name, id) = path.into_inner();
    let table = state.table(&name)?;
    let key = lookup::key(table, &id)?;
    match state.store()?.records.row(table, &key).await? {
        Some(values) => Ok(HttpResponse::Ok().json(Record { names: &names(table), values })),
        None => {
            let detail = format!("{} has no row with {} {id}", table.name, table.key_name());
            Err(Problem::new(Code::UnknownRow, detail))
        }
    }
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().map(|field| field.name.as_str()).collect()
}

/// The rows of a table.
struct Rows<'a> {
    table: &'a Table,
    after: Option<String>,
}

impl<'a> List for Rows<'a> {
    type Item = Record<'a, Vec<Value>>;

    fn id(&self, record: &Self::Item) -> String {
        self.table.key_text(&record.values)
    }

    fn delimiter(&self) -> u8 {
        self.table.delimiter
    }

    fn header(&self) -> Vec<&str> {
        names(self.table)
    }

    fn cells(&self, record: &Self::Item) -> Vec<String> {
        record.values.iter().map(|value| value.text().into_owned()).collect()
    }

    fn title(&self) -> String {
        self.table.title.clone().unwrap_or_else(|| self.table.name.clone())
    }

    fn related(&self) -> Option<(String, String)> {
        Some((format!("/rejected/{}?format=html", segment(&self.table.name)), "Rejected rows".to_owned()))
    }

    fn filters(&self) -> Vec<Filter> {
        let label = format!("Rows after {}", self.table.key_name());
        vec![Filter { required: true, ..Filter::new("after", label, self.after.as_deref()) }]
    }

    fn columns(&self) -> Vec<Column> {
        let column = |field: &dictionary::Field| Column {
            name: field.name.clone(),
            about: field.description.clone().or_else(|| field.title.clone()),
            is_number: field.ty.physical().is_number(),
        };
        self.table.columns().map(column).collect()
    }

    fn row(&self, record: &Self::Item) -> Vec<Cell> {
        let cell = |value: &Value| match value {
            Value::DateTime(_) => Cell::Moment(value.text().into_owned()),
            Value::Integer(_) | Value::Number(_) => Cell::Number(value.text().into_owned()),
            Value::Null | Value::Boolean(_) | Value::String(_) | Value::Date(_) => {
                Cell::Text(value.text().into_owned())
            }
        };
        record.values.iter().map(cell).collect()
    }
}
