//! How the header of a table's files is matched with its fields.

use super::error::Result;
use super::object::Object;
use crate::model::FieldsMatch;

/// Reads `fieldsMatch`: a word, or an array with it, as in earlier versions of the standard.
/// <https://datapackage.org/standard/table-schema/#fieldsMatch>
pub(super) fn fields_match(schema: &Object) -> Result<FieldsMatch> {
    let word = schema.one_string("fieldsMatch")?;
    match word.as_deref() {
        None | Some("exact") => Ok(FieldsMatch::Exact),
        Some("equal") => Ok(FieldsMatch::Equal),
        Some("subset") => Ok(FieldsMatch::Subset),
        Some("superset") => Ok(FieldsMatch::Superset),
        Some("partial") => Ok(FieldsMatch::Partial),
        Some(other) => schema.refuse(&format!(
            "`fieldsMatch` is \"{other}\", but must be exact, equal, subset, superset or partial"
        )),
    }
}
