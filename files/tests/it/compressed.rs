//! Compressed files and archives.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Folder;

const ROWS: &str = "id,name\n1,a\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_compressed_file_is_recognised_by_its_content_whatever_its_name() {
    let zstd = zstd::encode_all(ROWS.as_bytes(), 1).unwrap();
    for bytes in [gzip(ROWS.as_bytes()), zstd, archive(&[("a.csv", ROWS), ("__MACOSX/a.csv", "x")])] {
        let folder = Folder::new().write("things.csv", bytes);
        assert_eq!(folder.rows(&json!({})), ["2: 1 a"]);
    }
}

#[test]
fn several_members_of_gzip_are_one_file() {
    let both = [gzip(b"id,name\n1,a\n"), gzip(b"2,b\n")].concat();
    assert_eq!(
        Folder::new().write("t.csv.gz", both).rows(&json!({ "path": "t.csv.gz" })),
        ["2: 1 a", "3: 2 b"]
    );
}

#[test]
fn a_wrong_label_is_named_and_the_content_decides() {
    let folder = Folder::new().write("things.csv", gzip(ROWS.as_bytes()));
    let said = folder.open(&json!({ "compression": "zip" })).remarks;
    assert_eq!(
        said,
        [
            "`compression` says that it is a ZIP archive, but it is a file compressed with gzip, and is read so"
        ]
    );
    let folder = Folder::new().write("things.csv", ROWS);
    let said = folder.open(&json!({ "compression": "gz" })).remarks;
    assert_eq!(
        said,
        [
            "`compression` says that it is a file compressed with gzip, but it is not compressed; it is read as it is"
        ]
    );
}

#[test]
fn an_archive_of_several_files_needs_innerpath() {
    let folder = Folder::new().write("things.csv", archive(&[("a.csv", ROWS), ("b.csv", "id,name\n2,b\n")]));
    assert_eq!(
        folder.refusal(&json!({})),
        "things.csv is a ZIP archive of 2 files; name one in `innerpath`, or unpack it: `a.csv`, `b.csv`"
    );
    assert_eq!(folder.rows(&json!({ "innerpath": "b.csv" })), ["2: 2 b"]);
    let why = folder.refusal(&json!({ "innerpath": "c.csv" }));
    assert!(why.contains("without the member `c.csv`") && why.ends_with("`a.csv`, `b.csv`"), "{why}");
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_after_the_rows_before_it() {
    let lines: String = (0..20_000).map(|i| format!("{i},{}\n", i * 7919 % 10_007)).collect();
    let whole = gzip(format!("id,name\n{lines}").as_bytes());
    let folder = Folder::new().write("things.csv", &whole[..whole.len() / 2]);
    let mut text = Vec::new();
    let why =
        std::io::Read::read_to_end(&mut folder.open(&json!({})).text, &mut text).unwrap_err().to_string();
    assert_eq!(why, "things.csv is cut off: its gzip data end too early; get the whole file");
    assert!(text.starts_with(b"id,name\n0,0\n") && text.len() > 10_000, "{}", text.len());

    let mut bytes = archive(&[("a.csv", &lines)]);
    let middle = bytes.len() / 3;
    bytes[middle..middle + 8].fill(0xa5);
    let why = Folder::new().write("things.csv", bytes).refusal(&json!({}));
    assert!(why.starts_with("things.csv has ZIP data that are damaged"), "{why}");
}

#[test]
fn a_bomb_is_refused_and_takes_no_memory() {
    let folder = Folder::new().write("things.csv", gzip(&vec![b'\n'; 80 << 20]));
    let why = folder.refusal(&json!({}));
    assert!(why.contains("becomes more than 500 times as long"), "{why}");
    let bomb = archive(&[("a.csv", &"\n".repeat(80 << 20))]);
    let why = Folder::new().write("things.csv", bomb).refusal(&json!({}));
    assert!(why.contains("becomes more than 500 times as long"), "{why}");
    let twice = Folder::new().write("things.csv", gzip(&gzip(ROWS.as_bytes()))).refusal(&json!({}));
    assert_eq!(twice, "things.csv has a content that is a file compressed with gzip again; unpack it");
}
