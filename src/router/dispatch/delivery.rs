//! What the caller has been given, and how an attempt's text gets there: straight, or over a seam.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::router::attempt::Listener;
use crate::router::call::{ReplyEvent, Seam};
use crate::router::core::Core;
use crate::router::event::RouterEvent;
use crate::router::seam::{Splice, Spliced};
use crate::wire::{Failure, Outcome};

/// The caller's end of a call.
pub(super) struct Delivery {
    core: Arc<Core>,
    events: mpsc::UnboundedSender<ReplyEvent>,
    /// The text the caller has.
    pub given: String,
    pub seam: Option<Seam>,
    /// When the caller got its first text.
    pub first_text: Option<Instant>,
    takes_words_back: bool,
    way: Way,
    /// Whose words are on the way.
    speaker: (String, String),
}

/// How text gets to the caller.
enum Way {
    /// As it comes.
    Straight,
    /// After a seam, less what is said again.
    After(Splice, Seam),
    /// In place of everything given so far.
    InPlace(Seam),
}

impl Delivery {
    pub fn new(core: Arc<Core>, events: mpsc::UnboundedSender<ReplyEvent>, takes_words_back: bool) -> Self {
        Self {
            core,
            events,
            given: String::new(),
            seam: None,
            first_text: None,
            takes_words_back,
            way: Way::Straight,
            speaker: Default::default(),
        }
    }

    /// The next attempt's text comes from here, before any was given.
    pub fn listen_to(&mut self, provider: &str, model: &str) {
        self.speaker = (provider.to_owned(), model.to_owned());
    }

    /// The next attempt's text goes on after what was given.
    pub fn splice(&mut self, splice: Splice, seam: Seam) {
        self.way = Way::After(splice, seam);
    }

    /// The next attempt's text stands in place of what was given.
    pub fn replace(&mut self, seam: Seam) {
        self.way = Way::InPlace(Seam { offset: 0, ..seam });
    }

    /// Whether the attempt is to go on where what was given ends.
    pub fn goes_on(&self) -> bool {
        matches!(&self.way, Way::After(splice, _) if splice.goes_on())
    }

    /// The attempt has ended well: what was held back at the seam follows.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let Way::After(splice, _) = &mut self.way else { return Ok(()) };
        let spliced = splice.finish();
        self.pass(spliced)
    }

    /// Tells the caller.
    pub fn say(&self, event: ReplyEvent) {
        // The caller may have stopped listening; then this task is about to be aborted.
        let _ = self.events.send(event);
    }

    fn give(&mut self, piece: String) {
        if !piece.is_empty() {
            self.first_text.get_or_insert_with(Instant::now);
            self.given.push_str(&piece);
            self.say(ReplyEvent::Text(piece));
        }
    }

    /// Text over the seam.
    fn pass(&mut self, spliced: Spliced) -> Result<(), Failure> {
        let Way::After(_, seam) = &self.way else { return Ok(()) };
        match spliced {
            Spliced::Held => {}
            Spliced::Text(piece) => {
                if self.seam.is_none() {
                    self.seam = Some(seam.clone());
                    self.say(ReplyEvent::Continued(seam.clone()));
                }
                self.give(piece);
            }
            Spliced::Anew(beginning) if self.takes_words_back => {
                self.replace(seam.clone());
                self.begin_anew();
                self.give(beginning);
            }
            Spliced::Anew(_) => {
                return Err(Failure::new(Outcome::Diverged, "its answer begins with other words than were given"));
            }
        }
        Ok(())
    }

    /// Takes back what was given.
    fn begin_anew(&mut self) {
        if let Way::InPlace(seam) = std::mem::replace(&mut self.way, Way::Straight) {
            self.given.clear();
            self.seam = Some(seam.clone());
            self.say(ReplyEvent::Replaced(seam));
        }
    }
}

impl Listener for Delivery {
    fn text(&mut self, piece: &str) -> Result<(), Failure> {
        if let Way::After(splice, _) = &mut self.way {
            let spliced = splice.push(piece);
            return self.pass(spliced);
        }
        self.begin_anew();
        self.give(piece.to_owned());
        Ok(())
    }

    fn reasoning(&mut self, piece: &str) {
        self.say(ReplyEvent::Reasoning(piece.to_owned()));
    }

    fn slow(&mut self) {
        let (provider, model) = self.speaker.clone();
        let _ = self.core.events.send(RouterEvent::Slow { provider: provider.clone(), model });
        self.say(ReplyEvent::Slow { provider });
    }
}
