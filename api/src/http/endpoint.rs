//! What an endpoint is.

use actix_web::Route;
use actix_web::http::Method;

use schemars::{Schema, SchemaGenerator};

use super::parameter::AnyParameter;
use super::problem::Code;

/// One method of one path.
pub struct Endpoint {
    /// A path that takes `GET` takes `HEAD` too.
    pub method: Method,
    /// The path, with the names of its variable parts in braces.
    pub path: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The parameters of its query.
    pub parameters: &'static [&'static dyn AnyParameter],
    /// What it takes besides.
    pub body: Body,
    /// What it answers when all is well.
    pub answers: Answers,
    /// What else may be wrong with a request, besides what follows from its path, its parameters and its body.
    pub problems: &'static [Code],
    /// The route to its handler.
    pub route: fn() -> Route,
}

/// The body that an endpoint takes.
pub enum Body {
    None,
    /// 1 to 1000 rows of the path's table.
    Rows,
    /// A data package's descriptor.
    Descriptor,
}

/// Makes the schema of a type, and adds it to those of the document.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What an endpoint answers when all is well.
pub enum Answers {
    /// A JSON document of this type, with each of these statuses.
    Json(&'static [(u16, &'static str)], SchemaOf),
    /// A page of items of this type, in every format of lists.
    List(SchemaOf),
    /// A page of rows of the path's table.
    Rows,
    /// A row of the path's table.
    Row,
    /// Something else of a media type: what it is, and the type.
    File(&'static str, &'static str),
}

/// Every endpoint, as handlers find them in a request.
#[derive(Clone, Copy)]
pub struct AllEndpoints(pub &'static [Endpoint]);

/// The endpoints of one path.
#[derive(Clone)]
pub struct EndpointsOfPath(pub Vec<&'static Endpoint>);

impl EndpointsOfPath {
    /// The endpoint of a method.
    pub fn of_method(&self, method: &Method) -> Option<&'static Endpoint> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.0.iter().copied().find(|endpoint| endpoint.method == *method)
    }

    /// The methods that the path takes, as the header `Allow` lists them (RFC 9110 section 10.2.1).
    pub fn methods(&self) -> String {
        let of = |endpoint: &&'static Endpoint| match endpoint.method {
            Method::GET => vec!["GET", "HEAD"],
            _ => vec![endpoint.method.as_str()],
        };
        let mut methods: Vec<&str> = self.0.iter().flat_map(of).collect();
        methods.sort_unstable();
        methods.push("OPTIONS");
        methods.join(", ")
    }
}
