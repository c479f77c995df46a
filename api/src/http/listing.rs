//! Lists as JSON, CSV, NDJSON or HTML, by `?format=` or `Accept`.

use std::cmp::Reverse;

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, LINK, Quality, VARY};
use askama::Template;
use serde::Serialize;
use url::form_urlencoded;

use super::problem::{Code, Problem};
use super::{Answer, html, parameters};
use crate::formats::{self, Csv};
use crate::pages::list::{Cell, Column, Filter, ListPage};
use crate::state::State;
use crate::store::Page;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Ndjson,
    Html,
}

impl Format {
    /// In order of preference, where the request has none.
    pub const ALL: [Format; 4] = [Format::Json, Format::Csv, Format::Ndjson, Format::Html];

    pub fn word(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Html => "html",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv",
            Format::Ndjson => "application/x-ndjson",
            Format::Html => "text/html",
        }
    }

    /// The media type with its parameters.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Html => "text/html; charset=utf-8",
            Format::Json | Format::Ndjson => self.media_type(),
        }
    }

    /// The format that a request asks for.
    pub fn of(request: &HttpRequest, parameter: Option<&str>) -> Result<Format, Problem> {
        if let Some(word) = parameter {
            let format = Format::ALL.into_iter().find(|format| format.word() == word);
            return format.ok_or_else(|| not_acceptable(&format!("format={word}")));
        }
        if request.headers().get("accept").is_none_or(|accept| accept.as_bytes().trim_ascii().is_empty()) {
            return Ok(Format::Json);
        }
        let accepted = Accept::parse(request).map_err(|_| not_acceptable("the Accept header"))?;
        // Of formats wanted equally the one that was named first, then ours that comes first.
        let ranked = Format::ALL.into_iter().filter_map(|format| Some((format.rank(&accepted)?, format)));
        let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, format)| format);
        best.ok_or_else(|| not_acceptable(&format!("Accept: {accepted}")))
    }

    /// The place of the format in what a request wants, by the most specific range that it matches (RFC
    /// 9110 section 12.5.1); `None` where it is not wanted.
    fn rank(self, accepted: &Accept) -> Option<(Reverse<Quality>, usize)> {
        let (kind, _) = self.media_type().split_once('/').unwrap_or_default();
        let specific = |range: &mime::Mime| match (range.type_(), range.subtype()) {
            (mime::STAR, _) => Some(1),
            (of, mime::STAR) if of == kind => Some(2),
            _ if range.essence_str() == self.media_type() => Some(3),
            _ => None,
        };
        let ranges = accepted.iter().enumerate();
        let matching =
            ranges.filter_map(|(place, range)| Some((specific(&range.item)?, place, range.quality)));
        let (_, place, quality) = matching.max_by_key(|(specific, ..)| *specific)?;
        (quality > Quality::ZERO).then_some((Reverse(quality), place))
    }
}

fn not_acceptable(asked: &str) -> Problem {
    let offers: Vec<_> = Format::ALL
        .iter()
        .map(|format| format!("{} (format={})", format.media_type(), format.word()))
        .collect();
    Problem::new(
        Code::NotAcceptable,
        format!("{asked} is not supported; the formats are {}", offers.join(", ")),
    )
}

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
    pub fn of(
        request: &HttpRequest,
        format: Option<&str>,
        spreadsheet: Option<&str>,
    ) -> Result<Wanted, Problem> {
        let spreadsheet = parameters::flag("spreadsheet", spreadsheet)?;
        Ok(Wanted { format: Format::of(request, format)?, spreadsheet })
    }

    /// A parameter. What the form of a page leaves empty is not asked for; of a program it would be a mistake.
    pub fn filled(self, value: Option<String>) -> Option<String> {
        value.filter(|value| self.format != Format::Html || !value.is_empty())
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
