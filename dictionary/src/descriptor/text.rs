//! Texts for people: one, or one for each language.

use serde_json::Value;

use super::object::Object;

impl Object<'_> {
    /// A text for people. Of a text in several languages, the one without a language, then the English one, then the first.
    pub(super) fn text(&self, property: &str) -> Option<String> {
        let text = match self.get(property) {
            Some(Value::Object(languages)) => {
                let named = ["", "en"].iter().find_map(|language| languages.get(*language));
                named.or(languages.values().next()).and_then(Value::as_str)
            }
            // It is for people, and no reason to refuse a package.
            Some(text) => text.as_str(),
            None => None,
        };
        text.map(str::to_owned)
    }
}
