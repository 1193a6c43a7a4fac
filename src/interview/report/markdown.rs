//! The report as Markdown. Texts of the candidate or of a model can't leave their place: control characters are dropped
//! and everything that means something to Markdown or HTML is escaped.

use super::{AnswerReport, CompetencyResult, Overall, Point, Report};
use crate::config::Language;
use crate::interview::fact::Close;
use crate::interview::judgement::{Slot, SlotState, Star, Status};
use crate::interview::locale;
use crate::interview::scorer;
use crate::interview::speaker::role_label;

/// Renders a report in its interview's language.
pub fn render(report: &Report) -> String {
    Page { language: report.setup.language, text: String::new() }.render(report)
}

struct Page {
    language: Language,
    text: String,
}

impl Page {
    fn render(mut self, report: &Report) -> String {
        let title = self.say("report.title");
        self.line(&format!("# {title}"));
        self.notices(report);
        self.heading("report.overall");
        let overall = self.overall(&report.overall);
        self.line(&overall);
        let judge = format!("**{}**: {}", escape(&report.judge.label), escape(&report.judge.statement));
        self.line(&judge);
        self.competencies(&report.competencies);
        self.points("report.strengths", &report.strengths);
        self.points("report.gaps", &report.gaps);
        self.drills(report);
        self.star(&report.answers);
        self.setup(report);
        self.heading("report.answers");
        for answer in &report.answers {
            self.answer(answer);
        }
        self.text
    }

    fn notices(&mut self, report: &Report) {
        if report.simulated {
            let notice = self.say("report.simulated");
            self.line(&format!("> {notice}"));
        }
        if report.closed.is_none() {
            let notice = self.say("report.unfinished");
            self.line(&format!("> {notice}"));
        }
    }

    fn setup(&mut self, report: &Report) {
        let setup = &report.setup;
        let (minutes, questions) = (setup.minutes.to_string(), setup.questions.to_string());
        let planned = self.fill("report.planned_value", &[("minutes", &minutes), ("questions", &questions)]);
        let (whole, rest) = ((report.seconds / 60).to_string(), (report.seconds % 60).to_string());
        let took = self.fill("report.duration", &[("minutes", &whole), ("seconds", &rest)]);
        let closed = report.closed.map(|closed| match closed {
            Close::Completed => self.say("report.closed.completed"),
            Close::TimeUp => self.say("report.closed.time_up"),
            Close::Early => self.say("report.closed.early"),
        });
        let path: Vec<String> = report.difficulty_path.iter().map(u8::to_string).collect();
        let rows = [
            ("report.type", setup.kind.label(self.language)),
            ("report.role", role_label(&setup.role, self.language)),
            ("report.level", setup.level.label(self.language)),
            ("report.mode", setup.mode.label(self.language)),
            ("report.tone", setup.tone.label(self.language)),
            ("report.planned", planned),
            ("report.started", report.started_at.format("%Y-%m-%d %H:%M UTC").to_string()),
            ("report.took", took),
            ("report.ended", closed.unwrap_or_default()),
            ("report.path", path.join(", ")),
            ("report.seed", setup.seed.to_string()),
            ("report.rubric", format!("{} {} {}", report.rubric.id, report.rubric.version, report.rubric.sha256)),
        ];
        self.heading("report.setup");
        let list: Vec<String> =
            rows.iter().map(|(key, value)| format!("- {}: {}", self.say(key), escape(value))).collect();
        self.line(&list.join("\n"));
    }

    fn overall(&self, overall: &Overall) -> String {
        match overall {
            Overall::Estimate { level, low, high } => {
                let [level, low, high] = [level, low, high].map(|value| format!("{value:.1}"));
                self.fill("report.estimate", &[("level", &level), ("low", &low), ("high", &high)])
            }
            Overall::TooLittleEvidence { answers, competencies } => {
                let (answers, competencies) = (answers.to_string(), competencies.to_string());
                self.fill("report.too_little", &[("answers", &answers), ("competencies", &competencies)])
            }
        }
    }

    fn competencies(&mut self, competencies: &[CompetencyResult]) {
        self.heading("report.competencies");
        let header = ["report.competency", "report.level_of_5", "report.range", "report.answers_judged"];
        let rows = competencies.iter().map(|one| {
            vec![
                one.id.label(self.language),
                format!("{:.1}", one.level),
                format!("{} - {}", one.low, one.high),
                one.answers.to_string(),
            ]
        });
        let rows = rows.collect();
        self.table(&header, rows);
    }

    fn points(&mut self, title: &str, points: &[Point]) {
        self.heading(title);
        let mut list = Vec::new();
        for Point { remark, questions } in points {
            let numbers: Vec<String> = questions.iter().map(u32::to_string).collect();
            let seen = self.fill("report.seen_in", &[("numbers", &numbers.join(", "))]);
            list.push(format!("- {} ({seen})", escape(&remark.text)));
            list.extend(remark.quote.as_ref().map(|quote| format!("  > {}", escape(quote))));
        }
        self.list(list);
    }

