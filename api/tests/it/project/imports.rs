//! What files import. What a file needs is in files below it, so that a reader can start anywhere and only read down.
//!
//! A `pub use` passes a name on, and counts for the file that imports it from there, not for the file that passes it on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::Visit;
use syn::{ItemUse, UseTree, Visibility};

use super::architecture::sources;

/// A module: the parts of its path in the crate.
type Module = Vec<String>;

/// A file's own names, as far as they matter here.
#[derive(Default)]
struct Names {
    /// The paths that it imports or mentions.
    imports: BTreeSet<Module>,
    /// The names that it passes on, with where they come from.
    passed_on: Vec<(String, Module)>,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
        if !is_test {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut paths = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut paths);
        for (name, path) in paths {
            if matches!(item.vis, Visibility::Inherited) {
                self.imports.insert(path);
            } else {
                self.passed_on.push((name, path));
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.imports.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// The paths of a `use`, each with the name that it has here.
fn flatten(tree: &UseTree, prefix: &mut Module, paths: &mut Vec<(String, Module)>) {
    let path = |name: &dyn ToString| [prefix.as_slice(), &[name.to_string()]].concat();
    match tree {
        UseTree::Path(step) => {
            prefix.push(step.ident.to_string());
            flatten(&step.tree, prefix, paths);
            prefix.pop();
        }
        UseTree::Name(name) => paths.push((name.ident.to_string(), path(&name.ident))),
        UseTree::Rename(name) => paths.push((name.rename.to_string(), path(&name.ident))),
        UseTree::Glob(_) => paths.push(("*".to_owned(), prefix.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, prefix, paths)),
    }
}

/// The files of a crate by their modules.
fn modules(folder: &str) -> BTreeMap<Module, Names> {
    let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)).unwrap();
    let mut modules = BTreeMap::new();
    for (path, text) in sources(folder) {
        let path = fs::canonicalize(path).unwrap();
        let path = path.strip_prefix(&root).unwrap().with_extension("");
        let mut module: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        if matches!(module.last().unwrap().as_str(), "mod" | "lib" | "main") {
            module.pop();
        }
        let mut names = Names::default();
        names.visit_file(&syn::parse_file(&text).unwrap());
        modules.insert(module, names);
    }
    modules
}

/// The file that a path leads to, as seen from a module; `None` for other crates and for names of the file itself.
fn leads_to(modules: &BTreeMap<Module, Names>, from: &Module, path: &[String]) -> Option<Module> {
    let (mut at, mut rest) = match path.first()?.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "super" | "self" => (from.clone(), path),
        name if modules.contains_key(&[from.as_slice(), &[name.to_owned()]].concat()) => (from.clone(), path),
        _ => return None,
    };
    while let Some(step) = rest.first() {
        match step.as_str() {
            "self" => {}
            "super" => drop(at.pop()),
            name => {
                at.push(name.to_owned());
                if !modules.contains_key(&at) {
                    at.pop();
                    break;
                }
            }
        }
        rest = &rest[1..];
    }
    let passed_on = rest.first().and_then(|name| {
        modules.get(&at)?.passed_on.iter().find_map(|(passed, path)| {
            let is_it = passed == name || passed == "*";
            is_it.then(|| leads_to(modules, &at, path)).flatten()
        })
    });
    passed_on.or(Some(at))
}

/// The other files that a file imports from.
fn imported(modules: &BTreeMap<Module, Names>, module: &Module) -> BTreeSet<Module> {
    let paths = modules[module].imports.iter();
    paths.filter_map(|path| leads_to(modules, module, path)).filter(|to| to != module).collect()
}

/// A circle of files that import each other, if there is one.
fn circle(modules: &BTreeMap<Module, Names>) -> Option<Vec<String>> {
    let edges: BTreeMap<&Module, BTreeSet<Module>> =
        modules.keys().map(|module| (module, imported(modules, module))).collect();
    for start in modules.keys() {
        // The shortest way back to where it began.
        let mut ways: Vec<Vec<&Module>> = vec![vec![start]];
        let mut seen = BTreeSet::new();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                for to in &edges[way[way.len() - 1]] {
                    let way = [way.as_slice(), &[to]].concat();
                    if to == start {
                        return Some(way.iter().map(|module| module.join("::")).collect());
                    }
                    if seen.insert(to) {
                        longer.push(way);
                    }
                }
            }
            ways = longer;
        }
    }
    None
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    for folder in ["dictionary/src", "files/src", "api/src", "client/src"] {
        let modules = modules(folder);
        assert!(modules.len() > 20, "{folder}: {} files", modules.len());
        if let Some(circle) = circle(&modules) {
            panic!("{folder}: {}", circle.join(" imports "));
        }
    }
}

#[test]
fn nothing_below_http_imports_http() {
    let modules = modules("api/src");
    let is = |module: &Module, name: &str| module.first().is_some_and(|first| first == name);
    let below = modules.keys().filter(|module| !is(module, "http") && !is(module, "app"));
    for module in below {
        let name = module.join("::");
        for to in imported(&modules, module) {
            assert!(!is(&to, "http"), "{name} imports {}, but only the app may", to.join("::"));
        }
        for path in &modules[module].imports {
            let is_http = |part: &String| ["actix_web", "StatusCode", "Problem"].contains(&part.as_str());
            assert!(!path.iter().any(is_http), "{name} is below http, but names {}", path.join("::"));
        }
    }
}
