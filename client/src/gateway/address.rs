//! The API's address.

use std::fmt;

use anyhow::bail;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

/// The API's URL. It may contain a user and a password: the client sends them and never shows them.
#[derive(Clone)]
pub struct Address(Url);

impl Address {
    /// Parses a URL, without its query and fragment.
    ///
    /// # Errors
    /// When the text is not an http or https URL.
    pub fn parse(text: &str) -> anyhow::Result<Address> {
        match Url::parse(text) {
            Ok(mut url) if matches!(url.scheme(), "http" | "https") => {
                url.set_query(None);
                url.set_fragment(None);
                Ok(Address(url))
            }
            _ => bail!(
                "the API's URL {:?} is not an http or https URL; set --api-url to one such as http://127.0.0.1:8000",
                without_credentials(text)
            ),
        }
    }

    /// The URL of a path below the API's URL.
    ///
    /// # Errors
    /// When a segment is empty, `.` or `..`: it would lead to another path.
    pub fn path(&self, segments: &[&str]) -> anyhow::Result<Url> {
        let mut path = self.0.path().trim_end_matches('/').to_owned();
        for segment in segments {
            if matches!(*segment, "" | "." | "..") {
                bail!("{segment:?} cannot be part of a URL's path");
            }
            path.push('/');
            path.extend(utf8_percent_encode(segment, NON_ALPHANUMERIC));
        }
        let mut url = self.0.clone();
        url.set_path(&path);
        Ok(url)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}://", self.0.scheme())?;
        let rest = self.0.as_str().split_once("://").map_or("", |(_, rest)| rest);
        f.write_str(without_credentials(rest).trim_end_matches('/'))
    }
}

/// The text after the last `@`: a password may contain `@` or a slash.
fn without_credentials(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, rest)| rest)
}
