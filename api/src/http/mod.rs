//! HTTP: a handler is a file, and `endpoints` lists them. No module below this one depends on HTTP.

mod assets;
mod backup;
mod batch_request;
mod batches;
mod body;
mod code;
mod dictionary;
mod dictionary_check;
mod endpoint;
mod endpoints;
mod format;
mod hash;
mod health;
mod home;
mod html;
mod listing;
mod lookup;
pub mod middleware;
mod new_records;
mod openapi;
mod parameter;
mod parameter_types;
mod parameters;
mod problem;
mod problems;
mod query;
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
