//! The real program in a pseudo-terminal: keys go in, a terminal emulator reads what comes out, and a test waits for facts,
//! never for time. When a fact does not come, the test fails with the screen as it is.

use std::cell::Cell;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtyPair, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;
use vt100::{Parser, Screen};

/// Longest wait for anything: far more than a loaded machine needs.
const DEADLINE: Duration = Duration::from_secs(20);

/// A program in a terminal of its own.
pub struct Console {
    pid: Pid,
    master: Box<dyn MasterPty + Send>,
    /// Kept open so that the terminal's modes can still be read when the program has ended.
    slave: Option<Box<dyn SlavePty + Send>>,
    keyboard: Arc<Mutex<Box<dyn Write + Send>>>,
    output: Arc<Output>,
    status: mpsc::Receiver<u32>,
    modes: String,
    /// The state of the screen a test has come to: waiting looks at this one and later ones.
    at: Cell<usize>,
}

/// What the program has written.
struct Output {
    seen: Mutex<Seen>,
    grown: Condvar,
}

struct Seen {
    emulator: Parser,
    /// What the screen was after each piece of output, so that nothing that was shown only for a moment is missed.
    shown: Vec<Shown>,
    bytes: Vec<u8>,
    ended: bool,
}

/// One state of the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// Whether it is the alternate screen, which a console uses.
    pub alternate: bool,
}

impl Shown {
    fn of(screen: &Screen) -> Self {
        Self { text: screen.contents(), alternate: screen.alternate_screen() }
    }
}

/// How the program ended and what it left behind.
pub struct Ended {
    /// The exit code; 1 after a signal that was not caught.
    pub code: u32,
    /// Everything it wrote.
    pub bytes: Vec<u8>,
    /// What the terminal showed last.
    pub screen: String,
    /// What is not as it was before the program ran.
    pub leftovers: Vec<&'static str>,
}

impl Console {
    /// Starts `vita` with these arguments, in a terminal of that size and a home folder of its own.
    pub fn start(home: &Path, (columns, rows): (u16, u16), language: &str, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vita"));
        command.args(arguments);
        command.env("LANG", language);
        command.env("VITA_HOME", home.join("vita"));
        Self::run(home, (columns, rows), command)
    }

