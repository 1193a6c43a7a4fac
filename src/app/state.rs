//! What the console knows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::act;
use super::chat::form::Form;
use super::chat::free::FreeChat;
use super::chat::interview::Stage;
use super::chat::{Chat, Scene};
use super::keymap::{self, Action, Context};
use super::models::Models;
use super::monitor::Monitor;
use super::notice::{Notice, Tenor};
use super::scroll::Fixed;
use crate::clock::{Clock, Zone};
use crate::config::Language;
use crate::router::StatusSnapshot;

/// The pace of what moves while something runs.
const BEAT: Duration = Duration::from_millis(250);

/// What is known before anything is read: enough for the first paint.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// The language asked for by flag or environment.
    pub language: Language,
    /// The present moment.
    pub now: Instant,
}

/// Everything the screen shows.
#[derive(Debug)]
pub struct State {
    /// The interface's language.
    pub language: Language,
    /// The moment of the last event.
    pub now: Instant,
    /// What stands behind the console.
    pub backend: Backend,
    /// The router's truth; none before the backend is there.
    pub status: Option<Arc<StatusSnapshot>>,
    /// The tab in front.
    pub tab: Tab,
    /// What lies over it.
    pub overlay: Overlay,
    /// The Chat tab.
    pub chat: Chat,
    /// The Models tab.
    pub models: Models,
    /// The Monitor tab.
    pub monitor: Monitor,
    /// What just happened.
    pub notice: Option<Notice>,
    /// Whether the leader was pressed and waits for its second key.
    pub leader: bool,
    /// Demo providers that are down.
    pub down: BTreeSet<String>,
    /// Until when another press quits.
    pub(super) quits_until: Option<Instant>,
    /// The seed of the next interview.
    pub(super) seed: u64,
    /// Number of the latest interview of this process.
    pub(super) run: u64,
    began: Instant,
    pub(super) zone: Zone,
}

/// What stands behind the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Not there yet.
    Starting,
    /// There.
    Ready,
    /// Will not come: why.
    Failed(String),
}

/// A tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Interviews and free chat.
    Chat,
    /// Every model.
    Models,
    /// Live figures.
    Monitor,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Models, Self::Monitor];
}

/// What lies over the tab in front.
#[derive(Debug, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The keys of the view.
    Help(Fixed),
    /// A question to be answered.
    Question(Question),
}

/// A question that is asked before something can't be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// End the interview, with a report on what there is?
    EndInterview,
    /// Leave the interview for another one?
    LeaveInterview,
}

impl State {
    /// The state of the first paint.
    pub fn new(launch: Launch) -> Self {
        Self {
            language: launch.language,
            now: launch.now,
            backend: Backend::Starting,
            status: None,
            tab: Tab::Chat,
            overlay: Overlay::None,
            chat: Chat { scene: Scene::Form, form: Form::new(launch.language), free: FreeChat::default() },
            models: Models::default(),
            monitor: Monitor::default(),
            notice: None,
            leader: false,
            down: BTreeSet::new(),
            quits_until: None,
            seed: 0,
            run: 0,
            began: launch.now,
            zone: Zone::Local,
        }
    }

    /// When something on the screen changes by itself, if nothing happens before; the loop then sends `Ticked`. None means
    /// that nothing will: an idle console sleeps.
    pub fn wakes_at(&self, now: Instant) -> Option<Instant> {
        let interview = self.chat.scene.interview();
        let in_front = interview.filter(|_| self.tab == Tab::Chat);
        let wakes = [
            self.notice.as_ref().map(|notice| notice.until),
            self.quits_until,
            interview.and_then(|interview| interview.draft_due_at()),
            in_front.and_then(|interview| interview.clocks_change_at(now)),
            self.is_busy().then(|| now + BEAT),
        ];
        wakes.into_iter().flatten().min()
    }

    /// Whether the view in front shows that something runs.
    pub fn is_busy(&self) -> bool {
        let working = match &self.chat.scene {
            Scene::Starting(_) => true,
            Scene::Interview(interview) => interview.is_waiting(),
            Scene::Free => self.chat.free.call.is_some(),
            Scene::Form | Scene::Report(..) => false,
        };
        working && self.tab == Tab::Chat
    }

