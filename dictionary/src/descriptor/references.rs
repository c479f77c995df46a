//! Parts of a descriptor that are in other files: `schema`, `dialect` and `resources` may be the path of one.

use serde_json::Value;

use super::document;
use super::error::{DescriptorError, Refusals, Result};
use crate::text::shortened;

/// Reads a file in the folder of the descriptor, by its path from there. The error says why not: the end of a sentence
/// that begins with the path.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> std::result::Result<Vec<u8>, String>;

/// Replaces each reference of a descriptor by what its file holds. Returns the indexes of the resources that have a refused
/// reference.
///
/// # Errors
/// When the whole list of resources is a reference that is refused.
pub(super) fn resolve(
    descriptor: &mut Value,
    read: ReadFile<'_>,
    refusals: &mut Refusals,
) -> Result<Vec<usize>> {
    let mut resolver = Resolver { read, bytes: 0 };
    let Some(resources) = descriptor.get_mut("resources") else { return Ok(Vec::new()) };
    resolver.follow(resources, "the data package", "resources")?;
    let mut unresolved = Vec::new();
    for (i, resource) in resources.as_array_mut().into_iter().flatten().enumerate() {
        let place = format!("resource {}", i + 1);
        let mut follow = |part: &mut Value, property| refusals.take(resolver.follow(part, &place, property));
        let mut is_whole = follow(resource, "resources").is_some();
        for property in ["schema", "dialect"] {
            let part = resource.get_mut(property);
            is_whole &= part.is_none_or(|part| follow(part, property).is_some());
        }
        if !is_whole {
            unresolved.push(i);
        }
    }
    Ok(unresolved)
}

struct Resolver<'a> {
    read: ReadFile<'a>,
    /// Bytes that were read so far.
    bytes: usize,
}

impl Resolver<'_> {
    /// Replaces a part that is a path by what the file holds.
    fn follow(&mut self, part: &mut Value, place: &str, property: &str) -> Result<()> {
        let Some(path) = part.as_str() else { return Ok(()) };
        *part = self.read(path).map_err(|why| {
            DescriptorError::of(format!("{place}: `{property}` is \"{}\", {why}", shortened(path)))
        })?;
        Ok(())
    }

    fn read(&mut self, path: &str) -> std::result::Result<Value, String> {
        if path.contains("://") {
            return Err(
                "which is not fetched; download it into the data package's folder, and name the file".into(),
            );
        }
        if !is_inside(path) {
            return Err("but must name a file inside the data package's folder".into());
        }
        let bytes = (self.read)(path)?;
        self.bytes += bytes.len();
        if self.bytes > document::MAX_BYTES {
            return Err(format!(
                "and the files that it references have more than {} bytes together",
                document::MAX_BYTES
            ));
        }
        document::read(&bytes, "which").map_err(|error| error.to_string())
    }
}

/// Whether a path names something below the folder that it starts from, on every system.
/// <https://datapackage.org/standard/data-resource/#path-or-data>
pub(super) fn is_inside(path: &str) -> bool {
    !path.starts_with(['/', '\\', '~'])
        && !path.contains([':', '\0'])
        && path.split(['/', '\\']).all(|part| part != ".." && !part.is_empty())
}
