//! The users: each makes one call, listens to its end or goes away before it, and tells the books what was seen.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::answers::{self, TICK};
use super::books::Case;
use super::house::{Desk, House};
use super::log::hold;
use super::plan::{Errand, Leaves};
use super::promises;
use super::world::{QUESTION, World};
use crate::router::{Call, Reply, ReplyEvent};
use crate::wire::{Message, Role};

/// Everything that a call held is free this long after its user has gone (fault case 58).
const TO_IDLE: Duration = Duration::from_millis(50);

/// The conversation of a call.
pub(super) fn messages(call: usize, errand: &Errand) -> Vec<Message> {
    let system = if errand.takes_words_back { "You are an interviewer." } else { "你是面试官。" };
    vec![Message::text(Role::System, system), Message::text(Role::User, format!("{QUESTION}{call}"))]
}

/// Makes a call when its time has come, and listens.
pub(super) async fn come(world: Arc<World>, house: Arc<House>, errand: Errand) {
    sleep_until(world.began + errand.at).await;
    if let Some(desk) = house.desk(errand.second) {
        let (user, reply) = User::ask(world, &desk, errand);
        user.listen(reply, desk).await;
    }
}

/// One user with a call under way.
struct User {
    world: Arc<World>,
    process: usize,
    call: usize,
    errand: Errand,
    pieces: usize,
    leaves_at: Option<Instant>,
}

impl User {
    fn ask(world: Arc<World>, desk: &Desk, errand: Errand) -> (Self, Reply) {
        let (process, snapshot) = (desk.process, desk.router.snapshot());
        let call = world.books(|books| {
            let call = books.cases.len();
            let unhindered = promises::is_unhindered(&books.processes[process], &errand, &world.plan, &snapshot);
            books.processes[process].enter(call);
            books.cases.push(Case::new(errand.clone(), process, unhindered));
            call
        });
        world.log.note(format_args!("process {process} is asked question {call}: {errand:?}"));
        let reply = desk.router.send(Call {
            provider: errand.pin.map(str::to_owned),
            priority: errand.priority,
            takes_words_back: errand.takes_words_back,
            deadline: errand.deadline.map(|deadline| Instant::now() + deadline),
            ..Call::new(errand.task, messages(call, &errand))
        });
        let leaves_at = match errand.leaves {
            Some(Leaves::Start(after)) => Some(Instant::now() + after),
            _ => None,
        };
        (Self { world, process, call, errand, pieces: 0, leaves_at }, reply)
    }

    async fn listen(mut self, mut reply: Reply, desk: Desk) {
        let mut closing = desk.close.subscribe();
        loop {
            let late = self.world.books(|books| answers::latest_end(&books.cases[self.call], &self.world.plan)) + TICK;
            tokio::select! {
                biased;
                event = reply.recv() => {
                    let is_end = matches!(event, None | Some(ReplyEvent::Finished(_) | ReplyEvent::Failed(_)));
                    self.hear(event);
                    if is_end {
                        return self.end(reply).await;
                    }
                }
                () = sleep_until(self.leaves_at.unwrap_or(late + TICK)) => return self.leave(reply).await,
                _ = closing.recv() => return self.leave(reply).await,
                () = sleep_until(late) => {
                    self.world.log.judge(hold(false, "I10", || format!("question {} has no end", self.call)));
                    return;
                }
            }
        }
    }

    fn hear(&mut self, event: Option<ReplyEvent>) {
        let (world, call) = (&self.world, self.call);
        let Some(event) = event else {
            return world.log.judge(hold(false, "I4", || format!("question {call} ended without a last word")));
        };
        world.log.note(format_args!("question {call}: {event:?}"));
        world.log.judge(world.books(|books| answers::of_event(books, &world.plan, call, &event)));
        // A piece in the middle of an answer changes nothing of the router's standing.
        let is_piece = matches!(event, ReplyEvent::Text(_) | ReplyEvent::Reasoning(_));
        if !is_piece || self.pieces == 0 {
            world.look(self.process);
        }
        self.pieces += usize::from(is_piece);
        self.leaves_at = self.leaves_at.or_else(|| self.leaves_after(&event));
    }

    fn leaves_after(&self, event: &ReplyEvent) -> Option<Instant> {
        let after = match (self.errand.leaves?, event) {
            (Leaves::InLine(after), ReplyEvent::Queued { .. })
            | (Leaves::Trying(after), ReplyEvent::Trying { .. })
            | (Leaves::Waiting(after), ReplyEvent::Waiting { .. }) => after,
            (Leaves::Pieces(most, after), ReplyEvent::Text(_)) if self.pieces >= most => after,
            _ => return None,
        };
        Some(Instant::now() + after)
    }

    /// After the last word comes nothing.
    async fn end(self, mut reply: Reply) {
        let more = reply.recv().await;
        self.world.log.judge(hold(more.is_none(), "I4", || format!("question {} goes on: {more:?}", self.call)));
        self.gone().await;
    }

    async fn leave(self, reply: Reply) {
        self.world.log.note(format_args!("the user of question {} goes away", self.call));
        drop(reply);
        self.world.books(|books| books.cases[self.call].over = true);
        self.gone().await;
    }

    /// Soon after, nothing is under way for the call any more.
    async fn gone(self) {
        sleep(TO_IDLE).await;
        let left = self.world.books(|books| {
            books.processes[self.process].leave(self.call);
            let visits = books.cases[self.call].visits.iter();
            visits.filter(|visit| books.visits[**visit].over.is_none()).count()
        });
        self.world
            .log
            .judge(hold(left == 0, "I7", || format!("question {} is over, and still being answered", self.call)));
        self.world.look(self.process);
    }
}
