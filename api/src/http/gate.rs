//! What every request passes: it gets an id, must be for a host of this service, is counted as work under way, waits
//! outside while the service is not ready, and is answered even where its handler panics.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};
use dictionary::text::shortened;
use futures_util::FutureExt;
use uuid::Uuid;

use super::problem::{Code, Problem};
use crate::hosts::{Host, Hosts};
use crate::state::{Phase, State, UnderWay};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request at hand, as in the answer's `x-request-id` and in the log.
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Gives the request an id, and refuses what cannot be served now.
pub async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    REQUEST_ID
        .scope(Uuid::now_v7().to_string(), async move {
            let mut response = admit(request, next).await?;
            stamp(response.headers_mut());
            Ok(response)
        })
        .await
}

async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let asks_for_health = request.path().starts_with("/health/");
    // Counted before the phase is looked at, so that a stop sees it or it sees the stop.
    let under_way = state.as_ref().filter(|_| !asks_for_health).map(|state| state.work.begin());
    let admitted = state.map_or(Ok(()), |state| {
        for_this_service(&request, &state.hosts)?;
        ready(*state.phase.borrow(), request.path())
    });
    if let Err(problem) = admitted.and_then(|()| no_other_site(&request)) {
        return Ok(request.into_response(problem.error_response()));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answered) => {
            let sent = |_: &mut _, body: BoxBody| Sent { body, _under_way: under_way }.boxed();
            Ok(answered?.map_into_boxed_body().map_body(sent))
        }
        // The request is gone with the handler, so the answer takes the way of an error.
        Err(_logged_by_the_panic_hook) => {
            let mut response = Problem::caused(Code::Internal, "its handler panicked").error_response();
            stamp(response.headers_mut());
            Err(InternalError::from_response("a handler panicked", response).into())
        }
    }
}

fn stamp(headers: &mut HeaderMap) {
    let id = HeaderValue::from_str(&request_id()).unwrap_or_else(|_| HeaderValue::from_static(""));
    headers.insert(HeaderName::from_static("x-request-id"), id);
}

/// Refuses a request for another host (RFC 9110 section 7.4), by its `Host` or by the host in its target.
fn for_this_service(request: &ServiceRequest, hosts: &Hosts) -> Result<(), Problem> {
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

fn ready(phase: Phase, path: &str) -> Result<(), Problem> {
    let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    let open = under(&["/health/", "/batches", "/assets/"]);
    match phase {
        Phase::Starting if !open => {
            Err(Problem::new(Code::NotReady, "the database is being opened; try again in a second"))
        }
        Phase::Loading if !open => {
            Err(Problem::new(Code::NotReady, "history is being loaded; /batches shows how far it is"))
        }
        Phase::Stopping if !under(&["/health/"]) => {
            Err(Problem::new(Code::Stopping, Code::Stopping.explanation()))
        }
        _ => Ok(()),
    }
}

/// Refuses what the page of another site makes a browser send. A browser reaches what only this machine can, and
/// sends simple requests without asking (Fetch section 3.2.6); it says where from
/// (<https://www.w3.org/TR/fetch-metadata/>, RFC 6454 section 7).
fn no_other_site(request: &ServiceRequest) -> Result<(), Problem> {
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

/// An answer's body, whose request is under way until it is sent.
struct Sent {
    body: BoxBody,
    _under_way: Option<UnderWay>,
}

impl MessageBody for Sent {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
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
                .wrap(from_fn(check))
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
