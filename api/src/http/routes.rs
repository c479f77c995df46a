//! The routes to the handlers, made from the list of endpoints.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, guard, web};

use super::Answer;
use super::endpoint::{AllEndpoints, Endpoint, EndpointsOfPath};
use super::endpoints::ENDPOINTS;
use super::problem::{Code, Problem};

/// Every path of the API.
pub fn routes(config: &mut web::ServiceConfig) {
    config.app_data(AllEndpoints(ENDPOINTS));
    let mut paths: Vec<(&str, EndpointsOfPath)> = Vec::new();
    for endpoint in ENDPOINTS {
        match paths.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, endpoints)) => endpoints.0.push(endpoint),
            None => paths.push((endpoint.path, EndpointsOfPath(vec![endpoint]))),
        }
    }
    for (path, endpoints) in paths {
        let mut resource = web::resource(path);
        for Endpoint { method, route, .. } in &endpoints.0 {
            let takes = guard::Any(guard::Method(method.clone()));
            let is_read = *method == Method::GET;
            resource = resource.route(route().guard(if is_read { takes.or(guard::Head()) } else { takes }));
        }
        config.service(resource.app_data(endpoints).default_service(web::to(other_method)));
    }
}

/// The answer to a method for which a path has no endpoint.
async fn other_method(request: HttpRequest) -> Answer {
    let allowed = request.app_data().map(EndpointsOfPath::methods).unwrap_or_default();
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header(("allow", allowed)).finish());
    }
    let detail = format!("{} is not allowed on {}; use {allowed}", request.method(), request.path());
    Err(Problem::new(Code::MethodNotAllowed, detail).header("allow", allowed))
}

/// How a path is refused that is no text.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| {
        Problem::new(Code::BadId, format!("the path is not percent-encoded UTF-8: {error}")).into()
    })
}

/// The answer to a path that does not exist. It names the paths that begin alike, or all paths.
pub async fn unknown_path(request: HttpRequest) -> Answer {
    let first = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
    let asked = first(request.path());
    let mut alike: Vec<_> = ENDPOINTS.iter().filter(|endpoint| first(endpoint.path) == asked).collect();
    if alike.is_empty() || asked.is_empty() {
        alike = ENDPOINTS.iter().collect();
    }
    let mut paths: Vec<_> =
        alike.into_iter().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    paths.dedup();
    let detail = format!("there is nothing at {}; see {}", request.path(), paths.join(", "));
    Err(Problem::new(Code::UnknownPath, detail))
}
