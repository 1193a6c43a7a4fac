//! An answer that breaks off after its first words: who goes on, and what the reader has in the end.

use super::*;

const BEGINNING: &str = "I led the team of five, and we moved the billing service ";
const REST: &str = "to the new platform in six weeks. ";

/// What a caller has on the screen after a call, and its answer.
async fn read(rig: &Rig, takes_words_back: bool) -> (String, Answer) {
    let mut reply = rig.router.send(Call { takes_words_back, ..hello() });
    let mut screen = String::new();
    loop {
        match reply.recv().await.expect("an end") {
            ReplyEvent::Text(piece) => screen.push_str(&piece),
            ReplyEvent::Replaced(seam) => {
                assert!(takes_words_back, "{seam:?}");
                screen.clear();
            }
            ReplyEvent::Finished(answer) => return (screen, *answer),
            ReplyEvent::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
}

async fn rig(llama: Act, qwen: Act, continues: bool) -> Rig {
    let (llama, qwen) = (Arc::new(Script::always(llama)), Some(Arc::new(Script::always(qwen))));
    Build { llama, qwen, continues, ..Build::default() }.rig().await
}

fn trail(answer: &Answer) -> Vec<String> {
    answer.attempts.iter().map(|attempt| format!("{}:{}", attempt.provider, attempt.outcome.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_other_provider_goes_on_where_the_answer_broke_off() {
    for (act, outcome) in [
        (Act::Cut(BEGINNING), Outcome::Truncated),
        (Act::Break(BEGINNING), Outcome::ServerError),
        (Act::Stall(BEGINNING), Outcome::IdleTimeout),
        (Act::Count(BEGINNING), Outcome::IdleTimeout),
    ] {
        let rig = rig(act, Act::Say(REST), true).await;
        let (screen, answer) = read(&rig, false).await;
        assert_eq!((screen.as_str(), answer.text.as_str()), (&*format!("{BEGINNING}{REST}"), screen.as_str()));
        let seam = Seam { offset: BEGINNING.len(), from: "llama".into(), to: "qwen".into(), reason: outcome };
        assert_eq!((answer.complete, answer.seam, answer.provider.as_str()), (true, Some(seam), "qwen"));
        let request = rig.qwen.latest();
        let last = request.messages.last().expect("messages");
        assert_eq!(*last, Message { partial: true, ..Message::text(Role::Assistant, BEGINNING) });
        assert_eq!(request.messages.len(), 2, "no instruction is added");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_second_answer_says_again_is_left_out() {
    let rig = rig(Act::Cut(BEGINNING), Act::Say("the billing service to the new platform. "), true).await;
    let (screen, answer) = read(&rig, false).await;
    assert_eq!(screen, format!("{BEGINNING}to the new platform. "));
    assert!(answer.complete);
}

#[tokio::test(start_paused = true)]
async fn both_attempts_are_paid_for() {
    let rig = rig(Act::Cut(BEGINNING), Act::Say(REST), true).await;
    let (_, answer) = read(&rig, false).await;
    assert_eq!(answer.attempts.iter().map(|attempt| attempt.billed).collect::<Vec<_>>(), [Billed::Maybe, Billed::Yes]);
    assert_eq!(answer.cost.amount, answer.attempts.iter().map(|attempt| attempt.cost).sum());
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_can_take_words_back_gets_the_whole_answer_anew() {
    let rig = rig(Act::Cut(BEGINNING), Act::Say("Another answer altogether. "), false).await;
    let (screen, answer) = read(&rig, true).await;
    assert_eq!((screen.as_str(), answer.text.as_str()), ("Another answer altogether. ", screen.as_str()));
    assert_eq!((answer.complete, answer.seam.expect("a seam").offset), (true, 0));
}

#[tokio::test(start_paused = true)]
async fn a_short_beginning_is_begun_anew_even_where_the_model_could_go_on() {
    let rig = rig(Act::Cut("I led "), Act::Say("I led the team. "), true).await;
    assert_eq!(read(&rig, true).await.0, "I led the team. ");
    assert!(!rig.qwen.latest().messages.iter().any(|message| message.partial));
}

#[tokio::test(start_paused = true)]
async fn words_that_can_not_be_taken_back_are_gone_on_with_only_by_an_answer_that_begins_with_them() {
    let same = rig(Act::Cut("I led the "), Act::Say("I led the team. "), false).await;
    let (screen, answer) = read(&same, false).await;
    assert_eq!((screen.as_str(), answer.complete), ("I led the team. ", true));

    let other = rig(Act::Cut("I led the "), Act::Say("We had a plan. "), false).await;
    let (screen, answer) = read(&other, false).await;
    assert_eq!((screen.as_str(), answer.complete, answer.seam.clone()), ("I led the ", false, None));
    assert_eq!(trail(&answer)[..2], ["llama:truncated", "qwen:diverged"], "not one word of it is shown");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_refuses_to_go_on_is_asked_for_the_whole_answer_and_never_again_to_go_on() {
    let refusing = Script::then([Act::Fail(Outcome::BadRequest)]);
    refusing.set(Act::Say("The whole answer. "));
    let (llama, qwen) = (Arc::new(Script::always(Act::Cut(BEGINNING))), Some(Arc::new(refusing)));
    let rig = Build { llama, qwen, continues: true, ..Build::default() }.rig().await;
    let (screen, answer) = read(&rig, true).await;
    assert_eq!(screen, "The whole answer. ");
    assert_eq!(trail(&answer), ["llama:truncated", "qwen:bad_request", "qwen:ok"]);
    let (_, answer) = read(&rig, true).await;
    assert_eq!(trail(&answer), ["llama:truncated", "qwen:ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_break_ends_the_answer_as_incomplete_with_what_came() {
    let rig = rig(Act::Cut(BEGINNING), Act::Cut(REST), true).await;
    let (screen, answer) = read(&rig, false).await;
    assert_eq!((screen.clone(), answer.text.clone()), (format!("{BEGINNING}{REST}"), screen));
    assert_eq!((answer.complete, answer.attempts.len()), (false, 2), "one hop a turn");
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_down_leaves_the_words_that_came() {
    let rig = rig(Act::Cut(BEGINNING), Act::Fail(Outcome::Connect), true).await;
    let (screen, answer) = read(&rig, false).await;
    assert_eq!((screen.as_str(), answer.complete, answer.seam), (BEGINNING, false, None));
}

#[tokio::test(start_paused = true)]
async fn a_provider_alone_goes_on_by_itself_after_a_broken_connection() {
    let llama = Script::then([Act::Cut("I led the ")]);
    llama.set(Act::Say("I led the team. "));
    let alone = Build { llama: Arc::new(llama), qwen: None, ..Build::default() }.rig().await;
    let (screen, answer) = read(&alone, true).await;
    assert_eq!((screen.as_str(), answer.complete), ("I led the team. ", true));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_is_gone_on_with_elsewhere_and_alone_it_is_waited_for() {
    const DRIPS: &str =
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ";
    let drip = || Act::Drip(Duration::from_secs(2), DRIPS);
    let rig = rig(drip(), Act::Say("and so on. "), true).await;
    let (screen, answer) = read(&rig, true).await;
    assert_eq!(trail(&answer), ["llama:too_slow", "qwen:ok"]);
    assert!(screen.ends_with("and so on. ") && answer.complete, "{screen}");
    let alone = Build { llama: Arc::new(Script::always(drip())), qwen: None, ..Build::default() }.rig().await;
    assert_eq!(read(&alone, true).await.0, DRIPS);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_repeats_itself_is_ended_and_begun_anew_or_marked_as_cut() {
    let endless: &'static str = Box::leak("I am sorry, I cannot. ".repeat(100).into_boxed_str());
    let rig = rig(Act::Say(endless), Act::Say("A real answer. "), true).await;
    let (screen, answer) = read(&rig, true).await;
    assert_eq!(
        (screen.as_str(), trail(&answer)),
        ("A real answer. ", vec!["llama:repetitive".to_owned(), "qwen:ok".to_owned()])
    );
    let (screen, answer) = read(&rig, false).await;
    assert!(screen.len() < endless.len() && !answer.complete);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_filter_broke_off_is_kept_as_cut_and_nobody_else_is_asked() {
    let rig = rig(Act::Filter(BEGINNING), Act::Say(REST), true).await;
    let (screen, answer) = read(&rig, true).await;
    assert_eq!(
        (screen.as_str(), answer.complete, answer.finish_reason.as_deref()),
        (BEGINNING, false, Some("content_filter"))
    );
    assert_eq!(rig.qwen.calls(), 0);
    assert_eq!(rig.breaker("llama"), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn thinking_is_progress_and_never_part_of_the_answer() {
    let rig = rig(Act::Think(20, "After some thought. "), Act::Say(REST), true).await;
    let (screen, answer) = read(&rig, false).await;
    assert_eq!((screen.as_str(), trail(&answer)), ("After some thought. ", vec!["llama:ok".to_owned()]));
    assert_eq!(answer.ttft_ms, Some(20_000), "counted to the first text");
}
