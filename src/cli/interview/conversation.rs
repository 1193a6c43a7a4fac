//! The two sides of an interview brought together.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::candidate::{Candidate, Said};
use super::transcript::Transcript;
use crate::cli::exit::{Exit, Failure};
use crate::interview::{Phase, Report};
use crate::interviewer::{Command, Interview, Update};

/// Passes on what each side says until the report is there, the candidate leaves (then there is none), or a signal comes. When
/// this returns, all that was said is in the store.
pub(super) async fn hold(
    interview: Interview,
    mut candidate: Candidate,
    mut transcript: Transcript,
    stop: Pin<&mut impl Future<Output = Exit>>,
) -> Result<Option<Arc<Report>>, Failure> {
    let Interview { commands, mut updates, .. } = interview;
    let ended = tokio::select! {
        biased;
        exit = stop => Err(Failure::silent(exit)),
        ended = converse(&commands, &mut updates, &mut candidate, &mut transcript) => ended,
    };
    // The interviewer does what it was told and closes its side.
    drop(commands);
    while updates.recv().await.is_some() {}
    ended
}

async fn converse(
    commands: &mpsc::Sender<Command>,
    updates: &mut mpsc::Receiver<Update>,
    candidate: &mut Candidate,
    transcript: &mut Transcript,
) -> Result<Option<Arc<Report>>, Failure> {
    let mut phase = Phase::Speaking;
    // Whether the candidate is waited for.
    let mut floor = false;
    loop {
        tokio::select! {
            biased;
            update = updates.recv() => match update {
                Some(Update::View(view)) => {
                    phase = view.phase;
                    floor = matches!(phase, Phase::Answering | Phase::Paused);
                    transcript.show(&view);
                }
                Some(Update::Rejected(rejection)) => {
                    transcript.rejected(rejection);
                    if candidate.keep() {
                        transcript.kept();
                    }
                    floor = true;
                }
                Some(Update::Notice(words)) => transcript.notice(&words),
                Some(Update::Draft(draft)) => {
                    transcript.draft(&draft);
                    candidate.take_back(&draft);
                }
                Some(Update::Speaking(_) | Update::SpeakingAnew) => {}
                Some(Update::Finished(report)) => return Ok(Some(report)),
                Some(Update::Failed(message)) => return Err(Failure::new(Exit::Failure, message)),
                None => {
                    let message = "the interview was ended from inside; please report this";
                    return Err(Failure::new(Exit::Failure, message));
                }
            },
            said = candidate.next(phase), if floor => match said? {
                Said::Command(command) => {
                    floor = matches!(command, Command::Draft(_));
                    // When nobody listens any more, the last update says why.
                    let _ = commands.send(command).await;
                }
                Said::Quit => return Ok(None),
            },
        }
    }
}
