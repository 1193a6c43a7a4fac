//! What the caller of the router hears and has on the screen.

use vita::router::{Answer, Attempt, CallError, Reply, ReplyEvent};

/// Everything a caller heard of one call.
#[derive(Debug)]
pub struct Heard {
    /// What stands on the screen in the end.
    pub screen: String,
    /// The model's thinking.
    pub thoughts: String,
    /// What else happened, in words.
    pub events: Vec<String>,
    /// How it ended.
    pub end: Result<Answer, CallError>,
}

impl Heard {
    /// Listens up to the end, which comes once and last.
    pub async fn of(mut reply: Reply) -> Self {
        let (mut screen, mut thoughts, mut events) = (String::new(), String::new(), Vec::new());
        let end = loop {
            match reply.recv().await.expect("a call has an end") {
                ReplyEvent::Text(piece) => screen.push_str(&piece),
                ReplyEvent::Reasoning(piece) => thoughts.push_str(&piece),
                ReplyEvent::Continued(seam) => events.push(format!("continued by {}", seam.to)),
                ReplyEvent::Replaced(seam) => {
                    screen.clear();
                    events.push(format!("begun anew by {}", seam.to));
                }
                ReplyEvent::Trying { provider, .. } => events.push(format!("trying {provider}")),
                ReplyEvent::FailedOver { to, outcome, .. } => {
                    events.push(format!("over to {to}: {}", outcome.as_str()));
                }
                ReplyEvent::Waiting { .. } => events.push("waiting".to_owned()),
                ReplyEvent::Queued { place, .. } => events.push(format!("place {place}")),
                ReplyEvent::Slow { provider } => events.push(format!("{provider} is slow")),
                ReplyEvent::Finished(answer) => break Ok(*answer),
                ReplyEvent::Failed(error) => break Err(*error),
            }
        };
        assert!(reply.recv().await.is_none(), "nothing comes after the end");
        Self { screen, thoughts, events, end }
    }

    pub fn answer(&self) -> &Answer {
        self.end.as_ref().unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    pub fn error(&self) -> &CallError {
        match &self.end {
            Err(error) => error,
            Ok(answer) => panic!("an answer: {answer:?}"),
        }
    }

    pub fn attempts(&self) -> &[Attempt] {
        self.end.as_ref().map_or_else(|error| &error.attempts, |answer| &answer.attempts)
    }

    /// The attempts as provider, outcome, and whether they are charged for.
    pub fn trail(&self) -> Vec<String> {
        let line = |attempt: &Attempt| {
            let billed = format!("{:?}", attempt.billed).to_lowercase();
            format!("{} {} {billed}", attempt.provider, attempt.outcome.as_str())
        };
        self.attempts().iter().map(line).collect()
    }

    /// The screen shows the whole of this, and the answer says that it is whole.
    #[track_caller]
    pub fn is_whole(&self, text: &str) {
        assert_eq!((self.screen.as_str(), self.answer().complete), (text, true), "{self:#?}");
    }

    /// The screen shows this, and the answer says that it is cut.
    #[track_caller]
    pub fn is_cut(&self, text: &str) {
        assert_eq!((self.screen.as_str(), self.answer().complete), (text, false), "{self:#?}");
    }

    /// The screen shows the whole of this, with a seam after so many characters.
    #[track_caller]
    pub fn is_whole_with_a_seam(&self, text: &str, offset: usize) {
        self.is_whole(text);
        let seam = self.answer().seam.as_ref();
        assert_eq!(seam.map(|seam| (seam.offset, &*seam.from, &*seam.to)), Some((offset, "llama", "qwen")));
    }
}
