//! The keys.

use crossterm::event::KeyCode::{
    self, BackTab, Backspace, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
};
use crossterm::event::KeyModifiers;

use super::{Action, Binding, Chord, Context};
use crate::app::input::Edit;
use crate::app::scroll::Step;
use crate::app::state;

const fn row(context: Context, keys: &'static [Chord], action: Action, name: &'static str, rank: u8) -> Binding {
    let rank = if rank == 0 { None } else { Some(rank) };
    Binding { context, keys, action, name, rank }
}

const fn key(code: KeyCode) -> Chord {
    Chord::key(code)
}

const fn ctrl(code: KeyCode) -> Chord {
    Chord::with(code, KeyModifiers::CONTROL)
}

const fn alt(code: KeyCode) -> Chord {
    Chord::with(code, KeyModifiers::ALT)
}

const fn shift(code: KeyCode) -> Chord {
    Chord::with(code, KeyModifiers::SHIFT)
}

/// Every key. Rank 0 means "not among the hints of the footer", an empty name "not listed".
#[rustfmt::skip]
pub const TABLE: &[Binding] = &[
    row(Context::Confirm, &[Chord::char('y'), key(Enter)], Action::Confirm, "confirm", 1),
    row(Context::Confirm, &[Chord::char('n'), key(Esc), Chord::ctrl('c')], Action::Decline, "decline", 2),

    row(Context::Help, &[key(Esc), key(F(1)), Chord::char('?'), Chord::char('q'), Chord::ctrl('c')], Action::Back, "close_help", 1),

    row(Context::Form, &[key(Enter)], Action::Start, "start", 1),
    row(Context::Form, &[key(Down), key(Tab)], Action::NextField, "next_field", 2),
    row(Context::Form, &[key(Up), key(BackTab)], Action::PreviousField, "previous_field", 0),
    row(Context::Form, &[key(Right)], Action::NextValue, "next_value", 3),
    row(Context::Form, &[key(Left)], Action::PreviousValue, "previous_value", 0),

    row(Context::Interview, &[key(Enter)], Action::Send, "answer", 1),
    row(Context::Interview, &[Chord::leader('h')], Action::Hint, "hint", 3),
    row(Context::Interview, &[Chord::leader('s')], Action::Skip, "skip", 5),
    row(Context::Interview, &[Chord::leader('z')], Action::TogglePause, "pause", 6),
    row(Context::Interview, &[Chord::leader('e')], Action::EndInterview, "end", 7),

    row(Context::Ended, &[key(Enter)], Action::ShowReport, "report", 1),
    row(Context::Ended, &[Chord::char('w'), Chord::leader('w')], Action::SaveReport, "save", 2),
    row(Context::Ended, &[Chord::char('n'), Chord::leader('n')], Action::NewInterview, "new", 3),

    row(Context::Report, &[Chord::char('w'), Chord::leader('w')], Action::SaveReport, "save", 1),
    row(Context::Report, &[key(Esc)], Action::Back, "transcript", 2),
    row(Context::Report, &[Chord::char('n'), Chord::leader('n')], Action::NewInterview, "new", 3),

    row(Context::Free, &[key(Enter)], Action::Send, "send", 1),
    row(Context::Free, &[Chord::leader('c')], Action::GoOn, "go_on", 2),
    row(Context::Free, &[key(Esc)], Action::Back, "leave_free", 3),
    row(Context::Free, &[Chord::leader('t')], Action::NextTask, "task", 5),
    row(Context::Free, &[Chord::leader('o')], Action::NextPin, "pin", 6),
    row(Context::Free, &[Chord::leader('n')], Action::NewChat, "new_chat", 7),

    row(Context::Models, &[key(Enter)], Action::UseModel, "use_model", 1),
    row(Context::Models, &[Chord::char('t'), Chord::leader('t')], Action::TryAgain, "try_again", 2),

    row(Context::Monitor, &[key(Down), Chord::char('j')], Action::Scroll(Step::Down), "down_line", 2),
    row(Context::Monitor, &[Chord::char('t'), Chord::leader('t')], Action::TryAgain, "try_again", 1),
    row(Context::Monitor, &[key(Right)], Action::OlderCall, "older_call", 3),
    row(Context::Monitor, &[key(Left)], Action::NewerCall, "newer_call", 0),

    row(Context::Naming, &[key(Backspace), Chord::ctrl('h')], Action::Edit(Edit::Backspace), "", 0),

    row(Context::Typing, &[alt(Enter), shift(Enter), Chord::ctrl('j')], Action::Edit(Edit::Newline), "newline", 2),
    row(Context::Typing, &[key(Backspace), Chord::ctrl('h')], Action::Edit(Edit::Backspace), "", 0),
    row(Context::Typing, &[key(Delete)], Action::Edit(Edit::Delete), "", 0),
    row(Context::Typing, &[key(Left)], Action::Edit(Edit::Left), "", 0),
    row(Context::Typing, &[key(Right), Chord::ctrl('f')], Action::Edit(Edit::Right), "", 0),
    row(Context::Typing, &[key(Up)], Action::Edit(Edit::Up), "up", 0),
    row(Context::Typing, &[key(Down)], Action::Edit(Edit::Down), "down", 0),
    row(Context::Typing, &[Chord::ctrl('a'), key(Home)], Action::Edit(Edit::LineStart), "line_start", 0),
    row(Context::Typing, &[Chord::ctrl('e'), key(End)], Action::Edit(Edit::LineEnd), "line_end", 0),
    row(Context::Typing, &[Chord::alt('b'), ctrl(Left), alt(Left)], Action::Edit(Edit::WordLeft), "word_left", 0),
    row(Context::Typing, &[Chord::alt('f'), ctrl(Right), alt(Right)], Action::Edit(Edit::WordRight), "word_right", 0),
    row(Context::Typing, &[Chord::ctrl('u')], Action::Edit(Edit::KillToStart), "kill_to_start", 0),
    row(Context::Typing, &[Chord::ctrl('k')], Action::Edit(Edit::KillToEnd), "kill_to_end", 0),
    row(Context::Typing, &[Chord::ctrl('w'), alt(Backspace), ctrl(Backspace)], Action::Edit(Edit::KillWord), "kill_word", 0),
    row(Context::Typing, &[Chord::alt('d')], Action::Edit(Edit::KillNextWord), "kill_next_word", 0),
    row(Context::Typing, &[Chord::ctrl('y')], Action::Edit(Edit::Yank), "yank", 0),

    row(Context::Reading, &[key(Up), Chord::char('k')], Action::Scroll(Step::Up), "up_line", 0),
    row(Context::Reading, &[key(Down), Chord::char('j')], Action::Scroll(Step::Down), "down_line", 7),
    row(Context::Reading, &[key(Home), Chord::char('g')], Action::Scroll(Step::Top), "top", 0),
    row(Context::Reading, &[key(End), Chord::char('G')], Action::Scroll(Step::End), "bottom", 0),
    row(Context::Scrolling, &[key(PageUp)], Action::Scroll(Step::PageUp), "page_up", 0),
    row(Context::Scrolling, &[key(PageDown)], Action::Scroll(Step::PageDown), "page_down", 0),
    row(Context::Scrolling, &[ctrl(Home)], Action::Scroll(Step::Top), "top", 0),
    row(Context::Scrolling, &[ctrl(End)], Action::Scroll(Step::End), "bottom", 0),

    row(Context::Browsing, &[Chord::char('1')], Action::Show(state::Tab::Chat), "", 0),
    row(Context::Browsing, &[Chord::char('2')], Action::Show(state::Tab::Models), "", 0),
    row(Context::Browsing, &[Chord::char('3')], Action::Show(state::Tab::Monitor), "", 0),
    row(Context::Browsing, &[Chord::char('?')], Action::Help, "", 0),
    row(Context::Browsing, &[key(Tab)], Action::NextTab, "next_tab", 0),
    row(Context::Browsing, &[key(BackTab)], Action::PreviousTab, "previous_tab", 0),

    row(Context::Global, &[key(F(1))], Action::Help, "help", 3),
    row(Context::Global, &[Chord::alt('1'), key(F(2))], Action::Show(state::Tab::Chat), "tab_chat", 0),
    row(Context::Global, &[Chord::alt('2'), key(F(3))], Action::Show(state::Tab::Models), "tab_models", 0),
    row(Context::Global, &[Chord::alt('3'), key(F(4))], Action::Show(state::Tab::Monitor), "tab_monitor", 0),
    row(Context::Global, &[Chord::leader('p')], Action::SwitchProvider, "switch", 6),
    row(Context::Global, &[Chord::leader('a')], Action::ToggleAutoSwitch, "auto", 8),
    row(Context::Global, &[Chord::leader('d')], Action::ToggleDemo, "demo", 4),
    row(Context::Global, &[Chord::leader('n')], Action::NewInterview, "new", 0),
    row(Context::Global, &[key(Esc)], Action::Back, "back", 0),
    row(Context::Global, &[Chord::ctrl('c')], Action::Stop, "stop", 0),
    row(Context::Global, &[Chord::ctrl('d')], Action::Quit, "quit", 5),
    row(Context::Global, &[Chord::ctrl('l')], Action::Redraw, "redraw", 0),
];
