//! A request must be for a host of this service.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HOST;
use dictionary::text::shortened;

use crate::hosts::{Host, Hosts};
use crate::http::problem::{Code, Problem};

/// Refuses a request for another host (RFC 9110 section 7.4), by its `Host` or by the host in its target.
pub fn check(request: &ServiceRequest, hosts: &Hosts) -> Result<(), Problem> {
    if hosts.are_any() {
        return Ok(());
    }
    let refuse = |detail: String| Err(Problem::new(Code::MisdirectedRequest, detail));
    let mut headers = request.headers().get_all(HOST);
    let (Some(header), None) = (headers.next(), headers.next()) else {
        return refuse("the request has no Host, or more than one".to_owned());
    };
    let header = String::from_utf8_lossy(header.as_bytes());
    let target = request.uri().authority().map(|authority| authority.as_str());
    for host in [Some(&*header), target].into_iter().flatten() {
        if !Host::parse(host).is_some_and(|host| hosts.allow(&host)) {
            return refuse(format!(
                "the request is for the host {:?}, not for this server; to answer to that name as well, add it to \
                 ALLOWED_HOSTS",
                shortened(host)
            ));
        }
    }
    Ok(())
}