    /// Starts any program with nothing in its environment but what every terminal sets.
    pub fn run(home: &Path, (columns, rows): (u16, u16), mut command: CommandBuilder) -> Self {
        let own: Vec<_> = ["LANG", "VITA_HOME"]
            .into_iter()
            .filter_map(|name| Some((name, command.get_env(name)?.to_owned())))
            .collect();
        command.env_clear();
        own.into_iter().for_each(|(name, value)| command.env(name, value));
        command.env("TERM", "xterm-256color");
        command.env("HOME", home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.cwd(home);

        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        let PtyPair { slave, master } = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let modes = modes(&*master);
        let mut child = slave.spawn_command(command).expect("the program starts");
        let pid = pid(&*child);
        let keyboard = Arc::new(Mutex::new(master.take_writer().expect("a keyboard")));
        let emulator = Parser::new(cells(rows), cells(columns), 0);
        let output = Arc::new(Output {
            seen: Mutex::new(Seen {
                shown: vec![Shown::of(emulator.screen())],
                emulator,
                bytes: Vec::new(),
                ended: false,
            }),
            grown: Condvar::new(),
        });
        let reader = master.try_clone_reader().expect("a screen");
        thread::spawn({
            let (output, keyboard) = (output.clone(), keyboard.clone());
            move || read(reader, &output, &keyboard)
        });
        let (sender, status) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait().expect("an end").exit_code()));
        Self { pid, master, slave: Some(slave), keyboard, output, status, modes, at: Cell::new(0) }
    }

    /// Types; control characters and escape sequences stand for themselves. What is waited for next is what comes of it.
    pub fn keys(&self, keys: &str) -> &Self {
        self.at.set(lock(&self.output.seen).shown.len() - 1);
        let mut keyboard = lock(&self.keyboard);
        keyboard.write_all(keys.as_bytes()).expect("typed");
        keyboard.flush().expect("typed");
        self
    }

    /// Pastes, as a terminal with bracketed paste does.
    pub fn paste(&self, text: &str) -> &Self {
        self.keys(&format!("\u{1b}[200~{text}\u{1b}[201~"))
    }

    /// Waits until the screen shows a text.
    pub fn wait_for(&self, text: &str) -> &Self {
        self.wait_until(&format!("showed {text:?}"), |shown| shown.text.contains(text));
        self
    }

    /// Waits until the screen no longer shows a text.
    pub fn wait_gone(&self, text: &str) -> &Self {
        self.wait_until(&format!("lost {text:?}"), |shown| !shown.text.contains(text));
        self
    }

    /// Waits for a fact about the screen, and returns the screen of which it was true.
    pub fn wait_until(&self, fact: &str, holds: impl Fn(&Shown) -> bool) -> Shown {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = lock(&self.output.seen);
        loop {
            let later = seen.shown.iter().enumerate().skip(self.at.get());
            if let Some((at, shown)) = later.into_iter().find(|(_, shown)| holds(shown)) {
                self.at.set(at);
                return shown.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let now = Shown::of(seen.emulator.screen()).text;
            assert!(!left.is_zero() && !seen.ended, "the screen never {fact}; it is:\n{now}");
            let waited = self.output.grown.wait_timeout(seen, left);
            (seen, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The text on the screen.
    pub fn screen(&self) -> String {
        Shown::of(lock(&self.output.seen).emulator.screen()).text
    }

    /// Everything the program has written so far.
    pub fn bytes(&self) -> Vec<u8> {
        lock(&self.output.seen).bytes.clone()
    }

    /// How much the program has written so far.
    pub fn written(&self) -> usize {
        lock(&self.output.seen).bytes.len()
    }

    /// Changes the size of the terminal, as dragging its corner does.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut seen = lock(&self.output.seen);
        seen.emulator.screen_mut().set_size(cells(rows), cells(columns));
        drop(seen);
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        self.master.resize(size).expect("resized");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) -> &Self {
        kill_process(self.pid, signal).expect("signalled");
        self
    }

    /// Waits for the end.
    pub fn end(mut self) -> Ended {
        let Ok(code) = self.status.recv_timeout(DEADLINE) else {
            let screen = self.screen();
            let _ = kill_process(self.pid, Signal::KILL);
            panic!("the program never ended; the screen is:\n{screen}");
        };
        let modes_kept = modes(&*self.master) == self.modes;
        // With the last user gone the reader sees the end, after everything that was written.
        drop(self.slave.take());
        let seen = lock(&self.output.seen);
        let waited = self.output.grown.wait_timeout_while(seen, DEADLINE, |seen| !seen.ended);
        let (seen, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let screen = seen.emulator.screen();
        let leftovers = [
            ("terminal modes", !modes_kept),
            ("the alternate screen", screen.alternate_screen()),
            ("a hidden cursor", screen.hide_cursor()),
            ("bracketed paste", screen.bracketed_paste()),
            ("focus events", last_of(&seen.bytes, "\u{1b}[?1004h", "\u{1b}[?1004l")),
            ("keyboard flags", last_of(&seen.bytes, "\u{1b}[>1u", "\u{1b}[<1u")),
            ("a held frame", last_of(&seen.bytes, "\u{1b}[?2026h", "\u{1b}[?2026l")),
        ];
        Ended {
            code,
            bytes: seen.bytes.clone(),
            screen: screen.contents(),
            leftovers: leftovers.into_iter().filter(|(_, left)| *left).map(|(name, _)| name).collect(),
        }
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has cells")
}

impl Drop for Console {
    fn drop(&mut self) {
        // Still running only when a test failed; already gone otherwise.
        if self.slave.is_some() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

/// The process's number.
fn pid(child: &dyn Child) -> Pid {
    let raw = child.process_id().and_then(|id| i32::try_from(id).ok());
    raw.and_then(Pid::from_raw).expect("a process")
}

/// Feeds the emulator, and answers the one question a program may ask of its terminal: where the cursor is.
fn read(mut reader: Box<dyn Read + Send>, output: &Output, keyboard: &Mutex<Box<dyn Write + Send>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let bytes = &buffer[..count];
        let mut seen = lock(&output.seen);
        seen.emulator.process(bytes);
        let shown = Shown::of(seen.emulator.screen());
        seen.shown.push(shown);
        seen.bytes.extend(bytes);
        let (row, column) = seen.emulator.screen().cursor_position();
        drop(seen);
        output.grown.notify_all();
        if contains(bytes, "\u{1b}[6n") {
            let answer = format!("\u{1b}[{};{}R", row + 1, column + 1);
            let _ = lock(keyboard).write_all(answer.as_bytes());
        }
    }
    lock(&output.seen).ended = true;
    output.grown.notify_all();
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// Whether `on` was written after the last `off`.
fn last_of(bytes: &[u8], on: &str, off: &str) -> bool {
    let position = |needle: &str| bytes.windows(needle.len()).rposition(|window| window == needle.as_bytes());
    position(on) > position(off)
}

/// Whether a text was written.
pub fn contains(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// A panic of the other thread shows by itself; the data is still good to look at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
