//! The trace of a run, and the first promise that was broken in it.

use std::fmt;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::time::Instant;

/// A run that takes more steps than this goes round in circles.
const MOST_STEPS: usize = 60_000;

/// What happened in a run, line by line, by the virtual clock.
pub(super) struct Log {
    began: Instant,
    inner: Mutex<Inner>,
    broke: Notify,
}

#[derive(Default)]
struct Inner {
    lines: Vec<String>,
    broken: Option<Broken>,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Its number in the design, such as `I4`.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

/// Whether a promise holds.
pub(super) type Verdict = Result<(), Broken>;

/// A fact that must hold.
pub(super) fn hold(fact: bool, invariant: &'static str, what: impl FnOnce() -> String) -> Verdict {
    if fact { Ok(()) } else { Err(Broken { invariant, what: what() }) }
}

impl Log {
    pub fn new() -> Self {
        Self { began: Instant::now(), inner: Mutex::default(), broke: Notify::new() }
    }

    pub fn note(&self, line: fmt::Arguments<'_>) {
        let at = self.began.elapsed();
        let mut inner = self.inner();
        inner.lines.push(format!("{:10.3}  {line}", at.as_secs_f64()));
        if inner.lines.len() == MOST_STEPS {
            drop(inner);
            self.judge(hold(false, "I10", || format!("{MOST_STEPS} steps and no end")));
        }
    }

    /// Keeps the first promise that was broken.
    pub fn judge(&self, verdict: Verdict) {
        let Err(broken) = verdict else { return };
        self.note(format_args!("BROKEN {}: {}", broken.invariant, broken.what));
        self.inner().broken.get_or_insert(broken);
        self.broke.notify_one();
    }

    /// Waits for a broken promise.
    pub async fn broken(&self) {
        self.broke.notified().await;
    }

    /// All of it.
    pub fn take(&self) -> (Vec<String>, Option<Broken>) {
        let mut inner = self.inner();
        (std::mem::take(&mut inner.lines), inner.broken.take())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic while the log is written")
    }
}
