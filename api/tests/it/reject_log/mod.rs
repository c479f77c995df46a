//! The reject log: rejected rows are kept, listed, corrected and sent again.
//!
//! - `kept`: a row is kept as it was received
//! - `lists`: filters and pages
//! - `corrected`: rejects as CSV, which people correct and send again

mod corrected;
mod kept;
mod lists;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use support::Server;

/// What was kept of each reject, oldest first.
pub async fn raws(server: &Server) -> Vec<Vec<u8>> {
    let bytes = |reject: &Value| {
        let raw = reject["raw"].as_str().unwrap();
        match reject["encoding"].as_str().unwrap() {
            "utf-8" => raw.as_bytes().to_vec(),
            _ => BASE64_STANDARD.decode(raw).unwrap(),
        }
    };
    server.all("/rejected/departments").await.iter().map(bytes).collect()
}
