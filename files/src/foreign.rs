//! What a file is that is not supported, by its first bytes, and what to do with it.

/// How a file begins, what it is, and what to do.
const KNOWN: [(&[u8], &str, &str); 17] = [
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS, not the file itself",
        "run `git lfs pull`",
    ),
    (b"%PDF-", "a PDF document", CSV),
    (b"PAR1", "a Parquet file", CSV),
    (b"ARROW1", "an Arrow file", CSV),
    (b"Obj\x01", "an Avro file", CSV),
    (b"SQLite format 3\0", "a SQLite database", CSV),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an .xls workbook, or one that is protected by a password",
        "save it as .xlsx without a password, or as CSV in UTF-8",
    ),
    (b"BZh", "a file compressed with bzip2", COMPRESSION),
    (b"\xfd7zXZ\0", "a file compressed with xz", COMPRESSION),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", COMPRESSION),
    (b"Rar!\x1a\x07", "a RAR archive", COMPRESSION),
    (b"\x04\x22\x4d\x18", "a file compressed with LZ4", COMPRESSION),
    (b"\xff\xfe\0\0", "text in UTF-32", CSV),
    (b"\0\0\xfe\xff", "text in UTF-32", CSV),
    (b"\x89PNG", "an image", CSV),
    (b"\xff\xd8\xff", "an image", CSV),
    (b"{\\rtf", "an RTF document", CSV),
];

const CSV: &str = "save it as CSV in UTF-8";
const COMPRESSION: &str = "unpack it, or compress it with gzip, zip or zstd";

/// The rest of a sentence that begins with the file's name; `None` where the file may be one that is supported.
pub(crate) fn what(head: &[u8]) -> Option<String> {
    let known = KNOWN.iter().find(|(mark, ..)| head.starts_with(mark));
    let said = |(what, advice): (&str, &str)| format!("is {what}; {advice}");
    known.map(|(_, what, advice)| (*what, *advice)).or_else(|| markup(head)).map(said)
}

fn markup(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |mark: &[u8]| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    if begins(b"<!doctype html") || begins(b"<html") {
        return Some(("an HTML page", "download the file itself"));
    }
    begins(b"<?xml").then_some(("an XML document", CSV))
}

/// What a file is that is text in no known encoding. A few control characters do not make a file binary: rows that contain them
/// are judged like all others.
pub(crate) fn not_text(head: &[u8], delimiter: u8) -> Option<String> {
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    if head.len() > 8 && zeros(0).max(zeros(1)) * 5 > head.len() * 2 {
        return Some("is text in UTF-16 without a byte order mark; save it as CSV in UTF-8, or say `\"encoding\": \"utf-16le\"`".to_owned());
    }
    let control = |b: &&u8| b.is_ascii_control() && !b"\t\r\n".contains(b) && **b != delimiter;
    let controls = head.iter().filter(control).count();
    (controls > 8 && controls * 20 > head.len()).then(|| format!("is binary data; {CSV}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

    use super::*;

    #[test]
    fn a_file_is_called_what_it_is() {
        for (head, what) in [
            (&b"version https://git-lfs.github.com/spec/v1\noid sha256:1"[..], "a pointer of Git LFS"),
            (b"\n <!DOCTYPE html><html>", "an HTML page"),
            (b"%PDF-1.7", "a PDF document"),
            (b"PAR1\x15", "a Parquet file"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "an .xls workbook"),
            (b"BZh91AY", "compressed with bzip2"),
        ] {
            let said = super::what(head).unwrap();
            assert!(said.contains(what) && said.contains("; "), "{said}");
        }
        assert_eq!(super::what(b"id,name\n1,a\n"), None);
        assert_eq!(super::what(b""), None);
    }

    #[test]
    fn control_characters_in_some_rows_are_no_binary_data() {
        assert_eq!(not_text(b"13,a\0b\n14,Press\n", b','), None);
        assert!(not_text(&[1; 100], b',').unwrap().contains("binary"));
        assert_eq!(not_text(&[1; 100], 1), None);
        assert!(not_text(b"a\0,\0b\0\n\0c\0,\0", b',').unwrap().contains("UTF-16"));
    }
}
