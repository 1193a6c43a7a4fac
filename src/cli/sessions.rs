//! `vita sessions`: the interviews held so far.

use clap::Subcommand;
use rust_i18n::t;

use super::context::Context;
use super::exit::Failure;
use super::output::Output;
use super::table;
use crate::clock::Clock;
use crate::config::Language;
use crate::interviewer::replay;
use crate::store::{SessionHead, Store};
use crate::wire::text;

/// Longest title in the list, in characters.
const TITLE: usize = 60;

/// The interviews held so far
#[derive(Debug, Subcommand)]
pub enum Sessions {
    /// All of them, newest first
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// The report of one; of an unfinished one, on what there is
    Show {
        /// Its id, or the beginning of it
        id: String,
        /// Print the report as one JSON document instead of Markdown
        #[arg(long)]
        json: bool,
    },
}

impl Sessions {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        let store = Store::open(&settings.database_url, &settings.places.state).await?;
        let desk =
            Desk { clock: Clock::system(settings.zone), language: settings.language, output: context.output, store };
        let ended = match self {
            Self::List { json } => desk.list(json).await,
            Self::Show { id, json } => desk.show(&id, json).await,
        };
        desk.store.close().await;
        ended
    }
}

/// What both commands work with.
struct Desk {
    clock: Clock,
    language: Language,
    output: Output,
    store: Store,
}

impl Desk {
    async fn list(&self, json: bool) -> Result<(), Failure> {
        let heads = self.store.sessions().await?;
        if json {
            return self.output.json(&heads);
        }
        if heads.is_empty() {
            self.output.notice(&t!("cli.sessions.none", locale = self.language.code()));
            return Ok(());
        }
        let rows: Vec<_> = heads.iter().map(|head| self.row(head)).collect();
        self.output.result(&table::lines(&rows))
    }

    fn row(&self, head: &SessionHead) -> [String; 5] {
        let say = |key: &str| t!(format!("cli.sessions.{key}"), locale = self.language.code()).into_owned();
        let day = self.clock.day_of(head.started_at);
        let time = self.clock.time_of_day(head.started_at);
        [
            head.id.clone(),
            format!("{day} {time}"),
            say(if head.finished { "finished" } else { "unfinished" }),
            say(if head.simulated { "demo" } else { "live" }),
            text::line(&head.title, TITLE),
        ]
    }

    async fn show(&self, id: &str, json: bool) -> Result<(), Failure> {
        let record = self.store.session(id).await?;
        let id = &record.head.id;
        if !record.head.finished {
            self.output.notice(&t!("cli.sessions.resume", locale = self.language.code(), id = id));
        }
        let report = replay(id, &record.events)?.report();
        if json { self.output.json(&report) } else { self.output.result(&text::plain(&report.to_markdown())) }
    }
}
