//! The Chat tab: the form, an interview with its report, free chat.

mod answer;
pub mod form;
pub mod free;
pub mod interview;

use form::Form;
use free::FreeChat;
use interview::Interview;

use super::scroll::{Fixed, Step};

/// The Chat tab.
#[derive(Debug)]
pub struct Chat {
    /// What is in front.
    pub scene: Scene,
    /// The form as it was filled last.
    pub form: Form,
    /// The free conversation; it outlives a look at the form.
    pub free: FreeChat,
}

/// What the Chat tab shows.
#[derive(Debug)]
pub enum Scene {
    /// The form.
    Form,
    /// An interview was asked for and is not held yet.
    Starting(Start),
    /// An interview.
    Interview(Box<Interview>),
    /// The report of an interview, whose transcript stays behind it.
    Report(Box<Interview>, Fixed),
    /// Free chat.
    Free,
}

/// An interview that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Its number in effects and events.
    pub run: u64,
    /// What it is about.
    pub title: String,
}

impl Scene {
    /// The interview, held or over.
    pub fn interview(&self) -> Option<&Interview> {
        match self {
            Self::Interview(interview) | Self::Report(interview, _) => Some(interview),
            Self::Form | Self::Starting(_) | Self::Free => None,
        }
    }

    /// The interview, held or over.
    pub fn interview_mut(&mut self) -> Option<&mut Interview> {
        match self {
            Self::Interview(interview) | Self::Report(interview, _) => Some(interview),
            Self::Form | Self::Starting(_) | Self::Free => None,
        }
    }
}

impl Chat {
    /// Moves the view in front.
    pub fn go(&mut self, step: Step) {
        match &mut self.scene {
            Scene::Interview(interview) => interview.transcript.go(step),
            Scene::Report(_, view) => view.go(step),
            Scene::Free => self.free.transcript.go(step),
            Scene::Form | Scene::Starting(_) => {}
        }
    }

    /// Whoever has scrolled back to the end of a conversation follows it again.
    pub fn settle(&mut self) {
        if let Some(interview) = self.scene.interview_mut() {
            interview.transcript.settle();
        }
        self.free.transcript.settle();
    }
}
