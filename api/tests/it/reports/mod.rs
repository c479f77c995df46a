//! The two reports, `GET /view/req1` and `GET /view/req2`, and their files.
//!
//! - `figures`: what they count
//! - `formats`: formats and parameters
//! - `freshness`: reports and their files follow every change
//! - `other_packages`: data packages without what the reports need
//! - `deliverables`: the committed files are what the data give

mod deliverables;
mod figures;
mod formats;
mod freshness;
mod other_packages;

use serde_json::{Value, json};
use support::{Fixture, Server};

pub fn named(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    (1..).zip(names).map(|(id, name)| format!("{id},{}\n", name.as_ref())).collect()
}

/// Employees from moment, department and job.
pub fn hired<'a>(hires: impl IntoIterator<Item = (&'a str, u32, u32)>) -> String {
    (1..)
        .zip(hires)
        .map(|(id, (at, department, job))| format!("{id},Ada,{at},{department},{job}\n"))
        .collect()
}

pub async fn csv(server: &Server, path: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    let answer = server.get(&format!("{path}{separator}format=csv")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().to_owned()
}

/// A server whose departments hired so many people in 2021.
pub async fn with_hires(fixture: &Fixture, hires: &[u32]) -> Server {
    let at = "2021-05-05T12:00:00Z";
    let each = (1..).zip(hires).flat_map(|(id, hires)| (0..*hires).map(move |_| (at, id, 1)));
    let names: Vec<_> = (1..=hires.len()).map(|id| format!("D{id}")).collect();
    fixture.shipped_package(&[]).write("departments.csv", named(names)).write("jobs.csv", "1,a\n");
    fixture.write("employees.csv", hired(each)).start().await
}

pub async fn above(server: &Server) -> Value {
    let rows = server.get("/view/req2").await.expect(200);
    rows.as_array().unwrap().iter().map(|row| json!([row["id"], row["hired"]])).collect()
}

pub async fn shipped(fixture: &Fixture) -> Server {
    fixture.shipped_package(&["departments.csv", "jobs.csv", "employees.csv"]).start().await
}
