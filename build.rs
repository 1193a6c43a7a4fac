//! Builds anew when an interface text changes: the macro that reads them tells cargo nothing of its files.

fn main() {
    println!("cargo::rerun-if-changed=src/locales");
}
