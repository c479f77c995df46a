//! A list as a page: a table with its filters.

use askama::Template;

use super::{self as pages, Frame, Percentages};

/// A page of a list.
#[derive(Template)]
#[template(path = "list.html")]
pub struct ListPage {
    pub frame: Frame,
    /// Address and name of a page that belongs to the list.
    pub related: Option<(String, String)>,
    pub filters: Vec<Filter>,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// Where the first page is, if this is another one.
    pub first: Option<String>,
    /// Where the next page is, if there is one.
    pub next: Option<String>,
    /// Names and addresses of the same page in other formats.
    pub others: Vec<(&'static str, String)>,
}

/// A parameter that narrows a list down.
pub struct Filter {
    pub name: &'static str,
    pub label: String,
    pub value: String,
    /// What it can be; anything where there is nothing.
    pub options: Vec<String>,
    /// Whether nothing is no value.
    pub required: bool,
}

impl Filter {
    /// A parameter with its value now.
    pub fn new(name: &'static str, label: impl Into<String>, value: Option<&str>) -> Filter {
        let value = value.unwrap_or_default().to_owned();
        Filter { name, label: label.into(), value, options: Vec::new(), required: false }
    }

    /// The same, of some words.
    pub fn one_of<'w>(self, words: impl IntoIterator<Item = &'w str>) -> Filter {
        Filter { options: words.into_iter().map(str::to_owned).collect(), ..self }
    }
}

/// The head of a column.
pub struct Column {
    pub name: String,
    /// What it holds, in words.
    pub about: Option<String>,
    pub is_number: bool,
}

impl Column {
    /// Of texts.
    pub fn new(name: &str) -> Column {
        Column { name: name.to_owned(), about: None, is_number: false }
    }

    /// Of numbers.
    pub fn number(name: &str) -> Column {
        Column { is_number: true, ..Column::new(name) }
    }
}

/// A cell of a page.
pub enum Cell {
    Text(String),
    Number(String),
    /// Text that leads somewhere.
    Link(String, String),
    NumberLink(String, String),
    /// A datetime as in CSV.
    Moment(String),
    /// What was received, sign by sign.
    Raw(String),
    /// Several texts, each with a path and what it is called.
    Reasons(Vec<(String, String)>),
    /// How the rows of a batch ended.
    Bar(Percentages),
}
