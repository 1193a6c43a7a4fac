//! What comes back from models and drivers is checked.

use super::*;

#[test]
fn unfit_words_of_a_model_are_replaced_by_the_banks() {
    for spoken in ["", "Great answer! And how old are you? And where from?", "No question at all."] {
        let mut talk = Talk::begin(setup());
        let Some(Effect::Speak(instruction)) = talk.outstanding.pop() else { panic!("something to say") };
        let voice = Voice::Model { provider: "llama".into(), model: "any".into(), seam: None };
        talk.input(Input::Spoken { turn: instruction.turn, text: spoken.into(), voice });
        let spoken = Event::Spoken { text: instruction.say, voice: Voice::Bank };
        assert_eq!(talk.facts.last().map(|fact| &fact.event), Some(&spoken));
    }
}

#[test]
fn a_judgement_that_does_not_fit_is_replaced_by_the_built_in_one() {
    let mut talk = Talk::begin(setup());
    talk.work().input(Input::Submitted(
        "I rewrote the deployment script last March and it saved us three hours a week.".into(),
    ));
    let Some(Effect::Judge(task)) = talk.outstanding.pop() else { panic!("a judge is asked") };
    let mut lie = scorer::judge(&task);
    lie.competencies[0].level = 9;
    talk.input(Input::Judged { turn: task.turn, judgement: Box::new(lie) });
    let stored = talk.session.current().and_then(|asked| asked.judgement.clone());
    assert_eq!(stored, Some(scorer::judge(&task)));
}

#[test]
fn late_results_change_nothing() {
    let mut talk = Talk::begin(setup());
    let Some(Effect::Speak(first)) = talk.outstanding.last().cloned() else { panic!("speak") };
    talk.work();
    let before = talk.facts.len();
    talk.input(Input::Spoken { turn: first.turn, text: first.say, voice: Voice::Bank });
    assert_eq!((talk.rejected, talk.facts.len()), (Some(Rejection::Late), before));
}
