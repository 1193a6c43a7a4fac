//! Question by question: what was said, what it was worth, and why.

use rust_i18n::t;

use super::Page;
use crate::interview::Status;
use crate::interview::judgement::{Judgement, Remark, SlotState, Star};
use crate::interview::report::AnswerReport;
use crate::ui::theme::Role;
use crate::ui::words::{self, word};

impl Page<'_> {
    /// One question.
    pub(super) fn answer(&mut self, answer: &AnswerReport) {
        let locale = self.state.language.code();
        if answer.number > 1 {
            self.lines.push(ratatui::text::Line::default());
        }
        let nth = t!("interview.report.nth", locale = locale, number = answer.number);
        let status = word(status(answer.status), self.state);
        let facts = t!(
            "ui.report.facts",
            locale = locale,
            nth = nth,
            status = status,
            seconds = answer.seconds,
            planned = answer.planned_seconds,
            hints = answer.hints_used
        );
        self.text(&facts, 2, Role::Heading);
        for part in &answer.parts {
            self.said("ui.who.interviewer", &part.said);
            let nothing = word("interview.report.no_answer", self.state);
            self.said(
                "ui.who.you",
                part.answer.as_deref().filter(|words| !words.trim().is_empty()).unwrap_or(&nothing),
            );
        }
        if let Some(judgement) = &answer.judgement {
            self.judgement(judgement);
        }
        if let Some(star) = &answer.star {
            self.star(star);
        }
    }

    fn said(&mut self, who: &str, words: &str) {
        let who = word(who, self.state);
        self.text(&words::said(&who, words, self.state), 4, Role::Text);
    }

    fn judgement(&mut self, judgement: &Judgement) {
        let locale = self.state.language.code();
        let language = self.state.language;
        let levels = judgement
            .competencies
            .iter()
            .map(|competency| format!("{} {}", competency.id.label(language), competency.level));
        let levels: Vec<String> = levels.collect();
        if !levels.is_empty() {
            let levels = levels.join(&word("ui.report.and", self.state));
            self.text(&t!("ui.report.levels", locale = locale, levels = levels), 4, Role::Good);
        }
        self.remark("interview.feedback.keep", judgement.keep.as_ref());
        self.remark("interview.feedback.gap", judgement.gap.as_ref());
        if let Some(next) = &judgement.next {
            self.text(&t!("interview.feedback.next", locale = locale, text = next), 4, Role::Text);
        }
    }

    fn remark(&mut self, key: &str, remark: Option<&Remark>) {
        let Some(remark) = remark else { return };
        self.text(&t!(key, locale = self.state.language.code(), text = remark.text), 4, Role::Text);
        if let Some(quote) = &remark.quote {
            self.quote(quote, 6);
        }
    }

    fn star(&mut self, star: &Star) {
        let slot = |(missing, slot): (crate::interview::Missing, &crate::interview::judgement::Slot)| {
            let name = word(&format!("interview.report.{}", missing.id()), self.state);
            let state = match slot.state {
                SlotState::Present => "interview.star.present",
                SlotState::Weak => "interview.star.weak",
                SlotState::Absent => "interview.star.absent",
            };
            words::said(&name, &word(state, self.state), self.state)
        };
        let slots: Vec<String> = star.slots().into_iter().map(slot).collect();
        self.text(&slots.join(&word("ui.report.parts", self.state)), 4, Role::Dim);
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Scored => "interview.status.scored",
        Status::NoEvidence => "interview.status.no_evidence",
        Status::Unanswered => "interview.status.unanswered",
        Status::Skipped => "interview.status.skipped",
    }
}
