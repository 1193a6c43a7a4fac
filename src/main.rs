//! The binary: hands over to the console.

fn main() -> std::process::ExitCode {
    vita::tui::run(vita::tui::Options::default()).into()
}
