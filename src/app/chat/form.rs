//! What is chosen before an interview.

use crate::app::event::{Ready, Unfinished};
use crate::config::Language;
use crate::interview::setup::{MINUTES, QUESTIONS, ROLE_MAX};
use crate::interview::{Bank, Kind, Level, Mode, Setup, Tone, pool_size};

/// Minutes are chosen in steps of five.
const MINUTE_STEP: u32 = 5;

/// A line of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Take up the unfinished interview; there only when there is one.
    Resume,
    /// What the questions are about.
    Kind,
    /// The role.
    Role,
    /// Seniority.
    Level,
    /// The interview's language.
    Language,
    /// When feedback is given.
    Mode,
    /// How the interviewer sounds.
    Tone,
    /// Length.
    Minutes,
    /// How many questions.
    Questions,
    /// Begin.
    Start,
    /// Talk freely instead.
    FreeChat,
}

/// The form.
#[derive(Debug)]
pub struct Form {
    /// The field with the focus.
    pub focus: Field,
    /// What is chosen so far; its seed is set on starting.
    pub setup: Setup,
    /// The interview that can be taken up again.
    pub unfinished: Option<Unfinished>,
    /// Roles with technical questions.
    technical_roles: Vec<String>,
    /// Roles without.
    other_roles: Vec<String>,
    /// Whether the role was typed, even if a role of the bank happens to be named so.
    own_role: bool,
    /// Whether somebody has changed something.
    touched: bool,
}

impl Form {
    /// The form of the first paint.
    pub fn new(language: Language) -> Self {
        Self {
            focus: Field::Kind,
            setup: Setup { language, ..Setup::default() },
            unfinished: None,
            technical_roles: Vec::new(),
            other_roles: Vec::new(),
            own_role: false,
            touched: false,
        }
    }

    /// Learns what the backend knows. What was typed ahead stays.
    pub fn learn(&mut self, ready: &Ready) {
        self.technical_roles.clone_from(&ready.technical_roles);
        self.other_roles.clone_from(&ready.other_roles);
        if !self.touched {
            self.setup.language = ready.language;
        }
        self.offer(ready.unfinished.clone());
    }

    /// Offers an unfinished interview, or no longer.
    pub fn offer(&mut self, unfinished: Option<Unfinished>) {
        self.unfinished = unfinished;
        if self.unfinished.is_some() && !self.touched {
            self.focus = Field::Resume;
        } else if self.unfinished.is_none() && self.focus == Field::Resume {
            self.focus = Field::Kind;
        }
    }

    /// The fields there are, from top to bottom.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        const ALL: [Field; 11] = [
            Field::Resume,
            Field::Kind,
            Field::Role,
            Field::Level,
            Field::Language,
            Field::Mode,
            Field::Tone,
            Field::Minutes,
            Field::Questions,
            Field::Start,
            Field::FreeChat,
        ];
        ALL.into_iter().skip(usize::from(self.unfinished.is_none()))
    }

    /// Whether the focus is in a text.
    pub fn is_typing(&self) -> bool {
        self.focus == Field::Role && self.takes_own_role()
    }

    /// Only behavioural questions suit every role.
    fn takes_own_role(&self) -> bool {
        self.setup.kind == Kind::Behavioural
    }

    /// Moves the focus by one field, around the ends.
    pub fn move_focus(&mut self, forward: bool) {
        let fields: Vec<Field> = self.fields().collect();
        self.focus = neighbour(&fields, &self.focus, forward);
    }

    /// The next or previous value of the field.
    pub fn change(&mut self, forward: bool) {
        self.touched = true;
        let roles = self.roles();
        let setup = &mut self.setup;
        match self.focus {
            Field::Kind => {
                setup.kind = neighbour(Kind::ALL, &setup.kind, forward);
                self.fit_role();
            }
            Field::Role => {
                setup.role = neighbour(&roles, &setup.role, forward);
                self.own_role = false;
            }
            Field::Level => setup.level = neighbour(Level::ALL, &setup.level, forward),
            Field::Language => setup.language = neighbour(&Language::ALL, &setup.language, forward),
            Field::Mode => setup.mode = neighbour(Mode::ALL, &setup.mode, forward),
            Field::Tone => setup.tone = neighbour(Tone::ALL, &setup.tone, forward),
            Field::Minutes => {
                let (low, high) = (MINUTES.start() / MINUTE_STEP, MINUTES.end() / MINUTE_STEP);
                let steps: Vec<u32> = (low..=high).map(|step| step * MINUTE_STEP).collect();
                setup.minutes = neighbour(&steps, &setup.minutes, forward);
            }
            Field::Questions => {
                let counts: Vec<u32> = (*QUESTIONS.start()..=most_questions(setup)).collect();
                setup.questions = neighbour(&counts, &setup.questions, forward);
            }
            Field::Resume | Field::Start | Field::FreeChat => {}
        }
        self.setup.questions = self.setup.questions.min(most_questions(&self.setup));
    }

    /// Types into the role; a role of the bank makes room for one of the user's own.
    pub fn type_role(&mut self, c: char) {
        self.own();
        if self.setup.role.chars().count() < ROLE_MAX && !c.is_control() {
            self.setup.role.push(c);
        }
    }

    /// Takes the role's last character away; a role of the bank goes as a whole.
    pub fn erase_role(&mut self) {
        self.own();
        self.setup.role.pop();
    }

    /// From now on the role is the user's own.
    fn own(&mut self) {
        self.touched = true;
        if !std::mem::replace(&mut self.own_role, true) {
            self.setup.role.clear();
        }
    }

    /// Whether the role is to be shown letter by letter, as it is typed.
    pub fn is_own_role(&self) -> bool {
        self.own_role
    }

    /// Whether the role is one of the bank's.
    fn is_listed(&self) -> bool {
        self.roles().contains(&self.setup.role)
    }

    /// The roles on offer for the chosen type.
    fn roles(&self) -> Vec<String> {
        let mut roles = self.technical_roles.clone();
        if self.takes_own_role() {
            roles.extend(self.other_roles.iter().cloned());
        }
        if roles.is_empty() {
            roles.push(Setup::default().role);
        }
        roles
    }

    /// A type with technical questions needs a role that has them.
    fn fit_role(&mut self) {
        if !self.is_listed() && !self.takes_own_role() {
            self.setup.role = self.roles().swap_remove(0);
            self.own_role = false;
        }
    }
}

/// The most questions an interview set up like this can ask.
fn most_questions(setup: &Setup) -> u32 {
    pool_size(&Bank::built_in(), setup).clamp(*QUESTIONS.start(), *QUESTIONS.end())
}

/// The value beside `current`, around the ends; the first one when `current` is none of them.
fn neighbour<T: Clone + PartialEq>(values: &[T], current: &T, forward: bool) -> T {
    let at = values.iter().position(|value| value == current);
    let beside = match (at, forward) {
        (None, _) => 0,
        (Some(at), true) => (at + 1) % values.len(),
        (Some(at), false) => (at + values.len() - 1) % values.len(),
    };
    values.get(beside).unwrap_or(current).clone()
}
