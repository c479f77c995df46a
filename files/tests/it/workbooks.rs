//! Workbooks. They are written here, part by part, since no library of the product writes them.

use serde_json::json;

use crate::Folder;
use crate::compressed::archive;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// A workbook of two sheets: `Rows` with these rows, and `Other`. Style 1 shows a date, style 2 a date and time.
fn workbook(rows: &str, properties: &str) -> Vec<u8> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{LINKS}/{kind}\" Target=\"{target}\"/>")
    };
    let relations =
        |inner: String| format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{inner}</Relationships>");
    let sheet = |rows: &str| format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let formats = "<cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/>\
                   <xf numFmtId=\"22\" applyNumberFormat=\"1\"/></cellXfs>";
    let types = "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.\
                 spreadsheetml.sheet.main+xml\"/>";
    archive(&[
        ("[Content_Types].xml", &format!("<Types xmlns=\"{PACKAGE}/content-types\">{types}</Types>")),
        ("_rels/.rels", &relations(relation("rId1", "officeDocument", "xl/workbook.xml"))),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\">{properties}<sheets>\
                 <sheet name=\"Rows\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"Other\" sheetId=\"2\" r:id=\"rId2\"/>\
                 </sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &relations(
                relation("rId1", "worksheet", "worksheets/sheet1.xml")
                    + &relation("rId2", "worksheet", "worksheets/sheet2.xml")
                    + &relation("rId3", "styles", "styles.xml"),
            ),
        ),
        ("xl/styles.xml", &format!("<styleSheet xmlns=\"{MAIN}\">{formats}</styleSheet>")),
        ("xl/worksheets/sheet1.xml", &sheet(rows)),
        ("xl/worksheets/sheet2.xml", &sheet(&text_row(1, &["id", "name"]))),
    ])
}

fn text_row(number: u32, cells: &[&str]) -> String {
    let cells = cells.iter().zip('A'..).map(|(text, column)| {
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    });
    format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
}

fn row(number: u32, id: &str, name: &str) -> String {
    format!("<row r=\"{number}\"><c r=\"A{number}\"><v>{id}</v></c><c r=\"B{number}\" {name}</c></row>")
}

#[test]
fn cells_of_a_sheet_are_text() {
    let rows = text_row(2, &["id", "name"])
        + &row(3, "1", "t=\"inlineStr\"><is><t>a,\"b\"</t></is>")
        + &row(5, "2", "s=\"1\"><v>44526</v>")
        + &row(6, "3", "s=\"2\"><v>44526.5</v>")
        + &row(7, "4", "t=\"b\"><v>1</v>")
        + &row(8, "5", "><f>1/4</f><v>0.25</v>")
        + &row(9, "12345678901234567890", ">")
        + &row(10, "6", ">");
    let folder = Folder::new().write("things.xlsx", workbook(&rows, ""));
    assert_eq!(
        folder.rows(&json!({ "path": "things.xlsx" })),
        [
            "3: 1 a,\"b\"",
            "5: 2 2021-11-26",
            "6: 3 2021-11-26T12:00:00",
            "7: 4 true",
            "8: 5 0.25",
            "9: type-error",
            "10: 6 ",
        ]
    );
}

#[test]
fn days_of_a_workbook_may_count_from_1904() {
    let rows = text_row(1, &["id", "name"]) + &row(2, "1", "s=\"1\"><v>43064</v>");
    let folder = Folder::new().write("things.csv", workbook(&rows, "<workbookPr date1904=\"1\"/>"));
    assert_eq!(folder.rows(&json!({ "format": "xlsx" })), ["2: 1 2021-11-26"]);
}

#[test]
fn a_merged_cell_has_its_value_in_the_first_cell_only() {
    // As Excel writes them: the other cells of A2:A3 and of A4:B4 are there without a value.
    let rows = text_row(1, &["id", "name"])
        + &row(2, "1", "t=\"inlineStr\"><is><t>a</t></is>")
        + "<row r=\"3\"><c r=\"A3\" s=\"0\"/><c r=\"B3\" t=\"inlineStr\"><is><t>b</t></is></c></row>"
        + "<row r=\"4\"><c r=\"A4\"><v>4</v></c><c r=\"B4\" s=\"0\"/></row></sheetData>\
           <mergeCells count=\"2\"><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"A4:B4\"/></mergeCells><sheetData>";
    let folder = Folder::new().write("things.xlsx", workbook(&rows, ""));
    let rows = folder.rows(&json!({ "path": "things.xlsx" }));
    assert_eq!(rows, ["2: 1 a", "3: constraint-error", "4: 4 "]);
}

#[test]
fn a_sheet_is_chosen_by_name_or_number() {
    let folder = Folder::new().write("things.xlsx", workbook(&text_row(1, &["x"]), ""));
    let with = |dialect| json!({ "path": "things.xlsx", "dialect": dialect });
    assert_eq!(folder.text(&with(json!({ "sheetNumber": 2 }))), "id,name\n");
    assert_eq!(folder.text(&with(json!({ "sheetName": "Other" }))), "id,name\n");
    assert_eq!(
        folder.refusal(&with(json!({ "sheetName": "None" }))),
        "things.xlsx is a workbook without the sheet \"None\"; its sheets are \"Rows\", \"Other\""
    );
}

#[test]
fn a_cell_beyond_the_largest_sheet_is_refused_at_once() {
    for cell in ["A4294967295", "A1048577", "XFE3", "ZZZZZZ3"] {
        let rows = text_row(1, &["id", "name"]) + &format!("<row><c r=\"{cell}\"><v>1</v></c></row>");
        let folder = Folder::new().write("things.xlsx", workbook(&rows, ""));
        let refusal = folder.refusal(&json!({ "path": "things.xlsx" }));
        assert!(refusal.contains("below row 1048576 or right of column 16384"), "{cell}: {refusal}");
    }
}

#[test]
fn what_is_no_xlsx_workbook_is_called_what_it_is() {
    let of = |bytes: Vec<u8>| Folder::new().write("things.csv", bytes).refusal(&json!({}));
    let ods =
        of(archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "")]));
    assert_eq!(ods, "things.csv is an .ods or other OpenDocument file; save it as .xlsx, or as CSV in UTF-8");
    let xls = of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec());
    assert!(xls.contains("an .xls workbook, or one that is protected by a password"), "{xls}");
}
