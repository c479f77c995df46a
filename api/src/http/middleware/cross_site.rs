//! A page of another site cannot make a browser change data.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderValue;

use crate::http::problem::{Code, Problem};

/// Refuses a request that a page of another site makes a browser send. A browser reaches servers that only this machine
/// can reach, and sends simple requests without asking (Fetch section 3.2.6). Its headers say which site the request comes
/// from (<https://www.w3.org/TR/fetch-metadata/>, RFC 6454 section 7).
pub fn check(request: &ServiceRequest) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_foreign = match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => match (origin.split_once("://"), header("host")) {
            (Some((_, from)), Some(to)) => {
                !without_default_port(from).eq_ignore_ascii_case(without_default_port(to))
            }
            _ => true,
        },
        (None, None) => false,
    };
    if is_foreign && !request.method().is_safe() {
        return Err(Problem::new(Code::CrossSite, "a page of another site sent this request"));
    }
    Ok(())
}

fn without_default_port(host: &str) -> &str {
    host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host)
}
