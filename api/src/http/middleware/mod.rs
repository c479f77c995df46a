//! What every request passes, from the outside in: it gets an id, counts as work in progress, must be for a host of this
//! service, must come at a time when it can be served, must not come from a page of another site, and is answered even
//! where its handler panics.

mod allowed_host;
mod cross_site;
mod in_progress;
mod readiness;
pub mod request_id;

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};
use futures_util::FutureExt;

use super::problem::{Code, Problem};
use crate::state::State;
use in_progress::TrackedBody;

/// Passes a request on to its handler, or refuses it.
pub async fn pass(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let answering = async move {
        let mut response = answer(request, next).await?;
        request_id::stamp(response.headers_mut());
        Ok(response)
    };
    request_id::with_new(answering).await
}

async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let asks_for_health = request.path().starts_with("/health/");
    // Counted before the phase is read, so that either a stop sees the request or the request sees the stop.
    let in_progress = state.as_ref().filter(|_| !asks_for_health).map(|state| state.work.token());
    let checked = state.map_or(Ok(()), |state| {
        allowed_host::check(&request, &state.hosts)?;
        readiness::check(*state.phase.borrow(), request.path())
    });
    if let Err(problem) = checked.and_then(|()| cross_site::check(&request)) {
        return Ok(request.into_response(problem.error_response()));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answered) => {
            let tracked = |_: &mut _, body: BoxBody| {
                TrackedBody { body, request_id: request_id::current(), _in_progress: in_progress }.boxed()
            };
            Ok(answered?.map_into_boxed_body().map_body(tracked))
        }
        // The panicking handler consumed the request, so the answer must be returned as an error.
        Err(_logged_by_the_panic_hook) => {
            let mut response = Problem::caused(Code::Internal, "its handler panicked").error_response();
            request_id::stamp(response.headers_mut());
            Err(InternalError::from_response("a handler panicked", response).into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, HttpServer};
    use serde_json::Value;

    use super::*;

    async fn fails() -> HttpResponse {
        panic!("no handler of ours can be made to")
    }

    #[actix_web::test]
    async fn a_panic_in_a_handler_is_a_problem_document_and_the_connection_lives_on() {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let server = HttpServer::new(|| {
            let lives = || async { HttpResponse::Ok().body("lives") };
            App::new()
                .wrap(from_fn(pass))
                .route("/", web::get().to(fails))
                .route("/lives", web::get().to(lives))
        });
        let server = server.workers(1).bind("127.0.0.1:0").unwrap();
        let addr = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        let serving = actix_web::rt::spawn(server);
        let http = reqwest::Client::new();
        for _ in 0..3 {
            let response = http.get(format!("http://{addr}/")).send().await.unwrap();
            assert_eq!(response.status(), 500);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["type"], "/problems/internal");
            assert_eq!((problem["request_id"].as_str().unwrap(), id.len()), (id.as_str(), 36));
            assert!(!problem.to_string().contains("no handler of ours"), "{problem}");
        }
        let lives = http.get(format!("http://{addr}/lives")).send().await.unwrap();
        assert_eq!(lives.text().await.unwrap(), "lives");
        handle.stop(false).await;
        serving.await.unwrap().unwrap();
    }
}
