//! Lists as JSON, CSV, NDJSON or HTML, by `?format=` or `Accept`.

use actix_web::HttpRequest;
use actix_web::http::header::{LINK, VARY};
use askama::Template;
use serde::Serialize;
use url::form_urlencoded;

use super::format::Format;
use super::parameters::{FORMAT, SPREADSHEET};
use super::problem::Problem;
use super::query::Query;
use super::{Answer, html};
use crate::formats::{self, Csv};
use crate::pages::list::{Cell, Column, Filter, ListPage};
use crate::state::State;
use crate::store::Page;

/// How a list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Its format.
    pub format: Format,
    /// CSV for a spreadsheet: formulas are marked, so that it runs none of them.
    pub spreadsheet: bool,
}

impl Wanted {
    /// What a request asks for.
    pub fn of(request: &HttpRequest, query: &Query) -> Result<Wanted, Problem> {
        let spreadsheet = query.get(&SPREADSHEET)?.unwrap_or_default();
        Ok(Wanted { format: Format::of(request, query.text(FORMAT.name))?, spreadsheet })
    }
}

/// What is listed, and how it is written in each format; in JSON and NDJSON as its items are.
pub trait List {
    /// One of what is listed.
    type Item: Serialize;

    /// What names an item, as `after` takes it.
    fn id(&self, item: &Self::Item) -> String;

    /// CSV delimiter: the table's own, so that the output can be sent back unchanged.
    fn delimiter(&self) -> u8;

    /// The header of its CSV.
    fn header(&self) -> Vec<&str>;

    /// The cells of its CSV.
    fn cells(&self, item: &Self::Item) -> Vec<String>;

    /// Whether its CSV is meant to be corrected and sent back, perhaps from a spreadsheet.
    fn comes_back(&self) -> bool {
        false
    }

    /// What its page is called.
    fn title(&self) -> String;

    /// Address and name of another page that its page links to.
    fn related(&self) -> Option<(String, String)> {
        None
    }

    /// The filters of its page.
    fn filters(&self) -> Vec<Filter>;

    /// The columns of its page.
    fn columns(&self) -> Vec<Column>;

    /// The cells of its page.
    fn row(&self, item: &Self::Item) -> Vec<Cell>;
}

impl<T: Serialize> Page<T> {
    /// The answer.
    pub fn answer(
        self,
        request: &HttpRequest,
        state: &State,
        wanted: Wanted,
        list: &impl List<Item = T>,
    ) -> Answer {
        let last = self.items.last().filter(|_| self.more);
        let next = last.map(|last| with(request, "after", Some(&list.id(last))));
        let body = match wanted.format {
            Format::Json => serde_json::to_vec(&self.items)?,
            Format::Ndjson => formats::ndjson(&self.items)?,
            Format::Csv => {
                let (delimiter, comes_back) = (list.delimiter(), list.comes_back());
                let csv = Csv { delimiter, spreadsheet: wanted.spreadsheet, comes_back };
                csv.write(&list.header(), self.items.iter().map(|item| list.cells(item)))?
            }
            Format::Html => {
                let page = ListPage {
                    frame: html::frame(state, request, list.title()),
                    related: list.related(),
                    filters: list.filters(),
                    columns: list.columns(),
                    rows: self.items.iter().map(|item| list.row(item)).collect(),
                    first: request.query_string().contains("after=").then(|| with(request, "after", None)),
                    next: next.clone(),
                    others: others(request),
                };
                page.render()?.into_bytes()
            }
        };
        let mut response = html::ok();
        response.insert_header((VARY, "accept"));
        if let Some(next) = next {
            response.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
        }
        Ok(response.content_type(wanted.format.content_type()).body(body))
    }
}

/// The links to the same page in the other formats.
fn others(request: &HttpRequest) -> Vec<(&'static str, String)> {
    let names = [(Format::Csv, "CSV"), (Format::Json, "JSON"), (Format::Ndjson, "NDJSON")];
    let other = |(format, name): (Format, _)| (name, with(request, "format", Some(format.word())));
    names.into_iter().map(other).collect()
}

/// The request's path and query, with another value of a parameter.
fn with(request: &HttpRequest, name: &str, value: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let old = form_urlencoded::parse(request.query_string().as_bytes());
    query.extend_pairs(old.filter(|(old, _)| old != name));
    query.extend_pairs(value.map(|value| (name, value)));
    match query.finish() {
        query if query.is_empty() => request.uri().path().to_owned(),
        query => format!("{}?{query}", request.uri().path()),
    }
}
