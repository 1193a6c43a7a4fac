//! The help of `vita simulate`: how a plan is written, and every fault it can name.

use crate::simulator::{BODIES, FAULTS, FORMS};

const PLAN: &str = "\
Standard output gets one line a provider, for another shell to use it:
  export LLAMA_API_BASE_URL=http://127.0.0.1:PORT/llama/v1

A plan is TOML; the first step that applies to a call decides:
  [[step]]
  provider = \"llama\"
  after = 3           # the first three calls are served well
  count = 5           # then five fail; without it every later one
  fault = \"status\"
  status = 503

Whom a step strikes, and when; all that is given must hold:";

const CONDITIONS: [(&str, &str); 6] = [
    (
        "on",
        "chat, turns (chat calls that are no health checks), probes (health checks), models (the list) or any (the default: chat, \
         and the list where the fault can strike one)",
    ),
    ("model", "the only model it concerns"),
    ("longer_than", "requests of more tokens than this"),
    ("percent", "this share of the calls"),
    ("up_ms, down_ms", "up and down in turn from the start; strikes while down"),
    ("limit, per_ms", "so many calls pass in each window of time; strikes the others"),
];

const HEADERS: &str = "
Headers sent with the response:
  headers = { x-should-retry = true, retry-after-ms = 250 }

Faults; `tokens` is how many are sent before, 5 where nothing else is said:";

/// Columns of the help, and of its first column.
const WIDTH: usize = 80;
const NAMES: usize = 18;

/// All of it.
pub(super) fn guide() -> String {
    let names = |known: &[&str]| known.join(", ");
    let bodies = names(&BODIES.map(|(name, _)| name));
    let forms = names(&FORMS.map(|(name, _)| name));
    let mut lines = vec![PLAN.to_owned()];
    lines.extend(CONDITIONS.iter().map(|(name, says)| entry(name, says)));
    lines.push(HEADERS.to_owned());
    lines.extend(FAULTS.iter().map(|fault| entry(fault.name, fault.says)));
    lines.push(String::new());
    lines.push(entry("body", &bodies));
    lines.push(entry("form", &forms));
    lines.join("\n")
}

/// A name and what is said of it, beside each other.
fn entry(name: &str, says: &str) -> String {
    let mut lines = vec![format!("  {name:<width$}", width = NAMES - 2)];
    for word in says.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                if line.len() > NAMES {
                    line.push(' ');
                }
                line.push_str(word);
            }
            _ => lines.push(format!("{:NAMES$}{word}", "")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_fits_a_terminal_of_eighty_columns() {
        let guide = guide();
        let long: Vec<_> = guide.lines().filter(|line| line.len() > WIDTH).collect();
        assert_eq!(long, [""; 0]);
    }

    #[test]
    fn readme_says_of_every_fault_what_the_help_says() {
        let readme = include_str!("../../../README.md");
        for fault in FAULTS {
            let row = format!("| `{}` | {} |\n", fault.name, fault.says);
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn the_plan_in_readme_is_one() {
        let readme = include_str!("../../../README.md");
        let rehearsal = readme.split("## Rehearsing an outage").nth(1).expect("a section");
        let plan = rehearsal.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a plan");
        assert_eq!(crate::simulator::Plan::parse(plan).map(|plan| plan.steps.len()), Ok(3));
    }
}
