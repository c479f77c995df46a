//! A request is in progress until its answer is sent, so that a stop waits for it.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web;

use tokio_util::task::task_tracker::TaskTrackerToken;

/// The body of an answer, whose request is in progress until this is dropped.
pub struct TrackedBody {
    pub body: BoxBody,
    pub request_id: String,
    pub _in_progress: Option<TaskTrackerToken>,
}

impl MessageBody for TrackedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        let piece = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Err(error))) = &piece {
            tracing::error!(request_id = self.request_id, "a response ended before it was complete: {error}");
        }
        piece
    }
}
