//! Takes the terminal over, and gives it back however the program ends.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use rustix::termios::{QueueSelector, tcflush};

/// Whether the terminal is ours now.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over. Dropping it gives it back; so do [`restore`] and a panic of the thread that took it.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal over: raw input, the alternate screen, bracketed paste, focus events, unambiguous keys, no cursor.
    /// Nothing is asked of the terminal: one that doesn't know the keyboard flags ignores them.
    ///
    /// # Errors
    /// When standard input is no terminal, or standard output can't be written.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        // Made first, so that dropping it undoes what was done when the rest fails.
        let guard = Self(());
        enter()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Takes the terminal over again after the program was stopped, without the keys typed meanwhile.
///
/// # Errors
/// As for [`Guard::enter`].
pub fn enter_again() -> io::Result<()> {
    // A shell may have changed the terminal behind our back (SIGSTOP can't be caught): what is believed about it is void.
    restore();
    // Where the queue can't be emptied the stale keys are harmless.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    enter()
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let mut sequence = Vec::new();
    queue!(
        sequence,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES),
        Hide,
    )?;
    output()?.write_all(&sequence)
}

/// Gives the terminal back as it was. Safe to call at any time, from any thread, and more than once; takes no lock that a
/// stuck writer could hold.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut sequence = Vec::new();
    let queued = queue!(
        sequence,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show,
    );
    // A terminal that is gone can't be restored: there is nobody to tell.
    let _ = queued.and_then(|()| output()?.write_all(&sequence));
    let _ = disable_raw_mode();
}

/// Standard output without the lock and the line buffer of `std::io::stdout`.
///
/// # Errors
/// When the process has no file descriptor left.
pub fn output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Makes a panic of this thread give the terminal back before its message appears. A panic of another thread, whose task
/// reports its own failure, must not scribble over the screen: it goes to the log.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let owner = thread::current().id();
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == owner {
                restore();
            }
            if ENTERED.load(Ordering::SeqCst) {
                tracing::error!(panic = ?panic.to_string(), "a task panicked");
            } else {
                report(panic);
            }
        }));
    });
}
