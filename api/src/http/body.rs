//! The bodies of requests: each within a size and a time, all of them within the memory for them.

use actix_web::web;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError};

use super::problem::{Code, Problem};
use crate::state::{Limits, State};

/// A body that arrived, and its share of the memory for bodies.
pub struct Body {
    pub bytes: Vec<u8>,
    /// To be kept until the bytes and what was made of them are gone.
    pub share: Option<OwnedSemaphorePermit>,
}

/// The body, as long as it is within the limits.
pub async fn read(mut payload: web::Payload, state: &State) -> Result<Body, Problem> {
    let Limits { bytes: limit, silence } = state.limits;
    let mut body = Body { bytes: Vec::new(), share: None };
    loop {
        let part = match tokio::time::timeout(silence, payload.next()).await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(body),
            Err(_) => {
                let (arrived, seconds) = (body.bytes.len(), silence.as_secs());
                let detail = format!("after {arrived} bytes nothing came for {seconds} s; send it again");
                return Err(Problem::new(Code::BodyTimeout, detail));
            }
        };
        let part = part.map_err(|error| {
            Problem::new(Code::UnreadableBody, format!("the body ended before its end: {error}"))
        })?;
        if body.bytes.len() + part.len() > limit {
            let detail = format!("the body is larger than {limit} bytes; send fewer rows at once");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        let share = u32::try_from(part.len()).map_err(|_| TryAcquireError::NoPermits);
        let share = share.and_then(|length| state.bodies.clone().try_acquire_many_owned(length));
        let share = share.map_err(|_| {
            Problem::new(Code::Busy, "too many bytes of other requests are being worked on; try again")
        })?;
        match &mut body.share {
            Some(all) => all.merge(share),
            none => *none = Some(share),
        }
        body.bytes.extend_from_slice(&part);
    }
}
