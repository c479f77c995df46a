//! Names of fields and tables from labels and names of files.

use std::collections::HashSet;

use crate::descriptor::{MAX_NAME, name_fault};

/// Endings of names of files that say how the file is packed.
const PACKED: [&str; 3] = [".gz", ".zip", ".zst"];

/// A name for each label, in order: the label where it can be a name, and differs from those before it by more than case.
pub(super) fn field_names(labels: &[Option<&str>]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut names: Vec<Option<String>> = Vec::new();
    for label in labels {
        let name = label.filter(|label| is_kept(label) && taken.insert(label.to_lowercase()));
        names.push(name.map(str::to_owned));
    }
    let made = |(i, (name, label)): (usize, (Option<String>, &Option<&str>))| {
        name.unwrap_or_else(|| {
            let other = match label {
                Some(_) => format!("column{}", i + 1),
                None => format!("field{}", i + 1),
            };
            free(&valid(label.unwrap_or_default(), &other), &mut taken)
        })
    };
    names.into_iter().zip(labels).enumerate().map(made).collect()
}

/// Whether a label is a name as it is, on every engine: not all have names with blanks around them or characters beyond the
/// Basic Multilingual Plane.
fn is_kept(label: &str) -> bool {
    name_fault(label).is_none()
        && label.trim().len() == label.len()
        && !label.contains(is_replaced)
        && !is_engines(label)
}

fn is_replaced(c: char) -> bool {
    c.is_control() || c > '\u{ffff}'
}

/// Whether InnoDB keeps a column's name for itself.
fn is_engines(name: &str) -> bool {
    ["DB_ROW_ID", "DB_TRX_ID", "DB_ROLL_PTR", "FTS_DOC_ID"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// A name for the table of a file that differs from the names in `taken`, in lower case, to which it is added.
pub fn table_name(file: &str, taken: &mut HashSet<String>) -> String {
    let lower = file.to_lowercase();
    let packed = PACKED.iter().find(|end| lower.ends_with(**end)).map_or(0, |end| end.len());
    let file = &file[..file.len() - packed];
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = valid(stem, "table");
    let name = if matches!(name.as_str(), "." | "..") { "table".to_owned() } else { name };
    let name = if name.to_lowercase().starts_with("sqlite_") { format!("table_{name}") } else { name };
    free(&shortened(&name, MAX_NAME), taken)
}

/// What can be a name of a text; the other one where nothing can.
fn valid(text: &str, other: &str) -> String {
    let visible: String = text.trim().chars().map(|c| if is_replaced(c) { '_' } else { c }).collect();
    let name = shortened(visible.trim_start_matches(|c: char| c == '_' || c.is_whitespace()), MAX_NAME);
    if name_fault(&name).is_some() || is_engines(&name) { other.to_owned() } else { name }
}

/// A name that is not taken yet, and now is.
fn free(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| {
        let end = format!("_{number}");
        shortened(name, MAX_NAME - end.len()) + &end
    });
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default()
}

/// The start of a text, at most so many bytes, without blanks at its end.
fn shortened(text: &str, bytes: usize) -> String {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_can_be_a_name_is_the_name() {
        let names =
            |labels: &[&str]| field_names(&labels.iter().map(|label| Some(*label)).collect::<Vec<_>>());
        assert_eq!(names(&["id", "Größe (m)", "a.b"]), ["id", "Größe (m)", "a.b"]);
        assert_eq!(
            names(&["", "_id", "id", " name", "Id", "a\nb", "_"]),
            ["column1", "id_2", "id", "name", "Id_3", "a_b", "column7"]
        );
        assert_eq!(names(&["db_row_id", "a😀"]), ["column1", "a_"]);
        let long = "é".repeat(40);
        assert_eq!(names(&[&long, &long]), ["é".repeat(31), "é".repeat(30) + "_2"]);
        assert_eq!(field_names(&[None, None]), ["field1", "field2"]);
    }

    #[test]
    fn a_table_is_named_as_its_file() {
        let mut taken = HashSet::new();
        for (file, name) in [
            ("orders.csv", "orders"),
            ("Orders.tsv.gz", "Orders_2"),
            ("a.b.csv", "a.b"),
            ("_x.csv", "x"),
            ("...csv", "table"),
            ("sqlite_x.csv", "table_sqlite_x"),
            ("noending", "noending"),
        ] {
            assert_eq!(table_name(file, &mut taken), name, "{file}");
        }
    }
}
