//! Addresses of this server's own pages and resources.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a segment of a path holds as it is (RFC 3986 section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text, such as the name of a table, as one segment of a path.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("employees_2.a-b"), "employees_2.a-b");
        assert_eq!(segment("a/b?c#d%20 \"é"), "a%2Fb%3Fc%23d%2520%20%22%C3%A9");
    }
}
