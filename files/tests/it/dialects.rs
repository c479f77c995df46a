//! Encodings and dialects.

use serde_json::json;

use crate::Folder;

#[test]
fn text_of_another_encoding_becomes_utf_8() {
    let folder = Folder::new().write("things.csv", b"id,name\n1,M\xfcnchen\n");
    assert_eq!(folder.rows(&json!({ "encoding": "ISO-8859-1" })), ["2: 1 München"]);
    assert_eq!(folder.rows(&json!({})), ["2: encoding-error"]);
    let utf_16: Vec<u8> = "\u{feff}id,name\n1,ü\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(Folder::new().write("things.csv", utf_16).rows(&json!({})), ["2: 1 ü"]);
}

#[test]
fn bytes_that_are_not_of_the_encoding_are_rejects_of_their_row() {
    let folder = Folder::new().write("things.csv", b"id,name\n1,\xd2\n2,\xe1\n");
    assert_eq!(folder.rows(&json!({ "encoding": "windows-1253" })), ["2: encoding-error", "3: 2 α"]);
}

#[test]
fn an_encoding_that_seems_wrong_is_named() {
    let folder = Folder::new().write("things.csv", "id,name\n1,ü\n");
    let said = folder.open(&json!({ "encoding": "latin1" })).remarks;
    assert!(said.len() == 1 && said[0].contains("the text is valid UTF-8"), "{said:?}");
}

#[test]
fn each_property_of_a_dialect_is_read() {
    for (dialect, text) in [
        (json!({ "delimiter": ";" }), "id;name\n1;a\n"),
        (json!({ "delimiter": "\\t" }), "id\tname\n1\ta\n"),
        (json!({ "quoteChar": "|", "csvddfVersion": 1.2 }), "id,name\n1,|a|\n"),
        (json!({ "skipInitialSpace": true }), "id, name\n1, a\n"),
        (json!({ "commentChar": "#" }), "#\nid,name\n1,a\n"),
        (json!({ "commentRows": [1] }), "title\nid,name\n1,a\n"),
        (json!({ "headerRows": [2] }), "title\nid,name\n1,a\n"),
        (json!({ "header": false }), "1,a\n"),
        (json!({ "lineTerminator": "\r" }), "id,name\r1,a\r"),
        (json!({ "escapeChar": "\\", "quoteChar": null }), "id,name\n1,\\a\n"),
        (json!({ "csv": { "delimiter": ";" } }), "id;name\n1;a\n"),
    ] {
        let rows = Folder::new().write("things.csv", text).rows(&json!({ "dialect": dialect }));
        let rows: Vec<_> = rows.iter().map(|row| row.split_once(": ").unwrap().1).collect();
        assert_eq!(rows, ["1 a"], "{dialect}");
    }
}

#[test]
fn lines_are_those_of_the_file() {
    let folder = Folder::new().write("things.csv", "# c\nid,name\n# c\n1,\"a\nb\"\n\n2,c\n");
    assert_eq!(folder.rows(&json!({ "dialect": { "commentChar": "#" } })), ["4: 1 a\nb", "7: 2 c"]);
}

#[test]
fn a_null_sequence_is_null() {
    let folder = Folder::new().write("things.csv", "id,name\n1,\\N\n2,\n");
    assert_eq!(folder.rows(&json!({ "dialect": { "nullSequence": "\\N" } })), ["2: 1 ", "3: 2 "]);
}

#[test]
fn tabs_are_expected_by_format_or_name() {
    let folder = Folder::new().write("things.tsv", "id\tname\n1\ta\n");
    assert_eq!(folder.rows(&json!({ "path": "things.tsv", "format": "tsv" })), ["2: 1 a"]);
    assert_eq!(folder.rows(&json!({ "path": "things.tsv" })), ["2: 1 a"]);
}

#[test]
fn what_is_no_table_is_called_what_it_is() {
    for (bytes, why) in [
        (
            &b"version https://git-lfs.github.com/spec/v1\n"[..],
            "things.csv is a pointer of Git LFS, not the file itself; run `git lfs pull`",
        ),
        (b"<!doctype html>", "things.csv is an HTML page; download the file itself"),
        (b"PAR1", "things.csv is a Parquet file; save it as CSV in UTF-8"),
    ] {
        assert_eq!(Folder::new().write("things.csv", bytes).refusal(&json!({})), why);
    }
}
