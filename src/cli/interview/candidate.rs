//! Where the answers come from: a file, or somebody who types.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin, stdin};

use crate::cli::exit::{Exit, Failure};
use crate::interview::Phase;
use crate::interviewer::Command;

/// The line between two answers in a file.
const SEPARATOR: &str = "---";
/// The lines that end a typed answer: a full stop, Western or Chinese.
const ENDS: [&str; 2] = [".", "。"];

/// The candidate's side of the conversation.
pub(super) enum Candidate {
    /// Answers from a file, those not given yet.
    File(VecDeque<String>),
    /// Somebody types.
    Typing(Typing),
}

/// Standard input, and the lines of the answer so far.
pub(super) struct Typing {
    lines: Lines<BufReader<Stdin>>,
    answer: Vec<String>,
    /// The lines that the last command took.
    taken: Vec<String>,
    /// Whether the interview is to end: nothing more is read.
    at_end: bool,
}

/// What the candidate does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Something for the interviewer. After a draft more is to come.
    Command(Command),
    /// They leave, for later.
    Quit,
}

impl Candidate {
    /// Answers from a file.
    ///
    /// # Errors
    /// When it can't be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let bytes =
            fs::read(path).map_err(|error| Failure::usage(format!("the answers {name} can't be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| Failure::usage(format!("the answers {name} are not UTF-8")))?;
        Ok(Self::File(blocks(&text)))
    }

    /// Somebody at standard input.
    pub fn typing() -> Self {
        Self::Typing(Typing {
            lines: BufReader::new(stdin()).lines(),
            answer: Vec::new(),
            taken: Vec::new(),
            at_end: false,
        })
    }

    /// Puts back what was typed before an interruption.
    pub fn take_back(&mut self, draft: &str) {
        if let Self::Typing(typing) = self {
            typing.answer = draft.lines().map(str::to_owned).collect();
        }
    }

    /// Keeps the lines of a command that was refused; whether there were any.
    pub fn keep(&mut self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Typing(typing) => typing.keep(),
        }
    }

    /// What comes next. May be dropped and called again; no line is lost.
    ///
    /// # Errors
    /// When standard input can't be read.
    pub async fn next(&mut self, phase: Phase) -> Result<Said, Failure> {
        match self {
            Self::File(_) if phase == Phase::Paused => Ok(Said::Command(Command::Unpause)),
            Self::File(answers) => Ok(Said::Command(answers.pop_front().map_or(Command::Skip, Command::Submit))),
            Self::Typing(typing) => typing.next(phase).await,
        }
    }
}

impl Typing {
    async fn next(&mut self, phase: Phase) -> Result<Said, Failure> {
        if self.at_end {
            return Ok(self.finish(phase));
        }
        let line = self.lines.next_line().await;
        let line =
            line.map_err(|error| Failure::new(Exit::Failure, format!("standard input can't be read: {error}")))?;
        Ok(match line {
            Some(line) => self.take(line, phase),
            None => self.finish(phase),
        })
    }

    fn take(&mut self, line: String, phase: Phase) -> Said {
        self.taken.clear();
        let word = line.trim();
        if ENDS.contains(&word) {
            return Said::Command(Command::Submit(self.given()));
        }
        let command = match word {
            "/skip" => {
                self.taken = std::mem::take(&mut self.answer);
                Command::Skip
            }
            "/hint" => Command::Hint,
            "/pause" => Command::Pause,
            "/go" => Command::Unpause,
            "/end" => return self.finish(phase),
            "/quit" => return Said::Quit,
            _ => {
                self.answer.push(line);
                Command::Draft(self.answer.join("\n"))
            }
        };
        Said::Command(command)
    }

    /// `/end`, or the end of the input: what was typed counts, in a pause too, and then the interview ends.
    fn finish(&mut self, phase: Phase) -> Said {
        self.at_end = true;
        let blank = self.answer.iter().all(|line| line.trim().is_empty());
        Said::Command(match phase {
            _ if blank => Command::End,
            Phase::Paused => Command::Unpause,
            _ => Command::Submit(self.given()),
        })
    }

    fn given(&mut self) -> String {
        self.taken = std::mem::take(&mut self.answer);
        self.taken.join("\n")
    }

