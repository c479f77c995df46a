//! The files that pages need: styles, a script, an icon, and the library that draws the charts.
//!
//! They are part of the program. Each has the hash of its content in its name, so that a browser may
//! keep it for ever, and a page that was saved keeps what it was made for.

use std::borrow::Cow;
use std::sync::LazyLock;

use dictionary::hash::hexadecimal;
use sha2::{Digest, Sha256};

/// A file that pages need.
#[derive(Debug)]
pub struct Asset {
    /// The name with its hash, such as `pages-1a2b3c4d.css`.
    pub name: String,
    /// The media type.
    pub media_type: &'static str,
    /// The content.
    pub bytes: Cow<'static, [u8]>,
}

impl Asset {
    fn new(
        stem: &str,
        extension: &str,
        media_type: &'static str,
        bytes: impl Into<Cow<'static, [u8]>>,
    ) -> Asset {
        let bytes = bytes.into();
        let hash = hexadecimal(&Sha256::digest(&bytes)[..4]);
        Asset { name: format!("{stem}-{hash}.{extension}"), media_type, bytes }
    }
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The styles of all pages.
pub static STYLES: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("pages", "css", "text/css; charset=utf-8", include_bytes!("../../static/pages.css").as_slice())
});

/// What draws a report's chart, and sorts and filters its table.
pub static REPORT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("report", "js", JAVASCRIPT, include_bytes!("../../static/report.js").as_slice())
});

/// The icon of all pages.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("icon", "svg", "image/svg+xml", include_bytes!("../../static/icon.svg").as_slice())
});

/// plotly.js from the plotly crate: the first of the scripts that the crate writes into a page.
pub static PLOTLY: LazyLock<Asset> = LazyLock::new(|| {
    let scripts = plotly::Plot::offline_js_sources();
    let script = scripts.split("</script>").next().and_then(|first| first.split_once('>'));
    let script = script.map(|(_, script)| script.as_bytes().to_vec()).unwrap_or_default();
    Asset::new("plotly", "js", JAVASCRIPT, script)
});

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    [&STYLES, &ICON, &REPORT, &PLOTLY].into_iter().map(|asset| &**asset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plotly_is_cut_out_whole() {
        let script = String::from_utf8_lossy(&PLOTLY.bytes);
        assert!(script.trim_start().starts_with("/**\n* plotly.js v"), "{}", &script[..80]);
        assert!(script.trim_end().ends_with(['}', ')', ';']) && script.len() > 1_000_000, "{}", script.len());
    }
}
