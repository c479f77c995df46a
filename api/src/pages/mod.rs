//! What all pages share: their frame, and how they write numbers and times.

pub mod assets;
pub mod list;

use std::borrow::Borrow;

use chrono::NaiveDateTime;
use dictionary::Dictionary;
use dictionary::iso_text::read_datetime;
use dictionary::wire::{Batch, BatchKind, Counts};

use assets::Asset;

/// Where a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// From this server.
    Served,
    /// Opened from a folder: it loads its files from `assets` next to it, and links to no server.
    Saved,
}

impl Place {
    /// The folder of the assets, as a page refers to it.
    pub fn assets(self) -> &'static str {
        match self {
            Place::Served => "/assets",
            Place::Saved => "assets",
        }
    }
}

/// What is around a page's content.
#[derive(Debug)]
pub struct Frame {
    /// What the data is, by its package.
    pub site: String,
    /// What the page is.
    pub title: String,
    /// Where it is read.
    pub place: Place,
    /// Paths and names of the pages to go to.
    pub links: Vec<(&'static str, &'static str)>,
    /// The path of this one.
    pub path: String,
}

impl Frame {
    /// Of a page about the data of a dictionary that is saved into a folder.
    pub fn saved(dictionary: &Dictionary, title: impl Into<String>) -> Frame {
        let descriptor = dictionary.descriptor();
        let site = ["title", "name"].into_iter().find_map(|member| descriptor[member].as_str());
        Frame {
            site: site.unwrap_or("Data").to_owned(),
            title: title.into(),
            place: Place::Saved,
            links: Vec::new(),
            path: String::new(),
        }
    }

    /// Where a page finds an asset.
    pub fn asset(&self, asset: &Asset) -> String {
        format!("{}/{}", self.place.assets(), asset.name)
    }

    /// Whether the server can be linked to.
    pub fn is_served(&self) -> bool {
        self.place == Place::Served
    }
}

/// How the rows of a batch ended, in percent.
#[derive(Debug)]
pub struct Percentages {
    /// In the table.
    pub stored: f64,
    /// In the reject log.
    pub rejected: f64,
}

impl From<&Counts> for Percentages {
    fn from(counts: &Counts) -> Self {
        let percent = |rows: u64| rows as f64 * 100.0 / counts.received.max(1) as f64;
        let stored = counts.inserted + counts.replaced + counts.unchanged;
        Percentages { stored: percent(stored), rejected: percent(counts.rejected) }
    }
}

/// What a batch came from, in words.
pub fn origin(batch: &Batch) -> String {
    match (batch.kind, &batch.source) {
        (BatchKind::Restore, Some(backup)) => format!("restore of {backup}"),
        (BatchKind::History | BatchKind::Load, Some(source)) => source.clone(),
        (BatchKind::History | BatchKind::Load | BatchKind::Restore, None) => "a request".to_owned(),
    }
}

/// A number with its thousands apart: `1,000,000`.
pub fn grouped(number: impl Borrow<u64>) -> String {
    let digits = number.borrow().to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// A number of things: `1 row`, `1,000 rows`.
pub fn things(number: impl Borrow<u64>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A datetime as people read it: `2021-07-27 16:02:08 UTC`.
pub fn moment(datetime: &str) -> String {
    format!("{} UTC", whole_seconds(datetime).replacen('T', " ", 1))
}

/// A datetime in UTC without its fraction of a second and its `Z`.
fn whole_seconds(datetime: &str) -> &str {
    datetime.get(..19).unwrap_or(datetime)
}

/// How long ago a datetime was: `3 minutes ago`.
pub fn age(datetime: &str, now: NaiveDateTime) -> String {
    let Some(then) = read_datetime(whole_seconds(datetime)) else { return moment(datetime) };
    let seconds = u64::try_from((now - then).num_seconds()).unwrap_or_default();
    let ago = |size, one, many| things(seconds / size, one, many) + " ago";
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => ago(60, "minute", "minutes"),
        3600..86_400 => ago(3600, "hour", "hours"),
        _ => ago(86_400, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let numbers = [0_u64, 999, 1000, 12_345, 1_000_000];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "12,345", "1,000,000"]);
        assert_eq!(things(1, "row", "rows"), "1 row");
    }

    #[test]
    fn an_age_is_in_its_greatest_unit() {
        let now = read_datetime("2021-07-27T16:02:08Z").expect("a datetime");
        assert_eq!(age("2021-07-27T16:01:09Z", now), "just now");
        assert_eq!(age("2021-07-27T16:01:08Z", now), "1 minute ago");
        assert_eq!(age("2021-07-27T14:02:08.999Z", now), "2 hours ago");
        assert_eq!(age("2020-07-27T16:02:08Z", now), "365 days ago");
        assert_eq!(age("2021-07-27T16:02:09Z", now), "just now");
    }
}
