//! How the URL and the settings of the store of backups are shown: without their secrets.

/// Values of settings shorter than this are words such as `true`, and no secrets.
const SHORTEST_SECRET: usize = 5;

/// A URL without the parts that may be secret: its scheme, and the host and path after its last `@`. Keys and
/// passwords may hold any character, also an `@` or a slash.
pub fn shown(url: &str) -> String {
    if url.starts_with("file://") {
        return url.to_owned();
    }
    let (before, after) = url.rsplit_once('@').unwrap_or(("", url));
    let (scheme, host) = match (after.split_once("://"), before.split_once("://")) {
        (Some((scheme, host)), _) => (scheme, host),
        (None, Some((scheme, _))) => (scheme, after),
        (None, None) => ("", after),
    };
    // An `@` after a question mark may be a part of a secret; so may be what follows a colon.
    let host = if before.contains(['?', '#']) { "" } else { host };
    let host = host.split([':', '?', '#']).next().unwrap_or_default();
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if is_scheme { format!("{scheme}://{host}") } else { host.to_owned() }
}

/// A text of a library without users and passwords in the URLs that it quotes.
pub fn without_credentials(text: &str) -> String {
    let mut parts = text.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A URL cannot contain any of these, so it ends here.
        let end = part.find(|c: char| c.is_whitespace() || "\"'<>".contains(c)).unwrap_or(part.len());
        let start = part[..end].rfind('@').map_or(0, |at| at + 1);
        shown += "://";
        shown += &part[start..];
    }
    shown
}

/// The reason why a URL is refused. The secrets of the URL are left out, and the values of settings are replaced by
/// the settings' names.
pub fn refusal(why: &str, url: &str, settings: impl Iterator<Item = (String, String)>) -> String {
    let mut settings: Vec<_> = settings.filter(|(_, value)| value.len() >= SHORTEST_SECRET).collect();
    // A value may be a part of another one.
    settings.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    let mut why = why.replace(url, &shown(url));
    for (name, value) in settings {
        why = why
            .replace(&value, &format!("${name}"))
            .replace(&value.escape_debug().to_string(), &format!("${name}"));
    }
    without_credentials(&why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_in_a_text_is_quoted_without_its_credentials() {
        for (text, shown) in [
            ("GET http://me:s3cret@host:9/a?b=c in 3 s", "GET http://host:9/a?b=c in 3 s"),
            ("\"https://me:s3/cr@et@host/\", s3://a:s3cret@b", "\"https://host/\", s3://b"),
            ("mail me@host or http://host/", "mail me@host or http://host/"),
            ("http://host/ (see me@host)", "http://host/ (see me@host)"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
