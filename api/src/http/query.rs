//! The parameters of a request.

use actix_web::HttpRequest;
use url::form_urlencoded;

use super::endpoint::{Endpoint, EndpointsOfPath};
use super::format::Format;
use super::parameter::{Parameter, ParameterType};
use super::parameters::FORMAT;
use super::problem::{Code, Problem};

/// The parameters of a request, each of which its endpoint has.
pub struct Query {
    endpoint: &'static Endpoint,
    given: Vec<(String, String)>,
}

impl Query {
    /// Reads a query. An unknown parameter is refused, since it may be misspelt, and so is one that is there twice. An HTML
    /// form sends the fields that the user left empty; these are dropped. A program that sends an empty value gets an error.
    pub fn of(request: &HttpRequest) -> Result<Query, Problem> {
        let refused = |detail: String| Problem::new(Code::BadParameter, detail);
        let endpoint = request.app_data::<EndpointsOfPath>().and_then(|all| all.of_method(request.method()));
        let endpoint =
            endpoint.ok_or_else(|| Problem::caused(Code::Internal, "a handler without an endpoint"))?;
        let mut query = Query { endpoint, given: Vec::new() };
        for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()).into_owned() {
            if !endpoint.parameters.iter().any(|parameter| parameter.name() == name) {
                return Err(refused(match endpoint.parameters {
                    [] => format!("{name:?} is no parameter of this path, which has none"),
                    some => {
                        let names: Vec<_> = some.iter().map(|parameter| parameter.name()).collect();
                        format!(
                            "{name:?} is no parameter of this path; its parameters are {}",
                            names.join(", ")
                        )
                    }
                }));
            }
            if query.text(&name).is_some() {
                return Err(refused(format!("the parameter {name} is there twice; send it once")));
            }
            query.given.push((name, value));
        }
        let has_pages = endpoint.parameters.iter().any(|parameter| parameter.name() == FORMAT.name);
        if has_pages && Format::of(request, query.text(FORMAT.name))? == Format::Html {
            query.given.retain(|(_, value)| !value.is_empty());
        }
        Ok(query)
    }

    /// The text of a parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        let given = self.given.iter().find(|(given, _)| given == name);
        given.map(|(_, value)| value.as_str())
    }

    /// The value of a parameter; `None` where it is not given.
    pub fn get<T: ParameterType>(&self, parameter: &Parameter<T>) -> Result<Option<T>, Problem> {
        let is_listed = self.endpoint.parameters.iter().any(|listed| listed.name() == parameter.name);
        debug_assert!(is_listed, "{} is no parameter of {}", parameter.name, self.endpoint.path);
        let Some(text) = self.text(parameter.name) else { return Ok(None) };
        T::read(text).map(Some).ok_or_else(|| {
            let detail = format!("{} must be {}, got {text:?}", parameter.name, T::expected());
            Problem::new(Code::BadParameter, detail)
        })
    }
}
