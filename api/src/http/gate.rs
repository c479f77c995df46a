//! What every request passes: it gets an id, and waits outside until the service is ready.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};
use uuid::Uuid;

use super::problem::{Code, Problem};
use crate::state::{Phase, State};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request at hand, as in the answer's `x-request-id` and in the log.
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Gives the request an id, and refuses what needs data before history is in.
pub async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = Uuid::now_v7().to_string();
    let header = HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static(""));
    let answer = REQUEST_ID.scope(id, async move {
        if let Err(problem) = ready(&request) {
            return Ok(request.into_response(problem.error_response()).map_into_right_body());
        }
        next.call(request).await.map(ServiceResponse::map_into_left_body)
    });
    let mut response = answer.await?;
    response.headers_mut().insert(HeaderName::from_static("x-request-id"), header);
    Ok(response)
}

fn ready(request: &ServiceRequest) -> Result<(), Problem> {
    let path = request.path();
    let open = ["/health/", "/batches", "/assets/"].iter().any(|prefix| path.starts_with(prefix));
    let phase = request.app_data::<web::Data<State>>().map(|state| *state.phase.borrow());
    match phase {
        Some(Phase::Starting) if !open => {
            Err(Problem::new(Code::NotReady, "the database is being opened; try again in a second"))
        }
        Some(Phase::Loading) if !open => {
            Err(Problem::new(Code::NotReady, "history is being loaded; /batches shows how far it is"))
        }
        _ => Ok(()),
    }
}
