//! `GET /dictionary`: the descriptor, from which a client can judge as this server does.

use actix_web::{HttpResponse, web};

use super::Answer;
use crate::state::State;

/// The descriptor as it was read.
pub async fn show(state: web::Data<State>) -> Answer {
    Ok(HttpResponse::Ok().json(state.dictionary.descriptor()))
}
