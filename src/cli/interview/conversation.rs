//! The two sides of an interview brought together.

use super::candidate::{Candidate, Said};
use super::transcript::Transcript;
use crate::cli::exit::{Exit, Failure};
use crate::interview::{Phase, Report};
use crate::interviewer::{Command, Interview, Update};

/// Passes on what each side says until the report is there; none when the candidate leaves.
pub(super) async fn hold(
    mut interview: Interview,
    mut candidate: Candidate,
    mut transcript: Transcript,
) -> Result<Option<Report>, Failure> {
    // What the candidate is waited for in; none while the interviewer has the floor.
    let mut floor: Option<Phase> = None;
    loop {
        tokio::select! {
            biased;
            update = interview.updates.recv() => match update {
                Some(Update::View(view)) => {
                    floor = Some(view.phase).filter(|phase| matches!(phase, Phase::Answering | Phase::Paused));
                    transcript.show(&view);
                }
                Some(Update::Rejected(rejection)) => {
                    transcript.rejected(rejection);
                    floor = floor.or(Some(Phase::Answering));
                }
                Some(Update::Notice(words)) => transcript.notice(&words),
                Some(Update::Draft(draft)) => {
                    transcript.draft(&draft);
                    candidate.take_back(&draft);
                }
                Some(Update::Speaking(_)) => {}
                Some(Update::Finished(report)) => return Ok(Some(report.as_ref().clone())),
                Some(Update::Failed(message)) => return Err(Failure::new(Exit::Failure, message)),
                None => {
                    let message = "the interview was ended from inside; please report this";
                    return Err(Failure::new(Exit::Failure, message));
                }
            },
            said = candidate.next(floor.unwrap_or(Phase::Answering)), if floor.is_some() => match said? {
                Said::Command(command) => {
                    if !matches!(command, Command::Draft(_)) {
                        floor = None;
                    }
                    // When nobody listens any more, the last update says why.
                    let _ = interview.commands.send(command).await;
                }
                Said::Quit => return Ok(None),
            },
        }
    }
}
