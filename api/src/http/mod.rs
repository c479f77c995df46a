//! HTTP: a handler is a file, and `routes` lists them. No module below this one depends on HTTP.

mod assets;
mod backup;
mod batch_request;
mod batches;
mod body;
mod code;
mod dictionary;
mod dictionary_check;
mod hash;
mod health;
mod home;
mod html;
mod listing;
pub mod middleware;
mod new_records;
mod parameters;
mod problem;
mod problems;
mod rejected;
mod reports;
mod restore;
mod routes;
mod verify;
mod view;

use actix_web::HttpResponse;

use problem::Problem;
pub use routes::{path_config, routes, unknown_path};

/// What a handler returns.
type Answer = Result<HttpResponse, Problem>;
