//! The receipt: one HTML page that needs no other file.

use askama::Template;
use indicatif::{HumanBytes, HumanCount};

use super::report::Report;

#[derive(Template)]
#[template(path = "receipt.html")]
struct Receipt<'a> {
    report: &'a Report,
    size: HumanBytes,
    version: &'static str,
}

impl Receipt<'_> {
    fn grouped(&self, count: &u64) -> HumanCount {
        HumanCount(*count)
    }
}

/// The receipt as HTML.
pub fn page(report: &Report) -> anyhow::Result<String> {
    let receipt = Receipt { report, size: HumanBytes(report.bytes), version: env!("CARGO_PKG_VERSION") };
    Ok(receipt.render()?)
}
