//! The bodies of requests: each within a size and a time, all of them within the memory for them.

use std::time::Instant;

use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::problem::{Code, Problem};
use crate::memory::{MemoryFull, Share};
use crate::state::{Limits, State};

/// Bytes a second that a sender must send. Without a least rate, a few slow senders would hold the memory for bodies
/// for as long as they like.
const LEAST_RATE: usize = 16 << 10;

/// A body that arrived, and its share of the memory for bodies.
pub struct Body {
    pub bytes: Vec<u8>,
    /// Kept until the bytes are dropped.
    pub share: Option<Share>,
}

/// The body, as long as it is within the limits.
pub async fn read(request: &HttpRequest, mut payload: web::Payload, state: &State) -> Result<Body, Problem> {
    let Limits { bytes: limit, timeout } = state.limits;
    let least = LEAST_RATE * timeout.as_secs() as usize;
    // Memory that is reserved and not written to costs nothing.
    let length =
        request.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    let mut body = Body { bytes: Vec::with_capacity(limit.min(length.unwrap_or(0))), share: None };
    let (mut since, mut then) = (Instant::now(), 0);
    loop {
        let left = timeout.saturating_sub(since.elapsed());
        let part = match tokio::time::timeout(left, payload.next()).await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(body),
            Err(_) => return Err(too_slow(body.bytes.len(), body.bytes.len() - then, timeout.as_secs())),
        };
        let part = part.map_err(|error| {
            Problem::new(Code::UnreadableBody, format!("the body ended too early: {error}"))
        })?;
        if body.bytes.len() + part.len() > limit {
            let detail = format!("the body is larger than {limit} bytes; send fewer rows at once");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        let share = state.memory.for_body(part.len())?;
        match &mut body.share {
            Some(all) => all.merge(share),
            none => *none = Some(share),
        }
        body.bytes.extend_from_slice(&part);
        if body.bytes.len() - then >= least {
            (since, then) = (Instant::now(), body.bytes.len());
        }
    }
}

fn too_slow(arrived: usize, lately: usize, seconds: u64) -> Problem {
    let detail = format!(
        "the body is not complete: {arrived} bytes arrived, {lately} of them in the last {seconds} s; send it again"
    );
    Problem::new(Code::BodyTimeout, detail)
}

impl From<MemoryFull> for Problem {
    fn from(_: MemoryFull) -> Self {
        Problem::new(Code::Busy, "other requests use all of the memory for requests; try again")
    }
}
