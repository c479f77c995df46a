//! Several files of one table.

use serde_json::json;

use crate::Folder;

#[test]
fn files_follow_each_other_and_their_headers_are_empty_lines() {
    let folder = Folder::new()
        .write("a.csv", "id,name\n1,a")
        .write("b.csv", "\u{feff}id,name\r\n2,b\n")
        .write("c.csv", "id,name\n")
        .write("d.csv", "id,name\n4,d\n");
    let paths = json!({ "path": ["a.csv", "b.csv", "c.csv", "d.csv"] });
    assert_eq!(folder.rows(&paths), ["2: 1 a", "4: 2 b", "7: 4 d"]);
}

#[test]
fn a_file_with_another_header_is_refused() {
    let folder = Folder::new().write("a.csv", "id,name\n1,a\n").write("b.csv", "name,id\nb,2\n");
    assert_eq!(
        folder.refusal(&json!({ "path": ["a.csv", "b.csv"] })),
        "b.csv has another header than the first file; files of one resource have the same header"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::new().write("a.csv", "id,name\n1,a\n").write("b.csv", "%PDF-");
    assert_eq!(
        folder.refusal(&json!({ "path": ["a.csv", "b.csv"] })),
        "b.csv is a PDF document; save it as CSV in UTF-8"
    );
}
