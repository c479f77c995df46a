//! Pages over HTTP.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::pages::{Frame, Place};
use crate::state::State;

/// What a page may do: load the styles, scripts and images of this server, ask this server, and nothing else.
/// The browser runs no script that is written in the page's own text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The media type of pages.
pub const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// An answer to which the rules of pages are added; they mean nothing to other formats.
pub fn ok() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "same-origin"));
    response
}

/// The frame of a page that is served.
pub fn frame(state: &State, request: &HttpRequest, title: impl Into<String>) -> Frame {
    let mut links = vec![("/", "Home")];
    if state.reports.exist() {
        links.extend([("/view/req1", "Hires by job"), ("/view/req2", "Above the mean")]);
    }
    links.push(("/batches", "Batches"));
    let frame = Frame::saved(&state.dictionary, title);
    Frame { place: Place::Served, links, path: request.path().to_owned(), ..frame }
}
