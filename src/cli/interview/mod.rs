//! `vita interview`: a whole interview without the console.

mod candidate;
mod conversation;
mod transcript;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use clap::Args;
use rust_i18n::t;

use super::context::Context;
use super::exit::Failure;
use super::{document, signals};
use crate::backend::Backend;
use crate::config::Language;
use crate::interview::{Kind, Level, Mode, Report, Setup, Tone};
use crate::interviewer::Stage;
use crate::interviewer::reports::Folder;
use crate::wire::text;
use candidate::Candidate;
use transcript::Transcript;

const MORE: &str = "\
Answers from a file: UTF-8 text in blocks, with a line --- between them.
Questions and probes take one block each, in order; when there are none left,
the rest is skipped.

Answers from standard input: a line that holds only a full stop ends an answer.
These lines are commands:
  /skip  skip the question or the probe   /hint  ask for a hint
  /pause stop the clock                   /go    let it go on
  /end   end now, with a report           /quit  leave, to go on later
What is typed counts when the interview is ended.
The end of the input (Ctrl-D) ends the interview, with a report on what there is.

The conversation goes to standard error and the report to standard output, as
Markdown or with --json as one document. The same seed and the same answers give
the same questions and the same report, but for its id and times.

Examples:
  vita interview --lang zh --questions 3
  vita interview --type technical --level senior
  vita interview --answers answers.txt --seed 7 --json --quiet";

/// An interview without the console, for scripts and screen readers
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Interview {
    /// What the questions are about: behavioural, technical or mixed [default: behavioural]
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,
    /// The job [default: backend]
    #[arg(long)]
    role: Option<String>,
    /// Seniority: intern, junior, mid, senior or lead [default: mid]
    #[arg(long)]
    level: Option<Level>,
    /// Feedback after each question (practice) or only in the report (real) [default: practice]
    #[arg(long)]
    mode: Option<Mode>,
    /// How many questions, 3 to 10 [default: 5]
    #[arg(long, value_name = "N")]
    questions: Option<u32>,
    /// How long, 10 to 60 [default: 30]
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    /// How the interviewer sounds: friendly, neutral or strict [default: neutral]
    #[arg(long)]
    tone: Option<Tone>,
    /// Choose the questions by this number [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Go on with an interview that was left
    #[arg(
        long,
        value_name = "ID",
        conflicts_with_all = ["kind", "role", "level", "mode", "questions", "minutes", "tone", "seed"]
    )]
    resume_session: Option<String>,
    /// Take the answers from this file
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Also write report.json and report.md into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document instead of Markdown: the report, or {"error": ...}
    #[arg(long)]
    json: bool,
}

/// How an interview was held.
enum Held {
    /// To its end.
    Whole(Arc<Report>),
    /// The candidate left, for later.
    Left { id: String },
}

impl Interview {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let ended = self.perform(context).await;
        if self.json { ended.map_err(|failure| document::of_failure(context.output, failure)) } else { ended }
    }

    async fn perform(&self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        // Whatever could fail at the end is tried first: nobody answers for half an hour in vain.
        let candidate = match &self.answers {
            Some(path) => Candidate::read(path)?,
            None if context.common.no_input => {
                return Err(Failure::usage("with --no-input the answers must come from a file: give --answers FILE"));
            }
            None => Candidate::typing(),
        };
        let folder = self.out.as_deref().map(Folder::make).transpose()?;
        let work = context.with_backend_to_the_end(settings, async |backend| {
            let report = match self.hold(context, backend, candidate).await? {
                Held::Whole(report) => report,
                Held::Left { id } if self.json => {
                    let message = format!("the interview is not finished; --resume-session {id} goes on with it");
                    return document::error(context.output, "unfinished", &message);
                }
                Held::Left { .. } => return Ok(()),
            };
            if let Some(folder) = folder {
                folder.write(&report)?;
            }
            if self.json {
                context.output.json(report.as_ref())
            } else {
                context.output.result(&text::plain(&report.to_markdown()))
            }
        });
        work.await
    }

    /// Holds the interview until it is over, left, or a signal comes.
    async fn hold(&self, context: &Context, backend: &Backend, candidate: Candidate) -> Result<Held, Failure> {
        let mut stop = pin!(signals::received());
        let language = backend.settings.language;
        let stage =
            Stage { router: backend.router.clone(), store: backend.store.clone(), clock: backend.clock.clone() };
        let begin = async {
            match &self.resume_session {
                Some(id) => stage.resume(id).await,
                None => stage.begin(self.setup(language)).await,
            }
        };
        let interview = tokio::select! {
            biased;
            exit = &mut stop => return Err(Failure::silent(exit)),
            begun = begin => begun?,
        };
        let id = interview.id.clone();
        context.output.notice(&t!("cli.interview.session", locale = language.code(), id = id));
        let transcript = Transcript::new(language, &candidate, context.output);
        let report = conversation::hold(interview, candidate, transcript, stop).await?;
        Ok(report.map_or(Held::Left { id }, Held::Whole))
    }

    fn setup(&self, language: Language) -> Setup {
        let default = Setup::default();
        Setup {
            kind: self.kind.unwrap_or(default.kind),
            role: self.role.clone().unwrap_or(default.role),
            level: self.level.unwrap_or(default.level),
            language,
            mode: self.mode.unwrap_or(default.mode),
            tone: self.tone.unwrap_or(default.tone),
            minutes: self.minutes.unwrap_or(default.minutes),
            questions: self.questions.unwrap_or(default.questions),
            // Half the width: readers of JSON that know no 64-bit numbers keep it whole.
            seed: self.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        }
    }
}
