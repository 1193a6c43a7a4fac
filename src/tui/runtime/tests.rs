use std::convert::Infallible;

use crossterm::event::KeyEvent;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc::{self, Sender, UnboundedSender};
use tokio::time::{sleep, timeout};

use super::*;
use crate::app::Launch;
use crate::config::Language;

const FRAME: Duration = Duration::from_millis(20);

/// The real loop with a screen in memory and channels for everything else.
struct Stage {
    terminal: Terminal<TestBackend>,
    state: State,
    inputs: Inputs,
    signals: UnboundedSender<Signal>,
    keyboard: UnboundedSender<Raw>,
    events: Sender<Event>,
}

impl Stage {
    fn new() -> Self {
        let (signals, signals_in) = mpsc::unbounded_channel();
        let (keyboard, terminal_in) = mpsc::unbounded_channel();
        let (events, events_in) = mpsc::channel(64);
        let launch = Launch { language: Language::En, now: Instant::now() };
        Self {
            terminal: Terminal::new(TestBackend::new(80, 24)).expect("a screen"),
            state: State::new(launch),
            inputs: Inputs { signals: signals_in, terminal: terminal_in, events: events_in },
            signals,
            keyboard,
            events,
        }
    }

    async fn run(&mut self) -> Ending {
        let ended: Result<_, Infallible> =
            run(&mut self.terminal, &mut self.state, &mut self.inputs, |_| {}, FRAME).await;
        let Ok(ending) = ended;
        ending
    }

    async fn run_for(&mut self, time: Duration) -> Option<Ending> {
        timeout(time, self.run()).await.ok()
    }

    fn press(&self, code: KeyCode, modifiers: KeyModifiers) {
        let key = Raw::Key(KeyEvent::new(code, modifiers));
        self.keyboard.send(key).expect("the loop listens");
    }

    fn frames(&mut self) -> usize {
        self.terminal.get_frame().count()
    }
}

#[tokio::test(start_paused = true)]
async fn while_nothing_happens_nothing_is_drawn() {
    let mut stage = Stage::new();
    assert_eq!(stage.run_for(Duration::from_secs(3600)).await, None);
    assert_eq!(stage.frames(), 1, "the first frame only");
}

#[tokio::test(start_paused = true)]
async fn a_key_is_answered_without_waiting_for_the_next_frame() {
    let mut stage = Stage::new();
    let keyboard = stage.keyboard.clone();
    let typing = async move {
        for _ in 0..5 {
            sleep(FRAME / 10).await;
            let key = Raw::Key(KeyEvent::new(KeyCode::Down, KeyModifiers::NONE));
            keyboard.send(key).expect("the loop listens");
        }
        std::future::pending::<()>().await;
    };
    let _ = timeout(FRAME, async { tokio::join!(stage.run(), typing) }).await;
    assert_eq!(stage.frames(), 1 + 5, "the first frame, and one for each key");
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_events_keeps_to_the_frame_rate() {
    let mut stage = Stage::new();
    let events = stage.events.clone();
    let streaming = async move {
        loop {
            sleep(FRAME / 20).await;
            events.send(Event::Ticked).await.expect("the loop listens");
        }
    };
    let _ = timeout(FRAME * 10, async { tokio::join!(stage.run(), streaming) }).await;
    let frames = stage.frames();
    assert!((10..=11).contains(&frames), "{frames} frames in the time of ten");
}

#[tokio::test(start_paused = true)]
async fn a_burst_larger_than_a_turn_loses_nothing() {
    let mut stage = Stage::new();
    for _ in 0..BATCH * 2 + 44 {
        stage.press(KeyCode::Down, KeyModifiers::NONE);
    }
    stage.press(KeyCode::Char('z'), KeyModifiers::CONTROL);
    assert_eq!(stage.run().await, Ending::StepAside);
    assert!(stage.inputs.terminal.is_empty(), "everything before it was taken");
    assert_eq!(stage.frames(), 2, "one frame for each full turn");
}

#[tokio::test(start_paused = true)]
async fn a_signal_comes_before_everything_else() {
    let mut stage = Stage::new();
    stage.press(KeyCode::Down, KeyModifiers::NONE);
    stage.signals.send(Signal::Terminated).expect("the loop listens");
    assert_eq!(stage.run().await, Ending::Signalled(Signal::Terminated));
    assert!(!stage.inputs.terminal.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_is_gone_ends_the_loop() {
    let mut stage = Stage::new();
    let (gone, _) = mpsc::unbounded_channel();
    stage.keyboard = gone;
    assert_eq!(stage.run().await, Ending::Signalled(Signal::HungUp));
}

#[tokio::test(start_paused = true)]
async fn the_quit_key_ends_the_loop() {
    let mut stage = Stage::new();
    stage.press(KeyCode::Char('d'), KeyModifiers::CONTROL);
    assert_eq!(stage.run().await, Ending::Quit);
}

#[test]
fn pasted_text_is_stripped_of_what_a_terminal_would_obey() {
    let pasted = translated(Raw::Paste("a\u{1b}]52;c;eA==\u{7}b\r\nc\u{9b}31m".into()));
    let Some(Event::Pasted(text)) = pasted else {
        panic!("{pasted:?}");
    };
    assert_eq!(text, "ab\nc");
}
