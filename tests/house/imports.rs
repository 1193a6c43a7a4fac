//! Imports point down.

use std::collections::BTreeMap;
use std::fs;

use crate::sources::{Source, all, shipped};

/// The lines of the diagram in `src/lib.rs` from the top, each with the modules that stand on it.
fn floors() -> Vec<Vec<String>> {
    let lib = all().into_iter().find(|source| source.path == "lib.rs").expect("src/lib.rs");
    let diagram = lib.text.split("```").nth(1).expect("a diagram");
    let lines = diagram.lines().filter_map(|line| line.strip_prefix("//! "));
    lines
        .filter_map(|line| line.split("  ").next().filter(|names| !names.is_empty()))
        .map(|names| names.split(" · ").map(str::to_owned).collect())
        .collect()
}

/// The modules named after `crate::`, and in the braces of `crate::{...}`.
fn imported(code: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(group) => top_level(group),
            None => vec![rest],
        };
        modules.extend(names.into_iter().map(name_at).filter(|name| !name.is_empty()));
    }
    modules
}

/// The items of a group of imports up to its closing brace, without those inside inner braces.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items
}

fn name_at(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn every_module_has_its_place_in_the_diagram() {
    let lib = all().into_iter().find(|source| source.path == "lib.rs").expect("src/lib.rs");
    let modules = lib.code();
    let mut modules: Vec<_> =
        modules.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let floors = floors();
    let mut drawn: Vec<_> = floors.iter().flatten().map(String::as_str).collect();
    modules.sort_unstable();
    drawn.sort_unstable();
    assert_eq!(modules, drawn);
}

#[test]
fn imports_point_down_only() {
    let floors = floors();
    let floor_of: BTreeMap<&str, usize> = floors
        .iter()
        .enumerate()
        .flat_map(|(floor, modules)| modules.iter().map(move |module| (module.as_str(), floor)))
        .collect();
    let ground = floors.len() - 1;
    let mut wrong = Vec::new();
    for source in shipped() {
        let Some(own) = floor_of.get(source.module()) else {
            continue;
        };
        for name in imported(&source.code()) {
            let Some(other) = floor_of.get(name.as_str()) else {
                continue;
            };
            // What stands on the ground has nothing below it: there, settings know the calendar's zones.
            let neighbours = *own == ground && *other == ground;
            if name != source.module() && other <= own && !neighbours {
                wrong.push(format!("{} imports {name}", source.path));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_binary_only_chooses_a_face() {
    let main = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs")).expect("src/main.rs");
    let imports: Vec<_> = main.lines().filter(|line| line.contains("vita::")).collect();
    assert_eq!(imports, ["use vita::{cli, tui};"]);
}

#[test]
fn a_module_reaches_its_neighbours_by_their_names_and_not_through_super() {
    let leaves = |source: &Source| {
        let longest = "super::".repeat(source.depth());
        source.module() != "main" && source.code().contains(&longest)
    };
    let wrong: Vec<_> = shipped().into_iter().filter(leaves).map(|source| source.path).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn imports_are_found_in_every_form() {
    let code =
        "use crate::a::X;\nuse crate::{b, c::{d, E}, f};\nfn g() { crate::h::i() }\npub(in crate::j::k) fn l() {}";
    assert_eq!(imported(code), ["a", "b", "c", "f", "h", "j"]);
}
