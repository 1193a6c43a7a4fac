//! What others tell the console: the backend, the router, the interview, the model.

use rust_i18n::t;

use super::chat::Scene;
use super::chat::interview::Interview;
use super::notice::Tenor;
use super::{Backend, Effect, Event, Ready, State, act, plain, terms};
use crate::router::RouterEvent;
use crate::wire::text::line;

/// The longest message of another's that a notice quotes, in characters.
const QUOTED: usize = 160;

/// Takes in what was told.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::BackendReady(ready) => be_ready(state, *ready),
        Event::BackendFailed(why) => state.backend = Backend::Failed(plain(&why).into_owned()),
        Event::StatusChanged(status) => state.status = Some(status),
        Event::Router(moment) => tell_moment(state, &moment),
        Event::DemoChanged { provider, down } => demo_changed(state, provider, down),
        Event::InterviewStarted { run, id } => {
            if let Scene::Starting(start) = &state.chat.scene
                && start.run == run
            {
                state.chat.scene = Scene::Interview(Box::new(Interview::new(start.clone(), id)));
                state.chat.form.offer(None);
            }
        }
        Event::InterviewRefused { run, reason } => {
            if matches!(&state.chat.scene, Scene::Starting(start) if start.run == run) {
                state.chat.scene = Scene::Form;
                state.tell(Tenor::Trouble, line(&reason, QUOTED));
            }
        }
        Event::Interview { run, update } => {
            let (language, now) = (state.language, state.now);
            let interview = state.chat.scene.interview_mut().filter(|interview| interview.run == run);
            if let Some(text) = interview.and_then(|interview| interview.take(update, language, now)) {
                state.tell(Tenor::Info, text);
            }
            if state.chat.scene.interview().is_some_and(|interview| interview.report_at_once) {
                act::show_report(state);
            }
        }
        Event::ReportSaved(folder) => {
            let folder = folder.display().to_string();
            let saved = t!("app.notice.saved", locale = state.language.code(), folder = plain(&folder));
            state.tell(Tenor::Info, saved);
        }
        Event::ReportNotSaved(why) => {
            let not_saved = t!("app.notice.not_saved", locale = state.language.code(), why = line(&why, QUOTED));
            state.tell(Tenor::Trouble, not_saved);
        }
        Event::Reply { turn, event } => state.chat.free.step(turn, event, state.language, state.zone, state.now),
        // The terminal's events are the business of `update`.
        Event::Key(_) | Event::Pasted(_) | Event::Resized | Event::FocusGained | Event::FocusLost | Event::Ticked => {}
    }
    Vec::new()
}

fn be_ready(state: &mut State, ready: Ready) {
    state.backend = Backend::Ready;
    state.language = ready.language;
    state.seed = ready.seed;
    state.zone = ready.zone;
    state.chat.form.learn(&ready);
    if !ready.warnings.is_empty() {
        state.tell(Tenor::Trouble, line(&ready.warnings.join("; "), QUOTED));
    }
    state.status = Some(ready.status);
}

fn demo_changed(state: &mut State, provider: String, down: bool) {
    let key = if down { "app.notice.demo_down" } else { "app.notice.demo_up" };
    let text = t!(key, locale = state.language.code(), provider = provider);
    if down {
        state.down.insert(provider);
    } else {
        state.down.remove(&provider);
    }
    state.tell(Tenor::Info, text);
}

/// Only what changes who answers is worth a line; the Monitor tab shows the rest.
fn tell_moment(state: &mut State, moment: &RouterEvent) {
    let locale = state.language.code();
    let (tenor, text) = match moment {
        RouterEvent::FailedOver { from, to, outcome } => {
            let outcome = terms::outcome(*outcome, state.language);
            let text = t!("app.notice.failed_over", locale = locale, from = from, to = to, outcome = outcome);
            (Tenor::Trouble, text)
        }
        RouterEvent::Switched(entry) => {
            let text = t!("app.notice.switched", locale = locale, to = entry.to, reason = line(&entry.reason, QUOTED));
            (Tenor::Info, text)
        }
        // Whoever waits for a slow answer is told by the call itself, until its first word.
        RouterEvent::Slow { .. } | RouterEvent::AttemptEnded { .. } | RouterEvent::BreakerChanged { .. } => return,
    };
    let text = text.into_owned();
    state.tell(tenor, text);
}
