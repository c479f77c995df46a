//! The pages as a person meets them: in a real browser, on a wide screen and on a phone.
//! `SCREENSHOTS=folder cargo test -p api --test it in_a_browser` leaves pictures of each page.
//!
//! - `screens`: every screen, no scripts, no network, keyboard only
//! - `report`: the table and the chart of a report
//! - `markup`: names that look like markup

mod markup;
mod report;
mod screens;

use support::{Browser, Fixture, Server};

pub const FILES: [&str; 3] = ["departments.csv", "jobs.csv", "employees.csv"];

pub const CHART_IS_DRAWN: &str = "document.querySelectorAll('#chart .bars path').length > 0";

pub const ROWS: &str = "[...document.querySelectorAll('#rows tbody tr')].filter((row) => !row.hidden)
    .map((row) => [...row.cells].map((cell) => cell.textContent))";

pub const LABELS: &str =
    "[...document.querySelectorAll('#chart .ytick text')].map((text) => text.textContent)";

/// A CSV with its header.
pub fn records(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A server with the shipped data, and a browser on one of its pages whose chart is drawn.
pub async fn on(fixture: &Fixture, path: &str) -> Option<(Server, Browser)> {
    let browser = Browser::start().await?;
    let server = fixture.shipped_package(&FILES).start().await;
    browser.screen(1280, 900, false).await;
    browser.open(&server.url(path)).await;
    browser.until(CHART_IS_DRAWN).await;
    Some((server, browser))
}
