//! Arbitrary files: soup of what matters to a CSV reader, and tables that are well formed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A file without any order: delimiters, quotes, line ends, digits, and bytes that are no UTF-8.
pub fn soup() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        6 => Just(&b","[..]),
        4 => Just(&b"\n"[..]),
        2 => Just(&b"\r\n"[..]),
        1 => Just(&b"\r"[..]),
        2 => Just(&b"\""[..]),
        2 => Just(&b"\"\""[..]),
        1 => Just(&b"x\",\"y\n"[..]),
        4 => Just(&b"1"[..]),
        4 => Just(&b"ab"[..]),
        1 => Just("é".as_bytes()),
        1 => Just(&b"\xff"[..]),
        1 => Just(&b"\0"[..]),
        1 => Just(&b" "[..]),
        1 => Just(&b"\n\xef\xbb\xbf"[..]),
        1 => Just(&b"{\"job_id\":1}\n"[..]),
    ];
    let mark = prop_oneof![9 => Just(&b""[..]), 1 => Just(&b"\xef\xbb\xbf"[..])];
    (mark, vec(token, 0..120)).prop_map(|(mark, tokens)| [mark, &tokens.concat()].concat())
}

/// Soup without quotes, where each line that is not blank is a record.
pub fn unquoted_soup() -> impl Strategy<Value = Vec<u8>> {
    soup().prop_map(|file| file.into_iter().filter(|b| *b != b'"').collect())
}

/// Records of two cells as they are written by others: some quoted, any line end, blank lines between.
pub fn well_formed() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        3 => "[a-z0-9]{0,6}",
        1 => "[a-z\n\r,\"é]{0,6}".prop_map(|text| format!("\"{}\"", text.replace('"', "\"\""))),
    ];
    let end = prop_oneof![6 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\n\r\n\n")];
    let record = (cell.clone(), cell, end).prop_map(|(a, b, end)| format!("{a},{b}{end}"));
    vec(record, 0..60).prop_map(|records| records.concat().into_bytes())
}

/// Where in a file some batches ended.
pub fn picks() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..8)
}
