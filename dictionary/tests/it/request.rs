//! Batches as requests: what is sent, and what it is recognised by.

use dictionary::decode::{self, Start};
use dictionary::hash::hexadecimal;
use dictionary::request::{Request, contested_key, fingerprint};
use dictionary::source::Form;
use sha2::{Digest, Sha256};

use crate::packages;

#[test]
fn a_fingerprint_is_sha_256_over_a_word_the_start_a_zero_and_the_body() {
    let start = Start { row: 1001, line: 1003 };
    let expected = hexadecimal(&Sha256::digest(b"csv with header 1001 1003\0code\na"));
    assert_eq!(fingerprint("csv with header", start, b"code\na"), expected);
    let request = Request::new(Form::Csv, b"", b"\n1,a", Start { row: 5, line: 4 });
    assert_eq!(request.fingerprint(), hexadecimal(&Sha256::digest(b"csv 5 4\0\n1,a")));
}

#[test]
fn a_contested_key_is_sha_256_over_the_key_and_the_fingerprint() {
    assert_eq!(contested_key("key", "ab12"), hexadecimal(&Sha256::digest(b"key ab12")));
}

#[test]
fn a_request_repeats_the_header_of_its_file_and_keeps_the_lines_of_its_rows() {
    let table = packages::last(&packages::types());
    let header = b"note;\"code\"";
    for (records, line) in [(&b"\r\nab;1\r\nxyz;2"[..], 1), (b"\n\nab;1\nxyz;2", 7), (b"ab;1\nxyz;2", 8)] {
        let start = Start { row: 1001, line };
        let request = Request::new(Form::Csv, header, records, start);
        assert!(request.has_header && request.body.starts_with(header));
        let (rows, _) = decode::csv(&request.body, &table, None, request.start).unwrap();
        let columns = decode::Columns::from_header(&table, header).unwrap();
        let (expected, _) = decode::csv(records, &table, Some(columns), start).unwrap();
        let seen = |rows: &[decode::Row]| rows.iter().map(|row| (row.number, row.line)).collect::<Vec<_>>();
        assert_eq!(seen(&rows), seen(&expected), "{}", records.escape_ascii());
    }
    let start = Start { row: 3, line: 3 };
    let expected = Request { form: Form::Csv, body: b"\n1,a".to_vec(), has_header: false, start };
    assert_eq!(Request::new(Form::Csv, b"", b"\n1,a", start), expected);
}