    fn drills(&mut self, report: &Report) {
        self.heading("report.drills");
        let drills = report.drills.iter();
        let list = drills
            .map(|drill| format!("- **{}**: {}", drill.competency.label(self.language), escape(&drill.suggestion)));
        let list = list.collect();
        self.list(list);
    }

    fn star(&mut self, answers: &[AnswerReport]) {
        let stories: Vec<(u32, &Star)> =
            answers.iter().filter_map(|answer| Some((answer.number, answer.star.as_ref()?))).collect();
        if stories.is_empty() {
            return;
        }
        self.heading("report.star");
        let state = |slot: &Slot| match slot.state {
            SlotState::Present => self.say("star.present"),
            SlotState::Weak => self.say("star.weak"),
            SlotState::Absent => self.say("star.absent"),
        };
        let rows = stories.iter().map(|(number, star)| {
            let slots = star.slots().map(|(_, slot)| state(slot));
            std::iter::once(number.to_string()).chain(slots).collect()
        });
        let rows = rows.collect();
        self.table(&["report.question", "report.situation", "report.task", "report.action", "report.result"], rows);
    }

    fn answer(&mut self, answer: &AnswerReport) {
        let number = answer.number.to_string();
        let title = self.fill("report.nth", &[("number", &number)]);
        self.line(&format!("### {title}"));
        self.line(&escape(&answer.question));
        let status = match answer.status {
            Status::Scored => self.say("status.scored"),
            Status::NoEvidence => self.say("status.no_evidence"),
            Status::Unanswered => self.say("status.unanswered"),
            Status::Skipped => self.say("status.skipped"),
        };
        let counts =
            [answer.seconds, answer.planned_seconds, answer.units.into(), answer.hints_used.into(), answer.step.into()];
        let [seconds, planned, units, hints, step] = counts.map(|count| count.to_string());
        let values = [
            ("status", status.as_str()),
            ("seconds", &seconds),
            ("planned", &planned),
            ("units", &units),
            ("hints", &hints),
            ("step", &step),
        ];
        let measured = self.fill("report.measured", &values);
        self.line(&measured);
        for part in &answer.parts {
            self.line(&format!("**{}** {}", self.say("report.asked"), escape(&part.said)));
            let said = part.answer.as_deref().filter(|said| !said.trim().is_empty());
            let said = said.map_or_else(|| self.say("report.no_answer"), escape);
            self.line(&format!("> {said}"));
        }
        let feedback = answer.judgement.as_ref().and_then(|judgement| scorer::feedback(judgement, self.language));
        if let Some(feedback) = feedback {
            let list: Vec<String> = feedback.lines().skip(1).map(|line| format!("- {}", escape(line))).collect();
            self.line(&list.join("\n"));
        }
    }

    fn heading(&mut self, key: &str) {
        let title = self.say(key);
        self.line(&format!("## {title}"));
    }

    fn list(&mut self, lines: Vec<String>) {
        let text = if lines.is_empty() { self.say("report.none") } else { lines.join("\n") };
        self.line(&text);
    }

    fn table(&mut self, header: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return self.list(Vec::new());
        }
        let header: Vec<String> = header.iter().map(|key| self.say(key)).collect();
        let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let mut lines = vec![row(&header), format!("|{}", " --- |".repeat(header.len()))];
        lines.extend(rows.iter().map(|cells| row(cells)));
        self.line(&lines.join("\n"));
    }

    /// One block and the blank line after it.
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    fn say(&self, key: &str) -> String {
        locale::text(key, self.language)
    }

    fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        locale::fill(key, self.language, values)
    }
}

/// A text that means only its letters: on one line, without control characters, with Markdown's and HTML's signs escaped.
fn escape(text: &str) -> String {
    let text = text.trim();
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().filter(|c| *c == '\n' || !(c.is_control() || reorders(*c))).peekable();
    while let Some(c) = rest.next() {
        let at_start = escaped.is_empty();
        let after_number = !at_start && escaped.chars().all(|c| c.is_ascii_digit());
        let special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => true,
            '#' | '-' | '+' | '=' => at_start,
            // A list would begin here.
            '.' | ')' => after_number,
            // Some renderers make links of bare addresses.
            ':' => rest.peek() == Some(&'/'),
            _ => false,
        };
        match c {
            '\n' => escaped.push_str("<br>"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{2028}' | '\u{2029}' => escaped.push(' '),
            _ => escaped.extend(special.then_some('\\').into_iter().chain([c])),
        }
    }
    escaped
}

/// Characters that change the order in which others are shown, or that hide.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}
