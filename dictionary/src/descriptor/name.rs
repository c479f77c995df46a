//! Names of tables and fields: any name of the standard, kept as it is.

use std::collections::HashMap;

use super::error::{Refusals, Result};
use super::object::Object;

/// The longest name, in bytes of UTF-8: what every engine takes as an identifier.
pub(crate) const MAX_BYTES: usize = 63;

/// What to do about a field's name that is not taken.
const RENAME: &str = "rename it, and keep the old name as `title`, which headers are matched by as well";

impl Object<'_> {
    /// The name of a table, checked.
    pub(super) fn table_name(&self) -> Result<String> {
        let name = self.name("rename the resource")?;
        // A path cannot hold them: they mean a folder there.
        if matches!(name.as_str(), "." | "..") {
            return self
                .refuse(&format!("`name` is \"{name}\", which no path can hold; rename the resource"));
        }
        Ok(name)
    }

    /// The name of a field, checked.
    pub(super) fn field_name(&self) -> Result<String> {
        self.name(RENAME)
    }

    fn name(&self, way_out: &str) -> Result<String> {
        let Some(name) = self.string("name")? else {
            return self.refuse("`name` is missing");
        };
        match fault(name) {
            Some(fault) => self.refuse(&format!("`name` is {name:?}, but {fault}; {way_out}")),
            None => Ok(name.to_owned()),
        }
    }
}

/// Why a name is not taken.
pub(crate) fn fault(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("needs a character that can be seen".to_owned());
    }
    if name.starts_with('_') {
        return Some("names that begin with `_` are the server's own".to_owned());
    }
    if name.contains(|c: char| c.is_control()) {
        return Some("may hold no control characters, such as a line end or a tab".to_owned());
    }
    (name.len() > MAX_BYTES).then(|| format!("has {} bytes in UTF-8, and may have {MAX_BYTES}", name.len()))
}

/// Refuses names that differ in nothing but case. `what` is the beginning of a sentence that continues with "name".
pub(super) fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashMap::new();
    let mut refusals = Refusals::default();
    for name in names {
        if let Some(earlier) = seen.insert(name.to_lowercase(), name) {
            refusals.add(format!(
                "{what} name `{name}` is taken by `{earlier}`; names must differ by more than case"
            ));
        }
    }
    refusals.end()
}
