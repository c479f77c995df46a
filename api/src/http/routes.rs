//! Every path of the API.

use actix_web::http::Method;
use actix_web::{HttpRequest, Resource, Route, guard, web};

use super::problem::{Code, Problem};
use super::{
    Answer, assets, backup, batches, dictionary, dictionary_check, hash, health, home, new_records, problems,
    rejected, reports, restore, verify, view,
};

/// Every path of the API.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(post("/new_records/{table}", web::post().to(new_records::post)))
        .service(post("/verify/{table}", web::post().to(verify::post)))
        .service(get("/", || web::route().to(home::show)))
        .service(get("/assets/{name}", || web::route().to(assets::file)))
        .service(get("/view/req1", || web::route().to(reports::req1)))
        .service(get("/view/req2", || web::route().to(reports::req2)))
        .service(get("/view/{table}", || web::route().to(view::list)))
        .service(get("/view/{table}/{id}", || web::route().to(view::one)))
        .service(get("/rejected/{table}", || web::route().to(rejected::list)))
        .service(get("/batches", || web::route().to(batches::list)))
        .service(get("/batches/{id}", || web::route().to(batches::one)))
        .service(both("/backup/{table}", || web::route().to(backup::list), web::post().to(backup::make)))
        .service(get("/backup/{table}/{name}", || web::route().to(backup::download)))
        .service(post("/backup/{table}/{name}/verify", web::post().to(backup::verify)))
        .service(post("/restore/{table}", web::post().to(restore::post)))
        .service(get("/hash/{table}", || web::route().to(hash::show)))
        .service(get("/dictionary", || web::route().to(dictionary::show)))
        .service(post("/dictionary/check", web::post().to(dictionary_check::post)))
        .service(get("/problems", || web::route().to(problems::list)))
        .service(get("/problems/{code}", || web::route().to(problems::one)))
        .service(get("/health/live", || web::route().to(health::live)))
        .service(get("/health/ready", || web::route().to(health::ready)));
}

/// A path that is read. `GET` and `HEAD` change nothing.
fn get(path: &str, route: impl Fn() -> Route) -> Resource {
    web::resource(path).route(reading(route())).default_service(web::to(|request: HttpRequest| async move {
        method_not_allowed(&request, &[Method::GET, Method::HEAD])
    }))
}

/// A path that is read and written to.
fn both(path: &str, read: impl Fn() -> Route, write: Route) -> Resource {
    web::resource(path).route(reading(read())).route(write).default_service(web::to(
        |request: HttpRequest| async move {
            method_not_allowed(&request, &[Method::GET, Method::HEAD, Method::POST])
        },
    ))
}

fn reading(route: Route) -> Route {
    route.guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A path that is written to.
fn post(path: &str, route: Route) -> Resource {
    web::resource(path).route(route).default_service(web::to(|request: HttpRequest| async move {
        method_not_allowed(&request, &[Method::POST])
    }))
}

fn method_not_allowed(request: &HttpRequest, allowed: &[Method]) -> Answer {
    let allowed = allowed.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
    let detail = format!("{} is not allowed on {}; use {allowed}", request.method(), request.path());
    Err(Problem::new(Code::MethodNotAllowed, detail).header("allow", allowed))
}

/// How a path is refused that is no text.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| {
        Problem::new(Code::BadId, format!("the path is not percent-encoded UTF-8: {error}")).into()
    })
}

/// The answer to a path that does not exist.
pub async fn unknown_path(request: HttpRequest) -> Answer {
    let detail =
        format!("there is nothing at {}; see /batches, /view/TABLE, /rejected/TABLE", request.path());
    Err(Problem::new(Code::UnknownPath, detail))
}
