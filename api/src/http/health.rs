//! `GET /health/live` and `/health/ready`.

use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;
use super::problem::{Code, Problem};
use crate::state::{Phase, State};

/// How the process is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    status: &'static str,
}

/// The process answers.
pub async fn live() -> Answer {
    Ok(HttpResponse::Ok().json(Health { status: "live" }))
}

/// History is loaded and the database answers.
pub async fn ready(state: web::Data<State>) -> Answer {
    let phase = *state.phase.borrow();
    match phase {
        Phase::Ready => {
            state.store()?.ping().await?;
            Ok(HttpResponse::Ok().json(Health { status: "ready" }))
        }
        Phase::Starting => Err(Problem::new(Code::NotReady, "the database is being opened")),
        Phase::Loading => Err(Problem::new(Code::NotReady, "history is being loaded; see /batches")),
        Phase::Stopping => Err(Problem::new(Code::Stopping, Code::Stopping.explanation())),
    }
}