    /// At the end nobody could give the answer again, and the interview ends without it.
    fn keep(&mut self) -> bool {
        if self.at_end || self.taken.is_empty() {
            return false;
        }
        self.answer = std::mem::take(&mut self.taken);
        true
    }
}

/// The blocks of a file of answers, without the blank lines around each. What follows the last separator counts only when
/// something is written there.
fn blocks(text: &str) -> VecDeque<String> {
    let mut blocks = VecDeque::from([String::new()]);
    for line in text.trim_start_matches('\u{feff}').lines() {
        match blocks.back_mut() {
            Some(block) if line.trim_end() != SEPARATOR => {
                block.push_str(line);
                block.push('\n');
            }
            _ => blocks.push_back(String::new()),
        }
    }
    blocks.pop_back_if(|last| last.trim().is_empty());
    blocks.iter().map(|block| block.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing() -> Typing {
        let Candidate::Typing(typing) = Candidate::typing() else {
            panic!("somebody types");
        };
        typing
    }

    fn said(typing: &mut Typing, line: &str) -> Said {
        typing.take(line.to_owned(), Phase::Answering)
    }

    fn submit(text: &str) -> Said {
        Said::Command(Command::Submit(text.to_owned()))
    }

    #[test]
    fn blocks_are_divided_by_lines_of_three_dashes() {
        let file = "\u{feff}first\r\nline two\n\n---\n\nsecond\n--- \n\n---\nlast -- and --- inside\n---\n\n";
        assert_eq!(blocks(file), ["first\nline two", "second", "", "last -- and --- inside"]);
        assert_eq!(blocks(""), [""; 0]);
    }

    #[tokio::test]
    async fn what_the_file_does_not_answer_is_skipped() {
        let mut candidate = Candidate::File(blocks("only"));
        assert_eq!(candidate.next(Phase::Answering).await.expect("a word"), submit("only"));
        assert_eq!(candidate.next(Phase::Answering).await.expect("a word"), Said::Command(Command::Skip));
    }

    #[tokio::test]
    async fn a_full_stop_alone_ends_a_typed_answer_in_either_language() {
        for end in [".", "。"] {
            let mut typing = typing();
            let draft = |text: &str| Said::Command(Command::Draft(text.to_owned()));
            assert_eq!(said(&mut typing, "one"), draft("one"));
            assert_eq!(said(&mut typing, ""), draft("one\n"));
            assert_eq!(said(&mut typing, "/etc/hosts."), draft("one\n\n/etc/hosts."));
            assert_eq!(said(&mut typing, end), submit("one\n\n/etc/hosts."));
        }
    }

    #[tokio::test]
    async fn a_hint_in_the_middle_keeps_the_answer_and_the_end_of_input_gives_it() {
        let mut typing = typing();
        said(&mut typing, "half");
        assert_eq!(said(&mut typing, "/hint"), Said::Command(Command::Hint));
        assert_eq!(typing.finish(Phase::Answering), submit("half"));
        assert_eq!(typing.next(Phase::Answering).await.expect("a word"), Said::Command(Command::End));
    }

    #[tokio::test]
    async fn a_refused_answer_can_be_given_again() {
        let mut typing = typing();
        said(&mut typing, "one");
        assert_eq!(said(&mut typing, "."), submit("one"));
        assert!(typing.keep());
        assert_eq!(said(&mut typing, "/skip"), Said::Command(Command::Skip));
        assert!(typing.keep());
        said(&mut typing, "two");
        assert_eq!(said(&mut typing, "."), submit("one\ntwo"));
        said(&mut typing, "/hint");
        assert!(!typing.keep(), "the refused hint took nothing, and the answer before was taken");
    }

    #[tokio::test]
    async fn what_is_typed_counts_at_the_end_also_in_a_pause() {
        let mut typing = typing();
        said(&mut typing, "half");
        assert_eq!(typing.take("/end".into(), Phase::Paused), Said::Command(Command::Unpause));
        assert_eq!(typing.next(Phase::Answering).await.expect("a word"), submit("half"));
        assert_eq!(typing.next(Phase::Answering).await.expect("a word"), Said::Command(Command::End));
    }
}
