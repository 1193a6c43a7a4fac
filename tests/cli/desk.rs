//! A folder of its own, simulated providers, and the binary between them.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use vita::simulator::{Fault, Options, Pace, Simulator, Step};

/// Keys of the right form.
pub const KEYS: [(&str, &str); 2] = [("LLAMA_API_KEY", "LLM|1|test-key"), ("QWEN_API_KEY", "sk-test-key")];

/// What a finished command left.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }

    /// Standard output as the one JSON document it must be.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard output of a command that must have succeeded.
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }
}

/// One user's machine.
pub struct Desk {
    home: TempDir,
    variables: Vec<(String, String)>,
    runtime: Runtime,
    pub simulator: Simulator,
}

impl Desk {
    /// Nothing configured.
    pub fn bare() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let options = Options { pace: Pace::INSTANT, ..Options::default() };
        let simulator = runtime.block_on(Simulator::start((Ipv4Addr::LOCALHOST, 0).into(), options));
        Self {
            home: tempfile::tempdir().expect("a folder"),
            variables: Vec::new(),
            simulator: simulator.expect("a simulator"),
            runtime,
        }
    }

    /// Both providers configured, with short waits.
    pub fn new() -> Self {
        let mut desk = Self::bare();
        for provider in ["llama", "qwen"] {
            let variable = format!("{}_API_BASE_URL", provider.to_uppercase());
            let url = desk.simulator.base_url(provider);
            desk.set(&variable, &url);
        }
        KEYS.iter().for_each(|(name, value)| desk.set(name, value));
        desk.set("RETRY_BASE_DELAY", "0.01");
        desk
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A file in the home folder.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.home().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    /// Lets every call to a provider fail.
    pub fn fail(&self, provider: &str, fault: Fault) {
        self.simulator.set_plan(provider, vec![Step::always(provider, fault)]);
    }

    pub fn vita(&self, arguments: &[&str]) -> Run {
        self.vita_reading(arguments, b"")
    }

    /// The command with these variables beside the desk's own.
    pub fn vita_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Run::of(command.stdin(Stdio::null()).output().expect("an end"))
    }

    /// The command with this on its standard input.
    pub fn vita_reading(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().expect("standard input");
        // A command that doesn't read it may have closed it already.
        let _ = stdin.write_all(input);
        drop(stdin);
        Run::of(child.wait_with_output().expect("an end"))
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the binary")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vita"));
        command
            .args(arguments)
            .env_clear()
            .env("VITA_HOME", self.home().join("vita"))
            .env("LANG", "en_US.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Sends a signal to a command and waits for its end.
    pub fn end(&self, mut child: Child, signal: Signal) -> Run {
        // Open until the end: waiting closes it, and a command that sees the end of its input first ends by that.
        let _keyboard = child.stdin.take();
        kill_process(Pid::from_child(&child), signal).expect("a running command");
        Run::of(child.wait_with_output().expect("an end"))
    }

    /// Waits until a provider has received this many calls.
    pub fn wait_for_calls(&self, provider: &str, count: usize) {
        self.runtime.block_on(async {
            let calls = self.simulator.wait_for(provider, |calls| calls.len() >= count);
            let in_time = tokio::time::timeout(Duration::from_secs(20), calls).await;
            in_time.expect("the calls in time");
        });
    }

    /// The calls a provider has received.
    pub fn calls(&self, provider: &str) -> usize {
        self.simulator.calls(provider).len()
    }

    /// The key-metrics document of `vita status`.
    pub fn status(&self) -> Value {
        let run = self.vita(&["status", "--json"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        run.json()
    }
}

/// The document with 0 for every time, which differs from run to run.
pub fn without_times(mut document: Value) -> Value {
    match &mut document {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_time = matches!(name.as_str(), "ms" | "ttft_ms" | "total_ms" | "seconds" | "response_time_ms");
                *value = if is_time && value.is_number() { 0.into() } else { without_times(value.take()) };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_times(item.take())),
        _ => {}
    }
    document
}
