//! One table of keys. It drives what keys do, the hints in the footer and the help overlay, so that these can't disagree.

mod chord;
mod table;

pub use chord::Chord;
pub use table::TABLE;

use super::input::Edit;
use super::scroll::Step;
use super::state::Tab;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    // Everywhere
    /// Stop what runs; else clear the input; else, pressed twice, quit.
    Stop,
    /// Quit, when there is nothing in the input.
    Quit,
    /// Show the keys of this view.
    Help,
    /// Bring a tab to the front.
    Show(Tab),
    /// Bring the next tab to the front.
    NextTab,
    /// Bring the previous tab to the front.
    PreviousTab,
    /// Draw every cell anew.
    Redraw,
    /// Make the next provider the primary.
    SwitchProvider,
    /// Let the primary move by itself, or not.
    ToggleAutoSwitch,
    /// Take the primary demo provider down, or bring up what is down.
    ToggleDemo,
    /// Set up another interview.
    NewInterview,
    /// One level back.
    Back,
    // Views that scroll, lists
    /// Move through the view.
    Scroll(Step),
    // Text fields
    /// Edit the text.
    Edit(Edit),
    /// Send the text.
    Send,
    // The form
    /// To the next field.
    NextField,
    /// To the previous field.
    PreviousField,
    /// The field's next value.
    NextValue,
    /// The field's previous value.
    PreviousValue,
    /// Do what the field says; start, from an option.
    Start,
    // The interview
    /// Ask for a hint.
    Hint,
    /// Skip the question, or the probe.
    Skip,
    /// Stop the clock, or let it go on.
    TogglePause,
    /// End the interview, with a report.
    EndInterview,
    /// Read the report.
    ShowReport,
    /// Write the report into a folder.
    SaveReport,
    // Free chat
    /// Let the model go on with an answer that was cut at the length limit.
    GoOn,
    /// Begin the conversation anew.
    NewChat,
    /// The next task.
    NextTask,
    /// The next provider to pin.
    NextPin,
    // Models
    /// Use the chosen model in free chat.
    UseModel,
    // Models, Monitor
    /// Try again at once what is set aside: the chosen model's provider, or every one.
    TryAgain,
    // Monitor
    /// Explain the call before.
    OlderCall,
    /// Explain the call after.
    NewerCall,
    // Questions
    /// Yes.
    Confirm,
    /// No.
    Decline,
}

/// Where a key has its meaning. Several hold at once; see [`super::State::contexts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A question is to be answered.
    Confirm,
    /// The help is open.
    Help,
    /// The set-up form.
    Form,
    /// A running interview.
    Interview,
    /// An interview that is over.
    Ended,
    /// The report.
    Report,
    /// Free chat.
    Free,
    /// The Models tab.
    Models,
    /// The Monitor tab.
    Monitor,
    /// A name is typed into the form.
    Naming,
    /// A text field has the focus.
    Typing,
    /// No text field has the focus.
    Browsing,
    /// A view without text field that scrolls.
    Reading,
    /// Any view that scrolls.
    Scrolling,
    /// Always, behind all others.
    Global,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// Its keys; the first is the one that hints name.
    pub keys: &'static [Chord],
    /// What they do.
    pub action: Action,
    /// The key of its texts: `app.keys.NAME.help`, and `app.keys.NAME.hint` when it has a rank. Empty: not listed.
    pub name: &'static str,
    /// Its place among the hints of the footer, 1 being the most useful.
    pub rank: Option<u8>,
}

/// What a chord does in these contexts, of which the first is the most particular.
pub fn action(chord: Chord, contexts: &[Context]) -> Option<Action> {
    binding(chord, contexts).map(|row| row.action)
}

fn binding(chord: Chord, contexts: &[Context]) -> Option<&'static Binding> {
    let bound = |context: &Context| TABLE.iter().find(|row| row.context == *context && row.keys.contains(&chord));
    contexts.iter().find_map(bound)
}

/// The listed rows that hold in these contexts, in their order, without those whose keys all mean something else here.
pub fn rows(contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
    let holds = |row: &Binding| {
        let mut keys = row.keys.iter().filter_map(|key| binding(*key, contexts));
        keys.any(|bound| std::ptr::eq(bound, row))
    };
    contexts
        .iter()
        .flat_map(|context| TABLE.iter().filter(move |row| row.context == *context))
        .filter(move |row| !row.name.is_empty() && holds(row))
}

/// The first key that does this in these contexts.
pub fn key_of(wanted: Action, contexts: &[Context]) -> Option<Chord> {
    rows(contexts).find(|row| row.action == wanted).and_then(|row| row.keys.first().copied())
}

#[cfg(test)]
mod tests;