    /// How many beats have passed, for what moves while something runs.
    pub fn beats(&self) -> usize {
        let passed = self.now.saturating_duration_since(self.began).as_millis();
        usize::try_from(passed / BEAT.as_millis()).unwrap_or(0)
    }

    /// Where keys have their meaning now, the most particular first.
    pub fn contexts(&self) -> Vec<Context> {
        match self.overlay {
            Overlay::Question(_) => vec![Context::Confirm],
            Overlay::Help(_) => vec![Context::Help, Context::Reading, Context::Scrolling],
            Overlay::None => self.contexts_below(),
        }
    }

    /// Where keys have their meaning when nothing lies over the tab in front: what the help lists.
    pub fn contexts_below(&self) -> Vec<Context> {
        use Context::{Browsing, Ended, Form, Free, Global, Interview, Naming, Reading, Report, Scrolling, Typing};
        match (self.tab, &self.chat.scene) {
            (Tab::Models, _) => vec![Context::Models, Browsing, Reading, Scrolling, Global],
            (Tab::Monitor, _) => vec![Context::Monitor, Browsing, Reading, Scrolling, Global],
            (Tab::Chat, _) if matches!(self.backend, Backend::Failed(_)) => vec![Browsing, Global],
            (Tab::Chat, Scene::Form) if self.chat.form.is_typing() => vec![Form, Naming, Global],
            (Tab::Chat, Scene::Form) => vec![Form, Browsing, Global],
            (Tab::Chat, Scene::Starting(_)) => vec![Browsing, Global],
            (Tab::Chat, Scene::Interview(interview)) if interview.is_running() => {
                vec![Interview, Typing, Scrolling, Global]
            }
            (Tab::Chat, Scene::Interview(_)) => vec![Ended, Browsing, Reading, Scrolling, Global],
            (Tab::Chat, Scene::Report(..)) => vec![Report, Browsing, Reading, Scrolling, Global],
            (Tab::Chat, Scene::Free) => vec![Free, Typing, Scrolling, Global],
        }
    }

    /// Whether an action would have an effect now; hints name no others.
    pub fn may(&self, action: Action) -> bool {
        let interview = self.chat.scene.interview();
        let may = interview.and_then(|interview| interview.view()).map(|view| view.may).unwrap_or_default();
        match action {
            Action::Hint => may.hint,
            Action::Skip => may.skip,
            Action::TogglePause => may.pause || may.unpause,
            Action::GoOn => self.chat.free.is_cut(),
            Action::ToggleDemo => self.status.as_ref().is_some_and(|status| status.simulated),
            Action::TryAgain => !act::in_question(self).is_empty(),
            Action::OlderCall => self.status.as_ref().is_some_and(|status| status.calls.len() > 1),
            Action::SwitchProvider | Action::ToggleAutoSwitch => self.status.is_some(),
            Action::ShowReport | Action::SaveReport => {
                interview.is_some_and(|interview| matches!(interview.stage, Stage::Finished(_)))
            }
            Action::Quit => self.is_input_empty(),
            _ => true,
        }
    }

    /// The key that does this now, for texts that name it.
    pub fn key_of(&self, action: Action) -> Option<keymap::Chord> {
        keymap::key_of(action, &self.contexts())
    }

    /// Whether nothing is written in the text field in front.
    pub(super) fn is_input_empty(&self) -> bool {
        match (self.tab, &self.chat.scene) {
            (Tab::Chat, Scene::Interview(interview)) => interview.input.is_empty(),
            (Tab::Chat, Scene::Free) => self.chat.free.input.is_empty(),
            _ => true,
        }
    }

    /// A moment as people read it on a wall clock.
    pub fn time_of_day(&self, moment: DateTime<Utc>) -> String {
        Clock::system(self.zone).time_of_day(moment)
    }

    /// Tells the user something.
    pub(super) fn tell(&mut self, tenor: Tenor, text: impl Into<String>) {
        self.notice = Some(Notice::new(tenor, text.into(), self.now));
    }
}
